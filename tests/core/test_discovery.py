"""Where the next addresses come from: sources of each kind, whole, empty and broken; and other themes than the first."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_archive.captures import Capture
from cluster_archive.discover import Found, discover
from cluster_archive.discover.entries import MAX_ELEMENTS, MAX_ENTRIES, Entry, read_entries
from cluster_archive.extract import extract
from cluster_archive.sites import Site, address_kind, is_ignored, load_site, site_for_url

HOME = "https://example.org"


@pytest.fixture
def found(page: Callable[..., Capture], site: Site) -> Callable[..., Found]:
    """What a capture names."""

    def make(content: str | bytes, url: str = f"{HOME}/", content_type: str = "text/html") -> Found:
        return discover(page(content, url, content_type), site)

    return make


def urls(found: Found, *kinds: str) -> list[str]:
    return [link.url.removeprefix(HOME) for link in found.links if not kinds or link.kind in kinds]


def test_robots_names_sitemaps(found: Callable[..., Found]) -> None:
    told = found(
        f"User-agent: *\nDisallow: /x\nSitemap: {HOME}/a.xml\nsitemap:/b.xml\nSitemap: https://other.org/c.xml",
        f"{HOME}/robots.txt",
        "text/plain",
    )
    assert urls(told, "sitemap") == ["/a.xml", "/b.xml"]


INDEX = f"<sitemapindex><sitemap><loc>{HOME}/wp-sitemap-posts-post-1.xml</loc></sitemap><sitemap><loc>{HOME}/wp-sitemap-users-1.xml</loc></sitemap><sitemap><loc>{HOME}/wp-sitemap-taxonomies-category-1.xml</loc></sitemap></sitemapindex>"
URLSET = f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>{HOME}/a/</loc><lastmod>2020-01-01</lastmod></url><url><loc>{HOME}/b/</loc></url></urlset>"


def test_sitemaps(found: Callable[..., Found]) -> None:
    assert urls(found(INDEX, f"{HOME}/wp-sitemap.xml", "text/xml")) == ["/wp-sitemap-posts-post-1.xml"]
    for content, kind in ((URLSET, "application/xml"), (gzip.compress(URLSET.encode()), "application/x-gzip")):
        told = found(content, f"{HOME}/wp-sitemap-posts-post-1.xml", kind)
        assert urls(told, "article") == ["/a/", "/b/"]
        assert told.evidence == ()  # when it was changed is not when it was published


BOMBS = [
    '<!DOCTYPE urlset [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;">]>|&c;',
    '<!DOCTYPE urlset [<!ENTITY a "&b;"><!ENTITY b "&a;">]>|&a;',
    f'<!DOCTYPE urlset [<!ENTITY a "{"a" * 1000}">]>|{"&a;" * 20_000}',
    '<!DOCTYPE urlset [<!ENTITY a SYSTEM "file:///etc/passwd">]>|&a;',
    "|&nowhere;",
]


@pytest.mark.parametrize("bomb", [pytest.param(bomb, id=str(number)) for number, bomb in enumerate(BOMBS)])
@pytest.mark.parametrize("place", ["<url><loc>{}</loc></url>", "<url a='{}'/>", "{}"])
def test_what_stands_before_and_behind_a_bomb_is_read(found: Callable[..., Found], bomb: str, place: str) -> None:
    head, _, inner = bomb.partition("|")
    before, behind = (f"<url><loc>{HOME}/{name}/</loc></url>" for name in ("before", "behind"))
    told = found(f"{head}<urlset>{before}{place.format(inner)}{behind}</urlset>", f"{HOME}/sitemap.xml", "text/xml")
    assert urls(told) == ["/before/", "/behind/"]


def test_an_ampersand_in_a_sitemap_is_what_it_is(found: Callable[..., Found]) -> None:
    inner = "".join(f"<url><loc>{HOME}/?a=1{one}b=2</loc></url>" for one in ("&amp;", "&", "&#38;c=&"))
    told = found(f"<urlset>{inner}</urlset>", f"{HOME}/sitemap.xml", "text/xml")
    assert urls(told) == ["/?a=1&b=2", "/?a=1&c=&b=2"]


def test_an_address_of_a_picture_in_a_sitemap_is_no_article(found: Callable[..., Found]) -> None:
    picture = f"<image:image><image:loc>{HOME}/a.png</image:loc></image:image>"
    told = found(
        f"<urlset><url>{picture}<loc>{HOME}/a/</loc></url><url><loc>{HOME}/b/</loc>{picture}</url></urlset>",
        f"{HOME}/sitemap.xml",
        "text/xml",
    )
    assert urls(told) == ["/a/", "/b/"]


def test_a_sitemap_that_was_cut_names_no_address_by_half(found: Callable[..., Found]) -> None:
    told = found(
        f"<urlset><url><loc>{HOME}/a/</loc></url><url><loc>{HOME}/hal", f"{HOME}/sitemap.xml", "application/xml"
    )
    assert urls(told) == ["/a/"]


def test_a_list_without_end_is_read_up_to_its_bound() -> None:
    entries: list[Entry] = []
    names = frozenset({"url"})
    read_entries(b"<urlset>" + b"<url><loc>x</loc></url>" * (MAX_ENTRIES + 1), names, entries.append)
    assert len(entries) == MAX_ENTRIES
    entries.clear()
    read_entries(b"<urlset>" + b"<a/>" * MAX_ELEMENTS + b"<url><loc>x</loc></url>", names, entries.append)
    assert entries == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<urlset",
        b"<urlset><url><loc>javascript:x</loc></url></urlset>",
        gzip.compress(b"<urlset>")[:10],
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><urlset>&a;</urlset>",
    ],
)
@pytest.mark.parametrize("kind", ["application/xml", "application/json", "text/html", "application/rss+xml"])
def test_broken_sources_name_nothing(found: Callable[..., Found], content: bytes, kind: str) -> None:
    assert found(content, f"{HOME}/sitemap.xml", kind).links == ()


POSTS = [
    {
        "id": 1,
        "date": "2017-11-27T00:30:00",
        "date_gmt": "2017-11-26T22:30:00",
        "modified_gmt": "2018-01-01T00:00:00",
        "link": f"{HOME}/a/",
    }
]


def test_the_rest_collection(page: Callable[..., Capture], site: Site) -> None:
    capture = page(json.dumps(POSTS), f"{HOME}/wp-json/wp/v2/posts?per_page=100", "application/json")
    capture = Capture(
        url=capture.url,
        status=200,
        headers=(*capture.headers, ("X-WP-Total", "146"), ("X-WP-TotalPages", "2")),
        payload=capture.payload,
        captured_at=capture.captured_at,
    )
    told = discover(capture, site)
    assert urls(told, "article") == ["/a/"]
    assert urls(told, "rest") == ["/wp-json/wp/v2/posts?per_page=100&page=2", "/wp-json/wp/v2/types"]
    assert told.total == 146
    (evidence,) = told.evidence
    assert (evidence.day, evidence.moment) == (date(2017, 11, 27), datetime(2017, 11, 26, 22, 30, tzinfo=UTC))


def test_other_post_types(found: Callable[..., Found]) -> None:
    types = {
        "post": {"rest_base": "posts"},
        "page": {"rest_base": "pages"},
        "portfolio": {"rest_base": "portfolio"},
        "bad": {"rest_base": "../x"},
        "none": None,
    }
    told = found(json.dumps(types), f"{HOME}/wp-json/wp/v2/types", "application/json")
    assert [url.partition("?")[0] for url in urls(told, "rest")] == ["/wp-json/wp/v2/portfolio"]


def test_a_refusal_of_the_rest_api(page: Callable[..., Capture], site: Site) -> None:
    capture = page('{"code": "rest_forbidden"}', f"{HOME}/wp-json/wp/v2/posts", "application/json")
    assert discover(capture, site).links == ()


FEED = f"<rss><channel><item><title>А</title><link>{HOME}/a/</link><pubDate>Sun, 26 Nov 2017 22:30:00 +0000</pubDate></item></channel></rss>"


def test_the_feed_gives_the_sites_day(found: Callable[..., Found]) -> None:
    told = found(FEED, f"{HOME}/feed/", "application/rss+xml")
    assert urls(told, "article") == ["/a/"]
    assert [one.day for one in told.evidence] == [date(2017, 11, 27)]
    following = [link for link in told.links if link.kind == "feed"]
    assert [(link.url.removeprefix(HOME), link.only_if_news) for link in following] == [("/feed/?paged=2", True)]


BETHEME = (
    '<body class="blog"><div id="Filters"><a href="/category/x/">x</a></div><div class="posts_group">'
    '<div class="post-item hentry"><div class="date_label">27.11.2017</div><div class="post-title"><h2 class="entry-title"><a href="/a/">А</a></h2></div><a class="post-more" href="/a/">още</a></div>'
    '<div class="post-item hentry"><h2 class="entry-title"><a href="/b/">Б</a></h2></div></div>'
    '<div class="pager"><a class="page active" href="/news/">1</a><a class="page" href="/news/page/2/">2</a><a class="next_page" href="/news/page/2/">→</a></div></body>'
)
CORE = (
    '<body class="blog"><main><article id="post-5" class="post hentry"><h2 class="entry-title"><a href="/a/">А</a></h2><time class="entry-date published" datetime="2017-11-27T10:00:00+02:00">27.11</time></article>'
    '<article id="post-4" class="post hentry"><h2><a href="/b/">Б</a></h2></article></main><nav class="pagination"><div class="nav-links"><a class="page-numbers" href="/news/page/2/">2</a></div></nav></body>'
)
BLOCKS = (
    '<body class="blog"><ul class="wp-block-post-template"><li class="wp-block-post post"><h2 class="wp-block-post-title"><a href="/a/">А</a></h2><div class="wp-block-post-date"><time datetime="2017-11-27T10:00:00+02:00">27</time></div></li>'
    '<li class="wp-block-post post"><h2><a href="/b/">Б</a></h2></li></ul><nav class="wp-block-query-pagination"><a href="/news/page/2/">2</a></nav></body>'
)


@pytest.mark.parametrize("html", [BETHEME, CORE, BLOCKS], ids=["BeTheme", "core theme", "block theme"])
def test_lists_of_posts(found: Callable[..., Found], html: str) -> None:
    told = found(f"<html>{html}</html>", f"{HOME}/news/")
    assert urls(told, "article") == ["/a/", "/b/"]
    assert "/news/page/2/" in urls(told, "listing")
    assert {"/news/", "/news/page/2/"} >= set(urls(told, "listing"))
    assert [(one.source, one.day) for one in told.evidence] == [("listing", date(2017, 11, 27))]


def test_a_post_names_its_neighbours(found: Callable[..., Found]) -> None:
    told = found(
        '<html><body class="single single-post"><a class="fixed-nav fixed-nav-prev" href="/old/"><h6>Т</h6><span class="date">14.11.2017</span></a>'
        '<a class="fixed-nav fixed-nav-next" href="/new/"><h6>Т</h6></a><p><a href="/about/">text</a> <a href="/a/?replytocom=5">reply</a></p></body></html>',
        f"{HOME}/a/",
    )
    assert urls(told, "article") == ["/old/", "/new/"]
    assert [(one.source, one.day) for one in told.evidence] == [("neighbour", date(2017, 11, 14))]


@settings(deadline=None, max_examples=150)
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.sampled_from([URLSET, FEED, INDEX, BETHEME, CORE, BLOCKS, json.dumps(POSTS)]).map(str.encode),
    ),
    kind=st.sampled_from(
        ["text/html", "application/json", "text/xml", "application/rss+xml", "image/png", "", "text/plain"]
    ),
    cut=st.integers(0, 300),
    path=st.sampled_from(
        ["/robots.txt", "/wp-json/wp/v2/posts", "/wp-json/wp/v2/types", "/sitemap.xml", "/feed/", "/a/"]
    ),
)
def test_discovery_never_raises(content: bytes, kind: str, cut: int, path: str) -> None:
    site = site_for_url(HOME)
    capture = Capture(
        url=HOME + path,
        status=200,
        headers=(("Content-Type", kind),),
        payload=content[cut:] or content,
        captured_at=datetime(2024, 1, 1, tzinfo=UTC),
    )
    assert discover(capture, site).kind


THEMES = {
    "Twenty Twenty-One": (
        '<body class="single single-post"><main><article class="post hentry"><header class="entry-header"><h1 class="entry-title">Новина</h1><figure class="post-thumbnail"><img class="wp-post-image" src="/wp-content/uploads/a-1024x683.jpg" srcset="/wp-content/uploads/a-1024x683.jpg 1024w, /wp-content/uploads/a.jpg 1600w"></figure></header>'
        '<div class="entry-content"><p>Текст на новината.</p></div><footer class="entry-footer"><span class="posted-on"><time class="entry-date published updated" datetime="2017-11-27T00:30:00+02:00">27.11.2017</time></span><span class="byline">от Редакция</span></footer></article>'
        '<nav class="navigation post-navigation"><div class="nav-links"><div class="nav-previous"><a href="/old/" rel="prev">По-стара</a></div><div class="nav-next"><a href="/new/" rel="next">По-нова</a></div></div></nav></main></body>'
    ),
    "block theme": (
        '<body class="single single-post"><main><h1 class="wp-block-post-title">Новина</h1><figure class="wp-block-post-featured-image"><img src="/wp-content/uploads/a-1024x683.jpg"></figure><div class="wp-block-post-date"><time datetime="2017-11-27T00:30:00+02:00">27</time></div>'
        '<div class="entry-content wp-block-post-content"><p>Текст на новината.</p></div></main></body>'
    ),
    "BeTheme with sections": (
        '<body class="single single-post"><div id="Subheader"><h1 class="title">Новина</h1></div><div id="post-5" class="post hentry"><section class="section section-post-header"><div class="mcb-column-inner post-header"><div class="title_wrapper"><h1 class="entry-title">Новина</h1><div class="post-meta"><time class="entry-date updated" datetime="2017-11-27T00:30:00+02:00">27.11.2017</time></div></div></div>'
        '<div class="column single-photo-wrapper"><div class="image_wrapper" itemprop="image"><img class="wp-post-image" src="/wp-content/uploads/a-1200x480.jpg"><meta itemprop="url" content="/wp-content/uploads/a.jpg"></div></div></section>'
        '<div class="post-wrapper-content"><section class="section the_content"><div class="section_wrapper"><div class="the_content_wrapper"><p>Текст на новината.</p></div></div></section><section class="section section-post-footer"><div class="post-pager"></div></section><section class="section section-post-about"><div class="author-box">Автор</div></section></div></div></body>'
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", THEMES)
def test_posts_of_other_themes(page: Callable[..., Capture], site: Site, name: str) -> None:
    article = extract(page(f'<html lang="bg">{THEMES[name]}</html>', f"{HOME}/a/"), site)
    assert (article.title, article.body) == ("Новина", "Текст на новината.")
    assert (article.date, article.date_source) == (date(2017, 11, 27), "page")
    assert article.image_links == (f"{HOME}/wp-content/uploads/a.jpg",)


@pytest.mark.parametrize(
    "address",
    [
        "/?p=4", "/a/?replytocom=5", "/wp-json/oembed/1.0/embed?url=x", "/kalendar/?mesec=2024-05&den=1", "/2019/01/12/", "/2019/", "/2019/01/page/2/", "/category/news/", "/tag/x/page/2/",
        "/author/a/", "/a/feed/?feed=rss2", "/wp-admin/", "/wp-login.php", "/xmlrpc.php", "/a/embed/", "/file.pdf", "/a.jpg", "/?s=x", "/attachment/a/",
    ],
)  # fmt: skip
def test_what_is_never_asked_for(site: Site, address: str) -> None:
    assert is_ignored(HOME + address, site)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("https://greensynergycluster.eu/2019/01/12/makingcity-project-2/", "article"),
        ("https://greensynergycluster.eu/2019/01/12/%D0%BA%D0%BB%D1%8A%D1%81%D1%82%D0%B5%D1%80/", "article"),
        ("https://greensynergycluster.eu/pf/making-city-project/", "project"),
        ("https://greensynergycluster.eu/pf/makingcity/?lang=en", "project"),
        ("https://greensynergycluster.eu/news/page/2/", "listing"),
        ("http://greensynergycluster.eu/cluster-management/", None),
        ("http://en.greensynergycluster.eu/green-synergy-cluster-tci-conference/", None),
    ],
)
def test_both_generations_of_the_real_sites_addresses(address: str, kind: str | None) -> None:
    site = load_site("greensynergy")
    assert address_kind(address, site) == kind
    assert not is_ignored(address, site)


def test_a_feed_with_an_undeclared_prefix_is_read(site: Site) -> None:
    feed = b"<rdf:RDF><item><title>A</title><link>https://example.org/a/</link></item></rdf:RDF>"
    capture = Capture(
        url="https://example.org/feed/",
        status=200,
        headers=(("Content-Type", "application/rss+xml"),),
        payload=feed,
        captured_at=datetime(2026, 7, 1, tzinfo=UTC),
    )
    assert [link.url for link in discover(capture, site).links][:1] == ["https://example.org/a/"]
