"""Replay: a collection served as a WACZ that is never written: a ZIP's headers made here, the WARC files as they are."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path

_LIMIT32 = 0xFFFFFFFF
_LIMIT16 = 0xFFFF
_CHUNK = 256 * 1024
_INDEX_BLOCK = 1000
"""Lines of the index that the replay loads at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualWacz:
    """The bytes of a WACZ, made when they are asked for.

    It holds what a replay needs: the WARC files, stored, and the index in compressed blocks, so that a browser asks for
    a few kilobytes and not for the collection. The checksums of the ZIP are left at zero, which a replay does not read;
    `package` writes the WACZ to give away.
    """

    pieces: tuple[tuple[int, bytes | Path], ...]
    """Where each piece begins, and its bytes or the file that holds them, in order."""
    size: int
    """Bytes in all."""
    version: str
    """A name that changes with the content."""

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes from `start` up to `stop`, in chunks. Raises OSError where a file is gone or shorter than it was."""
        ends = [begin for begin, _ in self.pieces[1:]] + [self.size]
        for (begin, source), end in zip(self.pieces, ends, strict=True):
            first, last = max(start, begin), min(stop, end)
            if first >= last:
                continue
            if isinstance(source, bytes):
                yield source[first - begin : last - begin]
            else:
                yield from _slice(source, first - begin, last - begin)


def _slice(path: Path, start: int, stop: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while start < stop:
            chunk = file.read(min(_CHUNK, stop - start))
            if not chunk:
                raise OSError(f"{path} is shorter than it was.")
            start += len(chunk)
            yield chunk


def virtual_wacz(name: str, warcs: Sequence[Path], index: Path) -> VirtualWacz:
    """A collection's WARC files with their index, laid out as WACZ 1.1.1 has it."""
    with index.open(encoding="utf-8") as lines:
        blocks, packed = _compressed_index(lines)
    about = {"profile": "data-package", "wacz_version": "1.1.1", "title": name, "resources": []}
    entries: list[tuple[str, bytes | Path, int]] = [
        ("datapackage.json", (made := json.dumps(about).encode()), len(made)),
        ("indexes/index.idx", blocks, len(blocks)),
        ("indexes/index.cdx.gz", packed, len(packed)),
        *((f"archive/{path.name}", path, path.stat().st_size) for path in warcs),
    ]
    marks = "\n".join(f"{path.name} {path.stat().st_size}" for path in warcs)
    return _laid_out(entries, sha256(marks.encode() + packed).hexdigest()[:16])


def _compressed_index(lines: Iterable[str]) -> tuple[bytes, bytes]:
    """The index in gzip members of some lines each, and the list of their places (``cdxj-gzip-1.0``)."""
    head = {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}
    listed, packed = [f"!meta 0 {json.dumps(head)}\n"], bytearray()
    rest = iter(lines)
    while block := list(islice(rest, _INDEX_BLOCK)):
        member = gzip.compress("".join(block).encode(), mtime=0)
        key, timestamp, _ = block[0].split(" ", 2)
        place = {"offset": len(packed), "length": len(member), "filename": "index.cdx.gz"}
        listed.append(f"{key} {timestamp} {json.dumps(place)}\n")
        packed += member
    return "".join(listed).encode(), bytes(packed)


def _laid_out(entries: Iterable[tuple[str, bytes | Path, int]], version: str) -> VirtualWacz:
    """A ZIP of stored entries (APPNOTE 4.3), with the 64-bit fields where they are needed (4.5.3)."""
    pieces: list[tuple[int, bytes | Path]] = []
    directory: list[bytes] = []
    at = 0
    for name, source, size in entries:
        local, central = _headers(name.encode(), size, at)
        directory.append(central)
        pieces += [(at, local), (at + len(local), source)]
        at += len(local) + size
    listed = b"".join(directory)
    tail = listed + _ending(len(directory), len(listed), at)
    return VirtualWacz(pieces=(*pieces, (at, tail)), size=at + len(tail), version=version)


def _headers(name: bytes, size: int, at: int) -> tuple[bytes, bytes]:
    """The local header of an entry and its line of the central directory."""
    large, far = size >= _LIMIT32, at >= _LIMIT32
    needed = 45 if large or far else 20
    stated = _LIMIT32 if large else size
    extra = struct.pack("<HHQQ", 1, 16, size, size) if large else b""
    # signature, version, flags (UTF-8 names), method, time, date, crc, sizes, name, extra
    local = struct.pack("<4s5H3L2H", b"PK\3\4", needed, 0x800, 0, 0, 0x21, 0, stated, stated, len(name), len(extra))
    more = (struct.pack("<QQ", size, size) if large else b"") + (struct.pack("<Q", at) if far else b"")
    wide = struct.pack("<HH", 1, len(more)) + more if more else b""
    central = struct.pack(
        "<4s6H3L5H2L",
        *(b"PK\1\2", needed, needed, 0x800, 0, 0, 0x21, 0, stated, stated),
        *(len(name), len(wide), 0, 0, 0, 0, _LIMIT32 if far else at),
    )
    return local + name + extra, central + name + wide


def _ending(count: int, length: int, at: int) -> bytes:
    """The end of the central directory."""
    wide = b""
    if at >= _LIMIT32 or count >= _LIMIT16:
        wide = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, length, at)
        wide += struct.pack("<4sLQL", b"PK\6\7", 0, at + length, 1)
    few, near = min(count, _LIMIT16), min(at, _LIMIT32)
    return wide + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, few, few, length, near, 0)
