"""Pictures of an article at full size."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import cast
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from cluster_archive.document import Document
from cluster_archive.extract.body import WORDPRESS, BodyPlace
from cluster_archive.extract.featured import THEMES_FEATURED, featured_picture, stated_picture
from cluster_archive.extract.furniture import Within
from cluster_archive.extract.pictures import full_size, has_picture_name, is_of_the_frame, picture_key
from cluster_archive.extract.shown import IMAGES, Seen, backgrounds, is_same, picture_of
from cluster_archive.extract.text import fold
from cluster_archive.items import Image, ImageRole
from cluster_archive.sites.model import Selectors
from cluster_archive.urls import host_port

_WITH_PICTURE = etree.XPath(
    "descendant-or-self::*[self::img or self::amp-img or @data-bg or @data-background-image or @data-background or contains(@style, 'url')]"
)
_CARD = 8  # levels between a card and its picture
_CARD_LETTERS = 600
_NO_PICTURES = frozenset("script style template iframe svg".split())
_GALLERY = re.compile(
    r"(?:^|[\s_-])(?:gallery|wp-block-gallery|galleryid-\d+|tiled-gallery|blocks-gallery\w*|slideshow|carousel|slider)",
    re.IGNORECASE,
)


def find_images(
    document: Document, selectors: Selectors, place: BodyPlace | None, headline: HtmlElement | None = None
) -> tuple[tuple[Image, ...], str | None]:
    """The pictures of an article, the featured one first, then those of the head and the body in reading order, each once
    and at full size; and what named the featured one. Where nothing does, what stands above the headline comes first."""
    featured, selector = featured_picture(document, selectors, place.elements if place else ())
    seen = [*featured, *(_in_place(document, place) if place else ())]
    if (
        selector not in (*selectors.featured, *THEMES_FEATURED)
        and (stated := stated_picture(document, seen)) is not None
    ):
        seen = [stated, *(one for one in seen if one not in featured and one.url != stated.url)]
        selector = selector if stated in featured else "meta[property='og:image']"
    elif not featured and place is not None and headline is not None:
        seen = [*_above(document, place, headline), *seen]
    return _each_once(seen), selector


def _each_once(seen: Sequence[Seen]) -> tuple[Image, ...]:
    paths: dict[str, set[str]] = {}
    for url in (url for one in seen for url in one.urls):
        paths.setdefault(picture_key(url), set()).add(urlsplit(url).path)
    images: dict[str, Image] = {}
    for one in seen:
        url = full_size(one.url, paths[picture_key(one.url)])
        known = images.get(picture_key(url), Image(url=url, alt=None, caption=None, role=one.role))
        images[picture_key(url)] = replace(known, alt=known.alt or one.alt, caption=known.caption or one.caption)
    return tuple(images.values())


def _in_place(document: Document, place: BodyPlace) -> Iterator[Seen]:
    """Pictures between the headline and the body, and in the body."""
    left_out = place.left_out.with_pictures
    roots = [one for one in (*place.head, *place.elements) if one in place.elements or not left_out(one)]
    is_typed = place.method == "selector" or place.selector in WORDPRESS  # what stands there was put there by hand
    return _below(document, roots, left_out, is_typed=is_typed)


def _below(
    document: Document, roots: Iterable[HtmlElement], left_out: Callable[[HtmlElement], bool], *, is_typed: bool
) -> Iterator[Seen]:
    """What the elements below some show, but other articles' pictures and the page's, where it may be any of these."""
    cards: dict[HtmlElement, bool | None] = {}
    for root in roots:
        for element in _pictures_below(root, left_out):
            if element.tag not in IMAGES:
                yield from backgrounds(document, element)
                continue
            if not is_typed and (
                _leads_elsewhere(document, element, root) or _is_on_a_card(document, element, root, cards)
            ):
                continue
            one = picture_of(document, element, root, _role_of(element, root))
            if one is not None and (is_typed or not is_of_the_frame(one.urls)):
                yield one


def _above(document: Document, place: BodyPlace, headline: HtmlElement) -> Iterator[Seen]:
    """What figures above the headline show, in what holds it and the body, where that is no whole page."""
    around = frozenset(place.elements[0].iterancestors())
    left_out = place.left_out.with_pictures
    node = headline
    before: list[HtmlElement] = []
    while node not in around and (parent := node.getparent()) is not None and parent.tag != "body":
        before = [*list(node.itersiblings(preceding=True))[::-1], *before]
        node = parent
    roots = [one for one in before if not left_out(one) and next(one.iter("figure", "picture"), None) is not None]
    return _below(document, roots if node in around else (), left_out, is_typed=False)


def _pictures_below(root: HtmlElement, left_out: Callable[[HtmlElement], bool]) -> Iterator[HtmlElement]:
    """Images and elements with a background below an element, in document order."""
    is_gone = Within(lambda element: element.tag in _NO_PICTURES or left_out(element), root)
    if root.tag not in _NO_PICTURES:
        yield from (element for element in cast("list[HtmlElement]", _WITH_PICTURE(root)) if not is_gone(element))


def _leads_elsewhere(document: Document, image: HtmlElement, root: HtmlElement) -> bool:
    """Whether a picture is a link to another page, and so a teaser's; one with a caption of its own is not."""
    for above in image.iterancestors():
        if above.tag == "a":
            url = _target(document, above)
            if url is None or url == document.url or has_picture_name(url):
                return False
            source = document.absolute(image.get("src"))
            if source is None:
                return True
            host = host_port(url)  # a link to where pictures lie leads to a picture
            return not is_same(url, [source]) and (host != host_port(source) or host == host_port(document.url))
        if above is root or (above.tag == "figure" and next(above.iter("figcaption"), None) is not None):
            return False
    return False


def _is_on_a_card(
    document: Document, image: HtmlElement, root: HtmlElement, known: dict[HtmlElement, bool | None]
) -> bool:
    """Whether the next heading around a picture is a link to another page, as on the cards of other articles; `known` is
    what was found of elements before."""
    for above in islice(image.iterancestors(), _CARD):
        if above is root:
            return False
        if above not in known:
            known[above] = _is_card(document, above)
        if (is_card := known[above]) is not None:
            return is_card
    return False


def _is_card(document: Document, element: HtmlElement) -> bool | None:
    """Whether an element's first heading is a link to another page and all else little; None where it has no heading."""
    heading = next(element.iter("h2", "h3", "h4", "h5", "h6"), None)
    if heading is None:
        return None
    link = next(heading.iter("a"), None)
    link = link if link is not None else next(heading.iterancestors("a"), None)
    url = _target(document, link) if link is not None else None
    return url is not None and url != document.url and _has_little_text(element)


def _target(document: Document, link: HtmlElement) -> str | None:
    """The page that a link leads to."""
    return document.absolute((link.get("href") or "").partition("#")[0])


def _has_little_text(element: HtmlElement) -> bool:
    letters = 0
    for text in element.itertext():
        letters += len(fold(str(text)))
        if letters >= _CARD_LETTERS:  # no need to read what may be the whole page
            return False
    return True


def _role_of(image: HtmlElement, root: HtmlElement) -> ImageRole:
    for above in image.iterancestors():
        if _GALLERY.search(above.get("class") or ""):
            return "gallery"
        if above is root:
            break
    return "inline"
