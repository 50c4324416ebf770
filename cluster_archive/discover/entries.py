"""Entries: what a sitemap or a feed lists, one after the other, without a tree in memory."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

MAX_ENTRIES = 50_000
"""Entries that are read of one list (a sitemap has at most that many, sitemaps.org)."""

MAX_ELEMENTS = 2_000_000
"""Elements that are looked at: forty for each entry."""

_FOREIGN = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)([A-Za-z_][\w:.-]{0,99};)?")
"""An ampersand that begins no reference of XML's own, with the name where it is a reference to an entity."""
_MAX_FOREIGN = 10 * MAX_ENTRIES


@dataclass(slots=True)
class Field:
    """An element inside an entry."""

    name: str
    """Without its namespace, also where its prefix was never declared."""
    depth: int
    """1 for a child of the entry."""
    attributes: dict[str, str]
    """By name."""
    pieces: list[str] = field(default_factory=list)
    """Its own text as it came."""

    @property
    def text(self) -> str:
        """Its own text without blank ends."""
        return "".join(self.pieces).strip()


@dataclass(slots=True)
class Entry:
    """One entry of a list."""

    name: str
    """Name of the element, without its namespace."""
    depth: int
    """How deep it stands."""
    fields: list[Field] = field(default_factory=list)
    """All elements inside, in their order."""

    def text(self, name: str, depth: int = 1) -> str:
        """Text of the first element of that name that is not empty and stands at most so deep inside; empty where there is
        none."""
        return next((one.text for one in self.fields if one.name == name and one.depth <= depth and one.text), "")


def read_entries(content: bytes, names: frozenset[str], take: Callable[[Entry], object]) -> None:
    """Gives each whole entry of one of these names to `take`; never raises of itself.

    No entity is expanded, nothing is fetched, and broken markup is read as far as it goes. References to entities are left
    out before the parser sees them, since it stops at one that expands without end, and what stands behind is lost; a bare
    ampersand, as many a list has in its addresses, is taken as it stands.
    """
    target: Any = _Target(names, take)
    parser = etree.XMLParser(
        target=target, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    with suppress(etree.XMLSyntaxError, ValueError, _Enough):
        etree.fromstring(_FOREIGN.sub(_told, content.lstrip(), count=_MAX_FOREIGN), parser)


def _told(found: re.Match[bytes]) -> bytes:
    return b"" if found[1] else b"&amp;"


class _Enough(Exception):
    """More than any list has."""


class _Target:
    """What lxml's parser calls for each tag and text."""

    def __init__(self, names: frozenset[str], take: Callable[[Entry], object]) -> None:
        self._names, self._take = names, take
        self._depth = self._elements = self._taken = 0
        self._entry: Entry | None = None
        self._open: list[Field] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """A tag opens."""
        self._depth += 1
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise _Enough
        name = tag.rpartition("}")[2].rpartition(":")[2]
        if self._entry is not None:
            self._open.append(Field(name, self._depth - self._entry.depth, dict(attributes)))
            self._entry.fields.append(self._open[-1])
        elif name in self._names:
            self._entry = Entry(name, self._depth)

    def data(self, text: str) -> None:
        """Text comes."""
        if self._open:
            self._open[-1].pieces.append(text)

    def end(self, tag: str) -> None:
        """A tag closes."""
        self._depth -= 1
        if self._open:
            self._open.pop()
        elif self._entry is not None:
            entry, self._entry = self._entry, None
            self._take(entry)
            self._taken += 1
            if self._taken == MAX_ENTRIES:
                raise _Enough

    def close(self) -> None:
        """The list is over."""
