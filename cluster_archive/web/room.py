"""Room: one collection, opened for readers; what a crawl adds meanwhile is seen at the next request."""

from __future__ import annotations

import heapq
import tempfile
import threading
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

from cluster_archive.archive import Collection, Source, resources_of
from cluster_archive.archive.cdxj import index_lines
from cluster_archive.errors import BadArchive
from cluster_archive.web.assets import ReplayAssets
from cluster_archive.web.catalogue import Catalogue
from cluster_archive.web.replay import VirtualWacz, virtual_wacz

T = TypeVar("T")

Mark = tuple[object, ...]
"""What tells whether a file has changed."""


class Room:
    """A collection with its dataset, its index and its replay, each read again where it has changed. Nothing is written."""

    def __init__(self, collection: Collection, assets: ReplayAssets | None = None, language: str | None = None) -> None:
        """Raises BadArchive where the folder is no collection."""
        if not collection.archive.is_dir():
            raise BadArchive(
                f"{collection.root} is no collection: it has no folder `archive`; name a folder that a crawl made."
            )
        self.collection = collection
        self.assets = assets
        """The replay's files; null where the reader has none."""
        self.language = language
        """The language to speak where the reader asks for none; null for the browser's."""
        self._lock = threading.Lock()
        self._catalogue: _Kept[Catalogue | None] | None = None
        self._index: _Kept[Path] | None = None
        self._wacz: _Kept[VirtualWacz] | None = None
        self._own_index: tempfile._TemporaryFileWrapper[str] | None = None
        """The index that was made here; the file goes when the room does."""

    @cached_property
    def title(self) -> str:
        """The site's title, as its description in the archive has it; else the collection's name."""
        for warc in self.collection.warcs()[-1:]:
            for _, block in resources_of(Source(name=warc.name, path=warc)):
                try:
                    told = tomllib.loads(block.decode("utf-8")).get("title")
                except (ValueError, RecursionError):  # no UTF-8, no TOML, or more brackets than can be followed
                    continue
                if isinstance(told, str) and told.strip():
                    return " ".join(told.split())[:100]
        return self.collection.name

    @property
    def articles(self) -> Path:
        """The dataset's file."""
        return self.collection.dataset / "articles.jsonl"

    @property
    def package(self) -> Path:
        """The WACZ that `package` makes."""
        return self.collection.root.parent / f"{self.collection.name}.wacz"

    def warcs(self) -> list[Path]:
        """The finished WARC files. None that is a link: in a collection that somebody else has packed it may lead to any
        file of this machine, whose bytes would be handed out."""
        return [path for path in self.collection.warcs() if not path.is_symlink()]

    def catalogue(self) -> Catalogue | None:
        """The dataset as it is now; None where there is none yet."""
        with self._lock:
            mark = _mark(self.articles)
            if self._catalogue is None or self._catalogue.mark != mark:
                self._catalogue = _Kept(mark=mark, value=Catalogue(self.articles) if mark else None)
            return self._catalogue.value

    def index(self) -> Path:
        """The archive's index as it is now; made from the WARC files, outside the collection, where it has none."""
        if self.collection.index.is_file():
            return self.collection.index
        with self._lock:
            mark = self._warcs()
            if self._index is None or self._index.mark != mark:
                file = tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="cluster-archive-")  # noqa: SIM115 - kept open
                file.writelines(heapq.merge(*(sorted(index_lines(warc)) for warc in self.collection.warcs())))
                file.flush()
                self._own_index = file
                self._index = _Kept(mark=mark, value=Path(file.name))
            return self._index.value

    def wacz(self) -> VirtualWacz:
        """The archive as a replay reads it."""
        index = self.index()
        with self._lock:
            mark = (_mark(index), self._warcs())
            if self._wacz is None or self._wacz.mark != mark:
                self._wacz = _Kept(mark=mark, value=virtual_wacz(self.collection.name, self.warcs(), index))
            return self._wacz.value

    def _warcs(self) -> Mark:
        return tuple((path.name, _mark(path)) for path in self.warcs())


@dataclass(frozen=True, slots=True)
class _Kept(Generic[T]):
    mark: Mark
    value: T


def _mark(path: Path) -> Mark:
    """What changes where the file does; empty where there is none."""
    try:
        told = path.stat()
    except OSError:
        return ()
    return (told.st_ino, told.st_size, told.st_mtime_ns)
