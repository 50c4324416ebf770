"""Two at once: one works, the other ends with code 7 and says who holds the collection since when."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from driver import Ground, run

from cluster_archive.archive import Collection
from cluster_archive.errors import ArchiveNotWritable, CollectionLocked

pytestmark = pytest.mark.crawl


@pytest.fixture
def crawling(ground: Ground, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A first crawl that is at work until the test is over, and then ends in good order."""
    ground.site.gate.clear()
    command = [sys.executable, "-m", "cluster_archive", *ground.command(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        while len(ground.requests) < 3 and process.poll() is None:
            time.sleep(0.01)
        yield process
        ground.site.gate.set()
        assert process.wait(60) in (0, 5)


@pytest.mark.parametrize(
    "verb",
    [["crawl"], ["extract"], ["extract", "archive"], ["repair"], ["package"], ["state", "rebuild"]],
    ids=" ".join,
)
def test_during_a_crawl_all_else_that_writes_ends_with_7(
    crawling: subprocess.Popen[bytes], ground: Ground, tmp_path: Path, verb: list[str]
) -> None:
    root = tmp_path / "large"
    if verb == ["crawl"]:
        said = run(ground.command(tmp_path))
    elif verb[-1] == "archive":
        said = run(["extract", str(root / "archive")])
    else:
        said = run([*verb, str(root)])
    assert said.returncode == 7, said.stderr
    assert f"process {crawling.pid} since 2" in said.stderr
    assert list(root.glob("archive/*.open"))


def test_what_stands_in_a_lock_that_nobody_holds_does_not_matter(tmp_path: Path) -> None:
    root = tmp_path / "a"
    root.mkdir()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    told = [{"pid": pid, "since": "2020-01-01T00:00:00Z"} for pid in (dead.pid, os.getppid(), 1, "x" * 5000)]
    for rubbish in (b"", b"\xff\x00{", b"[]", b"[" * 5000, *(json.dumps(one).encode() for one in told)):
        (root / ".lock").write_bytes(rubbish)
        collection = Collection(root)
        collection.open(datetime.now(UTC))
        assert json.loads((root / ".lock").read_bytes())["pid"] == os.getpid()
        collection.close()


@pytest.mark.parametrize(
    "rubbish", [b"", b"\xff\x00{", b"[]", b"[" * 999, b'{"pid": {}, "since": "\\u001b[2J"}', b'{"pid": 1}']
)
def test_a_holder_whose_lock_says_nonsense_is_told_all_the_same(tmp_path: Path, rubbish: bytes) -> None:
    (tmp_path / ".lock").write_bytes(rubbish)
    with (tmp_path / ".lock").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with pytest.raises(CollectionLocked, match=r"Another run holds .*: a process that"):
            Collection(tmp_path).open(datetime.now(UTC))


def test_a_lock_that_cannot_be_taken_is_not_held_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none_left)
    with pytest.raises(ArchiveNotWritable, match=r"The lock .*\.lock cannot be written: No locks available"):
        Collection(tmp_path).open(datetime.now(UTC))


def test_a_killed_run_holds_nothing(crawling: subprocess.Popen[bytes], tmp_path: Path) -> None:
    os.kill(crawling.pid, signal.SIGKILL)
    crawling.wait()
    crawling.returncode = 0
    collection = Collection(tmp_path / "large")
    collection.open(datetime.now(UTC))
    collection.close()
