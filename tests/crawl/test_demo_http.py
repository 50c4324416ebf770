"""The built-in site answers as WordPress does (the HTTP facts that a crawler meets)."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from urllib.parse import quote, urlsplit

import pytest

from cluster_archive.demo import DemoSite, Parts, serve

pytestmark = pytest.mark.crawl


@pytest.fixture(scope="module")
def site() -> Iterator[DemoSite]:
    with serve(Parts(), ports=(0, 0, 0)) as served:
        yield served


@pytest.fixture
def get(site: DemoSite) -> Callable[..., tuple[int, dict[str, str], bytes]]:
    """Status, header fields and body of an address, redirects not followed."""

    def ask(path: str, host: str = site.bulgarian, **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(urlsplit(host).netloc, timeout=10)
        connection.request(
            "GET",
            quote(path, safe="/?&=%:,"),
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()

    return ask


Get = Callable[..., tuple[int, dict[str, str], bytes]]
REST = "/wp-json/wp/v2/posts"


def test_the_rest_collection(get: Get, site: DemoSite) -> None:
    posts = sum(truth.kind == "article" and truth.language == "bg" for truth in site.truth())
    status, headers, body = get(f"{REST}?per_page=20&_fields=id,date,link")
    assert (status, headers["X-WP-Total"], headers["X-WP-TotalPages"]) == (200, str(posts), str(-(-posts // 20)))
    assert 'rel="next"' in headers["Link"]
    assert [set(post) for post in json.loads(body)] == [{"id", "date", "link"}] * 20


@pytest.mark.parametrize(
    ("query", "code"),
    [("per_page=101", "rest_invalid_param"), ("per_page=100&page=9", "rest_post_invalid_page_number")],
)
def test_what_the_rest_api_refuses(get: Get, query: str, code: str) -> None:
    status, _, body = get(f"{REST}?{query}")
    assert (status, json.loads(body)["code"]) == (400, code)


def test_feeds_and_files_have_validators_and_pages_have_none(get: Get) -> None:
    for path in ("/feed/", "/wp-content/uploads/2016/10/logo.png"):
        status, headers, _ = get(path)
        assert status == 200
        assert get(path, If_None_Match=headers["ETag"])[::2] == (304, b"")
        assert get(path, If_Modified_Since=headers["Last-Modified"])[0] == 304
    for path in ("/", "/news/", "/about/"):
        _, headers, _ = get(path)
        assert not {"ETag", "Last-Modified", "Cache-Control"} & set(headers)
        assert "https://api.w.org/" in headers["Link"]


def test_feed_pages_end(get: Get) -> None:
    assert get("/feed/?paged=2")[0] == 200
    assert get("/feed/?paged=99")[0] == 404
    assert b"+0000</pubDate>" in get("/feed/")[2]


def test_redirects(get: Get, site: DemoSite) -> None:
    url = next(truth.url for truth in site.truth() if truth.case == "old slug")
    for path in ("/otchet-star/", urlsplit(url).path.rstrip("/")):
        status, headers, _ = get(path)
        assert (status, headers["Location"], headers["X-Redirect-By"]) == (301, url, "WordPress")
    (post, *_) = json.loads(get(f"{REST}?_fields=id,link")[2])
    assert get(f"/?p={post['id']}")[1]["Location"] == post["link"]


def test_what_is_not_there(get: Get) -> None:
    for path in ("/nothing/", "/news/page/99/", "/wp-content/uploads/2016/10/nothing.jpg"):
        status, headers, _ = get(path)
        assert (status, headers["Cache-Control"].partition(",")[0]) == (404, "no-cache")
    assert get("/xmlrpc.php")[0] == 405


def test_the_traps_are_there(get: Get) -> None:
    for path in (
        "/kalendar/?mesec=2031-02&den=28",
        "/2019/",
        "/2019/03/",
        "/category/news/",
        "/author/redaktor/",
        "/attachment/snimka-1/",
        "/wp-json/oembed/1.0/embed?url=x",
    ):
        assert get(path)[0] == 200, path
    assert (
        b"/kalendar/?mesec=2031-03" in get("/kalendar/?mesec=2031-02&amp;den=28")[2]
        or b"/kalendar/?mesec=" in get("/kalendar/?mesec=2031-02&den=28")[2]
    )


def test_pictures_are_what_their_names_say(get: Get) -> None:
    marks = {
        "logo.png": b"\x89PNG",
        "snimka-1.jpg": b"\xff\xd8\xff",
        "znachka.gif": b"GIF89a",
        "plakat.webp": b"RIFF",
        "snimka-1-150x150.jpg": b"\xff\xd8\xff",
    }
    for name, mark in marks.items():
        status, _, body = get(f"/wp-content/uploads/2016/10/{name}")
        assert (status, body[: len(mark)]) == (200, mark), name


def test_two_ports_taken(site: DemoSite) -> None:
    port = urlsplit(site.bulgarian).port
    assert port
    with pytest.raises(OSError, match="in use"):
        serve(Parts(), ports=(port, 0, 0))
