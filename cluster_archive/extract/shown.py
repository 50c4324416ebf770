"""What an element of a page shows: its picture, under all addresses that it names for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

from cluster_archive.document import LAZY_SOURCES, PICTURE_SETS, Document, select, srcset_urls
from cluster_archive.extract.furniture import named_like
from cluster_archive.extract.pictures import (
    has_picture_name,
    is_content,
    is_placeholder,
    largest,
    picture_key,
    unwrapped,
)
from cluster_archive.extract.text import fold, inline_text
from cluster_archive.items import ImageRole

IMAGES = ("img", "amp-img")
"""Elements that show a picture."""

_is_named_no_content = named_like(r"wp-smiley|emoji|avatar|icon|logo|spinner|lazy-placeholder")
_BACKGROUND = re.compile(r"background(?:-image)?\s*:[^;]*?url\(\s*(['\"]?)(.*?)\1\s*\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A picture as one element names it, with the addresses that are its other sizes."""

    url: str
    others: tuple[str, ...] = ()
    alt: str | None = None
    caption: str | None = None
    role: ImageRole

    @property
    def urls(self) -> tuple[str, ...]:
        """All its addresses."""
        return (self.url, *self.others)


def picture_of(document: Document, image: HtmlElement, root: HtmlElement, role: ImageRole) -> Seen | None:
    """What an `img` shows, at the largest size that the page names; None where it is no content."""
    if _is_named_no_content(image) or _is_tiny(image):
        return None
    named = [url for url in dict.fromkeys(_named(document, image)) if is_content(url)]
    linked = _linked(document, image, root)
    if linked is not None and (not named or role == "gallery" or is_same(linked, named)):
        url = linked
    elif named:
        url = largest(named)
    else:
        return None
    return Seen(
        url=url,
        others=tuple(named),
        alt=fold(image.get("alt") or "") or None,
        caption=_caption(image, root),
        role=role,
    )


def _is_tiny(image: HtmlElement) -> bool:
    sides = [
        int(found[0])
        for side in ("width", "height")
        if (found := re.match(r"\d{1,9}", (image.get(side) or "").strip()))
    ]
    return bool(sides) and max(sides) <= 32


def _named(document: Document, image: HtmlElement) -> Iterator[str]:
    """Addresses that an `img` and its `picture` name, the largest of each set first; placeholders left out."""
    named = dict(image.items())
    sets = [value for name in PICTURE_SETS if (value := named.get(name))]
    above = image.getparent()
    while above is not None and above.tag == "source":  # what is not closed holds what follows
        above = above.getparent()
    if above is not None and above.tag == "picture":
        sets += [value for source in above.iter("source") for name, value in source.items() if name in PICTURE_SETS]
    values = [url for value in sets for url in srcset_urls(value)]
    values += [value.strip() for name in (*LAZY_SOURCES, "src") if (value := named.get(name))]
    for name, value in named.items():  # a script's own names for them
        if name.endswith(("src", "srcset")) and name.startswith("data-"):
            values += srcset_urls(value) if name.endswith("set") else [value.strip()]
    for value in dict.fromkeys(values):
        if value and not is_placeholder(value) and not value.startswith(("{", "[")):
            address = document.absolute(value)
            if address:
                yield unwrapped(address)


def is_same(linked: str, named: Iterable[str]) -> bool:
    """Whether a link leads to the picture shown: another size of it, or a file of the same name."""
    stem = picture_key(linked).rpartition("/")[2]
    return has_picture_name(linked) or any(picture_key(url).rpartition("/")[2] == stem for url in named)


def _linked(document: Document, image: HtmlElement, root: HtmlElement) -> str | None:
    """The picture file that a link around the picture leads to."""
    for above in image.iterancestors():
        if above.tag == "a":
            url = document.absolute(above.get("data-full-url") or above.get("href"))
            return unwrapped(url) if url and has_picture_name(url) else None
        if above is root:
            return None
    return None


def _caption(image: HtmlElement, root: HtmlElement) -> str | None:
    for above in image.iterancestors():
        names = above.get("class") or ""
        if above.tag == "figure" or re.search(r"(?:^|\s)(?:wp-caption|gallery-item)(?:$|\s)", names):
            places = [*above.iter("figcaption"), *select(above, ".wp-caption-text, .gallery-caption")]
            own = [place for place in places if next(place.iterancestors("figure"), above) is above]
            return (inline_text(own[0]) or None) if own else None
        if above is root:
            break
    return None


def backgrounds(document: Document, element: HtmlElement) -> Iterator[Seen]:
    """CSS backgrounds, also those that a script would set."""
    named = [element.get("data-bg"), element.get("data-background-image"), element.get("data-background")]
    style = element.get("style")
    if style and (found := _BACKGROUND.search(style)):
        named.append(found[2])
    for name in named:
        url = document.absolute(name.strip().removeprefix("url(").strip("()'\" ")) if name else None
        if url and has_picture_name(url) and is_content(url):
            yield Seen(url=url, role="background")
