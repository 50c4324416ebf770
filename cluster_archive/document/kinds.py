"""What kind of page a document is: by the site's addresses, by WordPress's body classes, then by what it says of itself."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from cluster_archive.document.document import Document
from cluster_archive.sites.model import Site
from cluster_archive.sites.rules import address_kind, is_ignored

PageKind = Literal["article", "project", "part", "listing", "attachment", "page", "other"]

_ARTICLE_TYPES = frozenset(
    {"article", "newsarticle", "blogposting", "reportagenewsarticle", "analysisnewsarticle", "report", "techarticle"}
)
_LISTS = frozenset({"blog", "archive", "category", "tag", "author", "search", "home", "post-type-archive", "date"})


def page_kind(document: Document, site: Site) -> PageKind:
    """The kind of a page."""
    told = address_kind(document.url, site)
    if told == "listing":
        return "listing"
    if told == "ignore":
        return "other"
    classes = document.body_classes
    if any(re.fullmatch(r"single-paged-\d+", name) for name in classes) and "single" in classes:
        return "part"
    by_class = _by_class(classes)
    if by_class is not None:
        return by_class
    if told in ("article", "project"):
        return "article" if told == "article" else "project"
    return _by_content(document, site)


def _by_class(classes: frozenset[str]) -> PageKind | None:
    if "attachment" in classes or any(name.startswith("attachmentid-") for name in classes):
        return "attachment"
    if "single-post" in classes:
        return "article"
    if "single" in classes and any(name.startswith("single-") for name in classes):
        return "project"
    if classes & {"error404", "search", "search-results"}:
        return "other"
    if classes & {"blog", "archive", "post-type-archive"}:
        return "listing"
    if "page" in classes or any(name.startswith("page-id-") for name in classes):
        return "page"
    return None


def _by_content(document: Document, site: Site) -> PageKind:
    """A page without WordPress's classes: what its metadata says it is."""
    if urlsplit(document.url).path in ("", "/") or is_ignored(document.url, site):
        return "page"
    types = {str(kind).lower() for block in document.json_ld for kind in _listed(block.get("@type"))}
    if types & _ARTICLE_TYPES or (document.meta("og:type") or "").lower() == "article":
        return "article"
    if document.meta("article:published_time", "datepublished"):
        return "article"
    if types & {"collectionpage", "searchresultspage"}:
        return "listing"
    if len(document.select("article")) == 1 and len(document.select("h1")) == 1:
        return "article"
    return "page"


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
