"""What pages need: what is asked for, from where, how much of it, and that none of it is ever taken for a page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from cluster_archive.archive import read_captures
from cluster_archive.captures import Capture

from .conftest import command, lines_of
from .test_command_line import Answer, server

pytestmark = pytest.mark.crawl

SITE = "http://site.example"
TOML = f"""
name = "site"
home = "{SITE}/"
hosts = ["site.example"]
picture_hosts = ["pictures.example:8000"]
requisite_hosts = ["named.example:8000"]

[[seeds]]
kind = "listing"
url = "{SITE}/news/"

[[seeds]]
kind = "page"
url = "{SITE}/"

[politeness]
delay = 0
"""
LIST = '<html><body class="blog">{}</body></html>'
CARD = '<div class="post-item"><h2><a href="/post-{0}/">T</a></h2></div>'
ARTICLE = (
    '<html><head>{head}</head><body class="single single-post"><h1 class="entry-title">Post {number}</h1>'
    '<div class="entry-content"><p>Text of post {number}, long enough to be one.</p>{body}</div><footer>{foot}</footer></body></html>'
)


class Pages(dict[str, Answer]):
    """A web: answers by address, and what was asked of it in order. It stands behind a proxy, so that any host may be
    public and none is outside this machine."""

    def __init__(self, *posts: tuple[str, str], foot: str = "") -> None:
        super().__init__()
        self.asked: list[str] = []
        self[f"{SITE}/"] = (200, "text/html", '<html><body class="home"><p>Home</p></body></html>')
        self[f"{SITE}/news/"] = (200, "text/html", LIST.format("".join(map(CARD.format, range(len(posts))))))
        for number, (head, body) in enumerate(posts):
            html = ARTICLE.format(number=number, head=head, body=body, foot=foot)
            self[f"{SITE}/post-{number}/"] = (200, "text/html", html)

    def answer(self, url: str) -> Answer:
        self.asked.append(url)
        return self.get(url, (404, "text/plain", ""))

    @property
    def files(self) -> list[str]:
        """What was asked for but robots.txt, the list and the posts."""
        return [
            url
            for url in self.asked
            if not url.endswith(("/robots.txt", "/news/", ".example/")) and "/post-" not in url
        ]


@contextmanager
def crawled(
    pages: Pages, folder: Path, monkeypatch: pytest.MonkeyPatch, *options: str, code: int = 0
) -> Iterator[Path]:
    """The collection of a crawl of that web."""
    (folder / "site.toml").write_text(TOML, encoding="utf-8")
    with server(pages.answer) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        said = command("crawl", folder / "site.toml", "-o", folder, "--delay", "0", *options)
    assert said.returncode == code, said.stderr
    yield folder / "site"


def captures_of(collection: Path) -> list[Capture]:
    return [one for path in sorted((collection / "archive").glob("*.warc.gz")) for one in read_captures(path)]


def resource_types(collection: Path) -> dict[str, str | None]:
    """`WARC-Resource-Type` of the responses, as another reader sees it."""
    (warc,) = (collection / "archive").glob("*.warc.gz")
    with warc.open("rb") as file:
        heads = [one.rec_headers for one in ArchiveIterator(file) if one.rec_type == "response"]
        return {head["WARC-Target-URI"]: head["WARC-Resource-Type"] for head in heads}


def report_of(collection: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(max((collection / "runs").glob("*/report.json")).read_text(encoding="utf-8"))
    return told


def skipped(collection: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in (collection / "runs").glob("*/skipped.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def law_holds(collection: Path) -> None:
    before = (collection / "dataset" / "articles.jsonl").read_bytes()
    (collection / "state.sqlite").unlink()
    assert command("extract", collection).returncode == 0
    assert (collection / "dataset" / "articles.jsonl").read_bytes() == before


def test_sheets_that_import_sheets_with_fonts_and_backgrounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = Pages(
        ('<link rel="stylesheet" href="/wp-includes/a.css?ver=6.1">', ""),
        ('<link rel="stylesheet" href="/wp-includes/a.css?ver=6.1"><script src="/wp-includes/x.js"></script>', ""),
    )
    pages[f"{SITE}/wp-includes/a.css?ver=6.1"] = (301, "text/css", "/moved/a.css")
    pages[f"{SITE}/moved/a.css"] = (
        200,
        "text/css; charset=utf-8",
        '@import "b.css" screen; .a{background:url(../i.png)}',
    )
    pages[f"{SITE}/moved/b.css"] = (
        200,
        "text/css",
        "@font-face{src:local(x),url('f.woff2#a') format('woff2')} @import 'a.css';",
    )
    pages[f"{SITE}/i.png"] = (200, "image/png", "picture")
    pages[f"{SITE}/moved/f.woff2"] = (200, "font/woff2", "font")
    pages[f"{SITE}/wp-includes/x.js"] = (200, "text/javascript", "1")
    with crawled(pages, tmp_path, monkeypatch) as collection:
        assert max(Counter(pages.asked).values()) == 1
        assert sorted(pages.files) == sorted(
            url for url in pages if "/post-" not in url and not url.endswith(("/news/", ".example/"))
        )
        last = max(number for number, url in enumerate(pages.asked) if "/post-" in url)
        assert min(number for number, url in enumerate(pages.asked) if url in pages.files) > last
        types = resource_types(collection)
        assert {url.rpartition("/")[2]: kind for url, kind in types.items() if url.startswith(f"{SITE}/moved/")} == {
            "a.css": "stylesheet",
            "b.css": "stylesheet",
            "f.woff2": "font",
        }
        assert {url for url, kind in types.items() if kind is None} == set(pages.asked) - set(pages.files)
        assert {one.url for one in captures_of(collection) if one.embedded} == set(pages.files)
        told = report_of(collection)["tally"]
        assert (told["requisites"], told["pages"], told["articles"]) == (5, 4, 2)
        law_holds(collection)


def test_a_chain_of_sheets_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = Pages(('<link rel="stylesheet" href="/0.css">', ""))
    for number in range(40):
        pages[f"{SITE}/{number}.css"] = (200, "text/css", f"@import '{number + 1}.css';")
    with crawled(pages, tmp_path, monkeypatch):
        assert 5 <= len(pages.files) <= 7


FOOT = "".join(
    f'<link rel="stylesheet" href="http://{host}/s.css"><img src="http://{host}/i.png">'
    for host in ("named.example:8000", "pictures.example:8000", "cdn.example", "odd.example:9000")
)


@pytest.mark.parametrize(
    ("options", "hosts"),
    [
        ((), {"named.example:8000/s.css", "named.example:8000/i.png", "pictures.example:8000/i.png"}),
        (
            ("--all-requisites",),
            {"named.example:8000/s.css", "named.example:8000/i.png", "pictures.example:8000/i.png"}
            | {"pictures.example:8000/s.css", "cdn.example/s.css", "cdn.example/i.png"},
        ),
        (("--no-requisites",), set()),
        (("--no-images",), {"named.example:8000/s.css"}),
    ],
    ids=["named", "all", "none", "no images"],
)
def test_from_which_hosts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], hosts: set[str]
) -> None:
    pages = Pages(("", ""), foot=FOOT)
    with crawled(pages, tmp_path, monkeypatch, *options):
        assert {url.removeprefix("http://") for url in pages.files} == hosts


def test_redirects_obey_the_same_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = Pages(
        ('<link rel="stylesheet" href="/a.css"><link rel="stylesheet" href="/b.css"><link rel="icon" href="/c">', "")
    )
    pages[f"{SITE}/a.css"] = (301, "text/css", "http://other.example/a.css")
    pages[f"{SITE}/b.css"] = (301, "text/css", "http://named.example:8000/b.css")
    pages[f"{SITE}/c"] = (301, "text/css", "http://169.254.169.254:8080/secret")
    with crawled(pages, tmp_path, monkeypatch) as collection:
        assert set(pages.files) == {f"{SITE}/a.css", f"{SITE}/b.css", f"{SITE}/c", "http://named.example:8000/b.css"}
        assert {one["reason"] for one in skipped(collection)} == {"out-of-scope"}


def test_a_page_that_answers_for_a_requisite_is_no_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = Pages(('<script src="/trap/"></script>', '<a href="/report.pdf">Report</a><img src="/hotlink.jpg">'))
    trap = ARTICLE.format(number=99, head="", body='<a href="/post-98/">more</a><img src="/from-trap.png">', foot="")
    for name in ("trap/", "hotlink.jpg", "report.pdf"):
        pages[f"{SITE}/{name}"] = (200, "text/html", trap)
    with crawled(pages, tmp_path, monkeypatch) as collection:
        assert sorted(pages.files) == [f"{SITE}/hotlink.jpg", f"{SITE}/report.pdf", f"{SITE}/trap/"]
        assert f"{SITE}/post-98/" not in pages.asked
        assert [line["title"] for line in lines_of(collection)] == ["Post 0"]
        law_holds(collection)


def test_what_is_named_as_a_page_later_is_read_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = Pages(("", ""))
    html = '<html><body class="home"><p>Home</p><script src="/post-0/"></script><img src="/post-9/"></body></html>'
    pages[f"{SITE}/"] = (200, "text/html", html)  # it is asked for before the list
    with crawled(pages, tmp_path, monkeypatch) as collection:
        assert Counter(pages.asked)[f"{SITE}/post-0/"] == 1
        assert [line["title"] for line in lines_of(collection)] == ["Post 0"]
        law_holds(collection)


def test_too_large_and_too_many_are_told_and_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    icons = "".join(f'<img src="/icons/{number}.png">' for number in range(350))
    pages = Pages(('<script src="/huge.js"></script>', '<a href="/huge.pdf">x</a><a href="/small.pdf">y</a>'))
    pages[f"{SITE}/"] = (200, "text/html", f'<html><body class="home"><p>Home</p>{icons}</body></html>')
    pages[f"{SITE}/huge.js"] = (200, "text/javascript", "x" * (9 << 20))
    pages[f"{SITE}/huge.pdf"] = (200, "application/pdf", "x" * (33 << 20))
    pages[f"{SITE}/small.pdf"] = (200, "application/pdf", "%PDF-1.4")
    with crawled(pages, tmp_path, monkeypatch) as collection:
        told = skipped(collection)
        assert {(one["url"], one["reason"]) for one in told} == {
            (f"{SITE}/huge.js", "too-large"),
            (f"{SITE}/huge.pdf", "too-large"),
            (f"{SITE}/", "too-many"),
        }
        assert next(one["count"] for one in told if one["reason"] == "too-many") == 50
        assert sum("/icons/" in url for url in pages.files) == 300
        by_title = {line["title"]: line for line in lines_of(collection)}
        huge, small = by_title["Post 0"]["attachments"]
        ids = {one.url: one.ref.record_id for one in captures_of(collection) if one.ref and one.truncated is None}
        assert (huge["warc_record_id"], small["warc_record_id"]) == (None, ids[f"{SITE}/small.pdf"])
        assert report_of(collection)["exit_code"] == 0
        law_holds(collection)


def test_robots_are_obeyed_and_a_broken_host_is_told_but_holds_nothing_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = '<script src="/private/x.js"></script><script src="http://named.example:8000/x.js"></script>'
    pages = Pages((head, ""))
    pages[f"{SITE}/robots.txt"] = (200, "text/plain", "User-agent: *\nDisallow: /private/")
    pages["http://named.example:8000/x.js"] = (500, "text/plain", "")
    with crawled(pages, tmp_path, monkeypatch) as collection:
        assert f"{SITE}/private/x.js" not in pages.asked
        assert [(one["url"], one["reason"]) for one in skipped(collection)] == [(f"{SITE}/private/x.js", "robots")]
        report = report_of(collection)
        assert [(one["kind"], one["reason"]) for one in report["failures"]] == [("requisite", "status-500")]
        assert "need failed" in report["verdict"]
    pages.asked.clear()
    with crawled(pages, tmp_path, monkeypatch):
        assert f"{SITE}/news/" in pages.asked  # a new pass, not only what failed


def test_private_addresses_are_refused_with_all_requisites_too(tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(path: str) -> Answer:
        asked.append(path)
        if path == "/":
            return 200, "text/html", '<html><body class="home"><a href="/news/">News</a></body></html>'
        if path == "/news/":
            return 200, "text/html", LIST.format(CARD.format(0))
        if path == "/post-0/":
            head = '<script src="http://localhost/x.js"></script><script src="http://127.0.0.1:9/y.js"></script>'
            return 200, "text/html", ARTICLE.format(number=0, head=head, body="", foot="")
        return 404, "text/plain", ""

    with server(answer) as url:
        said = command("crawl", url, "-o", tmp_path, "--delay", "0", "--all-requisites")
    assert said.returncode == 0, said.stderr
    told = skipped(next(tmp_path.iterdir()))
    assert [(one["url"], one["reason"]) for one in told] == [("http://localhost/x.js", "address-refused")]


def test_the_two_options_exclude_each_other(tmp_path: Path) -> None:
    said = command("crawl", SITE, "-o", tmp_path, "--no-requisites", "--all-requisites")
    assert said.returncode == 2
    assert "exclude each other" in said.stderr
