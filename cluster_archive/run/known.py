"""What the state knows, as lines: articles curated with it, and which of them only repeat another one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cluster_archive.curate import curate, doubles_of, known_day
from cluster_archive.items import Article
from cluster_archive.sites import Site
from cluster_archive.state import State
from cluster_archive.urls import canonical_url


def curated(
    article: Article, state: State, site: Site, until: datetime | None = None, doubles: Iterable[str] = ()
) -> Article:
    """The article with the dates, parts and pictures that the state knows of; `until`: with the parts of that time,
    `doubles`: with what is said of the dates of these addresses too."""
    addresses = (article.canonical_url, *doubles)
    return curate(
        article,
        evidence=[one for address in addresses for one in state.evidence_for(address)],
        parts=state.parts_of(article.id, until),
        site=site,
        record_of=state.record_of,
        neighbour_day=lambda url: known_day(state.evidence_for(canonical_url(url)), site),
    )


def doubles_in(state: State, site: Site) -> dict[str, str]:
    """The addresses of articles that only repeat another one, each with the address of that (curate.doubles)."""
    found: dict[str, str] = {}
    for group in state.with_content_in_common():
        found |= doubles_of([*versions[:-1], curated(versions[-1], state, site)] for versions in group)
    return found
