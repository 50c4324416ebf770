"""What a user may give: files, folders, collections, WACZ; and what comes of what is none, or is hostile."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cluster_archive.archive import Fault, Source, sources_of
from cluster_archive.errors import BadArchive
from cluster_archive.reextract import reextract
from cluster_archive.report import Report
from cluster_archive.sites import site_for_url

from .conftest import http, members, numbered, warc

NOW = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
TEXT = "<p>The cluster and its partners met in Sofia to talk about the energy that enterprises save each year.</p>" * 8


def post(title: str, url: str, number: int = 0, head: bytes = b"") -> bytes:
    page = (
        f"<!DOCTYPE html><html lang='en'><head><title>{title}</title><meta property='og:type' content='article'>"
        f"<meta property='article:published_time' content='2020-05-0{number + 1}T10:00:00+03:00'></head>"
        f"<body><article><h1>{title}</h1><div class='entry-content'>{TEXT}</div></article></body></html>"
    ).encode()
    record_id = f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>"
    return warc(http(page) if not head else head + page, url=url, record_id=record_id)


POSTS = [post(f"Post {number}", f"http://example.org/news/post-{number}/", number) for number in range(3)]


def extract(*given: Path, output: Path, **more: Any) -> tuple[Report, list[dict[str, Any]], list[Fault]]:
    faults: list[Fault] = []
    report = reextract(given, output=output, now=lambda: NOW, on_fault=faults.append, **more)
    lines = [json.loads(line) for line in (output / "dataset" / "articles.jsonl").read_text("utf-8").splitlines()]
    return report, lines, faults


def wacz(path: Path, entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as package:
        for name, content in entries.items():
            package.writestr(name, content)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files of each kind."""
    (tmp_path / "job" / "warcs").mkdir(parents=True)
    (tmp_path / "job" / "warcs" / "a.warc.gz").write_bytes(members(POSTS[0]))
    (tmp_path / "job" / "warcs" / "b.warc").write_bytes(POSTS[1])
    wacz(tmp_path / "job" / "warcs" / "c.wacz", {"archive/c.warc.gz": members(POSTS[2])})
    (tmp_path / "job" / "warcs" / "notes.txt").write_text("no archive")
    return tmp_path / "job"


def test_a_folder_gives_what_is_in_it_or_below_it(folder: Path, tmp_path: Path) -> None:
    for given in (folder, folder / "warcs"):
        assert [source.name for source in sources_of([given], tmp_path)] == ["a.warc.gz", "b.warc", "c.warc.gz"]
    report, lines, _ = extract(folder, output=tmp_path / "out")
    assert report.exit_code == 0
    assert [line["title"] for line in lines] == ["Post 0", "Post 1", "Post 2"]


def test_several_are_read_each_once(folder: Path, tmp_path: Path) -> None:
    file = folder / "warcs" / "b.warc"
    assert [source.name for source in sources_of([file, folder, file], tmp_path)] == [
        "b.warc",
        "a.warc.gz",
        "c.warc.gz",
    ]


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_a_wacz_is_read_as_its_warc_would_be(tmp_path: Path, compression: int) -> None:
    content = members(*POSTS)
    (tmp_path / "a.warc.gz").write_bytes(content)
    made = wacz(
        tmp_path / "a.wacz",
        {"datapackage.json": b"{}", "archive/a.warc.gz": content, "pages/pages.jsonl": b"{}"},
        compression,
    )
    _, plain, _ = extract(tmp_path / "a.warc.gz", output=tmp_path / "plain")
    report, packed, faults = extract(made, output=tmp_path / "packed")
    assert (packed, faults, report.exit_code) == (plain, [], 0)
    assert {line["warc"]["file"] for line in packed} == {"a.warc.gz"}


def test_several_packed_ones_do_not_mix(tmp_path: Path) -> None:
    given = [
        wacz(tmp_path / f"{number}.wacz", {"archive/a.warc.gz": members(one)}, zipfile.ZIP_DEFLATED)
        for number, one in enumerate(POSTS)
    ]
    _, lines, _ = extract(*given, output=tmp_path / "out")
    assert [line["title"] for line in lines] == ["Post 0", "Post 1", "Post 2"]


def test_a_wacz_behind_something_else(tmp_path: Path) -> None:
    """A ZIP file counts from its end; bytes before it shift every offset."""
    made = wacz(tmp_path / "a.wacz", {"archive/a.warc.gz": members(*POSTS)})
    shifted = tmp_path / "b.wacz"
    shifted.write_bytes(made.read_bytes()[:4] + made.read_bytes())
    _, lines, _ = extract(shifted, output=tmp_path / "out")
    assert len(lines) == 3


def test_names_in_a_wacz_are_only_labels(tmp_path: Path) -> None:
    entries = {
        "../../../evil.warc.gz": members(POSTS[0]),
        "/etc/evil.warc": POSTS[1],
        "archive/\x1b[31mred.warc": POSTS[2],
        "C:\\windows\\x.warc": POSTS[0],
    }
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        made = wacz(tmp_path / f"{compression}.wacz", entries, compression)
        unpacked = tmp_path / f"unpacked-{compression}"
        unpacked.mkdir()
        found = sources_of([made], unpacked)
        assert {source.name for source in found} == {"evil.warc.gz", "evil.warc", "�[31mred.warc", "x.warc"}
        assert all(source.path == made or source.path.parent.parent == unpacked for source in found)
    assert not list(tmp_path.parent.glob("evil*"))


def test_a_bomb_is_not_unpacked_beyond_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = wacz(tmp_path / "a.wacz", {"archive/a.warc": bytes(5_000_000)}, zipfile.ZIP_DEFLATED)
    lying = made.read_bytes().replace(struct.pack("<I", 5_000_000), struct.pack("<I", 100))
    (tmp_path / "b.wacz").write_bytes(lying)
    for name in ("a.wacz", "b.wacz"):
        with pytest.raises(BadArchive):
            extract(tmp_path / name, output=tmp_path / "out")
    monkeypatch.setattr("cluster_archive.archive.sources.SPARE", 10**18)
    faults: list[Fault] = []
    with pytest.raises(BadArchive):
        sources_of([made], tmp_path, faults.append)
    assert "has not the room" in faults[0].what


def test_what_cannot_be_read_in_a_wacz_is_told(tmp_path: Path) -> None:
    content = members(*POSTS)
    made = wacz(tmp_path / "a.wacz", {"archive/a.warc.gz": content, "inner.wacz": b"no ZIP", "b.warc": b"no record"})
    report, lines, faults = extract(made, output=tmp_path / "out")
    assert (len(lines), report.exit_code) == (3, 5)
    assert len(faults) == len(report.faults) == 2
    assert any("inner.wacz in it cannot be read" in one for one in report.faults)
    damaged = bytearray(made.read_bytes())
    damaged[0] ^= 0xFF  # no ZIP file any more, but the members of the WARC file in it are whole
    (tmp_path / "b.wacz").write_bytes(damaged)
    report, lines, faults = extract(tmp_path / "b.wacz", output=tmp_path / "out2")
    assert (len(lines), report.exit_code) == (3, 5)
    assert faults[0].offset == 0


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_wacz_of_waczs(tmp_path: Path, compression: int) -> None:
    """As Browsertrix puts the crawls of a collection together (profile `multi-wacz-package`)."""
    parts = {
        f"crawl-{number}.wacz": wacz(
            tmp_path / "part", {"archive/data.warc.gz": members(one)}, compression
        ).read_bytes()
        for number, one in enumerate(POSTS)
    }
    package = {"profile": "multi-wacz-package", "resources": [{"name": name, "path": name} for name in parts]}
    made = wacz(tmp_path / "a.wacz", {"datapackage.json": json.dumps(package).encode(), **parts}, compression)
    report, lines, faults = extract(made, output=tmp_path / "out")
    assert [line["title"] for line in lines] == ["Post 0", "Post 1", "Post 2"]
    assert (report.exit_code, faults) == (0, [])


def test_a_wacz_in_a_wacz_that_is_in_another_is_told(tmp_path: Path) -> None:
    content = wacz(tmp_path / "1", {"archive/a.warc": POSTS[0]}).read_bytes()
    for number in (2, 3):
        content = wacz(tmp_path / f"{number}", {"in.wacz": content, f"{number}.warc": POSTS[1]}).read_bytes()
    faults: list[Fault] = []
    found = sources_of([tmp_path / "3"], tmp_path, faults.append)
    assert [source.name for source in found] == ["3.warc", "2.warc"]
    assert [one.what for one in faults] == [
        "The file in.wacz in in.wacz cannot be read: it is a WACZ in a WACZ that is in another."
    ]


def test_a_wacz_in_a_wacz_without_a_warc_is_told(tmp_path: Path) -> None:
    empty = wacz(tmp_path / "1", {"a.txt": b""}).read_bytes()
    faults: list[Fault] = []
    found = sources_of([wacz(tmp_path / "2", {"a.wacz": empty, "b.warc": POSTS[0]})], tmp_path, faults.append)
    assert [source.name for source in found] == ["b.warc"]
    assert "a.wacz in it cannot be read: it holds no WARC file" in faults[0].what


def test_files_of_all_waczs_in_a_wacz_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cluster_archive.archive.sources.MAX_ENTRIES", 20)
    inner = wacz(tmp_path / "1", {f"archive/{number}.warc": POSTS[0] for number in range(6)}).read_bytes()
    made = [wacz(tmp_path / f"{many}.wacz", {f"{n}.wacz": inner for n in range(many)}) for many in (2, 3)]
    assert len(sources_of([made[0]], tmp_path)) == 12
    with pytest.raises(BadArchive, match="holds more than 20 files"):
        sources_of([made[1]], tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("missing.warc", None, "does not exist"),
        ("x.warc", b"", "not a WARC"),
        ("x.warc.gz", b"text " * 1000, "not a WARC"),
        ("x.wacz", b"PK\x03\x04 broken", "broken ZIP"),
        ("x.wacz", b"", "not a WARC"),
        ("empty.warc", b"WARC/1.0\r\nWARC-Type: warcinfo\r\nContent-Length: 0\r\n\r\n\r\n\r\n", "no captured page"),
    ],
)
def test_what_is_no_archive(tmp_path: Path, name: str, content: bytes | None, told: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadArchive, match=told):
        extract(tmp_path / name, output=tmp_path / "out")


def test_a_zip_without_a_warc(tmp_path: Path) -> None:
    with pytest.raises(BadArchive, match="no WARC file in it"):
        extract(wacz(tmp_path / "x.zip", {"a.txt": b""}), output=tmp_path / "out")


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(BadArchive, match="holds no WARC files"):
        extract(tmp_path, output=tmp_path / "out")


def test_a_part_of_a_file_reads_as_a_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"before" + b"0123456789" + b"behind")
    with Source(name="x", path=path, start=6, size=10).open() as part:
        assert part.read() == b"0123456789"
        assert part.seek(-3, io.SEEK_END) == 7
        assert part.read(100) == b"789"
        assert part.seek(2) == part.tell() == 2
        assert part.read(3) == b"234"
        part.seek(100)
        assert part.read() == b""


# -- what a run says ------------------------------------------------------------------------------------------------------


def test_broken_records_make_a_run_incomplete(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    broken = POSTS[1].replace(b"Content-Length: ", b"Content-Length: 9")
    path.write_bytes(members(POSTS[0], broken, POSTS[2]))
    report, lines, faults = extract(path, output=tmp_path / "out")
    assert [line["title"] for line in lines] == ["Post 0", "Post 2"]
    assert report.exit_code == 5
    assert report.verdict == "Incomplete: 2 articles in the dataset. 1 broken place in the archive was passed over."
    assert report.faults == [str(fault) for fault in faults]
    assert faults[0].offset == len(members(POSTS[0]))


def test_faults_without_end_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "x.warc"
    broken = warc(b"", kind="x").replace(b"Content-Length", b"Content-Size")
    path.write_bytes(POSTS[0] + broken * 1000)
    report, _, faults = extract(path, output=tmp_path / "out")
    assert len(faults) == len(report.faults) == 200
    assert "1000 broken places" in report.verdict


def test_pages_of_other_hosts_are_left_out_and_told_of(tmp_path: Path) -> None:
    others = [post(f"Other {n}", f"https://cdn.example.net/{n}/", n) for n in range(2)]
    path = tmp_path / "x.warc"
    path.write_bytes(others[0] + b"".join(POSTS) + others[1] + post("WWW", "https://www.example.org/news/w/", 4))
    report, lines, _ = extract(path, output=tmp_path / "out")
    assert {line["title"] for line in lines} == {"Post 0", "Post 1", "Post 2", "WWW"}
    assert report.exit_code == 0
    assert report.tally["rejected"]["out-of-scope"] == 2
    assert "2 pages of other hosts were left out: https://cdn.example.net/ (2)" in report.notes[0]
    _, lines, _ = extract(path, output=tmp_path / "other", site=site_for_url("https://cdn.example.net/"))
    assert {line["title"] for line in lines} == {"Other 0", "Other 1"}


def test_browsertrix(tmp_path: Path) -> None:
    """WARC/1.1, HTTP/2 answers kept decoded under renamed fields, posts to the site, and records of its own."""
    head = b"HTTP/2 200\r\ncontent-type: text/html; charset=utf-8\r\nx-orig-content-encoding: br\r\n\r\n"
    records = [
        warc(b"{}", kind="resource", url="urn:pageinfo:https://example.org/news/a/", content_type="application/json"),
        warc(b"\x89PNG", kind="resource", url="urn:thumbnail:https://example.org/news/a/", content_type="image/png"),
        post("A", "https://example.org/news/a/", 1, head).replace(b"WARC/1.0", b"WARC/1.1"),
        warc(http(b'{"ok":1}', kind="application/json"), url="https://example.org/api?__wb_method=POST&a=1"),
    ]
    made = wacz(tmp_path / "x.wacz", {"archive/rec-1.warc.gz": members(*records)})
    report, lines, _ = extract(made, output=tmp_path / "out")
    assert [line["title"] for line in lines] == ["A"]
    assert (report.exit_code, report.notes) == (0, [])


def test_an_archive_in_chunks_of_memory(tmp_path: Path) -> None:
    """What is read does not grow with the number of records: each is let go of when the next is read."""
    import tracemalloc

    from cluster_archive.archive import scan

    small, large = tmp_path / "small.warc.gz", tmp_path / "large.warc.gz"
    small.write_bytes(members(*numbered(50)))
    large.write_bytes(members(*numbered(5000)))
    peaks = []
    for path in (small, large):
        tracemalloc.start()
        for _ in scan(Source(name=path.name, path=path)):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1_000_000


def test_a_page_that_was_published_in_the_year_1(tmp_path: Path) -> None:
    path = tmp_path / "x.warc"
    path.write_bytes(POSTS[0].replace(b"2020-05-01T10:00:00+03:00", b"0001-01-01T00:00:00+00:00") + POSTS[1])
    report, lines, _ = extract(path, output=tmp_path / "out")
    assert (report.exit_code, len(lines)) == (0, 2)
