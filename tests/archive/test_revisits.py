"""Revisits are read with the payload of what they refer to, as every tool writes them, wherever that stands."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cluster_archive.archive import Fault, Source, digest, read_capture, read_captures, read_original, read_records
from cluster_archive.archive.revisits import Originals
from cluster_archive.captures import Original

from .making import BODY, PAGE, URL, exchange, foreign, raw_record, writer, written

HEAD = b'HTTP/1.1 200 OK\r\nETag: "new"\r\nContent-Type: text/html\r\n\r\n'


def response(**more: str) -> bytes:
    headers = {
        "WARC-Type": "response",
        "WARC-Record-ID": "<urn:uuid:1>",
        "WARC-Target-URI": URL,
        "WARC-Date": "2014-01-01T00:00:00Z",
        "WARC-Payload-Digest": digest(BODY),
        "Content-Type": "application/http; msgtype=response",
    }
    return raw_record({**headers, **more}, PAGE)


def revisit(block: bytes = HEAD, **more: str) -> bytes:
    headers = {
        "WARC-Type": "revisit",
        "WARC-Record-ID": "<urn:uuid:2>",
        "WARC-Target-URI": "http://example.org/again",
        "WARC-Date": "2015-01-01T00:00:00Z",
        "WARC-Profile": "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest",
        "Content-Type": "application/http; msgtype=response",
    }
    return raw_record({**headers, **{name.replace("_", "-"): value for name, value in more.items()}}, block)


WAYS = {
    "wget: by record id": {"WARC_Refers_To": "<urn:uuid:1>", "WARC_Payload_Digest": digest(BODY)},
    "an id without brackets": {"WARC_Refers_To": "urn:uuid:1"},
    "warcprox: by address and date": {
        "WARC_Refers_To_Target_URI": URL,
        "WARC_Refers_To_Date": "2014-01-01T00:00:00Z",
        "WARC_Payload_Digest": digest(BODY),
    },
    "a date to the microsecond": {
        "WARC_Refers_To_Target_URI": f"<{URL}>",
        "WARC_Refers_To_Date": "2014-01-01T00:00:00.123456Z",
    },
    "by the digest alone": {"WARC_Payload_Digest": digest(BODY)},
    "by the digest, spelled otherwise": {"WARC_Payload_Digest": digest(BODY).lower().replace("sha256", "sha-256")},
    "a record that is lost, by the digest": {"WARC_Refers_To": "<urn:uuid:9>", "WARC_Payload_Digest": digest(BODY)},
    "the profile of WARC 1.1": {
        "WARC_Refers_To": "<urn:uuid:1>",
        "WARC_Profile": "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
    },
    "Heritrix's own profile": {
        "WARC_Profile": "http://netpreserve.org/warc/1.0/revisit/uri-agnostic-identical-payload-digest",
        "WARC_Payload_Digest": digest(BODY),
    },
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("packed", [True, False], ids=["packed", "plain"])
@pytest.mark.parametrize("place", ["before", "behind", "in an earlier file", "in a later file"])
def test_every_way_to_refer(tmp_path: Path, way: str, packed: bool, place: str) -> None:
    first, second = response(), revisit(**WAYS[way])
    if "file" in place:
        names = ["a.warc", "b.warc"] if place == "in an earlier file" else ["b.warc", "a.warc"]
        foreign(tmp_path / names[0], first, packed=packed)
        foreign(tmp_path / names[1], second, packed=packed)
    else:
        foreign(tmp_path / "a.warc", *([first, second] if place == "before" else [second, first]), packed=packed)
    faults: list[Fault] = []
    captures = {capture.url: capture for capture in read_captures(sorted(tmp_path.iterdir()), faults.append)}
    assert faults == []
    again = captures["http://example.org/again"]
    assert (again.payload, again.status, again.header("ETag")) == (BODY, 200, '"new"')
    assert again.refers_to == again.payload_ref == captures[URL].ref
    assert again.ref is not None
    assert again.ref.record_id == "<urn:uuid:2>"
    assert again.captured_at.year == 2015


def test_a_revisit_without_a_head_has_that_of_its_response(tmp_path: Path) -> None:
    path = foreign(tmp_path / "a.warc.gz", response(), revisit(b"", WARC_Refers_To="<urn:uuid:1>"))
    _, again = read_captures(path)
    assert (again.status, again.header("ETag"), again.payload) == (200, '"a"', BODY)


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 304 Not Modified\r\n\r\n", b"HTTP/1.1 200 OK\r\nETag: x\r\n\r\n"])
def test_what_was_not_modified_is_what_it_was(tmp_path: Path, head: bytes) -> None:
    profile = "http://netpreserve.org/warc/1.0/revisit/server-not-modified"
    path = foreign(
        tmp_path / "a.warc.gz", response(), revisit(head, WARC_Refers_To="<urn:uuid:1>", WARC_Profile=profile)
    )
    _, again = read_captures(path)
    assert (again.status, again.payload) == (200, BODY)


UNKNOWN: dict[str, dict[str, str]] = {
    "nothing named": {},
    "a record that is not there": {"WARC_Refers_To": "<urn:uuid:9>"},
    "another payload": {"WARC_Refers_To": "<urn:uuid:1>", "WARC_Payload_Digest": digest(b"other")},
    "a profile that nobody knows": {"WARC_Refers_To": "<urn:uuid:1>", "WARC_Profile": "http://example.org/diff"},
    "itself": {"WARC_Refers_To": "<urn:uuid:2>"},
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_cannot_be_found_is_told_and_passed_over(tmp_path: Path, name: str) -> None:
    path = foreign(tmp_path / "a.warc.gz", response(), revisit(**UNKNOWN[name]), response())
    faults: list[Fault] = []
    assert [capture.url for capture in read_captures(path, faults.append)] == [URL, URL]
    (fault,) = faults
    assert (fault.file, fault.record_id) == ("a.warc.gz", "<urn:uuid:2>")
    assert ("profile" if "profile" in name else "refers to") in fault.what
    assert fault.advice


def test_memory_grows_with_what_is_referred_to_alone(tmp_path: Path) -> None:
    others = [response(**{"WARC-Record-ID": f"<urn:uuid:other{number}>"}) for number in range(100)]
    again = [revisit(WARC_Refers_To="<urn:uuid:1>") for _ in range(100)]
    path = foreign(tmp_path / "a.warc.gz", response(), *others, *again)
    originals = Originals([Source(name=path.name, path=path)])
    for record in read_records(path, pytest.fail):
        if record.type == "revisit":
            assert originals.find(record) is not None
    assert len(originals._places or ()) == 1


def test_further_files_are_looked_into_but_not_given(tmp_path: Path) -> None:
    first = foreign(tmp_path / "a.warc.gz", response())
    second = foreign(tmp_path / "b.warc.gz", revisit(WARC_Refers_To="<urn:uuid:1>"))
    assert list(read_captures(second)) == []
    (again,) = read_captures(second, within=[first, second])
    assert again.payload == BODY
    assert read_capture(second, 0) is None
    assert read_capture(second, 0, within=[first]) == again


def test_a_file_that_gives_nothing_to_refer_to(tmp_path: Path) -> None:
    made = writer(tmp_path)
    first = written(made, tmp_path, exchange())
    assert first.ref is not None
    folder = tmp_path / "archive"
    found = read_original(folder, first.ref)  # while the file is open
    assert found == Original(capture=first, date="2024-05-06T07:08:09.123456Z")
    (path,) = made.close()
    assert read_original(folder, first.ref) == found
    damaged = bytearray(path.read_bytes())
    damaged[first.ref.offset + first.ref.length // 2] ^= 1
    path.write_bytes(damaged)
    assert read_original(folder, first.ref) is None
    os.truncate(path, first.ref.offset)
    assert read_original(folder, first.ref) is None
    path.unlink()
    assert read_original(folder, first.ref) is None


def test_a_payload_that_is_damaged_is_written_anew(tmp_path: Path) -> None:
    made = writer(tmp_path)
    first = written(made, tmp_path, exchange())
    (path,) = made.close()
    assert first.ref is not None
    damaged = bytearray(path.read_bytes())
    damaged[first.ref.offset + first.ref.length // 2] ^= 1
    path.write_bytes(damaged)
    again = written(writer(tmp_path, "later"), tmp_path, exchange(), first.ref)
    assert again.refers_to is None


def test_a_revisit_never_refers_to_a_revisit(tmp_path: Path) -> None:
    made = writer(tmp_path)
    first = written(made, tmp_path, exchange())
    second = written(made, tmp_path, exchange(), first.ref)
    assert (second.refers_to, first.refers_to) == (first.ref, None)
    assert second.ref is not None
    assert read_original(tmp_path / "archive", second.ref) is None
