"""Where the body of an article stands: the site's corrections first, then the element that holds most of the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from cluster_archive.document import Document
from cluster_archive.extract.furniture import LeftOut
from cluster_archive.extract.insets import without_insets
from cluster_archive.extract.prose import Prose
from cluster_archive.extract.takeaways import is_cue
from cluster_archive.extract.text import Block, blocks_of
from cluster_archive.extract.trim import is_byline, trimmed
from cluster_archive.sites.model import Selectors

WORDPRESS = (".post-wrapper-content", ".the_content_wrapper", ".wp-block-post-content", ".entry-content")
"""Elements that hold the body of a WordPress post, also of one without text: BeTheme, block themes, classic themes."""

CONTAINERS = (
    *WORDPRESS,
    "[itemprop~=articleBody]",
    ".article-body",
    ".article__body",
    ".article-content",
    ".article__content",
    ".post-content",
    ".post__content",
    ".post-body",
    ".story-body",
    ".news-content",
    ".single-content",
    ".field-name-body",
    ".field--name-body",
)
"""Elements that by their name hold the body of an article: WordPress's, schema.org's, then custom of many."""

_LAST_RESORT = ("article", "main", "[role=main]", ".hentry", ".type-post")
_ENOUGH = 140  # letters: fewer do not prove a last resort
_LEAD_PARAGRAPH = 70  # letters: shorter lines between headline and body are bylines and labels
_LEAD = 1500  # letters: more than that, and more than half of the body, is no lead
_OFTEN_LEADS = frozenset(("teaser-text", "item-caption", "article-caption"))


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyPlace:
    """Where the body stands."""

    elements: tuple[HtmlElement, ...]
    """Elements in document order."""
    head: tuple[HtmlElement, ...]
    """What stands between the headline and them, where that is known."""
    blocks: tuple[Block, ...]
    """Their text, behind the lead."""
    left_out: LeftOut
    """What is not part of it."""
    method: str
    """``selector``, ``container`` or ``density``."""
    selector: str | None
    """CSS selector or path of the first element."""


def find_body(document: Document, selectors: Selectors, title: str, headline: HtmlElement | None) -> BodyPlace | None:
    """The body of the page, whose title stands in `headline`; None where the page has no place for one."""
    prose = Prose(document.elements)
    removed = [one for selector in selectors.remove for one in document.select(selector)]
    left_out = LeftOut(removed, prose.letters, prose.total)
    for name in selectors.body:
        elements = _outermost(document.select(name), left_out)
        if elements and (blocks := blocks_of(elements, left_out)):
            return _place(elements, trimmed(blocks, title, typed=True), left_out, "selector", name)
    if not prose.leave_out(left_out):
        left_out = LeftOut(removed)
    found = _find(document, prose, left_out, headline)
    if found is None:
        return None
    elements, method, name = found
    blocks = blocks_of(elements, left_out)
    if name not in WORDPRESS:
        blocks = without_insets(blocks, elements, prose.letters)
    blocks = trimmed(blocks, title, typed=name in WORDPRESS)
    head = _between(headline, elements[0], left_out) if headline is not None else []
    blocks = [*_lead(head, left_out, title, sum(len(block.text) for block in blocks)), *blocks]
    return _place(elements, blocks, left_out, method, name, head)


def _find(
    document: Document, prose: Prose, left_out: LeftOut, headline: HtmlElement | None
) -> tuple[list[HtmlElement], str, str] | None:
    """The elements of the body, how they were found, and their selector or path."""
    named: dict[HtmlElement, str] = {}
    for name in CONTAINERS:
        for element in _outermost(document.select(name), left_out):
            named.setdefault(element, name)
    by_name = next((name for name in named.values() if name in WORDPRESS), None) if _is_post(document) else None
    if by_name is None:
        place = prose.place(named, headline)
        if place is not None and place not in named:
            return [place], "density", document.root.getroottree().getpath(place)
        by_name = named[place] if place is not None else next(iter(named.values()), None)
    if by_name is not None:
        return [element for element, name in named.items() if name == by_name], "container", by_name
    for name in _LAST_RESORT:
        for element in document.select(name):
            if len(element.text_content()) > _ENOUGH:
                return [element], "density", name
    return None


def _is_post(document: Document) -> bool:
    return "single" in document.body_classes


def _outermost(elements: Sequence[HtmlElement], left_out: LeftOut) -> list[HtmlElement]:
    """Elements that stand in no other of them, nor in a teaser of another post or in furniture."""
    chosen = set(elements)
    return [
        element
        for element in elements
        if not any(above in chosen or left_out(above) for above in element.iterancestors())
    ]


def _place(
    elements: Sequence[HtmlElement],
    blocks: Sequence[Block],
    left_out: LeftOut,
    method: str,
    selector: str,
    head: Sequence[HtmlElement] = (),
) -> BodyPlace:
    return BodyPlace(
        elements=tuple(elements),
        head=tuple(head),
        blocks=tuple(blocks),
        left_out=left_out,
        method=method,
        selector=selector,
    )


def _lead(head: Sequence[HtmlElement], left_out: LeftOut, title: str, letters: int) -> list[Block]:
    """The standfirst, out of what stands between the headline and a body of so many letters, where that is little."""

    def is_no_lead(element: HtmlElement) -> bool:
        return left_out(element) and _OFTEN_LEADS.isdisjoint((element.get("class") or "").split())

    blocks = trimmed(blocks_of(head, is_no_lead), title)
    announced = set(_announced(blocks))
    lead = [
        block
        for place, block in enumerate(blocks)
        if place in announced or (len(block.text) >= _LEAD_PARAGRAPH and block.linked < 0.5 and not is_byline(block))
    ]
    return lead if sum(len(block.text) for block in lead) < max(_LEAD, letters / 2) else []


def _announced(blocks: Sequence[Block]) -> Iterator[int]:
    """Places of a list of takeaways and of the line that announces it, short as they may be."""
    is_announced = False
    for place, block in enumerate(blocks):
        if block.kind != "item":
            is_announced = is_cue(block.text, block) and _is_item(blocks, place + 1)
        if is_announced:
            yield place


def _is_item(blocks: Sequence[Block], place: int) -> bool:
    return place < len(blocks) and blocks[place].kind == "item"


def _between(headline: HtmlElement, body: HtmlElement, left_out: LeftOut) -> list[HtmlElement]:
    """The outermost elements behind the headline and before the body; none where these do not follow each other so."""
    if any(left_out(one) for one in headline.iterancestors() if one.tag != "header"):
        return []
    above_body = {body, *body.iterancestors()}
    behind: list[HtmlElement] = []
    node = headline
    while (parent := node.getparent()) is not None and parent not in above_body:
        behind += node.itersiblings()
        node = parent
    if parent is None or parent is body or node in above_body:
        return []
    siblings = list(node.itersiblings())
    at = next((at for at, sibling in enumerate(siblings) if sibling in above_body), None)
    if at is None:
        return []
    before: list[HtmlElement] = []
    node = body
    while node.getparent() is not parent:
        before = [*list(node.itersiblings(preceding=True))[::-1], *before]
        node = node.getparent()
    return [one for one in (*behind, *siblings[:at], *before) if isinstance(one.tag, str)]


def is_protected(document: Document) -> bool:
    """Whether the page asks for a password instead of showing its text."""
    return any(one.tag == "form" for one in document.select(".post-password-form"))
