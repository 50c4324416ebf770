"""The built-in site, crawled: every field of every post, with all sources on and with each switched off."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from urllib.parse import urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup

from cluster_archive.archive import read_captures
from cluster_archive.demo import Parts
from cluster_archive.urls import canonical_url

from .conftest import Crawled, expected

pytestmark = pytest.mark.crawl


def test_the_site_is_worth_crawling(whole: Crawled) -> None:
    posts = [truth for truth in whole.truth.values() if truth.kind == "article"]
    assert sum(truth.language == "bg" for truth in posts) >= 70
    assert sum(truth.language == "en" for truth in posts) >= 15
    assert {truth.date.year for truth in posts} >= set(range(2012, 2026))
    assert len({truth.case for truth in posts if truth.case.startswith("takeaways")}) >= 21
    assert len({truth.case for truth in posts if truth.case.startswith("no takeaways")}) >= 8


@pytest.mark.parametrize(
    "name", ["title", "date", "published_at", "body", "key_takeaways", "image_links", "attachments", "language"]
)
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
    beside = asked_as(whole, "requisite") + asked_as(whole, "document")
    assert len(whole.requests) - beside <= 1.15 * (articles + listings) + images + 15
    assert whole.report["tally"]["nothing_new"] <= 15 + listings


def test_every_picture_is_captured_once_at_full_size(whole: Crawled) -> None:
    assert [
        image["url"] for line in whole.lines.values() for image in line["images"] if not image["warc_record_id"]
    ] == []


def asked_as(crawled: Crawled, kind: str) -> int:
    """Exchanges of a kind."""
    return sum(count for told, count in crawled.report["tally"]["requests"].items() if told.startswith(f"{kind} "))


def test_what_pages_need_comes_last_and_only_once(whole: Crawled) -> None:
    count = asked_as(whole, "requisite")
    last = [path for _, _, path, _ in whole.requests[-count:]]
    assert count == len(last) == whole.report["tally"]["requisites"] > 100
    assert [path for path in last if path.endswith("/") or "wp-json" in path] == []
    needed = ("style.css", "marks.css", "leaf.svg", "grain.png", "menu.js", "icon-32x32.png", "logo.png", "hero.png")
    assert all(any(name in path for path in last) for name in needed)
    beside = asked_as(whole, "document")
    assert {path.rpartition(".")[2] for _, _, path, _ in whole.requests[-count - beside : -count]} == {"pdf", "docx"}


def test_all_that_an_independent_parser_finds_is_captured(whole: Crawled) -> None:
    captures = [one for path in (whole.collection / "archive").glob("*.gz") for one in read_captures(path)]
    answered = {canonical_url(one.url) for one in captures if one.status == 200}
    hosts = {host for _, host, _, _ in whole.requests}
    needed = set()
    for page in captures:
        if page.status != 200 or page.media_type != "text/html":
            continue
        soup = BeautifulSoup(page.payload, "html.parser")
        named = [one["src"] for one in soup.select("img[src], script[src], source[src]")]
        named += [one["href"] for one in soup.select("link[rel=stylesheet], link[rel=icon]")]
        named += [part.split()[0] for one in soup.select("[srcset]") for part in one["srcset"].split(",")]
        needed |= {canonical_url(urljoin(page.url, name)) for name in named if not name.startswith("data:")}
    there = {url for url in needed if urlsplit(url).netloc in hosts}
    assert len(there) > 150
    assert there - answered == set()


def test_documents_are_captured(whole: Crawled) -> None:
    files = [one for line in whole.lines.values() for one in line["attachments"]]
    assert len(files) == 4
    captured = {
        one.ref.record_id: one
        for path in (whole.collection / "archive").glob("*.gz")
        for one in read_captures(path)
        if one.ref is not None
    }
    for file in files:
        capture = captured[file["warc_record_id"]]
        assert canonical_url(capture.url) == canonical_url(file["url"])
        assert capture.payload.startswith(b"%PDF-1.4" if file["url"].endswith(".pdf") else b"PK")


def test_a_crawl_without_requisites(crawl_demo: Callable[..., Crawled]) -> None:
    crawled = crawl_demo(Parts(), "--no-requisites", "--no-images")
    assert crawled.said.returncode == 0
    assert [
        path for _, _, path, _ in crawled.requests if re.search(r"\.(?:png|jpe?g|css|js|svg|pdf|docx)\b", path)
    ] == []
    assert crawled.differences() == []


def test_a_crawl_without_images_has_styles(crawl_demo: Callable[..., Crawled]) -> None:
    crawled = crawl_demo(Parts(), "--no-images")
    asked = {path.partition("?")[0].rpartition("/")[2] for _, _, path, _ in crawled.requests if "." in path}
    assert {"style.css", "marks.css", "menu.js", "obyava.pdf"} <= asked
    assert not {name for name in asked if re.search(r"\d+x\d+\.jpe?g$", name)}


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
    assert [part.name for part in fields(Parts) if part.default is not True] == ["page_validators"]
