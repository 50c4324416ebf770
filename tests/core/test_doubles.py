"""Doubles: the same article at several addresses of a host is one line; what is only alike stays apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from cluster_archive.captures import Capture
from cluster_archive.curate import doubles_of
from cluster_archive.extract import extract
from cluster_archive.items import Article, Attachment, content_hash
from cluster_archive.sites import Site

DAY = date(2024, 2, 1)
FIRST, OTHER = "https://example.org/post/", "https://example.org/post/index.php"


@pytest.fixture
def article(post: Callable[..., Capture], site: Site) -> Article:
    return replace(extract(post("<p>Текст</p>"), site), canonical_url=FIRST, date=DAY)


def changed(article: Article, **more: Any) -> Article:
    made = replace(article, **{"canonical_url": OTHER, **more})
    return replace(made, content_hash=content_hash(made.title, made.body, made.key_takeaways))


@pytest.mark.parametrize(
    "url",
    [
        OTHER, "https://example.org/post/?zkey=8c1f", "https://example.org/s-8c1f/post/", "https://example.org/POST/",
        "https://example.org/post", "http://example.org/post/", "https://www.example.org/post/",
    ],
)  # fmt: skip
def test_the_same_article_at_another_address_is_a_double_of_the_first(article: Article, url: str) -> None:
    assert doubles_of([[article], [changed(article, canonical_url=url)]]) == {url: FIRST}


@pytest.mark.parametrize(
    "more",
    [
        {"title": "Another"},
        {"body": "Another text."},
        {"key_takeaways": ("One more",)},
        {"date": date(2024, 2, 2)},
        {"language": "en"},
        {"image_links": ("https://example.org/another.jpg",)},
        {"attachments": (Attachment(url="https://example.org/a.pdf", text="A", media_type=None),)},
        {"canonical_url": "https://news.example.org/post/"},
        {"canonical_url": "https://example.org:8443/post/"},
        {"gone_at": datetime(2024, 3, 1, tzinfo=UTC)},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_is_only_alike_is_no_double(article: Article, more: dict[str, Any]) -> None:
    assert doubles_of([[article], [changed(article, **more)]]) == {}


def test_pages_without_text_are_no_doubles(article: Article) -> None:
    assert doubles_of([[changed(article, body="", canonical_url=FIRST)], [changed(article, body="")]]) == {}


def test_a_page_that_is_gone_has_no_double(article: Article) -> None:
    gone = replace(article, gone_at=datetime(2024, 3, 1, tzinfo=UTC))
    assert doubles_of([[gone], [changed(article)]]) == {}


def test_what_ever_was_another_article_is_no_double_of_a_notice(article: Article) -> None:
    notice = changed(article, title="We are working on the site")
    for versions in ([changed(article, title="A post"), notice], [changed(article, title="A post"), notice, notice]):
        assert doubles_of([[replace(notice, canonical_url=FIRST)], versions]) == {}


def test_versions_in_common_are_no_hindrance(article: Article) -> None:
    earlier = changed(article, body="The text before it was mended.")
    assert doubles_of([[replace(earlier, canonical_url=FIRST), article], [changed(article)]]) == {OTHER: FIRST}
    assert doubles_of([[article], [earlier, changed(article)]]) == {}


def test_a_day_that_only_the_double_knows_keeps_other_days_apart(article: Article) -> None:
    undated = replace(article, date=None)
    urls = [f"https://example.org/post/?n={number}" for number in range(3)]
    days = [DAY, date(2024, 2, 2), DAY]
    others = [[changed(article, canonical_url=url, date=day)] for url, day in zip(urls, days, strict=True)]
    assert doubles_of([[undated], *others]) == {urls[0]: FIRST, urls[2]: FIRST}
