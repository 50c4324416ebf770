"""Responses as they went over the wire, cut, lying and packed: heads, chunks, content codings."""

from __future__ import annotations

import gzip
import zlib

import brotli
from backports import zstd

from cluster_archive.archive.reader import message_of
from cluster_archive.archive.records import Record
from cluster_archive.codings import decode_body
from cluster_archive.messages import dechunk, read_message
from cluster_archive.middlewares import _is_http_date
from cluster_archive.patience import seconds_of
from tests.conftest import MOMENT

from .subject import Subject, capture, response

LIMIT = 100_000
TEXT = b"<!DOCTYPE html><title>What it says</title>" + b"<p>what it says, again</p>" * 20
CHUNKED = b"7\r\n" + TEXT[:7] + b"\r\n%x;x=y\r\n" % (len(TEXT) - 7) + TEXT[7:] + b"\r\n0\r\nTrailer: x\r\n\r\n"


def seeds() -> list[bytes]:
    """One of each framing and coding."""
    html = "Content-Type: text/html; charset=utf-8"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    return [
        response(TEXT, html, "Set-Cookie: a=b", "X-Folded: one\r\n two"),
        head + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED,
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + response(TEXT, html),
        b"HTTP/1.0 304 Not Modified\nETag: x\nRetry-After: Mon, 06 May 2024 07:08:09 GMT\n\n",
        response(gzip.compress(TEXT, mtime=0), html, "Content-Encoding: gzip"),
        response(zlib.compress(TEXT), html, "Content-Encoding: deflate"),
        response(brotli.compress(TEXT), html, "Content-Encoding: br"),
        response(zstd.compress(TEXT), html, "Content-Encoding: zstd"),
        response(brotli.compress(gzip.compress(TEXT, mtime=0)), html, "Content-Encoding: gzip, br"),
        response(gzip.compress(bytes(300_000), mtime=0) * 2, html, "Content-Encoding: x-gzip"),
    ]


def promise(data: bytes) -> None:
    """A message is made of the bytes that came, in their order; no more than asked for is decoded."""
    for method in ("GET", "HEAD"):
        message = read_message(data, method)
        assert data.startswith(message.interim + message.block)
        assert len(message.payload) <= len(message.wire_body) or not message.payload
        assert message.status is None or 0 <= message.status <= 999
        assert all(isinstance(name, str) and isinstance(value, str) for name, value in message.headers)
        for _, value in message.headers:
            seconds_of(value.encode("latin-1"), MOMENT)
            _is_http_date(value)
    payload, length, _ = dechunk(data)
    assert len(payload) <= length <= len(data)
    assert len(decode_body(capture(data), LIMIT).content) <= LIMIT
    for kind in ("application/http; msgtype=response", "text/html"):
        fields = (("WARC-Type", "response"), ("Content-Type", kind))
        message_of(Record(offset=0, length=len(data), version="WARC/1.1", headers=fields, block=data))


SUBJECT = Subject(
    name="messages",
    promise=promise,
    seeds=seeds,
    tokens=(
        b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 \r\n\r\n", b"\r\n\r\n", b"Content-Length: ", b"Transfer-Encoding: chunked\r\n",
        b"Content-Encoding: gzip\r\n", b"Content-Encoding: br\r\n", b"Content-Encoding: zstd\r\n", b"0\r\n\r\n", b"ffffffffffffffff\r\n",
        b"\x1f\x8b\x08\0\0\0\0\0\0\xff", b"\x28\xb5\x2f\xfd", b"1\r\nx\r\n", b" \t",
    ),
)  # fmt: skip
