"""Reader: the captures of archives of any tool, with its habits evened out and revisits resolved.

What tools do (each with a test in `tests/foreign`): Browsertrix and ArchiveWeb.page keep bodies de-chunked and decoded
under the header fields of the wire; wget puts addresses in angle brackets; Heritrix keeps DNS answers as responses;
warcprox and wget name a revisit's original in different ways; ARC has no record ids. What this project wrote is read as
it was captured.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from cluster_archive.archive.heads import bare_address
from cluster_archive.archive.records import Fault, Record, digest, digest_fits, note, read_record
from cluster_archive.archive.revisits import Originals, is_understood, told_target
from cluster_archive.archive.scanning import record_at, scan
from cluster_archive.archive.sources import Source
from cluster_archive.captures import Capture, Original, RecordRef, capture_of
from cluster_archive.errors import BadArchive
from cluster_archive.messages import Message, read_message
from cluster_archive.urls import absolute_url

PAGES = ("text/html", "application/xhtml+xml")
"""Media types of pages."""


def read_captures(
    paths: Path | str | Sequence[Path | str],
    on_fault: Callable[[Fault], None] = lambda fault: None,
    *,
    within: Sequence[Path] = (),
) -> Iterator[Capture]:
    """The captures of WARC (or ARC) files in their order; records that are broken are reported and passed over.

    A revisit is given with the payload of the response that it refers to, wherever in the files that stands; `within` are
    further files to look for it. One whose response is not there is noted and passed over.
    """
    files = [Path(paths)] if isinstance(paths, (Path, str)) else [Path(path) for path in paths]
    further = [_whole(path) for path in within if path not in files]
    return captures_of([_whole(path) for path in files], on_fault, within=further)


def captures_of(
    sources: Sequence[Source],
    on_fault: Callable[[Fault], None] = lambda fault: None,
    *,
    within: Sequence[Source] = (),
) -> Iterator[Capture]:
    """The same of archive files that may stand in other files."""
    originals = Originals([*sources, *within])
    for source in sources:
        for record in scan(source, on_fault):
            capture = _capture(source, record, originals, on_fault)
            if capture is not None:
                yield capture


def read_capture(path: Path | str, offset: int, *, within: Sequence[Path] = ()) -> Capture | None:
    """The capture whose record begins at that offset; None where it is another record, or a revisit whose response is
    neither in the file nor `within` others. Raises BadArchive."""
    source = _whole(Path(path))
    originals = Originals([source, *(_whole(one) for one in within if one != source.path)])
    return _capture(source, record_at(source, offset), originals, lambda fault: None)


def read_original(folder: Path, ref: RecordRef) -> Original | None:
    """The response record that `ref` names, for another record to refer to; None where it does not stand there, is cut,
    or no longer has the payload that it had."""
    path = next((path for path in (folder / ref.file, folder / f"{ref.file}.open") if path.is_file()), None)
    if path is None:
        return None
    try:
        record = read_record(path, ref.offset)
    except (BadArchive, OSError):
        return None
    if record.type != "response":
        return None
    capture = _response(path.name.removesuffix(".open"), record, read_message(record.block))
    if capture.status is None or capture.truncated or record.record_id != ref.record_id or ref.payload_digest is None:
        return None
    if digest_fits(ref.payload_digest, capture.payload) is not True:
        return None
    return Original(capture=capture, date=record.get("WARC-Date") or "")


def resources_of(source: Source) -> Iterator[tuple[str, bytes]]:
    """Address and block of the `resource` records at the head of an archive file."""
    for record in scan(source):
        if record.type == "resource":
            yield _url(record), record.block
        elif record.type != "warcinfo":
            return


def ref_of(file: str, record: Record, message: Message) -> RecordRef:
    """Where a response or revisit record stands."""
    return RecordRef(
        file=file,
        offset=record.offset,
        length=record.length,
        record_id=record.record_id or f"<urn:cluster-archive:record:{file}:{record.offset}>",
        payload_digest=record.get("WARC-Payload-Digest") or digest(message.payload),
        captured_at=_date(record),
        status=message.status,
    )


def _whole(path: Path) -> Source:
    return Source(name=path.name, path=path)


def _capture(source: Source, record: Record, originals: Originals, on_fault: Callable[[Fault], None]) -> Capture | None:
    """The capture that a record holds, if it is one that holds a capture."""
    url = _url(record)
    if not url.lower().startswith(("http://", "https://")):
        return None
    if record.type in ("resource", "response", "revisit") and absolute_url(url, url) is None:
        what, advice = "Its address is none that anybody can ask for.", "It is passed over."
        on_fault(_fault(source, record, what, advice))
        return None
    if record.type in ("resource", "response") and record.get("WARC-Segment-Number"):
        what = "It is the first of several segments, which are not put together."
        on_fault(
            _fault(source, record, what, "What it holds is read, as a cut answer; join its segments (WARC 1.1, 7).")
        )
    if record.type == "resource":
        return _response(source.name, record, _as_message(record))
    if record.type == "response":
        message = message_of(record)
        return _response(source.name, record, message) if message is not None else None
    if record.type != "revisit":
        return None
    found = originals.find(record)
    original = _capture(*found, originals, on_fault) if found and found[1].type != "revisit" else None
    if original is not None:
        return _response(source.name, record, read_message(record.block), original)
    if is_understood(record):
        what = f"The revisit refers to {told_target(record)}, which is not in what was given."
        advice = "It is passed over; give the files that were crawled before it too."
    else:
        what = f"The revisit has a profile that is not known: {record.get('WARC-Profile')}."
        advice = "It cannot be read (WARC 1.1, 6.7)."
    on_fault(note(source.name, record, what, advice))
    return None


def _fault(source: Source, record: Record, what: str, advice: str) -> Fault:
    record_id = record.record_id or None
    return Fault(file=source.name, offset=record.offset, record_id=record_id, what=what, advice=advice)


def _response(file: str, record: Record, message: Message, original: Capture | None = None) -> Capture:
    return capture_of(
        _url(record),
        message,
        captured_at=_date(record),
        truncated=record.get("WARC-Truncated") or ("unspecified" if record.get("WARC-Segment-Number") else None),
        ref=ref_of(file, record, message),
        original=original,
        embedded=(record.get("WARC-Resource-Type") or "document").strip().lower() != "document",
    )


def _as_message(resource: Record) -> Message:
    """A `resource` record at an http address stands for what was there (WARC 1.1, 6.4); there is no HTTP head in it."""
    kind = resource.get("Content-Type") or ""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {' '.join(kind.split())}\r\n\r\n".encode("latin-1", "replace")
    return read_message(head + resource.block)


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
    # it may say chunked, and not be so any more
    if _is_chunked(message) and re.match(rb"[0-9A-Fa-f]{1,16}[ \t]*(?:;[^\r\n]*)?\r?\n", body):
        return message
    return replace(message, block=block[len(message.interim) :], payload=body, complete=True)


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


def _url(record: Record) -> str:
    return bare_address((record.get("WARC-Target-URI") or "").strip(" "))


def _date(record: Record) -> datetime:
    """`WARC-Date`; the beginning of time where it is none."""
    try:
        return datetime.fromisoformat((record.get("WARC-Date") or "").replace("Z", "+00:00")).astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime(1970, 1, 1, tzinfo=UTC)
