"""Feeds: RSS 2.0, RSS 1.0 and Atom."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

from lxml import etree

from cluster_archive.captures import Capture
from cluster_archive.days import day_and_moment, moment_of, to_utc
from cluster_archive.discover.found import Found, Link
from cluster_archive.discover.sitemap import local_name, parse_xml
from cluster_archive.items import DateEvidence
from cluster_archive.sites.model import Site
from cluster_archive.urls import absolute_url, canonical_url


def read_feed(content: bytes, capture: Capture, site: Site) -> Found:
    """The posts of a feed with their dates, and its next page, which is worth asking for only if a post was new."""
    root = parse_xml(content)
    if root is None or "comments" in capture.url:
        return Found(kind="feed")
    links, evidence = [], []
    items = [one for one in root.iter() if local_name(one) in ("item", "entry")]
    for item in items:
        address = absolute_url(_link(item), capture.url)
        if address is None:
            continue
        links.append(Link(url=address, kind="article", lastmod=_updated(item)))
        raw = _text(item, "pubDate") or _text(item, "published") or _text(item, "date")
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
    if links:
        links.append(Link(url=_next_page(capture.url), kind="feed", only_if_news=True))
    return Found(kind="feed", links=tuple(links), evidence=tuple(evidence))


def _link(item: etree._Element) -> str:
    for inner in item:
        if local_name(inner) == "link":
            if inner.get("href") and inner.get("rel", "alternate") == "alternate":
                return inner.get("href") or ""
            if inner.text and inner.text.strip():
                return inner.text.strip()
    return ""


def _updated(item: etree._Element) -> datetime | None:
    """When an entry was changed last (Atom's `updated`), UTC."""
    stated = moment_of(_text(item, "updated"))
    return to_utc(stated, None) if isinstance(stated, datetime) else None


def _text(item: etree._Element, name: str) -> str:
    for inner in item:
        if local_name(inner) == name:
            return (inner.text or "").strip()[:100]
    return ""


def _next_page(url: str) -> str:
    """WordPress's next page of a feed: `?paged=N`; past the last it answers 404."""
    parts = urlsplit(url)
    number = re.search(r"(?:^|&)paged=(\d{1,9})(?=&|$)", parts.query)
    rest = re.sub(r"&?\bpaged=\d+", "", parts.query).strip("&")
    following = f"paged={int(number[1]) + 1 if number else 2}"
    return urlunsplit(parts._replace(query=f"{rest}&{following}" if rest else following))
