"""Where the next addresses come from: bytes in, links and date evidence out. By content, never by how it was asked for."""

from __future__ import annotations

import re

from cluster_archive.captures import Capture
from cluster_archive.codings import decode_body
from cluster_archive.discover.feed import read_feed
from cluster_archive.discover.found import Found, Link, LinkKind
from cluster_archive.discover.pages import page_number, read_page
from cluster_archive.discover.requisites import Requisite, page_requisites
from cluster_archive.discover.rest import LOOK, is_rest_look, read_rest, rest_collection, rest_looks
from cluster_archive.discover.sheets import is_sheet, sheet_requisites
from cluster_archive.discover.sitemap import read_robots, read_sitemap, unpack
from cluster_archive.discover.traps import BUDGET, Budgets, is_spiral
from cluster_archive.document import Document, read_document
from cluster_archive.sites.model import Site
from cluster_archive.sites.rules import address_kind, in_scope, is_ignored
from cluster_archive.urls import article_key, split

__all__ = [
    "BUDGET",
    "LOOK",
    "Budgets",
    "Found",
    "Link",
    "LinkKind",
    "Requisite",
    "discover",
    "is_rest_look",
    "is_sheet",
    "is_spiral",
    "page_number",
    "page_requisites",
    "rest_collection",
    "rest_looks",
    "sheet_requisites",
]

_DOCUMENT = re.compile(r"application/(?:pdf|rtf|msword|vnd\.|zip|epub)|text/(?:csv|rtf)")

MAX_LINKS = 50_000
"""Links that are taken from one capture (a sitemap has at most that many, sitemaps.org)."""


def discover(capture: Capture, site: Site, document: Document | None = None) -> Found:
    """What a capture names, also where it was cut; never raises. `document` where the page was read already."""
    if not capture.has_content:
        return Found(kind="other")
    if capture.embedded:
        return Found(kind=_embedded_kind(capture.media_type))
    return _within(_read(capture, site, document), site)


def _embedded_kind(media_type: str) -> str:
    if media_type.startswith("image/"):
        return "picture"
    return "document" if _DOCUMENT.match(media_type) else "requisite"


def _read(capture: Capture, site: Site, document: Document | None) -> Found:
    path = split(capture.url).path
    if path == "/robots.txt":
        return read_robots(decode_body(capture).content, capture.url)
    media_type = capture.media_type
    if media_type.startswith(("image/", "video/", "audio/", "font/")):
        return Found(kind="picture" if media_type.startswith("image/") else "other")
    if "json" in media_type:
        return read_rest(capture, decode_body(capture).content, site)
    if document is None and "html" in media_type:
        document = read_document(capture)
    if document is not None:
        return read_page(document, site, capture)
    content = unpack(decode_body(capture).content)
    if b"<urlset" in content[:2000] or b"<sitemapindex" in content[:2000]:
        return read_sitemap(content, capture, site)
    if any(mark in content[:2000] for mark in (b"<rss", b"<feed", b"<rdf:RDF")):
        return read_feed(content, capture, site)
    return Found(kind="other")


def _within(found: Found, site: Site) -> Found:
    """The links that are in scope and not ignored, each once; an address pattern corrects the kind."""
    kept: dict[str, Link] = {}
    for link in found.links[:MAX_LINKS]:
        key = article_key(link.url, site.addresses.session_parameters)
        if key in kept or not in_scope(link.url, site):
            continue
        if link.kind not in ("rest", "sitemap", "feed") and is_ignored(link.url, site):
            continue
        told = address_kind(link.url, site)
        if told in ("listing", "project") and link.kind in ("article", "page"):
            link = Link(url=link.url, kind=told, lastmod=link.lastmod, only_if_news=link.only_if_news)
        kept[key] = link
    return Found(kind=found.kind, links=tuple(kept.values()), evidence=found.evidence, total=found.total)
