"""Streams: the bytes of an archive file with its compression removed, and which part of the file each stood in."""

from __future__ import annotations

import io
import re
import sys
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Protocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CHUNK = 64 * 1024
"""Bytes read at a time: inflated, at most 64 MiB (deflate packs 1,032 to 1)."""

GZIP = b"\x1f\x8b\x08"
ZSTD = b"\x28\xb5\x2f\xfd"
ZSTD_DICTIONARY = b"\x5d\x2a\x4d\x18"
"""The skippable frame that a .warc.zst file keeps its dictionary in (Zstandard in WARC, IIPC proposal)."""

RECORD_START = re.compile(rb"WARC/\d|filedesc:")

_PLAIN_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:WARC/\d+\.\d+\s|filedesc:)")
_MAX_DICTIONARY = 16 * 1024 * 1024
_MAX_OUT = 1024 * 1024


class _Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


class Stream:
    """Reads a seekable file that is plain, or of gzip members or Zstandard frames, as one row of bytes.

    Reading begins at the offset `start`, where a member or record begins. Nothing is raised for what is damaged: `torn`
    then says where and how, and `resume` goes on behind it.
    """

    def __init__(self, file: BinaryIO, start: int = 0) -> None:
        self._file = file
        self.buffer = bytearray()
        """Bytes at hand."""
        self.position = start
        """Where the buffer begins in the row of unpacked bytes."""
        self.torn: tuple[int, str] | None = None
        """Offset of the damaged member, and what is wrong with it."""
        self._marks: list[tuple[int, int]] = []
        self._unpack: _Unpacker | None = None
        self._input = b""
        self._ends: dict[int, int] = {}
        file.seek(0)
        head = file.read(64)
        file.seek(0)
        self._zstd = head[:4] in (ZSTD, ZSTD_DICTIONARY)
        self._dictionary = self._read_dictionary() if head[:4] == ZSTD_DICTIONARY else None
        self.packed = head[:3] == GZIP or self._zstd
        """Whether the file is compressed."""
        if not self.packed and not _PLAIN_START.match(head) and any(self._later_members(0)):
            self.packed, self.torn = True, (0, "is damaged (it begins as nothing that is known)")
        file.seek(start)

    # -- bytes ------------------------------------------------------------------------------------------------------

    def more(self) -> bool:
        """Gets more bytes into the buffer; False at the end and where the file is torn."""
        if self.torn is not None:
            return False
        if not self.packed:
            chunk = self._file.read(CHUNK)
            self.buffer += chunk
            return bool(chunk)
        while True:
            out = self._step()
            if out is None:
                return False
            if out:
                self.buffer += out
                return True

    def need(self, count: int) -> bool:
        """Whether at least so many bytes are at hand, after getting them."""
        while len(self.buffer) < count:
            if not self.more():
                return False
        return True

    def take(self, count: int) -> bytes:
        """The first bytes of the buffer, removed from it."""
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        self.position += len(taken)
        return taken

    def give_back(self, data: bytes) -> None:
        """Puts bytes that were taken back before the buffer."""
        self.buffer[:0] = data
        self.position -= len(data)

    def skip(self, count: int) -> bool:
        """Passes over so many bytes without keeping them; whether they were there."""
        while count:
            if not self.buffer and not self.more():
                return False
            step = min(count, len(self.buffer))
            del self.buffer[:step]
            self.position += step
            count -= step
        return True

    def skip_blank(self) -> bool:
        """Passes over line ends and blanks; whether something follows."""
        while True:
            count = len(self.buffer) - len(self.buffer.lstrip(b"\r\n\t \0"))
            self.take(count)
            if self.buffer:
                return True
            if not self.more():
                return False

    def find(self, pattern: re.Pattern[bytes], longest: int) -> bool:
        """Passes over everything before the next match of a pattern that is at most so long."""
        while True:
            found = pattern.search(self.buffer)
            if found is not None:
                self.take(found.start())
                return True
            self.take(max(0, len(self.buffer) - longest))
            if not self.more():
                self.take(len(self.buffer))
                return False

    # -- places -----------------------------------------------------------------------------------------------------

    def offset_of(self, position: int) -> int:
        """First byte, in the file, of the member that a position stands in; the position itself in a plain file."""
        if not self.packed:
            return position
        return max((offset for place, offset in self._marks if place <= position), default=0)

    def starts_between(self, start: int, stop: int) -> list[int]:
        """Positions behind `start` and before `stop` where members begin."""
        return [place for place, _ in self._marks if start < place < stop]

    def is_member_end(self, position: int) -> bool:
        """Whether a member ends at a position up to which was read: another begins there, or the file ends."""
        return any(place == position for place, _ in self._marks) or (not self.buffer and not self.more())

    def length_of(self, start: int, stop: int) -> int:
        """Bytes, in the file, of the members that hold the bytes from `start` to `stop`."""
        if not self.packed:
            return stop - start
        offset = self.offset_of(start)
        if self.is_member_end(stop):
            ends = [at for place, at in self._marks if place == stop and at > offset]
            return (min(ends) if ends else self._size()) - offset
        if offset not in self._ends:
            self._ends = {offset: self._end_of(offset)}
        return self._ends[offset] - offset

    def forget(self, position: int) -> None:
        """Lets go of what is known of members that end before a position."""
        kept = [mark for mark in self._marks if mark[0] > position]
        before = [mark for mark in self._marks if mark[0] <= position]
        self._marks = [*before[-1:], *kept]

    def is_damaged_at(self, offset: int) -> bool:
        """Whether the member at an offset has turned out to be damaged (not only cut at its very end)."""
        return self.torn is not None and self.torn[0] == offset and "damaged" in self.torn[1]

    def resume(self) -> bool:
        """Goes on behind the damage at the next member that begins with a record; False where none follows."""
        assert self.torn is not None, "the file is torn"
        found = next(self._later_members(self.torn[0] + 1), None)
        self.position += len(self.buffer)
        self.buffer.clear()
        if found is None:
            return False
        self.torn, self._unpack, self._input, self._marks = None, None, b"", []
        self._file.seek(found)
        return True

    # -- within -----------------------------------------------------------------------------------------------------

    def _step(self) -> bytes | None:
        """What a step of unpacking gives; None at the end of the file and where it is torn."""
        if not self._input and not (isinstance(self._unpack, zstd.ZstdDecompressor) and not self._unpack.needs_input):
            self._input = self._file.read(CHUNK)
            if not self._input:
                if self._unpack is not None:
                    self.torn = (self._marks[-1][1], "ends before it is whole")
                return None
        if self._unpack is None:
            self._unpack = self._unpacker()
            self._marks.append((self.position + len(self.buffer), self._file.tell() - len(self._input)))
        try:
            out = self._unpack.decompress(self._input, *((_MAX_OUT,) if self._zstd else ()))
        except (zlib.error, zstd.ZstdError, EOFError) as error:
            if self._marks[-1][1] and not self._input.strip(b"\0"):  # padding behind the last member, as tapes had
                self._unpack, self._input = None, b""
                return None
            self.torn = (self._marks[-1][1], f"is damaged ({error})")
            return None
        self._input = b""
        if self._unpack.eof:
            self._input, self._unpack = self._unpack.unused_data, None
        return out

    def _unpacker(self) -> _Unpacker:
        if self._zstd:
            return zstd.ZstdDecompressor(self._dictionary)
        return zlib.decompressobj(wbits=31)

    def _read_dictionary(self) -> zstd.ZstdDict | None:
        head = self._file.read(8)
        size = int.from_bytes(head[4:], "little")
        data = self._file.read(size) if size <= _MAX_DICTIONARY else b""
        try:
            if data[:4] == ZSTD:
                data = zstd.ZstdDecompressor().decompress(data, _MAX_DICTIONARY)
            return zstd.ZstdDict(data)
        except (zstd.ZstdError, ValueError, EOFError) as error:
            self.torn = (0, f"holds no dictionary that can be read ({error})")
            return None

    def _size(self) -> int:
        here = self._file.tell()
        size = self._file.seek(0, io.SEEK_END)
        self._file.seek(here)
        return size

    def _end_of(self, offset: int) -> int:
        """Where the member that begins at an offset ends."""
        here = self._file.tell()
        self._file.seek(offset)
        unpack, end = self._unpacker(), offset
        try:
            while not unpack.eof and (data := self._file.read(CHUNK)):
                unpack.decompress(data, *((-1,) if self._zstd else ()))
                end += len(data) - (len(unpack.unused_data) if unpack.eof else 0)
        except (zlib.error, zstd.ZstdError):
            end = self._size()
        self._file.seek(here)
        return end

    def _later_members(self, start: int) -> Iterator[int]:
        """Offsets of the members from an offset on that unpack to the beginning of a record."""
        magic = ZSTD if self._zstd else GZIP
        tail = b""
        self._file.seek(start)
        while chunk := self._file.read(CHUNK):
            data = tail + chunk
            behind = self._file.tell()
            base, at = behind - len(data), data.find(magic)
            while at >= 0:
                self._file.seek(base + at)
                try:
                    begins = self._unpacker().decompress(self._file.read(CHUNK), 12)
                except (zlib.error, zstd.ZstdError):
                    begins = b""
                self._file.seek(behind)
                if RECORD_START.match(begins):
                    yield base + at
                at = data.find(magic, at + 1)
            tail = data[-(len(magic) - 1) :]
