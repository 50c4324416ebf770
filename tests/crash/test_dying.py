"""After a run has died the same command loses nothing, doubles nothing and asks only for what is missing.

The long form, with as many points as wanted on two sites, is `make crash`.
"""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from driver import Ground, Outcome, die_at_call, die_at_request, run, trial

from cluster_archive.state import State, StateDamaged

pytestmark = pytest.mark.crawl


def told(outcome: Outcome) -> str:
    """What went wrong, for an assertion that fails."""
    return "\n".join(
        [outcome.row(), *outcome.lost, *outcome.doubled, *outcome.torn, *outcome.again, outcome.said[-3000:]]
    )


@pytest.mark.parametrize("number", [2, 30])
def test_killed_while_it_asks(ground: Ground, tmp_path: Path, number: int) -> None:
    outcome = trial(ground, tmp_path, f"request {number}", lambda: die_at_request(ground, tmp_path, number))
    assert outcome.code == -signal.SIGKILL
    assert outcome.is_good, told(outcome)


@pytest.mark.parametrize("number", [60, 700, 1100])
def test_killed_while_it_writes(ground: Ground, tmp_path: Path, number: int) -> None:
    outcome = trial(ground, tmp_path, f"call {number}", lambda: die_at_call(ground, tmp_path, "--at", str(number)))
    assert outcome.code == -signal.SIGKILL
    assert outcome.is_good, told(outcome)


def test_killed_when_all_is_asked_for_but_not_yet_told(ground: Ground, tmp_path: Path) -> None:
    outcome = trial(ground, tmp_path, "dataset", lambda: die_at_call(ground, tmp_path, "--full", "/dataset/"))
    assert outcome.code == 3
    assert outcome.is_good, told(outcome)
    assert outcome.again == []


@pytest.mark.parametrize("name", ["versions.jsonl", "articles.jsonl", "report.json"])
def test_what_is_written_at_the_second_try_is_counted_once(ground: Ground, tmp_path: Path, name: str) -> None:
    code, said = die_at_call(ground, tmp_path, "--full", f"{name}.tmp", "--times", "1")
    assert code == 3, said
    report = json.loads(next(tmp_path.glob("large/runs/*/report.json")).read_bytes())
    assert (report["tally"]["articles"], report["new_articles"], len(report["changes"]["new"])) == (40, 40, 40)
    assert report["tally"]["dates"] == {"page": 40}
    again = run(ground.command(tmp_path))
    assert "40 in the dataset, 0 new" in again.stderr


@pytest.mark.parametrize(
    ("signals", "code"), [((signal.SIGTERM,), 143), ((signal.SIGINT,), 130), ((signal.SIGINT, signal.SIGINT), 130)]
)
def test_told_to_stop(ground: Ground, tmp_path: Path, signals: tuple[signal.Signals, ...], code: int) -> None:
    outcome = trial(ground, tmp_path, "signal", lambda: die_at_request(ground, tmp_path, 20, *signals))
    assert outcome.code == code
    assert outcome.is_good, told(outcome)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("archive", ("--full", "archive/large-", "--after", "20")),
        ("state", ("--full", "state", "--after", "40")),
        ("report", ("--full", "/runs/")),
        ("size of a file", ("--limit", "FSIZE=150000")),
        ("handles", ("--limit", "NOFILE=14")),
    ],
)
def test_what_cannot_be_written(ground: Ground, tmp_path: Path, name: str, options: tuple[str, ...]) -> None:
    outcome = trial(ground, tmp_path, name, lambda: die_at_call(ground, tmp_path, *options))
    assert outcome.code == 3, told(outcome)
    assert outcome.is_good, told(outcome)
    assert "Traceback" not in outcome.said


def test_the_power_is_cut(ground: Ground, tmp_path: Path) -> None:
    def lose() -> None:
        """What SQLite had not yet moved from its log into the file was never confirmed by the disk."""
        for ending in ("-wal", "-shm"):
            (tmp_path / "large" / f"state.sqlite{ending}").unlink()

    outcome = trial(ground, tmp_path, "power", lambda: die_at_request(ground, tmp_path, 30), between=lose)
    assert outcome.is_good, told(outcome)


def test_in_a_bare_environment(ground: Ground, tmp_path: Path) -> None:
    said = run(ground.command(tmp_path), env={"LC_ALL": "C", "PATH": os.environ["PATH"]})
    assert said.returncode == 0, said.stderr


def test_a_server_that_is_away_is_asked_again(ground: Ground, tmp_path: Path) -> None:
    def leave() -> tuple[int, str]:
        first = run(ground.command(tmp_path, "--limit", "10"))
        assert first.returncode == 8, first.stderr
        ground.site.status = 500
        said = run(ground.command(tmp_path))
        ground.site.status = 0
        return said.returncode, said.stderr

    outcome = trial(ground, tmp_path, "away", leave)
    assert outcome.code == 5
    assert outcome.is_good, told(outcome)


DAMAGES: dict[str, Callable[[bytearray, random.Random], bytes]] = {
    "a flipped byte": lambda content, chance: _flipped(content, chance.randrange(len(content))),
    "a page of zeros": lambda content, chance: _zeros(content, chance.randrange(len(content) // 4096) * 4096),
    "cut": lambda content, chance: bytes(content[: chance.randrange(len(content))]),
}


def _flipped(content: bytearray, place: int) -> bytes:
    content[place] ^= 0x55
    return bytes(content)


def _zeros(content: bytearray, place: int) -> bytes:
    content[place : place + 4096] = bytes(4096)
    return bytes(content)


def test_a_state_that_is_damaged_anywhere_is_told_or_read(ground: Ground, tmp_path: Path) -> None:
    said = run(ground.command(tmp_path))
    assert said.returncode == 0, said.stderr
    whole = tmp_path / "large" / "state.sqlite"
    content = whole.read_bytes()
    told = _all_told(whole)
    chance = random.Random(5)
    damaged = 0
    for name, damage in DAMAGES.items():
        for number in range(100):
            path = tmp_path / f"{name} {number}.sqlite"
            path.write_bytes(damage(bytearray(content), chance))
            try:
                assert _all_told(path) == told, f"{name} {number}"
            except StateDamaged:
                damaged += 1
            path.unlink()
    assert damaged > 100


def _all_told(path: Path) -> object:
    """What the dataset is made of. (A flipped byte in an address that is still to be asked for costs a failed request.)"""
    with State.open(path) as state:
        state.begin(("article", "listing"))
        state.failures()
        state.sources()
        state.unread_files()
        return list(state.histories())


def test_a_state_that_is_damaged_is_made_again(ground: Ground, tmp_path: Path) -> None:
    assert run(ground.command(tmp_path)).returncode == 0
    root = tmp_path / "large"
    before = (root / "dataset" / "articles.jsonl").read_bytes()
    path = root / "state.sqlite"
    content = bytearray(path.read_bytes())
    content[4096 : len(content) // 2] = bytes(len(content) // 2 - 4096)
    path.write_bytes(content)
    said = run(["state", "rebuild", str(root)])
    assert said.returncode == 0, said.stderr
    assert "knows 40 articles" in said.stderr
    assert (root / "dataset" / "articles.jsonl").read_bytes() == before
    with State.open(path) as state:
        assert state.article_count() == 40
