"""What a further pass asks for again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_archive.due import LONGEST, expected, is_due_by_age, is_due_by_hint, is_full, sources_to_ask

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def ago(days: float | None) -> datetime | None:
    return None if days is None else NOW - timedelta(days=days)


@pytest.mark.parametrize(
    ("checked", "published", "is_due"),
    [
        (None, 100, True),
        (0.01, None, True),
        (0.01, 0, True),
        (0.01, 7, True),
        (0.5, 8, False),
        (0.9, 8, True),
        (5, 100, False),
        (10, 100, True),
        (29, 3000, False),
        (30, 3000, True),
        (0.01, -2, True),  # a day that is to come, by a clock that is wrong
    ],
)
def test_pages_are_due_by_their_age(checked: float | None, published: float | None, is_due: bool) -> None:
    assert is_due_by_age(NOW, ago(checked), ago(published)) is is_due


@given(st.floats(0, 20_000), st.floats(0, 20_000))
def test_no_page_goes_unseen_for_longer_than_a_month(checked: float, published: float) -> None:
    if timedelta(days=checked) >= LONGEST:
        assert is_due_by_age(NOW, ago(checked), ago(published))


@pytest.mark.parametrize(
    ("hint", "known", "checked", "is_due"),
    [
        (None, None, 1, False),
        (None, 5, 1, False),
        (5, None, None, True),
        (5, None, 1, False),
        (1, None, 5, True),
        (5, 5, 1, False),
        (4, 5, 1, True),
        (6, 5, 1, True),  # an older version was put back
    ],
)
def test_pages_are_due_for_what_a_source_says(
    hint: float | None, known: float | None, checked: float | None, is_due: bool
) -> None:
    assert is_due_by_hint(ago(hint), ago(known), ago(checked)) is is_due


ALL = ("rest", "sitemap", "feed", "listing", "page")


@pytest.mark.parametrize(
    ("articles", "listed", "available", "asked"),
    [
        (100, {"rest": 100}, ALL, ("rest",)),
        (100, {"rest": 95, "": 5}, ALL, ("rest",)),
        (100, {"rest": 90, "sitemap": 10}, ALL, ("rest", "sitemap")),
        (100, {"rest": 60, "": 40}, ALL, ("rest", "feed", "listing")),
        (100, {"sitemap": 100}, ALL, ("sitemap",)),
        (100, {"rest": 100}, ("sitemap", "listing", "page"), ("listing",)),
        (100, {"": 100}, ("feed", "page"), ("feed",)),
        (100, {"": 100}, ("page",), ("page",)),
        (100, {"": 100}, (), ()),
        (0, {}, ALL, ("rest", "sitemap", "feed", "listing")),
    ],
)
def test_the_cheapest_sources_that_tell_the_truth(
    articles: int, listed: dict[str, int], available: tuple[str, ...], asked: tuple[str, ...]
) -> None:
    assert sources_to_ask(articles, listed, available) == asked


def test_all_pages_are_checked_once_a_month() -> None:
    assert not is_full(NOW, None, 30)
    assert not is_full(NOW, ago(29.9), 30)
    assert is_full(NOW, ago(30), 30)
    assert not is_full(NOW, ago(300), 0)


@pytest.mark.parametrize(
    ("hours", "ahead"),
    [
        ([], None),
        ([48, 24], None),
        ([72, 48, 24], 0),
        ([72.2, 48, 24.2, 0], 24),
        ([72, 48, 24, 23], None),
        ([900, 96, 72, 48, 24, 0], 24),  # only the last ones count
        ([3, 2.1, 1, 0.1], 0.8),
        ([3, 2.2, 1, 0.1], None),
    ],
)
def test_the_next_start_is_expected_by_the_distance_of_the_last(hours: list[float], ahead: float | None) -> None:
    next_start = expected([NOW - timedelta(hours=one) for one in hours])
    assert next_start is None if ahead is None else next_start is not None
    if next_start is not None and ahead is not None:
        assert abs(next_start - (NOW + timedelta(hours=ahead))) <= timedelta(hours=0.2)
