"""A site that changes between crawls: what is new, changed, moved, gone or back is seen, told, and kept with its history."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cluster_archive.demo import DemoSite, Parts, serve
from cluster_archive.demo.model import SOFIA, Piece, Post
from cluster_archive.items import Article, from_json

from .conftest import Crawled, command, crawl_served

pytestmark = pytest.mark.crawl

QUICK = ("--no-images", "--no-requisites")
SOURCES = {
    "rest": Parts(),
    "sitemaps": Parts(rest=False, feed=False),
    "feeds and lists": Parts(rest=False, sitemap=False),
    "lists": Parts(rest=False, sitemap=False, feed=False, validators=False),
}


def post(name: str, text: str, *, days: int, **more: Any) -> Post:
    """A post of so many days ago."""
    number = 7000 + sum(map(ord, name))
    pieces = (Piece(html=f"<p>{text}</p>", text=(text,)),)
    moment = datetime.now(SOFIA) - timedelta(days=days)
    return Post(number=number, title=f"Новина {name}", slug=name, moment=moment, case=name, pages=(pieces,), **more)


def texts(name: str) -> str:
    return f"Текстът на новината {name} е достатъчно дълъг, за да бъде прочетен като съдържание на статия."


def said(crawled: Crawled) -> dict[str, list[str]]:
    """The changes that the report tells, by the slugs of their addresses."""
    told = crawled.report["changes"]
    return {
        kind: sorted(one["url"].rstrip("/").rpartition("/")[2] for one in ones) for kind, ones in told.items() if ones
    }


def versions_of(collection: Path) -> list[Article]:
    lines = (collection / "dataset" / "versions.jsonl").read_text(encoding="utf-8").splitlines()
    return [from_json(Article, json.loads(line)) for line in lines]


@dataclass
class Changing:
    """A site that is served, changed and crawled again."""

    site: DemoSite
    folder: Path
    posts: dict[str, Post] = field(default_factory=dict)

    def crawl(self, *options: str) -> Crawled:
        crawled = crawl_served(self.site, self.folder, *QUICK, *options)
        assert crawled.said.returncode == 0, crawled.said.stderr
        return crawled

    def publish(self, *posts: Post, without: tuple[str, ...] = ()) -> None:
        """Adds or changes posts by their case, and takes some away."""
        self.posts = self.posts | {one.case: one for one in posts}
        for name in without:
            self.posts.pop(name)

        def change(there: tuple[Post, ...]) -> tuple[Post, ...]:
            kept = [one for one in there if not 7000 <= one.number < 90000]
            return tuple(sorted([*self.posts.values(), *kept], key=lambda one: one.moment, reverse=True))

        self.site.edit(change)


@pytest.fixture(params=SOURCES)
def changing(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    with serve(SOURCES[request.param], ports=(0, 0, 0)) as site:
        yield Changing(site, tmp_path)


def test_what_changes_is_seen_told_and_kept(changing: Changing, tmp_path: Path) -> None:
    names = ("edited", "deleted", "moved", "copied", "hidden", "still")
    changing.publish(*(post(name, texts(name), days=2) for name in names))
    first = changing.crawl()
    assert set(names) <= set(said(first)["new"])
    assert first.report["scope"] == "first"

    now = datetime.now(UTC)
    before = dict(changing.posts)
    changing.publish(
        post("fresh", texts("fresh"), days=0),
        replace(before["edited"], pages=post("edited", texts("edited, поправена"), days=2).pages, modified=now),
        replace(before["moved"], slug="moved-on", old_slug="moved", modified=now),
        replace(before["copied"], slug="copied-elsewhere", modified=now),
        without=("deleted", "hidden"),
    )
    second = changing.crawl()
    assert second.report["scope"] == "changes"
    assert said(second) == {
        "new": ["fresh"],
        "changed": ["edited"],
        "moved": ["copied-elsewhere", "moved-on"],
        "gone": ["deleted", "hidden"],
    }
    assert "1 new, 1 changed, 2 moved, 2 gone" in second.said.stderr
    assert len(second.requests) < 60
    moved = {one["url"]: one for one in second.report["changes"]["moved"]}
    assert all(one["from"].endswith(("/moved/", "/copied/")) for one in moved.values())

    changing.publish(replace(before["hidden"], modified=now))
    third = changing.crawl()
    assert said(third) == {"back": ["hidden"]}
    fourth = changing.crawl()
    assert said(fourth) == {}

    by_slug = {url.rstrip("/").rpartition("/")[2]: line for url, line in fourth.lines.items()}
    assert by_slug["deleted"]["gone_at"] > by_slug["deleted"]["last_seen_at"]
    assert by_slug["deleted"]["body"] == texts("deleted")
    assert (by_slug["hidden"]["gone_at"], by_slug["hidden"]["version"]) == (None, 1)
    assert (by_slug["edited"]["version"], by_slug["still"]["version"]) == (2, 1)
    history = [one for one in versions_of(fourth.collection) if one.url.endswith(("/edited/", "/hidden/", "/deleted/"))]
    told = [(one.url.rstrip("/").rpartition("/")[2], one.version, one.gone_at is not None) for one in history]
    assert told == [
        ("deleted", 1, True),
        ("edited", 1, False),
        ("edited", 2, False),
        ("hidden", 1, True),
        ("hidden", 1, False),
    ]
    again = tmp_path / "again"
    assert command("extract", fourth.collection / "archive", "-o", again).returncode == 0
    for name in ("articles.jsonl", "versions.jsonl"):
        assert (again / "dataset" / name).read_bytes() == (fourth.collection / "dataset" / name).read_bytes(), name
    assert command("verify", fourth.collection).returncode == 0


def many(count: int) -> dict[str, Post]:
    """Old posts, each with a text of its own, so that the site is larger than what a look costs."""
    made = {}
    for number in range(count):
        name = f"old-{number}"
        text = " ".join(f"{texts(name)} Изречение {line} на новина {number}." for line in range(20))
        made[name] = replace(post(name, text, days=400 + number), number=10_000 + number)
    return made


@pytest.mark.parametrize("validators", [True, False])
@pytest.mark.parametrize("sources", ["rest", "feeds and lists"])
def test_the_second_crawl_of_an_unchanged_site_costs_almost_nothing(
    sources: str, validators: bool, tmp_path: Path
) -> None:
    with serve(replace(SOURCES[sources], page_validators=validators), ports=(0, 0, 0)) as site:
        changing = Changing(site, tmp_path, many(300))
        changing.publish()
        first = crawl_served(site, tmp_path).report
        for _ in range(2):
            later = crawl_served(site, tmp_path)
            lists = sum("/news/" in target or "/projects/" in target for _, _, target, _ in later.requests)
            assert later.said.returncode == 0
            assert said(later) == {}
            assert later.report["tally"]["articles"] == 410
            assert len(later.requests) <= 12 + lists, later.requests
            assert lists <= 8, "the first pages alone"
            if sources == "rest":
                assert lists == 0
                assert later.report["tally"]["bytes_received"] < 0.01 * first["tally"]["bytes_received"]
                assert added(later.report) < 0.01 * added(first)


def added(report: dict[str, Any]) -> int:
    return sum(int(file["bytes"]) for file in report["warc_files"])


def test_old_posts_that_change_or_go_are_found_by_what_rest_says(tmp_path: Path) -> None:
    with serve(Parts(), ports=(0, 0, 0)) as site:
        changing = Changing(site, tmp_path, many(30))
        changing.publish()
        changing.crawl()
        edited = replace(
            changing.posts["old-20"], pages=post("x", texts("друга"), days=1).pages, modified=datetime.now(UTC)
        )
        changing.publish(edited, without=("old-10", "old-11"))
        second = changing.crawl()
    assert said(second) == {"changed": ["old-20"], "gone": ["old-10", "old-11"]}
    assert len(second.requests) <= 12


def test_where_rest_is_closed_the_other_sources_are_asked_in_the_same_run(tmp_path: Path) -> None:
    with serve(Parts(), ports=(0, 0, 0)) as site:
        changing = Changing(site, tmp_path)
        changing.crawl()
        for one in site._sites:
            one.parts = replace(one.parts, rest=False)
        changing.publish(post("fresh", texts("fresh"), days=0))
        assert said(changing.crawl()) == {"new": ["fresh"]}
        assert said(changing.crawl()) == {}


def test_a_change_that_no_source_tells_is_found_when_all_is_asked_for(tmp_path: Path) -> None:
    with serve(Parts(), ports=(0, 0, 0)) as site:
        changing = Changing(site, tmp_path, many(12))
        changing.publish()
        changing.crawl()
        changing.publish(replace(changing.posts["old-3"], pages=post("x", texts("тиха промяна"), days=1).pages))
        assert said(changing.crawl()) == {}
        third = changing.crawl("--full")
    assert said(third) == {"changed": ["old-3"]}
    assert third.report["scope"] == "everything"
    assert third.report["tally"]["revisits"] > 50


def test_once_a_month_all_pages_are_asked_for(tmp_path: Path) -> None:
    with serve(Parts(), ports=(0, 0, 0)) as site:
        changing = Changing(site, tmp_path)
        first = changing.crawl()
        with sqlite3.connect(first.collection / "state.sqlite") as state:
            state.execute("UPDATE passes SET started_at = '2026-01-01T00:00:00.000000Z'")
            state.execute("UPDATE frontier SET checked_at = '2026-01-01T00:00:00.000000Z'")
        state.close()
        second = changing.crawl()
    assert second.report["scope"] == "full"
    assert len(second.requests) > 110
    assert "all pages" in second.said.stderr


def test_a_state_that_is_lost_costs_no_second_look_at_old_pages(tmp_path: Path) -> None:
    with serve(Parts(), ports=(0, 0, 0)) as site:
        changing = Changing(site, tmp_path, many(20))
        changing.publish()
        first = changing.crawl()
        (first.collection / "state.sqlite").unlink()
        second = changing.crawl()
    assert said(second) == {}
    assert not any("/old-" in target for _, _, target, _ in second.requests)


def test_pictures_that_cannot_be_had_do_not_hide_news(tmp_path: Path) -> None:
    dead = "127.0.0.1:9"
    with serve(Parts(), ports=(0, 0, 0)) as site:
        changing = Changing(site, tmp_path)
        pictured = post("pictured", texts("pictured"), days=1)
        piece = replace(pictured.pages[0][0], html=f'{pictured.pages[0][0].html}<p><img src="http://{dead}/a.jpg"></p>')
        changing.publish(replace(pictured, pages=((piece,),)))

        def crawl() -> Crawled:
            named = f'picture_hosts = ["{dead}", '
            return crawl_served(site, tmp_path, edit=lambda text: text.replace("picture_hosts = [", named))

        first = crawl()
        changing.publish(post("fresh", texts("fresh"), days=0))
        second = crawl()
    assert (first.said.returncode, second.said.returncode) == (5, 5)
    assert said(second) == {"new": ["fresh"]}
    assert [failure["url"] for failure in second.report["failures"]] == [f"http://{dead}/a.jpg"]


def test_history_shows_versions_and_what_changed(tmp_path: Path) -> None:
    with serve(Parts(), ports=(0, 0, 0)) as site:
        changing = Changing(site, tmp_path)
        changing.publish(post("edited", texts("edited"), days=1))
        changing.crawl()
        changed = post("edited", texts("edited").replace("дълъг", "обстоен"), days=1)
        changing.publish(replace(changed, moment=changing.posts["edited"].moment, modified=datetime.now(UTC)))
        changing.crawl()
        changing.publish(without=("edited",))
        last = changing.crawl()
    url = next(line["url"] for line in last.lines.values() if line["url"].endswith("/edited/"))
    told = command("history", url, "-o", tmp_path, "--collection", "demo")
    assert told.returncode == 0, told.stderr
    assert "е достатъчно [-дълъг,-]{+обстоен,+} за да" in told.stdout
    assert [line.split("  ")[0] for line in told.stdout.splitlines() if line.startswith("Version")] == [
        "Version 1",
        "Version 2",
    ]
    assert "\n  gone " in told.stdout
    assert "\x1b" not in told.stdout
    events = json.loads(command("history", url, "-o", tmp_path, "--json").stdout)
    assert [(event["version"], event["gone_at"] is not None) for event in events] == [(1, False), (2, True)]
    assert {"change": "put", "text": "обстоен,"} in events[1]["differences"]["body"][0]
    missing = command("history", "https://www.example.org/none/", "-o", tmp_path)
    assert missing.returncode != 0
    assert "has no article at https://www.example.org/none/" in missing.stderr
