"""robots.txt and sitemaps (sitemaps.org): plain or gzip, index or list."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import datetime, time

from cluster_archive.captures import Capture
from cluster_archive.days import day_and_moment, moment_of, to_utc
from cluster_archive.discover.entries import Entry, read_entries
from cluster_archive.discover.found import Found, Link
from cluster_archive.items import DateEvidence
from cluster_archive.sites.model import Site
from cluster_archive.urls import absolute_url, canonical_url

MAX_UNPACKED = 50 * 1024 * 1024
"""Bytes of a sitemap after inflating (sitemaps.org)."""

NOT_POSTS = re.compile(
    r"(?:taxonom|categor|post_tag|[-_/]tags?[-_.]|users?[-_.]|author|attachment|media|image|video|local)", re.IGNORECASE
)
"""Names of child sitemaps that list no posts."""

ONLY_PAGES = re.compile(r"(?:posts-page-|page-sitemap|pages?\.xml)", re.IGNORECASE)
"""Names of child sitemaps that list pages such as "About us"."""


def read_robots(content: bytes, url: str) -> Found:
    """The sitemaps that robots.txt names (RFC 9309, 2.2.4); its rules are not read here."""
    text = content[: 512 * 1024].decode("utf-8", "replace")
    named = re.findall(r"(?im)^\s*sitemap\s*:\s*(\S+)", text)
    links = [Link(url=address, kind="sitemap") for name in named if (address := absolute_url(name, url))]
    return Found(kind="robots", links=tuple(links))


def unpack(content: bytes) -> bytes:
    """The content of a file that is gzip by its first bytes, at most 50 MB of it; other content as it is."""
    if content[:3] != b"\x1f\x8b\x08":
        return content
    try:
        return zlib.decompressobj(wbits=31).decompress(content, MAX_UNPACKED)
    except zlib.error:
        return b""


def read_sitemap(content: bytes, capture: Capture, site: Site) -> Found:
    """The addresses of a list, or the children of an index. `lastmod` is a hint; only a news sitemap dates its articles."""
    links: list[Link] = []
    evidence: list[DateEvidence] = []

    def take(entry: Entry) -> None:
        address = absolute_url(entry.text("loc"), capture.url)
        if address is None:
            return
        if entry.name == "url":
            links.append(Link(url=address, kind="article", lastmod=_changed(entry, site)))
            evidence.extend(_news_date(entry, address, capture, site))
        elif not NOT_POSTS.search(address.rpartition("/")[2]) and not ONLY_PAGES.search(address.rpartition("/")[2]):
            links.append(Link(url=address, kind="sitemap", lastmod=_changed(entry, site)))

    read_entries(content, frozenset({"url", "sitemap"}), take)
    own = capture.url.rpartition("/")[2]
    if NOT_POSTS.search(own) or ONLY_PAGES.search(own):
        links.clear()
    return Found(kind="sitemap", links=tuple(links), evidence=tuple(evidence))


def _changed(entry: Entry, site: Site) -> datetime | None:
    """`lastmod` as a moment (UTC); of a day its end, since the change may have been at any time of it."""
    stated = moment_of(entry.text("lastmod"))
    if stated is None:
        return None
    return to_utc(stated if isinstance(stated, datetime) else datetime.combine(stated, time(23, 59, 59)), site.timezone)


def _news_date(entry: Entry, address: str, capture: Capture, site: Site) -> Iterator[DateEvidence]:
    if raw := entry.text("publication_date", depth=2):
        day, moment = day_and_moment(raw, site.timezone)
        if day:
            yield DateEvidence(
                article_url=canonical_url(address), source="sitemap", day=day, moment=moment, raw=raw[:100],
                selector="news:publication_date", seen_on=capture.url, captured_at=capture.captured_at,
            )  # fmt: skip
