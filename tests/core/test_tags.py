"""A tag with attributes by the thousand does not hold the parser up."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_archive.captures import Capture
from cluster_archive.document import read_document
from cluster_archive.document.tags import bounded_tags


@pytest.mark.parametrize(
    "attributes",
    [
        " ".join(f"a{one}=x" for one in range(100_000)),
        " ".join(f"a{one}" for one in range(100_000)),
        " ".join(f'a{one}="<x"' for one in range(100_000)),
    ],
    ids=["values", "names", "values-with-tags"],
)
def test_attributes_by_the_thousand_are_cut_and_told(page: Callable[..., Capture], attributes: str) -> None:
    began = process_time()
    document = read_document(page(f"<html><body><p {attributes}>text</p><h1>Title</h1></body></html>"))
    assert process_time() - began < 5
    assert document is not None
    assert "too-large" in document.issues
    assert "Title" in "".join(document.root.itertext())


def test_one_long_value_stays() -> None:
    text = f'<p><img src="data:image/png;base64,{"A" * 100_000}" data-json="{"&quot;a&quot;: 1, " * 2000}">text</p>'.encode()
    assert bounded_tags(text) == text


def test_a_long_script_stays() -> None:
    text = f"<script>{'a=1;' * 20_000}</script><p>text</p>".encode()
    assert bounded_tags(text) == text


def test_what_stands_around_a_cut_tag_stays() -> None:
    long = " ".join(f"a{one}=x" for one in range(10_000))
    text = f"<i>{'before ' * 5000}</i><p {long}>text</p><b {long}>{'behind ' * 5000}</b><p {long}".encode()
    kept = f"<p {long}"[:20_000], f"<b {long}"[:20_000]
    assert bounded_tags(text) == (
        f"<i>{'before ' * 5000}</i>{kept[0]}>text</p>{kept[1]}>{'behind ' * 5000}</b>{kept[0]}".encode()
    )


def test_a_cut_leaves_no_half_a_letter() -> None:
    for shift in ("", "x"):
        long = f"{shift} " + " ".join(f"a{one}=я" for one in range(10_000))
        assert bounded_tags(f"<p {long}>текст</p>".encode()).decode().endswith(">текст</p>")


@given(st.text(alphabet="<>ab=\"' /", max_size=300))
def test_short_tags_stay(text: str) -> None:
    assert bounded_tags(text.encode()) == text.encode()
