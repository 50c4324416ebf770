"""WARC records as bytes: made and read, one gzip member each (WARC 1.1, Annex D)."""

from __future__ import annotations

import struct
import zlib
from base64 import b32encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import new, sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from cluster_archive.archive.heads import Head
from cluster_archive.archive.members import walk
from cluster_archive.errors import BadArchive

if TYPE_CHECKING:
    from _hashlib import HASH

MAX_BLOCK = 256 * 1024**2
"""Bytes of the longest block that is read into memory."""

GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
"""What each of our members begins with (RFC 1952, 2.3): nothing that could differ, so that a changed bit is seen."""

_BASE32 = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZ" + b"abcdefghijklmnopqrstuvwxyz" + b"234567" + b"0189_ \t+-",
    2 * b"0123456789ABCDEFGHIJKLMNOP" + b"QRSTUV" + 9 * b"!",
)
"""RFC 4648's digits as Python's `int` has them; what is no digit there is none here."""


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
    severity: Literal["fault", "note"] = "fault"
    """``fault``: damaged, missing or against the standard; ``note``: odd, or not to be checked, and no harm."""

    def __str__(self) -> str:
        where = self.file if self.offset is None else f"{self.file}:{self.offset}"
        told = f"{where}: {'note: ' if self.severity == 'note' else ''}{self.what} {self.advice}".rstrip()
        return told + (f" [{self.record_id}]" if self.record_id else "")


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


def note(file: str, record: Record, what: str, advice: str) -> Fault:
    """What is odd with a record, but no damage."""
    record_id = record.record_id or None
    return Fault(file=file, offset=record.offset, record_id=record_id, what=what, advice=advice, severity="note")


def digest(data: bytes) -> str:
    """A labelled digest: ``sha256:`` and base32, as WARC digests are written (WARC 1.1, 5.8)."""
    return "sha256:" + b32encode(sha256(data).digest()).decode("ascii")


def digested(label: str) -> bytes:
    """The bytes of a label as `digest` makes them; of one that is written otherwise, see `read_digest`."""
    return (int(label[7:59].encode().translate(_BASE32), 32) >> 4).to_bytes(32, "big")


def digest_fits(label: str, data: bytes) -> bool | None:
    """Whether data has the digest; null where the algorithm is not known here. base32 and hexadecimal are read."""
    told = read_digest(label)
    return None if told is None else new(told[0], data, usedforsecurity=False).digest() == told[1]


@lru_cache(maxsize=64)
def read_digest(label: str) -> tuple[str, bytes] | None:
    """hashlib's name of the algorithm, and the digest; null where the algorithm is not known here.

    base32 and hexadecimal are read; a value that is neither, or not as long as the algorithm's, gives empty bytes.
    """
    algorithm, _, value = label.partition(":")
    algorithm, value = algorithm.strip().lower().replace("-", ""), value.strip().rstrip("=")
    try:
        size = _blank(algorithm).digest_size
    except (ValueError, TypeError):  # hashlib has no such name, or none can be such (it is no UTF-8)
        return None
    if not size:
        return None  # of no length of its own (SHAKE)
    try:
        if len(value) == 2 * size:
            return algorithm, bytes.fromhex(value)
        number = int(value.encode().translate(_BASE32), 32)  # base64.b32decode takes ten times as long
    except ValueError:
        return algorithm, b""
    spare = len(value) * 5 - size * 8
    if not 0 <= spare < 5 or number & ((1 << spare) - 1):
        return algorithm, b""
    return algorithm, (number >> spare).to_bytes(size, "big")


@lru_cache(maxsize=16)
def _blank(algorithm: str) -> HASH:
    return new(algorithm, usedforsecurity=False)


def hasher(algorithm: str) -> HASH:
    """hashlib's object for an algorithm that `read_digest` named; a copy, which takes half as long as one made anew."""
    return _blank(algorithm).copy()


def make_member(headers: Sequence[tuple[str, str]], block: bytes, level: int = 6) -> bytes:
    """One record as one gzip member; `Content-Length` is added."""
    lines = [f"{name}: {value}" for name, value in (*headers, ("Content-Length", str(len(block))))]
    head = "\r\n".join(("WARC/1.1", *lines, "", "")).encode("utf-8")
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    pieces, check, size = [GZIP_HEAD], 0, 0
    for piece in (head, block, b"\r\n\r\n"):
        pieces.append(packer.compress(piece))
        check, size = zlib.crc32(piece, check), size + len(piece)
    return b"".join((*pieces, packer.flush(), struct.pack("<II", check, size & 0xFFFFFFFF)))


def read_record(path: Path, offset: int) -> Record:
    """The record whose gzip member begins at that offset; raises BadArchive."""
    problems: list[Fault] = []
    with path.open("rb") as file:
        for record in records_of(file, path.name, problems.append, start=offset, resync=False):
            if record.offset == offset:
                return record
            break
    told = problems[0].what if problems else "No gzip member begins there."
    raise BadArchive(f"{path.name}:{offset} holds no record: {told}")


def read_records(path: Path, on_fault: Callable[[Fault], None]) -> Iterator[Record]:
    """All whole records of a .warc.gz or .warc file, in order; what is broken is reported and passed over."""
    with path.open("rb") as file:
        yield from records_of(file, path.name, on_fault)


def records_of(
    file: BinaryIO, name: str, on_fault: Callable[[Fault], None], *, start: int = 0, resync: bool = True
) -> Iterator[Record]:
    """The same of an open file that can seek; `name` is what faults call it. Without `resync` damage is the end."""
    pieces: list[bytes] = []

    def begin(head: Head) -> Callable[[bytes | memoryview], object]:
        pieces.clear()
        return (lambda piece: pieces.append(bytes(piece))) if head.size <= MAX_BLOCK else (lambda piece: None)

    def tell(offset: int, what: str, advice: str, record_id: str | None) -> None:
        on_fault(Fault(file=name, offset=offset, record_id=record_id, what=what, advice=advice))

    for head, length in walk(file, begin, tell, start=start, resync=resync):
        if head.size > MAX_BLOCK:
            tell(head.offset, f"Its block of {head.size} bytes is too large to be read.", "It is passed over.", None)
            continue
        yield Record(
            offset=head.offset, length=length, version=head.version, headers=head.headers, block=b"".join(pieces)
        )
