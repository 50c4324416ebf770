"""People, terms, summary and language versions of a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from cluster_archive.document import Document
from cluster_archive.extract.furniture import named_like
from cluster_archive.extract.text import fold, inline_text
from cluster_archive.items import Alternate
from cluster_archive.urls import canonical_url, host_port

ARTICLE_TYPES = frozenset(
    "Article NewsArticle BlogPosting ReportageNewsArticle AnalysisNewsArticle OpinionNewsArticle BackgroundNewsArticle Report"
    " TechArticle ScholarlyArticle SocialMediaPosting LiveBlogPosting Review".split()
)
"""Types of schema.org that are articles."""

_is_comment_or_teaser = named_like(r"comment\S*|post-item|post-related|author-box|fixed-nav\S*")


def article_objects(document: Document) -> Iterator[dict[str, Any]]:
    """JSON-LD objects of the page that are articles."""
    for block in document.json_ld:
        kinds = block.get("@type")
        named = kinds if isinstance(kinds, list) else [kinds]
        if any(isinstance(kind, str) and kind in ARTICLE_TYPES for kind in named):
            yield block


def find_authors(document: Document) -> tuple[str, ...]:
    """Names of the authors as the page shows or states them."""
    places = (
        ".post-meta .vcard.author .fn",
        ".author-date .vcard.author",
        ".entry-meta .author .fn",
        ".byline .author",
        ".wp-block-post-author__name",
        ".wp-block-post-author-name",
        "[itemprop~=author] [itemprop~=name]",
        "[rel~=author]",
    )
    for place in places:
        names = [inline_text(one) for one in document.select(place) if not _in_comment_or_teaser(one)]
        if any(names):
            return tuple(dict.fromkeys(name for name in names if name))
    names = []
    for block in article_objects(document):
        stated = block.get("author")
        for one in stated if isinstance(stated, list) else [stated]:
            name = one.get("name") if isinstance(one, dict) else one
            if isinstance(name, str) and fold(name) and not name.startswith("http"):
                names.append(fold(name))
    if not names and (stated := document.meta("author", "dc.creator", "article:author")) and "://" not in stated:
        names = [fold(stated)]
    return tuple(dict.fromkeys(names))


def _in_comment_or_teaser(element: HtmlElement) -> bool:
    return any(map(_is_comment_or_teaser, element.iterancestors()))


def find_terms(document: Document) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Categories and tags as the page names them."""
    categories = _terms(
        document,
        (
            ".post-meta .meta-categories a",
            ".entry-meta .cat-links a",
            ".cat-links a",
            ".taxonomy-category a",
            "a[rel~=category]",
        ),
    )
    if not categories:
        categories = tuple(dict.fromkeys(fold(one) for one in document.metas.get("article:section", ()) if fold(one)))
    tags = _terms(
        document,
        (
            ".post-meta .mata-tags a",
            ".post-meta .meta-tags a",
            ".tags-links a",
            ".taxonomy-post_tag a",
            ".post-tags a",
            "a[rel~=tag]:not([rel~=category])",
        ),
    )
    if not tags:
        tags = tuple(dict.fromkeys(fold(one) for one in document.metas.get("article:tag", ()) if fold(one)))
    return categories, tuple(tag for tag in tags if tag not in categories)


def _terms(document: Document, places: tuple[str, ...]) -> tuple[str, ...]:
    for place in places:
        names = [inline_text(one) for one in document.select(place) if not _in_comment_or_teaser(one)]
        if any(names):
            return tuple(dict.fromkeys(name for name in names if name))
    return ()


def find_summary(document: Document) -> str | None:
    """The page's own description."""
    text = document.meta("description", "og:description", "twitter:description", "dc.description")
    return fold(text) or None if text else None


def find_alternates(document: Document) -> tuple[Alternate, ...]:
    """Other language versions that the page names (`link rel=alternate hreflang`)."""
    found: dict[str, Alternate] = {}
    own = canonical_url(document.url)
    for link in document.select("link[rel~=alternate][hreflang]"):
        url, language = document.absolute(link.get("href")), (link.get("hreflang") or "").strip()
        if url and language.lower() != "x-default" and canonical_url(url) != own:
            found.setdefault(language, Alternate(language=language, url=url))
    return tuple(found.values())


def own_address(document: Document) -> str:
    """The canonical URL of the page: what it states, where that is on its own host and no front page; else its address."""
    stated = document.canonical
    if stated is None or host_port(stated).removeprefix("www.") != host_port(document.url).removeprefix("www."):
        return canonical_url(document.url)
    if urlsplit(stated).path in ("", "/") and urlsplit(document.url).path not in ("", "/"):
        return canonical_url(document.url)
    return canonical_url(stated)
