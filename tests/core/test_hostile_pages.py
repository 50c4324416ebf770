"""Pages that nobody means well with: read to the end or cut with an issue, in bounded memory and time, never an error."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cluster_archive.captures import Capture
from cluster_archive.extract import extract
from cluster_archive.sites import site_for_url

URL = "https://example.org/news/one/"
TEXT = "<p>Текст за енергийната ефективност на предприятията в региона, дълъг колкото трябва.</p>".encode()
MEMORY = 400 * 1024  # KB
CPU = 20  # seconds after which the system ends a hanging process


def article(body: bytes) -> bytes:
    return (
        b"<html><head><title>T</title><meta property='og:type' content='article'></head><body><article><h1>T</h1>"
        + body
        + b"</article></body></html>"
    )


PAGES: dict[str, Callable[[], bytes]] = {
    "100,000 nested div": lambda: article(b"<div>" * 100_000 + TEXT * 3 + b"</div>" * 100_000),
    "100,000 nested b, unclosed": lambda: article(b"<b>" * 100_000 + TEXT * 3),
    "100,000 nested tags of no name": lambda: article(b"<x-y>" * 100_000 + TEXT * 3),
    "nested lists": lambda: article(b"<ul><li>" * 50_000 + TEXT * 3),
    "a million paragraphs": lambda: article(b"<p>a</p>" * 1_000_000),
    "a million breaks": lambda: article(b"a<br>" * 1_000_000),
    "headlines": lambda: article(b"<h1>T</h1>" * 300_000),
    "dates": lambda: article(b"<li>12.05.2020</li>" * 300_000),
    "pictures": lambda: article(b"<img src=/a.jpg srcset='/b.jpg 1x, /c.jpg 2x'>" * 200_000),
    "tables in tables": lambda: article(b"<table><tr><td>" * 300 + b"<td>b" * 200_000),
    "50 MB on one line": lambda: article(b"<p>" + "дума, ".encode() * 5_000_000 + b"</p>"),
    "one word of 20 MB": lambda: article(b"<p>" + b"w" * 20_000_000 + b"</p>"),
    "unclosed everything": lambda: article(b"<div><p><span><table><tr><td><a href='x" * 50_000),
    "a title of separators": lambda: (
        b"<html><title>" + b"| a - " * 1_000_000 + b"</title><article><h1></h1><p>x</article>"
    ),
    "nested JSON-LD": lambda: article(
        b"<script type='application/ld+json'>" + b"[" * 200_000 + b"</script>" + TEXT * 3
    ),
    "JSON-LD of wrong types": lambda: article(
        b"<script type='application/ld+json'>["
        + b'{"@type":["Article",{}],"datePublished":5,"author":[1,{"name":3}],"image":[[{}],{"url":[]}],"headline":{}},'
        * 99
        + b"{}]</script>"
        + TEXT * 3
    ),
    "NUL and other controls": lambda: article(TEXT.replace("енерг".encode(), "е\0н\x01ерг".encode()) * 3),
    "headings of other articles": lambda: article(
        (TEXT * 3 + b"<h2>Related articles</h2>") + b"<h2>Related</h2>" * 30_000 + TEXT * 3
    ),
    "addresses in addresses": lambda: article(
        b"<img src='/x/" + b"http://a." * 100_000 + b"'><img src='/y/" + b"https%3a%2f%2f" * 100_000 + b"'>" + TEXT * 3
    ),
    "cards in cards": lambda: article(b"<div><h2><a href=/b/>b</a></h2><img src=a.jpg>" * 140 + TEXT * 30_000),
    "boxes with pictures": lambda: article(
        TEXT * 3 + "<div><img src=a.jpg><span>Още за кооперацията</span></div>".encode() * 20_000
    ),
    "headlines of microdata": lambda: article(
        b"<div class=widget>" * 140 + b"<p itemprop=headline>a</p>" * 40_000 + b"</div>" * 140 + TEXT * 3
    ),
    "an address of commas": lambda: article(b"<img srcset='" + b"a.jpg 1x, " * 500_000 + b"'>" + TEXT * 3),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_page_is_read_in_bounds(name: str) -> None:
    said = subprocess.run([sys.executable, __file__, name], capture_output=True, text=True, timeout=120)
    assert said.returncode == 0, said.stderr[-2000:]
    memory, issues, text = said.stdout.strip().split("\t")
    assert int(memory) < MEMORY
    assert text != "lost"
    if text == "none" and name not in ("pictures", "a title of separators"):
        assert "too-large" in issues or "too-deep" in issues


def test_a_declared_lie_is_seen_through() -> None:
    text = "Клъстерът обсъди енергийната ефективност на предприятията в региона с партньорите си от чужбина днес."
    page = article(b"<p>" + text.encode("cp1251") * 3 + b"</p>").replace(b"<title>", b"<meta charset='utf-8'><title>")
    read = extract(capture_of(page), site_for_url(URL))
    assert text in read.body
    assert "charset" in {issue.code for issue in read.issues}


def capture_of(payload: bytes) -> Capture:
    return Capture(
        url=URL,
        status=200,
        headers=(("Content-Type", "text/html"),),
        payload=payload,
        captured_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
    page = PAGES[sys.argv[1]]()
    read = extract(capture_of(page), site_for_url(URL))
    peak = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())  # of this process, not of its parent
    kept = "kept" if "дълъг колкото трябва" in read.body else "lost"
    text = kept if "дълъг колкото трябва".encode() in page else "none"
    print(peak[1] if peak else 0, ",".join(issue.code for issue in read.issues), text, sep="\t")


if __name__ == "__main__":
    main()
