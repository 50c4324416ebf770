"""Insets: small boxes between the paragraphs of a body that are not its text: captions, teasers, players, forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lxml.html import HtmlElement

from cluster_archive.extract.text import Block

_BOX = 350  # letters of running text: what holds more is a part of the article
_SHARE = 0.25  # of the body's running text, where that is less
_BOXES = frozenset("div section span a center fieldset form label td details".split())
_FIELDS = frozenset(("input", "select", "textarea"))
_TELLING = (*_FIELDS, "img", "video", "audio", "amp-img", "blockquote")


def without_insets(
    blocks: Sequence[Block], places: Sequence[HtmlElement], letters: Mapping[HtmlElement, int]
) -> list[Block]:
    """The blocks below `places` without insets; `letters` is the page's running text by element (prose.Prose)."""
    limit = min(_BOX, _SHARE * sum(letters.get(place, 0) for place in places))
    boxed: dict[HtmlElement, list[Block]] = {}
    for block in blocks:
        box, above = block.element, block.element.getparent()
        while above is not None and letters.get(above, 0) <= limit and above not in places:
            box, above = above, above.getparent()
        if box.tag in _BOXES and box not in places and letters.get(box, 0) <= limit:
            boxed.setdefault(box, []).append(block)
    gone = {
        id(block)
        for box, held in boxed.items()
        if _is_inset(box, held, may_lead=held[0] is blocks[0])
        for block in held
    }
    return [block for block in blocks if id(block) not in gone] if gone else list(blocks)


def _is_inset(box: HtmlElement, held: Sequence[Block], *, may_lead: bool) -> bool:
    """Whether a box has a form's fields; or a picture, and beside it neither a section of the text (its heading, list,
    table or quote) nor what `may_lead` it: a standfirst often shares its box with the first picture."""
    told = {one.tag for one in box.iter(*_TELLING)}
    if not told or not told.isdisjoint(_FIELDS):
        return bool(told)
    return not may_lead and "blockquote" not in told and all(map(_is_aside, held))


def _is_aside(block: Block) -> bool:
    return block.kind == "paragraph" or (block.kind == "heading" and block.linked >= 0.5)
