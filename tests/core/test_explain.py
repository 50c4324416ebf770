"""Explain: which evidence gave a field, what lost, what was left out of the text, and one safe HTML file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml.html import document_fromstring

from cluster_archive.captures import Capture
from cluster_archive.errors import BadArchive
from cluster_archive.explain import Explanation, as_html, as_text, capture_at, explain
from cluster_archive.sites import site_for_url

URL = "https://example.org/news/one/"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PAGE = """<html lang="en"><head><title>A round table | Example</title><meta property="og:site_name" content="Example">
<meta property="article:published_time" content="2024-05-14T10:00:00+03:00">
<meta property="article:modified_time" content="2024-06-01T10:00:00+03:00"></head><body>
<nav><ul><li><a href="/">Home</a></li></ul></nav><main><article><h1>A round table</h1><p>By A. Writer, 14 May 2024</p>
<div class="text"><p>Members of the cluster and their partners met in Sofia to talk about the use of energy in small firms.</p>
<p>They agreed on the next steps, which all of them will take together in the course of the coming year.</p>
<h3>Key takeaways</h3><ul><li>Share laboratories</li><li>Open the data</li></ul>
<div class="related-posts"><p>Another article that has nothing to do with this one, except that it is beside it.</p></div></div>
</article></main><footer><p>All rights reserved, and a long line of text at the foot of the page.</p></footer>
<script>alert("</script><iframe srcdoc='x'>")</script></body></html>"""


def capture_of(text: str) -> Capture:
    return Capture(
        url=URL, status=200, headers=(("Content-Type", "text/html"),), payload=text.encode(), captured_at=NOW
    )


@pytest.fixture(scope="module")
def told() -> Explanation:
    return explain(capture_of(PAGE), site_for_url(URL))


def test_each_field_names_its_evidence_and_what_lost(told: Explanation) -> None:
    fields = {field.name: field for field in told.fields}
    assert fields["title"].value == "A round table"
    assert "h1" in fields["title"].source
    assert fields["date"].value == "2024-05-14"
    assert "article:published_time" in fields["date"].source
    lost = {other.lost for other in fields["date"].others}
    assert {"says the same", "a change is no publication"} <= lost
    assert fields["key_takeaways"].value == "Share laboratories · Open the data"


def test_the_outline_marks_what_was_kept(told: Explanation) -> None:
    fates = {line.text: (line.fate, line.why) for line in told.outline}
    assert fates["- Share laboratories"][0] == "kept"
    assert fates["- Home"][0] == "furniture"
    assert fates["Another article that has nothing to do with this one, except that it is beside it."] == (
        "furniture",
        "furniture: div.related-posts",
    )
    assert fates["By A. Writer, 14 May 2024"][0] in ("outside", "trimmed")


def test_the_html_file_runs_nothing_and_asks_for_nothing(told: Explanation) -> None:
    root = document_fromstring(as_html(told))
    assert not root.xpath("//script | //img | //link")
    (frame,) = root.iter("iframe")
    assert frame.get("sandbox") == ""
    assert "default-src 'none'" in frame.get("srcdoc")
    assert "alert(" in frame.get("srcdoc")  # the page is there, and stays inside


def test_a_terminal_gets_nothing_that_it_would_obey() -> None:
    told = explain(capture_of(PAGE.replace("Share lab", "Share \u009b31m \u202e lab")), site_for_url(URL))
    text = as_text(told)
    assert "+ - Share" in text
    assert "\u009b" not in text
    assert "\u202e" not in text


def test_a_file_and_a_record_can_be_given(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE, encoding="utf-8")
    assert explain(capture_at(str(page), NOW, URL), site_for_url(URL)).url == URL
    with pytest.raises(BadArchive, match="cannot be read"):
        capture_at(str(tmp_path / "none.html"), NOW)
    (tmp_path / "a.warc.gz").write_bytes(b"")
    with pytest.raises(BadArchive, match="OFFSET"):
        capture_at(str(tmp_path / "a.warc.gz"), NOW)


def test_what_is_no_page_is_said() -> None:
    with pytest.raises(BadArchive, match="no HTML"):
        explain(capture_of("%PDF-1.7"), site_for_url(URL))
