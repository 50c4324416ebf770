"""Kinds of addresses, and what follows from them."""

from __future__ import annotations

from cluster_archive.requisites import Bounds
from cluster_archive.state import EMBEDDED

ARTICLE_KINDS = frozenset({"article", "project", "part"})
MAY_BE_CLOSED = frozenset({"rest", "sitemap", "feed", *EMBEDDED})
"""What a site may close for good (401, 403) without the crawl being incomplete: the other sources remain."""

MANIFESTS = frozenset({"sitemap", "feed", "rest"})
"""What lists addresses for programs: hops from there are `M` in `hopsFromSeed`."""

TOLD = frozenset({"article", "project", "sitemap"})
"""Links by which a source is known to be worth reading again."""

PRIORITY = {
    "rest": 60,
    "sitemap": 50,
    "page": 45,
    "listing": 40,
    "feed": 30,
    "article": 20,
    "project": 20,
    "part": 15,
    "picture": 10,
    "document": 8,
    "requisite": 5,
}
"""What is asked for first: what names and dates many articles at once, then the articles, then their pictures and documents,
and last what the pages need to be seen again."""


NO_REQUISITES = Bounds(level="none")


MAX_LEADING_DEPTH = 5
"""Links from a seed up to which lists and sources come before articles: deeper ones come after the articles that are
known, so that a list without end does not keep a run from what it has found."""
