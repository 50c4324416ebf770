"""Style sheets: the addresses that their `@import` and `url()` name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import tinycss2
from tinycss2.ast import FunctionBlock, StringToken, URLToken
from tinycss2.bytes import decode_stylesheet_bytes
from webencodings import lookup

from cluster_archive.captures import Capture
from cluster_archive.codings import decode_body
from cluster_archive.urls import absolute_url

MAX_SHEET = 4 * 1024 * 1024
"""Bytes of a style sheet that are read; few have a tenth of it."""

MAX_NAMES = 5_000
"""Addresses that are taken from one style sheet."""

MAX_PIECE = 4_000
"""Characters of one `url()` or `image-set()` that are read; no address that may be asked for is as long."""

_STRING = r"""(?:"(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?)"""
_COMMENT = r"/\*.*?(?:\*/|\Z)"
_URL = rf"url\((?:\s*+{_STRING})?[^)]*+\)?"
_PIECES = re.compile(
    rf"""{_COMMENT} | @namespace[^;{{}}]*+ | (?<![\w-])(
          @import(?:\s|{_COMMENT})*+(?:{_STRING}|{_URL})
        | {_URL}
        | (?:-webkit-)?image-set\((?:[^()"']|{_STRING}|\([^()]*+\)?)*+\)?
    ) | {_STRING}""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
"""What names addresses, and the comments and strings that only look so; each character is looked at once. A tokeniser
in Python takes a second for a megabyte, so it reads only the few pieces that count."""

_NAMES = re.compile(r"url\(|@import|image-set\(", re.IGNORECASE)
_DATA = re.compile(r"(?:url\(\s*+)?[\"']?\s*+(?:data:|#|about:)", re.IGNORECASE)


def sheet_requisites(capture: Capture) -> tuple[str, ...]:
    """What a captured style sheet names, in its order and each once; never raises.

    The character set is that of the byte-order mark, the header or `@charset` (CSS Syntax 3, 3.2).
    """
    content = decode_body(capture, MAX_SHEET).content
    stated = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", capture.header("Content-Type") or "", re.IGNORECASE)
    declared = stated[1] if stated and lookup(stated[1]) else None
    text, _ = decode_stylesheet_bytes(content, declared)
    return tuple(absolute_all(names_in_css(text), capture.url))


def is_sheet(capture: Capture) -> bool:
    """Whether a capture is a style sheet."""
    return capture.media_type == "text/css"


def absolute_all(names: Iterable[str], base: str) -> dict[str, None]:
    """The http(s) addresses that names mean, in order and each once."""
    found = (absolute_url(name, base) for name in names)
    return dict.fromkeys(url for url in found if url is not None)


def names_in_css(text: str) -> tuple[str, ...]:
    """The addresses in a style sheet, a `style` element or a `style` attribute, as they stand there, each once."""
    if _NAMES.search(text) is None:
        return ()
    return _remembered(text) if len(text) <= 100_000 else _names(text)


def _names(text: str) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for match in _PIECES.finditer(text):
        piece = (match[1] or "")[:MAX_PIECE]
        if not piece or _DATA.match(piece):
            continue
        names |= dict.fromkeys(_read(piece))
        if len(names) >= MAX_NAMES:
            break
    return tuple(names)


_remembered = lru_cache(maxsize=64)(_names)
"""The same `style` elements stand in all pages of a site."""


@lru_cache(maxsize=2048)
def _read(piece: str) -> tuple[str, ...]:
    """The addresses of one `@import`, `url()` or `image-set()`, escapes decoded."""
    waiting = list(tinycss2.parse_component_value_list(piece, skip_comments=True))
    found = []
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, URLToken | StringToken):
            found.append(node.value.strip())
        elif isinstance(node, FunctionBlock):
            waiting[:0] = node.arguments
    return tuple(name for name in found if name and not _DATA.match(name))
