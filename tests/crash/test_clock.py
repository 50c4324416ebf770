"""The clock is wrong, or is set back: nothing is lost, doubled or overwritten, and what is due is asked for."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from driver import Ground, die_at_call, doubled_records, run, trial

from cluster_archive.archive import Collection, verify_collection

pytestmark = pytest.mark.crawl
YEAR = 365 * 86400


def state_of(root: Path) -> tuple[list[str], Counter[str]]:
    """Addresses of the dataset, and how often each was told as new."""
    lines = [
        json.loads(line)["canonical_url"] for line in (root / "dataset" / "articles.jsonl").read_bytes().splitlines()
    ]
    reports = [json.loads(path.read_bytes()) for path in root.glob("runs/*/report.json")]
    return lines, Counter(one["url"] for report in reports for one in report["changes"].get("new", ()))


@pytest.mark.parametrize("clocks", [(0, -YEAR, 0), (10 * YEAR, 0, 0), (0, -3600, -7200)], ids=str)
def test_between_two_runs(ground: Ground, tmp_path: Path, clocks: tuple[int, ...]) -> None:
    root = tmp_path / "large"
    kept: dict[Path, bytes] = {}
    for count, clock in enumerate(clocks, start=1):
        ground.site.posts = 40 + count
        before = len(ground.requests)
        code, said = die_at_call(ground, tmp_path, "--clock", str(clock))
        assert code == 0, said
        assert len(ground.requests) - before < (60 if count == 1 else 55)  # a page is asked for once in a run
        lines, news = state_of(root)
        assert len(lines) == 40 + count, said
        assert set(news.values()) == {1}
        assert len(news) == 40 + count
        assert len(list(root.glob("runs/*/report.json"))) == count
        assert {path: path.read_bytes() for path in kept} == kept
        kept = {path: path.read_bytes() for path in (*root.glob("runs/*/report.json"), *root.glob("archive/*"))}
        assert ("clock" in said) == (count > 1 and clock < clocks[count - 2]), said
    assert doubled_records(root) == []
    assert [one for one in verify_collection(Collection(root)) if one.severity == "fault"] == []


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_inside_a_run(ground: Ground, tmp_path: Path, seconds: int) -> None:
    options = ("--clock", str(seconds), "--after", "80", "--at", "900")
    outcome = trial(ground, tmp_path, f"{seconds} s", lambda: die_at_call(ground, tmp_path, *options))
    assert outcome.is_good, [outcome.row(), outcome.torn, outcome.again, outcome.said[-2000:]]


def test_a_limit_of_time_does_not_look_at_the_clock(ground: Ground, tmp_path: Path) -> None:
    options = ("--time-limit", "10m")
    code, said = die_at_call(ground, tmp_path, "--clock", "3600", "--after", "30", more=options)
    assert code == 0, said


def test_two_runs_in_one_second_have_a_folder_each(ground: Ground, tmp_path: Path) -> None:
    assert run(ground.command(tmp_path)).returncode == 0
    root = tmp_path / "large"
    for _ in range(3):
        assert run(["extract", str(root)]).returncode == 0
    assert len(list(root.glob("runs/*/report.json"))) == 4
