"""cluster_archive: one crawl of a cluster's news leaves a dataset and an archive that vouch for each other.

The public face; what is used is loaded when it is asked for, so that importing this loads neither Scrapy nor lxml.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = ["Article", "Capture", "NotAnArticle", "Site", "__version__", "extract", "load_site", "read_captures"]

if TYPE_CHECKING:
    from cluster_archive.archive import read_captures
    from cluster_archive.captures import Capture
    from cluster_archive.errors import NotAnArticle
    from cluster_archive.extract import extract
    from cluster_archive.items import Article
    from cluster_archive.sites import Site, load_site

_HOMES = {
    "Article": "items",
    "Capture": "captures",
    "NotAnArticle": "errors",
    "Site": "sites",
    "extract": "extract",
    "load_site": "sites",
    "read_captures": "archive",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
