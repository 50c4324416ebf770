"""Pictures of an article at full size."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from cluster_archive.document import LAZY_SOURCES, PICTURE_SETS, Document, select, srcset_urls
from cluster_archive.extract.body import BodyPlace
from cluster_archive.extract.furniture import LeftOut, Within, named_like
from cluster_archive.extract.metadata import article_objects
from cluster_archive.extract.pictures import (
    full_size,
    has_picture_name,
    identifiers,
    is_content,
    is_for_all_pages,
    is_of_the_frame,
    is_placeholder,
    largest,
    picture_key,
    unwrapped,
)
from cluster_archive.extract.text import fold, inline_text
from cluster_archive.items import Image, ImageRole
from cluster_archive.sites.model import Selectors

THEMES_FEATURED = (".single-photo-wrapper", "figure.wp-block-post-featured-image", "figure.post-thumbnail")
"""Elements that hold the featured picture and nothing else: BeTheme, block themes, classic core themes."""

FEATURED = (
    *THEMES_FEATURED,
    ".post-thumbnail",
    ".entry-thumbnail",
    ".featured-image",
    ".post-featured-image",
    "img.wp-post-image",
)
"""Elements that hold the featured picture: the themes', then custom of many."""

_METAS = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
_WITH_PICTURE = etree.XPath(
    "descendant-or-self::*[self::img or @data-bg or @data-background-image or @data-background or contains(@style, 'url')]"
)
_NO_PICTURES = frozenset("script style template iframe svg".split())
_is_named_no_content = named_like(r"wp-smiley|emoji|avatar|icon|logo|spinner|lazy-placeholder")
_is_teaser = named_like(r"post-item|portfolio-item|post-related|fixed-nav\S*|wp-block-post|related\S*|card\S*")
_BACKGROUND = re.compile(r"background(?:-image)?\s*:[^;]*?url\(\s*(['\"]?)(.*?)\1\s*\)", re.IGNORECASE)
_GALLERY = re.compile(
    r"(?:^|[\s_-])(?:gallery|wp-block-gallery|galleryid-\d+|tiled-gallery|blocks-gallery\w*|slideshow|carousel|slider)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A picture as one element names it, with the addresses that are its other sizes."""

    url: str
    others: tuple[str, ...] = ()
    alt: str | None = None
    caption: str | None = None
    role: ImageRole

    @property
    def urls(self) -> tuple[str, ...]:
        return (self.url, *self.others)


def find_images(
    document: Document, selectors: Selectors, place: BodyPlace | None
) -> tuple[tuple[Image, ...], str | None]:
    """The pictures of an article, the featured one first, then those of the head and the body in reading order, each once
    and at full size; and what named the featured one."""
    featured, selector = _featured(document, selectors, place.elements if place else ())
    seen = [*featured, *(_in_place(document, place) if place else ())]
    if selector not in (*selectors.featured, *THEMES_FEATURED) and (stated := _stated(document, seen)) is not None:
        seen = [stated, *(one for one in seen if one not in featured and one.url != stated.url)]
        selector = selector if stated in featured else "meta[property='og:image']"
    return _each_once(seen), selector


def _each_once(seen: Sequence[_Seen]) -> tuple[Image, ...]:
    paths: dict[str, set[str]] = {}
    for url in (url for one in seen for url in one.urls):
        paths.setdefault(picture_key(url), set()).add(urlsplit(url).path)
    images: dict[str, Image] = {}
    for one in seen:
        url = full_size(one.url, paths[picture_key(one.url)])
        known = images.get(picture_key(url), Image(url=url, alt=None, caption=None, role=one.role))
        images[picture_key(url)] = replace(known, alt=known.alt or one.alt, caption=known.caption or one.caption)
    return tuple(images.values())


def _featured(
    document: Document, selectors: Selectors, bodies: Sequence[HtmlElement]
) -> tuple[list[_Seen], str | None]:
    """The featured picture, where the page shows one outside the body, the teasers and the furniture."""
    left_out = LeftOut()
    for selector in (*selectors.featured, *FEATURED):
        for element in document.select(selector):
            if any(one in bodies or _is_teaser(one) or left_out.with_pictures(one) for one in element.iterancestors()):
                continue
            images = [element] if element.tag == "img" else element.iter("img")
            found = [one for image in images if (one := _seen(document, image, element, "featured")) is not None]
            for meta in select(element, "meta[itemprop~=url][content]") if found else ():
                if url := document.absolute(meta.get("content")):
                    found = [replace(found[0], url=url, others=())]
                    break
            if found:
                return found if selector == ".single-photo-wrapper" else found[:1], selector
    return [], None


def _stated(document: Document, seen: Sequence[_Seen]) -> _Seen | None:
    """The picture that the page's metadata names for it, as the page shows it where it does; none where the name is a
    logo's, or where WordPress says that the post has no picture."""
    posts = document.select(".hentry") if "single" in document.body_classes else []
    if posts and not any("has-post-thumbnail" in (post.get("class") or "") for post in posts):
        return None
    distinct = list({picture_key(one.url): one for one in reversed(seen)}.values())
    for url in _stated_urls(document):
        if is_placeholder(url) or not is_content(url) or is_for_all_pages(url):
            continue
        key, own = picture_key(url), identifiers(url)
        for one in seen:
            if any(picture_key(other) == key for other in one.urls):
                return replace(one, role="featured")
        shared = [max(len(own & identifiers(other)) for other in one.urls) for one in distinct]
        most = max(shared, default=0)
        if most and shared.count(most) == 1:  # another size or crop of the one picture that has the same name or key
            return replace(distinct[shared.index(most)], role="featured")
        return _Seen(url=url, role="featured")
    return None


def _stated_urls(document: Document) -> Iterator[str]:
    """Addresses of the page's own picture in its metadata."""
    stated: list[object] = [document.meta(name) for name in _METAS]
    for block in article_objects(document):
        images = block.get("image")
        for one in images if isinstance(images, list) else [images]:
            stated.append(one.get("url") or one.get("contentUrl") if isinstance(one, dict) else one)
    for value in stated:
        if isinstance(value, str) and (url := document.absolute(value)):
            yield unwrapped(url)


def _in_place(document: Document, place: BodyPlace) -> Iterator[_Seen]:
    """Pictures between the headline and the body, and in the body."""
    left_out = place.left_out.with_pictures
    found_by_density = place.method == "density"
    for root in (*place.head, *place.elements):
        if left_out(root) and root not in place.elements:
            continue
        for element in _pictures_below(root, left_out):
            if element.tag != "img":
                yield from _backgrounds(document, element)
                continue
            if found_by_density and _leads_elsewhere(document, element, root):
                continue
            one = _seen(document, element, root, _role_of(element, root))
            if one is not None and not (found_by_density and is_of_the_frame(one.urls)):
                yield one


def _pictures_below(root: HtmlElement, left_out: Callable[[HtmlElement], bool]) -> Iterator[HtmlElement]:
    """Images and elements with a background below an element, in document order."""
    is_gone = Within(lambda element: element.tag in _NO_PICTURES or left_out(element), root)
    if root.tag not in _NO_PICTURES:
        yield from (element for element in cast("list[HtmlElement]", _WITH_PICTURE(root)) if not is_gone(element))


def _leads_elsewhere(document: Document, image: HtmlElement, root: HtmlElement) -> bool:
    """Whether a picture is a link to another page, and so a teaser's; one with a caption of its own is not."""
    for above in image.iterancestors():
        if above.tag == "a":
            url = document.absolute((above.get("href") or "").partition("#")[0])
            if url is None or url == document.url or has_picture_name(url):
                return False
            source = document.absolute(image.get("src"))
            return source is None or not _is_same(url, [source])
        if above is root or (above.tag == "figure" and next(above.iter("figcaption"), None) is not None):
            return False
    return False


def _backgrounds(document: Document, element: HtmlElement) -> Iterator[_Seen]:
    """CSS backgrounds, also those that a script would set."""
    named = [element.get("data-bg"), element.get("data-background-image"), element.get("data-background")]
    style = element.get("style")
    if style and (found := _BACKGROUND.search(style)):
        named.append(found[2])
    for name in named:
        url = document.absolute(name.strip().removeprefix("url(").strip("()'\" ")) if name else None
        if url and has_picture_name(url) and is_content(url):
            yield _Seen(url=url, role="background")


def _role_of(image: HtmlElement, root: HtmlElement) -> ImageRole:
    for above in image.iterancestors():
        if _GALLERY.search(above.get("class") or ""):
            return "gallery"
        if above is root:
            break
    return "inline"


def _seen(document: Document, image: HtmlElement, root: HtmlElement, role: ImageRole) -> _Seen | None:
    """What an `img` shows, at the largest size that the page names; None where it is no content."""
    if _is_named_no_content(image) or _is_tiny(image):
        return None
    named = [url for url in dict.fromkeys(_named(document, image)) if is_content(url)]
    linked = _linked(document, image, root)
    if linked is not None and (not named or role == "gallery" or _is_same(linked, named)):
        url = linked
    elif named:
        url = largest(named)
    else:
        return None
    return _Seen(
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
    sets = [image.get(name) for name in PICTURE_SETS]
    above = image.getparent()
    if above is not None and above.tag == "picture":
        sets += [source.get(name) for source in above.iter("source") for name in PICTURE_SETS]
    values = [url for value in sets if value for url in srcset_urls(value)]
    values += [(image.get(name) or "").strip() for name in (*LAZY_SOURCES, "src")]
    for value in values:
        if value and not is_placeholder(value) and not value.startswith(("{", "[")):
            address = document.absolute(value)
            if address:
                yield unwrapped(address)


def _is_same(linked: str, named: Iterable[str]) -> bool:
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
