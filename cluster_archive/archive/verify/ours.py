"""What a record of our own has beyond the standard: what our writer always writes, and never (archive/exchange_records.py)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cluster_archive.archive.exchange_records import IDENTICAL_PAYLOAD, SERVER_NOT_MODIFIED
from cluster_archive.archive.heads import Head
from cluster_archive.archive.records import GZIP_HEAD, read_digest
from cluster_archive.archive.verify.findings import Finding
from cluster_archive.archive.verify.heads import TYPES

_CHANGED = "It was changed; fetch the file from a good copy."
_OLD_GZIP = re.compile(rb"\x1f\x8b\x08\0\0\0\0\0[\0\2\4][\3\7\x0a\x0b\x13]", re.DOTALL)
"""What members began with before they all began with GZIP_HEAD: zlib's own, which tells the level and the system."""

_PAYLOADS = frozenset(("response", "request", "resource"))
_MEDIA_TYPES = {
    "warcinfo": ("application/warc-fields",),
    "response": ("application/http;msgtype=response",),
    "revisit": ("application/http;msgtype=response",),
    "request": ("application/http;msgtype=request",),
    "metadata": ("application/warc-fields", "application/octet-stream"),
    "conversion": ("application/json",),
}
_REASONS = (None, "length", "time", "disconnect", "unspecified")
_REFERS_TO = ("warc-refers-to", "warc-refers-to-target-uri", "warc-refers-to-date")


def check_ours(head: Head, first: Head) -> list[Finding]:
    """What is wrong with one of our records; `first` is the file's first record."""
    if head.is_usual and head.gzip == first.gzip == GZIP_HEAD:
        return []
    return [Finding(what, _CHANGED) for what in (*_gzip(head, first), *_fields(head))]


def _gzip(head: Head, first: Head) -> Iterator[str]:
    if head.gzip != GZIP_HEAD and not (
        _OLD_GZIP.fullmatch(head.gzip) and _OLD_GZIP.fullmatch(first.gzip) and head.gzip[9] == first.gzip[9]
    ):
        yield "The member does not begin with the bytes that all of ours begin with."
    elif (head.gzip == GZIP_HEAD) is not (first.gzip == GZIP_HEAD):
        yield "The member does not begin as the file's first does."


def _fields(head: Head) -> Iterator[str]:
    fields, kind = head.fields, head.kind or ""
    if head.block_digest is None:
        yield "It has no WARC-Block-Digest, which all our records have."
    if head.version != "WARC/1.1":
        yield "It is not of WARC/1.1, as all our records are."
    if kind in _PAYLOADS and head.payload_digest is None:
        yield "It has no WARC-Payload-Digest, which such records of ours have."
    if kind not in TYPES or kind == "continuation" or "warc-segment-number" in fields:
        what = f"type is {kind[:40]!r}" if "warc-segment-number" not in fields else "head has a WARC-Segment-Number"
        yield f"Its {what}, which we never write."
    media_type = head.content_type
    if head.size and kind in _MEDIA_TYPES and media_type is not None and media_type not in _MEDIA_TYPES[kind]:
        yield f"Its Content-Type is {media_type[:80]!r}, which no {kind} record of ours has."
    for name, label in (("warc-block-digest", head.block_digest), ("warc-payload-digest", head.payload_digest)):
        if label is not None and read_digest(label) is None:
            yield f"Its {name} is of a kind that we never write."
    if fields.get("warc-truncated") not in _REASONS:
        yield f"Its WARC-Truncated is {fields['warc-truncated'][:40]!r}, which we never write."
    if kind in ("response", "revisit", "metadata") and not head.partners:
        yield "It has no WARC-Concurrent-To, which such records of ours have."
    if kind == "revisit":
        yield from _revisit(head)


def _revisit(head: Head) -> Iterator[str]:
    profile = head.fields.get("warc-profile")
    lacks = [name for name in _REFERS_TO if not head.fields.get(name)]
    if 0 < len(lacks) < len(_REFERS_TO):
        yield f"It has no {', '.join(lacks)}, which our revisits have."
    if profile and profile not in (IDENTICAL_PAYLOAD, SERVER_NOT_MODIFIED):
        yield f"Its WARC-Profile is {profile[:120]!r}, which we never write."
    elif profile and (profile == SERVER_NOT_MODIFIED) is bool(head.size):
        yield f"Its WARC-Profile is that of a revisit {'without' if head.size else 'with'} a block."
