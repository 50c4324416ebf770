"""Furniture: what stands around and inside an article without being part of it (boilerplate)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from lxml.html import HtmlElement

FURNITURE_TAGS = frozenset("nav footer".split())
NEVER = frozenset("html body main article".split())

_NAMES = re.compile(
    r"""^(?:
      share|shares|sharing|share_wrapper|share-.*|sharedaddy|addtoany.*|addthis.*|social|socials|social[_-].*|.*[_-]share|.*[_-]sharing|.*-social
    | button-love|love-it|mfn-love|post-pager|post-nav|post-navigation|post-footer|post-about|post-related|section-post-(?:footer|about|related|intro-share|comments)
    | pager|pager_wrapper|pagination|page-links|fixed-nav|nav-links|navigation|breadcrumbs?|menu|nav
    | related|related[_-](?:posts?|articles?|stories|content|links|news|topics).*|.*[_-]related|jp-relatedposts|yarpp.*|recommended|recommendations?|read-?next|read-?also|more-(?:stories|news|articles|from)
    | comments?|comments?-(?:area|list|respond|section|form|wrapper)|commentlist|respond|disqus.*|author-?(?:box|bio|info|card).*|about-the-author|author_box
    | newsletter.*|.*-newsletter|subscribe.*|subscription.*|signup.*|sign-up.*|paywall.*|cookie.*|consent|gdpr.*|advert.*|ads?|adslot.*|ad-(?:slot|container|wrapper|unit|banner|placement).*|sponsored|promo|promo-.*|taboola.*|outbrain.*
    | sidebar|widget|widget-area|tags|tag-list|tag-links|tagcloud|tags-links|cat-links|post-tags|post-categories|post-meta|entry-meta|entry-footer|meta-categories|mata-tags
    | byline|screen-reader-text|sr-only|visually-?hidden|hidden|edit-link|skip-link|print-only|printfriendly
    | image_links|post-password-form|popup|modal|toolbar|trending|most-?(?:read|popular).*
    | wp-caption-text|gallery-caption|wp-element-caption|caption|image-caption|figure-caption|photo-caption|photo-credit|image-credit
    )$""",
    re.VERBOSE | re.IGNORECASE,
)
"""Class names and ids of furniture, each matched as a whole name."""


@lru_cache(maxsize=4096)
def _is_furniture_name(names: str) -> bool:
    return any(_NAMES.match(name) for name in names.split())


def is_furniture(element: HtmlElement) -> bool:
    """Whether an element inside a body is furniture by what it is, by its name, or because it is hidden."""
    tag = element.tag
    if tag in FURNITURE_TAGS or tag == "figcaption":
        return True
    if tag in NEVER:
        return False
    names = element.get("class")
    if names and "hentry" in names.split():
        return False  # WordPress names a post after its terms: `tag-links`, `category-newsletter`
    if names and _is_furniture_name(names):
        return True
    own = element.get("id")
    if own and _is_furniture_name(own):
        return True
    if element.get("hidden") is not None:
        return True
    style = element.get("style")
    if style and re.search(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", style, re.IGNORECASE):
        return True
    return (
        tag == "form"
        and next(element.iter("textarea", "input"), None) is not None
        and len(element.text_content()) < 2000
    )


class LeftOut:
    """Says of an element whether it is left out: furniture, and what the site's corrections remove."""

    def __init__(self, removed: Iterable[HtmlElement] = ()) -> None:
        self.removed = frozenset(removed)

    def __call__(self, element: HtmlElement) -> bool:
        """Whether it is."""
        return element in self.removed or is_furniture(element)
