"""The featured picture of an article: as the page shows it, or as its metadata name it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from html import unescape
from itertools import chain, islice

from lxml.html import HtmlElement

from cluster_archive.document import Document, select
from cluster_archive.extract.furniture import LeftOut, named_like
from cluster_archive.extract.metadata import article_objects
from cluster_archive.extract.pictures import (
    identifiers,
    is_content,
    is_for_all_pages,
    is_placeholder,
    picture_key,
    unwrapped,
)
from cluster_archive.extract.shown import IMAGES, Seen, picture_of
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
_STATED = 5  # addresses in the metadata that are looked at
_OBJECTS = 50  # objects of a page that are asked for one that another names
_LESSER_METAS = ("image", "thumbnail")
_is_teaser = named_like(r"post-item|portfolio-item|post-related|fixed-nav\S*|wp-block-post|related\S*|card\S*")


def featured_picture(
    document: Document, selectors: Selectors, bodies: Sequence[HtmlElement]
) -> tuple[list[Seen], str | None]:
    """The featured picture, where the page shows one outside the body, the teasers and the furniture."""
    left_out = LeftOut()
    for selector in (*selectors.featured, *FEATURED):
        for element in document.select(selector):
            if any(one in bodies or _is_teaser(one) or left_out.with_pictures(one) for one in element.iterancestors()):
                continue
            images = [element] if element.tag == "img" else element.iter(*IMAGES)
            found = [one for image in images if (one := picture_of(document, image, element, "featured")) is not None]
            for meta in select(element, "meta[itemprop~=url][content]") if found else ():
                if url := document.absolute(meta.get("content")):
                    found = [replace(found[0], url=url, others=())]
                    break
            if found:
                return found if selector == ".single-photo-wrapper" else found[:1], selector
    return [], None


def stated_picture(document: Document, seen: Sequence[Seen]) -> Seen | None:
    """The picture that the page's metadata names for it, as the page shows it where it does; none where the name is a
    logo's, or where WordPress says that the post has no picture."""
    posts = document.select(".hentry") if "single" in document.body_classes else []
    if posts and not any("has-post-thumbnail" in (post.get("class") or "") for post in posts):
        return None
    by_key = {picture_key(url): one for one in reversed(seen) for url in one.urls}
    urls: list[str] = []
    for url in islice(_stated_urls(document), _STATED):
        if is_placeholder(url) or not is_content(url) or is_for_all_pages(url):
            continue
        if (one := by_key.get(picture_key(url))) is not None:
            return replace(one, role="featured")
        urls.append(url)
    if urls and (signs := set(map(picture_key, _signs(document)))):
        urls = [url for url in urls if picture_key(url) not in signs]
    if not urls:
        return None
    distinct = list({picture_key(one.url): one for one in reversed(seen)}.values())
    known = [set().union(*map(identifiers, one.urls)) for one in distinct]
    of_the_page = identifiers(document.url)
    for url in urls:  # another size or crop of the one picture that has the same name or key
        own = identifiers(url) - of_the_page
        shared = [len(own & others) for others in known]
        most = max(shared, default=0)
        if most and shared.count(most) == 1:
            return replace(distinct[shared.index(most)], role="featured")
    return Seen(url=urls[0], role="featured")


def _stated_urls(document: Document) -> Iterator[str]:
    """Addresses of the page's own picture in its metadata, best first."""
    return _addresses(
        document,
        chain(
            map(document.meta, _METAS),
            (block.get("image") for block in article_objects(document)),
            (block.get("primaryImageOfPage") for block in document.json_ld),
            (link.get("href") for link in document.select("link[rel~=image_src]")),
            map(document.meta, _LESSER_METAS),
        ),
    )


def _signs(document: Document) -> Iterator[str]:
    """Addresses of what JSON-LD calls a logo."""
    holders = (holder for block in document.json_ld for holder in (block, block.get("publisher")))
    return _addresses(document, (holder.get("logo") for holder in holders if isinstance(holder, dict)))


def _addresses(document: Document, stated: Iterable[object]) -> Iterator[str]:
    """The addresses of pictures that metadata state as such or as objects, each once; of a list the first."""
    known: set[str] = set()
    for value in map(_first, stated):
        if isinstance(value, dict):
            if "url" not in value and "@id" in value:
                value = next((one for one in document.json_ld[:_OBJECTS] if one.get("@id") == value["@id"]), value)
            value = _first(value.get("url") or value.get("contentUrl"))
        if isinstance(value, str) and value not in known:
            known.add(value)
            if url := document.absolute(unescape(value)):
                yield unwrapped(url)


def _first(value: object) -> object:
    return (value[0] if value else None) if isinstance(value, list) else value
