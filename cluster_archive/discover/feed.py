"""Feeds: RSS 2.0, RSS 1.0 and Atom."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

from cluster_archive.captures import Capture
from cluster_archive.days import day_and_moment, moment_of, to_utc
from cluster_archive.discover.entries import Entry, read_entries
from cluster_archive.discover.found import Found, Link
from cluster_archive.items import DateEvidence
from cluster_archive.sites.model import Site
from cluster_archive.urls import absolute_url, canonical_url


def read_feed(content: bytes, capture: Capture, site: Site) -> Found:
    """The posts of a feed with their dates, and its next page, which is worth asking for only if a post was new."""
    if "comments" in capture.url:
        return Found(kind="feed")
    links: list[Link] = []
    evidence: list[DateEvidence] = []

    def take(item: Entry) -> None:
        address = absolute_url(_link(item), capture.url)
        if address is None:
            return
        links.append(Link(url=address, kind="article", lastmod=_updated(item)))
        raw = (item.text("pubDate") or item.text("published") or item.text("date"))[:100]
        day, moment = day_and_moment(raw, site.timezone)
        if day is not None:
            evidence.append(
                DateEvidence(
                    article_url=canonical_url(address),
                    source="feed",
                    day=day,
                    moment=moment,
                    raw=raw,
                    selector="pubDate",
                    seen_on=capture.url,
                    captured_at=capture.captured_at,
                )
            )

    read_entries(content, frozenset({"item", "entry"}), take)
    if links:
        links.append(Link(url=_next_page(capture.url), kind="feed", only_if_news=True))
    return Found(kind="feed", links=tuple(links), evidence=tuple(evidence))


def _link(item: Entry) -> str:
    for link in item.fields:
        if link.name == "link" and link.depth == 1:
            if (href := link.attributes.get("href")) and link.attributes.get("rel", "alternate") == "alternate":
                return href
            if link.text:
                return link.text
    return ""


def _updated(item: Entry) -> datetime | None:
    """When an entry was changed last (Atom's `updated`), UTC."""
    stated = moment_of(item.text("updated")[:100])
    return to_utc(stated, None) if isinstance(stated, datetime) else None


def _next_page(url: str) -> str:
    """WordPress's next page of a feed: `?paged=N`; past the last it answers 404."""
    parts = urlsplit(url)
    number = re.search(r"(?:^|&)paged=(\d{1,9})(?=&|$)", parts.query)
    rest = re.sub(r"&?\bpaged=\d+", "", parts.query).strip("&")
    following = f"paged={int(number[1]) + 1 if number else 2}"
    return urlunsplit(parts._replace(query=f"{rest}&{following}" if rest else following))
