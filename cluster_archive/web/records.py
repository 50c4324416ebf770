"""What the archive holds of an address: its captures, and its pictures and documents as bytes to show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cluster_archive.archive import Collection, look_up, read_capture, read_record
from cluster_archive.archive.heads import bare_address
from cluster_archive.captures import Capture
from cluster_archive.codings import decode_body
from cluster_archive.errors import BadArchive
from cluster_archive.urls import absolute_url

MAX_SHOWN = 32 * 1024 * 1024
"""Bytes that a picture or document may have; what is larger is not shown."""

_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
)
_REDIRECTS = 5
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A capture of an address, as the index has it."""

    timestamp: str
    """14-digit UTC time."""
    status: int | None
    """HTTP status; null where the index has none."""
    digest: str
    """Payload digest."""
    file: str
    """Name of the WARC file."""
    offset: int
    """First byte of the record."""
    is_revisit: bool
    """Whether the record names another one for its payload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Bytes of the archive that a browser may show."""

    content: bytes
    """The bytes, codings removed."""
    media_type: str
    """The type that the bytes themselves tell, not what the server said."""
    tag: str
    """A name that changes with the content, for `ETag`."""


def captures_of(index: Path, url: str) -> list[Held]:
    """The captures of an address, oldest first; none where there is no index."""
    try:
        found = look_up(index, url)
    except OSError:
        return []
    held = []
    for fields in found:
        status, offset = fields.get("status", ""), fields.get("offset", "")
        if fields["timestamp"].isdecimal() and _NUMBER.fullmatch(offset):
            held.append(
                Held(
                    timestamp=fields["timestamp"],
                    status=int(status) if _NUMBER.fullmatch(status) else None,
                    digest=fields.get("digest", ""),
                    file=fields.get("filename", ""),
                    offset=int(offset),
                    is_revisit=fields.get("mime") == "warc/revisit",
                )
            )
    return held


def picture_of(collection: Collection, index: Path, url: str) -> Shown | None:
    """The newest capture of a picture; None where there is none, or where it is no picture."""
    capture = _newest(collection, index, url)
    if capture is None:
        return None
    body = decode_body(capture, MAX_SHOWN)
    media_type = _picture_type(body.content, capture.media_type)
    if media_type is None or body.problem == "too-large":
        return None
    return Shown(content=body.content, media_type=media_type, tag=_tag(capture))


def document_of(collection: Collection, index: Path, url: str) -> Shown | None:
    """The newest capture of a document; None where there is none."""
    capture = _newest(collection, index, url)
    if capture is None:
        return None
    body = decode_body(capture, MAX_SHOWN)
    media_type = "application/pdf" if body.content.startswith(b"%PDF-") else "application/octet-stream"
    return (
        None if body.problem == "too-large" else Shown(content=body.content, media_type=media_type, tag=_tag(capture))
    )


def _tag(capture: Capture) -> str:
    return (capture.ref.payload_digest if capture.ref else None) or f"{len(capture.payload)}"


def _newest(collection: Collection, index: Path, url: str) -> Capture | None:
    """The newest whole capture of an address, through its redirects."""
    for _ in range(_REDIRECTS):
        held = captures_of(index, url)
        answered = [one for one in held if one.status == 200] or [one for one in held if 300 <= (one.status or 0) < 400]
        if not answered:
            return None
        with_payload = [one for one in answered if not one.is_revisit]
        capture = _read(collection, index, (with_payload or answered)[-1])
        if capture is None or capture.status == 200:
            return capture
        onward = absolute_url(capture.header("Location") or "", url)
        if onward is None:
            return None
        url = onward
    return None


def _read(collection: Collection, index: Path, held: Held) -> Capture | None:
    """The capture at a place. What a revisit stands for is found with the index, since a page must not wait until whole
    WARC files have been gone through."""
    path = next((path for path in collection.warcs() if path.name == held.file), None)
    try:
        if path is None or not held.is_revisit:
            return read_capture(path, held.offset) if path else None
        target = bare_address(read_record(path, held.offset).get("WARC-Refers-To-Target-URI") or "")
    except (BadArchive, OSError):
        return None
    same = [one for one in captures_of(index, target) if not one.is_revisit and one.digest == held.digest]
    return _read(collection, index, same[0]) if same else None


def _picture_type(content: bytes, stated: str) -> str | None:
    """The media type of a picture by its first bytes; for SVG, which has none, as stated."""
    for magic, media_type in _MAGIC:
        if content.startswith(magic):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:12] in (b"ftypavif", b"ftypavis"):
        return "image/avif"
    if stated == "image/svg+xml" and b"<svg" in content[:2000]:
        return "image/svg+xml"
    return None
