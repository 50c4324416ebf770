"""Files: whole or not there at all, on the disk and not only on their way to it; and what is said where one cannot be written."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from cluster_archive.errors import ArchiveNotWritable

_ROOM = "Make room there and run the same command again."
_RIGHTS = "Give this account the right to write there and run the same command again."
_PLACE = "Take away what stands in its place and run the same command again."
_ADVICE = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: "Raise the limit for the size of files (`ulimit -f`) and run the same command again.",
    errno.EMFILE: "Raise the limit for open files (`ulimit -n`) and run the same command again.",
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: _RIGHTS,
    errno.EISDIR: _PLACE,
    errno.ENOTDIR: _PLACE,
    errno.EEXIST: _PLACE,
    errno.ENOTEMPTY: _PLACE,
}
_OTHER = "Look after that disk and run the same command again."


@contextmanager
def writing(what: str) -> Iterator[None]:
    """Turns an OSError into ArchiveNotWritable with a sentence that names what could not be written, and one on what to do."""
    try:
        yield
    except OSError as error:
        advice, place = _ADVICE.get(error.errno or 0, _OTHER), str(error.filename2 or error.filename or "")
        exactly = f" ({place})" if place and place not in what else ""
        raise ArchiveNotWritable(f"{what} cannot be written: {error.strerror or error}{exactly}. {advice}") from error


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` at the end, content and name confirmed by the disk.

    Raises OSError; then what was there before is still there.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_atomically(path: Path, lines: Iterable[bytes]) -> None:
    """Writes lines in the place of a file, as `replacing` does."""
    with replacing(path) as file:
        file.writelines(lines)


def make_folder(folder: Path) -> None:
    """Makes a folder, and those above it that are not there, with their names confirmed by the disk; raises OSError."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Has the disk confirm new and changed names in a folder; raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
