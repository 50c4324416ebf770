"""What fuzzing has found, each as a test of its own."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import html

from cluster_archive.archive import Fault, look_up, read_captures, verify_collection, verify_wacz
from cluster_archive.archive.cdxj import read_index
from cluster_archive.captures import Capture
from cluster_archive.discover import discover
from cluster_archive.errors import BadArchive, BadSite
from cluster_archive.extract import extract
from cluster_archive.messages import read_message
from cluster_archive.middlewares import _is_http_date
from cluster_archive.patience import seconds_of
from cluster_archive.report import Tally, read_reports
from cluster_archive.report.page import page as report_page
from cluster_archive.sites import Site, in_scope, site_of
from cluster_archive.urls import absolute_url, canonical_url, host_port, readable_path
from cluster_archive.web.catalogue import Catalogue
from cluster_archive.web.records import captures_of
from tests.archive.damages import make_collection, make_wacz
from tests.archive.making import raw_record

from .collections import REPORT
from .subject import capture, response

Page = Callable[..., Capture]
LONG = "9" * 5000
"""More digits than Python makes a number of (sys.set_int_max_str_digits)."""
DEEP = "[" * 100_000


def test_a_length_of_thousands_of_digits_is_a_body_that_was_cut() -> None:
    message = read_message(f"HTTP/1.1 200 OK\r\nContent-Length: {LONG}\r\n\r\nabc".encode())
    assert message.payload == b"abc"
    assert not message.complete


@pytest.mark.parametrize("path", ["%%61ea", "%4%31", "100%", "a%?b=%%361", "%%%32%35"])
def test_a_percent_sign_that_escapes_nothing_does_not_come_to_escape(path: str) -> None:
    once = canonical_url(f"http://e.org/{path}")
    assert canonical_url(once) == once
    assert "%25" in once


@pytest.mark.parametrize("link", [")/.4[p\0\0\0\0;\0", "a;\0", "\0a", "a;\x1f \0", "a;b\\1;", "b\\..\\c"])
def test_an_address_that_is_made_twice_is_the_same(link: str) -> None:
    url = absolute_url(link, "https://example.org/news/")
    assert url is not None
    assert absolute_url(url, url) == url


@pytest.mark.parametrize("count", ["²", LONG, "-1", "1e3", "٣"])
def test_counts_of_the_rest_api_that_are_no_counts(site: Site, count: str) -> None:
    body = b'[{"link": "https://example.org/a/"}]'
    fields = [f"{name}: {count}".encode() for name in ("X-WP-Total", "X-WP-TotalPages")]
    data = response(body, "Content-Type: application/json").replace(
        b"\r\n\r\n", b"\r\n" + b"\r\n".join(fields) + b"\r\n\r\n", 1
    )
    found = discover(capture(data, "https://example.org/wp-json/wp/v2/posts"), site)
    assert found.total is None
    assert "https://example.org/a/" in [link.url for link in found.links]


@pytest.mark.parametrize("kind", ["posts?page=", "feed/?paged="])
def test_page_numbers_of_thousands_of_digits(site: Site, kind: str) -> None:
    feed = b"<rss><channel><item><link>https://example.org/a/</link></item></channel></rss>"
    content, media = (
        (b'[{"link": "https://example.org/a/"}]', "application/json") if "page=" in kind[:11] else (feed, "text/xml")
    )
    data = response(content, f"Content-Type: {media}", "X-WP-TotalPages: 3")
    assert discover(capture(data, f"https://example.org/wp-json/wp/v2/{kind}{LONG}"), site).links


def test_a_picture_that_is_said_to_be_wider_than_numbers_go(post: Page, site: Site) -> None:
    text = "<p>" + "What it says. " * 30 + "</p>"
    assert extract(post(f'{text}<img src="/uploads/a.jpg" width="{LONG}">'), site).image_links


@pytest.mark.parametrize(
    "stated", [b"Mon, 06 May 2024 07:08:09 +99999999999999999999", b"Mon, 06 May 99999999999999999999 07:08:09 GMT"]
)
def test_a_date_of_http_beyond_all_dates(stated: bytes) -> None:
    assert seconds_of(stated, datetime(2024, 5, 6, tzinfo=UTC)) is None
    assert not _is_http_date(stated.decode())


@pytest.mark.parametrize(
    "line",
    ['name = "a"\nhome = "http://["\n', f"a = {DEEP}", f"a = {LONG}", 'name = "a"\nhome = "http://a b<>/"\n']
    + [
        f'name = "a"\nhome = "http://a/"\n[addresses]\nignore = [\'{one}\']\n'
        for one in ("a{99999999999999}", "(" * 5000, f"a{{{LONG}}}")
    ]
    + [f'name = "a"\nhome = "http://a/"\n[[selectors]]\nbody = [\'{":not(" * 2000}\']\n'],
)
def test_a_site_that_cannot_be_is_a_bad_site(line: str) -> None:
    with pytest.raises(BadSite, match=r"x\.toml"):
        site_of(line, "x.toml")


@pytest.mark.parametrize(
    "link",
    [
        'https://www.example.org"443/',
        "http://a／b/",
        "http://a%2eb/",
        "http://://x/",
        "http://a<b>/",
        "http://ï¼\x8f/",
        "http://[::1%25x]/",
        "https://example.or\ufffd0\x16../b/?utm_source=x",
        "http:///x",
    ],
)
def test_what_no_host_can_be_called_is_no_address(link: str, site: Site) -> None:
    assert absolute_url(link, "https://example.org/") in (
        None,
        "https://example.org/x",
        "https://example.org:/x",
        "http://x/",
    )
    made = canonical_url(link)
    assert canonical_url(made) == made
    host_port(link)
    readable_path(link)
    assert not in_scope(link, site)


def test_a_record_whose_address_is_none_is_told_and_passed_over(tmp_path: Path) -> None:
    path, told = tmp_path / "a.warc", list[Fault]()
    fields = {"WARC-Type": "response", "WARC-Record-ID": "<urn:a>", "WARC-Date": "2024-05-06T07:08:09Z"}
    block = b"HTTP/1.1 200 OK\r\n\r\nx"
    kind = {"Content-Type": "application/http; msgtype=response"}
    urls = ("http://[::", "http://example.org/")
    path.write_bytes(b"".join(raw_record({**fields, **kind, "WARC-Target-URI": url}, block) for url in urls))
    assert [one.url for one in read_captures(path, told.append)] == ["http://example.org/"]
    assert [one.what for one in told] == ["Its address is none that anybody can ask for."]


@pytest.mark.parametrize(
    "told",
    [
        DEEP,
        "[]",
        "1",
        '{"url": 1}',
        '{"url": "http://a/", "offset": "²", "status": "²"}',
        '{"url": "http://a/", "offset": 5, "status": 200}',
    ],
)
def test_lines_of_an_index_that_are_none(tmp_path: Path, told: str) -> None:
    index = tmp_path / "index.cdxj"
    index.write_text(f"a)/ 20240506070809 {told}\n", encoding="utf-8")
    assert all(isinstance(value, str) for fields in read_index(index) for value in fields.values())
    assert [one["url"] for one in look_up(index, "http://a/")] == (["http://a/"] if "http" in told else [])
    assert [one.offset for one in captures_of(index, "http://a/")] == ([5] if ": 5" in told else [])


@pytest.mark.parametrize(
    "name", ["indexes/index.cdxj", "dataset/articles.jsonl", "manifest-sha256.txt", "runs/20240506070809/report.json"]
)
@pytest.mark.parametrize("what", ["long", "deep", "far"])
def test_names_that_no_file_can_have_and_places_beyond_all_files(tmp_path: Path, name: str, what: str) -> None:
    collection = make_collection(tmp_path / "demo")
    path = collection.root / name
    text = path.read_text(encoding="utf-8")
    if what == "long":
        text = text.replace("demo-2024", "demo-" + "x" * 5000)
    elif what == "deep":
        text = DEEP + "\n"
    else:
        text = text.replace('"offset": "', '"offset": "9999999999999999999').replace(
            '"offset":', '"offset":9999999999999999999'
        )
    path.write_text(text, encoding="utf-8")
    list(verify_collection(collection))
    if "articles" in name:
        assert Catalogue(path).unreadable == (1 if what == "deep" else Catalogue(path).unreadable)


def test_a_zip_that_begins_before_its_own_beginning(tmp_path: Path) -> None:
    path = make_wacz(make_collection(tmp_path / "demo"), tmp_path / "demo.wacz")
    data = path.read_bytes()
    with zipfile.ZipFile(path) as package:
        directory = package.start_dir
    path.write_bytes(data[200:directory] + data[directory:])
    try:
        assert list(verify_wacz(path))
    except BadArchive as error:
        assert str(error)  # noqa: PT017 - either is right


def _damages() -> list[str]:
    sound = json.dumps(REPORT)
    return [
        sound.replace('"coverage"', '"cover"'), sound.replace("07:18:09", "07:78:09"), sound.replace("07:18:09Z", "07:18:09"),
        sound.replace('"bytes_received": 1000', '"bytes_received": "1000"'), sound.replace('"exit_code": 0', '"exit_code": 77'),
        sound.replace("[1.0, 4, 1000]", "[1.0, 4]"), sound.replace('"bytes": 10', '"bytes": 1e999'), sound.replace('"timeout", "tries"', '7, "tries"'),
        sound.replace('"article 200"', '"article"'), sound.replace('"failures": [', '"failures": [1, '), DEEP, "[]", "null",
    ]  # fmt: skip


@pytest.mark.parametrize("damaged", _damages(), ids=range(13))
def test_a_damaged_report_is_no_report(tmp_path: Path, damaged: str) -> None:
    for number, text in (("1", damaged), ("2", json.dumps(REPORT))):
        (tmp_path / number).mkdir()
        (tmp_path / number / "report.json").write_text(text, encoding="utf-8")
    (sound,) = read_reports(tmp_path)
    assert sound.run == REPORT["run"]


def test_a_report_of_an_earlier_version_is_shown(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "report.json").write_text(json.dumps(REPORT), encoding="utf-8")
    (report,) = read_reports(tmp_path)
    assert set(report.tally) == set(Tally().plain())
    assert html.fromstring(report_page(report, [report])).cssselect(".verdict")[0].text == "Complete."
