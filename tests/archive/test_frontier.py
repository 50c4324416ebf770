"""The frontier and what is embedded: an address becomes what it is named as best, and is asked for no more than needed."""

from __future__ import annotations

from collections.abc import Iterator
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


@pytest.mark.parametrize(("kind", "is_new"), [("requisite", True), ("picture", False), ("article", False)])
def test_a_requisite_that_failed_holds_no_new_pass_up(state: State, kind: str, is_new: bool) -> None:
    state.add([entry("article", "example.org/done"), entry(kind)])
    state.done("example.org/done")
    state.failed("example.org/x", "timeout")
    assert state.begin() is is_new
    assert state.known("example.org/x") is not is_new


def test_a_requisite_that_is_still_to_be_asked_for_is_part_of_this_pass(state: State) -> None:
    state.add([entry("requisite")])
    assert state.begin() is False
    assert state.count_of("requisite") == 1
