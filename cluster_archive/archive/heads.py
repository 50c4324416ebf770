"""A record's head: its version and its named fields, and what is wrong with how they are written."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple

_VERSIONS = ("WARC/1.1\r\n", "WARC/1.0\r\n")
_FIRST_LINE = re.compile(rb"WARC/\d\.\d+")
_FIELD = re.compile(r"\r\n([!#$%&'*+.^_`|~0-9A-Za-z-]+):[^\S\r\n]*(.*\S|)")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROLS = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_NO_CONTROLS = bytes({*range(256)} - {*range(9), *range(10, 32), 127})
"""All bytes that may stand in a line."""

_ID = "<urn:uuid:[0-9a-f-]{36}>"
_DAY = "(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
"""A day that is in each year."""
_DIGEST = "sha256:[A-Z2-7]{51}[AQ]===="  # the last digit has one bit of the digest
_USUAL = re.compile(
    r"WARC/1\.1"
    r"\r\nWARC-Type: (response|request|metadata)"
    rf"\r\nWARC-Record-ID: ({_ID})"
    r"\r\nWARC-Target-URI: ([A-Za-z][A-Za-z0-9+.-]*:[!-;=?-~]*)"
    rf"\r\nWARC-Date: ([12][0-9]{{3}}-{_DAY}T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){{2}}\.[0-9]{{6}}Z)"
    rf"\r\nWARC-Warcinfo-ID: ({_ID})"
    rf"\r\nWARC-Concurrent-To: ({_ID})"
    r"(?:\r\nWARC-IP-Address: ([0-9a-f.:]+))?"
    r"(?:\r\nWARC-Protocol: [!-~]+)*(?:\r\nWARC-Cipher-Suite: [!-~]+)?"
    rf"\r\nWARC-Block-Digest: ({_DIGEST})"
    rf"(?:\r\nWARC-Payload-Digest: ({_DIGEST}))?"
    r"(?:\r\nWARC-Resource-Type: [!-~]+)?"
    r"\r\nContent-Type: (application/(?:http;msgtype=(?:response|request)|warc-fields))"
    r"\r\nContent-Length: ([0-9]{1,18})"
)
"""What `exchange_records` makes for most exchanges. What fits, and what `parse_head` asks besides, breaks no rule; there need be
no head that is sound and does not."""
_MEDIA_TYPES = {
    "response": "application/http;msgtype=response",
    "request": "application/http;msgtype=request",
    "metadata": "application/warc-fields",
}

_NAMED = (
    *("warc-type", "warc-record-id", "warc-target-uri", "warc-date", "warc-warcinfo-id", "warc-ip-address"),
    *("warc-block-digest", "warc-payload-digest", "content-type"),
)
"""The fields of the named values of a `Head`, in its order."""
_PARTNER = "warc-concurrent-to"
_SURROGATES = re.compile("[\ud800-\udfff]")
"""What bytes that are no UTF-8 are decoded to."""

_NO_DIGITS = str.maketrans("", "", "-:TZ. ")
_lower = lru_cache(maxsize=256)(str.lower)


class Fields(NamedTuple):
    """The named fields of a head."""

    headers: tuple[tuple[str, str], ...]
    """All in order."""
    first: dict[str, str]
    """The first value of each, by its name in lower case."""


class Head(NamedTuple):
    """A record's head, as it stands in a file; what is asked of nearly every record has a name of its own."""

    offset: int
    """First byte of the record's gzip member, or of the record itself in a file that is not compressed."""
    gzip: bytes
    """The ten bytes that the gzip member begins with; empty in a file that is not compressed."""
    raw: bytes
    """The head without its blank line."""
    read: Fields | None
    """Its fields; null where it is as `exchange_records` makes the heads of most exchanges, with nothing wrong in it."""
    version: str
    """``WARC/1.1`` for instance."""
    flaws: tuple[str, ...]
    """What is wrong with how it is written, though it can be read."""
    size: int
    """`Content-Length`."""
    partners: tuple[str, ...]
    """The ids of the records that it was written with: `WARC-Concurrent-To`, the only field that may be repeated."""
    kind: str | None
    """`WARC-Type`. Of this and those that follow it is the first value; null where there is none."""
    record_id: str | None
    """`WARC-Record-ID`."""
    uri: str | None
    """`WARC-Target-URI`."""
    date: str | None
    """`WARC-Date`."""
    warcinfo_id: str | None
    """`WARC-Warcinfo-ID`."""
    server: str | None
    """`WARC-IP-Address`."""
    block_digest: str | None
    """`WARC-Block-Digest`."""
    payload_digest: str | None
    """`WARC-Payload-Digest`."""
    content_type: str | None
    """`Content-Type`."""

    @property
    def is_usual(self) -> bool:
        """Whether it is as `exchange_records` makes the heads of most exchanges, with nothing wrong in it."""
        return self.read is None

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """All named fields in order."""
        return (self.read or _read_again(self.raw)).headers

    @property
    def fields(self) -> dict[str, str]:
        """The first value of each field, by its name in lower case."""
        return (self.read or _read_again(self.raw)).first


def parse_head(raw: bytes, offset: int, gzip: bytes = b"") -> Head:
    """The head that stands before the blank line; raises ValueError where it is none."""
    text = raw.decode("utf-8", "surrogateescape")
    usual = _USUAL.fullmatch(text)
    if usual is None:
        return _parse_any(raw, text, offset, gzip)
    kind, record_id, uri, date, warcinfo_id, partner, server, block, payload, content_type, size = usual.groups()
    if (
        (payload is None and kind != "metadata")
        or content_type != _MEDIA_TYPES[kind]
        or partner == record_id
        or (server is not None and not is_ip(server))
    ):
        return _parse_any(raw, text, offset, gzip)
    named = kind, record_id, uri, date, warcinfo_id, server, block, payload, content_type
    return Head(offset, gzip, raw, None, "WARC/1.1", (), int(size), (partner,), *named)


def _parse_any(raw: bytes, text: str, offset: int, gzip: bytes) -> Head:
    read, version, flaws = _read_fields(raw, text)
    fields = read.first
    size = fields.get("content-length", "")
    if not (size.isascii() and size.isdigit() and len(size) < 19):
        raise ValueError(f"its Content-Length is {size[:40]!r}" if size else "it has no Content-Length")
    partners: tuple[str, ...] = ()
    if _PARTNER in fields:
        partners = tuple(value for name, value in read.headers if name.lower() == _PARTNER)
    return Head(offset, gzip, raw, read, version, flaws, int(size), partners, *map(fields.get, _NAMED))


def _read_fields(raw: bytes, text: str) -> tuple[Fields, str, tuple[str, ...]]:
    """Fields and version of a head, and what is wrong with how it is written; raises ValueError where it is none."""
    headers: list[tuple[str, str]] = _FIELD.findall(text)
    version = text[:8]
    flaws: tuple[str, ...] = ()
    # CR LF stands before each field: where there are no more controls than these, all lines are fields
    if not text.startswith(_VERSIONS) or len(raw.translate(None, _NO_CONTROLS)) != 2 * len(headers):
        version, headers, flaws = _forgive(raw)
    if not text.isascii() and _SURROGATES.search(text):
        flaws += ("Its head holds bytes that are no UTF-8.",)
    first = {_lower(name): value for name, value in headers}
    if len(first) < len(headers):
        first = {name.lower(): value for name, value in reversed(headers)}
    return Fields(tuple(headers), first), version, flaws


def _read_again(raw: bytes) -> Fields:
    return _read_fields(raw, raw.decode("utf-8", "surrogateescape"))[0]


@lru_cache(maxsize=64)
def is_ip(text: str) -> bool:
    """Whether a text is an IP address, of version 4 or 6."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def bare_address(uri: str) -> str:
    """`WARC-Target-URI` without the angle brackets that some tools write, as the grammar of WARC 1.0 had it."""
    return uri[1:-1] if uri[:1] == "<" and uri[-1:] == ">" else uri


def digits(date: str) -> str:
    """`WARC-Date` as the index has it, 14 digits."""
    return date[:19].translate(_NO_DIGITS)


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
