"""Key takeaways: the list that belongs to its cue, in whatever markup it is typed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from lxml.html import HtmlElement

from cluster_archive.extract.cues import NOT_TAKEAWAYS, NOUNS, STRONG, WEAK
from cluster_archive.extract.text import Block, blocks_of, fold, fold_typed

MAX_CUE_WORDS = 45
"""A sentence longer than that announces nothing."""

_NO_LABEL = 160  # letters: longer lines are sentences
_LONG = 25 * 20  # letters: no sentence of 25 words is longer

_BULLET = re.compile(
    r"^(?:[-–—−‒*•·●○◦▪▫■□►▶‣⁃✓✔➢➤→»§\u2190-\u21ff\u2500-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f300-\U0001faff\ufe0f\uf0b7\uf0a7\uf0d8]+\s*|(?:\(?\d{1,2}[.)]|\(?[a-zа-я]\))\s+)",
    re.IGNORECASE,
)
"""A mark or a number at the head of a line that makes it an item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Takeaways:
    """The takeaways and how they were found."""

    items: tuple[str, ...]
    """Items in order, without their marks."""
    cue: str
    """The text that announces them."""
    method: str
    """``list``, ``typed``, ``lines``, ``table`` or ``definitions``."""


@cache
def _strong() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{phrase})" for phrases in STRONG.values() for phrase in phrases))


@cache
def _weak() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{phrase})" for phrases in WEAK.values() for phrase in phrases))


_OTHER = re.compile(NOT_TAKEAWAYS, re.IGNORECASE)
_LEADS = (
    "следн|както следва|по-долу|following|as follows|below|folgend|suivant|siguient|seguent|następując|următoare"
).split("|")


def find_takeaways(blocks: Sequence[Block]) -> Takeaways | None:
    """The first list that a cue announces; None where no cue has one.

    Between the cue and its list only what is no text may stand (pictures, empty paragraphs), or after a heading one
    sentence that ends in a colon.
    """
    for index, block in enumerate(blocks):
        lines = block.text.split("\n")
        if len(lines) == 1 and not _may_lead(blocks, index):
            continue
        for position, line in enumerate(lines):
            if not is_cue(line, block, alone=len(lines) == 1 or position + 1 < len(lines)):
                continue
            found = _items_after(blocks, index, lines[position + 1 :])
            if found is not None:
                items, method = found
                return Takeaways(items=tuple(items), cue=fold(line)[:300], method=method)
    return None


def _may_lead(blocks: Sequence[Block], index: int) -> bool:
    """Whether what stands behind a block of one line can be a list: most lines are spared the question for a cue."""
    if index + 1 == len(blocks):
        return False
    block, following = blocks[index], blocks[index + 1]
    return (
        block.kind == "heading"
        or block.bold
        or following.kind != "paragraph"
        or following.element.tag in ("dt", "dd")
        or "\n" in following.text
        or following.text.endswith(";")
        or _BULLET.match(following.text) is not None
    )


def listed_items(element: HtmlElement) -> tuple[str, ...]:
    """The items of an element that is known to hold takeaways: list items where it has some, else its lines."""
    blocks = blocks_of([element])
    listed = [block.text for block in blocks if block.kind == "item"]
    return tuple(_clean(listed or [line for block in blocks for line in block.text.split("\n")]))


def is_cue(line: str, block: Block, *, alone: bool = True) -> bool:
    """Whether a line announces takeaways: a heading, a bold or short line that is a cue phrase, or a sentence that has
    one and leads over to what follows."""
    if len(line) > _LONG and not (block.kind == "heading" or block.bold or line.rstrip().endswith(":")):
        return False
    is_heading = block.kind == "heading" or block.bold
    if len(line) > _NO_LABEL and not is_heading and line.endswith((".", "!", "?")) and not _leads(line.lower()):
        return False
    text = fold(line).lower().strip(" *_#")
    bare = text.rstrip(" :.–—-…").lstrip("0123456789.) ")
    if not bare or len(bare.split()) > 160:
        return False
    headline = is_heading or text.endswith(":") or (alone and len(bare.split()) <= 6)
    if headline and len(bare.split()) <= 12 and _weak().fullmatch(bare):
        return True
    announces = is_heading or text.endswith(":")
    if not announces and text.endswith((".", "!", "?")) and not _leads(text):
        return False
    sentence = _last_sentence(text)
    words = sentence.split()
    if len(words) > (MAX_CUE_WORDS if announces else 25):
        return False
    plain = len(words) <= 7 and not sentence.endswith((".", "!", "?"))
    if not (announces or plain or _leads(sentence)) or not any(map(sentence.__contains__, NOUNS)):
        return False
    match = _strong().search(sentence)
    if match is None:
        return False
    before, after = len(sentence[: match.start()].split()), sentence[match.end() :]
    if _OTHER.search(sentence[: match.start()]) and not sentence.endswith(":"):
        return False
    if is_heading and len(words) <= 14:
        return before <= 3 or len(after.split()) <= 2
    if sentence.endswith(":"):
        if _OTHER.search(after) and re.search(r"(?:са|бяха|are|were|include|включва)\w*\s*:$", after) is None:
            return False
        return before <= 8 or len(after.split()) <= 6
    return before <= 4 and len(words) <= 25 and (plain or _leads(after))


def _leads(text: str) -> bool:
    """Whether a text says that something follows."""
    return any(map(text.__contains__, _LEADS))


def _last_sentence(text: str) -> str:
    parts = re.split(r"(?<=[.!?…;])\s+(?=\S)", text)
    last = parts[-1]
    return last if len(last.split()) > 1 or len(parts) == 1 else " ".join(parts[-2:])


def _items_after(blocks: Sequence[Block], index: int, rest: Sequence[str]) -> tuple[list[str], str] | None:
    """The items that follow a cue: in its own block, or in the blocks behind it."""
    cue = blocks[index]
    if rest:
        items = _typed(rest) or (list(rest) if len(rest) >= 2 or cue.kind == "heading" else [])
        if not items:
            return None
        if _typed(rest):  # typed items may go on in the blocks behind
            items += _typed_blocks(blocks, index + 1)
        return _clean(items), "lines"
    following = index + 1
    if following < len(blocks) and _leads_over(cue, blocks[following]):
        following += 1
    if following >= len(blocks):
        return None
    first = blocks[following]
    if first.kind == "item" and (cue.kind != "item" or first.depth > cue.depth):
        return _clean(_listed(blocks, following, cue)), "list"
    if cue.kind == "item":
        return None
    if first.element.tag in ("dt", "dd"):
        return _clean(_definitions(blocks, following)), "definitions"
    if first.kind == "table":
        return _clean(_rows(first)), "table"
    if typed := _typed_blocks(blocks, following):
        return _clean(typed), "typed"
    if first.kind == "paragraph" and first.text.count("\n") >= 1 and _are_items(first.text.split("\n")):
        return _clean(first.text.split("\n")), "lines"
    if first.kind == "paragraph" and (plain := _plain_items(blocks, following)):
        return _clean(plain), "paragraphs"
    return None


def _leads_over(cue: Block, block: Block) -> bool:
    """Whether a short sentence between a heading and its list leads over to the list."""
    is_heading = cue.kind == "heading" or cue.bold
    return (
        is_heading
        and block.kind == "paragraph"
        and "\n" not in block.text
        and block.text.rstrip().endswith(":")
        and not _BULLET.match(block.text)
        and not _OTHER.search(block.text)
    )


def _listed(blocks: Sequence[Block], start: int, cue: Block) -> list[str]:
    """Items of the list at `start`, with those nested in it, and of a list of the same kind right behind it."""
    items = []
    tag = _tag(blocks[start])
    depth = blocks[start].depth
    for block in blocks[start:]:
        if block.kind != "item" or (cue.kind == "item" and block.depth <= cue.depth):
            break
        if block.depth == depth and _tag(block) != tag:
            break
        items.append(block.text)
    return items


def _tag(item: Block) -> str | None:
    return None if item.list is None else str(item.list.tag)


def _definitions(blocks: Sequence[Block], start: int) -> list[str]:
    """Definitions with their terms, as "term: definition"; definitions alone where there are no terms."""
    items: list[str] = []
    term = ""
    for block in blocks[start:]:
        if block.element.tag == "dt":
            term = block.text
        elif block.element.tag == "dd":
            items.append(f"{term.rstrip(':')}: {block.text}" if term else block.text)
            term = ""
        else:
            break
    return items


def _rows(table: Block) -> list[str]:
    """Rows of a table; a first cell that is only a number or a mark is left out."""
    rows = []
    for row in table.text.split("\n"):
        cells = row.split(" | ")
        if len(cells) > 1 and (re.fullmatch(r"\W*\d{0,2}\W*", cells[0]) or _BULLET.fullmatch(cells[0] + " ")):
            cells = cells[1:]
        rows.append(" | ".join(cells))
    return rows


def _typed(lines: Sequence[str]) -> list[str]:
    """Lines that all begin with a mark; the lines before the first that does not. One line is no list."""
    items: list[str] = []
    for line in lines:
        if not _BULLET.match(line):
            break
        items.append(line)
    return items


def _typed_blocks(blocks: Sequence[Block], start: int) -> list[str]:
    """Items typed with marks into paragraphs from `start` on."""
    items: list[str] = []
    for block in blocks[start:]:
        lines = block.text.split("\n")
        typed = _typed(lines) if block.kind == "paragraph" else []
        items += typed
        if len(typed) < len(lines) or not typed:
            break
    return items


def _are_items(lines: Sequence[str]) -> bool:
    """Whether lines without marks look like items: several words each, and the same kind of end, or no end at all."""
    ends = {line[-1] for line in lines[:-1]}
    return all(len(line.split()) >= 2 for line in lines) and (len(ends) == 1 or not ends & set(":"))


def _plain_items(blocks: Sequence[Block], start: int) -> list[str]:
    """Paragraphs that end in semicolons, and the last of them in a full stop: a list without marks."""
    items: list[str] = []
    for block in blocks[start:]:
        if block.kind != "paragraph" or "\n" in block.text:
            break
        items.append(block.text)
        if not block.text.endswith((";", ",")):
            break
    return items if len(items) >= 2 and items[0].endswith(";") else []


def _clean(items: Sequence[str]) -> list[str]:
    cleaned = [_BULLET.sub("", fold_typed(item), count=1).strip() for item in items]
    return [item for item in cleaned if item]
