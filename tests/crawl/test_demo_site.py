"""The built-in site, crawled: every field of every post, with all sources on and with each switched off."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import fields

import pytest

from cluster_archive.demo import Parts

from .conftest import Crawled, expected

pytestmark = pytest.mark.crawl


def test_the_site_is_worth_crawling(whole: Crawled) -> None:
    posts = [truth for truth in whole.truth.values() if truth.kind == "article"]
    assert sum(truth.language == "bg" for truth in posts) >= 70
    assert sum(truth.language == "en" for truth in posts) >= 15
    assert {truth.date.year for truth in posts} >= set(range(2012, 2026))
    assert len({truth.case for truth in posts if truth.case.startswith("takeaways")}) >= 21
    assert len({truth.case for truth in posts if truth.case.startswith("no takeaways")}) >= 8


@pytest.mark.parametrize("name", ["title", "date", "published_at", "body", "key_takeaways", "image_links", "language"])
def test_every_field_of_every_post(whole: Crawled, name: str) -> None:
    assert whole.differences(name) == []


def test_nothing_is_asked_for_twice(whole: Crawled) -> None:
    asked = Counter((host, path) for _, host, path, _ in whole.requests)
    assert [address for address, count in asked.items() if count > 1] == []


def test_nothing_worthless_is_asked_for(whole: Crawled) -> None:
    worthless = re.compile(
        r"\?p=|replytocom|oembed|kalendar|/attachment/|/category/|/tag/|/author/|^/\d{4}/(?:\d\d/){0,2}$|wp-login"
    )
    assert [path for _, _, path, _ in whole.requests if worthless.search(path)] == []


def test_the_cost(whole: Crawled) -> None:
    articles = len(whole.truth)
    listings = len({(host, path) for _, host, path, _ in whole.requests if re.match(r"/(?:news|projects)/", path)})
    images = len({link for truth in whole.truth.values() for link in truth.image_links})
    assert len(whole.requests) <= 1.15 * (articles + listings) + images + 15
    assert whole.report["tally"]["nothing_new"] <= 15 + listings


def test_every_picture_is_captured_once_at_full_size(whole: Crawled) -> None:
    assert [
        image["url"] for line in whole.lines.values() for image in line["images"] if not image["warc_record_id"]
    ] == []
    assert [path for _, _, path, _ in whole.requests if re.search(r"-\d+x\d+\.\w+$", path)] == []


def only(**on: bool) -> Parts:
    """The site with these of its sources, and no other."""
    off = {"rest": False, "feed": False, "sitemap": False, "listings": False, "neighbours": False, "meta_dates": False}
    return Parts(**{**off, **on})


SOURCES = {
    "rest": ("article", "project"),
    "sitemap": ("article", "project"),
    "listings": ("article", "project"),
    "feed": ("article",),
}


@pytest.mark.parametrize("source", SOURCES)
def test_each_source_alone_is_enough(crawl_demo: Callable[..., Crawled], source: str) -> None:
    crawled = crawl_demo(only(**{source: True}), "--no-images")
    shown = {url for url, truth in crawled.truth.items() if truth.kind in SOURCES[source]}
    assert shown - set(crawled.lines) == set()
    assert [
        line
        for line in crawled.differences("title", "body", "key_takeaways", "image_links")
        if "not in the dataset" not in line
    ] == []


@pytest.mark.parametrize(
    "off",
    [
        ("rest",),
        ("neighbour_dates",),
        ("listing_dates",),
        ("rest", "neighbour_dates"),
        ("rest", "listing_dates"),
        ("rest", "listing_dates", "feed"),
        ("rest", "listing_dates", "feed", "neighbour_dates"),
        ("rest", "listing_dates", "feed", "neighbour_dates", "meta_dates"),
    ],
    ids="+".join,
)
def test_a_date_may_become_unknown_but_never_wrong(crawl_demo: Callable[..., Crawled], off: tuple[str, ...]) -> None:
    crawled = crawl_demo(Parts(**dict.fromkeys(off, False)), "--no-images")
    assert len(crawled.lines) == len(crawled.truth)
    for url, line in crawled.lines.items():
        day = crawled.truth[url].date.isoformat()
        assert line["date"] in (None, day), url
        assert (line["date_not_before"] or day) <= day <= (line["date_not_after"] or day), url
        assert line["published_at"] in (None, expected(crawled.truth[url], "published_at")), url
        assert (line["date"] is None) == (line["date_source"] is None) == (line["provenance"]["date"] is None)
    unknown = sum(line["date"] is None for line in crawled.lines.values())
    if "neighbour_dates" not in off or "listing_dates" not in off:  # either of them dates all posts, but no project
        assert unknown <= sum(truth.kind == "project" or truth.language == "en" for truth in crawled.truth.values())


def test_generic_rules_without_selectors(crawl_demo: Callable[..., Crawled]) -> None:
    crawled = crawl_demo(Parts(), "--no-images", edit=lambda toml: toml.partition("[[selectors]]")[0])
    for name in ("title", "body"):
        wrong = crawled.differences(name)
        assert len(wrong) <= 0.05 * len(crawled.truth), wrong


def test_every_part_can_be_switched_off() -> None:
    assert all(part.default is True for part in fields(Parts))
