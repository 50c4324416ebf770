"""Pictures of an article: at full size, in reading order, each once, none of the furniture."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cluster_archive.captures import Capture
from cluster_archive.extract import extract
from cluster_archive.sites import Site, site_for_url

UP = "https://example.org/wp-content/uploads/2017/11"

CASES = {
    "plain": ('<img src="/a.jpg">', ["https://example.org/a.jpg"]),
    "linked": (f'<a href="{UP}/a.jpg"><img src="{UP}/a-300x200.jpg"></a>', [f"{UP}/a.jpg"]),
    "linked to a page": (f'<a href="/about/"><img src="{UP}/a-300x200.jpg"></a>', [f"{UP}/a.jpg"]),
    "thumbnail alone": (f'<img src="{UP}/a-150x150.jpg">', [f"{UP}/a.jpg"]),
    "srcset": (
        f'<img src="{UP}/a-300x200.jpg" srcset="{UP}/a-300x200.jpg 300w, {UP}/a.jpg 1200w, {UP}/a-768x512.jpg 768w">',
        [f"{UP}/a.jpg"],
    ),
    "scaled": (
        f'<img src="{UP}/a-1024x683.jpg" srcset="{UP}/a-1024x683.jpg 1024w, {UP}/a-scaled.jpg 2560w">',
        [f"{UP}/a-scaled.jpg"],
    ),
    "lazy": (f'<img src="data:image/gif;base64,R0lGOD" data-src="{UP}/a.jpg">', [f"{UP}/a.jpg"]),
    "lazy set": (
        f'<img src="/blank.gif" data-srcset="{UP}/a-300x200.jpg 300w, {UP}/a.jpg 900w">',
        [f"{UP}/a.jpg"],
    ),
    "noscript": (
        f'<img class="lazy" src="data:,x" data-src="{UP}/a.jpg"><noscript><img src="{UP}/a.jpg"></noscript>',
        [f"{UP}/a.jpg"],
    ),
    "noscript alone": (f'<noscript><img src="{UP}/a.jpg"></noscript>', [f"{UP}/a.jpg"]),
    "picture": (
        f'<picture><source srcset="{UP}/a.webp 900w, {UP}/a-300x200.webp 300w"><img src="{UP}/a-300x200.webp"></picture>',
        [f"{UP}/a.webp"],
    ),
    "picture whose sources are not closed": (
        '<picture><source srcset="/wide/a.webp 900w"><source srcset="/wide/a.jpg 900w"><img src="/small/a.jpg"></picture>',
        ["https://example.org/wide/a.webp"],
    ),
    "an attribute of a script's own": (f'<img src="data:,x" data-later-src="{UP}/a.jpg">', [f"{UP}/a.jpg"]),
    "a set of a script's own": (f'<img data-later-srcset="{UP}/a-300x200.jpg 300w, {UP}/a.jpg 900w">', [f"{UP}/a.jpg"]),
    "AMP": (f'<amp-img src="{UP}/a.jpg" width="900" height="600"></amp-img>', [f"{UP}/a.jpg"]),
    "background": (f"<div style=\"background-image: url('{UP}/a.jpg')\"></div>", [f"{UP}/a.jpg"]),
    "other host": ('<img src="//img.example.net/a.jpg">', ["https://img.example.net/a.jpg"]),
    "Cyrillic name": (
        '<img src="/снимка едно.jpg">',
        ["https://example.org/%D1%81%D0%BD%D0%B8%D0%BC%D0%BA%D0%B0%20%D0%B5%D0%B4%D0%BD%D0%BE.jpg"],
    ),
    "in one gallery twice": (f'<img src="{UP}/a-150x150.jpg"><img src="{UP}/a-300x200.jpg">', [f"{UP}/a.jpg"]),
    "data, emoji, icons": (
        '<img src="data:image/png;base64,AA"><img class="emoji" src="/e.png"><img width="16" height="16" src="/i.png">',
        [],
    ),
    "share icons": (
        '<div class="share_wrapper"><img src="/facebook.png"></div><img src="/a.jpg">',
        ["https://example.org/a.jpg"],
    ),
    "size in the name itself": (
        '<img src="/media/poster-600x400.jpg">',
        ["https://example.org/media/poster-600x400.jpg"],
    ),
    "theme gallery": (
        f'<style>#g{{}}</style><div class="gallery galleryid-1"><dl class="gallery-item"><dt class="gallery-icon"><a href="/?attachment_id=5"><img src="{UP}/a-150x150.png">'
        f'</a></dt><dd class="gallery-caption">Надпис</dd></dl></div>',
        [f"{UP}/a.png"],
    ),
    "block gallery": (
        f'<figure class="wp-block-gallery"><figure class="wp-block-image"><img src="{UP}/a.jpg"><figcaption>Едно</figcaption></figure>'
        f'<figure class="wp-block-image"><a href="{UP}/b.jpg"><img src="{UP}/b-1024x683.jpg"></a></figure></figure>',
        [f"{UP}/a.jpg", f"{UP}/b.jpg"],
    ),
    "resized by a proxy": (
        '<img src="https://i0.wp.com/example.org/a.jpg?resize=300%2C200&ssl=1">',
        ["https://example.org/a.jpg"],
    ),
    "behind a proxy's own address": (
        '<img src="https://example.org/cdn-cgi/image/width=900/https://example.org/a.jpg">',
        ["https://example.org/a.jpg"],
    ),
    "through Next.js": (
        '<img srcset="/_next/image?url=%2Fa.jpg&w=640 1x, /_next/image?url=%2Fa.jpg&w=1080 2x" src="/_next/image?url=%2Fa.jpg&w=1080">',
        ["https://example.org/a.jpg"],
    ),
    "as an archive keeps it": (
        '<img src="https://web.example/web/20140226054445im_/http://example.org/a.jpg">',
        ["https://web.example/web/20140226054445im_/http://example.org/a.jpg"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_images(name: str, post: Callable[..., Capture], site: Site) -> None:
    markup, links = CASES[name]
    assert list(extract(post(f"<p>Текст на новината.</p>{markup}"), site).image_links) == links


def test_featured_comes_first_at_full_size(post: Callable[..., Capture], site: Site) -> None:
    before = (
        f'<a class="fixed-nav fixed-nav-prev" href="/older/"><div class="photo"><img src="{UP}/old-80x80.jpg"></div></a>'
        f'<div class="section-post-header"><div class="single-photo-wrapper image"><a href="{UP}/a-1024x683.jpg"><div itemprop="image">'
        f'<img class="wp-post-image" src="{UP}/a-1200x480.jpg" alt="1"><meta itemprop="url" content="{UP}/a.jpg"></div></a></div></div>'
    )
    article = extract(post(f'<p>Текст.</p><img src="{UP}/b.jpg"><img src="{UP}/a-300x200.jpg">', before=before), site)
    assert article.image_links == (f"{UP}/a.jpg", f"{UP}/b.jpg")
    assert [image.role for image in article.images] == ["featured", "inline"]


def test_captions_and_roles(post: Callable[..., Capture], site: Site) -> None:
    markup = CASES["block gallery"][0]
    images = extract(post(f"<p>Текст.</p>{markup}"), site).images
    assert [(image.caption, image.role) for image in images] == [("Едно", "gallery"), (None, "gallery")]


def test_attachments(post: Callable[..., Capture], site: Site) -> None:
    article = extract(post('<p><a href="/doc/Покана.pdf">Покана</a> <a href="/x/">връзка</a></p>'), site)
    assert [(one.text, one.media_type) for one in article.attachments] == [("Покана", "application/pdf")]


CDN = "https://cdn.example.net/media"
STATED = {
    "not shown": (f"{UP}/other-picture.jpg", "/a.jpg", [f"{UP}/other-picture.jpg", "https://example.org/a.jpg"]),
    "shown in another size": (f"{UP}/a-1200x630.jpg", f"{UP}/a-300x200.jpg", [f"{UP}/a.jpg"]),
    "another crop, of the same name": (f"{CDN}/social/round-table.jpg", f"{CDN}/wide/round-table.jpg", [f"{CDN}/wide/round-table.jpg"]),
    "another crop, of the same key": (f"{CDN}/9f86d081884c7d65/s.jpg", f"{CDN}/9f86d081884c7d65/w.jpg", [f"{CDN}/9f86d081884c7d65/w.jpg"]),
    "another crop, of the same number": (f"{CDN}/16-9/4077009-a.jpg", f"{CDN}/w900/4077009-b.jpg", [f"{CDN}/w900/4077009-b.jpg"]),
    "another crop, of the same name and other keys": (
        f"{CDN}/the-round-table-1b4e28ba2fa1.jpg", f"{CDN}/the-round-table-6ec0bd7f11c0.jpg", [f"{CDN}/the-round-table-6ec0bd7f11c0.jpg"]
    ),
    "a day that many have": (f"{CDN}/20230428/a.jpg", f"{CDN}/20230428/b.jpg", [f"{CDN}/20230428/a.jpg", f"{CDN}/20230428/b.jpg"]),
    "a name that many have": (f"{CDN}/1/photo.jpg", f"{CDN}/2/photo.jpg", [f"{CDN}/1/photo.jpg", f"{CDN}/2/photo.jpg"]),
    "the site's logo": (f"{UP}/logo.png", "/a.jpg", ["https://example.org/a.jpg"]),
}  # fmt: skip


@pytest.mark.parametrize("name", STATED)
def test_the_picture_that_the_metadata_names(name: str, page: Callable[..., Capture]) -> None:
    stated, shown, links = STATED[name]
    text = "<p>The members of the cluster met in the town hall and spoke about the energy of the region.</p>" * 4
    html = (
        f'<html lang="en"><head><title>One</title><meta property="og:image" content="{stated}"></head><body><main><article>'
        f'<h1>One</h1>{text}<figure><img src="{shown}" alt="The hall"></figure>{text}</article></main></body></html>'
    )
    article = extract(page(html), site_for_url("https://example.org/post/"))
    assert list(article.image_links) == links
    assert article.images[0].role == ("featured" if stated != f"{UP}/logo.png" else "inline")
    assert any(image.alt == "The hall" for image in article.images)


def test_two_pictures_of_the_same_name_stay_two(page: Callable[..., Capture]) -> None:
    text = "<p>The members of the cluster met in the town hall and spoke about the energy of the region.</p>" * 4
    html = (
        f'<html><head><title>One</title><meta property="og:image" content="{CDN}/0/image-asset-one.jpg"></head><body><main><article>'
        f'<h1>One</h1>{text}<img src="{CDN}/1/image-asset-one.jpg">{text}<img src="{CDN}/2/image-asset-one.jpg"></article></main></body></html>'
    )
    links = extract(page(html), site_for_url("https://example.org/post/")).image_links
    assert links == tuple(f"{CDN}/{number}/image-asset-one.jpg" for number in range(3))


TEXT = "<p>The members of the cluster met in the town hall and spoke about the energy of the region.</p>" * 4
A, B = "https://example.org/pictures/hall.jpg", "https://example.org/pictures/tower.jpg"
SHOWN = f'<figure><img src="{B}"></figure>'
ARTICLE = '<script type="application/ld+json">{"@graph": [{"@type": "NewsArticle", %s}, {"@id": "#p", "url": "/pictures/hall.jpg"}]}</script>'
HEADS = {
    "relative": '<meta property="og:image" content="/pictures/hall.jpg">',
    "without scheme": '<meta property="og:image" content="//example.org/pictures/hall.jpg">',
    "as a name": '<meta name="og:image" content="/pictures/hall.jpg">',
    "for Twitter": '<meta name="twitter:image:src" content="/pictures/hall.jpg">',
    "as a link": '<link rel="image_src" href="/pictures/hall.jpg">',
    "microdata": '<meta itemprop="image" content="/pictures/hall.jpg">',
    "a thumbnail": '<meta name="thumbnail" content="/pictures/hall.jpg">',
    "an object": ARTICLE % '"image": {"@type": "ImageObject", "url": ["/pictures/hall.jpg"]}',
    "another object's name": ARTICLE % '"image": {"@id": "#p"}',
    "in several shapes": ARTICLE % '"image": ["/pictures/hall.jpg", "/pictures/square.jpg"]',
    "the page's": ARTICLE % '"x": 1}, {"@type": "WebPage", "primaryImageOfPage": {"@id": "#p"}',
    "beside the site's sign": '<meta property="og:image" content="/sign.png">'
    + ARTICLE % '"image": "/pictures/hall.jpg", "publisher": {"logo": {"url": "/sign.png"}}',
}


@pytest.mark.parametrize("name", HEADS)
def test_the_ways_in_which_metadata_name_a_picture(name: str, page: Callable[..., Capture]) -> None:
    html = f"<html><head><title>One</title>{HEADS[name]}</head><body><main><article><h1>One</h1>{TEXT}{SHOWN}{TEXT}</article></main></body></html>"
    assert extract(page(html), site_for_url("https://example.org/post/")).image_links == (A, B)


def test_what_the_metadata_name_and_the_page_shows_comes_before_what_it_does_not_show(
    page: Callable[..., Capture],
) -> None:
    stated = ARTICLE % f'"image": "{B}"'
    html = (
        f'<html><head><title>One</title><meta property="og:image" content="/social/card.jpg">{stated}</head>'
        f"<body><main><article><h1>One</h1>{TEXT}{SHOWN}{TEXT}</article></main></body></html>"
    )
    assert extract(page(html), site_for_url("https://example.org/post/")).image_links == (B,)


BODIES = {
    "above the headline": f'<article><figure><img src="{A}"></figure><h1>One</h1>{TEXT}{SHOWN}{TEXT}</article>',
    "above the headline's block": f'<article><div><picture><img src="{A}"></picture></div><div><h1>One</h1></div><div>{TEXT}{SHOWN}{TEXT}</div></article>',
    "below the same headline in the breadcrumbs": f'<nav><h1>One</h1></nav><article><h2>One</h2><img src="{A}"><div>{TEXT}{SHOWN}{TEXT}</div></article>',
    "a teaser above": f'<article><a href="/other/"><picture><img src="/t.jpg"></picture></a><h1>One</h1><img src="{A}">{TEXT}{SHOWN}{TEXT}</article>',
    "a sign above": f'<div><img src="/s.jpg"></div><article><h1>One</h1><img src="{A}">{TEXT}{SHOWN}{TEXT}</article>',
    "a linked heading beside it": f'<article><h1>One</h1><img src="{A}">{TEXT}{SHOWN}<section><h3><a href="/other/">Two</a></h3><img src="/t.jpg"></section>{TEXT}</article>',
    "a heading beside it": f'<article><h1>One</h1>{TEXT}<section><h3>Two</h3><img src="{A}"></section>{SHOWN}{TEXT}</article>',
    "a link to where pictures lie": f'<article><h1>One</h1>{TEXT}<a href="https://img.example.net/k?s=9"><img src="https://img.example.net/k?s=4"></a>{TEXT}</article>',
    "a teaser in what is named for the text": f'<article><h1>One</h1><div class="article-body"><img src="{A}">{TEXT}{SHOWN}{TEXT}<a href="/other/"><img src="/t.jpg"></a></div></article>',
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_pictures_by_where_they_stand(name: str, page: Callable[..., Capture]) -> None:
    html = f"<html><head><title>One</title></head><body><main>{BODIES[name]}</main></body></html>"
    links = extract(page(html), site_for_url("https://example.org/post/")).image_links
    assert links == ((A, B) if "where pictures lie" not in name else ("https://img.example.net/k?s=4",))
