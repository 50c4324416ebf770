"""Pictures of an article at full size, and the documents it links to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from mimetypes import guess_type
from urllib.parse import unquote, urlsplit, urlunsplit

from lxml.html import HtmlElement
from w3lib.url import url_query_cleaner

from cluster_archive.document import Document, select
from cluster_archive.extract.furniture import LeftOut
from cluster_archive.extract.text import fold, inline_text
from cluster_archive.items import Attachment, Image, ImageRole
from cluster_archive.sites.model import Selectors

FEATURED = (
    ".single-photo-wrapper",
    "figure.wp-block-post-featured-image",
    "figure.post-thumbnail",
    ".post-thumbnail",
    ".entry-thumbnail",
    ".featured-image",
    ".post-featured-image",
    "img.wp-post-image",
)
"""Elements that hold the featured picture: BeTheme, the core themes, then custom of many."""

_PICTURE = re.compile(r"\.(?:jpe?g|jfif|png|gif|webp|avif|bmp|tiff?|heic)$", re.IGNORECASE)
_DOCUMENT = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|ppsx?|od[tsp]|rtf|csv|zip|rar|7z|epub)$", re.IGNORECASE)
_SIZE = re.compile(r"-(\d{2,5})x(\d{2,5})(?=\.[a-z]{3,5}$)", re.IGNORECASE)
_SCALED = re.compile(r"-scaled(?=\.[a-z]{3,5}$)", re.IGNORECASE)
_LAZY = (
    "data-orig-file data-full-url data-large_image data-lazy-src data-src data-original data-lazyload data-lazy data-image"
    " data-echo data-hi-res-src nitro-lazy-src"
).split()
_LAZY_SETS = ("data-srcset", "data-lazy-srcset", "data-lazyload-srcset", "nitro-lazy-srcset")
_PLACEHOLDER = re.compile(
    r"(?:^data:|/(?:blank|spacer|transparent|placeholder|loading|lazy(?:load)?|pixel|1x1|dummy)[\w-]*\.(?:gif|png|svg|jpe?g)$|about:blank)",
    re.IGNORECASE,
)
_NO_CONTENT = re.compile(
    r"(?:/wp-includes/images/|s\.w\.org/images/core/emoji|/smil(?:ies|eys)/|gravatar\.com/avatar|/avatars?/|/emoji/"
    r"|facebook\.com/tr\b|doubleclick|/pixel\b|feedburner|statcounter|google-analytics)",
    re.IGNORECASE,
)
_NO_CONTENT_CLASS = re.compile(
    r"(?:^|\s)(?:wp-smiley|emoji|avatar|icon|logo|spinner|lazy-placeholder)(?:$|\s)", re.IGNORECASE
)
_BACKGROUND = re.compile(r"background(?:-image)?\s*:[^;]*?url\(\s*(['\"]?)(.*?)\1\s*\)", re.IGNORECASE)
_GALLERY = re.compile(
    r"(?:^|[\s_-])(?:gallery|wp-block-gallery|galleryid-\d+|tiled-gallery|blocks-gallery\w*|slideshow|carousel|slider)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A picture as one element names it, with the addresses that are its other sizes."""

    url: str
    others: tuple[str, ...]
    alt: str | None
    caption: str | None
    role: ImageRole


def find_images(
    document: Document, selectors: Selectors, elements: Sequence[HtmlElement], left_out: Callable[[HtmlElement], bool]
) -> tuple[tuple[Image, ...], str | None]:
    """The pictures of an article, the featured one first, then those of the body in reading order, each once and at full
    size; and the selector that found the featured one."""
    featured, selector = _featured(document, selectors, set(elements))
    seen = [*featured, *(one for element in elements for one in _in_body(document, element, left_out))]
    sizes = _sizes_by_picture(seen)
    images: dict[str, Image] = {}
    for one in seen:
        url = _full_size(one, sizes)
        key = picture_key(url)
        if key in images:
            known = images[key]
            images[key] = Image(
                url=known.url, alt=known.alt or one.alt, caption=known.caption or one.caption, role=known.role
            )
        else:
            images[key] = Image(url=url, alt=one.alt, caption=one.caption, role=one.role)
    return tuple(images.values()), selector


def picture_key(url: str) -> str:
    """What is the same for all sizes of a picture: host and path without size and `-scaled`, without scheme and query
    (a query that names the picture itself stays)."""
    parts = urlsplit(url)
    path = _SCALED.sub("", _SIZE.sub("", unquote(parts.path)))
    own = "" if _PICTURE.search(path) else parts.query
    return f"{parts.netloc.removeprefix('www.')}{path}?{own}".casefold()


def _featured(document: Document, selectors: Selectors, bodies: set[HtmlElement]) -> tuple[list[_Seen], str | None]:
    """The featured picture, where the page shows one outside the body, the teasers and the furniture."""
    is_left_out = LeftOut()
    for selector in (*selectors.featured, *FEATURED):
        for element in document.select(selector):
            above = list(element.iterancestors())
            if any(one in bodies or _is_teaser(one) or is_left_out.with_pictures(one) for one in above):
                continue
            found = [
                _seen(document, image, element, "featured")
                for image in [element, *element.iter("img")]
                if image.tag == "img"
            ]
            stated = [
                url
                for meta in select(element, "meta[itemprop~=url][content]")
                if (url := document.absolute(meta.get("content")))
            ]
            pictures = [one for one in found if one is not None]
            if stated and pictures:
                first = pictures[0]
                pictures = [_Seen(url=stated[0], others=(), alt=first.alt, caption=first.caption, role="featured")]
            if pictures:
                return pictures[:1] if selector != ".single-photo-wrapper" else pictures, selector
    return [], None


def _is_teaser(element: HtmlElement) -> bool:
    names = element.get("class") or ""
    return bool(
        re.search(
            r"(?:^|\s)(?:post-item|portfolio-item|post-related|fixed-nav\S*|wp-block-post|related\S*|card\S*)(?:$|\s)",
            names,
        )
    )


def _in_body(document: Document, root: HtmlElement, left_out: Callable[[HtmlElement], bool]) -> Iterator[_Seen]:
    """Pictures below an element in document order; captions are read although they are no body text."""
    waiting: list[HtmlElement] = [root]
    while waiting:
        element = waiting.pop()
        tag = element.tag
        if not isinstance(tag, str) or tag in ("script", "style", "template", "iframe", "svg"):
            continue
        if element is not root and tag != "figcaption" and left_out(element):
            continue
        if tag == "img":
            if (one := _seen(document, element, root, _role_of(element, root))) is not None:
                yield one
            continue
        yield from _backgrounds(document, element)
        waiting.extend(reversed(element))


def _backgrounds(document: Document, element: HtmlElement) -> Iterator[_Seen]:
    """CSS backgrounds, also those that a script would set."""
    named = [element.get("data-bg"), element.get("data-background-image"), element.get("data-background")]
    style = element.get("style")
    if style and (found := _BACKGROUND.search(style)):
        named.append(found[2])
    for name in named:
        url = document.absolute(name.strip().removeprefix("url(").strip("()'\" ")) if name else None
        if url and _is_picture(url):
            yield _Seen(url=url, others=(), alt=None, caption=None, role="background")


def _role_of(image: HtmlElement, root: HtmlElement) -> ImageRole:
    for above in image.iterancestors():
        if _GALLERY.search(above.get("class") or ""):
            return "gallery"
        if above is root:
            break
    return "inline"


def _seen(document: Document, image: HtmlElement, root: HtmlElement, role: ImageRole) -> _Seen | None:
    """What an `img` shows, at the largest size that the page names; None where it is no content."""
    if _NO_CONTENT_CLASS.search(image.get("class") or "") or _is_tiny(image):
        return None
    named = list(dict.fromkeys(_named(document, image)))
    named = [url for url in named if not _NO_CONTENT.search(url)]
    linked = _linked(document, image, root)
    if not named and linked is None:
        return None
    largest = _largest(named) if named else ""
    url = linked if linked and (not named or _is_same(linked, named) or role == "gallery") else largest
    return _Seen(
        url=url or largest,
        others=tuple(named),
        alt=fold(image.get("alt") or "") or None,
        caption=_caption(image, root),
        role=role,
    )


def _is_tiny(image: HtmlElement) -> bool:
    sides = [
        int(found[0]) for side in ("width", "height") if (found := re.match(r"\d+", (image.get(side) or "").strip()))
    ]
    return bool(sides) and max(sides) <= 32


def _named(document: Document, image: HtmlElement) -> Iterator[str]:
    """Addresses that an `img` and its `picture` name, the largest of each set first; placeholders left out."""
    sets = [image.get(name) for name in ("srcset", *_LAZY_SETS)]
    above = image.getparent()
    if above is not None and above.tag == "picture":
        sets += [source.get(name) for source in above.iter("source") for name in ("srcset", *_LAZY_SETS)]
    for value in sets:
        for url in _from_srcset(value or ""):
            if not _PLACEHOLDER.search(url) and (address := document.absolute(url)):
                yield unwrapped(address)
    for name in (*_LAZY, "src"):
        value = (image.get(name) or "").strip()
        if (
            value
            and not _PLACEHOLDER.search(value)
            and not value.startswith(("{", "["))
            and (address := document.absolute(value))
        ):
            yield unwrapped(address)


def _from_srcset(value: str) -> list[str]:
    """Addresses of a `srcset`, largest first (HTML Standard, 4.8.4.2.1); a comma may stand inside an address."""
    found = []
    for match in re.finditer(r"([^\s,]\S*?)(?:\s+([\d.]+)[wx])?\s*(?:,\s+|,(?=\S+\s+[\d.]+[wx])|$)", value.strip()):
        found.append((float(match[2] or 1), match[1].rstrip(",")))
    return [url for _, url in sorted(found, key=lambda one: -one[0])]


def unwrapped(url: str) -> str:
    """The picture itself behind a resizing proxy that has its address in its own path (Jetpack's `i0.wp.com`)."""
    parts = urlsplit(url)
    if re.fullmatch(r"i[0-3]\.wp\.com", parts.netloc):
        return urlunsplit((parts.scheme, "", parts.path, "", "")).replace(":///", "://", 1)
    if _PICTURE.search(parts.path) and re.search(r"(?:^|&)(?:w|h|width|height|resize|fit|quality|ssl|q)=", parts.query):
        return str(
            url_query_cleaner(url, ("w", "h", "width", "height", "resize", "fit", "quality", "ssl", "q"), remove=True)
        )
    return url


def _largest(urls: Sequence[str]) -> str:
    """The first without a size in its name, else the one with the largest."""

    def size(url: str) -> int:
        found = _SIZE.search(urlsplit(url).path)
        return int(found[1]) * int(found[2]) if found else 1 << 40

    keys = {picture_key(url) for url in urls}
    return max(urls, key=size) if len(keys) == 1 else urls[0]


def _is_same(linked: str, named: Iterable[str]) -> bool:
    """Whether a link leads to the picture shown: another size of it, or a file of the same name."""
    stem = picture_key(linked).rpartition("/")[2]
    return any(picture_key(url).rpartition("/")[2] == stem for url in named) or bool(
        _PICTURE.search(urlsplit(linked).path)
    )


def _linked(document: Document, image: HtmlElement, root: HtmlElement) -> str | None:
    """The picture file that a link around the picture leads to."""
    for above in image.iterancestors():
        if above.tag == "a":
            url = document.absolute(above.get("data-full-url") or above.get("href"))
            return unwrapped(url) if url and _PICTURE.search(urlsplit(url).path) else None
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


def _sizes_by_picture(seen: Iterable[_Seen]) -> dict[str, set[str]]:
    """By picture, the addresses under which the page names it."""
    sizes: dict[str, set[str]] = {}
    for one in seen:
        for url in (one.url, *one.others):
            sizes.setdefault(picture_key(url), set()).add(urlsplit(url).path)
    return sizes


def _full_size(one: _Seen, sizes: dict[str, set[str]]) -> str:
    """The address without the size in its name, where that size is WordPress's own doing.

    It is where the picture lies among WordPress's uploads, or where the page names it in two sizes; `-scaled` stays as
    the page names it.
    """
    parts = urlsplit(one.url)
    if not _SIZE.search(parts.path):
        return one.url
    variants = sizes.get(picture_key(one.url), set())
    whole = next((path for path in sorted(variants) if not _SIZE.search(path)), None)
    if whole is not None:
        return urlunsplit(parts._replace(path=whole, query=""))
    if "/wp-content/" in parts.path or "/uploads/" in parts.path or len(variants) > 1:
        return urlunsplit(parts._replace(path=_SIZE.sub("", parts.path)))
    return one.url


def _is_picture(url: str) -> bool:
    return bool(_PICTURE.search(urlsplit(url).path)) and not _NO_CONTENT.search(url)


def find_attachments(
    document: Document, elements: Iterable[HtmlElement], left_out: Callable[[HtmlElement], bool]
) -> tuple[Attachment, ...]:
    """Documents that the body links to, each once, in reading order; the media type is told by the name."""
    found: dict[str, Attachment] = {}
    for root in elements:
        for link in root.iter("a"):
            url = document.absolute(link.get("href"))
            if url is None or url in found or not _DOCUMENT.search(urlsplit(url).path):
                continue
            if any(left_out(above) for above in link.iterancestors() if above is not root):
                continue
            media_type = guess_type(urlsplit(url).path)[0]
            found[url] = Attachment(url=url, text=inline_text(link) or None, media_type=media_type)
    return tuple(found.values())
