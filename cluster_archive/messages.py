"""Messages: HTTP/1 responses taken apart, from the bytes as they went over the wire."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from string import whitespace
from typing import NamedTuple

Headers = tuple[tuple[str, str], ...]
"""Header fields in the order sent, names in their own case, values decoded as latin-1 (RFC 9110, 5.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An HTTP/1 response taken apart."""

    interim: bytes
    """Heads of 1xx responses that came before the final one."""
    head: bytes
    """Status line and header fields of the final response with the blank line, as sent."""
    block: bytes
    """The final response as sent, cut at the end of the message: the block of a WARC response record. What is no HTTP has
    no head, and all of it is body."""
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
    def wire_body(self) -> bytes:
        """Body as sent, chunk framing and trailers included."""
        return self.block[len(self.head) :]


class Start(NamedTuple):
    """What an HTTP/1 response begins with."""

    begin: int
    """First byte of the final response: behind the heads of 1xx responses."""
    end: int
    """First byte of its body."""
    protocol: str | None
    """``HTTP/1.1`` for instance; null where no status line came."""
    status: int | None
    """Status code; null where no status line came."""
    headers: Headers
    """Header fields in order; a line without a colon is passed over."""
    whole: bool
    """Whether the blank line came that ends a head."""


_STATUS_LINE = re.compile(rb"(HTTP/\d+(?:\.\d+)?)[ \t]+(\d{3})(?:[ \t]|\r?\n|$)")
_HEAD_END = re.compile(rb"\n\r?\n")
# white space of ASCII only: as Latin-1, a byte of a UTF-8 character may look like a space (0x85, 0xA0)
_FIELD = re.compile(r"\n([^\s:]+):[^\S\n]*(.*\S|)", re.ASCII)
_BODILESS = frozenset({204, 304})


def read_message(data: bytes, method: str = "GET") -> Message:
    """Takes a response apart; never raises. What is no HTTP/1 response becomes a message without a status, all of it body.

    Framing by RFC 9112, 6.3: chunked before Content-Length before the end of the connection.
    """
    begin, end, protocol, status, headers, whole = read_start(data)
    if status is None:
        payload, stop, complete = data[end:], len(data), False
    elif method == "HEAD" or status in _BODILESS:
        payload, stop, complete = b"", end, True
    else:
        payload, stop, complete = _read_body(data, end, headers)
    return Message(
        interim=data[:begin],
        head=data[begin:end],
        block=data[begin:stop],
        payload=payload,
        protocol=protocol,
        status=status,
        headers=headers,
        complete=complete and whole,
    )


def read_start(data: bytes) -> Start:
    """What a response begins with, read as `read_message` reads it; `data` need not go on to its end."""
    begin = 0
    while (status_line := _STATUS_LINE.match(data, begin)) is not None:
        found = _HEAD_END.search(data, begin)
        end = found.end() if found else len(data)
        status = int(status_line[2])
        if not 100 <= status < 200 or status == 101 or not found:
            headers = _read_headers(data[begin : found.start() if found else end])
            return Start(begin, end, status_line[1].decode("ascii"), status, headers, found is not None)
        begin = end
    return Start(begin, begin, None, None, (), whole=False)


def _read_headers(head: bytes) -> Headers:
    """The fields of a head without its blank line."""
    text = head.decode("latin-1")
    fields = _FIELD.findall(text)
    if len(fields) == text.count("\n"):  # all lines behind the first are fields as they should be
        return tuple(fields)
    lines: list[str] = []
    for line in (raw.rstrip("\r") for raw in text.split("\n")[1:]):
        if line[:1] in (" ", "\t") and lines:  # obs-fold, RFC 9112, 5.2
            lines[-1] += " " + line.strip()
        elif line:
            lines.append(line)
    pairs = (line.partition(":") for line in lines)
    return tuple((name.strip(whitespace), value.strip(whitespace)) for name, colon, value in pairs if colon)


def _read_body(data: bytes, start: int, headers: Headers) -> tuple[bytes, int, bool]:
    """Payload of the body that begins at `start`, where that body ends, and whether it is whole."""
    values = {name.lower(): value for name, value in headers}
    if values.get("transfer-encoding", "").lower().rpartition(",")[2].strip() == "chunked":
        return dechunk(data, start)
    declared = values.get("content-length", "")
    if declared.isascii() and declared.isdigit():
        end = start + stated_length(declared)
        return data[start:end], min(end, len(data)), len(data) >= end
    return data[start:], len(data), True


def stated_length(digits: str) -> int:
    """The number that a `Content-Length` of ASCII digits means; one that no message can have is not computed (Python
    refuses numbers of thousands of digits)."""
    return int(digits) if len(digits) < 19 else sys.maxsize


def dechunk(data: bytes, position: int = 0) -> tuple[bytes, int, bool]:
    """Payload of the chunked body at a position, where it ends on the wire with its trailers, and whether the last chunk came.

    What comes behind a chunk size that is none is left out of the payload (RFC 9112, 7.1).
    """
    parts: list[bytes] = []
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
