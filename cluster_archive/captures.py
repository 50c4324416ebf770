"""Captures: what one fetch brought back, read from the bytes as they went over the wire."""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from string import whitespace

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Headers = tuple[tuple[str, str], ...]
"""Header fields in the order sent, names in their own case, values decoded as latin-1 (RFC 9110, 5.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRef:
    """The WARC record that the line was read from."""

    file: str
    """Name of the WARC file in the collection's `archive/` folder (its `WARC-Filename`)."""
    offset: int
    """First byte of the record's gzip member in the file."""
    length: int
    """Length of the gzip member in bytes."""
    record_id: str
    """`WARC-Record-ID` with its angle brackets."""
    payload_digest: str | None
    """`WARC-Payload-Digest`, ``sha256:`` and base32."""
    captured_at: datetime
    """`WARC-Date`, UTC."""
    status: int | None
    """HTTP status code; null where no status line came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What the archive holds for one URL at one time; both doors, live and offline, make the same one."""

    url: str
    """Address as asked for."""
    status: int | None
    """HTTP status code of the final response; null where no status line came."""
    headers: Headers
    """Header fields of the final response."""
    payload: bytes
    """Entity body: transfer coding removed, content coding kept (WARC 1.1, payload)."""
    captured_at: datetime
    """When the request was sent, UTC (`WARC-Date`)."""
    truncated: str | None = None
    """`WARC-Truncated`: ``length``, ``time``, ``disconnect`` or ``unspecified``; null for a whole capture."""
    ref: RecordRef | None = None
    """The capture's own record: a response, or a revisit."""
    refers_to: RecordRef | None = None
    """The response record that holds the payload, where `ref` is a revisit."""
    embedded: bool = False
    """Whether it was asked for as a picture, a document or what a page needs, and so is no page whatever came back
    (`WARC-Resource-Type` other than ``document``)."""

    @property
    def payload_ref(self) -> RecordRef | None:
        """The response record that holds the payload."""
        return self.refers_to or self.ref

    def header(self, name: str) -> str | None:
        """The value of the first header field of that name, in any case of letters."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def has_content(self) -> bool:
        """Whether it holds what was asked for, or a part of it (206)."""
        return self.status in (200, 206)

    @property
    def media_type(self) -> str:
        """Media type in lower case without parameters; empty where none is stated."""
        return (self.header("Content-Type") or "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A response record that a later record can refer to in place of holding its payload again."""

    capture: Capture
    """What the record holds; its `ref` says where it stands."""
    date: str
    """`WARC-Date` as the record has it; `WARC-Refers-To-Date` must be the same (WARC 1.1, 5.13)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and what came back for it, as bytes on the wire, before they are records."""

    url: str
    """Address asked for."""
    method: str = "GET"
    """Request method; a HEAD answer has no body whatever its header says."""
    request: bytes
    """The request as sent."""
    response: bytes
    """The response as received; it may be cut, empty, or no HTTP at all."""
    started: datetime
    """When the request was sent, UTC."""
    first_byte: datetime | None = None
    """When the first byte of the response came, UTC."""
    ended: datetime
    """When the exchange was over, UTC."""
    ip: str | None = None
    """Address of the server; null where a proxy stood between."""
    tls: tuple[str, str] | None = None
    """TLS version and cipher suite, for instance ``("TLSv1.3", "TLS_AES_256_GCM_SHA384")``."""
    attempts: int = 1
    """How often the request was sent: 2 where a kept connection turned out dead."""
    truncated: str | None = None
    """`WARC-Truncated`: ``length``, ``time`` or ``disconnect``."""
    failure: str | None = None
    """Why Scrapy gave the response up, where it did."""
    embedded: bool = False
    """Whether a picture, a document or what a page needs was asked for, rather than a page."""
    notes: tuple[tuple[str, str], ...] = ()
    """Further fields for the metadata record."""
    validated: Original | None = None
    """Whose validators the request carried (`If-None-Match`, `If-Modified-Since`): what a 304 says is still right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An HTTP/1 response taken apart."""

    interim: bytes
    """Heads of 1xx responses that came before the final one."""
    head: bytes
    """Status line and header fields of the final response with the blank line, as sent."""
    wire_body: bytes
    """Body as sent, chunk framing and trailers included, cut at the end of the message."""
    payload: bytes
    """Entity body: transfer coding removed, content coding kept."""
    protocol: str | None
    """``HTTP/1.1`` for instance; null where no status line came."""
    status: int | None
    """Status code; null where no status line came."""
    headers: Headers
    """Header fields in order; a line without a colon is passed over."""
    complete: bool
    """Whether the message came whole, as far as its own framing tells."""

    @property
    def block(self) -> bytes:
        """The block of a WARC response record: the final response as sent."""
        return self.head + self.wire_body


_STATUS_LINE = re.compile(rb"(HTTP/\d+(?:\.\d+)?)[ \t]+(\d{3})(?:[ \t]|\r?\n|$)")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_BODILESS = frozenset({204, 304})


def read_message(data: bytes, method: str = "GET") -> Message:
    """Takes a response apart; never raises. What is no HTTP/1 response becomes a message without a status, all of it body.

    Framing by RFC 9112, 6.3: chunked before Content-Length before the end of the connection.
    """
    position = 0
    while (status_line := _STATUS_LINE.match(data, position)) is not None:
        end = _HEAD_END.search(data, position)
        stop = end.end() if end else len(data)
        status = int(status_line[2])
        if not 100 <= status < 200 or status == 101 or end is None:
            break
        position = stop
    if status_line is None:
        return Message(
            interim=data[:position], head=b"", wire_body=data[position:], payload=data[position:],
            protocol=None, status=None, headers=(), complete=False,
        )  # fmt: skip
    headers = _read_headers(data[position:stop])
    wire_body, payload, complete = _read_body(data[stop:], headers, bodiless=method == "HEAD" or status in _BODILESS)
    return Message(
        interim=data[:position],
        head=data[position:stop],
        wire_body=wire_body,
        payload=payload,
        protocol=status_line[1].decode("ascii"),
        status=status,
        headers=headers,
        complete=complete and end is not None,
    )


def _read_headers(head: bytes) -> Headers:
    lines: list[str] = []
    for line in (raw.rstrip(b"\r").decode("latin-1") for raw in head.split(b"\n")[1:]):
        if line[:1] in (" ", "\t") and lines:  # obs-fold, RFC 9112, 5.2
            lines[-1] += " " + line.strip()
        elif line:
            lines.append(line)
    pairs = (line.partition(":") for line in lines)
    # white space of ASCII only: as Latin-1, a byte of a UTF-8 character may look like a space (0x85, 0xA0)
    return tuple((name.strip(whitespace), value.strip(whitespace)) for name, colon, value in pairs if colon)


def _read_body(data: bytes, headers: Headers, *, bodiless: bool) -> tuple[bytes, bytes, bool]:
    """Body on the wire, payload, and whether it is whole."""
    if bodiless:
        return b"", b"", True
    values = {name.lower(): value for name, value in headers}
    if values.get("transfer-encoding", "").lower().rpartition(",")[2].strip() == "chunked":
        payload, length, complete = dechunk(data)
        return data[:length], payload, complete
    declared = values.get("content-length", "")
    if declared.isascii() and declared.isdigit():
        length = int(declared)
        return data[:length], data[:length], len(data) >= length
    return data, data, True


def dechunk(data: bytes) -> tuple[bytes, int, bool]:
    """Payload of a chunked body, its length on the wire with trailers, and whether the last chunk came.

    What comes behind a chunk size that is none is left out of the payload (RFC 9112, 7.1).
    """
    parts: list[bytes] = []
    position = 0
    while True:
        line_end = data.find(b"\n", position)
        size_text = data[position : line_end if line_end >= 0 else len(data)].split(b";")[0].strip()
        if line_end < 0 or len(size_text) > 16 or not re.fullmatch(rb"[0-9A-Fa-f]+", size_text):
            return b"".join(parts), len(data), False
        size, start = int(size_text, 16), line_end + 1
        if size == 0:
            return b"".join(parts), *_skip_trailers(data, start)
        parts.append(data[start : start + size])
        if len(data) < start + size:
            return b"".join(parts), len(data), False
        position = start + size
        if data[position : position + 2] == b"\r\n":
            position += 2
        elif data[position : position + 1] == b"\n":
            position += 1


def _skip_trailers(data: bytes, position: int) -> tuple[int, bool]:
    """Where the message ends behind its last chunk, and whether its final blank line came."""
    while (line_end := data.find(b"\n", position)) >= 0:
        if not data[position:line_end].strip(b"\r"):
            return line_end + 1, True
        position = line_end + 1
    return len(data), False


def capture_of(
    url: str,
    message: Message,
    *,
    captured_at: datetime,
    truncated: str | None,
    ref: RecordRef | None,
    original: Capture | None = None,
    embedded: bool = False,
) -> Capture:
    """The capture that both doors read: of an exchange as it was sent, or of a record's block.

    `original` is what a revisit refers to: the payload is taken from there, and where the server only said that nothing
    had changed (304), or the block has no head, status and header fields too.
    """
    if original is None:
        return Capture(
            url=url,
            status=message.status,
            headers=message.headers,
            payload=message.payload,
            captured_at=captured_at,
            truncated=truncated,
            ref=ref,
            embedded=embedded,
        )
    has_head = message.status not in (None, 304)
    return Capture(
        url=url,
        status=message.status if has_head else original.status,
        headers=message.headers if has_head else original.headers,
        payload=original.payload,
        captured_at=captured_at,
        truncated=original.truncated,
        ref=ref,
        refers_to=original.ref,
        embedded=embedded,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A payload with its content codings removed."""

    content: bytes
    """What could be decoded."""
    problem: str | None = None
    """Why not all could: ``too-large``, ``cut``, ``bad-coding`` or ``unknown-coding``; null where all is well."""


MAX_DECODED = 64 * 1024 * 1024
"""Bytes that a body may have after decoding; what is longer is cut there."""

_STEP = 64 * 1024


def decode_body(capture: Capture, limit: int = MAX_DECODED) -> Body:
    """The body as its media type has it; never raises, never gives more than `limit` bytes.

    Codings are undone in the reverse of the order stated (RFC 9110, 8.4): gzip, deflate (zlib or raw), br, zstd. A
    body that does not begin as its coding must is taken as it is: servers do lie.
    """
    content, problem = capture.payload, None
    stated = ",".join(value for name, value in capture.headers if name.lower() == "content-encoding")
    codings = [part.strip().lower() for part in stated.split(",")]
    if not any(codings) and content[:3] == b"\x1f\x8b\x08" and "html" in capture.media_type:
        codings = ["gzip"]  # archives whose tool lost the field
    for coding in reversed([coding for coding in codings if coding not in ("", "identity")][:5]):
        decoder = _decoder(coding, content)
        if decoder is None:
            return Body(content=content[:limit], problem="unknown-coding")
        content, trouble = _decode(decoder, content, limit)
        problem = problem or trouble
    return Body(content=content[:limit], problem=problem or ("too-large" if len(content) > limit else None))


def _decoder(coding: str, content: bytes) -> Callable[[bytes, int], tuple[bytes, str | None]] | None:
    if coding in ("gzip", "x-gzip"):
        return _gunzip if content[:2] == b"\x1f\x8b" else _as_it_is
    if coding == "deflate":
        return _inflate
    if coding == "br":
        return _unbrotli
    if coding == "zstd":
        return _unzstd if content[:4] == b"\x28\xb5\x2f\xfd" else _as_it_is
    return None


def _decode(
    decoder: Callable[[bytes, int], tuple[bytes, str | None]], content: bytes, limit: int
) -> tuple[bytes, str | None]:
    try:
        return decoder(content, limit)
    except (zlib.error, brotli.error, zstd.ZstdError, EOFError, ValueError):
        return b"", "bad-coding"


def _as_it_is(content: bytes, limit: int) -> tuple[bytes, str | None]:
    return content[:limit], "bad-coding" if content else None


def _gunzip(content: bytes, limit: int) -> tuple[bytes, str | None]:
    """All members of a gzip body; what stands behind the last is left out."""
    out = bytearray()
    rest = content
    while rest[:2] == b"\x1f\x8b":
        step = zlib.decompressobj(wbits=31)
        try:
            out += step.decompress(rest, limit + 1 - len(out))
        except zlib.error:
            out += _salvage(rest, limit - len(out))
            return bytes(out[:limit]), "bad-coding"
        if len(out) > limit:
            return bytes(out[:limit]), "too-large"
        if not step.eof:
            return bytes(out), "cut"
        rest = step.unused_data
    return bytes(out), None


def _salvage(content: bytes, limit: int) -> bytes:
    """What stands before the fault, decoded in small steps."""
    step, out = zlib.decompressobj(wbits=31), bytearray()
    try:
        for start in range(0, len(content), 256):
            out += step.decompress(content[start : start + 256], max(limit - len(out), 1))
            if len(out) >= limit:
                break
    except zlib.error:
        pass
    return bytes(out)


def _inflate(content: bytes, limit: int) -> tuple[bytes, str | None]:
    """zlib, as the standard says, or raw deflate, as some servers send."""
    for wbits in (15, -15):
        step = zlib.decompressobj(wbits=wbits)
        try:
            out = step.decompress(content, limit + 1)
        except zlib.error:
            continue
        if len(out) > limit:
            return out[:limit], "too-large"
        return out, None if step.eof else "cut"
    return _as_it_is(content, limit)


def _unbrotli(content: bytes, limit: int) -> tuple[bytes, str | None]:
    step, out = brotli.Decompressor(), bytearray()
    try:
        part = step.process(content, output_buffer_limit=_STEP)
        while part:  # whether it "can accept more data" says nothing of what it still has to give
            out += part
            part = b"" if step.is_finished() or len(out) > limit else step.process(b"", output_buffer_limit=_STEP)
    except brotli.error:
        return (bytes(out[:limit]), "bad-coding") if out else _as_it_is(content, limit)
    if len(out) > limit:
        return bytes(out[:limit]), "too-large"
    return bytes(out), None if step.is_finished() else "cut"


def _unzstd(content: bytes, limit: int) -> tuple[bytes, str | None]:
    out = bytearray()
    rest = content
    while rest:
        step = zstd.ZstdDecompressor()
        out += step.decompress(rest, limit + 1 - len(out))
        if len(out) > limit:
            return bytes(out[:limit]), "too-large"
        if not step.eof:
            return bytes(out), "cut"
        rest = step.unused_data
    return bytes(out), None
