"""Text as a reader sees it: elements in, blocks in reading order out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from lxml.html import HtmlElement

BlockKind = Literal["paragraph", "heading", "item", "table"]

BLOCK_TAGS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer"
    " form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol p pre section summary table tbody td tfoot th thead"
    " tr ul".split()
)
"""Elements that begin a block of text and end it (HTML Standard, 15.3)."""

HIDDEN_TAGS = frozenset(
    "applet area audio base button canvas datalist embed frame frameset head iframe input link map math meta noembed"
    " noframes noscript object option param progress rp rt script select source style svg template textarea title track"
    " video".split()
)
"""Elements whose text is not text of the page."""

HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
LISTS = frozenset("ul ol menu dir".split())
_BOLD = frozenset("b strong".split())

_BREAK = "\x02"  # stands for <br> until a block is folded; no page holds it (document.encoding)
_INVISIBLE = "\u00ad\u180e\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"
_REMOVED = dict.fromkeys(map(ord, _INVISIBLE))
_SHORT_TEXT = 30  # letters: in longer ones, marks do not count
_DROP_CAP = re.compile(r"\b(?:drop-?cap|first-letter)", re.IGNORECASE)
_NO_LETTERS = re.compile(r"\W+")
_NO_SPACE = re.compile(r"\s{2,}|[^\S \u00a0\u202f]")
"""White space but a single space or no-break space."""
_WORDS_OF_ONE_LETTER = frozenset("АВИКОСУЯAIОЯÀÓÖEOYIУЗ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block of text."""

    kind: BlockKind
    """What it is in the page's markup."""
    text: str
    """Its text; a line break inside stands for one `<br>`."""
    element: HtmlElement
    """The element that it stands in."""
    list: HtmlElement | None = None
    """The innermost list of an item."""
    depth: int = 0
    """How many lists an item stands in."""
    bold: bool = False
    """Whether all of it is bold."""
    linked: float = 0.0
    """Share of its letters that are links."""

    @property
    def line(self) -> str:
        """The block as the dataset's body has it."""
        return f"- {self.text}" if self.kind == "item" else self.text


def fold(text: str) -> str:
    """White space folded into single spaces; soft hyphens and other invisible characters removed. Idempotent."""
    return " ".join(_visible(text).split())


def fold_typed(text: str) -> str:
    """The same, but a no-break space that stands alone between words stays, as it was typed. Idempotent."""
    if "\u00a0" not in text and "\u202f" not in text:
        return fold(text)
    return _NO_SPACE.sub(" ", _visible(text)).strip()


def _visible(text: str) -> str:
    return text.translate(_REMOVED) if not text.isascii() and any(map(text.__contains__, _INVISIBLE)) else text


def letters_of(text: str) -> str:
    """What two texts are compared by: letters and digits, without case."""
    return (text if text.isalnum() else _NO_LETTERS.sub("", text)).casefold()


def inline_text(element: HtmlElement) -> str:
    """The visible text of an element on one line."""
    return fold(" ".join(block.text for block in blocks_of([element])))


def body_text(blocks: Iterable[Block]) -> str:
    """The body of the dataset: blocks with a blank line between."""
    return "\n\n".join(block.line for block in blocks)


def blocks_of(elements: Iterable[HtmlElement], is_left_out: Callable[[HtmlElement], bool] | None = None) -> list[Block]:
    """The blocks of elements in document order, without those that are left out and what is never text."""
    reader = _Reader(is_left_out or (lambda _: False))
    for element in elements:
        reader.read(element)
    return reader.blocks


class _Reader:
    """Walks through elements and gathers text until a block ends."""

    def __init__(self, is_left_out: Callable[[HtmlElement], bool]) -> None:
        self.is_left_out = is_left_out
        self.blocks: list[Block] = []
        self.parts: list[str] = []
        self.letters = self.bold_letters = self.link_letters = 0
        self.bold = self.links = 0
        self.joins = ""  # the drop cap whose word goes on
        self._above: dict[HtmlElement, HtmlElement | None] = {}

    def read(self, root: HtmlElement) -> None:
        """Reads an element without recursion: pages nest deeper than Python calls may."""
        if not self._enter(root):
            return
        waiting: list[tuple[HtmlElement, Iterator[HtmlElement]]] = [(root, iter(root))]
        while waiting:
            element, children = waiting[-1]
            child = next(children, None)
            if child is None:
                waiting.pop()
                self._leave(element)
                if waiting and element.tail:
                    self._text(element.tail)
                continue
            if self._enter(child):
                if len(child):
                    waiting.append((child, iter(child)))
                    continue
                self._leave(child)
            if child.tail:
                self._text(child.tail)
        self._end_block(root)

    def _enter(self, element: HtmlElement) -> bool:
        """Begins an element; False where its content is not walked through."""
        tag = element.tag
        if not isinstance(tag, str) or tag in HIDDEN_TAGS or self.is_left_out(element):
            if tag == "hr":
                self._end_block(element)
            return False
        if tag == "br":
            self.parts.append(_BREAK)
            return False
        if tag in BLOCK_TAGS and not is_drop_cap(element):
            if self.parts:
                above = element.getparent()
                self._end_block(element if above is None else above)
            if tag == "table" and (rows := _data_rows(element)):
                self.blocks.append(
                    Block(kind="table", text="\n".join(" | ".join(row) for row in rows), element=element)
                )
                return False
        if tag in _BOLD:
            self.bold += 1
        elif tag == "a" and _leads_away(element):
            self.links += 1
        if element.text:
            self._text(element.text, verbatim=tag == "pre")
        return True

    def _leave(self, element: HtmlElement) -> None:
        if element.tag in _BOLD:
            self.bold -= 1
        elif element.tag == "a" and _leads_away(element):
            self.links -= 1
        if is_drop_cap(element):
            self.joins = fold(element.text_content())
        elif self.parts and element.tag in BLOCK_TAGS:
            self._end_block(element)

    def _text(self, text: str, *, verbatim: bool = False) -> None:
        if not self.parts and text.isspace():
            return
        if self.joins and text.strip():
            if text[0].isspace() and self.joins not in _WORDS_OF_ONE_LETTER:
                text = text.lstrip()
            self.joins = ""
        count = len(text.strip()) if len(text) > _SHORT_TEXT else sum(map(str.isalnum, text))
        self.letters += count
        self.bold_letters += count if self.bold else 0
        self.link_letters += count if self.links else 0
        self.parts.append(text.replace("\n", _BREAK) if verbatim else text)

    def _end_block(self, element: HtmlElement) -> None:
        """Makes what was gathered into blocks: two and more line breaks part them, a single one stays inside."""
        if not self.parts:
            return
        text = "".join(self.parts)
        bold = 0 < self.letters == self.bold_letters
        linked = self.link_letters / self.letters if self.letters else 0.0
        self.parts, self.letters, self.bold_letters, self.link_letters, self.joins = [], 0, 0, 0, ""
        if _BREAK not in text:
            if folded := fold_typed(text):
                self._add(folded, element, bold=bold, linked=linked)
            return
        lines = [fold_typed(line) for line in text.split(_BREAK)]
        for has_text, paragraph in groupby(lines, key=bool):
            if has_text:
                self._add("\n".join(paragraph), element, bold=bold, linked=linked)

    def _item_or_heading(self, element: HtmlElement) -> HtmlElement | None:
        """The item that a block stands in, else its heading."""
        if element not in self._above:
            parent = element.getparent()
            above = None if parent is None else self._item_or_heading(parent)
            if element.tag == "li" or (element.tag in HEADINGS and above is None):
                above = element
            self._above[element] = above
        return self._above[element]

    def _add(self, text: str, element: HtmlElement, *, bold: bool, linked: float) -> None:
        above = self._item_or_heading(element)
        item = above if above is not None and above.tag == "li" else None
        if item is None:
            heading = above is not None and len(text) <= 300 and len(above.text_content()) < 600
            self.blocks.append(
                Block(kind="heading" if heading else "paragraph", text=text, element=element, bold=bold, linked=linked)
            )
            return
        before = self.blocks[-1] if self.blocks else None
        if before is not None and before.kind == "item" and before.element is item:
            whole = len(before.text) + len(text)
            self.blocks[-1] = Block(
                kind="item",
                text=f"{before.text}\n{text}",
                element=item,
                list=before.list,
                depth=before.depth,
                linked=(before.linked * len(before.text) + linked * len(text)) / whole,
            )
            return
        lists = list(item.iterancestors(*LISTS))
        self.blocks.append(
            Block(
                kind="item",
                text=text,
                element=item,
                list=lists[0] if lists else None,
                depth=len(lists),
                bold=bold,
                linked=linked,
            )
        )


def _leads_away(link: HtmlElement) -> bool:
    return not (link.get("href") or "#").startswith("#")


def is_drop_cap(element: HtmlElement) -> bool:
    """Whether an element holds the first letter of a word that goes on behind it."""
    name = element.get("class")
    return name is not None and len(element) == 0 and _DROP_CAP.search(name) is not None


def _data_rows(table: HtmlElement) -> list[list[str]]:
    """The cells of a table that holds data, row by row; none where it serves the layout: its cells hold lists, headings,
    pictures or tables, or it has a single cell a row."""
    if next(table.iter(*HEADINGS, *LISTS, "img", "iframe", "form"), None) is not None:
        return []
    if next(table.iterdescendants("table"), None) is not None:
        return []
    rows = [[inline_text(cell) for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]
    rows = [row for row in rows if any(row)]
    return rows if sum(len(row) > 1 for row in rows) >= max(1, len(rows) / 2) else []
