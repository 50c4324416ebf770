"""Foreign: the captures of archives that any tool wrote, with its habits evened out, revisits resolved.

What tools do (each with a test in `tests/foreign`): Browsertrix and ArchiveWeb.page keep bodies de-chunked and decoded
under the header fields of the wire; wget puts addresses in angle brackets; Heritrix keeps DNS answers as responses;
warcprox and wget name a revisit's original in different ways; ARC has no record ids.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from cluster_archive.archive.records import Fault, Record, digest
from cluster_archive.archive.scanning import record_at, scan
from cluster_archive.archive.sources import Source
from cluster_archive.captures import Capture, Message, RecordRef, capture_of, read_message
from cluster_archive.errors import BadArchive

PAGES = ("text/html", "application/xhtml+xml")
"""Media types of pages."""


class Originals:
    """Where the records are that revisits refer to; the archives are read for it once, when the first is asked for."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._places: dict[tuple[str, ...], tuple[Source, int, str]] | None = None
        self.missing = 0
        """Revisits whose original is not in the archives."""

    def of(self, revisit: Record) -> tuple[Source, Record] | None:
        """The response that a revisit refers to, by record id, by address and time, or by payload digest."""
        if self._places is None:
            self._places = self._read()
        for key in _wanted(revisit):
            place = self._places.get(key)
            if place is not None:
                source, offset, record_id = place
                try:
                    return source, record_at(source, offset, record_id)
                except (BadArchive, OSError):
                    continue
        self.missing += 1
        return None

    def _read(self) -> dict[tuple[str, ...], tuple[Source, int, str]]:
        places: dict[tuple[str, ...], tuple[Source, int, str]] = {}
        for source in self._sources:
            for record in scan(source):
                if record.type in ("response", "resource"):
                    place = (source, record.offset, record.record_id)
                    for key in _keys(record):
                        places.setdefault(key, place)
        return places


def captures_of(
    sources: Sequence[Source],
    on_fault: Callable[[Fault], None] = lambda fault: None,
    on_note: Callable[[str], None] = lambda note: None,
) -> Iterator[Capture]:
    """The captures in archive files, file after file, in their order; revisits with the payload that they refer to.

    Broken records are told to `on_fault` and passed over; what is odd is told to `on_note`.
    """
    originals = Originals(sources)
    for source in sources:
        for record in scan(source, on_fault, on_note):
            capture = _capture(source, record, originals)
            if capture is not None:
                yield capture
    if originals.missing:
        on_note(
            f"{originals.missing} revisit record{'s' * (originals.missing != 1)} refer to captures that are not in what"
            " was given; name the earlier WARC files too."
        )


def capture_in(source: Source, offset: int, within: Sequence[Source] = ()) -> Capture | None:
    """The capture whose record begins at that offset; None where it is another record, or a revisit whose original is
    neither in the file nor `within` others. Raises BadArchive."""
    return _capture(source, record_at(source, offset, ""), Originals([source, *within]))


def resources_of(source: Source) -> Iterator[tuple[str, bytes]]:
    """Address and block of the `resource` records at the head of an archive file."""
    for record in scan(source):
        if record.type == "resource":
            yield _url(record), record.block
        elif record.type != "warcinfo":
            return


def _capture(source: Source, record: Record, originals: Originals) -> Capture | None:
    url = _url(record)
    if not url.lower().startswith(("http://", "https://")):
        return None
    if record.type == "revisit":
        return _of_revisit(record, url, originals, source)
    if record.type == "resource":
        return _of_resource(source, record, url)
    if record.type != "response":
        return None
    message = message_of(record)
    if message is None:
        return None
    return capture_of(
        url,
        message,
        captured_at=_date(record),
        truncated=record.get("WARC-Truncated"),
        ref=_ref(source, record, message),
    )


def _of_resource(source: Source, record: Record, url: str) -> Capture | None:
    """A `resource` record at an http address stands for what was there (WARC 1.1, 6.4); there is no HTTP head in it."""
    kind = record.get("Content-Type") or ""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {' '.join(kind.split())}\r\n\r\n".encode("latin-1", "replace")
    message = read_message(head + record.block)
    return capture_of(
        url,
        message,
        captured_at=_date(record),
        truncated=record.get("WARC-Truncated"),
        ref=_ref(source, record, message),
    )


def _of_revisit(revisit: Record, url: str, originals: Originals, source: Source) -> Capture | None:
    """The page as it was at the time of the revisit: its own head where it has one, the payload of the original."""
    found = originals.of(revisit)
    if found is None:
        return None
    original = _capture(*found, originals) if found[1].type != "revisit" else None
    if original is None:
        return None
    own = read_message(revisit.block)
    is_own = own.status is not None and own.status != 304
    return replace(
        original,
        url=url,
        status=own.status if is_own else original.status,
        headers=own.headers if is_own else original.headers,
        captured_at=_date(revisit),
    )


def message_of(record: Record) -> Message | None:
    """The HTTP message of a response record; None where it holds none.

    What a record holds behind its head is the body, whatever the head says of its length: tools that keep bodies decoded
    leave the length and the framing of the wire standing.
    """
    media_type = (record.get("Content-Type") or "").replace(" ", "").lower()
    block = record.block.lstrip(b"\r\n") if record.block[:1] in b"\r\n" else record.block
    if block[:5].upper() != b"HTTP/":
        return _headless(record, media_type)
    if block[:5] != b"HTTP/":
        block = b"HTTP/" + block[5:]
    message = read_message(block)
    if message.status is None:
        return None
    body = block[len(message.interim) + len(message.head) :]
    if message.status in (204, 304) or message.payload == body:
        return message
    if not _is_chunked(message):
        return replace(message, wire_body=body, payload=body, complete=True)
    if not re.match(rb"[0-9A-Fa-f]{1,16}[ \t]*(?:;[^\r\n]*)?\r?\n", body):  # it says chunked, but is not any more
        return replace(message, wire_body=body, payload=body, complete=True)
    return message


def _headless(record: Record, media_type: str) -> Message | None:
    """A body without a head, HTTP/0.9 or an old ARC file's; only where it is a page."""
    stated = (record.get("ARC-Content-Type") or "").partition(";")[0].strip().lower()
    looks = record.block.lstrip()[:1] == b"<"
    if not looks or (stated and stated not in PAGES) or (media_type and not media_type.startswith("application/http")):
        return None
    return read_message(b"HTTP/0.9 200\r\nContent-Type: text/html\r\n\r\n" + record.block)


def _is_chunked(message: Message) -> bool:
    stated = next((value for name, value in message.headers if name.lower() == "transfer-encoding"), "")
    return stated.lower().rpartition(",")[2].strip() == "chunked"


def _ref(source: Source, record: Record, message: Message) -> RecordRef:
    return RecordRef(
        file=source.name,
        offset=record.offset,
        length=record.length,
        record_id=record.record_id or f"<urn:cluster-archive:record:{source.name}:{record.offset}>",
        payload_digest=record.get("WARC-Payload-Digest") or digest(message.payload),
        captured_at=_date(record),
        status=message.status,
    )


def _url(record: Record) -> str:
    return (record.get("WARC-Target-URI") or "").strip("<> ")  # in angle brackets, as the grammar of WARC 1.0 had it


def _date(record: Record) -> datetime:
    """`WARC-Date`; the beginning of time where it is none."""
    try:
        return datetime.fromisoformat((record.get("WARC-Date") or "").replace("Z", "+00:00")).astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime(1970, 1, 1, tzinfo=UTC)


def _keys(record: Record) -> Iterator[tuple[str, ...]]:
    """What a revisit may name a record by."""
    url, stated = _url(record), _digest(record)
    if record.record_id:
        yield ("id", record.record_id.strip("<>"))
    yield ("time", url, _second(record.get("WARC-Date")))
    if stated:
        yield ("digest", url, stated)
        yield ("digest", stated)


def _wanted(revisit: Record) -> Iterator[tuple[str, ...]]:
    if refers := revisit.get("WARC-Refers-To"):
        yield ("id", refers.strip("<> "))
    url = (revisit.get("WARC-Refers-To-Target-URI") or _url(revisit)).strip("<> ")
    if moment := revisit.get("WARC-Refers-To-Date"):
        yield ("time", url, _second(moment))
    if stated := _digest(revisit):
        yield ("digest", url, stated)
        yield ("digest", stated)


def _digest(record: Record) -> str:
    return (record.get("WARC-Payload-Digest") or "").strip().lower()


def _second(moment: str | None) -> str:
    """A time to the second: some tools write fewer digits into a revisit than into the record that it refers to."""
    return (moment or "")[:19]
