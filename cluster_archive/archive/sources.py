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
    sources = list(_Package(path, unpack_into, on_fault).sources())
    if not sources:
        raise BadArchive(f"{path} is a ZIP file, but there is no WARC file in it; name a WACZ or a WARC file.")
    return sources


class _Package:
    """A WACZ (1.1.1), or one that holds others, as Browsertrix puts the crawls of a collection together.

    Names in it are labels and never become paths.
    """

    def __init__(self, path: Path, unpack_into: Path, on_fault: Callable[[Fault], None]) -> None:
        self._path, self._unpack_into, self._on_fault = path, unpack_into, on_fault
        self._entries = 0

    def sources(self) -> Iterator[Source]:
        """The WARC files in it, by name; raises BadArchive where it is broken as a whole."""
        try:
            yield from self._sources_in(Source(name=self._path.name, path=self._path), inner=False)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise BadArchive(f"{self._path} is a broken ZIP file: {error}. Fetch it again.") from error

    def _sources_in(self, wacz: Source, *, inner: bool) -> Iterator[Source]:
        folder = Path(tempfile.mkdtemp(dir=self._unpack_into))
        with wacz.open() as file, zipfile.ZipFile(file) as package:
            entries = [entry for entry in package.infolist() if NAMES.search(entry.filename) and not entry.is_dir()]
            self._entries += len(entries)
            if self._entries > MAX_ENTRIES:
                raise BadArchive(f"{self._path} holds more than {MAX_ENTRIES:,} files; unpack it and name the folder.")
            for number, entry in enumerate(sorted(entries, key=lambda entry: entry.filename)):
                label = _label(entry.filename)
                try:
                    yield from self._sources_of(wacz, package, entry, folder / f"{number}", inner=inner)
                except _UNREADABLE as error:
                    advice = "It was passed over; unpack the WACZ with another tool and name the folder."
                    what = f"The file {label} in {'it' if not inner else wacz.name} cannot be read: {error}."
                    self._on_fault(Fault(file=self._path.name, offset=None, record_id=None, what=what, advice=advice))

    def _sources_of(
        self, wacz: Source, package: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, *, inner: bool
    ) -> Iterator[Source]:
        """The WARC file that an entry is, or those in the WACZ that it is."""
        is_wacz = entry.filename.lower().endswith(".wacz")
        if is_wacz and inner:
            raise ValueError("it is a WACZ in a WACZ that is in another")
        source = _of_entry(wacz, package, entry, target)
        if not is_wacz:
            yield source
            return
        found = list(self._sources_in(source, inner=True))
        if not found:
            raise ValueError("it holds no WARC file")
        yield from found


_UNREADABLE = (
    OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError,
)  # fmt: skip


def _of_entry(wacz: Source, package: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> Source:
    """A file of a WACZ: where it stands, or unpacked to `target`."""
    label = _label(entry.filename)
    with package.open(entry):  # checks that the local header is there and the entry is not encrypted
        pass
    if entry.compress_type == zipfile.ZIP_STORED:
        return Source(name=label, path=wacz.path, start=wacz.start + _data_start(wacz, entry), size=entry.file_size)
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


def _data_start(wacz: Source, entry: zipfile.ZipInfo) -> int:
    """Where a stored file begins in a WACZ, behind its local header (APPNOTE 4.3.7)."""
    with wacz.open() as file:
        file.seek(entry.header_offset + 26)
        lengths = file.read(4)
    name, extra = int.from_bytes(lengths[:2], "little"), int.from_bytes(lengths[2:], "little")
    return entry.header_offset + 30 + name + extra


def _label(name: str) -> str:
    """A name without folders and without what a terminal would act on."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter if letter.isprintable() else "�" for letter in last)[:255] or "unnamed"
