"""Requisites: what a page needs to be seen again: style sheets, scripts, fonts, icons, pictures in the sizes it shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from cluster_archive.discover.sheets import absolute_all, names_in_css
from cluster_archive.document import LAZY_SOURCES, PICTURE_SETS, Document, srcset_urls

MAX_FOUND = 5_000
"""Addresses that are taken from one page; what may be fetched of them is decided elsewhere."""

_LINKS = frozenset(
    "stylesheet preload modulepreload icon apple-touch-icon apple-touch-icon-precomposed mask-icon manifest".split()
)
_PRELOADED = frozenset({"", "style", "script", "font", "image", "fetch", "track", "video", "audio"})
_PICTURES = frozenset({"img", "image", "input"})
_SOURCES = {
    "img": ("src", *LAZY_SOURCES),
    "source": ("src", *LAZY_SOURCES),
    "script": ("src",),
    "video": ("src", "poster", "data-src"),
    "audio": ("src", "data-src"),
    "track": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "input": ("src",),
    "use": ("href", "xlink:href"),
    "image": ("href", "xlink:href"),
    "body": ("background",),
    "table": ("background",),
    "td": ("background",),
}
"""Attributes that name a file which the page shows or runs, by element; frames are pages of their own."""

_TAGS = ("link", "style", *_SOURCES)
_STYLED = etree.XPath("//@style[contains(., '(')] | //@data-bg", smart_strings=False)


@dataclass(frozen=True, slots=True)
class Requisite:
    """A file that a page needs."""

    url: str
    """Absolute address."""
    is_picture: bool
    """Whether it is a picture in the page's markup, rather than part of how the page looks and works."""


def page_requisites(document: Document) -> tuple[Requisite, ...]:
    """What a page names, in its order, each once, at most `MAX_FOUND`; never raises."""
    pictures: list[str] = []
    others: list[str] = []
    for element in document.root.iter(*_TAGS):
        (pictures if _is_picture(element) else others).extend(_named(element))
    for text in cast("list[str]", _STYLED(document.root)):
        others.extend(names_in_css(text) if "(" in text else (text,))
    found = dict.fromkeys(absolute_all(_worth(others), document.base), False)
    found |= {url: True for url in absolute_all(_worth(pictures), document.base) if url not in found}
    return tuple(Requisite(url, is_picture) for url, is_picture in list(found.items())[:MAX_FOUND])


def _worth(names: list[str]) -> Iterator[str]:
    """What may be an address; templates of scripts, data and anchors are none."""
    for name in dict.fromkeys(names):
        start = name[:6].lstrip().lower()
        if start and not start.startswith(("#", "data:", "blob:", "about:", "{", "[")):
            yield name


def _is_picture(element: HtmlElement) -> bool:
    if element.tag == "source":
        above = element.getparent()
        return above is not None and above.tag == "picture"
    return element.tag in _PICTURES


def _named(element: HtmlElement) -> Iterator[str]:
    tag = element.tag
    if tag == "link":
        yield from _linked(element)
    elif tag == "style":
        if element.text:
            yield from names_in_css(element.text)
    else:
        attributes = element.attrib
        for name in _SOURCES[tag]:
            if value := attributes.get(name):
                yield value
        if tag in ("img", "source"):
            for name in PICTURE_SETS:
                if value := attributes.get(name):
                    yield from srcset_urls(value)


def _linked(element: HtmlElement) -> Iterator[str]:
    kinds = (element.get("rel") or "").lower().split()
    if _LINKS.isdisjoint(kinds):
        return
    if "preload" in kinds and (element.get("as") or "").lower() not in _PRELOADED:
        return
    if href := element.get("href"):
        yield href
    if images := element.get("imagesrcset"):
        yield from srcset_urls(images)
