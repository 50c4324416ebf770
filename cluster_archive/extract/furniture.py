"""Furniture: what stands around and inside an article without being part of it (boilerplate)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Literal, TypeVar

from lxml.html import HtmlElement

Answer = TypeVar("Answer")
Furniture = Literal["furniture", "caption", "wrapper", "hidden"]
"""``caption`` stands at a picture, ``wrapper`` has a name that is also given to what holds an article."""

FURNITURE_TAGS = frozenset("nav footer aside dialog".split())
_NEVER = frozenset("html body main article source".split())
_NAMED_BY_TEXT = frozenset("p h1 h2 h3 h4 h5 h6".split())  # their ids are made of their words

_FURNITURE = frozenset(
    """
    sharebar sharedaddy addtoany addthis
    related recommended recommendation recommendations recirc recirculation teaser teasers readmore
    newsletter newsletters signup donate donation
    adslot adunit advert adverts advertisement advertising anzeige werbung pub publicite
    sponsor sponsored promos promotion taboola outbrain
    comment comments commentlist disqus respond
    breadcrumb breadcrumbs pagination pager menu nav navigation navbar toolbar footer
    cookie cookies consent gdpr tooltip byline bylines taglist tagcloud timestamp dateline pubdate trending popular
    """.split()
)
"""Words that in a class name or an id name furniture: `relatedPosts`, `article-newsletter__form`."""

_WRAPPERS = frozenset(
    """
    paywall author authors autor contributor share shares sharing social socials ad ads promo login subscribe subscription
    popup modal tags topics keywords
    """.split()
)
"""Words that name furniture too, but are also given to elements that hold the article."""

_CAPTIONS = frozenset("caption captions credit credits copyright".split())

_OTHERWISE = frozenset("has no with is without embed".split())
"""Words that turn a name into something else: `has-sidebar`, `social-embed`."""

_NAMES = re.compile(
    r"""^(?:
      button-love|love-it|mfn-love|post-?meta(?:data)?|post-(?:pager|nav|navigation|footer|about|related|tags|categories)
    | section-post-(?:footer|about|related|intro-share|comments)
    | pager_wrapper|page-links|fixed-nav|nav-links|related[a-z]+|yarpp.*|read-?next|read-?also|read-more|also-read
    | more-(?:stories|news|articles|from)|most-?(?:read|popular).*|widget|widget-area
    | tags?-links|cat-links|entry-(?:meta|footer)|meta-categories|mata-tags|article-meta
    | (?!(?:.*[-_])?(?:has|no|with|without)[-_])(?:.*[-_])?sidebar(?:[-_]?(?:right|left|primary|secondary|\d+))?
    | screen-reader-text|sr-only|visually-?hidden|hidden|invisible|edit-link|skip-link|print-only|printfriendly
    | image_links|post-password-form
    )$""",
    re.VERBOSE | re.IGNORECASE,
)
"""Whole class names and ids of furniture whose words alone do not tell."""

_PIECE = re.compile(r"[^-_:\s]+")
_CAMEL = re.compile(r"[A-Z]?[a-z]{3,}")
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)

_BULK = 0.7  # of the page's running text: what holds more is no furniture, whatever its name
_MUCH = 0.3  # what a wrapper may hold
_SHORT_NAME = 300  # letters: longer ones are not remembered
_HIDDEN_LETTERS = 100  # more than that is a part that a click unfolds


class LeftOut:
    """Says of an element whether it is left out: furniture, and what the site's corrections remove.

    `letters` is the page's running text by element (prose.Prose), `total` all of it: an element that holds most of it
    is no furniture.
    """

    def __init__(
        self, removed: Iterable[HtmlElement] = (), letters: Mapping[HtmlElement, int] | None = None, total: int = 0
    ) -> None:
        self.removed = frozenset(removed)
        self._letters = letters or {}
        self._total = max(total, 1)
        self._known: dict[HtmlElement, Furniture | None] = {}

    def __call__(self, element: HtmlElement) -> bool:
        """Whether its text is left out."""
        kind = self._known[element] if element in self._known else self.why(element)
        return kind is not None or element in self.removed

    def with_pictures(self, element: HtmlElement) -> bool:
        """Whether its pictures are left out, too: a caption is no text of the body, but its picture is the article's."""
        return element in self.removed or self.why(element) not in (None, "caption")

    def why(self, element: HtmlElement) -> Furniture | None:
        """What kind of furniture the element is."""
        try:
            return self._known[element]
        except KeyError:
            kind = self._known[element] = self._judge(element)
            return kind

    def _judge(self, element: HtmlElement) -> Furniture | None:
        kind = furniture_kind(element)
        letters = self._letters.get(element, 0) if kind else 0
        if kind is None or not letters:
            return kind
        if letters > self._total * _BULK:
            return None
        if kind == "hidden" and letters > _HIDDEN_LETTERS:
            return None
        return None if kind in ("wrapper", "caption") and letters > self._total * _MUCH else kind


class Within:
    """Says of an element whether it, or one above it, is such a one; each is asked once. `root` is none, whatever it is, and
    nothing above it is asked.

    No function inside a function, which would refer to itself: with it the page would stay in memory until Python looks
    for such circles.
    """

    def __init__(self, is_one: Callable[[HtmlElement], bool], root: HtmlElement | None = None) -> None:
        self._is_one = is_one
        self._known: dict[HtmlElement | None, bool] = {root: False}

    def __call__(self, element: HtmlElement) -> bool:
        """Whether the element is within one."""
        known = self._known
        if element not in known:
            known[element] = self._is_one(element) or self(element.getparent())
        return known[element]


def furniture_kind(element: HtmlElement) -> Furniture | None:
    """What kind of furniture an element is by its tag, its names, or because it is hidden; None where it is none."""
    tag = element.tag
    if tag in FURNITURE_TAGS:
        return "furniture"
    if tag == "figcaption":
        return "caption"
    if tag in _NEVER:
        return None
    kind: Furniture | None = None
    if names := element.get("class"):
        if "hentry" in names and "hentry" in names.split():
            return None  # WordPress names a post after its terms: `tag-links`, `category-newsletter`
        kind = _kind_of_names(names)
    if kind != "furniture" and (own := element.get("id")) and tag not in _NAMED_BY_TEXT:
        kind = _kind_of_names(own) or kind
    if kind is None and tag == "figure" and next(element.iter("table", "blockquote", "pre", "li"), None) is None:
        return "caption"
    if kind is None and tag == "form" and (fields := {one.tag for one in element.iter("textarea", "input")}):
        return "furniture" if "textarea" in fields else "wrapper"  # who may write much there writes a comment
    if kind is None and (
        element.get("hidden") is not None or ((style := element.get("style")) and _HIDDEN.search(style))
    ):
        return "hidden"
    return kind


def known(ask: Callable[[str], Answer]) -> Callable[[str], Answer]:
    """The same answers, remembered for short texts: most names of a page are on the next page, too."""
    remembered = lru_cache(maxsize=16384)(ask)
    return lambda text: remembered(text) if len(text) < _SHORT_NAME else ask(text)


def named_like(pattern: str) -> Callable[[HtmlElement], bool]:
    """Says of an element whether one of its classes fits a regular expression as a whole, whatever its case."""
    search = re.compile(rf"(?:^|\s)(?:{pattern})(?:\s|$)", re.IGNORECASE).search
    fits = known(lambda classes: search(classes) is not None)
    return lambda element: (classes := element.get("class")) is not None and fits(classes)


@known
def _kind_of_names(names: str) -> Furniture | None:
    """The strongest kind that one of the names tells."""
    kinds = set(map(_kind_of_name, names.split()))
    return next((kind for kind in _BY_STRENGTH if kind in kinds), None)


_BY_STRENGTH: tuple[Furniture, ...] = ("furniture", "wrapper", "caption")


@known
def _kind_of_name(name: str) -> Furniture | None:
    words = _words_of(name)
    if _NAMES.match(name):
        return "furniture"
    if not words.isdisjoint(_OTHERWISE):
        return None
    if not words.isdisjoint(_FURNITURE):
        return "furniture"
    if not words.isdisjoint(_WRAPPERS):
        return "wrapper"
    return "caption" if not words.isdisjoint(_CAPTIONS) else None


def _words_of(name: str) -> set[str]:
    """The words of a class name: `article-shareTools` gives article, sharetools, share, tools."""
    pieces = _PIECE.findall(name)
    words = {piece.lower() for piece in pieces}
    for piece in pieces:
        if piece.isalpha() and not piece.islower():
            words.update(part.lower() for part in _CAMEL.findall(piece))
    return words
