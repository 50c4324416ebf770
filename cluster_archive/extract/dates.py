"""What a page says of its own date: evidence, never a guess, and never a neighbour's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

from lxml.html import HtmlElement

from cluster_archive.captures import Capture
from cluster_archive.days import day_and_moment, moment_of, to_utc
from cluster_archive.document import Document, element_text
from cluster_archive.extract.metadata import article_objects
from cluster_archive.items import DateEvidence, EvidenceSource
from cluster_archive.sites.model import Site
from cluster_archive.urls import readable_path

_METAS = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "date_published",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "dcterms.created",
    "dcterms.issued",
    "dc.date.issued",
    "dcterms.date",
    "dc.date",
    "citation_publication_date",
    "pubdate",
    "publishdate",
    "publish_date",
    "publication_date",
    "publish-date",
    "date",
)
"""Names of `meta` elements that state when an article was published."""

_TIMES = (
    "time[itemprop~=datePublished]",
    ".post-meta time.entry-date[datetime]",
    ".wp-block-post-date time[datetime]",
    "time.entry-date.published[datetime]",
    "time.published[datetime]",
    "time[pubdate][datetime]",
    ".entry-meta time.entry-date[datetime]",
    ".entry-header time[datetime]",
    ".posted-on time[datetime]",
    ".post-meta time[datetime]",
    ".byline time[datetime]",
    "header time[datetime]",
    "article time[datetime]",
    "time.entry-date[datetime]",
)
"""`time` elements of an article's own head, best first."""

_SHOWN = (
    ".post-meta span.date",
    ".entry-meta .entry-date",
    ".posted-on",
    ".entry-date",
    ".post-date",
    ".published",
    ".article-date",
    ".article__date",
    ".publish-date",
    ".date-published",
    ".article-meta .date",
    ".post-header .date",
    ".entry-header .date",
    ".post-meta",
    ".entry-meta",
)
"""Elements of an article's head whose text is a date."""

_ADDRESS = re.compile(r"/((?:19|20)\d{2})/(\d{2})/(\d{2})/[^/]")

_NOT_ITS_OWN = re.compile(
    r"(?:^|\s)(?:fixed-nav\S*|post-nav\S*|post-related|section-post-related|related\S*|post-item|portfolio-item|wp-block-post"
    r"|comment\S*|widget\S*|sidebar\S*|the_content\S*|entry-content|card\S*|teaser\S*|latest\S*|recent\S*|copyright)(?:\s|$)",
    re.IGNORECASE,
)


def page_evidence(document: Document, capture: Capture, site: Site, article_url: str) -> tuple[DateEvidence, ...]:
    """All that the page and its address say of the article's date, best first."""
    found: list[DateEvidence] = []
    for source, raw, selector in _statements(document, site, capture):
        day, moment = day_and_moment(raw, site.timezone, document.language or site.language)
        if day is not None and _is_plausible(day, capture):
            found.append(
                DateEvidence(
                    article_url=article_url,
                    source=source,
                    day=day,
                    moment=moment,
                    raw=raw[:100],
                    selector=selector,
                    seen_on=document.url,
                    captured_at=capture.captured_at,
                )
            )
    modified = _modified(document, site)
    if modified is None or any(one.moment == modified for one in found):  # BeTheme repeats the moment of publication
        return tuple(found)
    return tuple(replace(one, modified=modified) for one in found)


def _is_plausible(day: date, capture: Capture) -> bool:
    """Not before the Web, not after the capture (a day is allowed for time zones)."""
    return day.year >= 1990 and (day - capture.captured_at.date()).days <= 1


def _statements(document: Document, site: Site, capture: Capture) -> Iterator[tuple[EvidenceSource, str, str]]:
    for selector in site.selectors_at(capture.captured_at.date()).date:
        for element in document.select(selector):
            yield "page", element.get("datetime") or element_text(element), selector
    for block in article_objects(document):
        if isinstance(block.get("datePublished"), str):
            yield "page", block["datePublished"], "json-ld datePublished"
    for name in _METAS:
        if raw := document.meta(name):
            yield "page", raw, f"meta[{name}]"
    for block in document.json_ld:
        kind = block.get("@type")
        if kind in ("WebPage", "ItemPage") and isinstance(block.get("datePublished"), str):
            yield "page", block["datePublished"], "json-ld WebPage datePublished"
    for selector in _TIMES:
        for element in document.select(selector):
            if not _is_of_another(element) and not _is_only_modified(element):
                yield "page", element.get("datetime") or element_text(element), selector
                break
    if found := _ADDRESS.search(readable_path(document.url)):
        yield "url", f"{found[1]}-{found[2]}-{found[3]}", "url"
    for selector in _SHOWN:
        for element in document.select(selector):
            text = element_text(element)
            if len(text) <= 120 and not _is_of_another(element):
                yield "text", text, selector
                return


def _is_of_another(element: HtmlElement) -> bool:
    """Whether an element stands in a card, a comment, a widget, the footer or the body, where dates are not the post's."""
    for above in (element, *element.iterancestors()):
        if above.tag in ("footer", "aside", "nav") and above is not element and not _is_articles_own(above):
            return True
        if above.tag != "body" and _NOT_ITS_OWN.search(above.get("class") or ""):
            return True
        if (above.get("id") or "").lower() in ("comments", "footer", "sidebar"):
            return True
    return False


def _is_articles_own(element: HtmlElement) -> bool:
    """Whether a footer is that of an article, where some themes have its date."""
    return element.tag == "footer" and next(element.iterancestors("article"), None) is not None


def _is_only_modified(element: HtmlElement) -> bool:
    names = (element.get("class") or "").lower().split()
    return ("updated" in names or "modified" in names) and not {"published", "entry-date"}.intersection(names)


def _modified(document: Document, site: Site) -> datetime | None:
    """The moment of the last change, which is never taken for publication."""
    stated = [document.meta("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified")]
    stated += [block.get("dateModified") for block in article_objects(document)]
    for raw in stated:
        moment = moment_of(raw) if isinstance(raw, str) else None
        if isinstance(moment, datetime):
            return to_utc(moment, site.timezone)
    return None
