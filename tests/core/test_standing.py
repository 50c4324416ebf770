"""How a collection stands: its last crawl, and when the next is due, by what is set up or by the last runs."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from cluster_archive.cli import commands
from cluster_archive.report import Report, Tally, utc, write_report
from cluster_archive.schedule import Job, Times, cron_line, planned
from cluster_archive.standing import Standing, standings

NOW = datetime(2024, 5, 6, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine in UTC on which nothing is set up."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def crawled(output: Path, *hours: float, **more: object) -> None:
    """Leaves reports of runs that began so many hours ago."""
    for ago in hours:
        started = NOW - timedelta(hours=ago)
        given: dict[str, object] = {
            "run": f"{started:%Y%m%d%H%M%S}", "verb": "crawl", "site": "demo", "collection": str(output / "demo"),
            "started": utc(started), "ended": utc(started + timedelta(minutes=1)), "exit_code": 8,
            "verdict": "A limit was reached: 5 articles so far.", "new_articles": 3, "tally": Tally(articles=5).plain(),
            "failures": [], "warc_files": [], "software": {}, "full_due": "2024-06-01T00:00:00Z", **more,
        }  # fmt: skip
        write_report(output / "demo" / "runs" / str(given["run"]), Report(**given))  # type: ignore[arg-type]


def plan(output: Path, times: Times) -> None:
    """Has a crontab start the crawl of the built-in site."""
    words = ("/bin/true", "crawl", "demo", "--output", str(output.absolute()))
    line = cron_line(Job(sites=("demo",), command=words, output=output, times=times))
    program = output.parent / "bin" / "crontab"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\nprintf %s {shlex.quote(line)}\n", encoding="utf-8")
    program.chmod(0o755)


def standing(output: Path, sites: list[Path] | None = None) -> Standing:
    (found,) = standings(output, planned(output), sites or [], NOW)
    return found


def test_the_last_crawl_is_told_with_what_its_code_means(tmp_path: Path) -> None:
    crawled(tmp_path / "out", 30, 5)
    crawled(tmp_path / "out", 1, verb="extract", exit_code=0)
    found = standing(tmp_path / "out")
    assert found.report.started == utc(NOW - timedelta(hours=5))
    assert found.meaning.startswith("a limit was reached")
    assert found.advice == "run the same command again to go on"
    assert (found.next, found.at_work) == (None, None)


@pytest.mark.parametrize(
    ("started", "at", "is_overdue"),
    [
        (8.9, "2024-05-07T03:00:00Z", False),
        (9.1, "2024-05-06T03:00:00Z", True),
        (33, "2024-05-06T03:00:00Z", True),
        (57, "2024-05-05T03:00:00Z", True),
    ],
)
def test_by_what_is_set_up(tmp_path: Path, started: float, at: str, is_overdue: bool) -> None:
    output = tmp_path / "out"
    crawled(output, started)
    plan(output, Times(hour=3, minute=0))
    due = standing(output).next
    assert due is not None
    assert (due.at, due.is_overdue, due.by) == (datetime.fromisoformat(at), is_overdue, "crontab")


def test_a_start_is_not_overdue_while_it_may_still_be_delayed(tmp_path: Path) -> None:
    output = tmp_path / "out"
    crawled(output, 24)
    plan(output, Times(hour=11, minute=50))
    due = standing(output).next
    assert due is not None
    assert (utc(due.at), due.is_overdue) == ("2024-05-06T11:50:00Z", False)


@pytest.mark.parametrize(("last", "is_overdue"), [(20, False), (29, False), (31, True)])
def test_by_the_distance_of_the_last_runs(tmp_path: Path, last: float, is_overdue: bool) -> None:
    output = tmp_path / "out"
    crawled(output, last + 48, last + 24, last)
    due = standing(output).next
    assert due is not None
    assert (due.at, due.by) == (NOW + timedelta(hours=24 - last), "last runs")
    assert due.is_overdue == is_overdue


def test_a_run_of_the_end_of_all_days_tells_of_no_next(tmp_path: Path) -> None:
    output = tmp_path / "out"
    crawled(output, 1, started="9999-12-31T23:59:59Z", ended="9999-12-31T23:59:59Z")
    plan(output, Times(hour=3, minute=0))
    assert standing(output).next is None


def test_a_run_that_is_due_in_quiet_hours(tmp_path: Path) -> None:
    output = tmp_path / "out"
    crawled(output, 22.5)
    plan(output, Times(hour=13, minute=0))
    text = (
        'name = "demo"\nhome = "http://example.org/"\ntimezone = "UTC"\n[politeness]\nquiet_hours = ["12:00-14:30"]\n'
    )
    (tmp_path / "demo.toml").write_text(text, encoding="utf-8")
    due = standing(output, [tmp_path]).next
    assert due is not None
    assert due.quiet_until == NOW + timedelta(hours=2.5)
    doctor = CliRunner().invoke(commands, ["doctor", "-o", str(output), "--sites", str(tmp_path)])
    assert doctor.exit_code == 1
    (line,) = [line for line in doctor.stdout.splitlines() if "schedules" in line]
    assert line.startswith("BAD")
    assert "13:00 UTC (crontab), in quiet hours" in line
    assert "ok   schedules" in CliRunner().invoke(commands, ["doctor", "-o", str(output)]).stdout


@pytest.mark.parametrize(
    ("pid", "hours", "is_at_work"),
    [("this", 0, True), ("this", 9, False), ("dead", 0, False), (1 << 70, 0, False), ("x", 0, False)],
)
def test_a_process_that_is_at_work(tmp_path: Path, pid: object, hours: float, is_at_work: bool) -> None:
    output = tmp_path / "out"
    crawled(output, 8)
    if pid == "dead":
        gone = subprocess.Popen(["/bin/true"])
        gone.wait()
        pid = gone.pid
    told = {"pid": os.getpid() if pid == "this" else pid, "since": utc(NOW - timedelta(hours=hours))}
    (output / "demo" / ".lock").write_text(json.dumps(told), encoding="utf-8")
    assert (standing(output).at_work is not None) == is_at_work


def test_the_command_says_it_in_words_and_as_json(tmp_path: Path) -> None:
    output = tmp_path / "out"
    crawled(output, 24, verdict="Complete\x1b[31m")
    plan(output, Times(hour=3, minute=0))
    said = CliRunner().invoke(commands, ["status", "-o", str(output)])
    assert said.exit_code == 0
    lines = [line[13:] for line in said.stdout.splitlines()[1:]]
    assert lines[:5] == [
        "2024-05-05 12:00 UTC, took 60 s",
        "Complete\\u001b[31m",
        "5 articles, 3 new, 0 changed, 0 moved, 0 gone, 0 back",
        "0 failed, 0 requests, 0 B received",
        "8: a limit was reached, or the site's quiet hours, and there is more. What to do: run the same command again to go on.",
    ]
    assert lines[5:] == [
        "OVERDUE since 2024-05-06 03:00 UTC, or a little later, by the crontab",
        "are asked for again in the first new pass after 2024-06-01 00:00 UTC",
    ]
    (told,) = json.loads(CliRunner().invoke(commands, ["status", "-o", str(output), "--json"]).stdout)
    assert told["run"] == "20240505120000"
    assert told["next"] == {
        "at": "2024-05-06T03:00:00Z", "by": "crontab", "is_overdue": True, "quiet_until": None
    }  # fmt: skip
    assert told["meaning"].startswith("a limit was reached")
