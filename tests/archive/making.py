"""What the tests of records share: exchanges, writers, and records as other tools write them."""

from __future__ import annotations

import gzip
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cluster_archive.archive import WarcWriter, read_original, revisited
from cluster_archive.captures import Capture, Exchange, Original, RecordRef, capture_of
from cluster_archive.messages import read_message

NOW = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
BODY = b"<p>What the page says.</p>" * 80
PAGE = b'HTTP/1.1 200 OK\r\nETag: "a"\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s' % (len(BODY), BODY)
NOT_MODIFIED = b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nX-Odd:  kept \r\n\r\n'
URL = "http://example.org/page"


def exchange(response: bytes = PAGE, url: str = URL, **more: Any) -> Exchange:
    given: dict[str, Any] = {
        "url": url,
        "request": b"GET /page HTTP/1.1\r\nHost: example.org\r\n\r\n",
        "response": response,
        "started": NOW,
        "ended": NOW + timedelta(milliseconds=250),
        "ip": "93.184.216.34",
        **more,
    }
    return Exchange(**given)


def conditional(validated: Original | None, response: bytes = NOT_MODIFIED, **more: Any) -> Exchange:
    asked = b'GET /page HTTP/1.1\r\nHost: example.org\r\nIf-None-Match: "a"\r\n\r\n'
    return exchange(response, **{"request": asked, "validated": validated, "started": LATER, "ended": LATER, **more})


def writer(root: Path, prefix: str = "demo", **more: Any) -> WarcWriter:
    numbers = itertools.count(1)
    given: dict[str, Any] = {
        "info": {"software": "test"},
        "now": lambda: NOW,
        "record_id": lambda: f"<urn:uuid:{prefix[:8]:0<8}-0000-4000-8000-{next(numbers):012d}>",
        "sync": False,
        **more,
    }
    return WarcWriter(root / "archive", prefix, **given)


def written(made: WarcWriter, root: Path, one: Exchange, earlier: RecordRef | None = None) -> Capture:
    """Writes an exchange as a run does; the capture that the crawl goes on with."""
    message = read_message(one.response)
    original = revisited(one, message, read_original(root / "archive", earlier) if earlier else None)
    ref = made.write_exchange(one, original)
    assert ref is not None
    return capture_of(
        one.url,
        message,
        captured_at=one.started,
        truncated=one.truncated,
        ref=ref,
        original=original.capture if original else None,
    )


def raw_record(headers: dict[str, str], block: bytes = b"", version: str = "WARC/1.0") -> bytes:
    """A record as another tool may write it, not compressed."""
    lines = [version, *(f"{name}: {value}" for name, value in headers.items()), f"Content-Length: {len(block)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def foreign(path: Path, *records: bytes, packed: bool = True) -> Path:
    path.write_bytes(b"".join(gzip.compress(record, mtime=0) if packed else record for record in records))
    return path
