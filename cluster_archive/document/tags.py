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
    kept: list[str] = []
    start = done = 0
    while len(text) - start > LONG:
        end = text.rfind(">", start, start + LONG + 1)
        if end < 0:  # more than `LONG` letters up to the next end of a tag
            end = text.find(">", start + LONG)
            end = len(text) if end < 0 else end
            piece = text[start:end]
            if (short := _bounded(piece)) is not piece:
                kept += (text[done:start], short)
                done = end
        start = end + 1
    return "".join((*kept, text[done:])) if kept else text


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
