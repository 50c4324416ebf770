"""Memory runs out in the middle of a crawl: the page is told, or the run ends with an honest code; the next one loses nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from driver import Ground, Outcome, die_at_call, trial

pytestmark = pytest.mark.crawl
PLACES = {
    "extract": ("cluster_archive.run.reading:extract", 5),
    "discover": ("cluster_archive.run.reading:discover", 5),
    "page": ("cluster_archive.run.reading:read_document", 5),
    "record": ("cluster_archive.archive.writer:exchange_records", 5),
    "index": ("cluster_archive.archive.writer:cdxj_line", 0),
    "keep": ("cluster_archive.state:State.keep_article", 5),
    "capture": ("cluster_archive.state:State.keep_capture", 3),
    "state": ("cluster_archive.state.database:_Cursor.execute", 3),
    "next": ("cluster_archive.state:State.take", 3),
}
"""The function, and the code that the run ends with."""


def told(outcome: Outcome) -> str:
    return "\n".join(
        [outcome.row(), *outcome.lost, *outcome.doubled, *outcome.torn, *outcome.again, outcome.said[-3000:]]
    )


@pytest.mark.parametrize(
    ("place", "times"),
    [*((place, "2") for place in PLACES), *((place, "100000") for place in ("extract", "discover", "record", "next"))],
)
def test_memory_runs_out(ground: Ground, tmp_path: Path, place: str, times: str) -> None:
    function, code = PLACES[place]
    options = ("--memory", function, "--after", "400" if place == "state" else "12", "--times", times)
    outcome = trial(ground, tmp_path, place, lambda: die_at_call(ground, tmp_path, *options))
    if (place, times) == ("record", "100000"):
        outcome.again = []  # nothing was kept, so all is asked for again
    assert outcome.is_good, told(outcome)
    assert "Traceback" not in outcome.said
    if times == "2" and place in ("extract", "discover", "page", "keep"):
        assert outcome.code in (0, code), told(outcome)  # what was not read at once was read at the end
    else:
        assert outcome.code == code, told(outcome)
    if outcome.code == 5:
        failures = [json.loads(path.read_bytes())["failures"] for path in tmp_path.glob("large/runs/*/report.json")]
        assert {one["reason"] for one in max(failures, key=len)} == {"out-of-memory"}


@pytest.mark.parametrize("size", [18_000_000, 24_000_000])
def test_memory_is_limited(ground: Ground, tmp_path: Path, size: int) -> None:
    # Without memory for the thread that looks up the host no connection comes about, and each try waits for one. Without any
    # for its own tracebacks Twisted may write these for minutes: it is killed then, as the system would do it.
    options = ("--limit", f"AS=+{size}", "--setting", "ARCHIVE_CONNECT_TIMEOUT=1")
    outcome = trial(ground, tmp_path, f"{size}", lambda: die_at_call(ground, tmp_path, *options, killed_after=60))
    outcome.again = []  # what there was no memory to keep is asked for again
    assert outcome.is_good, told(outcome)
