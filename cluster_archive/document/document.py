"""Document: a page decoded once, parsed once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

from lxml import etree
from lxml.html import HtmlElement, HTMLParser

from cluster_archive.captures import Capture
from cluster_archive.codings import decode_body
from cluster_archive.document.encoding import page_in_utf8
from cluster_archive.document.selecting import Named, named_elements, select_named
from cluster_archive.document.tags import bounded_tags
from cluster_archive.urls import absolute_url

MAX_HTML = 8 * 1024 * 1024
"""Bytes of a page that are parsed; what is behind is left out with an issue."""

MAX_TAGS = 100_000
"""Tags of a page that are parsed; what is behind is left out with an issue: no page that people read has a tenth."""

_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|meta|div|p|h1)\b", re.IGNORECASE)
_DEEP = 150
"""Levels of nesting that are kept (lxml drops what is below 256, and tags that are not counted nest too)."""

_ELEMENTS = etree.ElementDefaultClassLookup(element=HtmlElement)
"""All elements are of one class: lxml.html's own lookup asks Python for each."""

_IS_DEEP = etree.XPath(f"boolean({'/*' * 200})")
_XML = re.compile(rb"\s*<\?xml[^>]*\?>")
_NESTING = re.compile(
    rb"<(/?)(?!(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr|p|dt|dd|option)\b)"
    rb"[a-z][^\s/>]*[^>]*>",
    re.IGNORECASE,
)
"""Tags that nest: neither void elements nor those that end by themselves."""


_WRAPPING = re.compile(r"^\s*(?:<!--|/\*<!\[CDATA\[\*/|//<!\[CDATA\[)|(?:-->|/\*\]\]>\*/|//\]\]>)\s*$")
_TELLING = ("base", "link", "meta", "script", "body")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A page. Nothing in it refers to the network or to a file."""

    url: str
    """Address of the capture."""
    base: str
    """Address that links are relative to."""
    root: HtmlElement
    """The tree."""
    elements: tuple[HtmlElement, ...]
    """All its elements in document order; held, since lxml makes the Python object of an element anew where none is."""
    named: Named
    """Those that have attributes by which selectors ask."""
    language: str | None
    """Primary language tag that the page states."""
    canonical: str | None
    """Address that the page gives as its own."""
    metas: Mapping[str, tuple[str, ...]]
    """Contents of `meta` elements by `name`, `property` or `itemprop` in lower case."""
    json_ld: tuple[dict[str, Any], ...]
    """Objects of JSON-LD, graphs and lists taken apart."""
    body_classes: frozenset[str]
    """Classes of `body`, in lower case."""
    words: Mapping[str, frozenset[str]]
    """The words in the attributes of `named`, by attribute."""
    issues: tuple[str, ...] = ()
    """What went wrong on the way: ``too-large``, ``cut``, ``bad-coding``, ``charset``, ``too-deep``."""

    def absolute(self, link: str | None) -> str | None:
        """The http(s) address that a link means; None where it means none."""
        return absolute_url(link, self.base) if link else None

    def meta(self, *names: str) -> str | None:
        """The first non-empty content of the first of these names."""
        for name in names:
            for content in self.metas.get(name, ()):
                if content.strip():
                    return content.strip()
        return None

    def select(self, selector: str) -> list[HtmlElement]:
        """The elements that a CSS selector matches; none where it is no selector."""
        return select_named(self.root, self.named, self.words, selector)


def read_document(capture: Capture) -> Document | None:
    """The page that a capture holds; None where it is no HTML. Never raises."""
    if capture.media_type not in ("text/html", "application/xhtml+xml", "", "text/plain"):
        return None
    body = decode_body(capture, MAX_HTML + 1)
    content = body.content
    if not _HTML.search(content, 0, 100_000):
        return None
    issues = [body.problem] if body.problem else []
    if len(content) > MAX_HTML:
        content, issues = content[:MAX_HTML], [*issues, "too-large"]
    page, doubtful = page_in_utf8(content, capture.header("Content-Type"))
    if doubtful:
        issues.append("charset")
    bounded = bounded_tags(page)
    if bounded is not page:
        page, issues = bounded, [*issues, "too-large"]
    many = len(page) > 3 * MAX_TAGS and page.count(b"<") > MAX_TAGS  # no tag is shorter
    if many:
        flat = _flattened(page)  # what a nest of tags hides would be cut off
        if flat != page:
            issues.append("too-deep")
        page = flat
    if many and page.count(b"<") > MAX_TAGS:
        page = page[: next(islice(re.finditer(b"<", page), MAX_TAGS, None)).start()]
        issues.append("too-large")
    root, deep = _parse(page)
    if root is None:
        return None
    if deep:
        issues.append("too-deep")
    told: dict[str, list[HtmlElement]] = {tag: [] for tag in _TELLING}
    for element in root.iter(*_TELLING):
        told[element.tag].append(element)
    elements = tuple(root.iter("*"))
    named = named_elements(elements)
    base = _base(told["base"], capture.url)
    canonical = next(
        (link.get("href") for link in reversed(told["link"]) if "canonical" in (link.get("rel") or "").lower().split()),
        None,
    )
    return Document(
        url=capture.url,
        base=base,
        root=root,
        elements=elements,
        named=named,
        language=_language(root),
        canonical=absolute_url(canonical, base) if canonical else None,
        metas=_metas(told["meta"]),
        json_ld=tuple(_json_ld(told["script"])),
        body_classes=frozenset(" ".join(body.get("class") or "" for body in told["body"]).lower().split()),
        words={name: frozenset(" ".join(set(ones.values())).split()) for name, ones in named.items()},
        issues=tuple(dict.fromkeys(issues)),
    )


def _parse(page: bytes) -> tuple[HtmlElement | None, bool]:
    """The tree, and whether the page was nested so deep that its deepest tags had to go: lxml loses the text below 256
    levels."""
    root = _tree(page)
    if root is None or not _IS_DEEP(root):
        return root, False
    return _tree(_flattened(page)), True


def _tree(page: bytes) -> HtmlElement | None:
    declared = _XML.match(page)
    content = page[declared.end() :] if declared else page
    if not content.strip():
        return None
    parser = HTMLParser(huge_tree=True, encoding="utf-8", remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(_ELEMENTS)
    try:
        return cast("HtmlElement | None", etree.fromstring(content, parser=parser))
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def _flattened(page: bytes) -> bytes:
    """The page without the tags that open deeper than some levels."""
    depth = 0

    def keep(match: re.Match[bytes]) -> bytes:
        nonlocal depth
        if match[1]:
            too_deep = depth > _DEEP
            depth = max(0, depth - 1)
        else:
            depth += 1
            too_deep = depth > _DEEP
        return b" " if too_deep else match[0]

    return _NESTING.sub(keep, page)


def _base(elements: Iterable[HtmlElement], url: str) -> str:
    for element in elements:
        if element.get("href"):
            return absolute_url(element.get("href"), url) or url
    return url


def _language(root: HtmlElement) -> str | None:
    stated = root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    primary = stated.replace("_", "-").partition("-")[0].strip().lower()
    return primary if re.fullmatch(r"[a-z]{2,3}", primary) else None


def _metas(elements: Iterable[HtmlElement]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for element in elements:
        content = element.get("content")
        if content is None:
            continue
        for attribute in ("name", "property", "itemprop"):
            if name := element.get(attribute):
                found[name.strip().lower()] = (*found.get(name.strip().lower(), ()), content)
    return found


def _json_ld(scripts: Iterable[HtmlElement]) -> Iterator[dict[str, Any]]:
    for script in scripts:
        if (script.get("type") or "").strip().lower() != "application/ld+json" or not script.text:
            continue
        try:
            waiting = [_loaded(script.text)]
        except (ValueError, RecursionError):
            continue
        for _ in range(1000):  # a graph has tens of objects
            if not waiting:
                break
            value = waiting.pop(0)
            if isinstance(value, list):
                waiting[:0] = value
            elif isinstance(value, dict):
                yield value
                graph = value.get("@graph")
                waiting.extend(graph if isinstance(graph, list) else [])


def _loaded(text: str) -> Any:
    """JSON, also in a comment or in CDATA; raises ValueError and RecursionError."""
    try:
        return json.loads(text, strict=False)
    except ValueError:
        return json.loads(_WRAPPING.sub("", text), strict=False)


def element_text(element: HtmlElement) -> str:
    """Text of an element with white space folded."""
    return " ".join("".join(str(text) for text in element.itertext()).split())
