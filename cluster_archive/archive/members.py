"""A walk through a WARC file, a piece at a time: its records in order, and what is broken; memory does not grow with them.

A record is one gzip member (WARC 1.1, Annex D), or stands as it is in a file that is not compressed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from zlib_ng import zlib_ng as zlib

from cluster_archive.archive.heads import Head
from cluster_archive.archive.parser import Begin, Parser, read_lone_record

MAX_MEMBER = 2 * 1024**3
"""Bytes that a member may inflate to if it inflates to more than RATIO times its size; more is a bomb, not a record."""

RATIO = 50

GZIP = b"\x1f\x8b\x08"

_BadMember: type[Exception] = zlib.error  # type: ignore[assignment]  # its stub takes it for an instance

_FIRST_CHUNK, _CHUNK = 64 * 1024, 1024 * 1024
"""Bytes read at once; the first time less, for whoever wants one record only."""
_FIRST, _STEP = 4096, 8 * 1024
"""Bytes given to zlib at once: little at first, since most records are small; never so much that a bomb fills the memory."""

_PLAIN_HEAD = re.compile(rb"WARC/1\.[01]\r\n[A-Za-z]")


Tell = Callable[[int, str, str, str | None], None]
"""Is told of damage: offset, what is wrong, what to do, the record's id where one could be read."""

FETCH = "Fetch the file again from a good copy."
_CUT = "Fetch the file again from a good copy; `repair` sets what is torn aside."
_ODD = "Other tools cannot seek to it; write the file again with one record a member."


def walk(
    file: BinaryIO, begin: Begin, tell: Tell, *, start: int = 0, resync: bool = True
) -> Iterator[tuple[Head, int]]:
    """The whole records from `start` on: head, and the length of the member; each after its block went to its sink.

    What is broken is told and passed over; with `resync` the next whole record is looked for, else the walk ends there.
    A block of which a sink has seen pieces may still turn out broken: only what is given here is whole.
    """
    file.seek(start)
    packed = file.read(3) == GZIP
    source = _Source(file, start)
    yield from (_walk_gzip if packed else _walk_plain)(source, begin, tell, resync)


class _Source:
    """A file read in large chunks."""

    __slots__ = ("_at", "_chunk", "_file", "_next", "position")

    def __init__(self, file: BinaryIO, position: int) -> None:
        self._file = file
        self.seek(position)

    def seek(self, position: int) -> None:
        self._file.seek(position)
        self._chunk, self._at, self._next, self.position = memoryview(b""), 0, _FIRST_CHUNK, position

    def peek(self, size: int) -> memoryview:
        """Some of the next bytes, at most `size`, but all of 4096 if the file has them; empty at its end."""
        if len(self._chunk) - self._at < _FIRST and (more := self._file.read(self._next)):
            self._next = _CHUNK
            self._chunk, self._at = memoryview(bytes(self._chunk[self._at :]) + more), 0
        return self._chunk[self._at : self._at + size]

    def skip(self, size: int) -> None:
        self._at += size
        self.position += size

    def find(self, wanted: Callable[[bytes, int], int], overlap: int) -> int | None:
        """Offset of the first place from here on that `wanted` finds in the bytes; the position is behind it."""
        base, tail = self.position, b""
        self._file.seek(base)
        while chunk := self._file.read(_CHUNK):
            data = tail + chunk
            at = wanted(data, base)
            if at >= 0:
                return base + at
            tail = data[-overlap:]
            base += len(data) - len(tail)
        return None

    def probe(self, position: int, size: int) -> bytes:
        """Bytes elsewhere; where the file is read next does not change."""
        here = self._file.tell()
        self._file.seek(position)
        data = self._file.read(size)
        self._file.seek(here)
        return data


def _walk_gzip(source: _Source, begin: Begin, tell: Tell, resync: bool) -> Iterator[tuple[Head, int]]:
    while piece := source.peek(_FIRST):
        offset, start = source.position, bytes(piece[:10])
        try:
            unpack, data = _begin_member(source, piece)
            if unpack.eof and (head := read_lone_record(data, begin, offset, start)):
                yield head, source.position - offset
            else:
                yield from _walk_member(source, unpack, data, begin, tell, offset, start)
        except _Damaged as damage:
            found = _next_member(source, offset) if resync else None
            _tell_damage(source, tell, offset, start, str(damage), damage.record_id, found)
            if found is None:
                return
            source.seek(found)


def _begin_member(source: _Source, piece: memoryview) -> tuple[zlib._Decompress, bytes]:
    """The first piece of a member, and what inflates the rest; raises _Damaged."""
    unpack = zlib.decompressobj(wbits=31)
    try:
        return unpack, _inflate(source, unpack, piece)
    except _Damaged:  # what comes before the damage may tell whose record it is
        unpack = zlib.decompressobj(wbits=31)
        return unpack, _inflate(source, unpack, piece[: _FIRST // 2])


def _walk_member(
    source: _Source, unpack: zlib._Decompress, data: bytes, begin: Begin, tell: Tell, offset: int, start: bytes
) -> Iterator[tuple[Head, int]]:
    """The records of a gzip member of which `data` is the first piece; raises _Damaged."""
    parser, size, kept = Parser(begin, offset, start), 0, False
    try:
        while True:
            size, at = size + len(data), 0
            if size > MAX_MEMBER and size > RATIO * (source.position - offset):
                raise _Damaged("is too large when inflated")
            while at < len(data) and not parser.problem:
                if parser.done:  # yet another record in the same member
                    if not kept:
                        tell(offset, "One gzip member holds more than one record.", _ODD, parser.record_id)
                    if parser.head is not None:
                        yield parser.head, source.position - offset
                    kept, parser = True, Parser(begin, offset, start)
                at = parser.feed(data, at)
            if unpack.eof:
                break
            data = _inflate(source, unpack, source.peek(_STEP))
    except _Damaged as damage:
        damage.record_id = parser.record_id
        raise
    if not parser.begun and not parser.problem:
        tell(offset, "A gzip member is empty.", "It holds nothing; cut it out, or fetch the file again.", None)
    elif problem := parser.ended():
        tell(offset, f"The record cannot be read: {problem}.", FETCH, parser.record_id)
    elif parser.head is not None:
        yield parser.head, source.position - offset


class _Damaged(Exception):
    """A gzip member that is not whole; says what it does or is."""

    record_id: str | None = None


def _inflate(source: _Source, unpack: zlib._Decompress, piece: memoryview) -> bytes:
    """What the next piece of a member inflates to; the source stands behind it then. Raises _Damaged."""
    if not piece:
        raise _Damaged("ends before it is whole")
    try:
        data = unpack.decompress(piece)
    except _BadMember as error:
        raise _Damaged(f"is damaged ({str(error).rpartition(': ')[2]})") from error
    source.skip(len(piece) - len(unpack.unused_data))
    return data


def _tell_damage(
    source: _Source, tell: Tell, offset: int, start: bytes, damage: str, record_id: str | None, found: int | None
) -> None:
    if start[:3] == GZIP or GZIP.startswith(start):
        what = f"A gzip member {damage}."
    elif start[:5] == b"WARC/":
        what = "A record stands here that is not compressed."
    else:
        what = f"Here stand bytes that are no gzip member{', zeros' if not start.strip(bytes(1)) else ''}."
    tell(offset, what, _CUT if found is None else FETCH, record_id)
    if found is not None:
        tell(found, "Whole records follow behind the damage.", "They are read; others stop before them.", None)


def _next_member(source: _Source, offset: int) -> int | None:
    """Offset of the next gzip member that inflates to the beginning of a WARC record."""

    def begins(data: bytes, base: int) -> int:
        at = data.find(GZIP)
        while at >= 0:
            try:
                if zlib.decompressobj(wbits=31).decompress(source.probe(base + at, 1024), 5) == b"WARC/":
                    return at
            except _BadMember:
                pass
            at = data.find(GZIP, at + 1)
        return -1

    source.seek(offset + 1)
    return source.find(begins, 2)


def _walk_plain(source: _Source, begin: Begin, tell: Tell, resync: bool) -> Iterator[tuple[Head, int]]:
    while source.peek(1):
        offset, parser, step = source.position, Parser(begin, source.position, b""), _FIRST
        while not parser.done and not parser.problem and (piece := source.peek(step)):
            source.skip(parser.feed(bytes(piece), 0))
            step = _STEP
        if parser.done and not parser.problem and parser.head is not None:
            yield parser.head, source.position - offset
            continue
        found = _next_plain(source, offset) if resync else None
        zeros = not source.probe(offset, 64).strip(bytes(1))
        what = "Here stand zeros." if zeros else f"The record cannot be read: {parser.ended()}."
        tell(offset, what, _CUT if found is None else FETCH, parser.record_id)
        if found is None:
            return
        tell(found, "Whole records follow behind the damage.", "They are read; others stop before them.", None)
        source.seek(found)


def _next_plain(source: _Source, offset: int) -> int | None:
    """Offset of the next line that a record's head begins with."""

    def begins(data: bytes, base: int) -> int:
        found = _PLAIN_HEAD.search(data)
        return found.start() if found else -1

    source.seek(offset + 1)
    return source.find(begins, 16)
