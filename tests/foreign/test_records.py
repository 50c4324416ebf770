"""The records of other tools' archives, by hand: forms, damages, and what is told of them."""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cluster_archive.archive import Source, read_capture, scan

from .conftest import PAGE, Read, http, members, numbered, warc

Reading = Callable[..., Read]

FORMS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "a member a record": lambda data: members(*re.split(rb"(?<=\r\n\r\n)(?=WARC/)", data)),
    "one member": gzip.compress,
    "members that cut records": lambda data: b"".join(
        gzip.compress(data[at : at + 100]) for at in range(0, len(data), 100)
    ),
    "two members of several": lambda data: b"".join(
        gzip.compress(b"".join(part)) for part in _halves(re.split(rb"(?<=\r\n\r\n)(?=WARC/)", data))
    ),
    "a frame a record": lambda data: b"".join(zstd.compress(one) for one in re.split(rb"(?<=\r\n\r\n)(?=WARC/)", data)),
    "one frame": zstd.compress,
    "padding behind the end": lambda data: gzip.compress(data) + bytes(1000),
}


def _halves(parts: list[bytes]) -> list[list[bytes]]:
    return [parts[: len(parts) // 2], parts[len(parts) // 2 :]]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["x.warc.gz", "x.warc"])
def test_the_form_is_told_by_the_content(read: Reading, form: str, name: str) -> None:
    got = read(FORMS[form](b"".join(numbered(5))), name=name)
    assert got.faults == []
    assert got.paths == list("01234")
    assert [capture.payload for capture in got.captures] == [PAGE + b"%d" % number for number in range(5)]


@pytest.mark.parametrize("form", FORMS)
def test_each_place_leads_to_its_record_again(tmp_path: Path, form: str) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(FORMS[form](b"".join(numbered(5))))
    source = Source(name=path.name, path=path)
    size = path.stat().st_size
    for record in scan(source):
        assert 0 <= record.offset < record.offset + record.length <= size
        if "cut" not in form:
            first = next(scan(source, start_at=record.offset))
            assert first.offset == record.offset
            assert first.length == record.length
    if form == "a member a record":
        assert sum(record.length for record in scan(source)) == size
        assert read_capture(source.path, list(scan(source))[3].offset).url == "http://example.org/3"


def test_several_records_in_a_member_are_noted_once(read: Reading) -> None:
    got = read(gzip.compress(b"".join(numbered(5))))
    assert len(got.notes) == 1
    assert "several records" in got.notes[0]
    assert read(members(*numbered(5))).notes == []


def test_a_dictionary_of_its_own(read: Reading) -> None:
    dictionary = zstd.ZstdDict(PAGE * 20, is_raw=True)
    trained = zstd.train_dict([record + b"%d" % n for n in range(20) for record in numbered(20)], 4000)
    assert dictionary
    frames = b"".join(zstd.compress(record, zstd_dict=trained) for record in numbered(3))
    for content in (trained.dict_content, zstd.compress(trained.dict_content)):
        head = b"\x5d\x2a\x4d\x18" + len(content).to_bytes(4, "little") + content
        got = read(head + frames, name="x.warc.zst")
        assert got.faults == []
        assert got.paths == list("012")
    broken = read(b"\x5d\x2a\x4d\x18\xff\xff\xff\xff" + frames, name="x.warc.zst")
    assert broken.captures == []
    assert "dictionary" in broken.faults[0].what


@pytest.mark.parametrize("version", ["WARC/0.17", "WARC/0.18", "WARC/1.0", "WARC/1.1"])
def test_versions(read: Reading, version: str) -> None:
    assert read(warc(http(), version=version)).one.payload == PAGE


@pytest.mark.parametrize(
    "record",
    [
        warc(http(), newline="\n"),
        warc(http(), end=b""),
        warc(http(), end=b"\r\n"),
        warc(http(), end=b"\n\n"),
        warc(http(), end=b"\r\n" * 7),
        b"\r\n\r\n" + warc(http()),
        b"\xef\xbb\xbf" + warc(http()),
        warc(http(), url="<http://example.org/a>"),
        warc(http()).replace(b"WARC-Target-URI", b"warc-target-uri").replace(b"Content-Length", b"content-length"),
        warc(http()).replace(b"WARC-Date: ", b"WARC-Date:\r\n  "),
        warc(http(), content_type="application/http;msgtype=response"),
        warc(http(), content_type="Application/HTTP; MsgType=Response"),
        warc(http(), content_type=None),
        warc(http(), ("WARC-Unknown", "ы")),
    ],
    ids=range(14),
)
def test_habits_of_the_record(read: Reading, record: bytes) -> None:
    for content in (record, record + record, gzip.compress(record) * 2):
        got = read(content)
        assert got.faults == []
        assert {capture.url for capture in got.captures} == {"http://example.org/a"}
        assert {capture.payload for capture in got.captures} == {PAGE}
    assert len(got.captures) == 2


@pytest.mark.parametrize(
    "record",
    [
        warc(b"20200102030405\nexample.org. 300 IN A 93.184.216.34\n", url="dns:example.org", content_type="text/dns"),
        warc(b"via: x\r\n", kind="metadata", content_type="application/warc-fields"),
        warc(b"GET / HTTP/1.1\r\n\r\n", kind="request", content_type="application/http; msgtype=request"),
        warc(b'{"text": 1}', kind="resource", url="urn:pageinfo:http://example.org/a", content_type="application/json"),
        warc(b"text", kind="resource", url="urn:text:http://example.org/a", content_type="text/plain"),
        warc(b"text", kind="conversion", content_type="text/plain"),
        warc(b"text", kind="something-new"),
        warc(b""),
        warc(b"no HTTP"),
    ],
    ids=range(9),
)
def test_what_is_no_capture(read: Reading, record: bytes) -> None:
    got = read(record + next(numbered(1)))
    assert got.one.url == "http://example.org/0"


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("by", [-60, -3, 3, 60, 10_000])
def test_a_wrong_length_costs_one_record(read: Reading, packed: bool, by: int) -> None:
    before, wrong, after, last = numbered(4)
    wrong = re.sub(rb"(?<=Content-Length: )\d+", lambda found: b"%d" % (int(found[0]) + by), wrong)
    records = (before, wrong, after, last)
    got = read(members(*records) if packed else b"".join(records))
    if by == 3:  # the line ends behind the block are no loss
        assert (got.paths, got.faults) == (["0", "1", "2", "3"], [])
        return
    assert got.paths == ["0", "2", "3"]
    assert len(got.faults) == 1
    where = len(gzip.compress(before)) if packed else len(before)
    assert got.faults[0].offset == where


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(
    "broken",
    [
        lambda record: record.replace(b"Content-Length", b"Content-Size"),
        lambda record: record.replace(b"WARC/1.0", b"WORC/1.0"),
        lambda record: b"HTTP/1.1 200 OK\r\n\r\ntext of no record",
        lambda record: record.replace(b"Content-Length: ", b"Content-Length: -"),
        lambda record: record.replace(b"Content-Length: ", b"Content-Length: 9999999999999999999999"),
        lambda record: b"WARC/1.0\r\n" + b"x" * 300_000 + b"\r\n\r\n",
    ],
    ids=range(6),
)
def test_a_broken_record_costs_itself(read: Reading, packed: bool, broken: Callable[[bytes], bytes]) -> None:
    before, one, after = numbered(3)
    records = (before, broken(one), after)
    got = read(members(*records) if packed else b"".join(records))
    assert got.paths == ["0", "2"]
    assert len(got.faults) == 1
    assert got.faults[0].advice


@pytest.mark.parametrize("cut", [1, 40, 100, 350])
@pytest.mark.parametrize("packed", [True, False])
def test_a_file_that_was_cut(read: Reading, packed: bool, cut: int) -> None:
    records = list(numbered(3))
    whole = members(*records) if packed else b"".join(records)
    got = read(whole[:-cut])
    if cut == 1 and not packed:
        assert (got.paths, got.faults) == (["0", "1", "2"], [])  # a line end is missing, nothing else
        return
    assert len(got.faults) == 1
    assert got.paths == (["0", "1", "2"] if cut == 1 else ["0", "1"] if cut < 350 or not packed else ["0"])


def test_what_follows_a_torn_member_is_read(read: Reading) -> None:
    first, torn, last = map(gzip.compress, numbered(3))
    got = read(first + torn[: len(torn) // 2] + last)
    assert got.paths == ["0", "2"]
    assert [fault.offset for fault in got.faults] == [len(first)]


def test_a_block_longer_than_is_read_is_passed_over(read: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cluster_archive.archive.scanning.MAX_BLOCK", 1000)
    got = read(members(warc(http(bytes(5000))), *numbered(2)))
    assert got.paths == ["0", "1"]
    assert "longer than is read" in got.faults[0].what


def test_a_page_that_shows_a_record(read: Reading) -> None:
    page = b"<pre>\r\n\r\n" + warc(b"x") + b"</pre>" + PAGE
    for content in (warc(http(page)), gzip.compress(warc(http(page)))):
        assert read(content + content).captures[1].payload == page


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_damage_costs_no_more_than_what_it_hits(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    packed = data.draw(st.booleans())
    records = [gzip.compress(one, mtime=0) if packed else one for one in numbered(6)]
    content = bytearray(b"".join(records))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=30))
    # it would be a file packed as a whole with zstd (a frame, or one that is to be skipped; RFC 8878, 3.1)
    assume(re.match(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", content) is None)
    path = tmp_path_factory.mktemp("x") / "x.warc"
    path.write_bytes(content)
    faults: list[object] = []
    got = {record.get("WARC-Target-URI") for record in scan(Source(name="x", path=path), faults.append)}
    begin, hit = 0, []
    for number, record in enumerate(records):
        if begin <= at + 30 and at <= begin + len(record):
            hit.append(number)
        begin += len(record)
    # in a plain file a wrong length can hide the record behind it as well
    healthy = [n for n in range(6) if n not in hit and (packed or n - 1 not in hit)]
    assert {f"http://example.org/{number}" for number in healthy} <= got


def test_any_bytes_end(tmp_path: Path) -> None:
    chance = random.Random(7)
    pieces = [
        b"WARC/1.0\r\n",
        b"\r\n\r\n",
        b"Content-Length: 10\r\n",
        gzip.compress(b"WARC/1.0"),
        b"\x1f\x8b\x08",
        PAGE,
    ]
    path = tmp_path / "x"
    for _ in range(300):
        path.write_bytes(b"".join(chance.choice([*pieces, chance.randbytes(20)]) for _ in range(chance.randrange(12))))
        assert len(list(scan(Source(name="x", path=path)))) < 12
