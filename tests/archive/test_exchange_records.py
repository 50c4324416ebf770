"""What of an exchange stands in which record, and that other tools read it so."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from cluster_archive.archive import Record, digest, read_captures, read_records, revisited, verify_warc
from cluster_archive.archive.exchange_records import SMALLEST_REVISITED, iana_cipher_suite
from cluster_archive.captures import Original
from cluster_archive.messages import read_message

from .making import BODY, NOT_MODIFIED, PAGE, URL, conditional, exchange, writer, written

PROFILES = "http://netpreserve.org/warc/1.1/revisit/"


def records_of(path: Path, kind: str) -> list[Record]:
    return [record for record in read_records(path, pytest.fail) if record.type == kind]


def heads_in(metadata: Record) -> list[bytes]:
    """The heads that a metadata record holds, unfolded to the bytes that came."""
    return [head.replace(b"\n ", b"\n") for head in metadata.block.split(b"http-head: ")[1:]]


def original_of(root: Path) -> Original:
    """The page, as the response record of an earlier file."""
    made = writer(root, "earlier")
    capture = written(made, root, exchange())
    made.close()
    return Original(capture=capture, date="2024-05-06T07:08:09.123456Z")


def test_the_same_payload_is_a_revisit(tmp_path: Path) -> None:
    first = original_of(tmp_path).capture
    made = writer(tmp_path)
    other = PAGE.replace(b'ETag: "a"', b'ETag: "b"')
    capture = written(made, tmp_path, exchange(other, "http://example.org/other"), first.ref)
    (path,) = made.close()
    (revisit,) = records_of(path, "revisit")
    assert first.ref is not None
    told = dict(revisit.headers)
    assert told["WARC-Profile"] == PROFILES + "identical-payload-digest"
    assert told["WARC-Refers-To"] == first.ref.record_id
    assert told["WARC-Refers-To-Target-URI"] == URL
    assert told["WARC-Refers-To-Date"] == "2024-05-06T07:08:09.123456Z"
    assert told["WARC-Payload-Digest"] == digest(BODY)
    assert told["WARC-Truncated"] == "length"
    assert told["Content-Type"] == "application/http;msgtype=response"
    assert revisit.block == other.removesuffix(BODY)
    assert (capture.payload, capture.header("ETag"), capture.truncated) == (BODY, '"b"', None)
    assert (capture.payload_ref, capture.refers_to) == (first.ref, first.ref)
    assert [fault for fault in verify_warc(path) if fault.severity == "fault"] == []


def test_a_304_that_was_asked_for_is_a_revisit(tmp_path: Path) -> None:
    original = original_of(tmp_path)
    made = writer(tmp_path)
    capture = written(made, tmp_path, conditional(original))
    (path,) = made.close()
    (revisit,) = records_of(path, "revisit")
    told = dict(revisit.headers)
    assert told["WARC-Profile"] == PROFILES + "server-not-modified"
    assert (told["WARC-Refers-To-Target-URI"], told["WARC-Payload-Digest"]) == (URL, digest(BODY))
    assert told["WARC-Refers-To-Date"] == "2024-05-06T07:08:09.123456Z"
    assert (revisit.block, told.get("Content-Type"), told.get("WARC-Truncated")) == (b"", None, None)
    (metadata,) = records_of(path, "metadata")
    assert heads_in(metadata) == [NOT_MODIFIED]
    assert metadata.get("WARC-Concurrent-To") == revisit.record_id
    assert (capture.status, capture.payload) == (200, BODY)
    assert capture.captured_at > original.capture.captured_at
    assert [fault for fault in verify_warc(path) if fault.severity == "fault"] == []


@pytest.mark.parametrize("name", ["nobody asked", "nothing to refer to", "cut", "the head is cut"])
def test_other_304s_are_responses(tmp_path: Path, name: str) -> None:
    original = original_of(tmp_path)
    one = {
        "nobody asked": exchange(NOT_MODIFIED, validated=original),
        "nothing to refer to": conditional(None),
        "cut": conditional(original, truncated="disconnect"),
        "the head is cut": conditional(original, NOT_MODIFIED[:-4]),
    }[name]
    made = writer(tmp_path)
    assert written(made, tmp_path, one).status == 304
    (path,) = made.close()
    assert len(records_of(path, "response")) == 1
    assert records_of(path, "revisit") == []


def test_what_is_not_revisited(tmp_path: Path) -> None:
    def answer(body: bytes, length: int | None = None) -> bytes:
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (length or len(body), body)

    def given(earlier: bytes, now: bytes, **more: Any) -> bool:
        made = writer(tmp_path, "earlier")
        first = written(made, tmp_path, exchange(earlier, **more))
        original = Original(capture=first, date="")
        return revisited(exchange(now), read_message(now), original) is not None

    big, small = b"x" * SMALLEST_REVISITED, b"x" * (SMALLEST_REVISITED - 1)
    assert given(answer(big), answer(big))
    shutil.rmtree(tmp_path / "archive")
    assert not given(answer(small), answer(small))
    shutil.rmtree(tmp_path / "archive")
    assert not given(answer(big), answer(big[:-1] + b"y"))
    shutil.rmtree(tmp_path / "archive")
    assert not given(answer(big), answer(big), truncated="length")
    shutil.rmtree(tmp_path / "archive")
    assert not given(answer(big), answer(big, len(big) + 1))


def test_where_a_revisit_begins_to_pay(tmp_path: Path) -> None:
    """The reason for the limit: at it, random bytes take less than half as a revisit, and text a third less at least."""
    import random

    for name, body, most in (
        ("random", random.Random(1).randbytes(SMALLEST_REVISITED), 0.5),
        ("text", Path(__file__).read_bytes()[2000 : 2000 + SMALLEST_REVISITED], 0.67),
    ):
        answer = b"HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        made = writer(tmp_path, name)
        first = written(made, tmp_path, exchange(answer))
        second = written(made, tmp_path, exchange(answer), first.ref)
        assert first.ref is not None
        assert second.ref is not None
        assert second.refers_to == first.ref
        assert second.ref.length < first.ref.length * most, name


@given(
    body=st.binary(min_size=SMALLEST_REVISITED, max_size=SMALLEST_REVISITED + 50),
    chunks=st.booleans(),
    status=st.sampled_from([200, 404, 500]),
)
def test_both_doors_read_a_revisit_alike(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, chunks: bool, status: int
) -> None:
    root = tmp_path_factory.mktemp("warc")
    framed = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if chunks else body
    head = b"Transfer-Encoding: chunked" if chunks else b"Content-Length: %d" % len(body)
    plain = b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)
    made = writer(root)
    first = written(made, root, exchange(plain))
    second = written(made, root, exchange(b"HTTP/1.1 %d X\r\n%s\r\n\r\n%s" % (status, head, framed)), first.ref)
    third = written(made, root, conditional(Original(capture=first, date="2024-05-06T07:08:09.123456Z")))
    (path,) = made.close()
    assert second.refers_to == third.refers_to == first.ref
    assert list(read_captures(path)) == [first, second, third]


def test_how_it_was_fetched(tmp_path: Path) -> None:
    made = writer(tmp_path)
    made.write_exchange(exchange(ip="2001:0DB8:0:0:0:0:0:0001%eth0", tls=("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256")))
    made.write_exchange(exchange(ip=None, tls=("TLSv1", "unheard-of")))
    made.write_exchange(exchange(PAGE.replace(b"HTTP/1.1", b"HTTP/1.0")))
    (path,) = made.close()
    for kind in ("response", "request"):
        first, second, third = records_of(path, kind)
        assert first.get("WARC-IP-Address") == "2001:db8::1"
        assert [value for name, value in first.headers if name == "WARC-Protocol"] == ["http/1.1", "tls/1.2"]
        assert first.get("WARC-Cipher-Suite") == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
        assert (second.get("WARC-IP-Address"), second.get("WARC-Cipher-Suite")) == (None, None)
        assert [value for name, value in second.headers if name == "WARC-Protocol"] == ["http/1.1", "tls/1.0"]
        assert third.get("WARC-Protocol") == ("http/1.0" if kind == "response" else "http/1.1")
        assert (third.get("WARC-IP-Address"), third.get("WARC-Cipher-Suite")) == ("93.184.216.34", None)


def test_cipher_suites_have_their_iana_names() -> None:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    said = subprocess.run(
        [program, "ciphers", "-stdname", "ALL:eNULL:@SECLEVEL=0"], capture_output=True, text=True, check=True
    )
    pairs = [line.split()[:3:2] for line in said.stdout.splitlines()]
    assert len(pairs) > 20
    wrong = {
        ours: (iana_cipher_suite(ours), iana) for iana, ours in pairs if iana_cipher_suite(ours) not in (iana, None)
    }
    assert wrong == {}
    strong = [ours for iana, ours in pairs if "_ECDHE_" in iana and "PSK" not in iana]
    assert [ours for ours in strong if iana_cipher_suite(ours) is None] == []


def test_interim_heads_are_kept_to_the_byte(tmp_path: Path) -> None:
    heads = [b"HTTP/1.1 103 Early Hints\r\nlink:  </a.css> \r\n\tfolded\r\n\r\n", b"HTTP/1.1 100 Continue\n\n"]
    made = writer(tmp_path)
    made.write_exchange(exchange(b"".join(heads) + PAGE))
    (path,) = made.close()
    (response,) = records_of(path, "response")
    assert response.block == PAGE
    (kept,) = records_of(path, "metadata")
    assert heads_in(kept) == heads
    assert kept.get("WARC-Concurrent-To") == response.record_id
    assert kept.get("Content-Type") == "application/warc-fields"  # else replay tools take it for a capture of the page


def test_notes_stand_in_the_metadata(tmp_path: Path) -> None:
    made = writer(tmp_path)
    notes = (("via", "http://example.org/\r\nWARC-Type: response"), ("hopsFromSeed", ""))
    made.write_exchange(exchange(notes=notes, attempts=2, failure="It\nfailed"))
    (path,) = made.close()
    (record,) = records_of(path, "metadata")
    assert record.block == (
        b"fetchTimeMs: 250\r\nattempts: 2\r\nfailure: It failed\r\n"
        b"via: http://example.org/ WARC-Type: response\r\nhopsFromSeed: \r\n"
    )


def test_a_conversion_refers_to_its_record(tmp_path: Path) -> None:
    made = writer(tmp_path)
    ref = made.write_exchange(exchange())
    assert ref is not None
    made.write_conversion(URL, ref.record_id, "application/json", b'{"title": "T"}')
    (path,) = made.close()
    (record,) = records_of(path, "conversion")
    told = dict(record.headers)
    assert (told["WARC-Refers-To"], told["WARC-Target-URI"]) == (ref.record_id, URL)
    assert told["WARC-Block-Digest"] == told["WARC-Payload-Digest"] == digest(record.block)
    assert told["Content-Type"] == "application/json"
    assert json.loads(record.block) == {"title": "T"}
    assert "WARC-Concurrent-To" not in told
    assert [capture.url for capture in read_captures(path)] == [URL]


def test_other_tools_read_revisits_and_conversions(tmp_path: Path) -> None:
    original = original_of(tmp_path)
    made = writer(tmp_path)
    ref = written(made, tmp_path, exchange(), original.capture.ref).ref
    written(made, tmp_path, conditional(original))
    assert ref is not None
    made.write_conversion(URL, ref.record_id, "application/json", b"{}")
    (path,) = made.close()
    ours = [(record.record_id, record.type) for record in read_records(path, pytest.fail)]
    with path.open("rb") as file:
        theirs = []
        for record in ArchiveIterator(file, check_digests="raise"):
            record.content_stream().read()
            theirs.append((record.rec_headers.get_header("WARC-Record-ID"), record.rec_type))
    assert theirs == ours
    with path.open("rb") as file:
        fast = [
            (record.record_id.strip("<>"), record.verify_block_digest())
            for record in FastIterator(file, parse_http=False)
        ]
    assert fast == [(record_id.strip("<>"), True) for record_id, _ in ours]
    assert gzip.decompress(path.read_bytes()).count(b"WARC/1.1\r\n") == len(ours)
