"""Archive files of any tool, read and verified: WARC (plain, gzip, Zstandard), ARC, WACZ."""

from __future__ import annotations

import gzip
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from backports import zstd

from cluster_archive.archive import (
    Collection,
    Fault,
    build_index,
    captures_of,
    holds_records,
    read_capture,
    read_captures,
    read_record,
    read_records,
    resources_of,
    sources_of,
    verify_path,
)
from cluster_archive.archive.cdxj import index_lines
from cluster_archive.archive.repair import repair_files
from cluster_archive.discover import discover
from cluster_archive.errors import BadArchive
from cluster_archive.sites import in_scope
from tests.archive.damages import make_collection, make_wacz, the_warc
from tests.archive.making import raw_record

from .subject import SITE, Subject

DAY = "2024-05-06T07:08:09Z"
ARC = (
    b"filedesc://a.arc 0.0.0.0 20040506070809 text/plain 76\n1 0 Test\nURL IP-address Archive-date Content-type Archive-length\n\n\n"
    b"http://example.org/ 93.184.216.34 20040506070809 text/html 63\nHTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>what it says</p>\n\n"
)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n<p>\r\n0\r\n\r\n"


@cache
def seeds() -> list[bytes]:
    """One of each format, with a revisit among them."""
    with tempfile.TemporaryDirectory() as folder:
        collection = make_collection(Path(folder) / "demo")
        ours = the_warc(collection).read_bytes()
        wacz = make_wacz(collection, Path(folder) / "demo.wacz").read_bytes()
    page = {
        "WARC-Type": "response",
        "WARC-Target-URI": "<http://example.org/>",
        "WARC-Date": DAY,
        "WARC-Record-ID": "<urn:a>",
    }
    revisit = {**page, "WARC-Type": "revisit", "WARC-Record-ID": "<urn:b>", "WARC-Refers-To": "<urn:a>"}
    revisit["WARC-Profile"] = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    resource = {"WARC-Type": "resource", "WARC-Target-URI": "urn:cluster-archive:site:demo", "WARC-Date": DAY}
    records = [
        raw_record({"WARC-Type": "warcinfo", "WARC-Date": DAY}, b"software: x\r\n"),
        raw_record({**resource, "Content-Type": "application/toml"}, b'name = "demo"\n'),
        raw_record({**page, "Content-Type": "application/http; msgtype=response"}, ANSWER),
        raw_record({**revisit, "Content-Type": "application/http; msgtype=response"}, ANSWER[:40]),
    ]
    return [
        ours,
        wacz,
        ARC,
        gzip.compress(ARC, mtime=0),
        b"".join(records),
        b"".join(gzip.compress(one, mtime=0) for one in records),
        b"".join(zstd.compress(one) for one in records),
    ]


def promise(data: bytes) -> None:
    """Whatever is broken is told or raised as BadArchive; what is read is the same a second time."""
    told: list[Fault] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "demo" / "archive" / "demo-20240506070809-00001.warc.gz"
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        for record in read_records(path, told.append):
            assert read_record(path, record.offset) == record
        captures = list(read_captures(path, told.append))
        assert captures == list(read_captures(path))
        for capture in captures:
            in_scope(capture.url, SITE)
            discover(capture, SITE)
            if capture.ref is not None:
                _read_again(path, capture.ref.offset)
        list(index_lines(path))
        package = folder / "demo.wacz"
        package.write_bytes(data)
        for given in (path, package):
            _read_sources(given, folder, told)
            _verify(given, told)
        collection = Collection(folder / "demo")
        _verify(collection.root, told)
        repair_files(collection)
        build_index(collection)
    assert all(str(one) for one in told)


def _read_again(path: Path, offset: int) -> None:
    with suppress(BadArchive):
        read_capture(path, offset)


def _read_sources(path: Path, folder: Path, told: list[Fault]) -> None:
    try:
        sources = sources_of([path], folder, told.append)
    except BadArchive:
        return
    for source in sources:
        holds_records(source)
        list(resources_of(source))
    list(captures_of(sources, told.append))


def _verify(path: Path, told: list[Fault]) -> None:
    with suppress(BadArchive):
        told.extend(verify_path(path))


SUBJECT = Subject(
    name="archives",
    promise=promise,
    seeds=seeds,
    tokens=(
        b"WARC/1.1\r\n", b"WARC/1.0\n", b"Content-Length: ", b"Content-Length: 99999999999999999\r\n", b"WARC-Type: revisit\r\n",
        b"WARC-Refers-To: <urn:b>\r\n", b"WARC-Target-URI: http://[::\r\n", b"WARC-Target-URI: http://example.org/\r\n", b"WARC-Date: 0001-01-01T00:00:00+23:59\r\n",
        b"WARC-Payload-Digest: sha256:\xc2\xb2\r\n", b"WARC-Truncated: length\r\n", b"\x1f\x8b\x08\0\0\0\0\0\0\xff", b"\x28\xb5\x2f\xfd", b"\x5d\x2a\x4d\x18\xff\0\0\0",
        b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"filedesc://", b"http://e.org/ 1.2.3.4 20240506 text/html 9\n", b"HTTP/1.1 200 OK\r\n", b"\r\n\r\n",
    ),
    examples=100,
)  # fmt: skip
