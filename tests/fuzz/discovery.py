"""What names further addresses: sitemaps, feeds, the REST API, robots.txt, lists; and the rules of robots.txt."""

from __future__ import annotations

import gzip
import json

from protego import Protego

from cluster_archive.discover import MAX_LINKS, discover, is_spiral
from cluster_archive.discover.feed import read_feed
from cluster_archive.discover.rest import read_rest
from cluster_archive.discover.sitemap import read_robots, read_sitemap, unpack
from cluster_archive.sites import in_scope

from .subject import SITE, Subject, capture, response

SITEMAP = b"""<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://example.org/news/a/</loc><lastmod>2024-05-06T07:08:09+03:00</lastmod></url>
<url><loc>/news/b/</loc><news:news><news:publication_date>2024-05-06</news:publication_date></news:news></url></urlset>"""
INDEX = b"""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>https://example.org/post-sitemap.xml
</loc></sitemap><sitemap><loc>https://example.org/category-sitemap.xml</loc></sitemap></sitemapindex>"""
RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><item><title>A</title><link>https://example.org/news/a/</link>
<pubDate>Mon, 06 May 2024 07:08:09 +0000</pubDate></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><link rel="alternate" href="/news/b/"/><published>2024-05-06T07:08:09Z
</published></entry></feed>"""
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE urlset [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY x SYSTEM "file:///etc/passwd">]><urlset><url><loc>&c;&x;</loc></url></urlset>"""
POSTS = json.dumps(
    [
        {
            "id": 1,
            "date": "2024-05-06T10:08:09",
            "date_gmt": "2024-05-06T07:08:09",
            "link": "https://example.org/news/a/",
        },
        {"id": 2, "date": None, "modified_gmt": "2024-05-06T07:08:09", "link": "https://example.org/news/b/"},
    ]
).encode()
TYPES = b'{"post":{"rest_base":"posts"},"portfolio":{"rest_base":"portfolio","rest_namespace":"wp/v2"}}'
ROBOTS = (
    b"User-agent: *\nDisallow: /private/*.html$\nAllow: /\nCrawl-delay: 2\nSitemap: https://example.org/sitemap.xml\n"
)
URLS = (
    "https://example.org/robots.txt",
    "https://example.org/sitemap.xml",
    "https://example.org/feed/?paged=2",
    "https://example.org/wp-json/wp/v2/posts?per_page=100&page=1",
    "https://example.org/wp-json/wp/v2/types",
)


def seeds() -> list[bytes]:
    """One of each kind."""
    xml, rest = "Content-Type: text/xml", "Content-Type: application/json"
    return [
        *(response(one, xml) for one in (SITEMAP, INDEX, RSS, ATOM, LAUGHS)),
        response(gzip.compress(SITEMAP, mtime=0), "Content-Type: application/x-gzip"),
        response(POSTS, rest, "X-WP-Total: 120", "X-WP-TotalPages: 2", 'Link: </wp-json/>; rel="https://api.w.org/"'),
        response(TYPES, rest),
        response(ROBOTS, "Content-Type: text/plain"),
    ]


def promise(data: bytes) -> None:
    """Links of the site's own scope, not too many, each once; nothing from a file of this machine."""
    for url in URLS:
        held = capture(data, url)
        found = discover(held, SITE)
        assert len(found.links) <= MAX_LINKS
        assert len({link.url for link in found.links}) == len(found.links)
        assert all(in_scope(link.url, SITE) for link in found.links)
        told = repr(found)
        assert "root:x:" not in told
        for link in found.links:
            is_spiral(link.url)
        content = unpack(held.payload)
        read_sitemap(content, held, SITE)
        read_feed(content, held, SITE)
        read_rest(held, content, SITE)
        read_robots(content, held.url)
    rules = Protego.parse(capture(data).payload[:100_000].decode("utf-8", "ignore"))
    rules.can_fetch("https://example.org/private/a.html?b=c", "cluster_archive")
    rules.crawl_delay("cluster_archive")


SUBJECT = Subject(
    name="discovery",
    promise=promise,
    seeds=seeds,
    tokens=(
        b"<loc>", b"</loc>", b"<url>", b"<sitemap>", b"<!DOCTYPE x [", b'<!ENTITY y "z">', b'<!ENTITY e SYSTEM "file:///etc/passwd">', b"&e;",
        b"<?xml version='1.1' encoding='utf-16'?>", b"<![CDATA[", b"<item>", b"<link/>", b'"link":', b'"date":"', b"0001-01-01T00:00:00+23:59",
        b"9999-12-31T23:59:59-23:59", b"X-WP-Total: \xb2\r\n", b"X-WP-TotalPages: \xb9\r\n", b"X-WP-TotalPages: 9\r\n", b"Disallow: /*a*a*a*a*a*b$\n",
        b"Crawl-delay: nan\n", b"Crawl-delay: 1e400\n", b"User-agent: *\n", b"HTTP/1.1 200 OK\r\n",
    ),
    examples=150,
)  # fmt: skip
