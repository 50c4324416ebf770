"""A record's head: its version and its named fields, and what is wrong with how they are written."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_VERSIONS = ("WARC/1.1\r\n", "WARC/1.0\r\n")
_FIRST_LINE = re.compile(rb"WARC/\d\.\d+")
_FIELD = re.compile(r"\r\n([!#$%&'*+.^_`|~0-9A-Za-z-]+):[^\S\r\n]*(.*\S|)")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROLS = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_NO_CONTROLS = bytes({*range(256)} - {*range(9), *range(10, 32), 127})
"""All bytes that may stand in a line."""

_lower = lru_cache(maxsize=256)(str.lower)


class Head(NamedTuple):
    """A record's head, as it stands in a file."""

    offset: int
    """First byte of the record's gzip member, or of the record itself in a file that is not compressed."""
    gzip: bytes
    """The ten bytes that the gzip member begins with; empty in a file that is not compressed."""
    version: str
    """``WARC/1.1`` for instance."""
    headers: tuple[tuple[str, str], ...]
    """Named fields in order."""
    fields: dict[str, str]
    """The first value of each field, by its name in lower case."""
    size: int
    """`Content-Length`."""
    flaws: tuple[str, ...]
    """What is wrong with how the head is written, though it can be read."""

    @property
    def partners(self) -> list[str]:
        """The ids of the records that it was written with: `WARC-Concurrent-To`, the only field that may be repeated."""
        name = "warc-concurrent-to"
        if len(self.headers) > len(self.fields):
            return [value for other, value in self.headers if other.lower() == name]
        return [self.fields[name]] if name in self.fields else []


def parse_head(raw: bytes, offset: int, gzip: bytes = b"") -> Head:
    """The head that stands before the blank line; raises ValueError where it is none."""
    text = raw.decode("utf-8", "surrogateescape")
    headers: list[tuple[str, str]] = _FIELD.findall(text)
    version = text[:8]
    flaws: tuple[str, ...] = ()
    # CR LF stands before each field: where there are no more controls than these, all lines are fields
    if not text.startswith(_VERSIONS) or len(raw.translate(None, _NO_CONTROLS)) != 2 * len(headers):
        version, headers, flaws = _forgive(raw)
    fields = {_lower(name): value for name, value in headers}
    if len(fields) < len(headers):
        fields = {name.lower(): value for name, value in reversed(headers)}
    size = fields.get("content-length", "")
    if not (size.isascii() and size.isdigit() and len(size) < 19):
        raise ValueError("it has no Content-Length")
    return Head(offset, gzip, version, tuple(headers), fields, int(size), flaws)


def bare_address(uri: str) -> str:
    """`WARC-Target-URI` without the angle brackets that some tools write, as the grammar of WARC 1.0 had it."""
    return uri[1:-1] if uri[:1] == "<" and uri[-1:] == ">" else uri


def _forgive(raw: bytes) -> tuple[str, list[tuple[str, str]], tuple[str, ...]]:
    """Version and fields of a head that is not written as WARC 1.1, 4 has it, and what is wrong with how it is written."""
    if _FIRST_LINE.match(raw) is None:
        raise ValueError("it does not begin as a WARC record does")
    first, *lines = raw.replace(b"\r\n", b"\n").split(b"\n")
    version = first.decode("ascii", "replace")
    flaws, headers = [], list[tuple[str, str]]()
    if version not in ("WARC/1.0", "WARC/1.1"):
        flaws.append(f"Its version is {version[:20]}, not WARC/1.0 or WARC/1.1.")
    if re.search(rb"(?<!\r)\n", raw):
        flaws.append("Lines of its head end in LF alone.")
    for line in lines:
        name, colon, value = line.partition(b":")
        text = line.decode("utf-8", "surrogateescape")
        if line[:1] in (b" ", b"\t") and headers:  # folded, as WARC 1.0 allows
            headers[-1] = (headers[-1][0], f"{headers[-1][1]} {text.strip()}")
            continue
        if not colon or not _NAME.fullmatch(name):
            flaws.append(f"A line of its head is no field: {line[:60].decode('ascii', 'replace')!r}.")
        elif _CONTROLS.search(value):
            flaws.append(f"Its field {name.decode('ascii')} holds control characters.")
        headers.append((text.partition(":")[0].strip(), text.partition(":")[2].strip()))
    return version, headers, tuple(flaws)
