"""WARC records as bytes: made and read, one gzip member each (WARC 1.1, Annex D)."""

from __future__ import annotations

import re
import zlib
from base64 import b32encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import new, sha256
from pathlib import Path
from typing import BinaryIO

from cluster_archive.errors import BadArchive

MAX_MEMBER = 2 * 1024**3
"""Bytes that one member may have after inflating; more is a fault, not a record."""

_CHUNK = 256 * 1024
_GZIP = b"\x1f\x8b\x08"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something wrong in an archive."""

    file: str
    """Name of the file."""
    offset: int | None
    """First byte of the member or line; null where the whole file is meant."""
    record_id: str | None
    """`WARC-Record-ID`, where one could be read."""
    what: str
    """What is wrong, in one sentence."""
    advice: str
    """What to do about it."""

    def __str__(self) -> str:
        where = self.file if self.offset is None else f"{self.file}:{self.offset}"
        return f"{where}: {self.what} {self.advice}" + (f" [{self.record_id}]" if self.record_id else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record as it stands in a file."""

    offset: int
    """First byte of its gzip member (or of the record itself, in a file that is not compressed)."""
    length: int
    """Bytes of the member."""
    version: str
    """``WARC/1.1`` or ``WARC/1.0``."""
    headers: tuple[tuple[str, str], ...]
    """Named fields in order."""
    block: bytes
    """The block."""

    def get(self, name: str) -> str | None:
        """The value of the first field of that name, in any case of letters."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def type(self) -> str:
        """`WARC-Type`."""
        return self.get("WARC-Type") or ""

    @property
    def record_id(self) -> str:
        """`WARC-Record-ID`."""
        return self.get("WARC-Record-ID") or ""


def digest(data: bytes) -> str:
    """A labelled digest: ``sha256:`` and base32, as WARC digests are written (WARC 1.1, 5.8)."""
    return "sha256:" + b32encode(sha256(data).digest()).decode("ascii")


def digest_fits(label: str, data: bytes) -> bool | None:
    """Whether data has the digest; null where the algorithm is not known here. base32 and hexadecimal are read."""
    algorithm, _, value = label.partition(":")
    try:
        made = new(algorithm.lower().replace("-", ""), data, usedforsecurity=False)
    except ValueError:
        return None
    return value.strip().upper() in (b32encode(made.digest()).decode("ascii"), made.hexdigest().upper())


def make_member(headers: Sequence[tuple[str, str]], block: bytes, level: int = 6) -> bytes:
    """One record as one gzip member; `Content-Length` is added."""
    lines = [f"{name}: {value}" for name, value in (*headers, ("Content-Length", str(len(block))))]
    head = "\r\n".join(("WARC/1.1", *lines, "", "")).encode("utf-8")
    packer = zlib.compressobj(level, zlib.DEFLATED, 31)
    return packer.compress(head) + packer.compress(block) + packer.compress(b"\r\n\r\n") + packer.flush()


def parse_record(data: bytes, offset: int, length: int) -> tuple[Record, int]:
    """The record at the head of `data` and how many bytes it takes; raises ValueError where there is none."""
    end = data.find(b"\r\n\r\n")
    first, _, rest = data[: max(end, 0)].partition(b"\r\n")
    if end < 0 or not re.fullmatch(rb"WARC/1\.[01]", first):
        raise ValueError("it does not begin as a WARC record does")
    headers: list[tuple[str, str]] = []
    for line in rest.decode("utf-8", "surrogateescape").split("\r\n"):
        if line[:1] in (" ", "\t") and headers:  # folded, as WARC 1.0 allows
            headers[-1] = (headers[-1][0], f"{headers[-1][1]} {line.strip()}")
        else:
            name, _, value = line.partition(":")
            headers.append((name.strip(), value.strip()))
    size = next((value for name, value in headers if name.lower() == "content-length"), "")
    if not (size.isascii() and size.isdigit()):
        raise ValueError("it has no Content-Length")
    start, stop = end + 4, end + 4 + int(size)
    if len(data) < stop:
        raise ValueError(f"its Content-Length is {size}, but only {len(data) - start} bytes follow")
    if data[stop : stop + 4] != b"\r\n\r\n":
        raise ValueError("its block does not end where Content-Length says")
    record = Record(
        offset=offset,
        length=length,
        version=first.decode("ascii"),
        headers=tuple(headers),
        block=data[start:stop],
    )
    return record, stop + 4


def read_record(path: Path, offset: int) -> Record:
    """The record whose gzip member begins at that offset; raises BadArchive."""
    with path.open("rb") as file:
        for data, start, length in _members(file, offset, lambda *_: None):
            if start != offset:
                break
            try:
                return parse_record(data, start, length)[0]
            except ValueError as error:
                raise BadArchive(f"{path.name}:{offset} holds no record: {error}.") from error
    raise BadArchive(f"{path.name}:{offset} holds no gzip member.")


def read_records(path: Path, on_fault: Callable[[Fault], None]) -> Iterator[Record]:
    """All whole records of a .warc.gz or .warc file, in order; what is broken is reported and passed over."""

    def fault(offset: int, what: str, advice: str = "Repair or fetch the file again.") -> None:
        on_fault(Fault(file=path.name, offset=offset, record_id=None, what=what, advice=advice))

    with path.open("rb") as file:
        packed = file.read(3) == _GZIP
        if not packed:
            yield from _read_plain(file, fault)
            return
        for data, offset, length in _members(file, 0, fault):
            position = 0
            while position < len(data):
                try:
                    record, taken = parse_record(data[position:] if position else data, offset, length)
                except ValueError as error:
                    fault(offset, f"The record cannot be read: {error}.")
                    break
                yield record
                position += taken
                if position < len(data):
                    fault(
                        offset,
                        "One gzip member holds more than one record.",
                        "Other tools cannot seek to them.",
                    )


def _members(file: BinaryIO, start: int, fault: Callable[[int, str], None]) -> Iterator[tuple[bytes, int, int]]:
    """Inflated members with their offset and length; a torn member is reported, and the next whole one looked for."""
    offset, buffer = start, b""
    file.seek(offset)
    while True:
        unpack = zlib.decompressobj(wbits=31)
        out, taken, problem = [], 0, ""
        size = 0
        while not unpack.eof and not problem:
            if not buffer and not (buffer := file.read(_CHUNK)):
                problem = "ends before it is whole" if taken else "end"
                break
            try:
                out.append(unpack.decompress(buffer, MAX_MEMBER - size))
            except zlib.error as error:
                problem = f"is damaged ({error})"
                break
            size += len(out[-1])
            taken += len(buffer) - len(unpack.unused_data)
            buffer = unpack.unused_data
            if size >= MAX_MEMBER:
                problem = "is too large when inflated"
        if problem == "end":
            return
        if not problem:
            yield b"".join(out), offset, taken
            offset += taken
            continue
        fault(offset, f"A gzip member {problem}.")
        found = _next_member(file, offset + 1)
        if found is None:
            return
        fault(found, "Whole records follow behind the damaged member.")
        offset, buffer = found, b""
        file.seek(offset)


def _next_member(file: BinaryIO, start: int) -> int | None:
    """Offset of the next gzip member that inflates to the beginning of a WARC record."""
    position, tail = start, b""
    file.seek(start)
    while chunk := file.read(_CHUNK):
        data = tail + chunk
        base, at = position - len(tail), data.find(_GZIP)
        while at >= 0:
            here = file.tell()
            file.seek(base + at)
            head = file.read(4096)
            file.seek(here)
            try:
                if zlib.decompressobj(wbits=31).decompress(head, 5) == b"WARC/":
                    return base + at
            except zlib.error:
                pass
            at = data.find(_GZIP, at + 1)
        position += len(chunk)
        tail = data[-2:]
    return None


def _read_plain(file: BinaryIO, fault: Callable[[int, str], None]) -> Iterator[Record]:
    """Records of a file that is not compressed; the first that is broken ends it."""
    offset = 0
    while True:
        file.seek(offset)
        head = file.read(64 * 1024)
        if not head:
            return
        end = head.find(b"\r\n\r\n")
        size = re.search(rb"(?im)^content-length:[ \t]*(\d+)", head[: max(end, 0)])
        if end < 0 or size is None:
            fault(offset, "The record cannot be read: it does not begin as a WARC record does.")
            return
        length = end + 4 + int(size[1]) + 4
        file.seek(offset)
        try:
            record, taken = parse_record(file.read(length), offset, length)
        except ValueError as error:
            fault(offset, f"The record cannot be read: {error}.")
            return
        yield record
        offset += taken
