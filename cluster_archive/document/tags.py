"""Tags whose attributes have no end are cut: the parser compares each attribute of a tag with all others."""

from __future__ import annotations

import re

LONG = 20_000
"""Bytes of a tag that are looked at closer; what stands behind them is left out if it is attributes by the thousand."""

MANY = 1_000
"""Attributes that no tag has."""

_OPENS = re.compile(rb"<[a-zA-Z]")


def bounded_tags(page: bytes) -> bytes:
    """The page without the attributes behind the first thousands of a tag; a page without such a tag as it is."""
    kept: list[bytes] = []
    start = done = 0
    while len(page) - start > LONG:
        end = page.rfind(b">", start, start + LONG + 1)
        if end < 0:  # more than `LONG` bytes up to the next end of a tag
            end = page.find(b">", start + LONG)
            end = len(page) if end < 0 else end
            piece = page[start:end]
            if (short := _bounded(piece)) is not piece:
                kept += (page[done:start], short)
                done = end
        start = end + 1
    return b"".join((*kept, page[done:])) if kept else page


def _bounded(piece: bytes) -> bytes:
    opens = _OPENS.search(piece)
    if opens is None or len(piece) - opens.start() <= LONG or b"</" in piece[-30:]:
        return piece  # text, or a script
    tag = piece[opens.start() :]
    if tag.count(b"=") <= MANY and len(tag.split(None, 10 * MANY)) <= 10 * MANY:
        return piece  # one long value, such as a picture or JSON
    kept = tag[:LONG].decode("utf-8", "ignore").encode()  # without half a letter at its end
    quote = next((mark for mark in (b'"', b"'") if kept.count(mark) % 2), b"")
    return piece[: opens.start()] + kept + quote
