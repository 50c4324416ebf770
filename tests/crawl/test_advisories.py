"""Scrapy's security advisories: none of them reaches a crawl with our settings, whatever Scrapy is installed.

Each test names the advisory that it holds against; `docs/security.md` lists them.
"""

from __future__ import annotations

import gzip
import re
import sys
import time
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli
import pytest
from backports import zstd
from scrapy import Request, Spider
from scrapy.core.downloader.handlers import DownloadHandlers
from scrapy.downloadermiddlewares.httpproxy import HttpProxyMiddleware
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.spidermiddlewares.referer import RefererMiddleware
from scrapy.utils.reactor import install_reactor, is_reactor_installed
from scrapy.utils.test import get_crawler

import cluster_archive
from cluster_archive.captures import Capture
from cluster_archive.codings import MAX_DECODED, decode_body
from cluster_archive.discover import discover
from cluster_archive.discover.entries import read_entries
from cluster_archive.discover.sitemap import MAX_UNPACKED, unpack
from cluster_archive.sites import Site

Page = Callable[..., Capture]


@pytest.fixture
def settings() -> Settings:
    """Scrapy's defaults and ours, as a crawl has them."""
    made = Settings()
    made.setmodule("cluster_archive.settings", priority="project")
    return made


@pytest.fixture
def crawler(settings: Settings) -> Any:
    """A crawler with these settings that does not run."""
    if not is_reactor_installed():
        install_reactor(settings["TWISTED_REACTOR"])
    return get_crawler(Spider, {**settings.copy_to_dict(), "EXTENSIONS": {}})


def redirected(crawler: Any, request: Request, location: str) -> Request | Response | None:
    """What our redirect middleware makes of a redirect; None where it refuses to follow it."""
    response = Response(request.url, status=302, headers={"Location": location}, request=request)
    try:
        made: Request | Response = RedirectMiddleware.from_crawler(crawler).process_response(request, response)
    except (IgnoreRequest, ValueError):  # refused, or no address at all
        return None
    return made


def test_a_referrer_policy_is_never_imported(settings: Settings) -> None:  # GHSA-cwxj-rr6w-m6w7
    sys.modules.pop("this", None)
    middleware = RefererMiddleware(settings)
    for policy in ("this.s", "antigravity.webbrowser", "os.system"):
        response = Response("https://example.org/", headers={"Referrer-Policy": policy})
        told = middleware.policy(response, Request("https://example.org/a"))
        assert type(told).__module__.startswith("scrapy.")
    assert "this" not in sys.modules
    assert "antigravity" not in sys.modules


def bomb(coding: str) -> bytes:
    """300 MB of nothing, packed; five times what is ever decoded."""
    nothing = bytes(1024 * 1024)
    if coding == "br":
        packer = brotli.Compressor(quality=5)
        return b"".join([*(packer.process(nothing) for _ in range(300)), packer.finish()])
    if coding == "zstd":
        squeezer = zstd.ZstdCompressor()
        return b"".join([*(squeezer.compress(nothing) for _ in range(300)), squeezer.flush()])
    zipper = zlib.compressobj(9, zlib.DEFLATED, 31 if coding == "gzip" else 15)
    return b"".join([*(zipper.compress(nothing) for _ in range(300)), zipper.flush()])


@pytest.mark.parametrize("coding", ["br", "deflate", "gzip", "zstd"])
def test_a_bomb_is_decoded_up_to_the_limit(page: Page, coding: str) -> None:  # GHSA-2qfp-q593-8484, CVE-2025-6176
    held = page(bomb(coding))
    packed = Capture(
        url=held.url, status=200, headers=(*held.headers, ("Content-Encoding", coding)), payload=held.payload,
        captured_at=held.captured_at,
    )  # fmt: skip
    tracemalloc.start()
    body = decode_body(packed)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(body.content) == MAX_DECODED
    assert body.problem == "too-large"
    assert most < 4 * MAX_DECODED


def test_limits_hold_for_what_is_decoded(settings: Settings) -> None:  # GHSA-7j7m-v7m3-jqm7
    assert settings.getdict("DOWNLOADER_MIDDLEWARES")[
        "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware"
    ] is None  # fmt: skip
    assert 0 < settings.getint("DOWNLOAD_MAXSIZE") <= MAX_DECODED
    assert len(unpack(gzip.compress(bytes(MAX_UNPACKED + 1000)))) == MAX_UNPACKED


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "data:text/html,x",
        "s3://bucket/key",
        "ftp://example.org/",
        "javascript:alert(1)",
        "gopher://x/",
    ],
)
def test_a_redirect_to_another_scheme_is_not_followed(crawler: Any, location: str) -> None:  # GHSA-23j4-mw76-5v7h
    assert not isinstance(redirected(crawler, Request("https://example.org/"), location), Request)


@pytest.mark.parametrize("scheme", ["file", "data", "s3", "ftp"])
def test_no_other_scheme_has_a_handler(crawler: Any, scheme: str) -> None:  # GHSA-23j4-mw76-5v7h, GHSA-76g3-c3x4-crvx
    handlers = DownloadHandlers(crawler)
    assert handlers._get_handler(scheme) is None


@pytest.mark.parametrize(
    "location",
    ["https://other.example/", "http://example.org/", "https://example.org:8443/", "https://www.example.org/"],
)
def test_credentials_and_cookies_stay_where_they_belong(
    crawler: Any, location: str
) -> None:  # GHSA-cw9j-q3vf-hrrv, GHSA-4qqq-9vqf-3h3f, GHSA-cjvr-mfj7-j4j8
    request = Request("https://example.org/", headers={"Authorization": "Basic eDp5", "Cookie": "a=b"})
    made = redirected(crawler, request, location)
    assert isinstance(made, Request)
    assert "Authorization" not in made.headers
    if "//example.org" not in location or location.startswith("http:"):
        assert "Cookie" not in made.headers


def test_a_proxy_is_not_kept_over_a_change_of_scheme(
    crawler: Any, monkeypatch: pytest.MonkeyPatch
) -> None:  # GHSA-jm3v-qxmh-hxwv
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://user:secret@127.0.0.1:3128")
    proxies = HttpProxyMiddleware.from_crawler(crawler)
    request = Request("http://example.org/")
    proxies.process_request(request)
    assert request.meta["proxy"] == "http://127.0.0.1:3128"
    made = redirected(crawler, request, "https://example.org/")
    assert isinstance(made, Request)
    assert "proxy" not in made.meta
    assert "Proxy-Authorization" not in made.headers


def test_no_cookie_is_kept_or_sent(settings: Settings) -> None:  # GHSA-cjvr-mfj7-j4j8, GHSA-mfjm-vh54-3f96
    assert settings.getbool("COOKIES_ENABLED") is False


def test_scrapys_own_readers_of_xml_are_not_used() -> None:  # GHSA-cc65-xxvf-f7r9
    sources = Path(cluster_archive.__file__).parent.rglob("*.py")
    used = [
        path.name
        for path in sources
        if re.search(
            r"xmliter|csviter|XMLFeedSpider|SitemapSpider|scrapy\.utils\.(?:iterators|sitemap|gz)",
            path.read_text("utf-8"),
        )
    ]
    assert used == []


@pytest.mark.parametrize(
    "flood", [b"<url" + b" " * 1_000_000, b"<url>" * 100_000, b"&a;" * 300_000, b"&" * 3_000_000, b"<!--" * 250_000]
)
def test_a_flood_of_markup_is_read_in_time(flood: bytes) -> None:  # GHSA-cc65-xxvf-f7r9
    began = time.process_time()
    read_entries(b"<urlset>" + flood, frozenset({"url"}), lambda _: None)
    assert time.process_time() - began < 5


def test_entities_are_not_expanded_and_files_are_not_read(page: Page, site: Site, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("https://example.org/secret/", encoding="ascii")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    sitemap = (
        f'<?xml version="1.0"?><!DOCTYPE urlset [<!ENTITY l0 "ha">{laughs}<!ENTITY file SYSTEM "{secret.as_uri()}">]>'
        "<urlset><url><loc>https://example.org/real/</loc></url><url><loc>&file;</loc></url>"
        "<url><loc>https://example.org/&l11;</loc></url><url><loc>https://example.org/behind/</loc></url></urlset>"
    )
    began = time.process_time()
    found = discover(page(sitemap, "https://example.org/sitemap.xml", "text/xml"), site)
    assert time.process_time() - began < 5
    assert all(len(link.url) < 100 and "secret" not in link.url for link in found.links)
    assert {"https://example.org/real/", "https://example.org/behind/"} <= {link.url for link in found.links}
