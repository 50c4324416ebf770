"""Runs `cluster-archive` in this process and lets it die, or fail, at a chosen call that touches the disk.

    python tests/crash/dying.py --at 120 crawl demo        SIGKILL at the 120th call
    python tests/crash/dying.py --count FILE crawl demo    only counts the calls
    python tests/crash/dying.py --full archive crawl demo  the disk is full for paths that have `archive` in them
    python tests/crash/dying.py --memory cluster_archive.run.reading:extract --after 5 --times 3 crawl demo
                                                           memory runs out in that function
    python tests/crash/dying.py --clock -3600 --after 50 …  after fifty looks at it the clock is set back by an hour
    python tests/crash/dying.py --at 120 --power FOLDER …  and all that the disk had not confirmed of FOLDER is lost (unsynced.py)

Calls are: opening a file to write, writing, cutting, confirming (fsync), renaming, removing, making a folder, and each
statement to the state. A write that is died at is half done. The product knows nothing of this.
"""

from __future__ import annotations

import argparse
import errno
import os
import random
import resource
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from importlib import import_module
from pathlib import Path
from typing import Any

from unsynced import Disk

EVENTS = frozenset({"os.rename", "os.remove", "os.truncate", "os.mkdir", "os.link"})


class Fate:
    """When this process dies, and what fails before."""

    def __init__(self, at: int, count: Path | None, full: str | None, after: int, times: int) -> None:
        self.at, self.count, self.full, self.after, self.times = at, count, full, after, times
        self.error = errno.ENOSPC
        self.disk: Disk | None = None
        self.chance: random.Random | None = None
        self.calls = 0
        self.writes = 0
        self._is_inside = False

    def call(self, before: Callable[[], Any] | None = None) -> None:
        """A call that touches the disk; `before` is the half of it that is done when the process dies here."""
        if self._is_inside:
            return
        self.calls += 1
        if self.calls == self.at:
            self._is_inside = True
            if before is not None:
                before()
            self.cut_power()
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(10)

    def cut_power(self) -> None:
        """The disk loses what it has not confirmed."""
        self._is_inside = True
        if self.disk is not None:
            self.disk.cut(self.chance)

    def note(self, what: Callable[[Disk], None]) -> None:
        """Tells the disk, which touches files itself, what happens."""
        if self.disk is not None and not self._is_inside:
            self._is_inside = True
            what(self.disk)
            self._is_inside = False

    def heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit event (PEP 578)."""
        if event == "open":
            path, mode, flags = arguments
            writes = any(letter in mode for letter in "wax+") if mode else bool(flags & (os.O_WRONLY | os.O_RDWR))
            if writes and isinstance(path, (str, bytes, os.PathLike)):
                self.fail(str(path))
                self.changes(path)
                self.call()
        elif event in EVENTS:
            for path in arguments[: 1 + (event in ("os.rename", "os.link"))]:
                self.changes(path)
            self.call()

    def changes(self, path: Any) -> None:
        """A name on the disk is about to change."""
        if isinstance(path, (str, bytes, os.PathLike)):
            self.note(lambda disk: disk.will_change(Path(os.fsdecode(path)).absolute()))

    def fail(self, path: str) -> None:
        """Raises ENOSPC, or another error, where the disk is full for that path."""
        if self.full is not None and self.full in path:
            self.writes += 1
            if self.after < self.writes <= self.after + self.times:
                raise OSError(self.error, os.strerror(self.error), path)

    def exhaust(self, name: str) -> None:
        """Has a function raise MemoryError (`module:name`, or `module:class.name`)."""
        module, _, path = name.partition(":")
        *owners, last = path.split(".")
        owner: Any = import_module(module)
        for one in owners:
            owner = getattr(owner, one)
        wrapped = getattr(owner, last)

        def exhausted(*arguments: Any, **options: Any) -> Any:
            self.writes += 1
            if self.after < self.writes <= self.after + self.times:
                raise MemoryError
            return wrapped(*arguments, **options)

        setattr(owner, last, exhausted)

    def set_clock(self, seconds: float) -> None:
        """Has the clock that runs read go wrong by so many seconds."""
        import cluster_archive.recording as reading

        fate = self

        class Clock(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:
                fate.writes += 1
                return datetime.now(tz) + timedelta(seconds=seconds if fate.writes > fate.after else 0)

        reading.datetime = Clock  # type: ignore[misc]

    def install(self) -> None:
        """Puts itself between the program and the disk."""
        pwrite, fsync, ftruncate, connect = os.pwrite, os.fsync, os.ftruncate, sqlite3.connect

        def dying_pwrite(handle: int, data: Any, offset: int) -> int:
            self.fail(_path_of(handle))
            self.call(lambda: pwrite(handle, memoryview(data)[: len(data) // 2], offset))
            return pwrite(handle, data, offset)

        def dying_fsync(handle: int) -> None:
            self.call()
            fsync(handle)
            self.note(lambda disk: disk.confirmed(handle))

        def dying_ftruncate(handle: int, size: int) -> None:
            self.call()
            ftruncate(handle, size)

        class Connection(sqlite3.Connection):
            def cursor(inner, *arguments: Any) -> Any:  # noqa: N805 - `self` is the fate
                self.call()
                return super().cursor(*arguments)

        def dying_connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
            connection: sqlite3.Connection = connect(*arguments, **options, factory=Connection)
            if self.full == "state" and self.after:
                connection.execute(f"PRAGMA max_page_count = {self.after}")
            return connection

        os.pwrite, os.fsync, os.ftruncate = dying_pwrite, dying_fsync, dying_ftruncate
        sqlite3.connect = dying_connect  # type: ignore[assignment]
        sys.addaudithook(self.heard)


def _memory() -> int:
    """Bytes of address space that this process has now."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _path_of(handle: int) -> str:
    try:
        return str(Path(f"/proc/self/fd/{handle}").readlink())
    except OSError:
        return ""


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--at", type=int, default=0)
    parser.add_argument("--count", type=Path)
    parser.add_argument("--full")
    parser.add_argument("--memory", metavar="MODULE:FUNCTION")
    parser.add_argument("--setting", action="append", default=[], metavar="NAME=NUMBER", help="of Scrapy")
    parser.add_argument("--clock", type=float, metavar="SECONDS")
    parser.add_argument("--error", default="ENOSPC", help="what is raised there instead")
    parser.add_argument("--after", type=int, default=0, help="writes that there is still room for")
    parser.add_argument(
        "--times", type=int, default=sys.maxsize, help="writes that fail then, before there is room again"
    )
    parser.add_argument("--power", type=Path, metavar="FOLDER")
    parser.add_argument("--chance", type=int, metavar="SEED", help="a part of what was not confirmed is kept")
    parser.add_argument(
        "--limit", action="append", default=[], metavar="NAME=VALUE", help="AS=+VALUE: on top of what is taken"
    )
    parser.add_argument("command", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    import cluster_archive.crawl
    import cluster_archive.settings  # what is imported now is not imported under a limit
    from cluster_archive.cli import main as run

    fate = Fate(given.at, given.count, given.full, given.after, given.times)
    fate.error = getattr(errno, given.error)
    if given.power is not None:
        fate.disk = Disk(given.power, Path(tempfile.mkdtemp(dir=given.power.parent)) / "aside")
        fate.chance = random.Random(given.chance) if given.chance is not None else None
    fate.install()
    for setting in given.setting:
        name, _, value = setting.partition("=")
        setattr(cluster_archive.settings, name, float(value))
    if given.clock:
        fate.set_clock(given.clock)
    if given.memory:
        fate.exhaust(given.memory)
    for limit in given.limit:
        name, _, value = limit.partition("=")
        size = int(value) + (_memory() if value.startswith("+") else 0)
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (size, size))
    sys.argv = ["cluster-archive", *given.command]
    try:
        run()
    finally:
        fate.cut_power()
        if fate.count is not None:
            fate.count.write_text(str(fate.calls))


if __name__ == "__main__":
    main()
