"""Archives as other tools write them, made by hand."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from cluster_archive.archive import Fault, Source, captures_of
from cluster_archive.captures import Capture

PAGE = "<!DOCTYPE html><html lang='en'><head><title>Ünïcode</title></head><body><p>Text.</p></body></html>".encode()


def warc(
    block: bytes,
    *fields: tuple[str, str],
    kind: str = "response",
    url: str = "http://example.org/a",
    record_id: str = "<urn:uuid:00000000-0000-4000-8000-000000000001>",
    content_type: str | None = "application/http; msgtype=response",
    date: str = "2020-01-02T03:04:05Z",
    version: str = "WARC/1.0",
    newline: str = "\r\n",
    end: bytes = b"\r\n\r\n",
    length: int | None = None,
) -> bytes:
    """A record by hand."""
    lines = [
        version,
        f"WARC-Type: {kind}",
        f"WARC-Target-URI: {url}",
        f"WARC-Date: {date}",
        f"WARC-Record-ID: {record_id}",
        *([f"Content-Type: {content_type}"] if content_type else []),
        *(f"{name}: {value}" for name, value in fields),
        f"Content-Length: {len(block) if length is None else length}",
    ]
    return newline.join([*lines, "", ""]).encode() + block + end


def http(body: bytes = PAGE, *fields: str, status: str = "HTTP/1.1 200 OK", kind: str = "text/html") -> bytes:
    """An HTTP response by hand; its length is stated only by `fields`."""
    return "\r\n".join([status, f"Content-Type: {kind}", *fields, "", ""]).encode("latin-1") + body


class Read:
    """What was read of an archive."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        self.captures: list[Capture] = list(captures_of(sources, self._told))

    def _told(self, fault: Fault) -> None:
        if fault.severity == "note":
            self.notes.append(str(fault))
        else:
            self.faults.append(fault)

    @property
    def one(self) -> Capture:
        """The only capture, of an archive without faults."""
        assert self.faults == []
        (capture,) = self.captures
        return capture

    @property
    def paths(self) -> list[str]:
        """Last parts of the captures' addresses."""
        return [capture.url.rpartition("/")[2] for capture in self.captures]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Read]:
    """Reads an archive of these bytes, or files."""

    def reading(*content: bytes | Path, name: str = "other.warc") -> Read:
        sources = []
        for number, one in enumerate(content):
            path = one if isinstance(one, Path) else tmp_path / f"{number}" / name
            if isinstance(one, bytes):
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(one)
            sources.append(Source(name=path.name, path=path))
        return Read(sources)

    return reading


def members(*records: bytes) -> bytes:
    """Each record as a gzip member."""
    return b"".join(map(gzip.compress, records))


def numbered(count: int) -> Iterator[bytes]:
    """Records that differ by the last part of their address."""
    for number in range(count):
        record_id = f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>"
        yield warc(http(PAGE + b"%d" % number), url=f"http://example.org/{number}", record_id=record_id)
