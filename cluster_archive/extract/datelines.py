"""Datelines: the days that a page shows near its headline, and whose they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, cast

from lxml import etree
from lxml.html import HtmlElement

from cluster_archive.days import day_and_moment
from cluster_archive.document import Document, element_text
from cluster_archive.extract.furniture import named_like
from cluster_archive.items import EvidenceSource

_SHOWN = (".post-meta span.date", ".entry-meta .entry-date", ".posted-on", ".post-date", ".entry-date")
"""Elements of a WordPress post's head whose text is its date."""

_is_named_anothers = named_like(
    r"fixed-nav\S*|post-nav\S*|post-related|section-post-related|related\S*|post-item|portfolio-item|wp-block-post"
    r"|comment\S*|widget\S*|sidebar(?!\S*main)\S*|the_content\S*|entry-content|card\S*|teaser\S*|latest\S*|recent\S*|copyright"
    r"|event\S*|tribe-\S*|calendar\S*|agenda\S*|menu\S*|footer\S*|next|prev\S*|popular\S*|trending\S*|breaking\S*|ticker\S*"
    r"|twitter-tweet"
)
_OTHERWISE = re.compile(
    r"updat|modif|chang|edit|revis|actuali[sz]|aktuali[sz]|mis à jour|mise à jour|geändert|bearbeitet|zuletzt|letzte"
    r"|aggiornat|modificat|zaktualizowan|ultima|última|обновен|актуализ|променен|редактир|ενημ[εέ]ρ|επεξεργ|modificată"
    r"|atualiz|редакт|frissít|módosít|upraven|zmenené|změněn|ažur|ажур|izmijenjen|izmenjen|измењен|изменет|posodob|spremenjen|оновлен|змінен"
    r"|uppdater|ändrad|ändrat|opdater|oppdater|ændret|endret|redigeret|uppfært|breytt|päivit|muokat|uuenda|muudet|atjau|labots|atnauj"
    r"|pakeist|ndryshuar|përditësuar|güncelle|bijgewerkt|gewijzigd"
    r"|valid|expires|deadline|until|краен срок|bis zum|event|събитие|termin\b|veranstaltung"
    r"|\b(?:when|wann|quand|cuándo|quando|kiedy|când|кога|πότε|mikor|kdy|kedy|kada|kdaj|hvornår|milloin|millal|wanneer|коли"
    r"|where|venue|place|location|ort|lieu|lugar|luogo|miejsce|locul|място|τόπος|plats|sted|plaats|místo|miesto|mjesto|lokacija"
    r"|helyszín|paikka|koht|vieta|місце)\b",
    re.IGNORECASE,
)
_NO_DATELINE = frozenset("a option td h1 h2 h3 style noscript".split())
_PRINTING = re.compile(
    r"""\s*(?:\w+\.)?\w*(?:write|print|show|display|format)\w*\(\s*(["'])([^"'\\<>]{6,60})\1\s*\)\s*;?\s*""",
    re.IGNORECASE,
)
"""A script that is one call and shows one text where it stands, as `document.write("12.3.2020")`."""
_PUBLISHED = re.compile(
    r"\b(?:publi(?:shed|é|ée|cado|cada|kov|cat|kowano|cera|seret|sert|cēt)|posted|issued|veröffentlicht|erschienen|publicat"
    r"|opublikowan|pubblicat|publicad|δημοσιεύ|публикуван|опубликован|опубліковано|објављен|објавен|objavljen|zveřejněn|zverejnen"
    r"|közzét|megjelen|udgivet|julkaistu|avaldatud|paskelb|birt|yayın|gepubliceerd|geplaatst|datum|date|fecha|data|дата)\w*\b",
    re.IGNORECASE,
)
_OPENING = re.compile(r"\(([^()]{6,30})\)")
_PARTS = re.compile(r"\s*[|·•;]\s*")
_SEPARATOR = re.compile(r"\s+[|–—»·•-]\s+|\s*\|\s*")
_NO_COPYRIGHT = re.compile(r"©|\(c\)|copyright|rights reserved", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_LINE = 120  # letters: a longer text that has a date in it is no dateline
_LABEL = 30  # letters before a date that say what happened then
_NEAR = 40  # pieces of text between the headline and its dateline

_TEXTS = etree.XPath("/descendant::body/descendant::text()[contains(., '19') or contains(., '20') or contains(., '.')]")
_UNSEEN = frozenset("style noscript template option svg select".split())


@dataclass(frozen=True, slots=True)
class _Piece:
    """A heading, a `time` element, or a text."""

    element: HtmlElement
    """The element, or the one that the text stands in."""
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A date that the page states."""

    source: EvidenceSource
    """Kind of evidence."""
    raw: str
    """The date as it stands there."""
    selector: str
    """Where it stands."""


def shown_dates(document: Document, headline: HtmlElement | None, language: str | None) -> Iterator[Statement]:
    """The day that the page's title names; the `time` element and the line with a day that stand nearest to the headline,
    before the text begins; else the line that says in words when the text was published; else, without a headline, the
    only day in a line of its own."""
    if (dated := _dated_title(document, headline, language)) is not None:
        yield Statement("text", dated, "title")
    for selector in _SHOWN:
        for element in document.select(selector):
            text = element_text(element)
            if len(text) <= _LINE and not is_of_another(element) and day_and_moment(text, None, language)[0]:
                yield Statement("text", text, selector)
                return
    around = frozenset(headline.iterancestors()) if headline is not None else frozenset()
    nearby = _nearby(headline) if headline is not None else []
    shown = _datelines(nearby, language, around)
    if not shown and (opened := _opening(nearby, language, around)):
        yield Statement("text", opened, "opens the text")
        return
    said = next((text for text in shown if _PUBLISHED.search(text)), None)
    for piece in nearby:
        element = piece.element
        if piece.text is None and element.tag == "time" and (raw := element.get("datetime")):
            if is_of_another(element, around) or is_only_modified(element) or _says_changed(element):
                continue
            if said is None or day_and_moment(raw, None)[0] == day_and_moment(said, None, language)[0]:
                yield Statement("page", raw, "time[datetime]")
                break
    if shown:
        yield Statement("text", said or shown[0], "near the headline")
        return
    texts = cast("list[Any]", _TEXTS(document.root))
    short = (_piece(_holder(text), text) for text in texts if len(text) <= 2 * _LINE)
    lines = _datelines((piece for piece in short if piece is not None), language, around)
    for line in lines:
        if _PUBLISHED.search(line):
            yield Statement("text", line, "says when it was published")
            return
    if headline is None and len({day_and_moment(text, None, language)[0] for text in lines}) == 1:
        yield Statement("text", lines[0], "the only date")


def _dated_title(document: Document, headline: HtmlElement | None, language: str | None) -> str | None:
    """The day that stands alone between two separators of the page's title, or ends it, and is no part of the headline."""
    title = next((element_text(element) for element in document.root.iter("title")), "")
    said = element_text(headline) if headline is not None else ""
    for part in reversed(_SEPARATOR.split(title[-_LINE:])[1:]):
        if len(part) <= 20 and part not in said and day_and_moment(part, None, language)[0] is not None:
            return part
    return None


def _piece(element: HtmlElement, text: str | None) -> _Piece | None:
    """What a reader sees of a text that stands in an element: all of it, of a script what it shows."""
    text = (text or "").strip()
    if element.tag == "script":
        printed = _PRINTING.fullmatch(text) if len(text) <= 2 * _LINE else None
        text = printed[2] if printed is not None else ""
    return _Piece(element, text) if text else None


def _holder(text: Any) -> HtmlElement:
    """The element that a text of the tree stands in."""
    element: HtmlElement = text.getparent()
    above = element.getparent() if text.is_tail else None
    return element if above is None else above


def _nearby(headline: HtmlElement) -> list[_Piece]:
    """The pieces before and behind the headline that belong to it, nearest first: those behind end where the running
    text or the third next heading begins."""
    behind = [(distance + 1.0, piece) for distance, piece in enumerate(_head(islice(_following(headline), _NEAR)))]
    before = [(distance + 1.5, piece) for distance, piece in enumerate(islice(_preceding(headline), 4))]
    return [piece for _, piece in sorted(behind + before, key=lambda one: one[0])]


def _head(pieces: Iterable[_Piece]) -> Iterator[_Piece]:
    paragraphs = headings = 0
    for piece in pieces:
        if piece.text is None:
            headings += piece.element.tag != "time"
        else:
            paragraphs += len(piece.text) > _LINE
        if paragraphs > 2 or headings > 2:
            return
        yield piece


def _following(headline: HtmlElement) -> Iterator[_Piece]:
    """The pieces behind an element, in document order."""
    node: HtmlElement | None = headline
    while node is not None and node.tag != "body":
        if tail := (node.tail or "").strip():
            yield _Piece(cast("HtmlElement", node.getparent()), tail)
        for sibling in node.itersiblings():
            yield from _pieces(sibling)
            if tail := (sibling.tail or "").strip():
                yield _Piece(cast("HtmlElement", sibling.getparent()), tail)
        node = node.getparent()


def _preceding(headline: HtmlElement) -> Iterator[_Piece]:
    """The pieces before an element up to the first that is running text, nearest first."""
    node: HtmlElement | None = headline
    while node is not None and node.tag != "body":
        for sibling in node.itersiblings(preceding=True):
            parent = cast("HtmlElement", sibling.getparent())
            tail = (sibling.tail or "").strip()
            for piece in chain((_Piece(parent, tail),) if tail else (), _pieces_backwards(sibling)):
                if piece.text is not None and len(piece.text) > _LINE:
                    return
                yield piece
        node = node.getparent()


def _pieces(root: HtmlElement) -> Iterator[_Piece]:
    """The pieces in an element, in document order."""
    if not isinstance(root.tag, str) or root.tag in _UNSEEN:
        return
    if root.tag in ("h1", "h2", "h3", "time"):
        yield _Piece(root)
    if (piece := _piece(root, root.text)) is not None:
        yield piece
    for child in root:
        yield from _pieces(child)
        if tail := (child.tail or "").strip():
            yield _Piece(root, tail)


def _pieces_backwards(root: HtmlElement) -> Iterator[_Piece]:
    """The same, the last one first."""
    if not isinstance(root.tag, str) or root.tag in _UNSEEN:
        return
    for child in reversed(root):
        if tail := (child.tail or "").strip():
            yield _Piece(root, tail)
        yield from _pieces_backwards(child)
    if (piece := _piece(root, root.text)) is not None:
        yield piece
    if root.tag in ("h1", "h2", "h3", "time"):
        yield _Piece(root)


def _datelines(pieces: Iterable[_Piece], language: str | None, around: frozenset[HtmlElement]) -> list[str]:
    """The datelines among pieces."""
    lines = (_dateline(piece.element, piece.text, language, around) for piece in pieces if piece.text is not None)
    return [line for line in lines if line is not None]


def _dateline(element: HtmlElement, text: str, language: str | None, around: frozenset[HtmlElement]) -> str | None:
    """The line that a text stands in, where it is short, states a day, and says nothing of a change."""
    if _DIGIT.search(text) is None:
        return None
    text = " ".join(text.split())
    if len(text) > _LINE or element.tag in _NO_DATELINE or day_and_moment(text, None, language)[0] is None:
        return None
    above = element.getparent()
    line = next((line for one in (above, element) if one is not None and len(line := element_text(one)) <= _LINE), text)
    if is_only_modified(element) or _NO_COPYRIGHT.search(line) or is_of_another(element, around):
        return None
    before = line.partition(text)[0][-_LABEL:]
    for part in _PARTS.split(text):  # "published … | updated …"
        day = day_and_moment(part, None, language)[0]
        if day is not None and not _is_sentence(part) and not _OTHERWISE.search(before + part):
            return line if part == text and day_and_moment(line, None, language)[0] == day else part
        before = ""
    return None


def _opening(pieces: Iterable[_Piece], language: str | None, around: frozenset[HtmlElement]) -> str | None:
    """The day with which the running text itself opens, in brackets, as in "(18.01.2018) …"."""
    for piece in pieces:
        if piece.text is not None and len(piece.text) > _LINE:
            found = _OPENING.match(piece.text)
            if found is None or _OTHERWISE.search(found[1]) or is_of_another(piece.element, around):
                return None
            return found[0] if day_and_moment(found[1], None, language)[0] is not None else None
    return None


def _is_sentence(text: str) -> bool:
    """Whether a text tells something that happened on a day, rather than when it was written."""
    words = re.findall(r"[^\W\d_]{2,}", text)
    return len(words) > 5 and text.endswith((".", "!", "?", "…")) and _PUBLISHED.search(text) is None


def is_of_another(element: HtmlElement, around: frozenset[HtmlElement] = frozenset()) -> bool:
    """Whether an element stands in a card, a comment, a widget, the footer or the body, where dates are not the post's.
    What is `around` the headline, too, is the post's."""
    for above in (element, *element.iterancestors()):
        if above in around:
            return False
        if above.tag in ("footer", "aside", "nav") and above is not element and not _is_articles_own(above):
            return True
        if above.tag != "body" and _is_named_anothers(above):
            return True
        if (above.get("id") or "").lower() in ("comments", "footer", "sidebar"):
            return True
        if "comment" in (above.get("itemtype") or "").lower():
            return True
    return False


def _is_articles_own(element: HtmlElement) -> bool:
    """Whether a footer or an aside is that of an article, where some themes have its date."""
    return element.tag in ("footer", "aside") and next(element.iterancestors("article"), None) is not None


def is_only_modified(element: HtmlElement) -> bool:
    """Whether an element by its own names holds a change, and not the publication."""
    names = (element.get("class") or "").lower().split()
    named = "updated" in names or "modified" in names or "dateModified" in (element.get("itemprop") or "")
    return named and not {"published", "entry-date"}.intersection(names)


def _says_changed(element: HtmlElement) -> bool:
    """Whether the line of an element says that the text was changed then."""
    above = element.getparent()
    line = element_text(above) if above is not None else ""
    before = line.partition(element_text(element) or "\0")[0]
    return len(line) <= 2 * _LINE and bool(_OTHERWISE.search(before[-40:]))
