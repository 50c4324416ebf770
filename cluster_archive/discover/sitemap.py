"""robots.txt and sitemaps (sitemaps.org): plain or gzip, index or list."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import datetime, time

from lxml import etree

from cluster_archive.captures import Capture
from cluster_archive.days import day_and_moment, moment_of, to_utc
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


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace, also where its prefix was never declared; empty for a comment."""
    return element.tag.rpartition("}")[2].rpartition(":")[2] if isinstance(element.tag, str) else ""


def parse_xml(content: bytes) -> etree._Element | None:
    """The root of an XML text; no entity is expanded, nothing is fetched, broken markup is read as far as it goes."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
    try:
        return etree.fromstring(content.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def read_sitemap(content: bytes, capture: Capture, site: Site) -> Found:
    """The addresses of a list, or the children of an index. `lastmod` is a hint; only a news sitemap dates its articles."""
    root = parse_xml(content)
    if root is None:
        return Found(kind="sitemap")
    links: list[Link] = []
    evidence: list[DateEvidence] = []
    for element in root.iterchildren(tag=etree.Element):
        name = local_name(element)
        fields = dict(_fields(element))
        address = absolute_url(fields.get("loc", ""), capture.url)
        if address is None:
            continue
        if name == "sitemap":
            if not NOT_POSTS.search(address.rpartition("/")[2]) and not ONLY_PAGES.search(address.rpartition("/")[2]):
                links.append(Link(url=address, kind="sitemap", lastmod=_changed(fields, site)))
        elif name == "url":
            links.append(Link(url=address, kind="article", lastmod=_changed(fields, site)))
            evidence.extend(_news_date(fields, address, capture, site))
    own = capture.url.rpartition("/")[2]
    if NOT_POSTS.search(own) or ONLY_PAGES.search(own):
        links = []
    return Found(kind="sitemap", links=tuple(links), evidence=tuple(evidence))


def _changed(fields: dict[str, str], site: Site) -> datetime | None:
    """`lastmod` as a moment (UTC); of a day its end, since the change may have been at any time of it."""
    stated = moment_of(fields.get("lastmod", ""))
    if stated is None:
        return None
    return to_utc(stated if isinstance(stated, datetime) else datetime.combine(stated, time(23, 59, 59)), site.timezone)


def _fields(element: etree._Element) -> Iterator[tuple[str, str]]:
    for inner in element.iter():
        if isinstance(inner.tag, str) and inner.text and inner.text.strip():
            yield local_name(inner), inner.text.strip()


def _news_date(fields: dict[str, str], address: str, capture: Capture, site: Site) -> Iterator[DateEvidence]:
    if raw := fields.get("publication_date"):
        day, moment = day_and_moment(raw, site.timezone)
        if day:
            yield DateEvidence(
                article_url=canonical_url(address), source="sitemap", day=day, moment=moment, raw=raw[:100],
                selector="news:publication_date", seen_on=capture.url, captured_at=capture.captured_at,
            )  # fmt: skip
