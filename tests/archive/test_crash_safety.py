"""Crash safety, in the manner of SQLite's tests: a disk that fails, writes short or loses its power at the n-th call, for every n."""

from __future__ import annotations

import errno
import itertools
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cluster_archive.archive import Collection, WarcWriter, finish_open_files, read_captures, read_records
from cluster_archive.captures import Exchange, Original, capture_of
from cluster_archive.errors import ArchiveNotWritable
from cluster_archive.messages import read_message

NOW = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


class PowerLoss(BaseException):
    """The machine is off: nothing after this happens."""


@dataclass
class File:
    """A file on the disk: what programs see, and what is sure to be there after a power cut."""

    seen: bytearray = field(default_factory=bytearray)
    sure: bytes = b""


class FailingDisk:
    """A disk in memory; at its n-th call it does what `fault` says, and with `for_good` at each call after that too."""

    def __init__(self, at: int = -1, fault: str = "", *, share: float = 0.5, for_good: bool = False) -> None:
        self.at, self.fault, self.share, self.for_good = at, fault, share, for_good
        self.calls = 0
        self.handles: list[File] = []
        self.names: dict[Path, File] = {}
        self.sure_names: dict[Path, File] = {}

    def _fails(self) -> bool:
        """Whether this call is the one; the power is off before it does anything."""
        hit = self.calls == self.at or (self.for_good and 0 <= self.at < self.calls)
        self.calls += 1
        if hit and self.fault == "power":
            raise PowerLoss
        return hit and self.fault == "error"

    def _maybe_fail(self) -> None:
        if self._fails():
            raise OSError(errno.EIO, "Input/output error")

    def exists(self, path: Path) -> bool:
        return path in self.names

    def create(self, path: Path) -> int:
        self._maybe_fail()
        assert path not in self.names
        self.names[path] = File()
        self.handles.append(self.names[path])
        return len(self.handles) - 1

    def write(self, handle: int, data: memoryview, offset: int) -> int:
        hit, file = self.calls == self.at, self.handles[handle]
        assert offset <= len(file.seen)
        some = int(len(data) * self.share)
        if hit and self.fault == "short":
            self.calls += 1
            file.seen[offset : offset + max(some, 1)] = data[: max(some, 1)]
            return max(some, 1)
        if hit or (self.for_good and 0 <= self.at < self.calls):
            file.seen[offset : offset + some] = data[:some]  # some of it comes through
        if self._fails():
            raise OSError(errno.ENOSPC, "No space left on device")
        file.seen[offset : offset + len(data)] = data
        return len(data)

    def truncate(self, handle: int, size: int) -> None:
        self._maybe_fail()
        del self.handles[handle].seen[size:]

    def sync(self, handle: int) -> None:
        self._maybe_fail()
        self.handles[handle].sure = bytes(self.handles[handle].seen)

    def close(self, handle: int) -> None:
        self._maybe_fail()

    def rename(self, path: Path, new: Path) -> None:
        self._maybe_fail()
        self.names[new] = self.names.pop(path)

    def remove(self, path: Path) -> None:
        self._maybe_fail()
        del self.names[path]

    def sync_folder(self, folder: Path) -> None:
        self._maybe_fail()
        self.sure_names = dict(self.names)

    def images(self) -> Iterator[dict[Path, bytes]]:
        """What may be on the disk after a power cut: old or new names, none, some or all of the unsure bytes, or zeros."""
        for names in (self.sure_names, self.names):
            yield {path: file.sure for path, file in names.items()}
            yield {path: bytes(file.seen) for path, file in names.items()}
            for share in (0.1, 0.5, 0.9):
                cut = {path: len(file.sure) + int(_unsure(file) * share) for path, file in names.items()}
                yield {path: bytes(file.seen[: cut[path]]) for path, file in names.items()}
                yield {
                    path: bytes(file.seen[: cut[path]]) + bytes(max(len(file.seen) - cut[path], 0))
                    for path, file in names.items()
                }


def _unsure(file: File) -> int:
    return max(len(file.seen) - len(file.sure), 0)


@dataclass
class Told:
    """What a run of the scenario was told by the writer."""

    attempted: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)


def _exchange(number: int) -> Exchange:
    body = b"%d is what the page says" % number if number != 3 else b"0 is what the page says"
    return Exchange(
        url=f"http://example.org/{number}",
        request=b"GET /%d HTTP/1.1\r\nHost: example.org\r\n\r\n" % number,
        response=b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body),
        started=NOW + timedelta(seconds=number),
        ended=NOW + timedelta(seconds=number + 1),
    )


def run(folder: Path, disk: FailingDisk) -> Told:
    """Six exchanges, one of them a revisit, and two conversions, over several files."""
    numbers = itertools.count(1)
    writer = WarcWriter(
        folder,
        "demo",
        info={"software": "test"},
        now=lambda: NOW,
        record_id=lambda: f"<urn:uuid:00000000-0000-4000-8000-{next(numbers):012d}>",
        roll_at=3000,
        disk=disk,
    )
    writer.add_resource("urn:site", "application/toml", b"name = 'demo'")
    told, original = Told(), None
    try:
        for number in range(6):
            exchange = _exchange(number)
            told.attempted.append(exchange.url)
            try:
                ref = writer.write_exchange(exchange, original if number == 3 else None)
            except ArchiveNotWritable:
                continue
            told.acknowledged.append(exchange.url)
            if number == 0:
                message = read_message(exchange.response)
                capture = capture_of(exchange.url, message, captured_at=NOW, truncated=None, ref=ref)
                original = Original(capture=capture, date="2024-05-06T07:08:09.000000Z")
            if number in (1, 4):
                _quietly(lambda: writer.write_conversion("http://example.org/", "<urn:x>", "text/plain", b"text"))
        _quietly(writer.close)
    except PowerLoss:
        pass
    return told


def _quietly(step: Callable[[], object]) -> None:
    with suppress(ArchiveNotWritable):
        step()


def recover(root: Path, image: dict[Path, bytes], told: Told) -> dict[str, bytes]:
    """Puts an image of the disk into a folder, repairs it, and checks what must hold whatever happened."""
    for path in root.glob("archive/*"):
        path.unlink()
    for path, content in image.items():
        (root / "archive" / path.name).write_bytes(content)
    collection = Collection(root)
    finish_open_files(collection)
    assert not list(root.glob("archive/*.open"))
    for path in collection.warcs():
        records = list(read_records(path, lambda fault: pytest.fail(str(fault))))
        assert [record.type for record in records[:2]] == ["warcinfo", "resource"]
        assert records[-1].offset + records[-1].length == path.stat().st_size
    # the revisit's response may be lost where its own exchange failed; then it is passed over
    urls = [capture.url for capture in read_captures(collection.warcs())]
    assert [url for url in told.attempted if url in urls] == urls  # each once, in order
    assert set(told.acknowledged) <= set(urls)
    return {path.name: path.read_bytes() for path in collection.warcs()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "archive").mkdir()
    return tmp_path


def whole(root: Path) -> tuple[dict[str, bytes], int]:
    """The files of a run in which nothing fails, and its number of calls."""
    disk = FailingDisk()
    told = run(root / "archive", disk)
    assert told.attempted == told.acknowledged
    files = recover(root, next(disk.images()), told)
    assert len(files) >= 2
    assert sum(len(list(read_captures(root / "archive" / name))) for name in files) >= 5
    return files, disk.calls


def test_a_power_cut_at_any_call_leaves_a_prefix_of_whole_records(root: Path) -> None:
    files, calls = whole(root)
    order, cases = sorted(files), 0
    for at in range(calls):
        for share in (0, 0.5, 1):
            disk = FailingDisk(at, "power", share=share)
            told = run(root / "archive", disk)
            for image in disk.images():
                left = recover(root, image, told)
                cases += 1
                assert sorted(left) == order[: len(left)]
                for name, content in left.items():
                    assert files[name].startswith(content)
                    assert name == max(left) or content == files[name], "only the last file can be short"
    assert cases > 1000


def test_a_power_cut_at_any_byte_of_a_write_leaves_a_prefix_of_whole_records(root: Path) -> None:
    files, calls = whole(root)
    seen = set()
    for at in range(calls):
        disk = FailingDisk(at, "power", share=1)
        told = run(root / "archive", disk)
        (file,) = [file for file in disk.names.values() if _unsure(file)] or [None]
        if file is None or bytes(file.seen) in seen:
            continue
        seen.add(bytes(file.seen))
        for size in range(len(file.sure), len(file.seen)):
            image = {path: bytes(one.seen[:size] if one is file else one.seen) for path, one in disk.names.items()}
            left = recover(root, image, told)
            assert all(files[name].startswith(content) for name, content in left.items())


@pytest.mark.parametrize("for_good", [False, True], ids=["once", "for good"])
@pytest.mark.parametrize("share", [0, 0.5, 1])
def test_an_error_at_any_call_loses_nothing_that_was_acknowledged(root: Path, share: float, for_good: bool) -> None:
    _, calls = whole(root)
    for at in range(calls):
        disk = FailingDisk(at, "error", share=share, for_good=for_good)
        told = run(root / "archive", disk)
        recover(root, {path: bytes(file.seen) for path, file in disk.names.items()}, told)
        assert for_good or len(told.acknowledged) >= len(told.attempted) - 1


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_short_writes_are_gone_on_with(root: Path, share: float) -> None:
    files, calls = whole(root)
    for at in range(calls):
        disk = FailingDisk(at, "short", share=share)
        told = run(root / "archive", disk)
        assert told.acknowledged == told.attempted
        assert recover(root, next(disk.images()), told) == files
