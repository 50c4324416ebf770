"""A record's head: its version and its named fields, and what is wrong with how they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FIRST_LINE = re.compile(rb"WARC/\d\.\d+")
_STRICT = re.compile(rb"WARC/1\.[01](?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00-\x08\x0a-\x1f\x7f]*)+")


@dataclass(frozen=True, slots=True)
class Head:
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


def parse_head(raw: bytes, offset: int, gzip: bytes = b"") -> Head:
    """The head that ends before the blank line; raises ValueError where it is none."""
    first, _, rest = raw.partition(b"\r\n")
    flaws: list[str] = []
    if _STRICT.fullmatch(raw) is None:
        if _FIRST_LINE.match(raw) is None:
            raise ValueError("it does not begin as a WARC record does")
        first, _, rest = raw.replace(b"\r\n", b"\n").partition(b"\n")
        rest, flaws = rest.replace(b"\n", b"\r\n"), _flaws(raw, first)
    headers: list[tuple[str, str]] = []
    fields: dict[str, str] = {}
    for line in rest.decode("utf-8", "surrogateescape").split("\r\n"):
        if line[:1] in (" ", "\t") and headers:  # folded, as WARC 1.0 allows
            name, value = headers[-1]
            headers[-1] = (name, f"{value} {line.strip()}")
            if fields[name.lower()] == value:
                fields[name.lower()] = headers[-1][1]
        else:
            name, _, value = line.partition(":")
            name, value = name.strip(), value.strip()
            headers.append((name, value))
            fields.setdefault(name.lower(), value)
    size = fields.get("content-length", "")
    if not (size.isascii() and size.isdigit() and len(size) < 19):
        raise ValueError("it has no Content-Length")
    version = first.decode("ascii", "replace")
    return Head(offset, gzip, version, tuple(headers), fields, int(size), tuple(flaws))


def _flaws(raw: bytes, first: bytes) -> list[str]:
    """What keeps a head from being written as WARC 1.1, 4 has it."""
    flaws = []
    if first not in (b"WARC/1.0", b"WARC/1.1"):
        flaws.append(f"Its version is {first[:20].decode('ascii', 'replace')}, not WARC/1.0 or WARC/1.1.")
    if re.search(rb"(?<!\r)\n", raw):
        flaws.append("Lines of its head end in LF alone.")
    lines = raw.replace(b"\r\n", b"\n").split(b"\n")[1:]
    for line in lines:
        name, colon, value = line.partition(b":")
        if line[:1] in (b" ", b"\t"):
            continue
        if not colon or not re.fullmatch(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            flaws.append(f"A line of its head is no field: {line[:60].decode('ascii', 'replace')!r}.")
        elif re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", value):
            flaws.append(f"Its field {name.decode('ascii')} holds control characters.")
    return flaws
