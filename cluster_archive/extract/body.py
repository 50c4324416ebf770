"""Where the body of an article stands: the site's corrections first, then known containers, then the densest text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from cluster_archive.document import Document, select
from cluster_archive.extract.furniture import LeftOut
from cluster_archive.extract.text import BLOCK_TAGS, HIDDEN_TAGS, Block, blocks_of, fold
from cluster_archive.sites.model import Selectors

CONTAINERS = (
    ".post-wrapper-content",
    ".the_content_wrapper",
    ".wp-block-post-content",
    ".entry-content",
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
"""Elements that by their name hold the body of an article: BeTheme, the core themes, schema.org, then custom of many."""

_ENOUGH = 140  # letters: fewer do not prove a container by themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyPlace:
    """Where the body stands."""

    elements: tuple[HtmlElement, ...]
    """Elements in document order."""
    blocks: tuple[Block, ...]
    """Their text."""
    left_out: Callable[[HtmlElement], bool]
    """What is not part of it."""
    method: str
    """``selector``, ``container`` or ``density``."""
    selector: str | None
    """CSS selector or path of the first element."""


def find_body(document: Document, selectors: Selectors, title: str) -> BodyPlace | None:
    """The body of the page; None where the page has no place for one.

    A known container that is empty is taken only if no other has text: a post of pictures alone has one too.
    """
    left_out = LeftOut(one for selector in selectors.remove for one in document.select(selector))
    empty: BodyPlace | None = None
    for method, names in (("selector", selectors.body), ("container", CONTAINERS)):
        for name in names:
            elements = _outermost(document.select(name), left_out)
            if not elements:
                continue
            place = _place(elements, left_out, method, name, title)
            if place.blocks and (method == "selector" or name in CONTAINERS[:4] or _letters(place.blocks) >= _ENOUGH):
                return place
            empty = empty or place
    dense = None if empty is not None and _is_post(document) else _densest(document.root, left_out)
    if dense is not None:
        return _place([dense], left_out, "density", document.root.getroottree().getpath(dense), title)
    return empty


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


def _place(elements: Sequence[HtmlElement], left_out: LeftOut, method: str, selector: str, title: str) -> BodyPlace:
    blocks = _without_headline(blocks_of(elements, left_out), title)
    return BodyPlace(
        elements=tuple(elements), blocks=tuple(blocks), left_out=left_out, method=method, selector=selector
    )


def _without_headline(blocks: list[Block], title: str) -> list[Block]:
    """The blocks without the headline, where the container holds it before the text."""
    for index, block in enumerate(blocks[:4]):
        if block.kind == "heading" and title and fold(block.text).casefold() == title.casefold():
            return blocks[index + 1 :] if index == 0 else blocks[:index] + blocks[index + 1 :]
    return blocks


def _letters(blocks: Sequence[Block]) -> int:
    return sum(len(block.text) for block in blocks)


def _densest(root: HtmlElement, left_out: LeftOut) -> HtmlElement | None:
    """The element whose own paragraphs weigh most: each paragraph counts for the element above it in full and for the
    one above that by half, links do not count (the idea of readability's scores)."""
    scores: dict[HtmlElement, float] = {}
    skipped: set[HtmlElement] = set()
    for element in root.iter():
        parent = element.getparent()
        if (
            parent in skipped
            or not isinstance(element.tag, str)
            or element.tag in HIDDEN_TAGS
            or (element.tag not in ("html", "body") and left_out(element))
        ):
            skipped.add(element)
            continue
        if element.tag not in ("p", "li", "pre", "td", "blockquote", "div", "h2", "h3") or parent is None:
            continue
        weight = _own_text(element) - 2 * sum(len(link.text_content()) for link in element.iterchildren("a"))
        if weight < 40 and not (element.tag == "li" and weight > 25):
            continue
        target = parent.getparent() if element.tag in ("li", "td") and parent.getparent() is not None else parent
        if element.tag == "div":
            target = element
        scores[target] = scores.get(target, 0) + weight
        above = target.getparent()
        if above is not None:
            scores[above] = scores.get(above, 0) + weight / 2
    if not scores:
        return None
    best = max(scores, key=lambda one: scores[one])
    return best if scores[best] >= _ENOUGH else None


def _own_text(element: HtmlElement) -> int:
    """Letters of an element and of the inline elements in it, not of the blocks below."""
    count = len((element.text or "").strip())
    for child in element:
        if isinstance(child.tag, str) and child.tag not in BLOCK_TAGS and child.tag not in HIDDEN_TAGS:
            count += len(child.text_content())
        count += len((child.tail or "").strip())
    return count


def is_protected(document: Document) -> bool:
    """Whether the page asks for a password instead of showing its text."""
    return bool(select(document.root, "form.post-password-form"))
