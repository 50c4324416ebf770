"""Title, dates, terms and kinds of pages; and bytes of any kind."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_archive.captures import Capture
from cluster_archive.document import read_document
from cluster_archive.errors import NotAnArticle
from cluster_archive.extract import date_evidence, extract
from cluster_archive.sites import Site, site_for_url


def test_title_without_the_sites_name(page: Callable[..., Capture], site: Site) -> None:
    html = '<html><head><title>Новина – едно | Example</title></head><body class="single single-post"><p>Текст</p></body></html>'
    assert extract(page(html), site).title == "Новина – едно"


def test_a_post_without_a_title(post: Callable[..., Capture], site: Site) -> None:
    article = extract(post("<p>Текст</p>", title=""), site)
    assert article.title == ""
    assert article.provenance.title is None


NEIGHBOUR = '<a class="fixed-nav fixed-nav-prev" href="/older/"><div class="desc"><h6>По-стара</h6><span class="date"><i></i>14.11.2017</span></div></a>'


def test_a_neighbours_date_is_a_bound_and_no_date(post: Callable[..., Capture], site: Site) -> None:
    article = extract(post("<p>Срещата беше на 8-9 ноември 2017 г.</p>", before=NEIGHBOUR), site)
    assert (article.date, article.date_not_before, article.date_not_after) == (None, date(2017, 11, 14), None)
    assert article.previous_url == "https://example.org/older/"


META = '<div class="post-meta"><div class="author-date"><span class="date"><time class="entry-date updated" datetime="2017-11-27T00:30:00+02:00" itemprop="datePublished">27.11.2017</time><meta itemprop="dateModified" content="2017-11-27T00:30:00+02:00"></span></div></div>'


def test_the_meta_line_gives_day_and_moment(post: Callable[..., Capture], site: Site) -> None:
    article = extract(post("<p>Текст</p>", before=NEIGHBOUR + META), site)
    assert article.date == date(2017, 11, 27)
    assert article.published_at == datetime(2017, 11, 26, 22, 30, tzinfo=UTC)
    assert article.modified_at is None
    assert (article.date_source, article.date_not_before) == ("page", None)


@pytest.mark.parametrize(
    ("head", "day"),
    [
        ('<meta property="article:published_time" content="2019-03-01T22:30:00+00:00">', date(2019, 3, 2)),
        (
            '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2019-03-02"}</script>',
            date(2019, 3, 2),
        ),
        (
            '<script type="application/ld+json">{"@graph": [{"@type": ["Article"], "datePublished": "2019-03-02T10:00:00+02:00"}]}</script>',
            date(2019, 3, 2),
        ),
        ('<script type="application/ld+json">{broken</script>', None),
        ('<meta property="article:modified_time" content="2019-03-02T10:00:00+00:00">', None),
        ('<meta property="article:published_time" content="2919-03-01">', None),
    ],
)
def test_dates_of_the_head(post: Callable[..., Capture], site: Site, head: str, day: date | None) -> None:
    assert extract(post("<p>Текст</p>", head=head), site).date == day


def test_the_address_may_give_the_day(post: Callable[..., Capture], site: Site) -> None:
    capture = post("<p>Текст</p>", url="https://example.org/2019/01/12/post/")
    assert [(one.source, one.day) for one in date_evidence(capture, site)] == [("url", date(2019, 1, 12))]


@pytest.mark.parametrize(
    ("classes", "reason"),
    [
        ("attachment attachmentid-5 single", "attachment"),
        ("blog", "listing"),
        ("archive category", "listing"),
        ("page page-id-2", "page"),
    ],
)
def test_what_is_no_article(page: Callable[..., Capture], site: Site, classes: str, reason: str) -> None:
    with pytest.raises(NotAnArticle, match=f"^{reason}$"):
        extract(page(f'<html><body class="{classes}"><h1>Страница</h1><p>Текст</p></body></html>'), site)


def test_a_protected_post_is_a_line_without_text(post: Callable[..., Capture], site: Site) -> None:
    article = extract(
        post('<form class="post-password-form"><p>Въведете парола</p><input type="password"></form>'), site
    )
    assert article.body == ""
    assert [issue.code for issue in article.issues] == ["protected"]


_MARKUP = st.lists(
    st.sampled_from(
        ["<div>", "</div>", "<ul>", "<li>", "</ul>", "<table>", "<tr>", "<td>", "</table>", "<br>", "<p>", "Изводи:", "– а", "&nbsp;",
         "<img src=a-1x1.jpg>", "<a href='http://[x'>", "<script>", "<!--", "<h1 class=entry-title>", "<time datetime=9999-99-99>", "\0", "<style>"]
    ),
    max_size=60,
)  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.binary(max_size=400), _MARKUP.map(lambda parts: "".join(parts).encode())))
def test_extract_raises_nothing_but_not_an_article(content: bytes) -> None:
    capture = Capture(
        url="https://example.org/post/",
        status=200,
        headers=(("Content-Type", "text/html"),),
        payload=b'<html><body class="single single-post">' + content,
        captured_at=datetime(2024, 1, 1, tzinfo=UTC),
    )
    with suppress(NotAnArticle):
        assert extract(capture, site_for_url("https://example.org/")).id


@pytest.mark.parametrize("tag", ["div", "b", "ul><li", "blockquote"])
def test_a_hundred_thousand_levels(page: Callable[..., Capture], site: Site, tag: str) -> None:
    html = (
        '<html><body class="single-post"><h1>Т</h1><div class="entry-content">'
        + f"<{tag}>" * 100_000
        + "<p>Дълбоко долу има текст.</p>"
    )
    assert "Дълбоко долу" in extract(page(html), site).body


@pytest.mark.parametrize(
    "selector",
    [
        ".md\\:flex",
        "a[href$='.pdf,.doc']",
        "p:is(.none, .note)",
        "div:not(.none) .note",
        "div:has(> .note)",
        "[itemprop='headline name']",
        ".none, .note",
        "ul > li.note + li",
    ],
)
def test_any_css_selector_finds_what_it_asks_for(selector: str, page: Callable[..., Capture]) -> None:
    document = read_document(
        page(
            "<html><body><div class='md:flex'><a href='/x.pdf,.doc'>x</a><p class='note'>y</p>"
            "<b itemprop='headline name'>z</b><ul><li class='note'>1</li><li>2</li></ul></div></body></html>"
        )
    )
    assert document is not None
    assert document.select(selector)
