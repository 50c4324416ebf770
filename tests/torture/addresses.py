"""Faults of addresses: links and redirects to where nobody was invited."""

from __future__ import annotations

from .runner import Fault, Outcome
from .server import PATHS, moved, ok, post, title_of

ELSEWHERE = {
    "file": "file:///etc/passwd",
    "data": "data:text/html,<h1>x</h1>",
    "javascript": "javascript:alert(1)",
    "ftp": "ftp://127.0.0.1/x",
    "other-port": "http://127.0.0.1:{secret}/x",
    "localhost": "http://localhost:{secret}/x",
    "link-local": "http://169.254.169.254/latest/meta-data/",
    "private": "http://10.0.0.1/x",
    "ipv6-loopback": "http://[::1]:{secret}/x",
    "v4-mapped": "http://[::ffff:127.0.0.1]:{secret}/x",
    "decimal": "http://2130706433:{secret}/x",
    "hexadecimal": "http://0x7f000001:{secret}/x",
    "octal": "http://0177.0.0.1:{secret}/x",
    "short": "http://127.1:{secret}/x",
    "fullwidth": "http://１２７.０.０.１:{secret}/x",
    "name": "http://inside.test:{secret}/x",
    "user": "http://127.0.0.1:{port}@inside.test:{secret}/x",
    "backslash": "http:\\\\127.0.0.1:{secret}\\x",
    "slashes": "//127.0.0.1:{secret}/x",
}
"""Where no page may lead the crawl, by name."""


def _encoded(text: str) -> str:
    return text.encode().decode("latin-1")


PICTURES = {
    "link-local": "http://169.254.169.254/one.png",
    "loopback": "http://127.0.0.1/one.png",
    "decimal": "http://2130706433/one.png",
    "hexadecimal": "http://0x7f.1/one.png",
    "octal": "http://0177.0.0.1/one.png",
    "ipv6": "http://[::1]/one.png",
    "v4-mapped": "http://[::ffff:7f00:1]/one.png",
    "name": "http://inside.test/one.png",
    "name-over-tls": "https://rebound.test/one.png",
    "port": "http://127.0.0.1:{secret}/one.png",
}
"""Pictures that stand where a page must not lead."""


def _pictures(outcome: Outcome) -> str | None:
    captured = [url for url in outcome.captures if "one.png" in url and not url.startswith(outcome.home)]
    return f"pictures were fetched from {captured}" if captured else None


def _told_of_pictures(outcome: Outcome) -> str | None:
    told = {url for url, reasons in outcome.reasons.items() if "address-refused" in reasons}
    return None if len(told) >= 7 else f"only {sorted(told)} are told of"


def _loops(outcome: Outcome) -> str | None:
    most = max((outcome.asked.count(one) for one in set(outcome.asked) if "loop" in one), default=0)
    return f"asked {most} times" if most > 8 else None


FAULTS = (
    *(Fault(name=f"redirect-to-{name}", answer=moved(_encoded(place)), article=False) for name, place in ELSEWHERE.items()),
    *(
        Fault(name=f"refresh-to-{name}", article=False, answer=ok(f'<html><head><meta http-equiv="refresh" content="0; url={place}"></head><body></body></html>'))
        for name, place in ELSEWHERE.items()
        if name in ("file", "other-port", "decimal", "name", "data")
    ),
    *(Fault(name=f"link-to-{name}", link=place) for name, place in ELSEWHERE.items()),
    Fault(
        name="pictures-elsewhere",
        answer=ok(post("Pictures from within", body="".join(f'<p><img src="{place}" alt="{name}"></p>' for name, place in PICTURES.items()))),
        article=True,
        also=lambda outcome: _pictures(outcome) or _told_of_pictures(outcome),
    ),
    Fault(name="picture-redirected", answer=ok(post("A picture that moves", body='<p><img src="/pictures/moved.png"></p>')), others={"/pictures/moved.png": moved("http://127.0.0.1:{secret}/x.png")}, article=True),
    Fault(name="styles-elsewhere", answer=ok(post("Styles from within", head='<link rel="stylesheet" href="http://127.0.0.1:{secret}/a.css"><style>@import url(http://169.254.169.254/a.css);</style>')), article=True),
    Fault(name="base-elsewhere", answer=ok(post("A base from within", head='<base href="http://127.0.0.1:{secret}/">', body='<p><img src="one.png"><a href="/news/page/2/">more</a></p>')), article=True),
    Fault(name="base-broken", answer=ok(post("A broken base", head='<base href="http://[::broken/"><base href="javascript:x">')), article=True),
    Fault(name="canonical-elsewhere", answer=ok(post("Canonical from within", head='<link rel="canonical" href="http://127.0.0.1:{secret}/x">')), article=True),
    Fault(name="sitemap-elsewhere", sitemap=("http://127.0.0.1:{secret}/y", "http://169.254.169.254/y", "file:///etc/passwd", "http://2130706433/y")),
    Fault(name="feed-elsewhere", seeds=(("feed", "/feed-out/"),), others={"/feed-out/": ok('<rss version="2.0"><channel><item><link>http://127.0.0.1:{secret}/z</link></item><item><link>file:///etc/passwd</link></item></channel></rss>', "application/rss+xml")}),
    Fault(name="rest-elsewhere", seeds=(("rest", "/wp-json/wp/v2/posts?per_page=100"),), others={"/wp-json/wp/v2/posts": ok('[{"id":1,"date":"2024-01-01T10:00:00","link":"http://127.0.0.1:{secret}/z"},{"id":2,"link":"file:///etc/passwd"}]', "application/json")}),
    Fault(name="robots-elsewhere", alone=True, others={"/robots.txt": ok("User-agent: *\nAllow: /\nSitemap: http://127.0.0.1:{secret}/s.xml\nSitemap: file:///etc/passwd\n", "text/plain")}),
    Fault(name="redirect-loop", answer=moved("/news/redirect-loop/"), article=False, also=_loops, told="."),
    Fault(name="redirect-loop-of-two", answer=moved("/loop-b/"), others={"/loop-b/": moved("/news/redirect-loop-of-two/")}, article=False, also=_loops, told="."),
    Fault(name="redirect-chain", answer=moved("/chain/x"), others={"/chain/*": lambda wire, asked: wire.send(moved(asked.path + "x")) or True}, article=False, told=".", requests=12),
    Fault(name="redirect-to-home", answer=moved("/"), article=False),
    Fault(name="redirect-to-known", answer=moved(PATHS[1]), article=False),
    Fault(name="redirect-without-place", answer=ok("", status="302 Found"), article=False, archived="whole"),
    Fault(name="redirect-empty", answer=moved(""), article=False),
    Fault(name="redirect-garbage", answer=moved("http://[bad"), article=False),
    Fault(name="redirect-bytes", answer=b"HTTP/1.1 302 Found\r\nLocation: /\xff\xfe\x00\x1b[31m\r\nContent-Length: 0\r\n\r\n", article=False),
    Fault(name="redirect-of-100-kb", answer=moved("/" + "x" * 10_000), article=False),
    Fault(name="refresh-loop", answer=ok('<html><head><meta http-equiv="refresh" content="0"></head><body></body></html>'), article=False, also=_loops),
    Fault(name="refresh-to-post", answer=ok('<html><head><meta http-equiv="refresh" content="0; url=/news/refreshed-post/"></head><body></body></html>'), others={"/news/refreshed-post/": ok(post("A refreshed post"))}, also=lambda outcome: None if any(line["title"] == "A refreshed post" for line in outcome.lines) else "the refreshed post is missing"),
    Fault(name="link-of-100-kb", link="/news/" + "y" * 100_000 + "/"),
    Fault(name="link-of-dots", link="/../../../../etc/passwd"),
    Fault(name="link-with-escapes", link="/news/\x1b[31mred\x07\u202e/", others={"/news/%1B[31mred%07%E2%80%AE/": ok(post("Escapes in the address"))}),
    Fault(name="link-encoded-twice", link="/news/%252e%252e%252fpasswd/"),
    Fault(name="link-bad-percent", link="/news/%zz%/"),
    Fault(name="link-to-bad-port", link="http://127.0.0.1:99999/x"),
    Fault(name="own-host-spelt-oddly", link="http://127.0.0.1.:{port}" + PATHS[0], also=lambda outcome: None if sum(line["title"] == title_of(PATHS[0]) for line in outcome.lines) == 1 else "a post is in the dataset twice"),
)  # fmt: skip
