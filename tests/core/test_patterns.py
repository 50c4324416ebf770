"""Patterns of a site's file: what `re` would find, and never longer than a second."""

from __future__ import annotations

import logging

import pytest
import regex

from cluster_archive.sites import site_of
from cluster_archive.sites.patterns import Pattern
from cluster_archive.sites.rules import address_kind

HOSTILE = f"/{'a' * 60}!"
SITE = """name = "slow"
home = "https://example.org/"
[addresses]
ignore = ['^/(a|aa)+$']
article = ['^/a']
"""


def test_a_pattern_finds_what_it_says() -> None:
    pattern = Pattern(r"^/(?!en/)\w+/\d{4}/")
    assert [pattern.matches(path) for path in ("/новини/2024/a", "/en/2024/a", "/news/24/")] == [True, False, False]
    assert pattern == Pattern(pattern.text)


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(regex.error):
        Pattern("(")


def test_a_pattern_that_takes_for_ever_is_left_out_and_told(caplog: pytest.LogCaptureFixture) -> None:
    site = site_of(SITE, "slow.toml")
    with caplog.at_level(logging.WARNING):
        kinds = [address_kind(f"https://example.org{path}", site) for path in ("/aaa", HOSTILE, HOSTILE, "/aaa")]
    assert kinds == ["ignore", "article", "article", "article"]  # the second look costs nothing: the pattern is gone
    assert len(caplog.records) == 1
    assert "^/(a|aa)+$" in caplog.text
