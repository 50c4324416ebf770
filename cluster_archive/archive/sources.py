"""Sources: what a user may give for an archive, and the WARC and ARC files that are in it.

A file (WARC, ARC, WACZ, each told by its content, whatever its name says), a collection, or a folder of files.
"""

from __future__ import annotations

import io
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cluster_archive.archive.records import Fault
from cluster_archive.errors import BadArchive

NAMES = re.compile(r"\.(?:w?arc(?:\.gz|\.zst)?|wacz)$", re.IGNORECASE)
"""Names of archive files, as folders are searched for them."""

MAX_ENTRIES = 100_000
"""Files that a WACZ may hold."""

SPARE = 200 * 1024 * 1024
"""Bytes of the disk that are left free when a compressed file of a WACZ is unpacked."""

_ZIP = b"PK\x03\x04"
_KNOWN = "WARC (.warc, .warc.gz, .warc.zst), ARC (.arc, .arc.gz), WACZ, or a folder of them"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A WARC or ARC file: on disk, or a part of another file."""

    name: str
    """Name of the file, without folders."""
    path: Path
    """The file on disk that it is, or is in."""
    start: int = 0
    """Its first byte there."""
    size: int | None = None
    """Its bytes; null where it is the whole file."""

    def open(self) -> BinaryIO:
        """The file, seekable, from its first byte."""
        file = self.path.open("rb")
        return file if self.size is None else io.BufferedReader(_Part(file, self.start, self.size))


class _Part(io.RawIOBase):
    """A part of a file as a file."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file, self._start, self._size, self._at = file, start, max(size, 0), 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = (0, self._at, self._size)[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = max(0, min(len(buffer), self._size - self._at))
        self._file.seek(self._start + self._at)
        data = self._file.read(count)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


def sources_of(
    given: Sequence[Path], unpack_into: Path, on_fault: Callable[[Fault], None] = lambda fault: None
) -> list[Source]:
    """The WARC and ARC files in what was given, each once, in the order given and within a folder by name.

    Compressed files of a WACZ are unpacked into the folder `unpack_into`, stored ones are read where they are. Raises
    BadArchive, with what to do, where something given holds none; what is broken inside is told to `on_fault`.
    """
    found: dict[tuple[Path, int], Source] = {}
    for path in given:
        if path.is_dir():
            files = _files_in(path)
        elif path.exists():
            files = [path]
        else:
            raise BadArchive(f"{path} does not exist; name a file or folder: {_KNOWN}.")
        for file in files:
            for source in _sources_in(file, unpack_into, on_fault):
                found.setdefault((source.path.resolve(), source.start), source)
    return list(found.values())


def _files_in(folder: Path) -> list[Path]:
    """The archive files of a folder: of its `archive/`, as a collection has it, or its own, or those below it."""
    inner = folder / "archive"
    for place in (inner, folder):
        files = [path for path in place.iterdir() if _is_archive(path)] if place.is_dir() else []
        if files:
            return sorted(files)
    files = sorted(path for path in folder.rglob("*") if _is_archive(path))
    if not files:
        raise BadArchive(f"{folder} holds no WARC files; name a file or folder: {_KNOWN}.")
    return files


def _is_archive(path: Path) -> bool:
    return path.is_file() and NAMES.search(path.name) is not None


def _sources_in(path: Path, unpack_into: Path, on_fault: Callable[[Fault], None]) -> list[Source]:
    try:
        with path.open("rb") as file:
            is_zip = file.read(4) == _ZIP
    except OSError as error:
        raise BadArchive(f"{path} cannot be read: {error.strerror}.") from error
    if not is_zip:
        return [Source(name=path.name, path=path)]
    sources = list(_in_wacz(path, unpack_into, on_fault))
    if not sources:
        raise BadArchive(f"{path} is a ZIP file, but there is no WARC file in it; name a WACZ or a WARC file.")
    return sources


def _in_wacz(path: Path, unpack_into: Path, on_fault: Callable[[Fault], None]) -> Iterator[Source]:
    """The WARC files of a WACZ (WACZ 1.1.1, `archive/`), by name. Names in it are labels and never become paths."""
    try:
        with zipfile.ZipFile(path) as package:
            entries = [entry for entry in package.infolist() if NAMES.search(entry.filename) and not entry.is_dir()]
            if len(entries) > MAX_ENTRIES:
                raise BadArchive(f"{path} holds more than {MAX_ENTRIES:,} files; unpack it and name the folder.")
            folder = Path(tempfile.mkdtemp(dir=unpack_into))
            for number, entry in enumerate(sorted(entries, key=lambda entry: entry.filename)):
                label = _label(entry.filename)
                try:
                    yield _of_entry(path, package, entry, folder / f"{number}", label)
                except (OSError, EOFError, ValueError, zlib.error, NotImplementedError, RuntimeError) as error:
                    advice = "It was passed over; unpack the WACZ with another tool and name the folder."
                    what = f"The file {label} in it cannot be read: {error}."
                    on_fault(Fault(file=path.name, offset=None, record_id=None, what=what, advice=advice))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise BadArchive(f"{path} is a broken ZIP file: {error}. Fetch it again.") from error


def _of_entry(path: Path, package: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, label: str) -> Source:
    if label.lower().endswith(".wacz"):
        raise ValueError("it is a WACZ itself")
    with package.open(entry):  # checks that the local header is there and the entry is not encrypted
        pass
    if entry.compress_type == zipfile.ZIP_STORED:
        return Source(name=label, path=path, start=_data_start(path, entry), size=entry.file_size)
    free = shutil.disk_usage(target.parent).free - SPARE
    if entry.file_size > free:
        raise ValueError(f"it has {entry.file_size:,} bytes unpacked, and the disk has not the room")
    with package.open(entry) as packed, target.open("wb") as out:
        left = entry.file_size
        while data := packed.read(min(left + 1, 1024 * 1024)):
            left -= len(data)
            if left < 0:
                raise ValueError("it is longer than it says")
            out.write(data)
    return Source(name=label, path=target)


def _data_start(path: Path, entry: zipfile.ZipInfo) -> int:
    """Where a stored file begins, behind its local header (APPNOTE 4.3.7)."""
    with path.open("rb") as file:
        file.seek(entry.header_offset + 26)
        lengths = file.read(4)
    name, extra = int.from_bytes(lengths[:2], "little"), int.from_bytes(lengths[2:], "little")
    return entry.header_offset + 30 + name + extra


def _label(name: str) -> str:
    """A name without folders and without what a terminal would act on."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter if letter.isprintable() else "�" for letter in last)[:255] or "unnamed"
