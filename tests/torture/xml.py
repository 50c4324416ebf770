"""Faults of sitemaps, feeds and JSON."""

from __future__ import annotations

import gzip
import zlib
from functools import cache

from .runner import Fault, Outcome
from .server import Asked, Wire, ok, post

XML = "application/xml"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
LOL = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
LAUGHS = f'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY l0 "lol">{LOL}]>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y SYSTEM "http://127.0.0.1:{secret}/x">]>'


def _sitemap(inner: str, before: str = '<?xml version="1.0"?>') -> bytes:
    return ok(f"{before}<urlset {NS}>{inner}</urlset>", XML)


def _index(inner: str) -> bytes:
    return ok(f'<?xml version="1.0"?><sitemapindex {NS}>{inner}</sitemapindex>', XML)


@cache
def _gigabytes() -> bytes:
    packer = zlib.compressobj(1, wbits=31)
    start = f'<?xml version="1.0"?><urlset {NS}><url><loc>'.encode()
    block = b" " * (1 << 20)
    return packer.compress(start) + b"".join(packer.compress(block) for _ in range(300)) + packer.flush()


def _sends_gigabytes(wire: Wire, asked: Asked) -> bool:
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/gzip\r\nConnection: close\r\n\r\n")
    wire.send(_gigabytes())
    return False


def _many_children(wire: Wire, asked: Asked) -> bool:
    """An index that names ever new indexes."""
    inner = "".join(
        f"<sitemap><loc>{asked.server.home}maps/{asked.times}-{one}-{asked.query}.xml</loc></sitemap>"
        for one in range(50)
    )
    wire.send(_index(inner))
    return True


def _endless_index(wire: Wire, asked: Asked) -> bool:
    name = asked.path.rpartition("/")[2].removesuffix(".xml")
    wire.send(_index("".join(f"<sitemap><loc>{asked.server.home}maps/{name}{one}.xml</loc></sitemap>" for one in "ab")))
    return True


def _large_list(wire: Wire, asked: Asked) -> bool:
    inner = "".join(
        f"<url><loc>{asked.server.home}news/</loc><lastmod>2024-01-01</lastmod><priority>0.5</priority></url>"
        for _ in range(250_000)
    )
    wire.send(_sitemap(inner))
    return True


def _no_passwords(outcome: Outcome) -> str | None:
    return "a file of this machine was read" if "root:" in str(outcome.lines) + str(outcome.reasons) else None


def seed(name: str, kind: str = "sitemap") -> tuple[tuple[str, str], ...]:
    """A further seed."""
    return ((kind, f"/{name}"),)


def at(name: str, answer, kind: str = "sitemap", **more) -> Fault:  # type: ignore[no-untyped-def]
    """A fault that stands at a source."""
    return Fault(name=name, at=f"/{name}.xml", answer=answer, link="", seeds=seed(f"{name}.xml", kind), **more)


FAULTS = (
    at("sitemap-laughs", _sitemap("<url><loc>&l11;</loc></url>", LAUGHS)),
    at("sitemap-outside", _sitemap("<url><loc>&x;&y;</loc></url>", OUTSIDE), also=_no_passwords),
    at("sitemap-dtd-outside", _sitemap("", '<?xml version="1.0"?><!DOCTYPE urlset SYSTEM "http://127.0.0.1:{secret}/x.dtd">')),
    at("sitemap-quadratic", _sitemap("<url><loc>" + "&a;" * 50_000 + "</loc></url>", f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]>')),
    at("sitemap-broken", _sitemap("<url><loc>/news/</url><<<>>&&")),
    at("sitemap-empty", ok("", XML), archived="whole"),
    at("sitemap-html", ok(post("A sitemap that is a page"), "text/html"), archived="whole"),
    at("sitemap-deep", ok(f"<?xml version='1.0'?><urlset {NS}>" + "<url>" * 100_000, XML)),
    at("sitemap-utf-16", ok(f'<?xml version="1.0" encoding="utf-16"?><urlset {NS}></urlset>'.encode("utf-16"), XML)),
    at("sitemap-xslt", ok(f'<?xml version="1.0"?><?xml-stylesheet href="http://127.0.0.1:{{secret}}/x.xsl"?><urlset {NS}></urlset>', XML)),
    at("sitemap-cut-gzip", ok(gzip.compress(b"<urlset>" + b"<url><loc>x</loc></url>" * 1000)[:-200], "application/gzip")),
    at("sitemap-gigabytes", _sends_gigabytes, before=_gigabytes, alone=True),
    at("sitemap-quarter-million", _large_list, alone=True),
    at("sitemap-lists-itself", lambda wire, asked: wire.send(_index(f"<sitemap><loc>{asked.server.home}sitemap-lists-itself.xml</loc></sitemap>" * 10)) or True),
    at("sitemap-endless-index", _endless_index, others={"/maps/*": _endless_index}, alone=True, requests=600, told="trap"),
    at("sitemap-silent", lambda wire, asked: wire.rest(200), told="timeout", seconds=90),
    at("feed-laughs", ok(f"{LAUGHS}<rss version='2.0'><channel><item><link>&l11;</link><title>&l11;</title></item></channel></rss>", "application/rss+xml"), "feed"),
    at("feed-outside", ok(f"{OUTSIDE}<rss version='2.0'><channel><item><link>&x;</link><title>&y;</title></item></channel></rss>", "application/rss+xml"), "feed", also=_no_passwords),
    at("feed-html", ok(post("A feed that is a page")), "feed", archived="whole"),
    at("feed-broken", ok("<rss><channel><item><link>/news/x</link><title>unclosed", "application/rss+xml"), "feed"),
    at("feed-endless", lambda wire, asked: wire.send(ok('<rss version="2.0"><channel>' + "".join(f"<item><link>{asked.server.home}ghost/{asked.query or 0}-{one}/</link></item>" for one in range(10)) + "</channel></rss>", "application/rss+xml")) or True, "feed", alone=True, requests=600),
    at("rest-html", ok("<html><body>The API is closed.</body></html>"), "rest", archived="whole"),
    at("rest-broken", ok('[{"id": 1, "link": ', "application/json"), "rest"),
    at("rest-deep", ok("[" * 200_000, "application/json"), "rest"),
    at("rest-odd-types", ok('[1, null, "x", {"link": 5}, {"link": {"a": 1}}, {"link": "/x", "date": []}]', "application/json"), "rest"),
    at("rest-huge-number", ok('[{"id": ' + "9" * 100_000 + ', "link": "/news/"}]', "application/json"), "rest"),
    at("rest-pages-endless", lambda wire, asked: wire.send(ok(f'[{{"id": {asked.times}, "date": "2024-01-01T00:00:00", "link": "{asked.server.home}news/"}}]', "application/json", "X-WP-Total: 999999999", "X-WP-TotalPages: 999999999")) or True, "rest", alone=True, requests=600),
)  # fmt: skip
