"""Reader: WARC files in, the same Captures out that the crawl made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cluster_archive.archive.records import Fault, Record, digest, digest_fits, read_record, read_records
from cluster_archive.archive.revisits import Originals, is_understood, told_target
from cluster_archive.captures import Capture, Message, Original, RecordRef, capture_of, read_message
from cluster_archive.errors import BadArchive


def is_warc(path: Path) -> bool:
    """Whether a file begins with a WARC record."""
    if not path.is_file():
        return False
    return next(read_records(path, lambda fault: None), None) is not None


def read_captures(
    paths: Path | str | Sequence[Path | str],
    on_fault: Callable[[Fault], None] = lambda fault: None,
    *,
    within: Sequence[Path] = (),
) -> Iterator[Capture]:
    """The captures of WARC files in their order; records that are broken are reported and passed over.

    A revisit is given with the payload of the response that it refers to, wherever in the files that stands; `within` are
    further files to look for it. One whose response is not there is reported and passed over.
    """
    files = [Path(paths)] if isinstance(paths, (Path, str)) else [Path(path) for path in paths]
    originals = Originals([*files, *(path for path in within if path not in files)])
    for path in files:
        for record in read_records(path, on_fault):
            capture = _capture(path.name, record, originals, on_fault)
            if capture is not None:
                yield capture


def read_capture(path: Path | str, offset: int, *, within: Sequence[Path] = ()) -> Capture | None:
    """The capture whose response or revisit record begins at that offset; None where it is another record, or a revisit
    whose response is neither in the file nor `within` others. Raises BadArchive."""
    path = Path(path)
    originals = Originals([path, *(one for one in within if one != path)])
    return _capture(path.name, read_record(path, offset), originals, lambda fault: None)


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
    capture = _response(path.name.removesuffix(".open"), record) if record.type == "response" else None
    if capture is None or capture.truncated or record.record_id != ref.record_id or ref.payload_digest is None:
        return None
    if digest_fits(ref.payload_digest, capture.payload) is not True:
        return None
    return Original(capture=capture, date=record.get("WARC-Date") or "")


def read_resources(path: Path) -> Iterator[tuple[str, bytes]]:
    """Address and block of the `resource` records at the head of a WARC file."""
    for record in read_records(path, lambda fault: None):
        if record.type == "resource":
            yield record.get("WARC-Target-URI") or "", record.block
        elif record.type != "warcinfo":
            return


def ref_of(file: str, record: Record, message: Message) -> RecordRef:
    """Where a response or revisit record stands."""
    return RecordRef(
        file=file,
        offset=record.offset,
        length=record.length,
        record_id=record.record_id,
        payload_digest=record.get("WARC-Payload-Digest") or digest(message.payload),
        captured_at=_date(record),
        status=message.status,
    )


def _capture(file: str, record: Record, originals: Originals, on_fault: Callable[[Fault], None]) -> Capture | None:
    """The capture that a record holds, if it is one that holds a capture."""
    if record.type == "response":
        return _response(file, record)
    if record.type != "revisit":
        return None
    found = originals.find(record)
    original = _response(found[0].name, found[1]) if found else None
    if original is not None:
        return _response(file, record, original)
    if is_understood(record):
        what = f"The revisit refers to {told_target(record)}, which is not in what was given."
        advice = "Give the files that were crawled before it too."
    else:
        what = f"The revisit has a profile that is not known: {record.get('WARC-Profile')}."
        advice = "It cannot be read (WARC 1.1, 6.7)."
    on_fault(
        Fault(file=file, offset=record.offset, record_id=record.record_id or None, what=what, advice=advice),
    )
    return None


def _response(file: str, record: Record, original: Capture | None = None) -> Capture | None:
    url = (record.get("WARC-Target-URI") or "").strip("<>")  # WARC 1.0 of some tools has angle brackets
    is_http = (record.get("Content-Type") or "").startswith("application/http")
    message = read_message(record.block if is_http else b"")
    if not url or (message.status is None and original is None):
        return None
    return capture_of(
        url,
        message,
        captured_at=_date(record),
        truncated=record.get("WARC-Truncated"),
        ref=ref_of(file, record, message),
        original=original,
    )


def _date(record: Record) -> datetime:
    """`WARC-Date`; the beginning of time where it is none."""
    try:
        return datetime.fromisoformat((record.get("WARC-Date") or "").replace("Z", "+00:00")).astimezone(UTC)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
