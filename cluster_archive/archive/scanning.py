"""Scan: the records of any archive file, WARC or ARC, of any tool; reads what can be read and tells of the rest.

`records.read_records` is the strict reader, which `verify` is made of; this one forgives what other
tools do: versions before 1.0, line ends without CR, blank lines too many or too few, several records in one gzip member.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from cluster_archive.archive.arc import ARC_LINE, arc_record
from cluster_archive.archive.records import Fault, Record, note
from cluster_archive.archive.sources import Source
from cluster_archive.archive.streams import RECORD_START, Stream
from cluster_archive.errors import BadArchive

MAX_HEAD = 256 * 1024
"""Bytes that the named fields of a record may have."""

MAX_BLOCK = 256 * 1024 * 1024
"""Bytes that a block may have; longer ones (films, disk images) are passed over: no page is so long."""

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_VERSION = re.compile(rb"WARC/\d+\.\d+[ \t]*(?:\r?\n|$)")
_WARC_START = re.compile(rb"WARC/\d+\.\d+[ \t]*\r?\n[A-Za-z]")
_NEXT = re.compile(_WARC_START.pattern + rb"|(?<=\n)" + ARC_LINE.pattern, ARC_LINE.flags)
_SWALLOWED = re.compile(rb"\n(?=WARC/\d+\.\d+[ \t]*\r?\n[A-Za-z])")
_ADVICE = "It was passed over; fetch the file again, or read the place with other tools."


def scan(
    source: Source,
    on_fault: Callable[[Fault], None] = lambda fault: None,
    start_at: int = 0,
) -> Iterator[Record]:
    """All records of a WARC or ARC file that can be read, in order, from the offset `start_at` on.

    What is broken is told to `on_fault` and passed over; what is odd, but was read, as a note, once a file.
    """

    def fault(offset: int, what: str, record: Record | None = None) -> None:
        record_id = record.record_id or None if record else None
        on_fault(Fault(file=source.name, offset=offset, record_id=record_id, what=what, advice=_ADVICE))

    with source.open() as file:
        stream = Stream(file, start_at)
        noted = False
        while stream.skip_blank() or stream.torn is not None:
            if not stream.buffer and stream.torn is not None:
                fault(stream.torn[0], f"A part of the file {stream.torn[1]}.")
                if not stream.resume():
                    return
                continue
            start = stream.position
            stream.forget(start)
            if stream.need(3) and stream.buffer[:3] == b"\xef\xbb\xbf":
                stream.take(3)
                continue
            record = _next(stream, fault)
            if record is None:
                continue
            if stream.packed and not noted and not stream.is_member_end(stream.position):
                noted = True
                what = "A gzip member holds several records."
                advice = "Tools that replay cannot seek to them; `warcio recompress` makes one member a record."
                on_fault(note(source.name, record, what, advice))
            yield record


def record_at(source: Source, offset: int) -> Record:
    """The record that begins at an offset, the first where a member holds several; raises BadArchive."""
    record = next(scan(source, start_at=offset), None)
    if record is None or record.offset != offset:
        raise BadArchive(f"{source.name}:{offset} holds no record.")
    return record


def holds_records(source: Source) -> bool:
    """Whether a file is a WARC or ARC file, compressed or not, of which at least one record can be read."""
    return next(scan(source), None) is not None


def _next(stream: Stream, fault: Callable[..., None]) -> Record | None:
    """The record at the head of the stream; None where it is broken, which is told, and the stream stands behind it."""
    stream.need(16)
    if stream.buffer[:5] == b"WARC/":
        return _warc_record(stream, fault)
    if not stream.need(4096) and not stream.buffer:
        return None
    line = ARC_LINE.match(stream.buffer[: stream.buffer.find(b"\n") + 1])
    if line is not None:
        return _arc(stream, line, fault)
    fault(stream.offset_of(stream.position), "No record begins here.")
    _go_on(stream)
    return None


def _warc_record(stream: Stream, fault: Callable[..., None]) -> Record | None:
    start = stream.position
    offset = stream.offset_of(start)
    head = _head(stream)
    if head is None:
        if stream.torn is None:
            fault(offset, "The fields of the record have no end.")
            stream.take(1)
            _go_on(stream)
        else:
            stream.take(len(stream.buffer))
        return None
    headers = read_fields(head)
    stated = next((value for name, value in headers if name.lower() == "content-length"), "")
    record = Record(
        offset=offset,
        length=0,
        version=head.partition(b"\n")[0].strip().decode("ascii", "replace"),
        headers=headers,
        block=b"",
    )
    if not (stated.isascii() and stated.isdigit() and len(stated) < 19):
        fault(offset, "The record has no Content-Length.", record)
        _go_on(stream)
        return None
    block = _block(stream, start, offset, int(stated), fault, record)
    if block is None:
        return None
    stream.skip_blank()
    return Record(
        offset=offset,
        length=stream.length_of(start, stream.position),
        version=record.version,
        headers=headers,
        block=block,
    )


def _arc(stream: Stream, line: re.Match[bytes], fault: Callable[..., None]) -> Record | None:
    start = stream.position
    offset = stream.offset_of(start)
    stream.take(line.end())
    block = _block(stream, start, offset, int(line["length"]), fault, None)
    if block is None:
        return None
    stream.skip_blank()
    return arc_record(line, block, offset=offset, length=stream.length_of(start, stream.position))


def _block(
    stream: Stream, start: int, offset: int, size: int, fault: Callable[..., None], record: Record | None
) -> bytes | None:
    """The block of a record, checked by what follows it; None, told, where its length is wrong."""
    begin = stream.position
    if size > MAX_BLOCK:
        fault(offset, f"The record's block of {size:,} bytes is longer than is read.", record)
        stream.skip(size)
        return None
    whole = stream.need(size)
    for place in stream.starts_between(start, begin + size):
        if RECORD_START.match(stream.buffer, place - begin):
            fault(offset, "The record is longer than its gzip member.", record)
            stream.take(place - begin)
            return None
    block = stream.take(size)
    stream.need(4)
    ends_as_told = stream.buffer.startswith((b"\r\n\r\n", b"\n\n"))
    is_sound = not stream.skip_blank() or ends_as_told or _is_start(stream)
    if whole and is_sound and not stream.is_damaged_at(offset):
        return block
    what = "The record ends before it is whole." if not whole else "Its block does not end where its length says."
    swallowed = _SWALLOWED.search(block)
    if whole or swallowed or stream.torn is None:  # a torn member is told of as such
        fault(offset, what, record)
    if swallowed is not None:
        blanks = stream.position - begin - len(block)  # passed over behind the block
        stream.give_back(block[swallowed.end() :] + b"\n" * blanks)
        return None
    if whole:
        _go_on(stream)
    return None


def _is_start(stream: Stream) -> bool:
    stream.need(4096)
    if _VERSION.match(stream.buffer):
        return True
    return ARC_LINE.match(stream.buffer[: stream.buffer.find(b"\n") + 1]) is not None


def _go_on(stream: Stream) -> None:
    """Passes over what is before the next record."""
    stream.find(_NEXT, 4096)


def _head(stream: Stream) -> bytes | None:
    """The fields of a record with its version line, removed from the stream; None where they do not end."""
    while True:
        end = _HEAD_END.search(stream.buffer)
        if end is not None:
            return stream.take(end.end()) if _VERSION.match(stream.buffer) else None
        if len(stream.buffer) > MAX_HEAD or not stream.more():
            return None


def read_fields(head: bytes) -> tuple[tuple[str, str], ...]:
    """Named fields of a record behind its version line; folded lines joined (WARC 1.0, 4)."""
    fields: list[tuple[str, str]] = []
    for line in head.decode("utf-8", "surrogateescape").split("\n")[1:]:
        if line[:1] in (" ", "\t") and fields:
            fields[-1] = (fields[-1][0], f"{fields[-1][1]} {line.strip()}")
        elif line.strip():
            name, _, value = line.partition(":")
            fields.append((name.strip(), value.strip()))
    return tuple(fields)
