"""Explain: for one page, which evidence gave each field, what else was in the running, and what was left out of the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from lxml.html import HtmlElement

from cluster_archive.archive import read_capture
from cluster_archive.captures import Capture
from cluster_archive.document import Document, page_kind, read_document
from cluster_archive.document.encoding import page_in_utf8
from cluster_archive.errors import BadArchive
from cluster_archive.extract import extract_any
from cluster_archive.extract.body import CONTAINERS, BodyPlace, find_body
from cluster_archive.extract.dates import page_evidence
from cluster_archive.extract.metadata import own_address
from cluster_archive.extract.pictures import is_placeholder
from cluster_archive.extract.text import Block, blocks_of, inline_text, letters_of
from cluster_archive.extract.titles import find_headline, stated_titles
from cluster_archive.items import Article, Evidence
from cluster_archive.sites import Site

Fate = Literal["kept", "furniture", "trimmed", "outside"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """A value that was in the running for a field."""

    value: str
    """The value."""
    source: str
    """Where it stands: a method, a selector, the text as it was."""
    lost: str
    """Why it was not taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of the article with its evidence."""

    name: str
    """Its name in the dataset."""
    value: str
    """Its value; empty where there is none."""
    source: str
    """What gave it."""
    others: tuple[Other, ...] = ()
    """What else was in the running."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A block of the page's outline."""

    text: str
    """Its text."""
    fate: Fate
    """What became of it."""
    why: str
    """The reason where it was left out."""
    place: str
    """The element that it stands in, as a CSS selector that a site's TOML can use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What is known of one page."""

    url: str
    """Its address."""
    kind: str
    """The kind of page that it is."""
    fields: tuple[Field, ...]
    """The article's fields."""
    outline: tuple[Line, ...]
    """The page's text in reading order."""
    source: str
    """The page's markup, decoded."""


def capture_at(source: str, now: datetime, url: str | None = None) -> Capture:
    """The page in an HTML file, or in a WARC at ``FILE:OFFSET``. Raises BadArchive with what to do."""
    name, _, offset = source.rpartition(":")
    if offset.isdecimal() and len(offset) < 19 and Path(name).is_file():
        beside = sorted(Path(name).parent.glob("*.warc*"))  # a revisit's page is in an earlier file
        capture = read_capture(name, int(offset), within=beside)
        if capture is None:
            raise BadArchive(
                f"{name}: the record at {offset} is no captured page; take an offset from the dataset's `warc`."
            )
        return capture
    path = Path(source)
    try:
        payload = path.read_bytes()
    except OSError as error:
        raise BadArchive(
            f"{source} cannot be read: {error.strerror}. Give an address, an HTML file, or WARC:OFFSET."
        ) from error
    if path.name.endswith((".warc", ".warc.gz", ".arc", ".arc.gz")):
        raise BadArchive(
            f"{source} holds many pages: add the offset of one, {source}:OFFSET, as the dataset's `warc` has it."
        )
    return Capture(
        url=url or "http://page.invalid/",
        status=200,
        headers=(("Content-Type", "text/html"),),
        payload=payload,
        captured_at=now,
    )


def explain(capture: Capture, site: Site) -> Explanation:
    """What the page gives, and why. Raises BadArchive where the capture is no HTML page."""
    document = read_document(capture)
    if document is None:
        raise BadArchive(f"{capture.url} is no HTML page.")
    article = extract_any(capture, site, document)
    selectors = site.selectors_at(capture.captured_at.date())
    place = find_body(document, selectors, article.title, find_headline(document, article.title))
    fields = (
        _title(document, site, article),
        _date(document, capture, site, article),
        _body(document, article, place),
        _takeaways(article),
        _images(document, article, place),
        Field(name="authors", value=", ".join(article.authors), source="the page's byline or metadata"),
        Field(name="categories", value=", ".join(article.categories), source="the page's terms or metadata"),
        Field(name="tags", value=", ".join(article.tags), source="the page's terms or metadata"),
    )
    return Explanation(
        url=capture.url,
        kind=page_kind(document, site),
        fields=fields,
        outline=tuple(_outline(document, place)),
        source=page_in_utf8(capture.payload, capture.header("Content-Type"))[0].decode(),
    )


def _told(evidence: Evidence | None) -> str:
    if evidence is None:
        return "nothing"
    return ": ".join(part for part in (evidence.method, evidence.selector, evidence.raw) if part)


def _title(document: Document, site: Site, article: Article) -> Field:
    seen = [(inline_text(one), _selector_of(one)) for one in document.root.iter("h1", "h2")][:12]
    others = [
        Other(value=text, source=source, lost="another headline agrees with the metadata, or stands before it")
        for text, source in seen
        if text and letters_of(text) != letters_of(article.title)
    ]
    others += [
        Other(value=text, source=source, lost="metadata counts where the page shows no headline")
        for text, source in stated_titles(document, site)
        if text != article.title
    ]
    return Field(name="title", value=article.title, source=_told(article.provenance.title), others=tuple(others))


def _date(document: Document, capture: Capture, site: Site, article: Article) -> Field:
    headline = find_headline(document, article.title)
    found = page_evidence(document, capture, site, own_address(document), headline, everything=True)
    others = [
        Other(
            value=str(one.day),
            source=f"{one.source}: {one.selector}: {one.raw}",
            lost="says the same" if one.day == article.date else "stands lower in the order of evidence",
        )
        for one in found[1:]
    ]
    if article.modified_at:
        others.append(Other(value=str(article.modified_at), source="modified", lost="a change is no publication"))
    return Field(
        name="date", value=str(article.date or ""), source=_told(article.provenance.date), others=tuple(others)
    )


def _body(document: Document, article: Article, place: BodyPlace | None) -> Field:
    chosen = place.elements if place else ()
    others = []
    for name in CONTAINERS:
        for element in document.select(name):
            if element in chosen:
                continue
            letters = len(element.text_content())
            lost = (
                "is part of the chosen one"
                if _is_below(element, chosen)
                else "holds less of the text, or is a teaser's"
            )
            others.append(Other(value=f"{letters} letters", source=name, lost=lost))
    return Field(
        name="body",
        value=f"{article.word_count} words",
        source=_told(article.provenance.body),
        others=tuple(others[:12]),
    )


def _takeaways(article: Article) -> Field:
    return Field(
        name="key_takeaways", value=" · ".join(article.key_takeaways), source=_told(article.provenance.key_takeaways)
    )


def _images(document: Document, article: Article, place: BodyPlace | None) -> Field:
    taken = {image.alt for image in article.images if image.alt}
    others = []
    for image in document.root.iter("img"):
        source = image.get("src") or image.get("data-src") or ""
        if (
            is_placeholder(source)
            or any(source.rpartition("/")[2] in link for link in article.image_links)
            or (image.get("alt") or "") in taken
        ):
            continue
        others.append(Other(value=source[:200], source=_selector_of(image), lost=_why_not(image, place)))
    return Field(
        name="image_links",
        value=" · ".join(article.image_links),
        source=_told(article.provenance.image_links),
        others=tuple(others[:30]),
    )


def _why_not(element: HtmlElement, place: BodyPlace | None) -> str:
    if place is None or not _is_below(element, (*place.elements, *place.head)):
        return "stands outside of the article"
    for above in (element, *element.iterancestors()):
        if (kind := place.left_out.why(above)) not in (None, "caption"):
            return f"{kind}: {_selector_of(above)}"
    return "is no content: tiny, an icon, a placeholder, or a link to another page"


def _outline(document: Document, place: BodyPlace | None) -> Iterator[Line]:
    """The blocks of the whole page, each with what became of it."""
    kept = {(block.element, block.text) for block in place.blocks} if place else set()
    body = document.root.find("body")
    for block in blocks_of([body if body is not None else document.root]):
        fate, why = _fate(block, kept, place)
        yield Line(text=block.line, fate=fate, why=why, place=_selector_of(block.element))


def _fate(block: Block, kept: set[tuple[HtmlElement, str]], place: BodyPlace | None) -> tuple[Fate, str]:
    if (block.element, block.text) in kept:
        return "kept", ""
    if place is None:
        return "outside", "the page has no place for a body"
    for above in (block.element, *block.element.iterancestors()):
        if above in place.left_out.removed:
            return "furniture", f"the site's TOML removes {_selector_of(above)}"
        if kind := place.left_out.why(above):
            return "furniture", f"{kind}: {_selector_of(above)}"
    if _is_below(block.element, place.elements):
        return "trimmed", "a headline, byline, label, or link to other articles"
    return "outside", "not in the element that holds most of the text"


def _is_below(element: HtmlElement, roots: Sequence[HtmlElement]) -> bool:
    return any(one in roots for one in (element, *element.iterancestors()))


def _selector_of(element: HtmlElement) -> str:
    """A short CSS selector: tag, id or classes, with that of the element above."""

    def name(one: HtmlElement) -> str:
        if one.get("id"):
            return f"{one.tag}#{one.get('id')}"
        return ".".join([str(one.tag), *(one.get("class") or "").split()[:2]])

    above = element.getparent()
    if element.get("id") or element.get("class") or above is None:
        return name(element)
    return f"{name(above)} > {name(element)}"


_MARKS: dict[Fate, str] = {"kept": "+", "furniture": "-", "trimmed": "~", "outside": "."}


def as_text(explanation: Explanation) -> str:
    """The explanation for a terminal; nothing of the page that a terminal would obey is in it."""
    lines = [f"{explanation.url} is: {explanation.kind}", ""]
    for field in explanation.fields:
        lines += [f"{field.name}: {field.value or 'none'}", f"    given by {field.source}"]
        lines += [f"    not {other.value} ({other.source}): {other.lost}" for other in field.others]
    lines += ["", "The page's text: + kept, - furniture, ~ trimmed, . outside of the article", ""]
    for line in explanation.outline:
        text = " / ".join(line.text.split("\n"))[:160]
        lines.append(f"{_MARKS[line.fate]} {text}  [{line.why}{'; ' if line.why else ''}{line.place}]")
    return "\n".join("".join(one if one.isprintable() else "\ufffd" for one in line) for line in lines)


def as_html(explanation: Explanation) -> str:
    """The explanation as one HTML file with the page beside it: no script runs, nothing is asked for from outside."""
    environment = Environment(
        loader=PackageLoader("cluster_archive"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    counts = {
        fate: sum(line.fate == fate for line in explanation.outline)
        for fate in ("kept", "furniture", "trimmed", "outside")
    }
    return environment.get_template("explain.html.j2").render(
        page=explanation, counts=counts, frame=_POLICY + explanation.source
    )


_POLICY = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
