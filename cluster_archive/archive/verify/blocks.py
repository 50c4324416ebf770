"""A record's block, taken a piece at a time: its digests, and whether the HTTP in it is whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from cluster_archive.archive.heads import Head
from cluster_archive.archive.records import hasher, read_digest
from cluster_archive.archive.verify.findings import CHANGED, HABIT, Finding
from cluster_archive.messages import Start, read_start, stated_length

if TYPE_CHECKING:
    from _hashlib import HASH

_MAX_HTTP_HEAD = 1024 * 1024
_KEPT = 64 * 1024
"""Bytes of a `warcinfo` block that are kept to be read."""

_HEAD_END = re.compile(rb"\n\r?\n")
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")
_METHOD = re.compile("[A-Za-z]{3,20}")
_HTTP = frozenset(("response", "request", "revisit"))


class Block:
    """Hashes what the head states digests of, and follows the framing of HTTP; keeps no more than heads."""

    status: int | None = None
    """HTTP status of a response or revisit; None where there is none."""
    media_type: str | None = None
    """Its media type as stated."""
    method: str | None = None
    """HTTP method of a request."""
    text = b""
    """Of a `warcinfo` block, as much as is looked at."""

    _raw: bytes | None = None
    """What came of an HTTP head that is not over."""
    _chunks: Dechunker | None = None
    _as_sent: HASH | None = None
    _declared: int | None = None
    _length = 0
    """Bytes of the HTTP body."""
    _asked = ""
    """What a request asks for: a path, or behind a proxy an address."""

    def __init__(self, head: Head) -> None:
        self._kind = kind = head.kind
        self._address = head.uri or ""
        self._is_http = kind in _HTTP and (head.content_type or "").lower().startswith("application/http")
        if self._is_http:
            self._raw = b""
        self._is_cut = not head.is_usual and ("warc-truncated" in head.fields or "warc-segment-number" in head.fields)
        self._block = _stated(head.block_digest)
        self._payload = _stated(head.payload_digest) if kind != "revisit" else None

    def feed(self, piece: bytes | memoryview) -> None:
        """Takes the next piece of the block."""
        if self._block:
            self._block[0].update(piece)
        if self._raw is not None:
            self._raw += piece
            self._begin_body(self._raw, last=False)
        elif self._is_http:
            self._body(piece)
        else:
            if self._payload:
                self._payload[0].update(piece)
            if self._kind == "warcinfo" and len(self.text) < _KEPT:
                self.text += bytes(piece[:_KEPT])

    def _begin_body(self, raw: bytes, *, last: bool) -> None:
        """Reads the HTTP head as soon as it is whole; heads of 1xx answers before it are passed over."""
        end = _HEAD_END.search(raw)
        last = last or len(raw) >= _MAX_HTTP_HEAD
        if not end and not last:
            return
        stop = end.end() if end else len(raw)
        if self._kind == "request":
            method, _, rest = raw.partition(b"\n")[0].partition(b" ")
            self.method, self._asked = method[:20].decode("latin-1"), rest.rpartition(b" ")[0].decode("latin-1")
        else:
            start = read_start(raw)
            if start.begin and not start.whole and not last:
                return  # the final head is not there yet
            stop = start.end or stop  # what is no HTTP response is parted at its blank line too
            self._read_head(start)
        self._raw = None
        self._body(memoryview(raw)[stop:])

    def _read_head(self, start: Start) -> None:
        last: dict[str, str] = {}
        self.status = status = start.status
        for name, value in start.headers:
            name = name.lower()
            if name == "content-type" and name not in last:
                self.media_type = value.partition(";")[0].strip() or None
            last[name] = value
        if status is None or self._kind == "revisit":
            return
        if last.get("transfer-encoding", "").lower().rpartition(",")[2].strip() == "chunked":
            if status not in (204, 304):
                payload = self._payload
                self._chunks = Dechunker(payload[0].update if payload else lambda piece: None)
                self._as_sent = payload[0].copy() if payload else None
        elif (declared := last.get("content-length", "")).isascii() and declared.isdigit():
            self._declared = 0 if status in (204, 304) else stated_length(declared)

    def _body(self, piece: memoryview | bytes) -> None:
        self._length += len(piece)
        if self._chunks:
            if self._as_sent:
                self._as_sent.update(piece)
            self._chunks.feed(bytes(piece))
        elif self._payload:
            self._payload[0].update(piece)

    def close(self, *, ours: bool) -> list[Finding]:
        """What is wrong with the block; strict with our own, since only others have habits."""
        if self._raw is not None:
            self._begin_body(self._raw, last=True)
        found = []
        sound = self._block is None or self._block[0].digest() == self._block[1]
        if not sound:
            found.append(Finding("Its block does not have the digest stated.", CHANGED))
        if self._payload is not None and self._payload[0].digest() != self._payload[1]:
            found.append(self._bad_payload(self._payload[1], ours, sound))
        if self._is_http and (what := self._bad_request(ours) if self._kind == "request" else self._bad_response()):
            found.append(Finding(what, CHANGED if ours else HABIT, is_note=not ours))
        return found

    def _bad_payload(self, stated: bytes, ours: bool, sound: bool) -> Finding:
        if not ours:
            if self._as_sent and self._as_sent.digest() == stated:
                what = "Its payload digest was taken over the chunks as they came, not over the payload"
                return Finding(f"{what} (webrecorder/warcio#74).", HABIT, is_note=True)
            if self._block and sound and (self._block[1] == stated or self._is_cut):
                part = "the whole block" if self._block[1] == stated else "more than what is kept of it"
                return Finding(f"Its payload digest was taken over {part}.", HABIT, is_note=True)
        return Finding("Its payload does not have the digest stated.", CHANGED)

    def _bad_request(self, ours: bool) -> str:
        if not _METHOD.fullmatch(self.method or ""):
            return "Its block is no HTTP request."
        if ours and not self._address.partition("#")[0].endswith(self._asked.removeprefix("/")):
            return f"Its block asks for {self._asked[:80]!r}, not for its address."
        return ""

    def _bad_response(self) -> str:
        """What is wrong with the HTTP in it; empty where nothing is."""
        chunks, declared, length = self._chunks, self._declared, self._length
        if self.status is None:
            return "Its block is no HTTP response."
        if chunks:
            if not chunks.whole and not self._is_cut and length:
                if not chunks.began:
                    return "Its HTTP head says that the body is in chunks, but it is not."
                return "Its chunked body has no end, and the record does not say that it was cut (WARC-Truncated)."
            return f"{chunks.rest} bytes stand behind the end of its chunked body." if chunks.rest else ""
        if declared is None or not length or length == declared or (length < declared and self._is_cut):
            return ""
        what = f"Its body is {length} bytes long, but its HTTP head says {declared}"
        more = ", and the record does not say that it was cut (WARC-Truncated)" if length < declared else ""
        return f"{what}{more}."

    @property
    def lacks_body(self) -> bool:
        """Whether there is no body although the HTTP head announces one, as only in the answer to HEAD."""
        return not self._length and not self._is_cut and (self._chunks is not None or bool(self._declared))


def _stated(label: str | None) -> tuple[HASH, bytes] | None:
    """What hashes, and the digest that should come out; None where nothing can be compared."""
    told = read_digest(label) if label is not None else None
    return (hasher(told[0]), told[1]) if told and told[1] else None


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
