"""Dates of pages whose site no file describes: the zone that the page uses, and the day that it shows."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from cluster_archive.captures import Capture
from cluster_archive.extract import date_evidence
from cluster_archive.sites import site_for_url

URL = "https://example.org/news/one/"


def first_day(head: str, body: str = "<h1>One</h1><p>Text.</p>", url: str = URL) -> date | None:
    html = f"<html lang='en'><head><title>One</title>{head}</head><body><main>{body}</main></body></html>"
    capture = Capture(
        url=url,
        status=200,
        headers=(("Content-Type", "text/html; charset=utf-8"),),
        payload=html.encode(),
        captured_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    found = date_evidence(capture, site_for_url(url))
    return found[0].day if found else None


LATE = "<meta property='article:published_time' content='2024-06-17T21:35:10+00:00'>"
NOON = "<meta property='article:published_time' content='2024-06-17T12:32:10+00:00'>"
STATED = """<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2024-06-17T19:30:00+02:00"}</script>"""
LONG = "The members of the cluster met in the town hall and spoke about the energy of the region. " * 2
CASES = {
    "as written": (LATE, "<h1>One</h1>", date(2024, 6, 17)),
    "the offset of another moment": (
        LATE,
        "<h1>One</h1><time class='entry-date' datetime='2024-06-18T00:35:10+03:00'>x</time>",
        date(2024, 6, 18),
    ),
    "the day that a reader sees": (LATE, "<h1>One</h1><p>18 June 2024</p>", date(2024, 6, 18)),
    "no zone makes it that day": (NOON, "<h1>One</h1><p>16 June 2024</p>", date(2024, 6, 17)),
    "a year of two digits": ("", "<h1>One</h1><p>Do 25.04.24 | 14:07 Uhr</p>", date(2024, 4, 25)),
    "the month first where the day tells": ("", "<h1>One</h1><p>Published on 01/25/24</p>", date(2024, 1, 25)),
    "an order that nothing tells": ("", "<h1>One</h1><p>Published on 01/02/24</p>", None),
    "the day in brackets that opens the text": (
        "",
        f"<h1>One</h1><p><b>(18.01.2018) {LONG}</b></p>",
        date(2018, 1, 18),
    ),
    "a change in brackets that opens the text": ("", f"<h1>One</h1><p>(updated 18.01.2018) {LONG}</p>", None),
    "a day in brackets inside the text": ("", f"<h1>One</h1><p>{LONG} (18.01.2018) {LONG}</p>", None),
    "a comment's by its type": (
        "",
        "<h1>One</h1><p itemprop='datePublished' content='2020-04-27'>x</p>"
        "<div itemtype='https://schema.org/Comment'><time itemprop='datePublished' datetime='2020-04-28'>y</time></div>",
        date(2020, 4, 27),
    ),
    "the article of the headline": (
        "",
        "<article><h2>B</h2><time pubdate datetime='2020-04-28'>y</time></article>"
        "<article><h1>One</h1><time pubdate datetime='2020-04-27'>x</time></article>",
        date(2020, 4, 27),
    ),
    "a list of articles": (
        "",
        f"<h1>One</h1>{f'<p>{LONG}</p>' * 3}"
        + "<article><h3>B</h3><time pubdate datetime='2020-04-28'></time></article>" * 2,
        None,
    ),
    "a main column beside a sidebar": (
        "",
        "<h1>One</h1><div class='sidebar__main'><time datetime='2020-04-27'>x</time></div>",
        date(2020, 4, 27),
    ),
    "glued words": ("", "<h1>One</h1><div><p>9 min read</p><p>Jan 15, 2025</p></div>", date(2025, 1, 15)),
    "the word above the headline": ("", "<p>02.02.2022 10:16 Uhr</p><h1>One</h1>", date(2022, 2, 2)),
    "compact": ("<meta name='bt:pubdate' content='20200316T08:00:00Z'>", "<h1>One</h1>", date(2020, 3, 16)),
    "as date prints": (
        "<meta property='article:published_time' content='Mon Aug 03 12:45:00 EDT 2015'>",
        "<h1>One</h1>",
        date(2015, 8, 3),
    ),
    "an offset that a script states": (
        LATE,
        """<h1>One</h1><script>var live = [{"at": "Tue, 18 Jun 2024 06:00:00 +0300"}];</script>""",
        date(2024, 6, 18),
    ),
    "two offsets of scripts, of one day": (
        LATE,
        """<h1>One</h1><script>var live = ["2024-06-18T06:00:00+03:00", "2024-01-18T06:00:00+0200"]</script>""",
        date(2024, 6, 17),  # 23:35 in winter's offset, 00:35 in summer's
    ),
    "confirmed by what is shown": (
        f"{STATED}<meta property='article:published_time' content='2024-06-19T08:00:00'>",
        "<h1>One</h1><p>19.06.2024</p>",
        date(2024, 6, 19),
    ),
    "a bare day of the next issue confirms nothing": (
        f"{STATED}<meta name='date' content='2024-06-18'>",
        "<h1>One</h1><p>18.06.2024</p>",
        date(2024, 6, 17),
    ),
    "what is shown alone confirms nothing": (STATED, "<h1>One</h1><p>19.06.2024</p>", date(2024, 6, 17)),
    "a time beside the headline against a bare day": (
        "<meta name='date' content='2024-06-17'>",
        "<h1>One</h1><time datetime='2024-06-19'>19.06.2024</time>",
        date(2024, 6, 19),
    ),
    "a time of the last change": (
        "<meta name='date' content='2024-06-17'><meta name='datemodified' content='2024-06-19T10:00:00+00:00'>",
        "<h1>One</h1><time datetime='2024-06-19'>19.06.2024</time>",
        date(2024, 6, 17),
    ),
    "the future": ("<meta name='date' content='2027-01-01'>", "<h1>One</h1>", None),
}


@pytest.mark.parametrize("name", CASES)
def test_the_day_of_a_page(name: str) -> None:
    head, body, day = CASES[name]
    assert first_day(head, body) == day


@pytest.mark.parametrize(
    ("host", "day"),
    [
        ("news.example.bg", date(2024, 6, 18)),
        ("example.co.uk", date(2024, 6, 17)),  # 22:35
        ("example.com.uy", date(2024, 6, 17)),
        ("example.au", date(2024, 6, 18)),  # in all its zones
        ("example.ru", date(2024, 6, 17)),  # not the same day in all its zones: as written
        ("example.eu", date(2024, 6, 17)),
        ("example.io", date(2024, 6, 17)),  # a code that is sold to all
        ("[::1]:8000", date(2024, 6, 17)),
        ("127.0.0.1", date(2024, 6, 17)),
    ],
)
def test_a_moment_in_utc_has_the_day_of_its_country(host: str, day: date) -> None:
    assert first_day(LATE, url=f"https://{host}/news/one/") == day


def test_the_pages_own_offset_goes_before_the_country() -> None:
    own = "<h1>One</h1><time class='entry-date' datetime='2024-06-17T17:35:10-04:00'>x</time>"
    assert first_day(LATE, own, "https://example.bg/news/one/") == date(2024, 6, 17)


def test_what_is_shown_goes_before_the_country() -> None:
    assert first_day(LATE, "<h1>One</h1><p>17 June 2024</p>", "https://example.bg/news/one/") == date(2024, 6, 17)


def test_a_day_inside_the_title_that_is_no_part_of_the_headline() -> None:
    def shown(headline: str) -> list[str]:
        html = f"<title>{headline} - 17.06.2024 - The Paper</title><h1>{headline}</h1><p>{LONG}</p>".encode()
        capture = Capture(url=URL, status=200, headers=(), payload=html, captured_at=datetime(2026, 1, 1, tzinfo=UTC))
        return [one.raw for one in date_evidence(capture, site_for_url(URL))]

    assert shown("One") == ["17.06.2024"]
    assert shown("Conference - 17.06.2024") == []  # the day of what is told of


@pytest.mark.parametrize("title", ["One | DW | 28.04.2023", "One - Politics - 28.04.2023 - The Paper"])
def test_the_day_that_the_title_names(title: str) -> None:
    html = f"<html lang='de'><head><title>{title}</title></head><body><h1>One</h1></body></html>".encode()
    capture = Capture(url=URL, status=200, headers=(), payload=html, captured_at=datetime(2026, 1, 1, tzinfo=UTC))
    (found,) = date_evidence(capture, site_for_url(URL))
    assert (found.day, found.source, found.raw) == (date(2023, 4, 28), "text", "28.04.2023")


PRINTED = {
    "near the headline": ("<h1>One</h1><div><script>showDate('2024/05/17 10:00')</script> 7 views</div>", date(2024, 5, 17)),
    "where there is no headline": ("<table><tr><td><script>document.write(\"17.5.2024\");</script></td></tr></table>", date(2024, 5, 17)),
    "what is said before it": ("<h1>One</h1><p>Last updated: <script>document.write('17.5.2024')</script></p>", None),
    "what is not shown": ("<h1>One</h1><script>countdown('17.5.2024')</script>", None),
    "more than one call": ("<h1>One</h1><script>show('17.5.2024'); hide('17.5.2024')</script>", None),
}  # fmt: skip


@pytest.mark.parametrize("name", PRINTED)
def test_a_day_that_a_script_writes_where_it_stands(name: str) -> None:
    body, day = PRINTED[name]
    assert first_day("", body) == day
