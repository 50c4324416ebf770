"""What pages and style sheets need: each address that counts, none that does not, and no input that breaks or stalls it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_archive.captures import Capture
from cluster_archive.discover import discover, page_requisites, sheet_requisites
from cluster_archive.discover.requisites import MAX_FOUND
from cluster_archive.discover.sheets import MAX_NAMES, names_in_css
from cluster_archive.document import read_document, srcset_urls
from cluster_archive.sites import Site, may_fetch_requisite, site_of

MOMENT = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
Page = Callable[..., Capture]


def found(page: Page, html: str | bytes, url: str = "https://example.org/a/post/") -> list[str]:
    document = read_document(page(html, url))
    assert document is not None
    return [one.url.removeprefix("https://example.org") for one in page_requisites(document)]


def sheet(content: str | bytes, content_type: str = "text/css", url: str = "https://example.org/css/a.css") -> Capture:
    payload = content.encode() if isinstance(content, str) else content
    return Capture(url=url, status=200, headers=(("Content-Type", content_type),), payload=payload, captured_at=MOMENT)


@pytest.mark.parametrize(
    ("html", "names"),
    [
        ('<link rel="stylesheet" href="/a.css?ver=6">', ["/a.css?ver=6"]),
        ('<link rel="preload" as="font" href="f.woff2"><link rel=modulepreload href=m.js>', ["/a/post/f.woff2", "/a/post/m.js"]),
        ('<link rel="shortcut icon" href=/i.ico><link rel=apple-touch-icon href=/t.png><link rel=manifest href=/m.json>', ["/i.ico", "/t.png", "/m.json"]),
        ('<link rel="preload" as="image" imagesrcset="/a.png 1x, /b.png 2x">', ["/b.png", "/a.png"]),
        ('<link rel="next" href="/2/"><link rel=alternate href=/feed/><link rel=preload as=document href=/d/><link rel=prefetch href=/e/>', []),
        ('<script src="/a.js"></script><script>var x = "/b.js"</script>', ["/a.js"]),
        ('<img src="/a.png" srcset="/b.png 300w, /c.png 900w">', ["/a.png", "/c.png", "/b.png"]),
        ('<img src="data:image/gif;base64,AA" data-src="/a.png" data-srcset="/b.png 2x">', ["/a.png", "/b.png"]),
        ('<noscript><img src="/a.png"></noscript>', ["/a.png"]),
        ('<picture><source srcset="/a.webp"><img src="/a.png"></picture>', ["/a.webp", "/a.png"]),
        ('<video src="/v.mp4" poster="/p.png"><source src="/w.webm"><track src="/t.vtt"></video>', ["/v.mp4", "/p.png", "/w.webm", "/t.vtt"]),
        ('<audio><source src="/a.ogg"></audio><embed src="/e.svg"><object data="/o.pdf"></object>', ["/a.ogg", "/e.svg", "/o.pdf"]),
        ('<input type="image" src="/i.png"><body background="/b.png"><table background="/t.gif"></table>', ["/b.png", "/t.gif", "/i.png"]),
        ('<svg><use xlink:href="/s.svg#x"></use><use href="#y"></use><image href="/i.png"></image></svg>', ["/s.svg", "/i.png"]),
        ("<style>@import '/a.css'; b{background:url(/b.png)}</style>", ["/a.css", "/b.png"]),
        ('<p style="background: url(&quot;/a.png&quot;)"></p><p data-bg="/b.png"></p>', ["/a.png", "/b.png"]),
        ('<base href="https://cdn.example.org/x/"><img src="a.png">', ["https://cdn.example.org/x/a.png"]),
        ('<a href="/page/"></a><iframe src="/frame/"></iframe><img src=""><img src="{{ url }}"><img src="#">', []),
        ('<img src="javascript:x"><script src="file:///etc/passwd"></script><img src="blob:x"><img src="http://[bad/">', []),
        ('<img src="/a.png"><img src="/a.png#b"><img src="https://example.org/a.png">', ["/a.png"]),
    ],
)  # fmt: skip
def test_what_a_page_names(page: Page, html: str, names: list[str]) -> None:
    assert sorted(found(page, f"<html><title>t</title>{html}")) == sorted(names)


def test_pictures_of_the_markup_are_told_from_the_rest(page: Page) -> None:
    html = '<html><img src="/a.png"><picture><source srcset="/b.png"></picture><video><source src="/c.mp4"></video><p style="background:url(/d.png)">'
    document = read_document(page(html))
    assert document is not None
    assert {urlsplit(one.url).path for one in page_requisites(document) if one.is_picture} == {"/a.png", "/b.png"}


CSS = r"""
@charset "utf-8"; @import "one.css" screen; @IMPORT url(two.css) layer(x); @import/**/'three.css';
@namespace svg url(http://www.w3.org/2000/svg);
/* url(no.png) @import "no.css"; */
.a { background: url( "four.png" ) , URL(five.png); content: "url(no2.png)"; mask: myurl(no3.png) }
.b { background: -webkit-image-set("six.png" 1x, url(seven.png) 2x); src: local("No"), url('eight.woff2?#iefix') format("woff2") }
.c { background: url(data:image/png;base64,AAAA); fill: url(#gradient); background: url(nine\20 ten.png) }
.d { background: url(eleven.png
"""


def test_what_a_sheet_names() -> None:
    names = names_in_css(CSS)
    assert names == (
        *("one.css", "two.css", "three.css", "four.png", "five.png", "six.png", "seven.png", "eight.woff2?#iefix"),
        *("nine ten.png", "eleven.png"),
    )
    assert sheet_requisites(sheet(CSS))[3] == "https://example.org/css/four.png"


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        ("a{background:url(й.png)}".encode("cp1251"), "text/css; charset=windows-1251"),
        (b'@charset "windows-1251"; ' + "a{background:url(й.png)}".encode("cp1251"), "text/css"),
        (b"\xef\xbb\xbf" + "a{background:url(й.png)}".encode(), "text/css; charset=windows-1251"),
        ("a{background:url(й.png)}".encode(), "text/css; charset=no-such-thing"),
    ],
)
def test_the_character_set_of_a_sheet(content: bytes, content_type: str) -> None:
    assert sheet_requisites(sheet(content, content_type)) == ("https://example.org/css/%D0%B9.png",)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400) | st.text("@import url(\"')/*\\{}[];\n ax.", max_size=200).map(str.encode))
def test_any_bytes_are_a_sheet(content: bytes) -> None:
    assert all(urlsplit(url).scheme in ("http", "https") for url in sheet_requisites(sheet(content)))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from("<html> <img src= srcset=' <link rel=stylesheet href= <style> url( </style> @import \" ' > , 1x //x /a.png <p style='".split(" ")), max_size=40),
    st.text(max_size=40),
)  # fmt: skip
def test_any_markup_is_a_page(parts: list[str], text: str) -> None:
    capture = Capture(
        url="https://example.org/",
        status=200,
        headers=(("Content-Type", "text/html"),),
        payload=("<html>" + " ".join(parts) + text).encode("utf-8", "replace"),
        captured_at=MOMENT,
    )
    document = read_document(capture)
    if document is not None:
        assert all(urlsplit(one.url).scheme in ("http", "https") for one in page_requisites(document))


HOSTILE = {
    name: f"url(q) {text}"
    for name, text in {
        "brackets": "(" * 500_000,
        "braces": "{" * 500_000,
        "quotes": '"' * 500_000,
        "quotes on lines": '"\n' * 250_000,
        "escapes": "\\" * 500_000,
        "comments": "/*" * 250_000,
        "empty comments": "@import " + "/**/" * 120_000,
        "open urls": "url(" * 120_000,
        "open quoted urls": 'url("' * 100_000,
        "blank urls": "url(" + " " * 500_000,
        "blank imports": "@import " + " " * 500_000,
        "image sets": "image-set((" * 50_000,
        "namespaces": "@namespace " * 50_000,
        "many": "".join(f"url({number})" for number in range(50_000)),
    }.items()
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_sheet_costs_no_more_than_its_length(name: str) -> None:
    began = time.process_time()
    assert "q" in names_in_css(HOSTILE[name])
    assert len(names_in_css(HOSTILE[name])) <= MAX_NAMES + 100
    assert time.process_time() - began < 5  # measured: below 0.2 seconds


def test_a_page_of_addresses_is_cut(page: Page) -> None:
    html = "<html>" + "".join(f"<img src=/{number}>" for number in range(MAX_FOUND + 100))
    assert len(found(page, html)) == MAX_FOUND


@pytest.mark.parametrize("value", ["x" * 100_000 + " y", "a 1.1.1w, b 5w", ",".join("x" * 50_000), "x" + " " * 100_000])
def test_a_set_of_pictures_costs_no_more_than_its_length(value: str) -> None:
    began = time.process_time()
    srcset_urls(value)
    assert time.process_time() - began < 2  # it was quadratic: hours for the first


def test_a_set_as_the_standard_reads_it() -> None:
    assert srcset_urls("a.jpg 1x, b,c.jpg 2x,d.jpg 300w 20h , e.jpg, ,,f.jpg") == [
        "d.jpg",
        "b,c.jpg",
        "a.jpg",
        "e.jpg",
        "f.jpg",
    ]
    assert srcset_urls("a.jpg 1.1.1w, b.jpg 5w") == ["b.jpg", "a.jpg"]


@pytest.mark.parametrize("media_type", ["text/html", "application/json", "image/png", "text/css", "application/pdf"])
def test_what_was_embedded_names_no_pages(page: Page, site: Site, media_type: str) -> None:
    html = '<html><body class="blog"><div class="post-item"><h2><a href="/p/">T</a></h2></div></body></html>'
    capture = page(html, content_type=media_type)
    embedded = Capture(
        url=capture.url, status=200, headers=capture.headers, payload=capture.payload, captured_at=MOMENT, embedded=True
    )
    told = discover(embedded, site)
    assert (told.links, told.evidence) == ((), ())
    assert told.kind in ("picture", "document", "requisite")


def test_from_where_requisites_may_come() -> None:
    site = site_of(
        'name = "x"\nhome = "https://example.org/"\nhosts = ["example.org"]\npicture_hosts = ["p.example:81"]\n'
        'requisite_hosts = ["CDN.example"]\n',
        "x.toml",
    )
    named = ("https://example.org/a.css", "http://cdn.example/a.css", "https://cdn.example/a.css")
    assert all(may_fetch_requisite(url, site) for url in named)
    for url in ("https://example.org:8443/a.css", "http://p.example:81/a.css", "https://other.example/a.css"):
        assert not may_fetch_requisite(url, site)
    assert may_fetch_requisite("http://p.example:81/a.png", site, picture=True)
    assert may_fetch_requisite("https://other.example/a.css", site, everywhere=True)
    for url in ("http://other.example:8080/a.css", "ftp://other.example/a.css", "https://example.org:8443/a.css"):
        assert not may_fetch_requisite(url, site, everywhere=True)
