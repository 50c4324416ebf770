"""The frontier and what is embedded: an address becomes what it is named as best, and is asked for no more than needed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cluster_archive.state import Entry, State

KINDS = ("article", "picture", "document", "requisite")
PRIORITY = {"listing": 40, "article": 20, "picture": 10, "document": 8, "requisite": 5}


def entry(kind: str, key: str = "example.org/x") -> Entry:
    return Entry(key=key, url=f"http://{key}", kind=kind, priority=PRIORITY[kind])


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State.open(tmp_path / "state.sqlite") as opened:
        yield opened


def kind_of(state: State) -> tuple[str, str]:
    found = state.find("example.org/x")
    assert found is not None
    return found.kind, found.status


@pytest.mark.parametrize(
    ("first", "then", "kind"),
    [
        ("requisite", "picture", "picture"),
        ("requisite", "document", "document"),
        ("requisite", "article", "article"),
        ("picture", "article", "article"),
        ("picture", "requisite", "picture"),
        ("article", "requisite", "article"),
        ("article", "listing", "article"),
    ],
)
def test_an_address_becomes_what_it_is_named_as_best(state: State, first: str, then: str, kind: str) -> None:
    state.add([entry(first)])
    assert bool(state.add([entry(then)])) == (kind != first)
    assert kind_of(state) == (kind, "pending")


def test_what_is_had_is_asked_for_again_only_as_a_page(state: State) -> None:
    state.add([entry("requisite")])
    assert state.take(KINDS) is not None
    state.done("example.org/x")
    assert state.add([entry("picture")]) == []
    assert kind_of(state) == ("requisite", "done")
    assert state.add([entry("article")])
    taken = state.take(KINDS)
    assert taken is not None
    assert taken.kind == "article"


def test_a_skipped_requisite_is_asked_for_as_an_articles_picture(state: State) -> None:
    state.add([entry("requisite")])
    state.skipped("example.org/x", "too-large")
    state.add([entry("picture")])
    assert kind_of(state) == ("picture", "pending")


@pytest.mark.parametrize(
    ("kind", "runs", "is_new"),
    [("requisite", 1, True), ("picture", 1, True), ("article", 1, False), ("listing", 2, False), ("article", 3, True)],
)
def test_what_failed_holds_no_new_pass_up_for_ever(state: State, kind: str, runs: int, is_new: bool) -> None:
    state.add([entry("article", "example.org/done"), entry(kind)])
    state.done("example.org/done")
    for _ in range(runs):
        state.failed("example.org/x", "timeout")
    assert state.begin((*KINDS, "listing")) is is_new
    assert kind_of(state) == (kind, "pending")


def test_a_requisite_that_is_still_to_be_asked_for_is_part_of_this_pass(state: State) -> None:
    state.add([entry("requisite")])
    assert state.begin(KINDS) is False
    assert state.count_of("requisite") == 1


def test_what_a_run_does_not_want_holds_no_new_pass_up(state: State) -> None:
    state.add([entry("article", "example.org/done"), entry("picture")])
    state.done("example.org/done")
    assert state.begin(("article", "listing")) is True
    assert state.begin(KINDS) is False
    assert kind_of(state) == ("picture", "pending")


NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_what_was_done_in_an_earlier_pass_can_be_pending_again_once(state: State) -> None:
    state.open_pass(NOON, is_full=True)
    state.add([entry("article")])
    assert state.take(KINDS) is not None
    state.done("example.org/x", NOON, told=1)
    assert not state.renew("example.org/x"), "it was asked for in this pass"
    state.complete_pass(NOON + timedelta(hours=1))
    assert state.last_complete_pass() == NOON
    state.open_pass(NOON + timedelta(days=1), is_full=False)
    assert state.last_complete_pass() is None, "the one that is under way is not complete"
    assert state.renew("example.org/x")
    assert state.take(KINDS) is not None
    assert not state.renew("example.org/x")
    assert state.last_full_pass() == NOON


def test_an_older_frontier_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    with sqlite3.connect(path) as db:
        db.executescript(
            "CREATE TABLE frontier (number INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, url TEXT NOT NULL, kind TEXT NOT NULL,"
            " priority INTEGER NOT NULL, depth INTEGER NOT NULL, via TEXT, status TEXT NOT NULL DEFAULT 'pending', reason TEXT,"
            " tries INTEGER NOT NULL DEFAULT 0);"
            "INSERT INTO frontier (key, url, kind, priority, depth) VALUES ('example.org/x', 'http://example.org/x', 'article', 1, 0);"
        )
    db.close()
    with State.open(path) as state:
        assert kind_of(state) == ("article", "pending")
        state.done("example.org/x", NOON)
        assert [one.checked_at for one in state.articles_done()] == [NOON]
