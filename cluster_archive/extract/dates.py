"""What a page says of its own date: evidence, never a guess, and never a neighbour's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from lxml.html import HtmlElement

from cluster_archive.captures import Capture
from cluster_archive.days import day_and_moment, day_in, moment_of, offset_of, to_utc
from cluster_archive.document import Document, element_text
from cluster_archive.extract.datelines import Statement, is_of_another, is_only_modified, shown_dates
from cluster_archive.extract.leading import in_order, zone_seen
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
    "bt:pubdate",
    "dcterms.created",
    "dcterms.issued",
    "dc.date.issued",
    "dc.date.created",
    "dcterms.date",
    "dc.date",
    "citation_publication_date",
    "citation_online_date",
    "pubdate",
    "publishdate",
    "publisheddate",
    "publish_date",
    "publication_date",
    "publish-date",
    "date",
)
"""Names of `meta` elements that state when an article was published."""

_STATED = (
    ("time[itemprop~=datePublished]", "datetime"),
    ("[itemprop~=datePublished][content]", "content"),
    ("[property~='dc:date'][content]", "content"),
    ("[property~='schema:dateCreated'][content]", "content"),
    (".post-meta time.entry-date[datetime]", "datetime"),
    (".wp-block-post-date time[datetime]", "datetime"),
    ("time.entry-date.published[datetime]", "datetime"),
    ("time.published[datetime]", "datetime"),
    ("abbr.published[title]", "title"),
    (".dt-published[datetime]", "datetime"),
    (".entry-meta time.entry-date[datetime]", "datetime"),
    ("time[pubdate][datetime]", "datetime"),
    ("time.entry-date[datetime]", "datetime"),
)
"""Elements that by their name hold the date of publication, best first, and the attribute that states it."""

_ADDRESS = re.compile(r"/((?:19|20)\d{2})/(\d{2})/(\d{2})/[^/]")

_ORDER: tuple[EvidenceSource, ...] = ("page", "url", "text")
"""Kinds of evidence that a page gives, best first."""


def page_evidence(
    document: Document,
    capture: Capture,
    site: Site,
    article_url: str,
    headline: HtmlElement | None,
    *,
    everything: bool = False,
) -> tuple[DateEvidence, ...]:
    """What the page and its address say of the article's date, best first; what a reader sees near the headline is looked
    for where the markup does not settle it, or where `everything` is asked for."""
    language = document.language or site.language
    stated = list(_statements(document, site, capture, headline))
    zone = site.timezone or zone_seen([one.raw for one in stated])

    def read(statements: Iterable[Statement]) -> list[DateEvidence]:
        return [
            DateEvidence(
                article_url=article_url,
                source=one.source,
                day=day,
                moment=moment,
                raw=one.raw[:100],
                selector=one.selector,
                seen_on=document.url,
                captured_at=capture.captured_at,
            )
            for one in statements
            for day, moment in [day_and_moment(one.raw, zone, language)]
            if day is not None and _is_plausible(day, capture)
        ]

    found = read(stated)
    if everything or not _is_settled(found, has_zone=zone is not None):
        found += read(shown_dates(document, headline, language))
        found.sort(key=lambda one: _ORDER.index(one.source))
    modified = _modified(document, site)
    if site.timezone is None:
        found = in_order(found, document, day_in(modified, zone) if modified else None, has_zone=zone is not None)
    if modified is None or any(one.moment == modified for one in found):  # BeTheme repeats the moment of publication
        return tuple(found)
    return tuple(replace(one, modified=modified) for one in found)


def _is_settled(found: Sequence[DateEvidence], *, has_zone: bool) -> bool:
    """Whether the markup leaves no doubt of the day: it states one moment, and in which time zone its day is meant."""
    if not found or found[0].source != "page" or len({one.day for one in found if one.source == "page"}) > 1:
        return False
    return ":" in found[0].raw and (has_zone or offset_of(found[0].raw) != timedelta(0))


def _is_plausible(day: date, capture: Capture) -> bool:
    """Not before the Web, not after the capture (a day is allowed for time zones)."""
    return day.year >= 1990 and (day - capture.captured_at.date()).days <= 1


def _statements(document: Document, site: Site, capture: Capture, headline: HtmlElement | None) -> Iterator[Statement]:
    own = next(headline.iterancestors("article"), None) if headline is not None else None
    selectors = site.selectors_at(capture.captured_at.date())
    for selector in selectors.date:
        for element in document.select(selector):
            yield Statement("page", element.get("datetime") or element_text(element), selector)
    for block in article_objects(document):
        if isinstance(block.get("datePublished"), str):
            yield Statement("page", block["datePublished"], "json-ld datePublished")
    for name in _METAS:
        if raw := document.meta(name):
            yield Statement("page", raw, f"meta[{name}]")
    for block in document.json_ld:
        kind = block.get("@type")
        if kind in ("WebPage", "ItemPage") and isinstance(block.get("datePublished"), str):
            yield Statement("page", block["datePublished"], "json-ld WebPage datePublished")
    for selector, attribute in _STATED:
        if (element := _own_one(document.select(selector), own)) is not None:
            yield Statement("page", element.get(attribute) or element_text(element), selector)
    if found := _ADDRESS.search(readable_path(document.url)):
        yield Statement("url", f"{found[1]}-{found[2]}-{found[3]}", "url")


def _own_one(elements: Sequence[HtmlElement], own: HtmlElement | None) -> HtmlElement | None:
    """The first of elements that hold a date that is the post's: not one in another `article` than its `own`; none where
    that is not known and several articles have one, as on a list."""
    by_article: dict[HtmlElement | None, HtmlElement] = {}
    for element in elements:
        if not is_of_another(element) and not is_only_modified(element):
            around = list(element.iterancestors("article"))
            article = own if own in around else around[0] if around else None
            by_article.setdefault(article, element)
    if own is not None:
        return by_article.get(own, by_article.get(None))
    return next(iter(by_article.values())) if len(by_article) == 1 else by_article.get(None)


def _modified(document: Document, site: Site) -> datetime | None:
    """The moment of the last change, which is never taken for publication."""
    stated = [document.meta("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified")]
    stated += [block.get("dateModified") for block in article_objects(document)]
    for raw in stated:
        moment = moment_of(raw) if isinstance(raw, str) else None
        if isinstance(moment, datetime):
            return to_utc(moment, site.timezone)
    return None
