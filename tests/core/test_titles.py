"""Titles: the headline that a reader sees, told apart from the site's name and from other headings by the metadata."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cluster_archive.captures import Capture
from cluster_archive.document import read_document
from cluster_archive.extract import extract_any
from cluster_archive.sites import site_for_url

TITLE = "The cluster opens a laboratory for students"
NAME = '<meta property="og:site_name" content="The Paper">'
CASES = {
    "the only h1": (f"<title>{TITLE} - The Paper</title>", f"<h1>{TITLE}</h1>"),
    "an h1 with other words than the metadata": ("<title>Lab opened</title>", f"<h1>{TITLE}</h1><h2>Related</h2>"),
    "the h1 that the metadata says": (f"<title>{TITLE}</title>", f"<h1>News</h1><h1>{TITLE}</h1>"),
    "an h2 that the metadata says, below the section's h1": (
        f"<title>{TITLE} | The Paper</title>",
        f"<h1>Opinion</h1><h2>{TITLE}</h2><h2>Related</h2>",
    ),
    "an h2 below the site's name": (f"<title>{TITLE}</title>{NAME}", f"<h1>The Paper</h1><h2>{TITLE}</h2>"),
    "metadata that a quotation mark cuts off": (
        f'<title>{TITLE} "of the future"</title><meta property="og:title" content="{TITLE} "of the future"">',
        f'<h1>News</h1><h2>{TITLE} "of the future"</h2>',
    ),
    "metadata with references in references": (
        """<script type="application/ld+json">{"@type": "NewsArticle", "headline": "The cluster&#8217;s laboratory"}</script>""",
        "<p>No headline.</p>",
    ),
    "the title as the application's name": (
        f'<title>{TITLE}</title><meta name="application-name" content="{TITLE}">',
        f"<h1>{TITLE}</h1>",
    ),
    "an h1 in what is named after the sidebar that it has": (
        "<title>Lab opened</title>",
        f"<div class='wrap without-sidebar'><h1>{TITLE}</h1></div><p>One.</p><p>Two.</p><p>Three.</p><p>Four.</p>",
    ),
    "an h1 in a wrapper that is named as furniture, and other words in the metadata": (
        "<title>Lab opened</title>",
        f"<div class='page-widget'><div class='comments-open widget'><h1>{TITLE}</h1>",
    ),
    "the site's sign, whose words begin the stated title": (
        f"<title>The Paper of the Region: {TITLE}</title>",
        f"<h1><a href='/'>The Paper of the Region</a></h1><h2>{TITLE}</h2>",
    ),
    "a teaser's headline in microdata above": (
        f"<title>{TITLE}</title>",
        f"<div><b itemprop='headline'>Another post</b></div><h1>{TITLE}</h1>",
    ),
    "the headline in the breadcrumbs alone": (
        f"<title>{TITLE} | The Paper</title>{NAME}",
        f"<nav><h1>{TITLE}</h1></nav><h1>A chapter</h1>",
    ),
    "no headline but the application's name": (
        f'<title>The Paper - {TITLE}</title><meta name="application-name" content="The Paper">',
        "<h1>The Paper</h1>",
    ),
}
RIGHT = {
    "metadata that a quotation mark cuts off": f'{TITLE} "of the future"',
    "metadata with references in references": "The cluster’s laboratory",
}


@pytest.mark.parametrize("name", CASES)
def test_titles(name: str, page: Callable[..., Capture]) -> None:
    head, body = CASES[name]
    text = "<p>The members of the cluster met in the town hall and spoke about the energy of the region.</p>" * 4
    capture = page(f"<html lang='en'><head>{head}</head><body><main>{body}{text}</main></body></html>")
    document = read_document(capture)
    assert document is not None
    assert extract_any(capture, site_for_url(capture.url), document).title == RIGHT.get(name, TITLE)


def test_a_site_that_is_all_that_its_page_says_is_no_title(page: Callable[..., Capture]) -> None:
    capture = page(
        f"<html><head><title>The Paper</title>{NAME}</head><body><h1>The Paper</h1><p>Text.</p></body></html>"
    )
    document = read_document(capture)
    assert document is not None
    assert extract_any(capture, site_for_url(capture.url), document).title == ""
