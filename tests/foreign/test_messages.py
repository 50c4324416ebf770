"""What stands in the records of other tools: bodies and heads that do not fit, revisits, resources, ARC."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest
from backports import zstd
from warcio.archiveiterator import ArchiveIterator

from cluster_archive.codings import decode_body
from cluster_archive.document import read_document

from .conftest import PAGE, Read, http, members, warc

Reading = Callable[..., Read]

CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(PAGE), PAGE)
LONG = "<!DOCTYPE html><html><body>" + "<p>Клъстерът обсъди енергията.</p>" * 2000
DEFLATED = zlib.compressobj(wbits=-15)

BLOCKS: dict[str, bytes] = {
    "chunks as sent": http(CHUNKED, "Transfer-Encoding: chunked"),
    "said to be in chunks, but joined": http(PAGE, "Transfer-Encoding: chunked"),
    "chunks and gzip": http(
        b"%x\r\n%s\r\n0\r\n\r\n" % (len(gzip.compress(PAGE)), gzip.compress(PAGE)),
        "Transfer-Encoding: chunked",
        "Content-Encoding: gzip",
    ),
    "said to be in chunks, joined, still gzip": http(
        gzip.compress(PAGE), "Transfer-Encoding: chunked", "Content-Encoding: gzip"
    ),
    "said to be gzip, but decoded, length of the gzip": http(PAGE, "Content-Encoding: gzip", "Content-Length: 50"),
    "said to be in br, but decoded": http(PAGE, "Content-Encoding: br", "Content-Length: 50"),
    "said to be deflated, but decoded": http(PAGE, "Content-Encoding: deflate"),
    "said to be zstd, but decoded": http(PAGE, "Content-Encoding: zstd"),
    "gzip without a word": http(gzip.compress(PAGE)),
    "fields renamed (Browsertrix)": http(
        PAGE, "x-orig-transfer-encoding: chunked", "x-orig-content-encoding: br", "x-orig-content-length: 9"
    ),
    "fields renamed (Common Crawl)": http(
        PAGE, "X-Crawl-Transfer-Encoding: chunked", "X-Crawl-Content-Encoding: gzip", "Content-Length: 17"
    ),
    "length too small": http(PAGE, "Content-Length: 20"),
    "length too large": http(PAGE, "Content-Length: 2000"),
    "length of nonsense": http(PAGE, "Content-Length: many"),
    "no reason phrase": http(status="HTTP/1.1 200"),
    "HTTP/2": http(status="HTTP/2 200"),
    "HTTP/2.0": http(status="HTTP/2.0 200 OK"),
    "HTTP/3": http(status="HTTP/3 200 "),
    "HTTP/1.0": http(status="HTTP/1.0 200 OK"),
    "http in small letters": http(status="http/1.1 200 OK"),
    "HTTP/0.9": PAGE,
    "line ends without CR": http().replace(b"\r\n", b"\n"),
    "a blank line before the head": b"\r\n" + http(),
    "a folded field": http(PAGE, "X-Long: a\r\n  b"),
    "a line without a colon": http(PAGE, "nonsense"),
    "an interim head before": b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + http(),
    "deflate, raw": http(DEFLATED.compress(PAGE) + DEFLATED.flush(), "Content-Encoding: deflate"),
    "deflate, zlib": http(zlib.compress(PAGE), "Content-Encoding: deflate"),
    "br": http(brotli.compress(PAGE), "Content-Encoding: br"),
    "zstd": http(zstd.compress(PAGE), "Content-Encoding: zstd"),
    "x-gzip": http(gzip.compress(PAGE), "Content-Encoding: X-GZip"),
    "stacked": http(brotli.compress(gzip.compress(PAGE)), "Content-Encoding: gzip, br"),
    "stacked, in two fields": http(
        zstd.compress(gzip.compress(PAGE)), "Content-Encoding: gzip", "Content-Encoding: zstd"
    ),
    "stacked, the outer one undone": http(gzip.compress(PAGE), "Content-Encoding: gzip, br"),
    "stacked, the inner one lied": http(gzip.compress(PAGE), "Content-Encoding: br, gzip"),
    "gzip in two members": http(gzip.compress(PAGE[:50]) + gzip.compress(PAGE[50:]), "Content-Encoding: gzip"),
    "gzip with something behind": http(gzip.compress(PAGE) + b"tail", "Content-Encoding: gzip"),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_the_page_is_read_whatever_its_head_says(read: Reading, name: str) -> None:
    capture = read(warc(BLOCKS[name])).one
    assert capture.status == 200
    assert capture.media_type == "text/html"
    assert decode_body(capture).content == PAGE
    document = read_document(capture)
    assert document is not None


@pytest.mark.parametrize("coding", ["br", "gzip", "deflate", "zstd", "br, gzip", "gzip, br, deflate"])
@pytest.mark.parametrize("text", [LONG, LONG[15:], "\ufeff" + LONG, " \n" * 50 + LONG, "<p>" + "a" * 5000, '{"a": 1}'])
def test_a_decoded_page_is_never_decoded_into_nonsense(read: Reading, coding: str, text: str) -> None:
    capture = read(warc(http(text.encode(), f"Content-Encoding: {coding}"))).one
    assert decode_body(capture).content == text.encode()


def test_zstd_with_a_long_window(read: Reading) -> None:
    options = {zstd.CompressionParameter.window_log: 25, zstd.CompressionParameter.enable_long_distance_matching: 1}
    packed = zstd.compress(LONG.encode() * 20, options=options)
    assert decode_body(read(warc(http(packed, "Content-Encoding: zstd"))).one).content == LONG.encode() * 20


def test_large_brotli(read: Reading) -> None:
    packed = brotli.compress(LONG.encode() * 50, lgwin=24)
    assert decode_body(read(warc(http(packed, "Content-Encoding: br"))).one).content == LONG.encode() * 50


@pytest.mark.parametrize("status", [204, 301, 304, 404, 500])
def test_other_answers_keep_their_status(read: Reading, status: int) -> None:
    assert read(warc(http(status=f"HTTP/1.1 {status} X"))).one.status == status


def test_what_was_cut_says_so(read: Reading) -> None:
    assert read(warc(http(), ("WARC-Truncated", "length"))).one.truncated == "length"


def test_a_page_as_a_resource(read: Reading) -> None:
    capture = read(warc(PAGE, kind="resource", content_type="text/html; charset=utf-8")).one
    assert (capture.status, capture.media_type, capture.payload) == (200, "text/html", PAGE)
    assert capture.captured_at == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


# -- revisits -----------------------------------------------------------------------------------------------------------

FIRST = "<urn:uuid:00000000-0000-4000-8000-00000000000a>"
DIGEST = ("WARC-Payload-Digest", "sha1:B2LTWWPUOYAH7UIPQ7ZUPQ4VMBSVC36A")
HEAD = http(b"", "ETag: x", "Transfer-Encoding: chunked")
SAME = ("WARC-Profile", "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest")
UNCHANGED = ("WARC-Profile", "http://netpreserve.org/warc/1.1/revisit/server-not-modified")
NAMED: dict[str, tuple[bytes, tuple[tuple[str, str], ...]]] = {
    "wget": (HEAD, (SAME, ("WARC-Refers-To", FIRST), ("WARC-Truncated", "length"), DIGEST)),
    "warcprox": (
        HEAD,
        (
            SAME,
            ("WARC-Refers-To-Target-URI", "http://example.org/a"),
            ("WARC-Refers-To-Date", "2020-01-02T03:04:05Z"),
            DIGEST,
        ),
    ),
    "only a digest (Heritrix 1)": (HEAD, (SAME, DIGEST)),
    "nothing in it": (b"", (SAME, ("WARC-Refers-To", FIRST))),
    "not modified": (b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", (UNCHANGED, ("WARC-Refers-To", FIRST))),
    "finer time": (HEAD, (SAME, ("WARC-Refers-To-Date", "2020-01-02T03:04:05.123456Z"))),
}


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("layout", ["one file", "original later", "two files", "two files, later", "one member"])
def test_a_revisit_has_the_payload_of_its_original(read: Reading, name: str, layout: str) -> None:
    block, fields = NAMED[name]
    original = warc(http(CHUNKED, "Transfer-Encoding: chunked"), DIGEST, record_id=FIRST)
    revisit = warc(block, *fields, kind="revisit", date="2021-01-01T00:00:00Z")
    got = {
        "one file": lambda: read(members(original, revisit)),
        "original later": lambda: read(members(revisit, original)),
        "two files": lambda: read(members(original), revisit),
        "two files, later": lambda: read(revisit, members(original)),
        "one member": lambda: read(gzip.compress(original + revisit)),
    }[layout]()
    assert got.faults == []
    assert [capture.payload for capture in got.captures] == [PAGE, PAGE]
    assert {capture.status for capture in got.captures} == {200}
    assert {capture.captured_at.year for capture in got.captures} == {2020, 2021}
    assert all(capture.truncated is None for capture in got.captures)


def test_a_revisit_of_another_address(read: Reading) -> None:
    original = warc(http(), DIGEST, url="http://example.org/b")
    got = read(original + warc(http(b""), SAME, DIGEST, kind="revisit"))
    assert [(capture.url[-1], capture.payload) for capture in got.captures] == [("b", PAGE), ("a", PAGE)]


def test_a_revisit_without_its_original_is_noted(read: Reading) -> None:
    got = read(warc(http(b""), SAME, DIGEST, kind="revisit") * 2)
    assert (got.captures, got.faults) == ([], [])
    assert ["which is not in what was given" in note for note in got.notes] == [True, True]


def test_a_revisit_that_refers_to_itself(read: Reading) -> None:
    got = read(warc(http(b""), SAME, ("WARC-Refers-To", FIRST), DIGEST, kind="revisit", record_id=FIRST))
    assert got.captures == []


# -- ARC ----------------------------------------------------------------------------------------------------------------

V1 = b"1 0 InternetArchive\nURL IP-address Archive-date Content-type Archive-length\n"
V2 = (
    b"2 0 InternetArchive\nURL IP-address Archive-date Content-type Result-code Checksum Location Offset Filename"
    b" Archive-length\n"
)


def arc1(url: str, block: bytes, kind: str = "text/html", date: str = "19970102030405") -> bytes:
    return f"{url} 192.0.2.1 {date} {kind} {len(block)}\n".encode() + block + b"\n"


def arc2(url: str, block: bytes, kind: str = "text/html") -> bytes:
    return f"{url} 192.0.2.1 19970102030405 {kind} 200 checksum - 0 x.arc {len(block)}\n".encode() + block + b"\n"


def arc_file(version: int) -> list[bytes]:
    if version == 1:
        first = arc1("filedesc://x.arc", V1, "text/plain").replace(b"192.0.2.1", b"0.0.0.0")
        make = arc1
    else:
        first = f"filedesc://x.arc 0.0.0.0 19970102030405 text/plain 200 - - 0 x.arc {len(V2)}\n".encode() + V2 + b"\n"
        make = arc2
    return [
        first,
        make("dns:example.org", b"19970102030405\nexample.org. 300 IN A 192.0.2.1\n", "text/dns"),
        make("http://example.org/0", http()),
        make("http://example.org/1 with blanks", http(CHUNKED, "Transfer-Encoding: chunked")),
        make("http://example.org/2", PAGE),
        make("http://example.org/3", b"GIF89a", "image/gif"),
        make("http://example.org/4", http(status="HTTP/1.0 404 Not Found"), "text/html; charset=utf-8"),
    ]


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    "pack", [b"".join, lambda records: members(*records), lambda records: gzip.compress(b"".join(records))]
)
def test_arc(read: Reading, version: int, pack: Callable[[list[bytes]], bytes]) -> None:
    got = read(pack(arc_file(version)), name="x.arc.gz")
    assert got.faults == []
    assert got.paths == ["0", "1 with blanks", "2", "4"]
    assert [capture.payload for capture in got.captures] == [PAGE] * 4
    assert [capture.status for capture in got.captures] == [200, 200, 200, 404]
    assert {capture.captured_at for capture in got.captures} == {datetime(1997, 1, 2, 3, 4, 5, tzinfo=UTC)}
    refs = [capture.ref for capture in got.captures]
    assert len({ref.record_id for ref in refs if ref}) == 4


def test_warcio_reads_the_same_arc(tmp_path: Path) -> None:
    content = b"".join(arc_file(1)[:4:2])
    theirs = [record.content_stream().read() for record in ArchiveIterator(io.BytesIO(content), arc2warc=True)]
    assert theirs[1] == PAGE


def test_a_broken_arc(read: Reading) -> None:
    records = arc_file(1)
    records[2] = records[2].replace(b" %d\n" % len(http()), b" %d\n" % (len(http()) - 20), 1)
    got = read(b"".join(records))
    assert got.paths == ["1 with blanks", "2", "4"]
    assert len(got.faults) == 1


@pytest.mark.parametrize(("date", "year"), [("199701", 1970), ("19970102", 1997), ("99999999999999", 1970)])
def test_odd_times(read: Reading, date: str, year: int) -> None:
    got = read(arc_file(1)[0] + arc1("http://example.org/", http(), date=date))
    assert [capture.captured_at.year for capture in got.captures] == ([year] if len(date) >= 8 else [])


@pytest.mark.parametrize(
    ("date", "year"),
    [("2020", 1970), ("", 1970), ("9999-12-31T23:59:59-10:00", 1970), ("2020-01-02T03:04:05+02:00", 2020)],
)
def test_odd_dates(read: Reading, date: str, year: int) -> None:
    assert read(warc(http(), date=date)).one.captured_at.year == year


def test_the_first_of_several_segments_is_told_and_is_no_whole_answer(read: Reading) -> None:
    begin, rest = http()[:90], http()[90:]
    origin = "<urn:uuid:00000000-0000-4000-8000-000000000001>"
    got = read(
        warc(begin, ("WARC-Segment-Number", "1"))
        + warc(
            rest,
            ("WARC-Segment-Number", "2"),
            ("WARC-Segment-Origin-ID", origin),
            kind="continuation",
            record_id="<urn:uuid:00000000-0000-4000-8000-000000000002>",
            content_type=None,
        )
    )
    (fault,), (capture,) = got.faults, got.captures
    assert "first of several segments" in fault.what
    assert (fault.record_id, capture.truncated) == (origin, "unspecified")
