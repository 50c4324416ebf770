"""Records that come in one piece are read a shorter way: it must say what the long way says."""

from __future__ import annotations

import itertools
import random
import re
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_archive.archive import heads, members, parser, verify_warc
from cluster_archive.archive.exchange_records import exchange_records
from cluster_archive.archive.heads import Head, parse_head
from cluster_archive.archive.records import GZIP_HEAD, digest, make_member, read_digest
from cluster_archive.archive.verify.blocks import Block
from cluster_archive.archive.verify.heads import check_head, is_date
from cluster_archive.archive.verify.ours import check_ours
from cluster_archive.archive.verify.sound import sound_block
from cluster_archive.messages import read_message, read_start

from .damages import make_collection, members_of, pack, the_warc
from .making import exchange

PIECES = [
    b"\r\n",
    b"\n",
    b" ",
    b":",
    b"\x00",
    b"\xff",
    b"\r\n\r\n",
    b"Content-Length: 3\r\n",
    b"WARC-Type: request\r\n",
]
SMALL = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello"
HTTP_PIECES = [
    b"",
    b"",
    b"\r\n",
    b"\n",
    b" ",
    b":",
    b"0",
    b"4",
    b"A",
    b"\xff",
    b"\r\n\r\n",
    b"\nContent-Length: 5\r\n",
    b"\nContent-Type: a\r\n",
    b"\nTransfer-Encoding: chunked\r\n",
]
LINES = [
    b"\r\n",
    b"\r\n",
    b"\n",
    b"A: b",
    b"Content-Length: 5",
    b" ",
    b"\t",
    b":",
    b"\xc2\xa0",
    b"\x0b",
    b"\r",
    b"\x7f",
]


def told(path: Path) -> list[str]:
    return [str(one) for one in verify_warc(path)]


def changed(member: bytes, chance: random.Random) -> bytes:
    """A member with some bytes of its record changed."""
    record = bytearray(zlib.decompress(member, 31))
    at = chance.randrange(len(record))
    record[at : at + chance.randrange(4)] = chance.choice(PIECES)
    return pack(bytes(record))


@pytest.fixture
def usual() -> list[bytes]:
    """Records that our writer makes of most exchanges, over http and https."""
    made = []
    for more in (
        {},
        {"tls": ("TLSv1.3", "TLS_AES_256_GCM_SHA384"), "ip": "2001:db8::1", "embedded": True},
        {"ip": None, "request": b"POST / HTTP/1.0\r\n\r\na=b"},
    ):
        one = exchange(SMALL, **more)
        ids = (f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>" for number in range(9))
        records = exchange_records(one, read_message(SMALL), None, warcinfo_id=next(ids), record_id=lambda: next(ids))  # noqa: B023
        made += [zlib.decompress(member, 31) for member in records.members]
    return made


def parted(record: bytes) -> tuple[bytes, bytes]:
    """Head and block."""
    head, _, rest = record.partition(b"\r\n\r\n")
    return head, rest[:-4]


def test_the_short_way_tells_what_the_long_way_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = members_of(the_warc(make_collection(tmp_path / "demo")))
    chance, path, ways = random.Random(3), tmp_path / "x.warc.gz", []
    for _ in range(150):
        hit = chance.randrange(len(sound))
        path.write_bytes(b"".join(changed(one, chance) if at == hit else one for at, one in enumerate(sound)))
        short = told(path)
        with monkeypatch.context() as patch:
            patch.setattr(members, "read_lone_record", lambda *of: None)
            assert told(path) == short
            patch.setattr(heads, "_USUAL", re.compile("(?!)"))
            assert told(path) == short
        ways += short
    assert len(set(ways)) > 50


def test_damage_behind_a_head_is_told_with_the_records_id(tmp_path: Path) -> None:
    fields = [
        ("WARC-Type", "resource"),
        ("WARC-Record-ID", "<urn:a:1>"),
        ("WARC-Date", "2020"),
        ("Content-Type", "a/b"),
    ]
    first = make_member([*fields, ("WARC-Target-URI", "http://a/")], random.Random(1).randbytes(3000))
    member = bytearray(
        make_member([*fields[:1], ("WARC-Record-ID", "<urn:a:2>"), *fields[2:]], random.Random(2).randbytes(3000))
    )
    member[2900] ^= 1
    assert 3000 < len(member) < 4096
    path = tmp_path / "x.warc.gz"
    path.write_bytes(first + member)
    assert any("is damaged (incorrect data check)" in one and one.endswith("[<urn:a:2>]") for one in told(path))


def test_nearly_all_records_go_the_short_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = the_warc(make_collection(tmp_path / "demo"))
    monkeypatch.setattr(parser.Parser, "feed", lambda *of: pytest.fail("the long way was gone"))
    assert told(path) == []


@given(st.lists(st.sampled_from(LINES), max_size=12).map(b"".join))
def test_a_head_without_flaws_has_fields_and_nothing_else(rest: bytes) -> None:
    raw = (b"WARC/1.1\r\nA: b\r\nContent-Length: 5" + rest).partition(b"\r\n\r\n")[0]
    try:
        head = parse_head(raw, 0)
    except ValueError:
        return
    lines = raw.split(b"\r\n")[1:]
    strict = all(b":" in line and not line.startswith((b" ", b"\t", b":")) for line in lines)
    controls = any((byte < 32 and byte != 9) or byte == 127 for line in lines for byte in line)
    folded = any(line.startswith((b" ", b"\t")) for line in raw.split(b"\n"))
    if head.flaws or folded:
        return
    assert strict
    assert not controls
    assert [name.encode() + value.encode() for name, value in head.headers] == [
        name + value.decode().strip().encode() for name, _, value in (line.partition(b":") for line in lines)
    ]


def test_a_folded_field_of_a_name_that_is_repeated() -> None:
    head = parse_head(b"WARC/1.0\r\nA: x\r\nContent-Length: 0\r\nA: x\r\n y", 0)
    assert (head.fields["a"], head.headers[-1]) == ("x", ("A", "x y"))


def test_partners_are_all_that_are_named() -> None:
    def partners(text: str) -> list[str]:
        head: Head = parse_head(f"WARC/1.1\r\n{text}Content-Length: 0".encode(), 0)
        return head.partners

    assert partners("") == ()
    assert partners("warc-concurrent-to: <a:1>\r\n") == ("<a:1>",)
    assert partners("WARC-Concurrent-To: <a:1>\r\nWARC-CONCURRENT-TO: <a:2>\r\n") == ("<a:1>", "<a:2>")


def test_what_our_writer_makes_is_usual_and_seen_to_be_sound_at_a_glance(usual: list[bytes]) -> None:
    for record in usual:
        raw, block = parted(record)
        head = parse_head(raw, 0, GZIP_HEAD)
        assert head.is_usual
        assert sound_block(head, block)


@pytest.mark.parametrize("year", ["0000", "1900", "2023", "2024", "9999"])
def test_a_usual_head_has_a_day_that_there_is(usual: list[bytes], year: str) -> None:
    raw, days = parted(usual[0])[0], 0
    for month, day in itertools.product(range(14), range(33)):
        date = f"{year}-{month:02}-{day:02}T23:59:59.000000Z"
        if parse_head(re.sub(rb"(WARC-Date: )\S+", rb"\g<1>" + date.encode(), raw), 0).is_usual:
            assert is_date(date)
            days += 1
    assert days == (365 if "1000" < year < "3000" else 0)


def test_a_usual_head_says_what_it_says_read_line_by_line_and_breaks_no_rule(
    usual: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, unusual = random.Random(5), 0
    for _ in range(20_000):
        raw = bytearray(parted(chance.choice(usual))[0])
        for _ in range(chance.randrange(3)):
            lines = raw.split(b"\r\n")
            line, other = chance.randrange(len(lines)), chance.randrange(len(lines))
            match chance.randrange(4):
                case 0:
                    del lines[line]
                case 1:
                    lines.insert(line, lines[other])
                case 2:
                    lines[line], lines[other] = lines[other], lines[line]
                case _ if lines[line]:
                    lines[line][chance.randrange(len(lines[line]))] = chance.choice(b"0129AQZaz<>:=-. \t\n\x00\xff")
            raw = bytearray(b"\r\n").join(lines)
        try:
            short = parse_head(bytes(raw), 7, GZIP_HEAD)
        except ValueError:
            continue
        with monkeypatch.context() as patch:
            patch.setattr(heads, "_USUAL", re.compile("(?!)"))
            long = parse_head(bytes(raw), 7, GZIP_HEAD)
        assert short._replace(read=long.read) == long
        assert (short.headers, short.fields) == (long.headers, long.fields)
        assert check_head(short) + check_ours(short, short) == check_head(long) + check_ours(long, long)
        unusual += not short.is_usual
    assert 2000 < unusual < 18_000


def test_a_block_is_sound_only_where_a_closer_look_finds_nothing(usual: list[bytes]) -> None:
    chance, seen = random.Random(7), []
    for _ in range(20_000):
        raw, block = parted(chance.choice(usual))
        at = chance.randrange(len(block) + 1)
        changed = block[:at] + chance.choice(HTTP_PIECES) + block[at + chance.randrange(3) :]
        changed = changed.replace(b" 200 ", chance.choice((b" 200 ", b" 204 ", b" 304 ", b" 101 ")), 1)
        payload = (
            changed[len(read_message(changed).head) :] if changed[:5] == b"HTTP/" else changed.partition(b"\r\n\r\n")[2]
        )
        for name, data in ((b"Block", changed), (b"Payload", payload)):
            if chance.randrange(9):
                raw = re.sub(rb"(WARC-%b-Digest: )\S+" % name, rb"\1" + digest(data).encode(), raw)
        head = parse_head(raw, 0, GZIP_HEAD)
        if sound := sound_block(head, changed):
            look = Block(head)
            look.feed(changed)
            assert look.close(ours=True) == sound.close(ours=True) == []
            names = ("status", "media_type", "method", "text", "lacks_body")
            assert [getattr(look, name) for name in names] == [getattr(sound, name) for name in names]
        seen.append(sound is not None)
    assert 2000 < sum(seen) < 18_000


@pytest.mark.parametrize("label", ["\udcff:AAAA", "sha1\0:AAAA", ":", "", "shake_128:AA", "sha512:" + "A" * 4000])
def test_a_digest_of_no_kind_is_not_an_error(label: str) -> None:
    assert read_digest(label) is None or read_digest(label) == ("sha512", b"")


@pytest.mark.parametrize("sign", ["_", "+", "-", " ", "1", "8", "\u0663"])
def test_what_is_no_base32_is_no_digest(sign: str) -> None:
    """Python's `int` takes more for a number than RFC 4648 has digits."""
    assert read_digest("sha1:" + sign + "A" * 31) == ("sha1", b"")
    assert read_digest("sha1:A" + sign + "A" * 30) == ("sha1", b"")


def test_a_digest_named_in_bytes_that_are_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    fields = [("WARC-Type", "metadata"), ("WARC-Record-ID", "<a:1>"), ("WARC-Date", "2020"), ("Content-Type", "a/b")]
    record = zlib.decompress(make_member([*fields, ("WARC-Block-Digest", "@:AAAA")], b"x"), 31)
    path.write_bytes(pack(record.replace(b"@", b"\xff")))
    assert any("of a kind that is not known here" in one for one in told(path))


@given(st.lists(st.sampled_from([b"HTTP/1.1 200 OK", b"HTTP/1.1 100 C", *LINES]), max_size=12).map(b"".join))
def test_the_start_of_a_response_is_the_same_without_its_body(data: bytes) -> None:
    message, start = read_message(data), read_start(data)
    assert (message.interim, message.head) == (data[: start.begin], data[start.begin : start.end])
    assert (message.status, message.headers) == (start.status, start.headers)
    if start.whole:
        assert read_start(data[: start.end]) == start
