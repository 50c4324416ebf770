"""What a capture names: links and date evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cluster_archive.items import DateEvidence

LinkKind = Literal["rest", "sitemap", "feed", "listing", "page", "article", "project", "part"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address worth asking for."""

    url: str
    """Absolute address, in scope."""
    kind: LinkKind
    """What is hoped to stand there."""
    lastmod: datetime | None = None
    """When it was changed last, as the source says; a hint to look, never a date of publication."""
    only_if_news: bool = False
    """Worth asking for only if the capture named an article that was not known before, as with a feed's next page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one capture says of others."""

    kind: str
    """What the capture is: rest, sitemap, feed, listing, article, project, part, attachment, page, robots, picture, document,
    requisite or other."""
    links: tuple[Link, ...] = ()
    """Links in the order of the page, each once."""
    evidence: tuple[DateEvidence, ...] = ()
    """What it says of the dates of articles, its own aside."""
    total: int | None = None
    """Articles that the source says it has (`X-WP-Total`)."""
