"""The archive: what is written, read back, indexed, verified and repaired; other tools read the same."""

from __future__ import annotations

import errno
import gzip
import io
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from fastwarc.warc import WarcRecordType
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from cluster_archive.archive import (
    Collection,
    WarcWriter,
    build_index,
    finish_open_files,
    look_up,
    read_capture,
    read_captures,
    read_records,
    verify_collection,
    verify_warc,
)
from cluster_archive.captures import Exchange, capture_of
from cluster_archive.errors import ArchiveNotWritable, BadArchive
from cluster_archive.messages import read_message

NOW = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
RESPONSE = b"HTTP/1.1 200 OK\r\nx-ODD:  a \r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 4\r\n\r\nbody"
"""Not in chunks: warcio and FastWARC take the digest of chunks as they are for the payload's (webrecorder/warcio#74)."""


def exchange(response: bytes = RESPONSE, url: str = "http://example.org/a?b=%D0%BA", **more: Any) -> Exchange:
    given: dict[str, Any] = {
        "url": url,
        "request": b"GET /a?b=%D0%BA HTTP/1.1\r\nHost: example.org\r\n\r\n",
        "response": response,
        "started": NOW,
        "ended": NOW + timedelta(milliseconds=250),
        "ip": "93.184.216.34",
        **more,
    }
    return Exchange(**given)


def ids() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"<urn:uuid:00000000-0000-4000-8000-{next(numbers):012d}>"


def writer(root: Path, **more: Any) -> WarcWriter:
    given: dict[str, Any] = {"info": {"software": "test"}, "now": lambda: NOW, "record_id": ids(), **more}
    return WarcWriter(root / "archive", "demo", **given)


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    """A collection with three exchanges in one file."""
    made = writer(tmp_path)
    for number in range(3):
        made.write_exchange(exchange(PLAIN, f"http://example.org/{number}"))
    made.close()
    build_index(Collection(tmp_path))
    return Collection(tmp_path)


def the_file(collection: Collection) -> Path:
    (path,) = collection.warcs()
    return path


def test_a_file_to_the_byte(tmp_path: Path) -> None:
    made = writer(tmp_path)
    made.add_resource("urn:cluster-archive:site:demo", "application/toml", b'name = "demo"\n')
    ref = made.write_exchange(exchange(tls=("TLSv1.3", "TLS_AES_256_GCM_SHA384")))
    (path,) = made.close()
    assert path.name == "demo-20240506070809-00001.warc.gz"
    members = list(read_records(path, pytest.fail))
    assert [record.type for record in members] == ["warcinfo", "resource", "response", "request", "metadata"]
    assert gzip.decompress(path.read_bytes()).count(b"WARC/1.1\r\n") == 5
    response = members[2]
    assert ref is not None
    assert (response.offset, response.length, response.record_id) == (ref.offset, ref.length, ref.record_id)
    assert dict(response.headers) == {
        "WARC-Type": "response",
        "WARC-Record-ID": "<urn:uuid:00000000-0000-4000-8000-000000000003>",
        "WARC-Target-URI": "http://example.org/a?b=%D0%BA",
        "WARC-Date": "2024-05-06T07:08:09.123456Z",
        "WARC-Warcinfo-ID": "<urn:uuid:00000000-0000-4000-8000-000000000001>",
        "WARC-Concurrent-To": "<urn:uuid:00000000-0000-4000-8000-000000000004>",
        "WARC-IP-Address": "93.184.216.34",
        "WARC-Protocol": "tls/1.3",
        "WARC-Cipher-Suite": "TLS_AES_256_GCM_SHA384",
        # made with coreutils: printf … | sha256sum | xxd -r -p | base32
        "WARC-Block-Digest": "sha256:" + DIGESTS["block"],
        "WARC-Payload-Digest": "sha256:" + DIGESTS["payload"],
        "Content-Type": "application/http;msgtype=response",
        "Content-Length": str(len(RESPONSE)),
    }
    assert [value for name, value in response.headers if name == "WARC-Protocol"] == ["http/1.1", "tls/1.3"]
    assert response.block == RESPONSE
    assert members[0].get("WARC-Filename") == path.name
    assert members[3].get("WARC-Concurrent-To") == response.record_id
    assert members[4].block.startswith(b"fetchTimeMs: 250\r\n")


DIGESTS = {
    "block": "GQACHCNJ2KWMWAXGBIYKQIUQVKFAUVLNEGQBL7O3DGACQVMSBQCQ====",
    "payload": "EMGYGWG4R2EJBNGFRXXLMKIS5YXSANL25EVFZSDBXGHGR7RRVS2Q====",
}


def test_while_it_is_written_its_name_says_so(tmp_path: Path) -> None:
    made = writer(tmp_path)
    made.write_exchange(exchange())
    assert [path.suffix for path in (tmp_path / "archive").iterdir()] == [".open"]
    made.close()
    assert [path.suffix for path in (tmp_path / "archive").iterdir()] == [".gz"]


def test_a_file_without_an_exchange_is_taken_away(tmp_path: Path) -> None:
    assert writer(tmp_path).close() == []
    assert not list(tmp_path.rglob("*.warc.gz*"))


def test_the_next_file_begins_at_a_size(tmp_path: Path) -> None:
    made = writer(tmp_path, roll_at=2000)
    refs = [made.write_exchange(exchange(url=f"http://example.org/{number}")) for number in range(6)]
    files = made.close()
    assert len(files) > 1
    assert {ref.file for ref in refs if ref} == {path.name for path in files}
    for path in files:
        records = list(read_records(path, pytest.fail))
        assert records[0].type == "warcinfo"
        assert made.records[path.name] == len(records)
        assert list(verify_warc(path)) == []


@pytest.mark.parametrize(
    ("response", "types"),
    [
        (b"", ["request", "metadata"]),
        (b"no http at all", ["request", "metadata", "metadata"]),
        (b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + RESPONSE, ["response", "request", "metadata"]),
    ],
)
def test_what_is_no_whole_answer(tmp_path: Path, response: bytes, types: list[str]) -> None:
    made = writer(tmp_path)
    made.write_exchange(
        exchange(response, truncated="disconnect" if not response else None, failure="It failed\nbadly")
    )
    (path,) = made.close()
    assert [record.type for record in read_records(path, pytest.fail)][1:] == types
    assert list(verify_warc(path)) == []
    assert b"It failed badly" in gzip.decompress(path.read_bytes())


def test_a_cut_answer_is_marked(tmp_path: Path) -> None:
    made = writer(tmp_path)
    ref = made.write_exchange(exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly", truncated="length"))
    (path,) = made.close()
    assert ref is not None
    capture = read_capture(path, ref.offset)
    assert capture is not None
    assert (capture.truncated, capture.payload) == ("length", b"only")


@settings(deadline=None, max_examples=60)
@given(body=st.binary(max_size=500), chunks=st.booleans(), status=st.sampled_from([200, 301, 404, 500]))
def test_what_is_read_back_is_what_was_captured(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, chunks: bool, status: int
) -> None:
    framed = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if chunks and body else body
    head = b"Transfer-Encoding: chunked" if chunks and body else b"Content-Length: %d" % len(body)
    one = exchange(b"HTTP/1.1 %d X\r\n%s\r\nContent-Type: text/html\r\n\r\n%s" % (status, head, framed))
    made = writer(tmp_path_factory.mktemp("warc"), sync=False)
    ref = made.write_exchange(one)
    (path,) = made.close()
    live = capture_of(one.url, read_message(one.response), captured_at=one.started, truncated=None, ref=ref)
    assert list(read_captures(path)) == [live]
    assert live.payload == body


def test_a_disk_that_is_full_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = writer(tmp_path)
    made.write_exchange(exchange(url="http://example.org/1"))
    write = os.pwrite

    def full(handle: int, data: bytes, offset: int) -> int:
        write(handle, bytes(data)[:10], offset)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        with pytest.raises(ArchiveNotWritable, match="No space left"):
            made.write_exchange(exchange(url="http://example.org/2"))
    made.write_exchange(exchange(url="http://example.org/3"))
    (path,) = made.close()
    assert [capture.url for capture in read_captures(path)] == ["http://example.org/1", "http://example.org/3"]
    assert list(verify_warc(path)) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("a file", encoding="utf-8")
    with pytest.raises(ArchiveNotWritable):
        writer(tmp_path).write_exchange(exchange())


def test_warcio_and_fastwarc_agree(collection: Collection) -> None:
    path = the_file(collection)
    with path.open("rb") as file:
        seen = []
        for record in ArchiveIterator(file, check_digests="raise"):
            seen.append((record.rec_headers.get_header("WARC-Record-ID"), record.rec_type))
            record.content_stream().read()
    ours = [(record.record_id, record.type) for record in read_records(path, pytest.fail)]
    with path.open("rb") as file:
        fast = [(record.record_id, record.record_type) for record in FastIterator(file, parse_http=False)]
    assert seen == ours
    assert [f"<{one.strip('<>')}>" for one, _ in fast] == [one for one, _ in ours]
    with path.open("rb") as file:
        responses = list(FastIterator(file, record_types=WarcRecordType.response))
    assert len(responses) == 3


def test_the_index_is_what_cdxj_indexer_makes(collection: Collection) -> None:
    path = the_file(collection)
    said = subprocess.run(
        [sys.executable, "-m", "cdxj_indexer.main", "--sort", str(path)], capture_output=True, text=True, check=True
    )
    theirs = [line.split(" ", 2) for line in said.stdout.splitlines()]
    ours = [line.split(" ", 2) for line in collection.index.read_text(encoding="utf-8").splitlines()]
    assert [line[:2] for line in ours] == [line[:2] for line in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        for name in ("url", "status", "length", "offset", "filename"):
            assert json.loads(mine[2]).get(name) == json.loads(other[2]).get(name)
    (found,) = look_up(collection.index, "http://example.org/1")
    assert found["url"] == "http://example.org/1"


def test_an_index_can_be_deleted(collection: Collection) -> None:
    before = collection.index.read_bytes()
    for path in collection.indexes.iterdir():
        path.unlink()
    build_index(collection)
    assert collection.index.read_bytes() == before


def _flip(path: Path, offset: int) -> None:
    content = bytearray(path.read_bytes())
    content[offset] ^= 0x10
    path.write_bytes(content)


def _middle(path: Path) -> int:
    """The middle of the second response."""
    ref = list(read_captures(path))[1].ref
    assert ref is not None
    return ref.offset + ref.length // 2


def _rewrite(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Changes the inflated records and packs them again, one member each."""
    members = [gzip.compress(change(gzip.decompress(member))) for member in _split(path)]
    path.write_bytes(b"".join(members))


def _split(path: Path) -> Iterator[bytes]:
    content = path.read_bytes()
    for record in read_records(path, pytest.fail):
        yield content[record.offset : record.offset + record.length]


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a flipped bit": (lambda path: _flip(path, _middle(path)), "member"),
    "the end is cut": (lambda path: os.truncate(path, path.stat().st_size - 20), "ends before it is whole"),
    "a changed body": (lambda path: _rewrite(path, lambda record: record.replace(b"body", b"BODY")), "digest"),
    "a missing request": (
        lambda path: path.write_bytes(
            b"".join(one for one in _split(path) if b"msgtype=request" not in gzip.decompress(one))
        ),
        "partner",
    ),
    "a missing file": (lambda path: path.unlink(), "No response begins"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damages_are_found(collection: Collection, name: str) -> None:
    assert list(verify_collection(collection)) == []
    damage, told = DAMAGES[name]
    damage(the_file(collection))
    faults = list(verify_collection(collection))
    assert any(told in fault.what for fault in faults), faults
    assert all(fault.advice for fault in faults)


def test_what_stands_behind_a_damaged_member_is_still_read(collection: Collection) -> None:
    path = the_file(collection)
    second = list(read_captures(path))[1]
    assert second.ref is not None
    _flip(path, second.ref.offset + second.ref.length // 2)
    assert [capture.url for capture in read_captures(path)] == ["http://example.org/0", "http://example.org/2"]


@pytest.mark.parametrize("content", [b"", b"text " * 100, gzip.compress(b"text"), b"\x1f\x8b\x08torn"])
def test_what_is_no_warc(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(content)
    with pytest.raises(BadArchive):
        list(verify_warc(path))
    assert list(read_captures(path)) == []


def test_a_torn_file_is_finished(tmp_path: Path) -> None:
    made = writer(tmp_path)
    for number in range(3):
        made.write_exchange(exchange(url=f"http://example.org/{number}"))
    (left,) = (tmp_path / "archive").glob("*.open")
    os.truncate(left, left.stat().st_size - 30)
    ((path, told),) = finish_open_files(Collection(tmp_path))
    assert "torn" in told
    assert path == the_file(Collection(tmp_path))
    assert list(verify_warc(path)) == []
    assert [capture.url for capture in read_captures(path)] == [f"http://example.org/{number}" for number in range(3)]
    assert finish_open_files(Collection(tmp_path)) == []


def test_plain_warc_files_of_other_tools(tmp_path: Path) -> None:
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    path = tmp_path / "other.warc"
    with path.open("wb") as file:
        other = WARCWriter(file, gzip=False)
        headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.0")
        other.write_record(
            other.create_warc_record(
                "http://example.org/", "response", payload=io.BytesIO(b"text"), http_headers=headers
            )
        )
    assert [(capture.url, capture.payload) for capture in read_captures(path)] == [("http://example.org/", b"text")]
    assert [fault for fault in verify_warc(path) if "warcinfo" not in fault.what] == []
