"""Selectors match what XPath says they match, and in bounds on pages that are made for them."""

from __future__ import annotations

import time

import pytest
from cssselect import HTMLTranslator, SelectorError
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html

from cluster_archive.document import select
from cluster_archive.document.selecting import named_elements, select_named
from cluster_archive.sites.css import chains_of

COMPOUNDS = ["p", "div", "*", ".a", ".b.a", "p.a", "#x", "[title]", "div[title=t]", "[class~=b]", "P:not(.a)", "[rel~=r]", "a[rel=r].b", "[itemprop~=i][itemprop~=j]", "p[itemprop='i  j']", "div:has(p)", "*:has(> .a)", ":is(p, .a)", ":where(#x)", ":first-child", "p:last-child", "p:nth-child(2)", ":nth-last-child(3)"]  # fmt: skip
selectors = st.builds(
    lambda first, rest: first + "".join(rest),
    st.sampled_from(COMPOUNDS),
    st.lists(st.builds(lambda joint, one: joint + one, st.sampled_from([" ", " > ", " + ", " ~ "]), st.sampled_from(COMPOUNDS)), max_size=3),
)  # fmt: skip
attributes = st.sampled_from(
    [
        "",
        ' class="a"',
        ' class="b a"',
        ' class="ab"',
        ' id="x"',
        ' title="t"',
        ' rel="r"',
        ' itemprop="j i" class="b"',
        ' itemprop="i  j"',
    ]
)
pages = st.recursive(
    st.builds(lambda more: f"<p{more}>x<a{more}>y</a></p>", attributes),
    lambda inner: st.builds(lambda more, ones: f"<div{more}>{'text '.join(ones)}</div>", attributes, st.lists(inner, max_size=4)),
    max_leaves=12,
)  # fmt: skip


@given(page=pages, listed=st.lists(selectors, min_size=1, max_size=2))
@settings(max_examples=300, deadline=None)
def test_a_selector_matches_what_xpath_says(page: str, listed: list[str]) -> None:
    root = html.document_fromstring(f"<html><body>{page}<!-- no element --></body></html>")
    selector = ", ".join(listed)
    right = etree.XPath(HTMLTranslator().css_to_xpath(selector))(root)
    assert select(root, selector) == right
    named = named_elements(root.iter("*"))
    words = {name: set(" ".join(ones.values()).split()) for name, ones in named.items()}
    assert select_named(root, named, words, selector) == right


@pytest.mark.parametrize(
    "selector",
    [
        "li:nth-child(odd)", "li:nth-child(0)", "li:nth-child(101)", "p:nth-last-of-type(1)", "p:first-of-type", "p:only-child", "p:has(~ p)", "p:has(+ p)", "div:has(div:has(p))", "div:has(div p)", ":is(div p)",
        "p:contains(x)", "p:not(div p)", "p::before", "p >", "", ":hover",
    ],
)  # fmt: skip
def test_what_may_take_long_or_means_nothing_is_no_selector(selector: str) -> None:
    with pytest.raises(SelectorError):
        chains_of(selector)
    assert select(html.document_fromstring("<p>x</p>"), selector) == []


FLAT = "<p class=a>x</p>" * 100_000
DEEP = ("<div class=a>" * 190 + "<p>x</p>" + "</div>" * 190) * 500


@pytest.mark.parametrize("page", [FLAT, DEEP], ids=["flat", "deep"])
def test_a_page_that_is_made_for_selectors_is_read_in_bounds(page: str) -> None:
    root = html.document_fromstring(f"<html><body>{page}</body></html>")
    began = time.process_time()
    for selector in (
        "p + p",
        "p ~ p ~ p",
        "* * *",
        "div div div div p",
        ".a .a .a > p",
        "p:last-child, p:first-child, p:not(.b)",
        "p:nth-child(100), p:nth-last-child(100)",
    ):
        select(root, selector)
    assert time.process_time() - began < 30
