"""The server goes away in the middle, with 70 addresses to ask for: the run leaves it after so many tries, says 5, and the next
run has all."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from driver import Ground, Outcome, die_at_call, judge, large_ground, run
from large import LargeSite

pytestmark = pytest.mark.crawl
POSTS, PENDING = 110, 70
PATIENCE, IN_FLIGHT, TRIES = 30, 4, 3
"""`ARCHIVE_HOST_PATIENCE`, `CONCURRENT_REQUESTS`, and 1 more than `RETRY_TIMES`."""
REASONS = {
    "refused": "connection-refused",
    "busy": "status-503",
    "busy for an hour": "status-503",
    "silent": "timeout",
}


@pytest.fixture
def ground() -> Iterator[Ground]:
    with LargeSite(POSTS, per_list=40) as site:
        yield large_ground(site)


@pytest.mark.parametrize("how", ["refused", "busy", "busy for an hour", "silent"])
def test_a_server_that_goes_away_is_left_alone(
    ground: Ground, tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    site = ground.site
    site.away, site.away_after = how, 30
    began = time.monotonic()
    quick = ("ARCHIVE_RETRY_WAIT=0.05", "ARCHIVE_RETRY_AFTER_MAX=0.2", "ARCHIVE_FIRST_BYTE_TIMEOUT=0.3")
    code, said = die_at_call(ground, tmp_path, *(one for setting in quick for one in ("--setting", setting)))
    took = time.monotonic() - began
    before = [one for one in ground.requests[:30] if one[3] == 200]
    failures = json.loads(max((tmp_path / "large").glob("runs/*/report.json")).read_bytes())["failures"]
    asked = [one for one in failures if one["reason"] != "host-given-up"]
    with capsys.disabled():
        print(f"\n{how}: left after {took:.1f} s, {len(asked)} of {len(failures)} addresses asked for, ", end="")
        print(f"{len(ground.requests) - 30} requests seen", end=" ")
    assert code == 5, said
    assert len(failures) >= PENDING
    assert {one["reason"] for one in asked} <= {REASONS[how]}
    assert len(asked) <= (PATIENCE + IN_FLIGHT) // (1 if how == "busy for an hour" else TRIES) + IN_FLIGHT
    assert len(ground.requests) - 30 <= PATIENCE + IN_FLIGHT

    site.come_back()
    ground.requests.clear()
    again = run(ground.command(tmp_path))
    outcome = Outcome(point=how, code=code, asked=30, codes=[again.returncode])
    judge(ground, tmp_path, outcome, before, list(ground.requests))
    assert outcome.is_good, [outcome.row(), *outcome.lost, *outcome.again, *outcome.torn, again.stderr]
