"""The power is cut: all files of a collection lose at once what the disk had not confirmed (unsynced.py)."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from driver import Ground, Outcome, calls_of, die_at_call, die_at_request, large_ground, run, trial
from large import LargeSite

from cluster_archive.archive import Collection, verify_collection

pytestmark = pytest.mark.crawl
MOMENTS = 10


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ground, int]]:
    """A site of forty posts, and how many calls that touch the disk a crawl of it makes."""
    with LargeSite(40) as site:
        ground = large_ground(site)
        yield ground, calls_of(ground, tmp_path_factory.mktemp("whole"))


def told(outcome: Outcome) -> str:
    """What went wrong, for an assertion that fails."""
    return "\n".join(
        [outcome.row(), *outcome.lost, *outcome.doubled, *outcome.torn, *outcome.again, outcome.said[-3000:]]
    )


@pytest.mark.parametrize(
    ("moment", "kept"),
    [*((moment, ()) for moment in range(MOMENTS)), *((moment, ("--chance", "7")) for moment in range(2, MOMENTS, 3))],
)
def test_what_was_not_confirmed_is_lost(
    measured: tuple[Ground, int], tmp_path: Path, moment: int, kept: tuple[str, ...]
) -> None:
    ground, calls = measured
    at = str(calls * (2 * moment + 1) // (2 * MOMENTS))
    options = ("--at", at, "--power", str(tmp_path), *kept)
    outcome = trial(ground, tmp_path, f"power {at}", lambda: die_at_call(ground, tmp_path, *options))
    assert outcome.code == -signal.SIGKILL
    assert outcome.is_good, told(outcome)


@pytest.mark.parametrize("at", [10, 30, 60])
def test_it_is_cut_while_a_dead_run_is_taken_in(ground: Ground, tmp_path: Path, at: int) -> None:

    def die() -> tuple[int, str]:
        assert run(ground.command(tmp_path, "--limit", "10")).returncode == 8
        die_at_request(ground, tmp_path, len(ground.requests) + 15)
        return die_at_call(ground, tmp_path, "--at", str(at), "--power", str(tmp_path))

    outcome = trial(ground, tmp_path, f"power {at}", die)
    assert outcome.is_good, told(outcome)


@pytest.mark.parametrize("chance", [None, 3])
def test_what_was_told_at_the_end_is_on_the_disk(ground: Ground, tmp_path: Path, chance: int | None) -> None:
    ground.command(tmp_path)
    kept = () if chance is None else ("--chance", str(chance))
    code, said = die_at_call(ground, tmp_path, "--power", str(tmp_path), *kept)
    assert code == 0, said
    root = tmp_path / "large"
    assert [one for one in verify_collection(Collection(root)) if one.severity == "fault"] == []
    lines = [json.loads(line) for line in (root / "dataset" / "articles.jsonl").read_bytes().splitlines()]
    assert {line["canonical_url"] for line in lines} == ground.urls
    assert json.loads((root / "dataset" / "schema.json").read_bytes())["title"] == "Article"
    assert [json.loads(path.read_bytes())["exit_code"] for path in root.glob("runs/*/report.json")] == [0]
    assert [path.read_bytes()[-7:] for path in root.glob("runs/*/report.html")] == [b"</html>"]
