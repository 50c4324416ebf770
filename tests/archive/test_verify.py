"""Verify beyond the fault table: files of other tools, bounds of memory and time, the log, and what is only a note."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import subprocess
import sys
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from cluster_archive.archive import (
    Collection,
    Fault,
    read_checks,
    read_records,
    verify_collection,
    verify_wacz,
    verify_warc,
)
from cluster_archive.archive.records import digest, make_member, read_digest
from cluster_archive.archive.verify.blocks import Dechunker
from cluster_archive.cli import commands
from cluster_archive.messages import dechunk

from .damages import make_collection, make_wacz, the_warc


def split(found: list[Fault]) -> tuple[list[str], list[str]]:
    """What was found: faults, notes."""
    return tuple([str(one) for one in found if one.severity == kind] for kind in ("fault", "note"))  # type: ignore[return-value]


CHUNKED = b"7\r\nwhat it\r\n5\r\n says\r\n0\r\n\r\n"


@pytest.fixture(params=[True, False], ids=["gzip", "plain"])
def foreign(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """What warcio writes by itself: WARC/1.0, SHA-1, no warcinfo, the digest of chunks as they came, a revisit."""
    path = tmp_path / ("other.warc.gz" if request.param else "other.warc")
    with path.open("wb") as file:
        other = WARCWriter(file, gzip=request.param)
        pages = {
            "http://example.org/": (b"text", [("Content-Type", "text/html")]),
            "http://example.org/chunks": (CHUNKED, [("Transfer-Encoding", "chunked")]),
            "http://example.org/dechunked": (b"what it says", [("Transfer-Encoding", "chunked")]),
            "http://example.org/short": (b"te", [("Content-Length", "4")]),
        }
        for url, (body, fields) in pages.items():
            headers = StatusAndHeaders("200 OK", fields, protocol="HTTP/1.1")
            record = other.create_warc_record(url, "response", payload=io.BytesIO(body), http_headers=headers)
            other.write_record(record)
        other.write_record(
            other.create_revisit_record(
                "http://example.org/again",
                digest=record.rec_headers.get_header("WARC-Payload-Digest"),
                refers_to_uri="http://elsewhere.example/",
                refers_to_date="2020-01-01T00:00:00Z",
                http_headers=headers,
            )
        )
    return path


def test_the_habits_of_others_are_notes(foreign: Path) -> None:
    faults, notes = split(list(verify_warc(foreign)))
    assert faults == []
    told = "\n".join(notes)
    assert "does not begin with a warcinfo" in told
    assert "over the chunks as they came" in told
    assert "says that the body is in chunks, but it is not" in told
    assert "Its body is 2 bytes long, but its HTTP head says 4" in told
    assert "by address and date is not in what was given" in told


def test_a_damaged_file_of_others_is_a_fault(foreign: Path) -> None:
    content = foreign.read_bytes()
    foreign.write_bytes(content[:300] + bytes([content[300] ^ 1]) + content[301:])
    assert split(list(verify_warc(foreign)))[0]


def test_angle_brackets_and_small_letters_are_allowed(tmp_path: Path) -> None:
    record = (
        b"WARC/1.0\r\nwarc-type: resource\r\nwarc-target-uri: <http://example.org/a>\r\n"
        b"warc-date: 2020-01-01T00:00:00Z\r\nwarc-record-id: <urn:x:1>\r\ncontent-type: text/plain\r\n"
        b"warc-block-digest: md5:%s\r\ncontent-length: 4\r\n\r\ntext\r\n\r\n"
    ) % hashlib.md5(b"text", usedforsecurity=False).hexdigest().encode()
    path = tmp_path / "x.warc"
    path.write_bytes(record)
    assert split(list(verify_warc(path)))[0] == []


def test_a_digest_of_an_unknown_kind_is_a_note(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    fields = [("WARC-Type", "metadata"), ("WARC-Record-ID", "<urn:x:1>"), ("WARC-Date", "2020")]
    path.write_bytes(make_member([*fields, ("WARC-Block-Digest", "crc9:1234"), ("Content-Type", "a/b")], b"text"))
    faults, notes = split(list(verify_warc(path)))
    assert faults == []
    assert any("kind that is not known here" in one for one in notes)


@given(data=st.binary(max_size=50), name=st.sampled_from(["sha1", "sha256", "md5", "sha512"]))
def test_a_digest_is_read_in_either_form(data: bytes, name: str) -> None:
    made = hashlib.new(name, data, usedforsecurity=False).digest()
    text = base64.b32encode(made).decode()
    for value in (text, text.lower().rstrip("="), made.hex(), made.hex().upper()):
        assert read_digest(f"{name}:{value}") == (name, made)
    assert read_digest(f"{name}:{text[1:]}") == (name, b"")


@given(
    body=st.lists(
        st.sampled_from(
            [b"3\r\nabc\r\n", b"1\nx\n", b"0\r\n", b"\r\n", b"0;x=y\r\nT: x\r\n\r\n", b"g", b"5\r\nab", b"\r", b"\n"]
        )
    ).map(b"".join),
    step=st.integers(1, 7),
)
def test_chunks_are_taken_apart_alike_in_one_piece_and_in_many(body: bytes, step: int) -> None:
    payload, length, whole = dechunk(body)
    out: list[bytes] = []
    taken = Dechunker(out.append)
    for at in range(0, len(body), step):
        taken.feed(body[at : at + step])
    assert (b"".join(out), taken.whole) == (payload, whole)
    if whole:
        assert taken.rest == len(body) - length


def peak(work: Callable[[], object]) -> int:
    """Bytes of Python's memory at the most while something is done."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def big(path: Path, size: int) -> Path:
    """A file with one record of that size, which packs well."""
    head = (
        "WARC/1.1\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:x:1>\r\nWARC-Date: 2020-01-01T00:00:00Z\r\n"
        f"WARC-Target-URI: http://example.org/\r\nContent-Type: a/b\r\nContent-Length: {size}\r\n\r\n"
    )
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    with path.open("wb") as file:
        file.write(packer.compress(head.encode()))
        for _ in range(size // (1 << 20)):
            file.write(packer.compress(bytes(1 << 20)))
        file.write(packer.compress(b"\r\n\r\n") + packer.flush())
    return path


def test_memory_does_not_grow_with_a_record(tmp_path: Path) -> None:
    path = big(tmp_path / "x.warc.gz", 300 << 20)
    assert peak(lambda: list(verify_warc(path))) < 48 << 20
    told: list[Fault] = []
    assert peak(lambda: list(read_records(path, told.append))) < 48 << 20
    assert "too large to be read" in told[0].what


def test_a_bomb_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cluster_archive.archive.members.MAX_MEMBER", 8 << 20)
    path = big(tmp_path / "x.warc.gz", 64 << 20)
    path.write_bytes(path.read_bytes() + make_member([("WARC-Type", "metadata")], b"text"))
    assert "too large when inflated" in "\n".join(map(str, verify_warc(path)))


def test_memory_of_a_file_that_was_packed_whole(tmp_path: Path) -> None:
    """All records in one member: odd, told once, and read a record at a time."""
    record = gzip.decompress(make_member([("WARC-Type", "metadata"), ("WARC-Date", "2020")], bytes(1 << 20)))
    path = tmp_path / "x.warc.gz"
    with gzip.open(path, "wb") as file:
        for _ in range(60):
            file.write(record)
    told: list[Fault] = []
    sizes: list[int] = []
    assert peak(lambda: sizes.extend(len(one.block) for one in read_records(path, told.append))) < 48 << 20
    assert sizes == [1 << 20] * 60
    assert ["more than one record" in one.what for one in told] == [True]


def test_the_result_is_logged_in_the_collection(tmp_path: Path) -> None:
    collection = make_collection(tmp_path / "demo")
    run = CliRunner()
    assert run.invoke(commands, ["verify", str(collection.root)]).exit_code == 0
    the_warc(collection).write_bytes(the_warc(collection).read_bytes()[:-1])
    said = run.invoke(commands, ["verify", str(collection.root), "--json"])
    assert said.exit_code == 6
    first = json.loads(said.stdout.splitlines()[0])
    assert {"file", "offset", "record_id", "what", "advice", "severity"} == set(first)
    lines = [json.loads(one) for one in (collection.root / "fixity.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [one["faults"] for one in lines] == [0, len(said.stdout.splitlines())]
    assert {"time", "tool", "what", "files", "records", "bytes", "notes", "first_faults"} <= set(lines[0])
    assert (lines[0]["records"], lines[0]["files"]) == (17, 1)
    with (collection.root / "fixity.jsonl").open("a", encoding="utf-8") as file:
        file.write('[1]\n{"what": "verify", "time": "1"}\n{"time": "2024-05-06T07:08:09Z", "faults": 2}\ntorn')
    whole, damaged, old = read_checks(collection)
    assert (whole.faults, damaged.faults, old.faults) == (0, lines[1]["faults"], 2)
    assert damaged.time == datetime.fromisoformat(lines[1]["time"])


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    collection = make_collection(tmp_path / "demo")
    (collection.root / "fixity.jsonl").mkdir()
    said = CliRunner().invoke(commands, ["verify", str(collection.root)])
    assert said.exit_code == 0
    assert "could not be logged" in said.stderr


def test_what_is_left_beside_the_files_is_a_note(tmp_path: Path) -> None:
    collection = make_collection(tmp_path / "demo")
    (collection.archive / f"{the_warc(collection).name}.torn").write_bytes(b"torn")
    (collection.archive / "notes.txt").write_text("x", encoding="utf-8")
    faults, notes = split(list(verify_collection(collection)))
    assert (faults, len(notes)) == ([], 2)


def test_a_collection_at_work_is_told(tmp_path: Path) -> None:
    collection = make_collection(tmp_path / "demo")
    from .damages import NOW

    collection.open(NOW)
    (collection.archive / "x.warc.gz.open").write_bytes(b"")
    try:
        faults, notes = split(list(verify_collection(Collection(collection.root))))
    finally:
        collection.close()
    assert (faults, len(notes)) == ([], 2)


def test_a_wacz_of_py_wacz_has_the_faults_that_it_has(tmp_path: Path) -> None:
    """py-wacz leaves the list of pages away unless it is given one, though WACZ 1.1.1 demands it."""
    collection = make_collection(tmp_path / "demo")
    path, pages = tmp_path / "x.wacz", tmp_path / "pages.jsonl"
    pages.write_text(
        '{"format": "json-pages-1.0", "id": "pages", "title": "All"}\n'
        '{"url": "http://example.org/0", "ts": "2024-05-06T07:08:09Z", "title": "Post"}\n',
        encoding="utf-8",
    )
    command = [sys.executable, "-c", "from wacz.main import main; main()", "create", "-o", str(path)]
    for more, wanted in (([], 1), (["-p", str(pages)], 0)):
        made: Any = subprocess.run([*command, *more, str(the_warc(collection))], capture_output=True, check=False)
        assert path.exists(), made.stderr
        faults, _ = split(list(verify_wacz(path)))
        assert len(faults) == wanted, faults
        path.unlink()


def test_a_wacz_of_waczs_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.wacz", "w") as package:
        package.write(make_wacz(make_collection(tmp_path / "demo"), tmp_path / "one.wacz"), "one.wacz")
        package.writestr("datapackage.json", '{"profile": "multi-wacz-package", "resources": []}')
    faults, _ = split(list(verify_wacz(tmp_path / "x.wacz")))
    assert any("other WACZ files, which are not looked into" in one for one in faults)


def test_our_wacz_pleases_py_wacz(tmp_path: Path) -> None:
    path = make_wacz(make_collection(tmp_path / "demo"), tmp_path / "x.wacz")
    said = subprocess.run(
        [sys.executable, "-c", "from wacz.main import main; main()", "validate", "-f", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr


def test_a_digest_label_as_others_write_it() -> None:
    assert read_digest("SHA-256:" + digest(b"x").partition(":")[2]) == ("sha256", hashlib.sha256(b"x").digest())
    assert read_digest("nothing") is None
