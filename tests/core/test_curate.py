"""Dates from all evidence, parts joined, what is missing said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any

import pytest

from cluster_archive.captures import Capture
from cluster_archive.curate import curate
from cluster_archive.extract import extract
from cluster_archive.items import Article, DateEvidence, EvidenceSource
from cluster_archive.sites import Site

DAY = date(2017, 11, 27)


def said(source: EvidenceSource, day: date = DAY, moment: datetime | None = None, **more: Any) -> DateEvidence:
    return DateEvidence(
        article_url="https://example.org/post/",
        source=source,
        day=day,
        moment=moment,
        raw=str(day),
        seen_on="https://example.org/",
        **more,
    )


@pytest.fixture
def article(post: Callable[..., Capture], site: Site) -> Article:
    return extract(post("<p>Текст</p>"), site)


@pytest.fixture
def curated(article: Article, site: Site) -> Callable[..., Article]:
    def make(*evidence: DateEvidence, **more: Any) -> Article:
        given: dict[str, Any] = {"parts": [], "record_of": lambda _: None, "neighbour_day": lambda _: None}
        given.update(more)
        return curate(given.pop("article", article), evidence=list(evidence), site=site, **given)

    return make


def test_the_best_kind_of_evidence_wins_in_any_order(curated: Callable[..., Article]) -> None:
    evidence = [said("feed", date(2017, 11, 28)), said("rest"), said("listing", date(2017, 11, 26))]
    lines = [curated(*order) for order in permutations(evidence)]
    assert all(line == lines[0] for line in lines)
    assert (lines[0].date, lines[0].date_source) == (DAY, "rest")
    assert [issue.code for issue in lines[0].issues] == ["sources-disagree"]


def test_sources_that_agree_are_no_issue(curated: Callable[..., Article]) -> None:
    moment = datetime(2017, 11, 27, 8, tzinfo=UTC)
    line = curated(said("listing"), said("feed", moment=moment), said("neighbour"))
    assert (line.date, line.date_source, line.published_at, line.issues) == (DAY, "listing", moment, ())


def test_a_moment_of_another_day_is_not_taken(curated: Callable[..., Article]) -> None:
    line = curated(said("listing"), said("feed", date(2017, 11, 28), datetime(2017, 11, 28, 8, tzinfo=UTC)))
    assert line.published_at is None


def test_modified_is_kept_apart(curated: Callable[..., Article]) -> None:
    moment, later = datetime(2017, 11, 27, 8, tzinfo=UTC), datetime(2018, 1, 1, tzinfo=UTC)
    assert curated(said("rest", moment=moment, modified=later)).modified_at == later
    assert curated(said("rest", moment=moment, modified=moment)).modified_at is None


def test_neighbours_bound_an_unknown_day(curated: Callable[..., Article], article: Article) -> None:
    days = {"https://example.org/a/": date(2017, 11, 20), "https://example.org/b/": date(2017, 12, 1)}
    between = replace(
        article,
        previous_url="https://example.org/a/",
        next_url="https://example.org/b/",
        date_not_before=date(2017, 11, 14),
    )
    line = curated(article=between, neighbour_day=days.get)
    assert (line.date, line.date_not_before, line.date_not_after) == (None, date(2017, 11, 20), date(2017, 12, 1))
    assert [issue.code for issue in line.issues] == ["bounded"]


def test_bounds_that_contradict_each_other_are_none(curated: Callable[..., Article], article: Article) -> None:
    crossed = replace(article, date_not_before=date(2018, 1, 1), date_not_after=date(2017, 1, 1))
    line = curated(article=crossed)
    assert (line.date_not_before, line.date_not_after) == (None, None)
    assert [issue.code for issue in line.issues] == ["bounds-contradict", "missing"]


def test_parts_are_one_article(curated: Callable[..., Article], post: Callable[..., Capture], site: Site) -> None:
    second = extract(
        post(
            "<p>Част две</p><p>Изводи:</p><ul><li>а б</li><li>в г</li></ul><img src='/b.jpg'>",
            url="https://example.org/post/2/",
        ),
        site,
    )
    line = curated(said("rest"), parts=[("https://example.org/post/2/", second), ("https://example.org/post/3/", None)])
    assert line.body == "Текст\n\nЧаст две\n\nИзводи:\n\n- а б\n\n- в г"
    assert line.key_takeaways == ("а б", "в г")
    assert line.image_links == ("https://example.org/b.jpg",)
    assert [(issue.code, issue.detail) for issue in line.issues] == [("part-missing", "https://example.org/post/3/")]
    assert line.content_hash != curated(said("rest")).content_hash


def test_pictures_name_their_record(curated: Callable[..., Article], post: Callable[..., Capture], site: Site) -> None:
    pictured = extract(post("<p>Текст</p><img src='/b.jpg'>"), site)
    line = curated(said("rest"), article=pictured, record_of={"https://example.org/b.jpg": "<urn:uuid:1>"}.get)
    assert line.images[0].warc_record_id == "<urn:uuid:1>"
