"""The index: the lines that cdxj-indexer makes, and captures found in it without reading it whole."""

from __future__ import annotations

import io
import json
import os
import random
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cdxj_indexer.main import CDXJIndexer
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cluster_archive.archive import Collection, WarcWriter, build_index, cdxj, look_up, read_records
from cluster_archive.archive.cdxj import IndexFile, index_lines, read_index, surt_key
from cluster_archive.archive.records import digest, make_member
from cluster_archive.captures import Exchange

NOW = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)


def their_lines(paths: Sequence[Path]) -> list[str]:
    """What cdxj-indexer makes of WARC files, sorted."""
    out = io.StringIO()
    out.close = lambda: None  # type: ignore[method-assign]
    indexer = CDXJIndexer(out, [str(path) for path in paths], sort=True)
    lines: list[str] = []
    indexer.process_one = indexer.process_one
    writer = SimpleNamespace(write=lines.append, flush=lambda: None)
    for path in paths:
        with path.open("rb") as file:
            indexer.process_one(file, writer, str(path))
    return sorted(set(lines))


def is_about_metadata(line: str, path: Path) -> bool:
    """Whether a line of cdxj-indexer is that of a `metadata` record."""
    offset = int(json.loads(line.split(" ", 2)[2])["offset"])
    return any(record.type == "metadata" and record.offset == offset for record in read_records(path, pytest.fail))


def write(root: Path, exchanges: Sequence[Exchange], **more: Any) -> Collection:
    writer = WarcWriter(
        root / "archive",
        "demo",
        info={"software": "test"},
        now=lambda: NOW,
        record_id=_ids(),
        **{"sync": False, **more},
    )
    writer.add_resource("urn:cluster-archive:site:demo", "application/toml", b'name = "demo"\n')
    for exchange in exchanges:
        writer.write_exchange(exchange)
    writer.close()
    build_index(Collection(root))
    return Collection(root)


def _ids() -> Any:
    numbers = iter(range(10**9))
    return lambda: f"<urn:uuid:00000000-0000-4000-8000-{next(numbers):012d}>"


def exchange(url: str, response: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", after: int = 0) -> Exchange:
    started = NOW + timedelta(seconds=after)
    return Exchange(
        url=url, request=b"GET / HTTP/1.1\r\n\r\n", response=response, started=started, ended=started, ip="192.0.2.1"
    )


URLS = [
    "http://example.org",
    "https://www.example.org/",
    "http://EXAMPLE.org:80/A%2fb?b=1&a=2",
    "https://example.org:8443/path/?PHPSESSID=0123456789abcdefghijklmnopqrstuv&x=1",
    "https://example.org/;jsessionid=0123456789ABCDEF0123456789ABCDEF?y",
    "http://[2001:db8::1]:8080/x",
    "http://192.0.2.7/",
    "https://пример.бг/новини/заглавие?ключ=стойност",
    "https://xn--e1afmkfd.xn--90ae/%D0%BD",
    "https://example.org/" + "a" * 3000 + "?" + "b=c&" * 500,
    "http://user:secret@example.org/",
    "http://example.org/a b\tc",
    "http://example.org/%%%?%zz#frag",
    "http://example.org//x//../y/./z",
    "http://",
    "http://example.org:99999/",
    "http://www2.example.org/?a&&b=&=c",
    "http://example.org/\u2028\u0085x",
]


@pytest.mark.parametrize("url", URLS)
def test_the_line_is_cdxj_indexers_byte_for_byte(tmp_path: Path, url: str) -> None:
    collection = write(tmp_path, [exchange(url)])
    theirs = their_lines(collection.warcs())
    ours = collection.index.read_bytes().decode().split("\n")
    if " " in theirs[0].split(" {")[0].rpartition(" ")[0]:
        pytest.skip("cdxj-indexer writes white space into the key here; the next test holds what we do")
    assert [line + "\n" for line in ours[:-1]] == theirs


def test_white_space_does_not_end_the_key() -> None:
    assert surt_key("no address at all\n").split() == [surt_key("no address at all\n")]


HEADER_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f"), max_size=30)
URL = st.one_of(
    st.sampled_from(URLS),
    st.builds(
        "{}://{}{}/{}?{}".format,
        st.sampled_from(["http", "https"]),
        st.from_regex(r"[a-zA-Z0-9-]{1,8}(\.[a-z]{2,5}){1,2}", fullmatch=True),
        st.sampled_from(["", ":80", ":443", ":8080"]),
        st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), max_size=12),
        st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), max_size=12),
    ),
)
RESPONSE = st.builds(
    lambda status, names, values, body, coding: (
        f"HTTP/1.1 {status}\r\n".encode()
        + b"".join(f"{name}: {value}\r\n".encode(coding, "replace") for name, value in zip(names, values, strict=False))
        + f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    ),
    st.sampled_from(["200 OK", "404", "301 ", "503 x y", "204 No Content"]),
    st.lists(st.sampled_from(["Content-Type", "content-TYPE", "Server", "X"]), max_size=4),
    st.lists(
        st.one_of(HEADER_TEXT, st.sampled_from(["text/html; charset=utf-8", "", ";", "a b", "text/css\t;x"])),
        max_size=4,
    ),
    st.binary(max_size=20),
    st.sampled_from(["utf-8", "latin-1"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(URL, RESPONSE, st.integers(0, 5)), min_size=1, max_size=5))
@example([("http://example.org", b"HTTP/1.1 200 OK\r\nContent-Type: \xc3\x85\r\nContent-Length: 0\r\n\r\n", 0)])
@example([("http://example.org", b"HTTP/1.1 200 OK\r\nContent-Type: \xa0a\xa0\r\nContent-Length: 0\r\n\r\n", 0)])
@example([("http://0.aa/?<", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0)])
def test_any_exchanges_lines_are_cdxj_indexers(given_ones: list[tuple[str, bytes, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        collection = write(Path(folder), [exchange(*one) for one in given_ones])
        (path,) = collection.warcs()
        theirs = [line for line in their_lines([path]) if not is_about_metadata(line, path)]
        ours = [line + "\n" for line in collection.index.read_bytes().decode().split("\n")[:-1]]
        spoiled = [line for line in theirs if len(line.split(" {")[0].split(" ")) != 2]
        if not spoiled:
            assert ours == theirs
        assert sorted(line.encode() for line in index_lines(path)) == [line.encode() for line in ours]


def test_revisits_and_resources_are_indexed_and_metadata_is_not(tmp_path: Path) -> None:
    head = b"HTTP/1.1 304 Not Modified\r\nContent-Type: text/html\r\n\r\n"

    def member(kind: str, block: bytes, content_type: str, *more: tuple[str, str]) -> bytes:
        return make_member(
            [
                ("WARC-Type", kind),
                ("WARC-Record-ID", f"<urn:x:{kind}>"),
                ("WARC-Target-URI", "http://example.org/"),
                ("WARC-Date", "2024-05-06T07:08:09Z"),
                ("WARC-Payload-Digest", digest(b"x")),
                ("Content-Type", content_type),
                *more,
            ],
            block,
        )

    path = tmp_path / "x.warc.gz"
    path.write_bytes(
        member("warcinfo", b"", "application/warc-fields")
        + member("revisit", head, "application/http;msgtype=response", ("WARC-Profile", "http://example.org/profile"))
        + member("revisit", b"", "application/http;msgtype=response", ("WARC-Profile", "http://example.org/profile"))
        + member("resource", b"x", "text/plain; charset=utf-8")
        + member("metadata", b"a: b\r\n", "application/warc-fields")
        + member("conversion", b"{}", "application/json")
        + member("metadata", b"HTTP/1.1 103 Early Hints\r\n\r\n", "application/http;msgtype=response")
    )
    ours, theirs = sorted(index_lines(path)), their_lines([path])
    assert [line for line in theirs if line not in ours] == [line for line in theirs if is_about_metadata(line, path)]
    assert len(theirs) == len(ours) + 1 == 4
    assert sorted(json.loads(line.split(" ", 2)[2])["mime"] for line in ours) == [
        "text/plain",
        "warc/revisit",
        "warc/revisit",
    ]


def test_it_grows_with_the_file(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path / "archive", "demo", info={}, now=lambda: NOW, record_id=_ids())
    for number in range(3):
        writer.write_exchange(exchange(f"http://example.org/{9 - number}"))
        (growing,) = (tmp_path / "indexes").iterdir()
        assert growing.name.endswith(".warc.gz.cdxj.open")
        assert len(growing.read_text(encoding="utf-8").splitlines()) == number + 1
    writer.close()
    (part,) = (tmp_path / "indexes").iterdir()
    lines = part.read_text(encoding="utf-8").splitlines()
    assert part.suffix == ".cdxj"
    assert lines == sorted(lines)


def test_what_a_dead_run_left_is_made_again(tmp_path: Path) -> None:
    collection = write(tmp_path, [exchange(f"http://example.org/{number}") for number in range(3)])
    before = collection.index.read_bytes()
    (part,) = collection.indexes.glob("*.warc.gz.cdxj")
    part.with_name(part.name + ".open").write_bytes(part.read_bytes()[:100])
    part.unlink()
    collection.index.with_name("index.cdxj.tmp").write_text("half", encoding="utf-8")
    build_index(collection)
    assert collection.index.read_bytes() == before
    assert sorted(path.name for path in collection.indexes.iterdir()) == sorted([part.name, "index.cdxj"])


def test_an_index_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "indexes").write_text("no folder", encoding="utf-8")
    index = IndexFile(tmp_path / "indexes" / "x.warc.gz.cdxj")
    index.add(lambda: "line\n")
    index.finish()
    assert (tmp_path / "indexes").read_text(encoding="utf-8") == "no folder"


def test_many_files_are_merged_with_few_handles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cdxj, "AT_ONCE", 3)
    parts = []
    rows = sorted(f"key{number:05d} {number}\n".encode() for number in range(500))
    for number in range(29):
        parts.append(tmp_path / f"{number}.cdxj")
        parts[-1].write_bytes(b"".join(rows[number::29]))
    cdxj._merge(parts, tmp_path / "index.cdxj")
    assert (tmp_path / "index.cdxj").read_bytes() == b"".join(rows)
    assert not list(tmp_path.glob("*.tmp"))


def test_it_is_sorted_as_bytes_are(tmp_path: Path) -> None:
    urls = [f"http://example.org/{letter}" for letter in "aяz\U0001f600\uffee-~0"]
    collection = write(tmp_path, [exchange(url) for url in urls])
    lines = collection.index.read_bytes().splitlines(keepends=True)
    assert lines == sorted(lines)


def test_a_capture_is_found_by_address_and_time(tmp_path: Path) -> None:
    urls = [f"http://example.org/{number}" for number in range(30)]
    asked = [exchange(url, after=3600 * when) for url in urls for when in range(5)]
    random.Random(1).shuffle(asked)
    collection = write(tmp_path, asked)
    for url in urls:
        found = look_up(collection.index, url)
        assert [one["url"] for one in found] == [url] * 5
        assert [one["timestamp"] for one in found] == [f"20240506{7 + when:02d}0809" for when in range(5)]
        nearest = look_up(collection.index, url, NOW + timedelta(hours=2, minutes=20))
        assert [one["timestamp"][8:10] for one in nearest] == ["09", "10", "08", "11", "07"]
    for absent in (
        "http://example.org/",
        "http://example.org/30",
        "http://aaa.org/",
        "http://zzz.zz/",
        "http://example.org/1/",
    ):
        assert look_up(collection.index, absent) == [] or absent.endswith("1/")
    assert len(list(read_index(collection.index))) == 151


def test_http_https_and_www_are_one_address(tmp_path: Path) -> None:
    collection = write(tmp_path, [exchange("https://www.example.org/a/")])
    assert look_up(collection.index, "http://example.org/a")


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.from_regex(r"[a-d]{1,4}", fullmatch=True), max_size=40), st.from_regex(r"[a-d]{1,4}", fullmatch=True)
)
def test_searching_by_halves_finds_what_reading_finds(names: list[str], wanted: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index.cdxj"
        lines = sorted(
            f'{surt_key("http://example.org/" + name)} {20240101000000 + number} {{"url": "{"x" * number}"}}\n'
            for number, name in enumerate(names)
        )
        index.write_text("".join(lines), encoding="utf-8")
        found = look_up(index, f"http://example.org/{wanted}")
        assert len(found) == names.count(wanted)


def test_a_large_index_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = tmp_path / "index.cdxj"
    with index.open("w", encoding="utf-8") as file:
        for number in range(100_000):
            file.write(f'org,example)/{number:06d} 20240506070809 {{"url": "http://example.org/{number:06d}"}}\n')
    read = 0
    of_os = os.read

    class Counting(io.FileIO):
        def readinto(self, buffer: Any) -> int:
            nonlocal read
            data = of_os(self.fileno(), len(buffer))
            buffer[: len(data)] = data
            read += len(data)
            return len(data)

    monkeypatch.setattr(Path, "open", lambda path, mode: io.BufferedReader(Counting(path, "r")))
    (found,) = look_up(index, "http://example.org/054321")
    assert found["url"].endswith("054321")
    assert 0 < read < 500_000 < index.stat().st_size
