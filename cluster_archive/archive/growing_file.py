"""GrowingFile: a file that grows by whole pieces, and what is asked of the disk for it."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from cluster_archive.files import sync_folder


class Disk(Protocol):
    """What is asked of the operating system; all of it raises OSError. The tests put a disk that fails in its place."""

    def exists(self, path: Path) -> bool:
        """Whether a name is taken."""
        ...

    def create(self, path: Path) -> int:
        """A handle of a file that was not there before."""
        ...

    def write(self, handle: int, data: memoryview, offset: int) -> int:
        """How many of the bytes were written at that offset."""
        ...

    def truncate(self, handle: int, size: int) -> None:
        """Cuts a file back."""
        ...

    def sync(self, handle: int) -> None:
        """Has the disk confirm what was written."""
        ...

    def close(self, handle: int) -> None:
        """Gives the handle back."""
        ...

    def rename(self, path: Path, new: Path) -> None:
        """Gives a file another name."""
        ...

    def remove(self, path: Path) -> None:
        """Takes a file away."""
        ...

    def sync_folder(self, folder: Path) -> None:
        """Has the disk confirm new and changed names in a folder."""
        ...


class SystemDisk:
    """The disk that the operating system gives."""

    def exists(self, path: Path) -> bool:  # noqa: D102 - see Disk
        return path.exists()

    def create(self, path: Path) -> int:  # noqa: D102
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)

    def write(self, handle: int, data: memoryview, offset: int) -> int:  # noqa: D102
        return os.pwrite(handle, data, offset)

    def truncate(self, handle: int, size: int) -> None:  # noqa: D102
        os.ftruncate(handle, size)

    def sync(self, handle: int) -> None:  # noqa: D102
        os.fsync(handle)

    def close(self, handle: int) -> None:  # noqa: D102
        os.close(handle)

    def rename(self, path: Path, new: Path) -> None:  # noqa: D102
        path.rename(new)

    def remove(self, path: Path) -> None:  # noqa: D102
        path.unlink()

    def sync_folder(self, folder: Path) -> None:  # noqa: D102
        sync_folder(folder)


class GrowingFile:
    """A new file; a piece that was appended is there whole, one that failed is not there at all.

    `sync` has the disk confirm each piece. All methods raise OSError.
    """

    def __init__(self, path: Path, *, disk: Disk, sync: bool) -> None:
        self.path = path
        self.size = 0
        self._disk, self._sync = disk, sync
        self._torn = False
        self._handle: int | None = disk.create(path)
        try:
            if sync:
                disk.sync_folder(path.parent)  # else a power cut can take the name, and the records with it
        except OSError:
            with suppress(OSError):
                self.discard()
            raise

    def append(self, piece: bytes) -> None:
        """Adds a piece with one write (more where the system takes less); on an error the file is cut back to what it was."""
        assert self._handle is not None, "the file is open"
        if self._torn:
            self._cut_back()
        try:
            self._write(self._handle, piece)
            if self._sync:
                self._disk.sync(self._handle)
        except BaseException:
            self._torn = True
            with suppress(OSError):
                self._cut_back()
            raise
        self.size += len(piece)

    def finish(self, path: Path) -> None:
        """Closes the file and gives it its final name; where that fails it stays under its own, for the repair."""
        if self._torn:
            self._cut_back()
        if self._handle is not None and not self._sync:
            self._disk.sync(self._handle)
        self._close()
        self._disk.rename(self.path, path)
        self._disk.sync_folder(path.parent)

    def discard(self) -> None:
        """Closes the file and takes it away."""
        self._close()
        self._disk.remove(self.path)

    def _write(self, handle: int, piece: bytes) -> None:
        rest, position = memoryview(piece), self.size
        while rest:
            written = self._disk.write(handle, rest, position)
            if written <= 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            rest, position = rest[written:], position + written

    def _cut_back(self) -> None:
        assert self._handle is not None, "the file is open"
        self._disk.truncate(self._handle, self.size)
        self._torn = False

    def _close(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            self._disk.close(handle)
