"""A page with a font of its own: captured, served and replayed, its text is as wide as the font makes it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from .conftest import Looked, Served, replayed, serving

pytestmark = [pytest.mark.browser, pytest.mark.crawl]

TITLE = "Broad"
TOML = """
name = "fonts"
home = "{site}"
hosts = ["{host}"]

[[seeds]]
kind = "listing"
url = "{site}news/"

[politeness]
delay = 0.0
"""
LIST = '<html><body class="blog"><div class="post-item"><h2><a href="/post/">Broad</a></h2></div></body></html>'
PAGE = f"""<!doctype html><html><head><meta charset="utf-8"><title>{TITLE}</title>
<link rel="stylesheet" href="/looks/style.css"></head><body class="single single-post"><h1 class="entry-title"><span>{TITLE}</span></h1>
<div class="entry-content"><p>Some words about the post, enough of them to be its text.</p></div></body></html>"""
STYLE = """@font-face { font-family: Broad; src: url(fonts/broad.woff2) format("woff2"); }
h1 span { font: 10px Broad, monospace; }"""
LOOKS = """
if (page.fonts.status !== 'loaded') return null;
return {
  fonts: [...page.fonts].map((one) => [one.family, one.status]),
  width: page.querySelector('h1 span').getBoundingClientRect().width,
};
"""


def font() -> FontBuilder:
    """A font in which each letter of the title is two em wide, as no other font has it."""
    pen = TTGlyphPen(None)
    for number, point in enumerate([(0, 0), (0, 700), (1900, 700), (1900, 0)]):
        (pen.lineTo if number else pen.moveTo)(point)
    pen.closePath()
    square = pen.glyph()
    made = FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder([".notdef", "square"])
    made.setupCharacterMap({ord(letter): "square" for letter in TITLE})
    made.setupGlyf({".notdef": square, "square": square})
    made.setupHorizontalMetrics({".notdef": (1000, 0), "square": (2000, 0)})
    made.setupHorizontalHeader(ascent=800, descent=-200)
    made.setupNameTable({"familyName": "Broad", "styleName": "Regular"})
    made.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWinAscent=800, usWinDescent=200)
    made.setupPost()
    made.font.flavor = "woff2"
    return made


class Quiet(SimpleHTTPRequestHandler):
    """Files of a folder."""

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def page_with_a_font(served: Served, tmp_path: Path) -> Iterator[Served]:
    """The collection of a site with one page, crawled and then closed."""
    files = {"news/index.html": LIST, "post/index.html": PAGE, "looks/style.css": STYLE}
    for name, text in files.items():
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "site/looks/fonts").mkdir()
    font().save(tmp_path / "site/looks/fonts/broad.woff2")
    site = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "site")))
    threading.Thread(target=site.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{site.server_port}"
    (tmp_path / "fonts.toml").write_text(TOML.format(site=f"http://{host}/", host=host), encoding="utf-8")
    try:
        command = [sys.executable, "-m", "cluster_archive", "crawl", tmp_path / "fonts.toml", "-o", tmp_path]
        subprocess.run(command, check=True, capture_output=True, timeout=100)
    finally:
        site.shutdown()
        site.server_close()
    with serving(tmp_path / "fonts", served.environment) as room:
        yield room


def test_a_replayed_page_has_its_font(page_with_a_font: Served, look: Callable[..., Looked]) -> None:
    driver = look().driver
    driver.get(f"{page_with_a_font.url}replay/{page_with_a_font.id_of(lambda line: line['title'] == TITLE)}")
    told = replayed(driver, LOOKS)
    assert told["fonts"] == [["Broad", "loaded"]]
    assert told["width"] == 2 * 10 * len(TITLE)
