"""Where a page's markup names pictures: the attributes of `img` and `source`, lazy ones included, and what a set holds."""

from __future__ import annotations

import re

LAZY_SOURCES = (
    "data-orig-file data-full-url data-large_image data-lazy-src data-src data-original data-lazyload data-lazy data-image"
    " data-echo data-hi-res-src nitro-lazy-src"
).split()
"""Attributes that hold the address until a script puts it into `src`; the largest size first."""

PICTURE_SETS = ("srcset", "data-srcset", "data-lazy-srcset", "data-lazyload-srcset", "nitro-lazy-srcset")
"""Attributes that hold the same picture in several sizes."""

_CANDIDATE = re.compile(r"[\s,]*+(\S+)([^,]*+)")
_WIDTH = re.compile(r"\s+(\d+(?:\.\d+)?)[wx]")


def srcset_urls(value: str) -> list[str]:
    """Addresses of a `srcset`, largest first (HTML Standard, 4.8.4.2.1); a comma may stand inside an address, and ends
    one that has no descriptor."""
    found: list[tuple[float, str]] = []
    position = 0
    while (match := _CANDIDATE.match(value, position)) is not None:
        url = match[1].rstrip(",")
        bare = url != match[1]
        size = None if bare else _WIDTH.match(match[2])
        position = match.end(1) if bare else match.end()
        if url:
            found.append((float(size[1]) if size else 1.0, url))
    return [url for _, url in sorted(found, key=lambda one: -one[0])]
