"""Addresses as pages write them, and what is asked about them."""

from __future__ import annotations

from cluster_archive.archive.cdxj import surt_key
from cluster_archive.discover import Budgets, is_spiral
from cluster_archive.sites.rules import address_kind, in_scope, is_ignored, may_fetch_picture, may_fetch_requisite
from cluster_archive.urls import (
    absolute_url,
    article_key,
    canonical_url,
    host_port,
    is_public_address,
    readable_path,
    url_id,
)
from cluster_archive.web.server import Names

from .subject import SITE, Subject

BASE = "https://example.org/news/a/?b=c"


def seeds() -> list[bytes]:
    """What stands in pages."""
    return [
        one.encode()
        for one in (
            "https://www.Example.org:443/news/%d0%B0/../b/?utm_source=x&b=2&a=1&PHPSESSID=3#top",
            "//user:secret@example.org:8080/новини/клъстер.html;v=1?q=a+b%20c",
            "../../uploads/2017/11/a b.jpg",
            "http://[::ffff:127.0.0.1]:80/",
            "http://xn--e1afmkfd.xn--80akhbyknj4f/",
            "http://пример.испытание/",
            "::ffff:169.254.169.254",
            "javascript:alert(1)",
            "http://0x7f.1/",
        )
    ]


def promise(data: bytes) -> None:
    """What is made of an address is an http address or none; the canonical form is its own; nothing is raised."""
    for text in (data.decode("utf-8", "replace"), data.decode("latin-1")):
        url = absolute_url(text, BASE)
        absolute_url("a", text)
        is_public_address(text)
        Names(host="127.0.0.1").allow(text)
        Names(host="0.0.0.0").allow(text)
        surt_key(text)
        for one in (text, url or BASE):
            made = canonical_url(one)
            assert canonical_url(made) == made
            host_port(one)
            readable_path(one)
            url_id(one)
            article_key(one, SITE.addresses.session_parameters)
        if url is None:
            continue
        assert url.startswith(("http://", "https://"))
        assert url.isascii()
        assert not any(one in url for one in '\r\n\t \0<>"#')
        assert absolute_url(url, BASE) == url
        if in_scope(url, SITE):
            assert host_port(url) in SITE.hosts
        address_kind(url, SITE)
        is_ignored(url, SITE)
        may_fetch_picture(url, SITE)
        may_fetch_requisite(url, SITE, everywhere=True)
        is_spiral(url)
        Budgets().note(url, "article", new=False)
        assert " " not in surt_key(url)


SUBJECT = Subject(
    name="addresses",
    promise=promise,
    seeds=seeds,
    tokens=(
        b"http://", b"https://", b"[::1]", b"[", b"]", b"@", b":", b":99999999999", b":\xd9\xa3", b"..", b"/./", b"%2e%2e", b"%zz", b"%25", b"?", b"#", b"&", b";",
        b"=", b"\\", b"xn--", b"xn--a", b"\xe3\x80\x82", b"\xef\xbc\x8f", b"\xe2\x84\x80", b"\xc2\xad", b"utm_x=1", b"data:,", b"file:///etc/passwd", b"127.1", b"%00",
    ),
    examples=400,
)  # fmt: skip
