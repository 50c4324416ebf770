"""What a page says of its own date: evidence, never a guess, and never a neighbour's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any, cast

from lxml import etree
from lxml.html import HtmlElement

from cluster_archive.captures import Capture
from cluster_archive.days import day_and_moment, moment_of, offset_of, to_utc
from cluster_archive.document import Document, element_text
from cluster_archive.extract.metadata import article_objects, find_headline, find_title
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

_SHOWN = (".post-meta span.date", ".entry-meta .entry-date", ".posted-on", ".post-date", ".entry-date")
"""Elements of a WordPress post's head whose text is its date."""

_ADDRESS = re.compile(r"/((?:19|20)\d{2})/(\d{2})/(\d{2})/[^/]")

_NOT_ITS_OWN = re.compile(
    r"(?:^|\s)(?:fixed-nav\S*|post-nav\S*|post-related|section-post-related|related\S*|post-item|portfolio-item|wp-block-post"
    r"|comment\S*|widget\S*|sidebar\S*|the_content\S*|entry-content|card\S*|teaser\S*|latest\S*|recent\S*|copyright"
    r"|event\S*|tribe-\S*|calendar\S*|agenda\S*|menu\S*|footer\S*|next|prev\S*|popular\S*|trending\S*|breaking\S*|ticker\S*"
    r"|twitter-tweet)(?:\s|$)",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"updat|modif|chang|edit|revis|actuali[sz]|mis à jour|mise à jour|aktualisier|geändert|bearbeitet|zuletzt|letzte"
    r"|aggiornat|modificat|zaktualizowan|aktualizac|ultima|última|обновен|актуализ|променен|редактир|ενημέρ|επεξεργ|modificată"
    r"|valid|expires|deadline|until|краен срок|bis zum|event|събитие|termin\b|veranstaltung",
    re.IGNORECASE,
)
_NO_DATELINE = frozenset("a option td h1 h2 h3".split())
_PUBLISHED = re.compile(
    r"\b(?:publi(?:shed|é|ée|cado|cada|kováno|cat|kowano)|posted|issued|veröffentlicht|erschienen|publicat|opublikowan|pubblicat"
    r"|publicad|δημοσιεύ|публикуван|опубликован|datum|datum|date|fecha|data|дата)\w*\b",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"\s+[|–—»·•-]\s+|\s*\|\s*")
_NO_COPYRIGHT = re.compile(r"©|\(c\)|copyright|rights reserved|©", re.IGNORECASE)
_LINE = 120  # letters: a longer text that has a date in it is no dateline
_LABEL = 30  # letters before a date that say what happened then
_NEAR = 25  # pieces of text between the headline and its dateline

_TIMELINE = etree.XPath(
    "//h1|//h2|//h3|//body//time[not(ancestor::footer)]"
    "|//body//text()[string-length(.) > 30 or contains(., '19') or contains(., '20')]"
    "[not(ancestor::script or ancestor::style or ancestor::noscript or ancestor::template or ancestor::svg)]"
)
"""Headings, `time` elements and texts that may hold a year or be a paragraph, in document order."""


@dataclass(frozen=True, slots=True)
class _Statement:
    """A date that the page states."""

    source: EvidenceSource
    raw: str
    selector: str


def page_evidence(document: Document, capture: Capture, site: Site, article_url: str) -> tuple[DateEvidence, ...]:
    """All that the page and its address say of the article's date, best first."""
    language = document.language or site.language
    stated = list(_statements(document, site, capture))
    zone = site.timezone or _zone_seen(stated)
    found: list[DateEvidence] = []
    for one in stated:
        day, moment = day_and_moment(one.raw, zone, language)
        if day is not None and _is_plausible(day, capture):
            found.append(
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
            )
    if zone is None:
        found = _as_shown(found)
    modified = _modified(document, site)
    if modified is None or any(one.moment == modified for one in found):  # BeTheme repeats the moment of publication
        return tuple(found)
    return tuple(replace(one, modified=modified) for one in found)


def _is_plausible(day: date, capture: Capture) -> bool:
    """Not before the Web, not after the capture (a day is allowed for time zones)."""
    return day.year >= 1990 and (day - capture.captured_at.date()).days <= 1


def _zone_seen(stated: Sequence[_Statement]) -> timezone | None:
    """The offset from UTC that the page itself uses, where a moment states one."""
    for one in stated:
        offset = offset_of(one.raw)
        if offset:
            return timezone(offset)
    return None


def _as_shown(found: Sequence[DateEvidence]) -> list[DateEvidence]:
    """Where the page states a moment in UTC and shows its reader the day before or after, the reader's day leads."""
    shown = next((one for one in found if one.source == "text"), None)
    best = found[0] if found else None
    if best is None or shown is None or best.moment is None or shown.day is None or best.day is None:
        return list(found)
    if offset_of(best.raw) != timedelta(0):
        return list(found)
    earlier, later = best.moment - timedelta(hours=12), best.moment + timedelta(hours=14)  # the zones that there are
    if shown.day == best.day or not earlier.date() <= shown.day <= later.date():
        return list(found)
    return [replace(shown, source="page"), *found]


def _statements(document: Document, site: Site, capture: Capture) -> Iterator[_Statement]:
    selectors = site.selectors_at(capture.captured_at.date())
    for selector in selectors.date:
        for element in document.select(selector):
            yield _Statement("page", element.get("datetime") or element_text(element), selector)
    for block in article_objects(document):
        if isinstance(block.get("datePublished"), str):
            yield _Statement("page", block["datePublished"], "json-ld datePublished")
    for name in _METAS:
        if raw := document.meta(name):
            yield _Statement("page", raw, f"meta[{name}]")
    for block in document.json_ld:
        kind = block.get("@type")
        if kind in ("WebPage", "ItemPage") and isinstance(block.get("datePublished"), str):
            yield _Statement("page", block["datePublished"], "json-ld WebPage datePublished")
    for selector, attribute in _STATED:
        for element in document.select(selector):
            if not _is_of_another(element) and not _is_only_modified(element):
                yield _Statement("page", element.get(attribute) or element_text(element), selector)
                break
    if found := _ADDRESS.search(readable_path(document.url)):
        yield _Statement("url", f"{found[1]}-{found[2]}-{found[3]}", "url")
    language = document.language or site.language
    for element in document.root.iter("title"):
        last = _SEPARATOR.split(element_text(element))[-1]
        if len(last) <= 20 and day_and_moment(last, None, language)[0] is not None:
            yield _Statement("text", last, "title")
            break
    title, _ = find_title(document, selectors, site)
    yield from _shown_dates(document, find_headline(document, title), language)


def _shown_dates(document: Document, headline: HtmlElement | None, language: str | None) -> Iterator[_Statement]:
    """The `time` element and the line with a day that stand nearest to the headline, before the text begins; else the
    line that says in words when the text was published; else, without a headline, the only day in a line of its own."""
    for selector in _SHOWN:
        for element in document.select(selector):
            text = element_text(element)
            if len(text) <= _LINE and not _is_of_another(element) and day_and_moment(text, None, language)[0]:
                yield _Statement("text", text, selector)
                return
    pieces = cast("list[Any]", _TIMELINE(document.root))
    around = frozenset(headline.iterancestors()) if headline is not None else frozenset()
    nearby = _nearby(pieces, headline) if headline is not None else []
    shown = _datelines(nearby, language, around)
    said = next((text for text in shown if _PUBLISHED.search(text)), None)
    for piece in nearby:
        if isinstance(piece, HtmlElement) and piece.tag == "time" and (raw := piece.get("datetime")):
            if _is_of_another(piece, around) or _is_only_modified(piece) or _says_changed(piece):
                continue
            if said is None or day_and_moment(raw, None)[0] == day_and_moment(said, None, language)[0]:
                yield _Statement("page", raw, "time[datetime]")
                break
    if shown:
        yield _Statement("text", said or shown[0], "near the headline")
        return
    lines = _datelines(pieces, language, around)
    for line in lines:
        if _PUBLISHED.search(line):
            yield _Statement("text", line, "says when it was published")
            return
    if headline is None and len({day_and_moment(text, None, language)[0] for text in lines}) == 1:
        yield _Statement("text", lines[0], "the only date")


def _nearby(pieces: Sequence[Any], headline: HtmlElement) -> list[Any]:
    """The pieces before and behind the headline that belong to it, nearest first: those behind end where the running
    text or the second next heading begins."""
    at = next((index for index, piece in enumerate(pieces) if piece is headline), None)
    if at is None:
        return []
    found = [(distance + 1.0, piece) for distance, piece in enumerate(_head(pieces[at + 1 : at + 1 + _NEAR]))]
    for distance, piece in enumerate(reversed(pieces[max(0, at - 4) : at])):
        if not isinstance(piece, HtmlElement) and len(piece) > _LINE:
            break
        found.append((distance + 1.5, piece))
    return [piece for _, piece in sorted(found, key=lambda one: one[0])]


def _head(pieces: Sequence[Any]) -> Iterator[Any]:
    paragraphs = headings = 0
    for piece in pieces:
        if isinstance(piece, HtmlElement):
            headings += piece.tag != "time"
        else:
            paragraphs += len(piece.strip()) > _LINE
        if paragraphs > 2 or headings > 2:
            return
        yield piece


def _datelines(pieces: Sequence[Any], language: str | None, around: frozenset[HtmlElement]) -> list[str]:
    """The datelines among pieces."""
    lines = (_dateline(piece, language, around) for piece in pieces if isinstance(piece, str))
    return [line for line in lines if line is not None]


def _dateline(piece: Any, language: str | None, around: frozenset[HtmlElement]) -> str | None:
    """The line that a text stands in, where it is short, states a day, and says nothing of a change."""
    element = piece.getparent()
    if piece.is_tail:
        element = element.getparent()
    text = " ".join(piece.split())
    if len(text) > _LINE or day_and_moment(text, None, language)[0] is None:
        return None
    above = element.getparent()
    line = next((line for one in (above, element) if one is not None and len(line := element_text(one)) <= _LINE), text)
    said_before = line.partition(text)[0][-_LABEL:]
    if element.tag in _NO_DATELINE or _is_only_modified(element) or _NO_COPYRIGHT.search(line):
        return None
    if _CHANGED.search(said_before + text):
        return None
    return None if _is_of_another(element, around) else line


def _is_of_another(element: HtmlElement, around: frozenset[HtmlElement] = frozenset()) -> bool:
    """Whether an element stands in a card, a comment, a widget, the footer or the body, where dates are not the post's.
    What is `around` the headline, too, is the post's."""
    for above in (element, *element.iterancestors()):
        if above in around:
            return False
        if above.tag in ("footer", "aside", "nav") and above is not element and not _is_articles_own(above):
            return True
        if above.tag != "body" and _NOT_ITS_OWN.search(above.get("class") or ""):
            return True
        if (above.get("id") or "").lower() in ("comments", "footer", "sidebar"):
            return True
    return False


def _is_articles_own(element: HtmlElement) -> bool:
    """Whether a footer or an aside is that of an article, where some themes have its date."""
    return element.tag in ("footer", "aside") and next(element.iterancestors("article"), None) is not None


def _is_only_modified(element: HtmlElement) -> bool:
    names = (element.get("class") or "").lower().split()
    named = "updated" in names or "modified" in names or "dateModified" in (element.get("itemprop") or "")
    return named and not {"published", "entry-date"}.intersection(names)


def _says_changed(element: HtmlElement) -> bool:
    """Whether the line of an element says that the text was changed then."""
    above = element.getparent()
    line = element_text(above) if above is not None else ""
    before = line.partition(element_text(element) or "\0")[0]
    return len(line) <= 2 * _LINE and bool(_CHANGED.search(before[-40:]))


def _modified(document: Document, site: Site) -> datetime | None:
    """The moment of the last change, which is never taken for publication."""
    stated = [document.meta("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified")]
    stated += [block.get("dateModified") for block in article_objects(document)]
    for raw in stated:
        moment = moment_of(raw) if isinstance(raw, str) else None
        if isinstance(moment, datetime):
            return to_utc(moment, site.timezone)
    return None
