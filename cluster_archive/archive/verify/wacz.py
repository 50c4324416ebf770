"""A WACZ: the ZIP, what the package says of its files, and the WARC files and indexes in it (WACZ 1.1.1)."""

from __future__ import annotations

import gzip
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from hashlib import new
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from cluster_archive.archive.members import FETCH
from cluster_archive.archive.records import Fault
from cluster_archive.archive.verify.dataset import ARTICLES, VERSIONS, verify_dataset, verify_same_articles
from cluster_archive.archive.verify.findings import CHANGED, fault
from cluster_archive.archive.verify.holdings import Holdings
from cluster_archive.archive.verify.index import verify_index, verify_named
from cluster_archive.archive.verify.pages import MAX_TEXT, verify_pages
from cluster_archive.archive.verify.warc import verify_file, verify_references
from cluster_archive.archive.verify.ziplayout import Slice, verify_layout
from cluster_archive.errors import BadArchive

MAX_RATIO, MAX_BOMB = 200, 1024**3
"""An entry that inflates to more than this many times its size, and to more than this, is not read."""

PACKAGE, PACKAGE_DIGEST = "datapackage.json", "datapackage-digest.json"
PAGES = "pages/pages.jsonl"
_AGAIN = "Package it again."
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


def verify_package(path: Path, holdings: Holdings) -> Iterator[Fault]:
    """The faults of a WACZ; what its WARC files hold goes into `holdings`. Raises BadArchive where it is no ZIP."""
    if not path.is_file():
        raise BadArchive(f"{path} does not exist.")
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise BadArchive(f"{path} is no WACZ: it cannot be read as a ZIP file ({error}). {FETCH}") from error
    with archive:
        yield from verify_layout(path, archive)
        yield from _Package(path, archive, holdings).run()


class _Package:
    """A WACZ that is being read."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, holdings: Holdings) -> None:
        self.path, self.archive, self.holdings = path, archive, holdings
        self.entries = {one.filename: one for one in archive.infolist() if not one.is_dir()}
        self.warcs = {
            name.rpartition("/")[2]: name for name in self.entries if re.fullmatch(r"archive/.*\.warc(\.gz)?", name)
        }
        holdings.open = self._open_warc
        self.ours = False
        self.broken: set[str] = set()

    def run(self) -> Iterator[Fault]:
        yield from self._content()
        package = self._json(PACKAGE)
        yield from self._package(package)
        yield from self._digest()
        if not self.warcs and any(name.lower().endswith(".wacz") for name in self.entries):
            what = "It holds no WARC file, but other WACZ files, which are not looked into."
            yield self._fault("archive/", what, "Unpack it, and verify each of them.")
        elif not self.warcs:
            yield self._fault("archive/", "It holds no WARC file.", _AGAIN)
        for file, name in self.warcs.items():
            yield from self._warc(file, name)
        yield from verify_references(self.holdings)
        yield from self._indexes()
        yield from self._pages()
        yield from self._dataset()

    def _fault(self, name: str, what: str, advice: str, offset: int | None = None, *, is_note: bool = False) -> Fault:
        return fault(f"{self.path.name}/{name}", offset, what, advice, is_note=is_note)

    def _moved(self, name: str, faults: Iterator[Fault]) -> Iterator[Fault]:
        """Faults of a file in the package, told as such."""
        try:
            for one in faults:
                yield replace(one, file=f"{self.path.name}/{name}")
        except _UNREADABLE as error:
            self.broken.add(name)
            yield self._fault(name, f"It cannot be read: {error}.", FETCH)

    def _opened(self, name: str, read: Callable[..., Iterator[Fault]]) -> Iterator[Fault]:
        """The faults of a file in the package; that it cannot be opened is one."""
        try:
            opened = self._open(name)
        except _UNREADABLE as error:
            self.broken.add(name)
            yield self._fault(name, f"It cannot be read: {error}.", FETCH)
            return
        with closing(opened):
            yield from self._moved(name, read(opened))

    def _open(self, name: str) -> BinaryIO:
        """A file of the package; one that is stored as it is can seek as fast as any."""
        info = self.entries[name]
        if info.compress_type == zipfile.ZIP_STORED:
            return cast(BinaryIO, BufferedReader(Slice(self.path, info), 256 * 1024))
        return cast(BinaryIO, self.archive.open(info))

    def _open_warc(self, file: str) -> BinaryIO | None:
        name = self.warcs.get(file)
        if name is None or name in self.broken:
            return None
        try:
            return self._open(name)
        except _UNREADABLE:
            return None

    def _content(self) -> Iterator[Fault]:
        """Can each file be read, and does it have the checksum that the ZIP states?"""
        for name, info in self.entries.items():
            if info.file_size > MAX_BOMB and info.file_size > MAX_RATIO * max(info.compress_size, 1):
                self.broken.add(name)
                yield self._fault(name, f"It would inflate to {info.file_size} bytes, and is not read.", FETCH)

    def _json(self, name: str) -> Any:
        """What a description says; None where it cannot be read, or is too large."""
        info = self.entries.get(name)
        if info is None or name in self.broken or info.file_size > MAX_TEXT:
            return None
        try:
            return json.loads(self.archive.read(info))
        except (*_UNREADABLE, RecursionError):
            return None

    def _package(self, package: Any) -> Iterator[Fault]:
        if not isinstance(package, dict):
            what = "It is missing." if PACKAGE not in self.entries else "It is no JSON object."
            yield self._fault(PACKAGE, what, _AGAIN)
            package = {}
        else:
            if package.get("profile") != "data-package":
                yield self._fault(PACKAGE, f"Its profile is {package.get('profile')!r}, not 'data-package'.", _AGAIN)
            if not isinstance(package.get("wacz_version"), str):
                yield self._fault(PACKAGE, "It has no wacz_version.", _AGAIN)
        self.ours = "cluster_archive" in str(package.get("software")) or "cluster-archive" in str(
            package.get("software")
        )
        resources = package.get("resources")
        named = set[str]()
        for one in resources if isinstance(resources, list) else ():
            if not isinstance(one, dict) or not isinstance(one.get("path"), str):
                yield self._fault(PACKAGE, "One of its resources has no path.", _AGAIN)
                continue
            if one["path"] in named:
                yield self._fault(PACKAGE, f"It names {one['path'][:200]} twice.", _AGAIN)
            named.add(one["path"])
            yield from self._resource(one["path"], one)
        for name in self.entries:
            if name not in named and name not in (PACKAGE, PACKAGE_DIGEST):
                yield self._fault(name, "The package does not name the file.", _AGAIN)
                yield from self._read(name, None, None)
        for name in (PACKAGE, PACKAGE_DIGEST):
            if name in self.entries:
                yield from self._read(name, None, None)

    def _resource(self, name: str, told: dict[str, Any]) -> Iterator[Fault]:
        if name not in self.entries:
            yield self._fault(name[:200], "The package names the file, but it is not there.", FETCH)
            return
        for key in ("hash", "bytes", "name"):
            if not told.get(key) and told.get(key) != 0:
                yield self._fault(name, f"The package does not tell its {key}.", _AGAIN)
        size = told.get("bytes")
        if isinstance(size, int) and size != self.entries[name].file_size:
            yield self._fault(
                name, f"It is {self.entries[name].file_size} bytes long; the package says {size}.", CHANGED
            )
        algorithm, _, value = str(told.get("hash") or "").partition(":")
        yield from self._read(name, algorithm, value.lower())

    def _read(self, name: str, algorithm: str | None, value: str | None) -> Iterator[Fault]:
        """Reads a file through: the ZIP's own checksum, and the digest stated."""
        if name in self.broken:
            return
        if algorithm not in (None, "", "sha256", "md5", "sha1", "sha512"):
            yield self._fault(
                name, f"Its digest is of an unknown kind: {algorithm[:20]!r}.", "It is not checked.", is_note=True
            )
        made = new(algorithm if algorithm in ("md5", "sha1", "sha512") else "sha256", usedforsecurity=False)
        try:
            with self.archive.open(self.entries[name]) as file:
                while piece := file.read(1024 * 1024):
                    made.update(piece)
        except _UNREADABLE as error:
            if self.entries[name].compress_type != zipfile.ZIP_STORED:
                self.broken.add(name)
            yield self._fault(name, f"It cannot be read whole: {error}.", FETCH)
            return
        if algorithm in ("sha256", "md5", "sha1", "sha512") and made.hexdigest() != value:
            yield self._fault(name, "It does not have the digest that the package states.", CHANGED)

    def _digest(self) -> Iterator[Fault]:
        """`datapackage-digest.json` vouches for `datapackage.json`."""
        if PACKAGE_DIGEST not in self.entries:
            what = "It is missing, so that nothing vouches for the package's description."
            yield self._fault(PACKAGE_DIGEST, what, _AGAIN, is_note=True)
            return
        told = self._json(PACKAGE_DIGEST)
        if not isinstance(told, dict) or told.get("path") != PACKAGE or not isinstance(told.get("hash"), str):
            yield self._fault(PACKAGE_DIGEST, f"It does not state the digest of {PACKAGE}.", _AGAIN)
        elif PACKAGE in self.entries and PACKAGE not in self.broken and self.entries[PACKAGE].file_size <= MAX_TEXT:
            try:
                made = new("sha256", self.archive.read(PACKAGE)).hexdigest()
            except _UNREADABLE:
                return  # told already
            if told["hash"].lower() != f"sha256:{made}":
                yield self._fault(PACKAGE, f"It does not have the digest that {PACKAGE_DIGEST} states.", CHANGED)

    def _warc(self, file: str, name: str) -> Iterator[Fault]:
        if name in self.broken:
            return
        info = self.entries[name]
        self.holdings.bytes += info.file_size
        is_stored = info.compress_type == zipfile.ZIP_STORED
        if not is_stored:
            yield self._fault(name, "It is compressed once more in the ZIP, so that no reader can seek in it.", _AGAIN)
        yield from self._opened(name, lambda opened: verify_file(opened, file, self.holdings, resync=is_stored))

    def _indexes(self) -> Iterator[Fault]:
        names = [name for name in self.entries if re.fullmatch(r"indexes/.*\.cdxj?(\.gz)?", name)]
        if not names:
            yield self._fault("indexes/", "It holds no index.", _AGAIN)
            return
        named = set[int]()
        for name in names:
            if name not in self.broken:
                yield from self._opened(name, lambda raw, name=name: self._index(raw, name, named))
        yield from self._moved(names[0], verify_named(names[0], self.holdings, named, again=_AGAIN))

    def _index(self, raw: BinaryIO, name: str, named: set[int]) -> Iterator[Fault]:
        file = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if name.endswith(".gz") else cast(IO[bytes], raw)
        return verify_index(file, name, self.holdings, named, ours=self.ours, again=_AGAIN)

    def _pages(self) -> Iterator[Fault]:
        if PAGES not in self.entries:
            yield self._fault(PAGES, "It is missing; WACZ 1.1.1 demands it.", _AGAIN)
        for name in self.entries:
            if name.startswith("pages/") and name.endswith(".jsonl") and name not in self.broken:
                yield from self._opened(name, lambda file, name=name: self._page_list(cast(IO[bytes], file), name))

    def _page_list(self, file: IO[bytes], name: str) -> Iterator[Fault]:
        return verify_pages(file, name, self.holdings, ours=self.ours, again=_AGAIN)

    def _dataset(self) -> Iterator[Fault]:
        ids: dict[str, set[int]] = {}
        for name in self.entries:
            if name.rpartition("/")[2] in (ARTICLES, VERSIONS) and name not in self.broken:
                yield from self._opened(
                    name, lambda file, name=name: verify_dataset(cast(IO[bytes], file), name, self.holdings, ids)
                )
        yield from verify_same_articles(f"{self.path.name}/dataset/{ARTICLES}", ids)
