"""Title, people, terms, summary and language versions of a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from cluster_archive.document import Document
from cluster_archive.extract.furniture import furniture_kind, named_like
from cluster_archive.extract.text import fold, inline_text, letters_of
from cluster_archive.items import Alternate, Evidence
from cluster_archive.sites.model import Selectors, Site
from cluster_archive.urls import canonical_url, host_port

ARTICLE_TYPES = frozenset(
    "Article NewsArticle BlogPosting ReportageNewsArticle AnalysisNewsArticle OpinionNewsArticle BackgroundNewsArticle Report"
    " TechArticle ScholarlyArticle SocialMediaPosting LiveBlogPosting Review".split()
)
"""Types of schema.org that are articles."""

HEADLINES = (
    "h1.entry-title",
    "h1[itemprop~=headline]",
    "h1.wp-block-post-title",
    "[itemprop~=headline]",
    "h1.post-title",
)
"""Elements that by their name hold the headline."""

_is_teaser = named_like(r"post-item|post-related|portfolio-item|fixed-nav\S*")
_is_comment_or_teaser = named_like(r"comment\S*|post-item|post-related|author-box|fixed-nav\S*")

_LONG_TITLE = 20  # letters: a longer one does not stand in another heading by chance
_WHOLE_TITLE = 30  # letters: what opens a title and is longer is all of it but the site's name
_HEADLINES = 200  # headlines of a page that are looked at
_TITLE = 1000  # letters: no title is longer
_SEPARATORS = re.compile(r"\s+[|–—»·•:/-]\s+|\s*\|\s*")


def article_objects(document: Document) -> Iterator[dict[str, Any]]:
    """JSON-LD objects of the page that are articles."""
    for block in document.json_ld:
        kinds = block.get("@type")
        named = kinds if isinstance(kinds, list) else [kinds]
        if any(isinstance(kind, str) and kind in ARTICLE_TYPES for kind in named):
            yield block


def find_title(document: Document, selectors: Selectors, site: Site) -> tuple[str, Evidence | None]:
    """The title as a reader sees it, without the site's name, and where it stood; empty where the page has none.

    A headline that is there but empty means that the post has no title, whatever `title` says.
    """
    empty = False
    for method, names in (("selector", selectors.title), ("headline", HEADLINES)):
        for name in names:
            for element in document.select(name):
                if _is_of_another(element):
                    continue
                if text := _shown(element):
                    return text, _evidence(document, method, name, text)
                empty = empty or element.tag == "h1"
    headlines = list(_headlines(document, "h1"))
    stated = stated_titles(document, site)
    for text in headlines:  # the one that the page's own metadata says too
        if any(_same(text, other) for other, _ in stated):
            return text, _evidence(document, "h1", "h1", text)
    for text in _headlines(document, "h2"):
        if any(_opens(text, other) for other, _ in stated):
            return text, _evidence(document, "h2", "h2", text)
    if headlines and not _is_site_name(headlines[0], document, site):
        return headlines[0], _evidence(document, "h1", "h1", headlines[0])
    if empty:
        return "", None
    for text, method in stated:
        return text, _evidence(document, method, None, text)
    return "", None


def _headlines(document: Document, tag: str) -> Iterator[str]:
    """What the page's headings of a level say, but those of other posts."""
    for element in islice(document.root.iter(tag), _HEADLINES):
        if not _is_of_another(element) and (text := _shown(element)):
            yield text


def find_headline(document: Document, title: str) -> HtmlElement | None:
    """The heading that shows the title; where none shows it word by word, one with a part of it, or the only `h1`."""
    wanted = letters_of(title)
    if not wanted:
        return None
    shown = []
    for one in islice(document.root.iter("h1", "h2", "h3"), _HEADLINES):
        letters = letters_of(one.text_content())
        if letters == wanted:
            return one
        shown.append((one, letters))
    first = [(one, letters) for one, letters in shown if one.tag == "h1"]
    for one, letters in first:
        if letters and (letters in wanted or wanted in letters):
            return one
    for one, letters in shown:
        if min(len(wanted), len(letters)) > _LONG_TITLE and (wanted in letters or wanted.startswith(letters)):
            return one
    return first[0][0] if len(first) == 1 else None


def _shown(element: HtmlElement) -> str:
    return fold(inline_text(element))


def _is_of_another(element: HtmlElement) -> bool:
    """Whether a headline stands in a teaser of another post, or in furniture."""
    return any(
        _is_teaser(above) or (furniture_kind(above) == "furniture" and "header" not in (above.get("class") or ""))
        for above in element.iterancestors()
    )


def _evidence(document: Document, method: str, selector: str | None, raw: str) -> Evidence:
    return Evidence(method=method, selector=selector, raw=raw[:300], url=document.url)


def stated_titles(document: Document, site: Site) -> list[tuple[str, str]]:
    """Titles that the metadata states, best first, without the site's name."""
    found: list[tuple[str, str]] = []
    for block in article_objects(document):
        if isinstance(block.get("headline"), str):
            found.append((block["headline"], "json-ld"))
    for name in ("og:title", "twitter:title", "dc.title", "citation_title"):
        if text := document.meta(name):
            found.append((text, name))
    found.append((_page_title(document), "title"))
    cleaned = [(without_site_name(fold(unescape(text))[:_TITLE], document, site), method) for text, method in found]
    return [(text, method) for text, method in cleaned if text]


def _page_title(document: Document) -> str:
    """What the page's `title` element says; drawings have such elements, too."""
    titles = (one for one in document.root.iter("title") if (above := one.getparent()) is None or above.tag != "svg")
    return next((one.text_content() for one in titles), "")


def _site_names(document: Document, site: Site) -> set[str]:
    """What the site calls itself, small; some give each page's title as the application's name."""
    named = document.meta("og:site_name")
    if named is None and (application := document.meta("application-name")) != _page_title(document).strip():
        named = application
    return {fold(name).casefold() for name in (site.title, named) if name}


def without_site_name(text: str, document: Document, site: Site) -> str:
    """A title without the name of the site at its end or head."""
    names = _site_names(document, site)
    if text.casefold() in names:
        return ""
    pieces = list(_SEPARATORS.finditer(text))
    if pieces and text[pieces[-1].end() :].casefold() in names:
        return text[: pieces[-1].start()]
    if pieces and text[: pieces[0].start()].casefold() in names:
        return text[pieces[0].end() :]
    for name in names:  # the name itself may hold a separator
        if text.casefold().endswith(name):
            return (
                _SEPARATORS.sub(" ", text[: -len(name)]).strip()
                if _SEPARATORS.search(text[: -len(name)] + " ")
                else text
            )
    return text


def _is_site_name(text: str, document: Document, site: Site) -> bool:
    return not without_site_name(text, document, site)


def _same(one: str, other: str) -> bool:
    short, long = sorted((letters_of(one), letters_of(other)), key=len)
    return bool(short) and (short == long or (len(short) > 15 and long.startswith(short)))


def _opens(heading: str, stated: str) -> bool:
    """Whether a stated title is a heading, or the heading and a name behind it."""
    letters, others = letters_of(heading), letters_of(stated)
    return bool(letters) and (letters == others or (len(letters) > _WHOLE_TITLE and others.startswith(letters)))


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
