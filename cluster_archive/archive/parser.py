"""One record taken apart: its head, and its block for whoever wants it; in a piece, or a piece at a time."""

from __future__ import annotations

from collections.abc import Callable

from cluster_archive.archive.heads import Head, parse_head

MAX_HEAD = 1024 * 1024
"""Bytes of a record's head; what is longer is none."""

Sink = Callable[[bytes | memoryview], object]
"""Takes a block, a piece at a time; a piece is only good for the time of the call."""
Begin = Callable[[Head], Sink]
"""Is told that a record begins; gives what takes its block."""


def read_lone_record(data: bytes, begin: Begin, offset: int, gzip: bytes) -> Head | None:
    """The head of the one whole record that the bytes are, its block given to its sink; None where they are something else.

    Nearly all records are small and stand in a member of their own: what is taken apart here need not go through `Parser`.
    """
    end = data.find(b"\r\n\r\n", 0, MAX_HEAD)
    if end < 0 or not data.endswith(b"\r\n\r\n"):
        return None
    try:
        head = parse_head(data[:end], offset, gzip)
    except ValueError:
        return None
    if end + 4 + head.size + 4 != len(data):
        return None
    begin(head)(data[end + 4 : -4])
    return head


class Parser:
    """Takes one record apart as its bytes come."""

    __slots__ = ("_begin", "_gzip", "_left", "_offset", "_raw", "_sink", "_tail", "done", "head", "problem")

    def __init__(self, begin: Begin, offset: int, gzip: bytes) -> None:
        self._begin, self._offset, self._gzip = begin, offset, gzip
        self._raw, self._tail, self._left = b"", b"", 0
        self.head: Head | None = None
        """The head; None until it is over."""
        self.done = False
        """Whether the record is over."""
        self.problem = ""
        """Why it is none; empty where all is well so far."""

    def feed(self, data: bytes, at: int) -> int:
        """Takes bytes from `at` on, to the end of the record at the most; where the next begins."""
        if self.head is None:
            raw = self._raw + data[at:] if self._raw else data if not at else data[at:]
            end = raw.find(b"\r\n\r\n", max(len(self._raw) - 3, 0))
            if end < 0 or end > MAX_HEAD:
                self._raw = raw
                if raw[:5] != b"WARC/"[: len(raw)]:
                    self.problem = "it does not begin as a WARC record does"
                elif len(raw) > MAX_HEAD:
                    self.problem = "its head has no end"
                return len(data)
            try:
                self.head = head = parse_head(raw[:end], self._offset, self._gzip)
            except ValueError as error:
                self.problem = str(error)
                return len(data)
            at += end + 4 - len(self._raw)
            self._raw = b""
            self._left = head.size
            self._sink = self._begin(head)
        if self._left:
            stop = min(at + self._left, len(data))
            if stop > at:
                self._sink(data if stop - at == len(data) else memoryview(data)[at:stop])
                self._left -= stop - at
                at = stop
        if not self._left:
            stop = at + 4 - len(self._tail)
            self._tail += data[at:stop]
            at = min(stop, len(data))
            if self._tail != b"\r\n\r\n"[: len(self._tail)]:
                self.problem = "its block does not end where Content-Length says"
            self.done = len(self._tail) == 4
        return at

    def ended(self) -> str:
        """What is missing where no more bytes come."""
        if self.problem or self.done:
            return self.problem
        if self.head is None:
            return "its head has no end" if self._raw[:5] == b"WARC/" else "it does not begin as a WARC record does"
        if self._left:
            size = self.head.size
            return f"its Content-Length is {size}, but only {size - self._left} bytes follow"
        return "its block does not end where Content-Length says"

    @property
    def begun(self) -> bool:
        """Whether there was anything."""
        return self.head is not None or bool(self._raw)

    @property
    def record_id(self) -> str | None:
        """`WARC-Record-ID`, where the head was read."""
        return self.head.record_id if self.head else None
