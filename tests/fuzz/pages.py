"""Pages: whatever the bytes are, an article or the reason why there is none."""

from __future__ import annotations

import json

from cluster_archive.curate import curate
from cluster_archive.discover import discover, page_requisites
from cluster_archive.document import read_document
from cluster_archive.errors import NotAnArticle
from cluster_archive.explain import as_html, as_text, explain
from cluster_archive.extract import date_evidence, extract
from cluster_archive.items import to_json

from .subject import SITE, Subject, capture, response

POST = """<!DOCTYPE html><html lang="bg-BG"><head><meta charset="utf-8"><title>Изложение – Example</title>
<base href="/news/"><link rel="canonical" href="https://example.org/news/post/"><link rel="stylesheet" href="a.css">
<meta property="article:published_time" content="2017-11-14T10:00:00+02:00"><meta name="author" content="А. Б.">
<meta property="og:image" content="/uploads/2017/11/a-300x200.jpg"><link rel="alternate" hreflang="en" href="/en/post/">
<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"NewsArticle","headline":"Изложение",
"datePublished":"2017-11-14","author":[{"name":"А. Б."}],"image":{"url":"a.jpg"}}]}</script>
<style>.x{background:url(b.png)}</style></head><body class="single single-post"><article class="post hentry">
<h1 class="entry-title">Изложение</h1><time datetime="2017-11-14">14 ноември 2017 г.</time><div class="entry">
<p>Клъстерът участва в <b>изложение</b> на 8-9 ноември 2017г. в гр. Пловдив.</p><p>Основните изводи, които могат да бъдат
извлечени:</p><ul><li>първо</li><li>второ<ul><li>трето</li></ul></li></ul><p>- четвърто<br>- пето</p>
<img src="a-300x200.jpg" srcset="a-300x200.jpg 300w, a.jpg 1200w" alt="снимка"><figure><img data-src="b.jpg"><figcaption>Надпис
</figcaption></figure><table><tr><td>едно<td>две</table><a href="doc.pdf">Документ</a><div class="share">Сподели</div></div>
<a class="fixed-nav fixed-nav-prev" href="/news/other/"><h6>Друга</h6><span class="date">3 май 2018</span></a></article></body></html>"""
LIST = """<!DOCTYPE html><html lang="en"><title>News</title><body class="blog"><div class="posts_group">""" + "".join(
    f'<div class="post-item"><div class="date_label">{day} май 2018</div><h2 class="entry-title"><a href="/news/{day}/">Post {day}'
    f'</a></h2><p>What it says of {day}.</p></div>'
    for day in range(1, 7)
) + """</div><div class="pager"><a href="/news/page/2/">2</a></div></body></html>"""  # fmt: skip


def seeds() -> list[bytes]:
    """A post, a list, and the post in other character sets."""
    return [
        response(POST.encode(), "Content-Type: text/html; charset=utf-8"),
        response(LIST.encode(), "Content-Type: text/html"),
        response(POST.replace('charset="utf-8"', 'charset="windows-1251"').encode("cp1251"), "Content-Type: text/html"),
        response(POST.encode("utf-16"), "Content-Type: text/html"),
    ]


def promise(data: bytes) -> None:
    """An article that is a line of the dataset, or NotAnArticle; the same each time."""
    held = capture(data)
    document = read_document(held)
    try:
        article = extract(held, SITE, document)
    except NotAnArticle as other:
        if not other.reason:
            raise AssertionError("no reason is given") from other
    else:
        line = json.dumps(to_json(article), allow_nan=False)
        assert line == json.dumps(to_json(extract(held, SITE)), allow_nan=False)
        evidence = date_evidence(held, SITE, document)
        curated = curate(
            article, evidence=evidence, parts=(), site=SITE, record_of=lambda url: None, neighbour_day=lambda url: None
        )
        json.dumps(to_json(curated), allow_nan=False)
    discover(held, SITE, document)
    if document is not None and held.has_content:
        page_requisites(document)
        explanation = explain(held, SITE)
        as_text(explanation)
        as_html(explanation)


SUBJECT = Subject(
    name="pages",
    promise=promise,
    seeds=seeds,
    tokens=(
        b"<div>", b"<p>", b"<table><tr><td>", b"<svg><style>", b"<!--", b"<![CDATA[", b"<script type=application/ld+json>", b"</script>",
        b'"@graph":[', b'{"@type":', b"<base href=", b"<meta charset=utf-7>", b"<plaintext>", b"<template>", b"<frameset>", b"&#xd800;",
        b"&#0;", b"&#x110000;", b" 31.02.2017 ", b" 14 \xd0\xbd\xd0\xbe\xd0\xb5\xd0\xbc\xd0\xb2\xd1\x80\xd0\xb8 99999 ", b'<time datetime="', b"<ul><li>",
        b"<a href=", b"<img srcset=", b"data:image/png;base64,", b"javascript:", b"\xef\xbb\xbf", b"\xff\xfe", b"<math><mi>", b"<p:p>",
    ),
    examples=150,
)  # fmt: skip
