"""Codings: a payload with its content codings removed, within bounds."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import brotli

from cluster_archive.captures import Capture

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


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
