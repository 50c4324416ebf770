"""Faults of content codings: bombs, lies, cuts."""

from __future__ import annotations

import gzip
import zlib
from functools import cache, partial

import brotli

from cluster_archive.codings import zstd

from .runner import Fault
from .server import Asked, Wire, ok, post

PAGE = post("A packed page", body="<p>" + "Words about a heat pump and a well. " * 300 + "</p>").encode()
START = post("A bomb of a page").encode()
MEGABYTES = 300
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Encoding: %s\r\nConnection: close\r\n\r\n"


@cache
def bomb(kind: str) -> bytes:
    """A page that goes on for hundreds of megabytes once unpacked."""
    block = b" " * (1 << 20)
    if kind == "gzip":
        packer = zlib.compressobj(1, wbits=31)
        return packer.compress(START) + b"".join(packer.compress(block) for _ in range(MEGABYTES)) + packer.flush()
    if kind == "deflate":
        packer = zlib.compressobj(1)
        return packer.compress(START) + b"".join(packer.compress(block) for _ in range(MEGABYTES)) + packer.flush()
    if kind == "br":
        br = brotli.Compressor(quality=1)
        return br.process(START) + b"".join(br.process(block) for _ in range(MEGABYTES)) + br.finish()
    zst = zstd.ZstdCompressor()
    return zst.compress(START) + b"".join(zst.compress(block) for _ in range(MEGABYTES)) + zst.flush()


@cache
def nested() -> bytes:
    """gzip in gzip: a few hundred bytes that are gigabytes."""
    return gzip.compress(gzip.compress(b" " * (200 << 20), 1), 9)


def packed(data: bytes, coding: str) -> bytes:
    """A page with a coding stated."""
    return ok(data, "text/html; charset=utf-8", f"Content-Encoding: {coding}")


def sends_bomb(kind: str):  # type: ignore[no-untyped-def]
    """Makes the bomb only when it is asked for."""

    def answer(wire: Wire, asked: Asked) -> None:
        wire.send(HEAD % kind.encode())
        wire.send(bomb(kind))

    return answer


def _sends_nested(wire: Wire, asked: Asked) -> None:
    wire.send(HEAD % b"gzip, gzip")
    wire.send(nested())


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


GZIP = gzip.compress(PAGE)

FAULTS = (
    *(Fault(name=f"bomb-{kind}", answer=sends_bomb(kind), before=partial(bomb, kind), article=True, issue="too-large", archived="whole", alone=True, quick=kind == "gzip") for kind in ("gzip", "deflate", "br", "zstd")),
    Fault(name="bomb-nested", answer=_sends_nested, before=nested, archived="whole", alone=True, quick=False),
    Fault(name="gzip-honest", answer=packed(GZIP, "gzip"), article=True, archived="whole"),
    Fault(name="gzip-members", answer=packed(gzip.compress(PAGE[:2000]) + gzip.compress(PAGE[2000:]), "gzip"), article=True, archived="whole"),
    Fault(name="gzip-cut", answer=packed(GZIP[:-60], "gzip"), article=True, issue="cut", archived="whole"),
    Fault(name="gzip-checksum", answer=packed(_flipped(GZIP, len(GZIP) - 6), "gzip"), article=True, issue="bad-coding", archived="whole"),
    Fault(name="gzip-broken-inside", answer=packed(_flipped(GZIP, len(GZIP) // 2), "gzip"), archived="whole"),
    Fault(name="gzip-empty", answer=packed(b"", "gzip"), article=False, archived="whole"),
    Fault(name="gzip-with-rest", answer=packed(GZIP + b"garbage behind", "gzip"), article=True, archived="whole"),
    Fault(name="gzip-a-lie", answer=packed(PAGE, "gzip"), article=True, issue="bad-coding", archived="whole"),
    Fault(name="gzip-untold", answer=ok(GZIP, "text/html; charset=utf-8"), article=True, archived="whole"),
    Fault(name="br-unasked", answer=packed(brotli.compress(PAGE), "br"), article=True, archived="whole"),
    Fault(name="br-cut", answer=packed(brotli.compress(PAGE)[:-50], "br"), archived="whole"),
    Fault(name="zstd-unasked", answer=packed(zstd.compress(PAGE), "zstd"), article=True, archived="whole"),
    Fault(name="zstd-broken", answer=packed(zstd.compress(PAGE)[:-20] + b"x" * 20, "zstd"), archived="whole"),
    Fault(name="deflate-raw", answer=packed(zlib.compress(PAGE)[2:-4], "deflate"), article=True, archived="whole"),
    Fault(name="coding-unknown", answer=packed(PAGE, "sdch"), article=True, issue="unknown-coding", archived="whole"),
    Fault(name="coding-fifty-times", answer=packed(PAGE, ", ".join(["gzip"] * 50)), archived="whole"),
    Fault(name="coding-identity", answer=packed(PAGE, "identity"), article=True, archived="whole"),
    Fault(name="coding-utf-8", answer=packed(PAGE, "UTF-8"), article=True, archived="whole"),
)  # fmt: skip
