"""Collection: where a collection keeps its files, and the lock that one run holds at a time."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cluster_archive.errors import CollectionLocked
from cluster_archive.files import make_folder, writing

_STAMP = "%Y-%m-%dT%H:%M:%SZ"


class Holder(NamedTuple):
    """A process that took the lock."""

    pid: int
    """Its number."""
    since: datetime
    """When it took it, UTC."""

    def __str__(self) -> str:
        return f"process {self.pid} since {self.since:%Y-%m-%d %H:%M:%S} UTC"


def is_warc(name: str) -> bool:
    """Whether a file is a WARC file by its name."""
    return name.endswith((".warc.gz", ".warc"))


@dataclass(slots=True)
class Collection:
    """The folders of one collection (docs/archive.md, "On disk"); the layout is that of a WACZ."""

    root: Path
    """The collection's folder."""
    _lock: int | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Name of the collection."""
        return self.root.name

    @property
    def archive(self) -> Path:
        """Folder of the WARC files."""
        return self.root / "archive"

    @property
    def indexes(self) -> Path:
        """Folder of the CDXJ index."""
        return self.root / "indexes"

    @property
    def index(self) -> Path:
        """The merged CDXJ index."""
        return self.indexes / "index.cdxj"

    @property
    def pages(self) -> Path:
        """Folder of the lists of pages."""
        return self.root / "pages"

    @property
    def manifest(self) -> Path:
        """Digests of what the collection holds."""
        return self.root / "manifest-sha256.txt"

    @property
    def dataset(self) -> Path:
        """Folder of the dataset."""
        return self.root / "dataset"

    @property
    def runs(self) -> Path:
        """Folder of the runs' reports and logs."""
        return self.root / "runs"

    @property
    def state(self) -> Path:
        """The state, a cache."""
        return self.root / "state.sqlite"

    def warcs(self) -> list[Path]:
        """The finished WARC files, in order of their names, which is that of their time."""
        return sorted(path for path in self.archive.glob("*.warc*") if is_warc(path.name) and path.is_file())

    def open(self, now: datetime) -> None:
        """Makes the folders and takes the lock; raises CollectionLocked or ArchiveNotWritable."""
        path = self.root / ".lock"
        with writing(f"The collection {self.root}"):
            for folder in (self.archive, self.indexes, self.dataset, self.runs):
                make_folder(folder)
        with writing(f"The lock {path}"):
            self._lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the kernel frees a dead process's lock
            except OSError as error:
                self.close()
                if not isinstance(error, BlockingIOError):
                    raise
                raise CollectionLocked(
                    f"Another run holds {self.root}: {self.holder() or 'a process that has just started'}."
                    " Wait for it, or name another --collection."
                ) from None
            os.ftruncate(self._lock, 0)
            os.pwrite(self._lock, json.dumps({"pid": os.getpid(), "since": f"{now:{_STAMP}}"}).encode(), 0)

    def close(self) -> None:
        """Gives the lock back."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def holder(self) -> Holder | None:
        """The process that took the lock last, and when; it may be over. None where none did, or it has just begun."""
        try:
            told = json.loads((self.root / ".lock").read_bytes()[:1000])
            return Holder(int(told["pid"]), datetime.fromisoformat(told["since"]).astimezone(UTC))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
