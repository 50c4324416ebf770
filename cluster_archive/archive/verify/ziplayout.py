"""How a ZIP lies in its file: names that stay inside, heads that agree, nothing before, between or behind the files."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cluster_archive.archive.members import FETCH
from cluster_archive.archive.records import Fault
from cluster_archive.archive.verify.findings import CHANGED, fault

_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_LOCAL_MAGIC = b"PK\x03\x04"
_IN_DESCRIPTOR = 0x8
"""Flag: checksum and sizes follow behind the file, since it was written as a stream."""
_LINK = 0o120000


def verify_layout(path: Path, archive: zipfile.ZipFile) -> Iterator[Fault]:
    """The faults of the ZIP itself."""
    seen = set[str]()
    end = 0
    with path.open("rb") as file:
        for info in sorted(archive.infolist(), key=lambda one: one.header_offset):
            name, at = f"{path.name}/{info.filename[:200]}", info.header_offset
            if info.filename in seen:
                yield fault(name, at, "The ZIP holds two files of this name.", FETCH)
            seen.add(info.filename)
            if not _stays_inside(info.filename):
                yield fault(name, at, "Its name leads out of the package.", "Do not unpack the file.")
            if (info.external_attr >> 16) & 0o170000 == _LINK:
                yield fault(name, at, "It is a link, not a file.", "Do not unpack the file.")
            if info.flag_bits & 0x1:
                yield fault(name, at, "It is encrypted.", FETCH)
            begin, problem = _local(file, info)
            if problem:
                yield fault(name, at, problem, CHANGED)
            if at > end + 24 or (at > end and not at_descriptor(file, end, at)):
                yield fault(name, end, f"{at - end} bytes stand before it that belong to no file.", FETCH)
            elif at < end:
                yield fault(name, at, "It lies over another file.", FETCH)
            end = max(end, begin + info.compress_size)
        size = file.seek(0, io.SEEK_END)
        zip_end, count = _end_of_directory(file, size)
        behind = size - zip_end
        if count not in (None, len(archive.infolist())):
            what = f"The ZIP's end says that it holds {count} files; its directory names {len(archive.infolist())}."
            yield fault(path.name, archive.start_dir, what, CHANGED)
        start = archive.start_dir
        if start > end + 24 or (start > end and not at_descriptor(file, end, start)):
            yield fault(path.name, end, f"{start - end} bytes before the directory belong to no file.", FETCH)
    if behind:
        yield fault(path.name, size - behind, f"{behind} bytes stand behind the end of the ZIP.", FETCH)


def _stays_inside(name: str) -> bool:
    """Whether a name is a plain path below the package's root."""
    is_plain = not name.startswith("/") and "\\" not in name and ":" not in name.partition("/")[0] and "\0" not in name
    return is_plain and not {"..", "."} & set(PurePosixPath(name).parts) and bool(name)


def _local(file: io.BufferedReader, info: zipfile.ZipInfo) -> tuple[int, str]:
    """Where a file's bytes begin, and how its own head differs from the directory."""
    head = b""
    if info.header_offset >= 0:  # the directory may be nearer to the beginning than it says
        file.seek(info.header_offset)
        head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size or head[:4] != _LOCAL_MAGIC:
        return info.header_offset, "Where the directory says that it begins, no file does."
    _, _, flags, method, time, date, crc, packed, size, name_size, extra = _LOCAL.unpack(head)
    begin = info.header_offset + _LOCAL.size + name_size + extra
    name = file.read(name_size).decode("utf-8" if flags & 0x800 else "cp437", "replace")
    year, month, day, hour, minute, second = info.date_time
    stated = {
        "flags": (flags, info.flag_bits),
        "method": (method, info.compress_type),
        "time": (time, hour << 11 | minute << 5 | second // 2),
        "date": (date, (year - 1980) << 9 | month << 5 | day),
        "name": (name, info.orig_filename),
    }
    if not flags & _IN_DESCRIPTOR:
        stated |= {"checksum": (crc, info.CRC)}
        if 0xFFFFFFFF not in (packed, size):
            stated |= {"size": (size, info.file_size), "compressed size": (packed, info.compress_size)}
    differ = [key for key, (local, central) in stated.items() if local != central]
    return begin, f"Its own head differs from the directory ({', '.join(differ)})." if differ else ""


def at_descriptor(file: io.BufferedReader, start: int, end: int) -> bool:
    """Whether the bytes between two files are the checksum and sizes of the first."""
    file.seek(start)
    return end - start in (12, 16, 20, 24) and (end - start in (12, 20) or file.read(4) == b"PK\x07\x08")


def _end_of_directory(file: io.BufferedReader, size: int) -> tuple[int, int | None]:
    """Where the ZIP ends by its own word, its comment included, and how many files it says that it holds (unless they are
    so many that another place tells)."""
    begin = max(size - 65557, 0)
    file.seek(begin)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        return size, None
    count = int.from_bytes(tail[at + 10 : at + 12], "little")
    return begin + at + 22 + int.from_bytes(tail[at + 20 : at + 22], "little"), None if count == 0xFFFF else count


class Slice(io.RawIOBase):
    """A file that is stored as it is in a ZIP, read from the ZIP's own file; it can seek."""

    def __init__(self, path: Path, info: zipfile.ZipInfo) -> None:
        self._file = path.open("rb", buffering=0)
        self._at, self._size = 0, info.file_size
        self._file.seek(max(info.header_offset, 0))
        head = self._file.read(_LOCAL.size) or b""
        if info.header_offset < 0 or len(head) < _LOCAL.size:
            self._file.close()
            raise zipfile.BadZipFile("the file is cut")
        self._begin = info.header_offset + _LOCAL.size + sum(_LOCAL.unpack(head)[9:11])

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Goes to a place; gives it."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def tell(self) -> int:
        """Where it is."""
        return self._at

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Fills the buffer with the next bytes; how many."""
        wanted = min(len(buffer), max(self._size - self._at, 0))
        self._file.seek(self._begin + self._at)
        data = self._file.read(wanted) if wanted else b""
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        """Closes the ZIP's file."""
        self._file.close()
        super().close()
