"""The seed page alone gives what is expected of it, field by field."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from cluster_archive.captures import Capture
from cluster_archive.curate import curate
from cluster_archive.extract import extract
from cluster_archive.items import Article, DateEvidence
from cluster_archive.sites import Site, load_site


@pytest.fixture
def expected(shared: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((shared / "seed" / "expected.json").read_text(encoding="utf-8"))
    return told


@pytest.fixture(params=["with selectors", "without selectors"])
def greensynergy(request: pytest.FixtureRequest) -> Site:
    known = load_site("greensynergy")
    return known if request.param == "with selectors" else replace(known, selectors=())


@pytest.fixture
def article(shared: Path, expected: dict[str, Any], greensynergy: Site) -> Article:
    capture = Capture(
        url=expected["url"],
        status=200,
        headers=(("Content-Type", "text/html; charset=UTF-8"),),
        payload=(shared / "seed" / "page.html").read_bytes(),
        captured_at=datetime(2018, 8, 1, 12, tzinfo=UTC),
    )
    return extract(capture, greensynergy)


@pytest.mark.parametrize("field", ["title", "language", "previous_url", "next_url"])
def test_text_fields(article: Article, expected: dict[str, Any], field: str) -> None:
    assert getattr(article, field) == expected[field]


@pytest.mark.parametrize("field", ["date", "date_not_before", "date_not_after"])
def test_dates(article: Article, expected: dict[str, Any], field: str) -> None:
    value = getattr(article, field)
    assert (value.isoformat() if value else None) == expected[field]


def test_body(article: Article, expected: dict[str, Any]) -> None:
    blocks = [block.removeprefix("- ") for block in article.body.split("\n\n")]
    assert blocks == expected["body"]
    assert not [text for text in expected["must_not_appear_in_body"] if text in article.body]


def test_takeaways(article: Article, expected: dict[str, Any]) -> None:
    assert list(article.key_takeaways) == expected["key_takeaways"]


def test_images(article: Article, expected: dict[str, Any]) -> None:
    assert list(article.image_links) == expected["image_links"]


def test_a_neighbours_card_gives_the_day(article: Article, expected: dict[str, Any], greensynergy: Site) -> None:
    (raw, day), *_ = expected["date_with_a_neighbours_card_that_says"].items()
    card = DateEvidence(
        article_url=article.canonical_url,
        source="neighbour",
        day=date.fromisoformat(day),
        raw=raw,
        selector="a.fixed-nav-next .date",
        seen_on=expected["previous_url"],
    )
    dated = curate(
        article,
        evidence=[card],
        parts=[],
        site=greensynergy,
        record_of=lambda _: None,
        neighbour_day=lambda _: None,
    )
    assert dated.date == date.fromisoformat(day)
    assert (dated.date_source, dated.date_not_before, dated.date_not_after) == ("neighbour", None, None)
    assert dated.provenance.date is not None
    assert dated.provenance.date.url == expected["previous_url"]
