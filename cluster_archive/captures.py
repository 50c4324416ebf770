"""Captures: what one fetch brought back, read from the bytes as they went over the wire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cluster_archive.messages import Headers, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRef:
    """The WARC record that the line was read from."""

    file: str
    """Name of the WARC file in the collection's `archive/` folder (its `WARC-Filename`)."""
    offset: int
    """First byte of the record's gzip member in the file."""
    length: int
    """Length of the gzip member in bytes."""
    record_id: str
    """`WARC-Record-ID` with its angle brackets."""
    payload_digest: str | None
    """`WARC-Payload-Digest`, ``sha256:`` and base32."""
    captured_at: datetime
    """`WARC-Date`, UTC."""
    status: int | None
    """HTTP status code; null where no status line came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What the archive holds for one URL at one time; both doors, live and offline, make the same one."""

    url: str
    """Address as asked for."""
    status: int | None
    """HTTP status code of the final response; null where no status line came."""
    headers: Headers
    """Header fields of the final response."""
    payload: bytes
    """Entity body: transfer coding removed, content coding kept (WARC 1.1, payload)."""
    captured_at: datetime
    """When the request was sent, UTC (`WARC-Date`)."""
    truncated: str | None = None
    """`WARC-Truncated`: ``length``, ``time``, ``disconnect`` or ``unspecified``; null for a whole capture."""
    ref: RecordRef | None = None
    """The capture's own record: a response, or a revisit."""
    refers_to: RecordRef | None = None
    """The response record that holds the payload, where `ref` is a revisit."""
    embedded: bool = False
    """Whether it was asked for as a picture, a document or what a page needs, and so is no page whatever came back
    (`WARC-Resource-Type` other than ``document``)."""

    @property
    def payload_ref(self) -> RecordRef | None:
        """The response record that holds the payload."""
        return self.refers_to or self.ref

    def header(self, name: str) -> str | None:
        """The value of the first header field of that name, in any case of letters."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def has_content(self) -> bool:
        """Whether it holds what was asked for, or a part of it (206)."""
        return self.status in (200, 206)

    @property
    def media_type(self) -> str:
        """Media type in lower case without parameters; empty where none is stated."""
        return (self.header("Content-Type") or "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A response record that a later record can refer to in place of holding its payload again."""

    capture: Capture
    """What the record holds; its `ref` says where it stands."""
    date: str
    """`WARC-Date` as the record has it; `WARC-Refers-To-Date` must be the same (WARC 1.1, 5.13)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and what came back for it, as bytes on the wire, before they are records."""

    url: str
    """Address asked for."""
    method: str = "GET"
    """Request method; a HEAD answer has no body whatever its header says."""
    request: bytes
    """The request as sent."""
    response: bytes
    """The response as received; it may be cut, empty, or no HTTP at all."""
    started: datetime
    """When the request was sent, UTC."""
    first_byte: datetime | None = None
    """When the first byte of the response came, UTC."""
    ended: datetime
    """When the exchange was over, UTC."""
    ip: str | None = None
    """Address of the server; null where a proxy stood between."""
    tls: tuple[str, str] | None = None
    """TLS version and cipher suite, for instance ``("TLSv1.3", "TLS_AES_256_GCM_SHA384")``."""
    attempts: int = 1
    """How often the request was sent: 2 where a kept connection turned out dead."""
    truncated: str | None = None
    """`WARC-Truncated`: ``length``, ``time`` or ``disconnect``."""
    failure: str | None = None
    """Why Scrapy gave the response up, where it did."""
    embedded: bool = False
    """Whether a picture, a document or what a page needs was asked for, rather than a page."""
    notes: tuple[tuple[str, str], ...] = ()
    """Further fields for the metadata record."""
    validated: Original | None = None
    """Whose validators the request carried (`If-None-Match`, `If-Modified-Since`): what a 304 says is still right."""

    @property
    def milliseconds(self) -> int:
        """How long it took; 0 where the clock was set back meanwhile."""
        return max(0, round((self.ended - self.started).total_seconds() * 1000))


def capture_of(
    url: str,
    message: Message,
    *,
    captured_at: datetime,
    truncated: str | None,
    ref: RecordRef | None,
    original: Capture | None = None,
    embedded: bool = False,
) -> Capture:
    """The capture that both doors read: of an exchange as it was sent, or of a record's block.

    `original` is what a revisit refers to: the payload is taken from there, and where the server only said that nothing
    had changed (304), or the block has no head, status and header fields too.
    """
    if original is None:
        return Capture(
            url=url,
            status=message.status,
            headers=message.headers,
            payload=message.payload,
            captured_at=captured_at,
            truncated=truncated,
            ref=ref,
            embedded=embedded,
        )
    has_head = message.status not in (None, 304)
    return Capture(
        url=url,
        status=message.status if has_head else original.status,
        headers=message.headers if has_head else original.headers,
        payload=original.payload,
        captured_at=captured_at,
        truncated=original.truncated,
        ref=ref,
        refers_to=original.ref,
        embedded=embedded,
    )
