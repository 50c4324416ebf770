"""robots.txt over several runs (RFC 9309): asked for once a day, never against what it says, and told from which capture."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.settings import Settings

from cluster_archive.archive import read_capture
from cluster_archive.captures import Capture
from cluster_archive.robots import RobotsMiddleware

from .conftest import POST, Answer, command, lines_of, server

RULES = "User-agent: *\nDisallow: /closed/\n"
CARD = '<div class="post-item"><h2><a href="{0}">T</a></h2></div>'


class Site:
    """A site whose robots.txt and list change between runs."""

    def __init__(self) -> None:
        self.robots: Answer = (200, "text/plain", RULES)
        self.others: dict[str, Answer] = {}
        self.posts = ["/open/1/", "/closed/1/"]
        self.asked: Counter[str] = Counter()
        self.url = ""

    def answer(self, path: str) -> Answer:
        self.asked[path] += 1
        if path == "/robots.txt":
            return self.robots
        if path in self.others:
            return self.others[path]
        if path == "/":
            return 200, "text/html", f'<html><body class="blog">{"".join(map(CARD.format, self.posts))}</body></html>'
        return (
            (200, "text/html", POST.format(path)) if path.startswith(("/open", "/closed")) else (404, "text/plain", "")
        )

    @contextmanager
    def served(self) -> Iterator[Site]:
        with server(self.answer) as url:
            self.url = url
            yield self

    def crawl(self, output: Path, *options: str) -> dict[str, Any]:
        """The report of a crawl; its exit code is in it."""
        said = command("crawl", self.url, "-o", output, "--delay", "0", "--json", *options)
        report: dict[str, Any] = json.loads(said.stdout)
        assert report["exit_code"] == said.returncode
        return report


def age(output: Path, hours: float) -> None:
    """Moves the captures of robots.txt into the past, as the state has them."""
    (state,) = output.glob("*/state.sqlite")
    with sqlite3.connect(state) as db:
        moment = datetime.now(UTC) - timedelta(hours=hours)
        sql = "UPDATE captures SET captured_at = ? WHERE url LIKE '%/robots%.txt'"
        assert db.execute(sql, (moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),)).rowcount
    db.close()


@pytest.mark.crawl
def test_rules_hold_for_a_day_and_the_capture_that_says_so_is_told(tmp_path: Path) -> None:
    with Site().served() as site:
        first = site.crawl(tmp_path)
        site.posts = ["/open/2/", "/closed/2/", *site.posts]
        second = site.crawl(tmp_path)
        assert site.asked["/robots.txt"] == 1
        age(tmp_path, 25)
        third = site.crawl(tmp_path)
        assert site.asked["/robots.txt"] == 2
    assert [site.asked[f"/closed/{number}/"] for number in (1, 2)] == [0, 0]
    assert second["tally"]["articles"] == 2
    assert second["robots"] == first["robots"] != third["robots"]
    (told,) = second["robots"]
    assert (told["origin"], told["told"]) == (site.url.rstrip("/"), "rules")
    (collection,) = tmp_path.iterdir()
    capture = read_capture(collection / "archive" / told["record"]["file"], told["record"]["offset"])
    assert capture is not None
    assert (capture.url, capture.payload.decode()) == (f"{site.url}robots.txt", RULES)
    assert f"{told['record']['file']}:{told['record']['offset']}" in (
        collection / "runs" / second["run"] / "run.log"
    ).read_text(encoding="utf-8")
    assert told["record"]["file"] in (collection / "runs" / second["run"] / "report.html").read_text(encoding="utf-8")


@pytest.mark.crawl
@pytest.mark.parametrize(
    ("robots", "others", "told"),
    [
        ((404, "text/plain", RULES), {}, "no-rules"),
        ((301, "text/plain", "/robots-2.txt"), {"/robots-2.txt": (200, "text/plain", RULES)}, "rules"),
    ],
    ids=["none", "redirected"],
)
def test_that_there_are_none_and_where_they_moved_hold_too(
    tmp_path: Path, robots: Answer, others: dict[str, Answer], told: str
) -> None:
    with Site().served() as site:
        site.robots, site.others = robots, others
        for _ in range(2):
            assert [one["told"] for one in site.crawl(tmp_path)["robots"]] == [told]
        assert site.asked["/robots.txt"] == 1
        assert site.asked["/closed/1/"] == (told == "no-rules")


@pytest.mark.crawl
def test_a_host_that_cannot_say_it_is_asked_in_each_run_and_nothing_else(tmp_path: Path) -> None:
    with Site().served() as site:
        site.crawl(tmp_path)
        age(tmp_path, 25)
        site.posts = ["/open/2/", *site.posts]
        asked = site.asked.copy()
        site.robots = (503, "text/plain", RULES)
        for _ in range(2):
            report = site.crawl(tmp_path)
            assert report["exit_code"] == 5
            assert [one["told"] for one in report["robots"]] == ["robots-status-503"]
        assert set(site.asked - asked) == {"/robots.txt"}
        site.robots = (200, "text/plain", RULES)
        assert site.crawl(tmp_path)["tally"]["articles"] == 2


@pytest.mark.crawl
def test_full_asks_for_robots_too(tmp_path: Path) -> None:
    with Site().served() as site:
        site.crawl(tmp_path)
        site.robots = (200, "text/plain", "User-agent: *\nDisallow: /open/\n")
        report = site.crawl(tmp_path, "--full")
    assert site.asked["/robots.txt"] == 2
    assert (site.asked["/open/1/"], site.asked["/closed/1/"]) == (1, 1)
    assert report["tally"]["skipped"] == {"robots": 1}


@pytest.mark.crawl
def test_sitemaps_are_found_again_where_the_state_was_lost(tmp_path: Path) -> None:
    with Site().served() as site:
        site.robots = (200, "text/plain", f"{RULES}Sitemap: {site.url}only-there.xml\n")
        urlset = (
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{0}open/{1}/</loc></url></urlset>'
        )
        site.others["/only-there.xml"] = (200, "application/xml", urlset.format(site.url, 8))
        assert site.crawl(tmp_path)["tally"]["articles"] == 2
        for path in tmp_path.glob("*/state.sqlite*"):
            path.unlink()
        site.others["/only-there.xml"] = (200, "application/xml", urlset.format(site.url, 9))
        assert site.crawl(tmp_path)["tally"]["articles"] == 3
        assert site.asked["/robots.txt"] == 1
    (collection,) = tmp_path.iterdir()
    assert {line["url"].removeprefix(site.url) for line in lines_of(collection)} == {"open/1/", "open/8/", "open/9/"}


class Clock:
    """A run, as far as the middleware looks at it, whose time a test sets."""

    def __init__(self, kept: Callable[[str, datetime], tuple[Capture, datetime] | None]) -> None:
        self.time = datetime(2024, 5, 6, tzinfo=UTC)
        self.recent = kept
        self.wishes = SimpleNamespace(full=False)
        self.understand = self.follow = self.obeys = lambda *_: None

    def now(self) -> datetime:
        return self.time


def middleware(run: Clock, answers: list[str]) -> tuple[RobotsMiddleware, list[str]]:
    """The middleware over a host that gives these bodies, one after the other, and what it is asked."""
    asked: list[str] = []

    async def download(request: Request) -> Response:
        asked.append(request.url)
        await asyncio.sleep(0)
        body = answers[len(asked) - 1].encode()
        capture = Capture(
            url=request.url, status=200, headers=(), payload=body, captured_at=run.now(), truncated=None, ref=None
        )
        request.meta["capture"] = capture
        return Response(request.url, request=request)

    crawler: Any = SimpleNamespace(
        settings=Settings({"ROBOTSTXT_OBEY": True, "USER_AGENT": "x"}),
        get_extension=lambda _: SimpleNamespace(run=run),
        engine=SimpleNamespace(download_async=download),
        spider=None,
    )
    return RobotsMiddleware(crawler), asked


def test_a_run_of_more_than_a_day_asks_again() -> None:
    async def passes(made: RobotsMiddleware, path: str) -> bool:
        try:
            await made.process_request(Request(f"http://example.org/{path}", meta={"entry": object()}))
        except IgnoreRequest:
            return False
        return True

    async def run() -> None:
        clock = Clock(lambda *_: None)
        made, asked = middleware(clock, ["User-agent: *\nDisallow: /a", "User-agent: *\nDisallow: /b"])
        assert await asyncio.gather(*(passes(made, path) for path in "aab")) == [False, False, True]
        clock.time += timedelta(hours=23, minutes=59)
        assert not await passes(made, "a")
        assert len(asked) == 1
        clock.time += timedelta(minutes=1)
        assert await passes(made, "a")
        assert not await passes(made, "b")
        assert asked == ["http://example.org/robots.txt"] * 2

    asyncio.run(run())


@pytest.mark.parametrize(("hours", "asks"), [(-23, 0), (1, 1)], ids=["kept", "of a clock that was ahead"])
def test_a_capture_of_the_future_does_not_count(hours: int, asks: int) -> None:
    moment = datetime(2024, 5, 6, tzinfo=UTC) + timedelta(hours=hours)
    held = Capture(
        url="http://example.org/robots.txt", status=200, headers=(), payload=b"", captured_at=moment, truncated=None, ref=None
    )  # fmt: skip
    made, asked = middleware(Clock(lambda *_: (held, moment)), ["", ""])
    asyncio.run(made.process_request(Request("http://example.org/a", meta={"entry": object()})))
    assert len(asked) == asks
