"""A record's block, taken a piece at a time: its digests, and whether the HTTP in it is whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from hashlib import new
from typing import Protocol

from cluster_archive.archive.heads import Head
from cluster_archive.archive.records import read_digest
from cluster_archive.archive.verify.findings import CHANGED, HABIT, Finding
from cluster_archive.messages import read_message, stated_length

_MAX_HTTP_HEAD = 1024 * 1024
_KEPT = 64 * 1024
"""Bytes of a `warcinfo` block that are kept to be read."""

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")


class _Hash(Protocol):
    def update(self, data: bytes | memoryview, /) -> None: ...
    def digest(self) -> bytes: ...


class Block:
    """Hashes what the head states digests of, and follows the framing of HTTP; keeps no more than heads."""

    def __init__(self, head: Head) -> None:
        fields = head.fields
        self._kind = fields.get("warc-type", "")
        content_type = fields.get("content-type", "").lower()
        is_http = content_type.startswith("application/http") and self._kind in ("response", "request", "revisit")
        self._block = self._stated(fields, "warc-block-digest")
        self._payload = None if self._kind == "revisit" else self._stated(fields, "warc-payload-digest")
        self._chunks: Dechunker | None = None
        self._as_sent: _Hash | None = None
        self._raw: bytearray | None = bytearray() if is_http else None
        self._is_http, self._is_cut = is_http, "warc-truncated" in fields or "warc-segment-number" in fields
        self._declared: int | None = None
        self._length = 0
        self.status: int | None = None
        """HTTP status of a response or revisit; None where there is none."""
        self.media_type: str | None = None
        """Its media type as stated."""
        self.method: str | None = None
        """HTTP method of a request."""
        self.text = b""
        """Of a `warcinfo` block, as much as is looked at."""

    @staticmethod
    def _stated(fields: dict[str, str], name: str) -> tuple[_Hash, bytes] | None:
        """What hashes, and the digest that should come out; None where nothing can be compared."""
        told = read_digest(fields[name]) if name in fields else None
        return (new(told[0], usedforsecurity=False), told[1]) if told and told[1] else None

    def feed(self, piece: bytes | memoryview) -> None:
        """Takes the next piece of the block."""
        if self._block:
            self._block[0].update(piece)
        if self._raw is not None:
            self._raw += piece
            self._begin_body(last=False)
        elif self._is_http:
            self._body(piece)
        else:
            if self._payload:
                self._payload[0].update(piece)
            if self._kind == "warcinfo" and len(self.text) < _KEPT:
                self.text += bytes(piece[:_KEPT])

    def _begin_body(self, *, last: bool) -> None:
        """Reads the HTTP head as soon as it is whole; heads of 1xx answers before it are passed over."""
        raw = self._raw
        assert raw is not None, "the head is not over"
        end = _HEAD_END.search(raw)
        if end is None and not last and len(raw) < _MAX_HTTP_HEAD:
            return
        stop = end.end() if end else len(raw)
        if self._kind == "request":
            self.method = bytes(raw[:20]).split(b" ")[0].decode("latin-1")
        else:
            message = read_message(bytes(raw[:stop]))
            if message.status is None and message.interim and not last and len(raw) < _MAX_HTTP_HEAD:
                message = read_message(bytes(raw))
                stop = len(message.interim) + len(message.head)
                if message.status is None or not _HEAD_END.search(message.head):
                    return  # the final head is not there yet
            self._read_head(message.status, message.headers)
        self._raw = None
        self._body(memoryview(raw)[stop:])

    def _read_head(self, status: int | None, headers: tuple[tuple[str, str], ...]) -> None:
        self.status = status
        values = {name.lower(): value for name, value in headers}
        first = {name.lower(): value for name, value in reversed(headers)}
        self.media_type = first.get("content-type", "").partition(";")[0].strip() or None
        if status is None or self._kind == "revisit":
            return
        if values.get("transfer-encoding", "").lower().rpartition(",")[2].strip() == "chunked":
            if status not in (204, 304):
                payload = self._payload
                self._chunks = Dechunker(payload[0].update if payload else lambda piece: None)
                self._as_sent = payload[0].copy() if payload else None  # type: ignore[attr-defined]
        elif (declared := values.get("content-length", "")).isascii() and declared.isdigit():
            self._declared = 0 if status in (204, 304) else stated_length(declared)

    def _body(self, piece: memoryview | bytes) -> None:
        self._length += len(piece)
        if self._chunks:
            if self._as_sent:
                self._as_sent.update(piece)
            self._chunks.feed(bytes(piece))
        elif self._payload:
            self._payload[0].update(piece)

    def close(self, *, ours: bool) -> Iterator[Finding]:
        """What is wrong with the block; strict with our own, since only others have habits."""
        if self._raw is not None:
            self._begin_body(last=True)
        sound = self._block is None or self._block[0].digest() == self._block[1]
        if not sound:
            yield Finding("Its block does not have the digest stated.", CHANGED)
        yield from self._check_payload(ours, sound)
        if self._is_http and self._kind != "request":
            yield from self._check_http(ours)
        elif self._is_http and not re.fullmatch("[A-Za-z]{3,20}", self.method or ""):
            yield Finding("Its block is no HTTP request.", CHANGED if ours else HABIT, is_note=not ours)

    def _check_payload(self, ours: bool, sound: bool) -> Iterator[Finding]:
        if self._payload is None or self._payload[0].digest() == self._payload[1]:
            return
        stated = self._payload[1]
        if not ours:
            if self._as_sent and self._as_sent.digest() == stated:
                what = "Its payload digest was taken over the chunks as they came, not over the payload"
                yield Finding(f"{what} (webrecorder/warcio#74).", HABIT, is_note=True)
                return
            if self._block and sound and (self._block[1] == stated or self._is_cut):
                part = "the whole block" if self._block[1] == stated else "more than what is kept of it"
                yield Finding(f"Its payload digest was taken over {part}.", HABIT, is_note=True)
                return
        yield Finding("Its payload does not have the digest stated.", CHANGED)

    def _check_http(self, ours: bool) -> Iterator[Finding]:
        def finding(what: str) -> Finding:
            return Finding(what, CHANGED if ours else HABIT, is_note=not ours)

        if self.status is None:
            yield finding("Its block is no HTTP response.")
        elif self._chunks and not self._chunks.whole and not self._is_cut and self._length:
            yield finding(
                "Its chunked body has no end, and the record does not say that it was cut (WARC-Truncated)."
                if self._chunks.began
                else "Its HTTP head says that the body is in chunks, but it is not."
            )
        elif self._chunks and self._chunks.rest:
            yield finding(f"{self._chunks.rest} bytes stand behind the end of its chunked body.")
        elif self._declared is not None and self._length > self._declared:
            yield finding(f"Its body is {self._length} bytes long, but its HTTP head says {self._declared}.")
        elif self._declared is not None and 0 < self._length < self._declared and not self._is_cut:
            yield finding(
                f"Its body is {self._length} bytes long, but its HTTP head says {self._declared}, and the record does not"
                " say that it was cut (WARC-Truncated)."
            )

    @property
    def lacks_body(self) -> bool:
        """Whether there is no body although the HTTP head announces one, as only in the answer to HEAD."""
        return not self._length and not self._is_cut and (self._chunks is not None or bool(self._declared))


class Dechunker:
    """Takes chunk framing away a piece at a time, as `messages.dechunk` does (RFC 9112, 7.1)."""

    def __init__(self, out: Callable[[bytes], object]) -> None:
        self._out = out
        self._left = 0
        self._line = b""
        self._state = "size"
        self.began = False
        """Whether a first chunk was there."""
        self.whole = False
        """Whether the last chunk and what follows it came."""
        self.rest = 0
        """Bytes behind the end."""

    def feed(self, piece: bytes) -> None:
        """Takes the next piece of the body."""
        at = 0
        while at < len(piece):
            if self._state == "data":
                stop = min(at + self._left, len(piece))
                self._out(piece[at:stop] if at or stop < len(piece) else piece)
                self._left -= stop - at
                at = stop
                if not self._left:
                    self._state = "gap"
            elif self._state == "gap":  # the line break behind a chunk; where it is missing the size follows at once
                at = self._gap(piece, at)
            elif self._state == "bad":
                return
            elif self.whole:
                self.rest += len(piece) - at
                return
            else:
                at = self._a_line(piece, at)

    def _gap(self, piece: bytes, at: int) -> int:
        byte = piece[at : at + 1]
        if byte == b"\r" and not self._line:
            self._line = b"\r"
            return at + 1
        if byte == b"\n":
            self._line, self._state = b"", "size"
            return at + 1
        self._state = "size"
        return at

    def _a_line(self, piece: bytes, at: int) -> int:
        end = piece.find(b"\n", at)
        self._line += piece[at : end + 1 if end >= 0 else len(piece)]
        if end < 0:
            if len(self._line) > _KEPT:
                self._state = "bad"
            return len(piece)
        line, self._line = self._line[:-1], b""
        if self._state == "size":
            size = line.split(b";")[0].strip()
            if not _SIZE.fullmatch(size):
                self._state = "bad"
            else:
                self.began, self._left = True, int(size, 16)
                self._state = "data" if self._left else "trailers"
        elif not line.strip(b"\r"):
            self.whole, self._state = True, "over"
        return end + 1
