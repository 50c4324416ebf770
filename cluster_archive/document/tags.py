"""Tags whose attributes have no end are cut: the parser compares each attribute of a tag with all others."""

from __future__ import annotations

import re

LONG = 20_000
"""Letters of a tag that are looked at closer; what stands behind them is left out if it is attributes by the thousand."""

MANY = 1_000
"""Attributes that no tag has."""

_OPENS = re.compile("<[a-zA-Z]")


def bounded_tags(text: str) -> str:
    """The page without the attributes behind the first thousands of a tag; a page without such a tag as it is."""
    if not _has_long_piece(text):
        return text
    return ">".join(_bounded(piece) if len(piece) > LONG else piece for piece in text.split(">"))


def _has_long_piece(text: str) -> bool:
    """Whether more than `LONG` letters stand between two ends of tags; looks at one end in so many letters only."""
    start = 0
    while len(text) - start > LONG:
        end = text.rfind(">", start, start + LONG + 1)
        if end < 0:
            return True
        start = end + 1
    return False


def _bounded(piece: str) -> str:
    opens = _OPENS.search(piece)
    if opens is None or len(piece) - opens.start() <= LONG or "</" in piece[-30:]:
        return piece  # text, or a script
    tag = piece[opens.start() :]
    if tag.count("=") <= MANY and len(tag.split(None, 10 * MANY)) <= 10 * MANY:
        return piece  # one long value, such as a picture or JSON
    kept = tag[:LONG]
    quote = next((mark for mark in "\"'" if kept.count(mark) % 2), "")
    return piece[: opens.start()] + kept + quote
