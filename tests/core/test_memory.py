"""A page leaves memory with its article: nothing waits for Python to look for circles."""

from __future__ import annotations

import gc
from collections.abc import Callable

from cluster_archive.captures import Capture
from cluster_archive.extract import extract
from cluster_archive.sites import site_for_url

TEXT = "<p>Текст за енергийната ефективност на предприятията в региона, дълъг колкото трябва.</p>" * 5
PAGE = f"""<html lang="bg"><head><title>T</title><meta property="og:type" content="article"></head><body>
<nav><a href="/">Начало</a></nav><div class="related">Още</div>
<article><h1>T</h1><p>12.05.2020</p><figure><img src="/a.jpg"><figcaption>Снимка</figcaption></figure>{TEXT}
<ul><li>едно</li><li>две</li></ul><table><tr><td>1</td><td>2</td></tr></table></article></body></html>"""


def test_a_page_leaves_memory_with_its_article(page: Callable[..., Capture]) -> None:
    capture = page(PAGE)
    site = site_for_url(capture.url)
    extract(capture, site)  # what is made once is made
    gc.collect()
    gc.disable()
    try:
        article = extract(capture, site)
        assert article.body
        assert article.image_links
        assert article.date
        assert gc.collect() == 0
    finally:
        gc.enable()
