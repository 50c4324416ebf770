"""Histories: what captures of an article make its versions, and when it was seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cluster_archive.captures import Capture, RecordRef
from cluster_archive.document import read_document
from cluster_archive.extract import extract_any
from cluster_archive.items import Article
from cluster_archive.sites import site_for_url
from cluster_archive.state import State

URL = "http://example.org/one/"
START = datetime(2024, 5, 6, tzinfo=UTC)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State.open(tmp_path / "state.sqlite") as opened:
        yield opened


def seen(state: State, day: int, text: str, truncated: str | None = None) -> None:
    """Keeps a capture of the article and what was read from it."""
    moment = START + timedelta(days=day)
    ref = RecordRef(
        file="a.warc.gz",
        offset=day,
        length=1,
        record_id=f"<urn:uuid:{day}>",
        payload_digest=None,
        captured_at=moment,
        status=200,
    )
    capture = Capture(
        url=URL,
        status=200,
        headers=(("Content-Type", "text/html"),),
        payload=f"<html><head><title>One</title></head><body><main><h1>One</h1><p>{text * 30}</p></main></body></html>".encode(),
        captured_at=moment,
        truncated=truncated,
        ref=ref,
    )
    state.keep_capture(capture)
    document = read_document(capture)
    assert document is not None
    state.keep_article(extract_any(capture, site_for_url(URL), document), seen=ref, is_part=False, parts=())


def told(state: State) -> list[tuple[int, int, int]]:
    """Number of each version, and the days on which it was seen first and last."""

    def day(moment: datetime | None) -> int:
        assert moment is not None
        return (moment - START).days

    (versions,) = state.histories()
    return [
        (one.version, day(one.first_seen_at), day(one.last_seen_at)) for one in versions if isinstance(one, Article)
    ]


def test_a_version_is_seen_as_long_as_its_content_is_the_same(state: State) -> None:
    for day, text in enumerate(["Old text. ", "Old text. ", "New text. ", "New text. "]):
        seen(state, day, text)
    assert told(state) == [(1, 0, 1), (2, 2, 3)]


def test_a_cut_page_is_no_version_of_a_whole_one(state: State) -> None:
    seen(state, 0, "Whole. ")
    seen(state, 1, "Who", "length")
    assert told(state) == [(1, 0, 0)]


def test_a_page_that_is_always_cut_was_seen_when_it_was_cut_first(state: State) -> None:
    for day, text in enumerate(["One. ", "One. Two. ", "One. Two. Three. "]):
        seen(state, day, text, "time")
    assert told(state) == [(1, 0, 2)]
