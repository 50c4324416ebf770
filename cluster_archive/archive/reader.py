"""Reader: a WARC file in, the same Captures out that the crawl made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from cluster_archive.archive.records import Fault, Record, digest, read_record, read_records
from cluster_archive.captures import Capture, Message, RecordRef, capture_of, read_message


def is_warc(path: Path) -> bool:
    """Whether a file begins with a WARC record."""
    if not path.is_file():
        return False
    return next(read_records(path, lambda fault: None), None) is not None


def read_captures(path: Path | str, on_fault: Callable[[Fault], None] = lambda fault: None) -> Iterator[Capture]:
    """The captures of a WARC file in its order; records that are broken are reported and passed over."""
    path = Path(path)
    for record in read_records(path, on_fault):
        if record.type == "response" and (record.get("Content-Type") or "").startswith("application/http"):
            capture = _capture(path.name, record)
            if capture is not None:
                yield capture


def read_capture(path: Path | str, offset: int) -> Capture | None:
    """The capture whose response record begins at that offset; None where it is another record. Raises BadArchive."""
    path = Path(path)
    return _capture(path.name, read_record(path, offset))


def read_resources(path: Path) -> Iterator[tuple[str, bytes]]:
    """Address and block of the `resource` records at the head of a WARC file."""
    for record in read_records(path, lambda fault: None):
        if record.type == "resource":
            yield record.get("WARC-Target-URI") or "", record.block
        elif record.type != "warcinfo":
            return


def ref_of(file: str, record: Record, message: Message) -> RecordRef:
    """Where a response record stands."""
    return RecordRef(
        file=file,
        offset=record.offset,
        length=record.length,
        record_id=record.record_id,
        payload_digest=record.get("WARC-Payload-Digest") or digest(message.payload),
        captured_at=_date(record),
        status=message.status,
    )


def _capture(file: str, record: Record) -> Capture | None:
    url = (record.get("WARC-Target-URI") or "").strip("<>")  # WARC 1.0 of some tools has angle brackets
    message = read_message(record.block)
    if not url or message.status is None:
        return None
    return capture_of(
        url,
        message,
        captured_at=_date(record),
        truncated=record.get("WARC-Truncated"),
        ref=ref_of(file, record, message),
        embedded=(record.get("WARC-Resource-Type") or "document").strip().lower() != "document",
    )


def _date(record: Record) -> datetime:
    """`WARC-Date`; the beginning of time where it is none."""
    try:
        return datetime.fromisoformat((record.get("WARC-Date") or "").replace("Z", "+00:00")).astimezone(UTC)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
