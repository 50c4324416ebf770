"""Blocks of our own records in which nothing is wrong, seen at a glance: most are such, and need no closer look."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import NamedTuple

from cluster_archive.archive.heads import Head
from cluster_archive.archive.records import digest, digested
from cluster_archive.archive.verify.findings import Finding
from cluster_archive.messages import read_start

_REQUEST = re.compile(rb"([A-Za-z]{3,19}) /?([!-~]*) HTTP/[0-9.]+\r\n")
_HEAD_END = re.compile(rb"\n\r?\n")
_NOTHING = digest(b"")


class Sound(NamedTuple):
    """What a sound block tells, under the names that a `blocks.Block` tells it by."""

    status: int | None = None
    media_type: str | None = None
    method: str | None = None
    text: bytes = b""
    lacks_body: bool = False

    def close(self, *, ours: bool) -> list[Finding]:
        """What is wrong with the block: nothing."""
        return []


_SIDE = Sound()


def sound_block(head: Head, block: bytes) -> Sound | None:
    """What the whole block of a usual record tells; None where something is wrong with it, or that takes a closer look."""
    kind, block_digest, payload_digest = head.kind, head.block_digest or "", head.payload_digest or ""
    if kind == "metadata" and not payload_digest:
        sound: Sound | None = _SIDE
    elif kind == "response":  # a usual head has the media type of its kind
        sound = _response(payload_digest, block)
    elif kind == "request":
        sound = _request(head.uri or "", payload_digest, block)
    else:
        return None
    return sound if sound is not None and sha256(block).digest() == digested(block_digest) else None


def _response(payload_digest: str, block: bytes) -> Sound | None:
    start = read_start(block)
    fields = {name.lower(): value for name, value in start.headers}
    length = str(len(block) - start.end)
    if (
        not start.whole
        or start.status in (204, 304)
        or len(fields) < len(start.headers)
        or "transfer-encoding" in fields
        or fields.get("content-length", length) != length
        or sha256(memoryview(block)[start.end :]).digest() != digested(payload_digest)
    ):
        return None
    return Sound(start.status, fields.get("content-type", "").partition(";")[0].strip() or None)


def _request(address: str, payload_digest: str, block: bytes) -> Sound | None:
    line, end = _REQUEST.match(block), _HEAD_END.search(block)
    if line is None or end is None or not address.partition("#")[0].endswith(line[2].decode("ascii")):
        return None
    payload = block[end.end() :]
    if payload_digest != (digest(payload) if payload else _NOTHING):
        return None
    return Sound(method=line[1].decode("ascii"))
