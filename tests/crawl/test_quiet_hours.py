"""Quiet hours: in them nothing is sent to the site; a run that meets them ends in good order and says when to come again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cluster_archive.errors import BadSite
from cluster_archive.sites import Politeness, QuietHours, Site, is_quiet, quiet_until, site_of

from .conftest import POST, Answer, command, lines_of, server

TOML = 'name = "x"\nhome = "{url}"\ntimezone = "{zone}"\n[politeness]\ndelay = 0.01\nquiet_hours = {hours}\n'


def site(hours: str, zone: str = "Europe/Sofia") -> Site:
    return site_of(TOML.format(url="http://example.org/", zone=zone, hours=hours), "x.toml")


@pytest.mark.parametrize(
    ("hours", "moment", "end"),
    [
        (["08:00-18:00"], "2024-05-06T04:59:59Z", None),
        (["08:00-18:00"], "2024-05-06T05:00:00Z", "2024-05-06T15:00:00Z"),
        (["08:00-18:00"], "2024-05-06T14:59:59.999Z", "2024-05-06T15:00:00Z"),
        (["08:00-18:00"], "2024-05-06T15:00:00Z", None),
        (["08:00-18:00"], "2024-12-06T05:30:00Z", None),  # winter: two hours before UTC
        (["22:00-06:00"], "2024-05-06T20:00:00Z", "2024-05-07T03:00:00Z"),
        (["22:00-06:00"], "2024-05-07T02:00:00Z", "2024-05-07T03:00:00Z"),
        (["22:00-06:00"], "2024-05-07T03:00:00Z", None),
        (["18:00-24:00"], "2024-05-06T20:59:00Z", "2024-05-06T21:00:00Z"),
        (["08:00-12:00", "12:00-14:00", "13:30-18:00"], "2024-05-06T06:00:00Z", "2024-05-06T15:00:00Z"),
        (["03:30-04:30"], "2024-03-31T01:15:00Z", "2024-03-31T01:30:00Z"),  # 03:00 to 04:00 is left out that night
        (["03:15-03:45"], "2024-10-27T00:20:00Z", "2024-10-27T00:45:00Z"),  # and comes twice in this one
        (["03:15-03:45"], "2024-10-27T01:20:00Z", "2024-10-27T01:45:00Z"),
        ([], "2024-05-06T06:00:00Z", None),
    ],
)
def test_when_they_are_and_when_they_are_over(hours: list[str], moment: str, end: str | None) -> None:
    until = quiet_until(site(str(hours).replace("'", '"')), datetime.fromisoformat(moment))
    assert until == (datetime.fromisoformat(end) if end else None)


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        ('["8-18"]', "quiet_hours has '8-18', but must have times such as 08:00-18:00 or 22:00-06:00"),
        ('["08:00-25:00"]', "must have times"),
        ('["08:60-09:00"]', "must have times"),
        ('["08:00 - 09:00"]', "must have times"),
        ('["٠٨:00-09:00"]', "must have times"),
        ('"08:00-18:00"', "politeness.quiet_hours must be a list of texts"),
        ('["08:00-08:00"]', "leaves no minute of the day"),
        ('["00:00-24:00"]', "leaves no minute of the day"),
        ('["06:00-18:00", "17:00-06:00"]', "leaves no minute of the day"),
    ],
)
def test_hours_that_are_none(hours: str, told: str) -> None:
    with pytest.raises(BadSite, match=r"x\.toml: ") as raised:
        site(hours)
    assert told in str(raised.value)


def test_hours_need_a_time_zone() -> None:
    text = TOML.format(url="http://example.org/", zone="", hours='["08:00-18:00"]').replace('timezone = ""\n', "")
    with pytest.raises(BadSite, match="timezone is missing"):
        site_of(text, "x.toml")


class Served:
    """A site of sixty posts that notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def answer(self, path: str) -> Answer:
        self.asked.append(path)
        if path == "/":
            cards = "".join(f'<div class="post-item"><h2><a href="/post/{n}/">T</a></h2></div>' for n in range(60))
            return 200, "text/html", f'<html><body class="blog">{cards}</body></html>'
        return (200, "text/html", POST.format(path)) if path.startswith("/post") else (404, "text/plain", "")


def written(folder: Path, url: str, hours: str) -> Path:
    toml = folder / "x.toml"
    seed = f'\n[[seeds]]\nkind = "listing"\nurl = "{url}"\n'
    toml.write_text(TOML.format(url=url, zone="Asia/Tokyo", hours=hours) + seed, encoding="utf-8")
    return toml


def around(moment: datetime, before: int, after: int) -> str:
    """Quiet hours from so many minutes before to so many after a moment, as TOML in Tokyo's time."""
    there = moment.astimezone(ZoneInfo("Asia/Tokyo"))
    return f'["{there - timedelta(minutes=before):%H:%M}-{there + timedelta(minutes=after):%H:%M}"]'


@pytest.mark.crawl
@pytest.mark.parametrize("options", [(), ("--dry-run",)], ids=["a crawl", "a dry run"])
def test_a_run_that_starts_in_them_asks_for_nothing_and_goes_on_later(tmp_path: Path, options: tuple[str, ...]) -> None:
    served, now = Served(), datetime.now(UTC)
    with server(served.answer) as url:
        said = command("crawl", written(tmp_path, url, around(now, 60, 60)), "-o", tmp_path, *options)
        assert said.returncode == 8, said.stderr
        assert served.asked == []
        end = now.replace(second=0, microsecond=0) + timedelta(minutes=60)
        assert f"Asia/Tokyo); they end at {end:%Y-%m-%d %H:%M} UTC." in said.stderr
        if options:
            return
        (report,) = [json.loads(one.read_text(encoding="utf-8")) for one in tmp_path.rglob("report.json")]
        assert (report["exit_code"], report["failures"], report["robots"]) == (8, [], [])
        later = command("crawl", written(tmp_path, url, around(now, 120, -60)), "-o", tmp_path)
    assert later.returncode == 0, later.stderr
    assert len(lines_of(tmp_path / "x")) == 60


AN_HOUR_ON = """
import sys
from datetime import timedelta
from pathlib import Path
from cluster_archive import opening
from cluster_archive.cli import main
real, later = opening.utc_now, Path(sys.argv.pop(1))
opening.utc_now = lambda: real() + timedelta(hours=later.exists())
main()
"""
"""The command with a clock that is an hour on as soon as a file is there."""


@pytest.mark.crawl
def test_nothing_is_sent_once_they_have_begun(tmp_path: Path) -> None:
    served, later = Served(), tmp_path / "later"

    def answer(path: str) -> Answer:
        if len(served.asked) == 10:
            later.touch()
        return served.answer(path)

    with server(answer) as url:
        toml = written(tmp_path, url, around(datetime.now(UTC), -30, 120))
        arguments = [sys.executable, "-c", AN_HOUR_ON, str(later), "crawl", str(toml), "-o", str(tmp_path)]
        said = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)
        assert said.returncode == 8, said.stderr
        assert len(served.asked) == 11
        assert "quiet hours of the site" in said.stderr
        (path,) = tmp_path.rglob("report.json")
        assert json.loads(path.read_text(encoding="utf-8"))["failures"] == []
        again = command("crawl", toml, "-o", tmp_path)
    assert again.returncode == 0, again.stderr
    assert len(lines_of(tmp_path / "x")) == 60
    assert max(Counter(path for path in served.asked if path.startswith("/post/")).values()) == 1


def test_a_site_that_was_made_without_a_file() -> None:
    hours = QuietHours(begin=time(8), end=time(9))
    made = Site(name="x", title="x", home="http://example.org/", politeness=Politeness(quiet_hours=(hours,)))
    assert not is_quiet(made, datetime(2024, 5, 6, 8, tzinfo=UTC))  # nobody said where it is
