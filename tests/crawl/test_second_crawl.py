"""A collection that is crawled again: what has not changed is asked for conditionally, and not stored twice."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request
from scrapy.settings import Settings

from cluster_archive import __version__
from cluster_archive.archive import (
    Collection,
    Record,
    WarcWriter,
    read_captures,
    read_record,
    read_records,
    verify_collection,
)
from cluster_archive.captures import Exchange
from cluster_archive.demo import Parts, serve
from cluster_archive.middlewares import _ETAG, ValidatorsMiddleware, _is_http_date
from cluster_archive.opening import open_crawl, utc_now
from cluster_archive.run import Run
from cluster_archive.sites import site_of
from cluster_archive.state import Entry, State

from .conftest import Crawled, command, crawl_served, lines_of

pytestmark = pytest.mark.crawl

ROOT = Path(__file__).parents[2]
OPTIONS = ("--conversion-records", "--operator", "The Operator", "--contact", "x@example.org")


@dataclass
class Twice:
    """The built-in site, crawled twice into one collection."""

    first: Crawled
    second: Crawled
    first_lines: list[dict[str, Any]]

    @property
    def collection(self) -> Collection:
        return Collection(self.second.collection)

    @property
    def files(self) -> tuple[Path, Path]:
        first, second = self.collection.warcs()
        return first, second

    def records(self, number: int, kind: str) -> list[Record]:
        return [record for record in read_records(self.files[number], pytest.fail) if record.type == kind]


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Twice:
    folder = tmp_path_factory.mktemp("twice")
    with serve(Parts(page_validators=True), ports=(0, 0, 0)) as site:
        first = crawl_served(site, folder, *OPTIONS)
        lines = lines_of(first.collection)
        second = crawl_served(site, folder, *OPTIONS, "--full")
    assert (first.said.returncode, second.said.returncode) == (0, 0), second.said.stderr
    return Twice(first, second, lines)


@pytest.fixture
def copy(twice: Twice, tmp_path: Path) -> Path:
    return Path(shutil.copytree(twice.collection.root, tmp_path / "demo"))


def test_what_has_validators_is_asked_for_conditionally(twice: Twice) -> None:
    assert 304 not in {status for *_, status in twice.first.requests}
    answered = Counter(status for *_, status in twice.second.requests)
    assert answered[304] > 50
    told = [record for record in twice.records(1, "revisit") if (record.get("WARC-Profile") or "").endswith("modified")]
    assert len(told) == answered[304]
    requests = {record.get("WARC-Concurrent-To"): record.block for record in twice.records(1, "request")}
    assert len({record.get("WARC-Target-URI") for record in told} & {line["url"] for line in twice.first_lines}) > 10
    assert all(b"\r\nIf-None-Match: " in requests[record.record_id] for record in told)


def test_what_is_the_same_is_stored_once(twice: Twice) -> None:
    assert twice.records(0, "revisit") == [] or len(twice.records(0, "revisit")) < 5
    assert len(twice.records(1, "response")) < 20
    known = {record.record_id: record for record in twice.records(0, "response") + twice.records(1, "response")}
    for revisit in twice.records(1, "revisit"):
        target = known[revisit.get("WARC-Refers-To") or ""]
        for ours, theirs in (
            ("WARC-Refers-To-Target-URI", "WARC-Target-URI"),
            ("WARC-Refers-To-Date", "WARC-Date"),
            ("WARC-Payload-Digest", "WARC-Payload-Digest"),
        ):
            assert revisit.get(ours) == target.get(theirs)
    assert twice.second.report["tally"]["revisits"] == len(twice.records(1, "revisit"))


def test_the_lines_say_that_it_was_seen_again(twice: Twice) -> None:
    assert len(twice.first_lines) == len(twice.second.lines)
    for before in twice.first_lines:
        after = twice.second.lines[before["canonical_url"]]
        assert {key for key in before if before[key] != after[key]} == {"last_seen_at"}
        assert after["last_seen_at"] > after["first_seen_at"]


def test_each_line_and_picture_leads_to_a_response(twice: Twice) -> None:
    responses = {record.record_id for record in twice.records(0, "response") + twice.records(1, "response")}
    for line in twice.second.lines.values():
        record = read_record(twice.collection.archive / line["warc"]["file"], line["warc"]["offset"])
        assert (record.type, record.record_id) == ("response", line["warc"]["record_id"])
        assert {image["warc_record_id"] for image in line["images"]} <= responses | {None}


def test_the_law_holds(twice: Twice, copy: Path) -> None:
    for name in ("dataset", "indexes", "runs"):
        shutil.rmtree(copy / name)
    said = command("extract", copy)
    assert said.returncode == 0, said.stderr
    for name in ("dataset/articles.jsonl", "indexes/index.cdxj"):
        assert (copy / name).read_bytes() == (twice.collection.root / name).read_bytes(), name


def test_nothing_is_wrong_with_it(twice: Twice) -> None:
    assert list(verify_collection(twice.collection)) == []


def test_articles_are_kept_in_the_archive_once(twice: Twice) -> None:
    conversions = twice.records(0, "conversion")
    assert twice.records(1, "conversion") == []
    responses = {record.record_id: record.get("WARC-Target-URI") for record in twice.records(0, "response")}
    for record in conversions:
        told = json.loads(record.block)
        assert record.get("WARC-Refers-To") == told["warc"]["record_id"]
        assert responses[told["warc"]["record_id"]] == record.get("WARC-Target-URI") == told["url"]
    titles = {json.loads(record.block)["url"]: json.loads(record.block)["title"] for record in conversions}
    assert titles.items() >= {(line["url"], line["title"]) for line in twice.first_lines}


def test_how_each_address_was_found(twice: Twice) -> None:
    fields: dict[str, dict[str, str]] = {}
    for record in twice.records(0, "metadata"):
        pairs = (line.partition(":")[::2] for line in record.block.decode().splitlines())
        fields[record.get("WARC-Target-URI") or ""] = {name: value.strip() for name, value in pairs}
    assert [told for told in fields.values() if "hopsFromSeed" not in told] == []
    hops = {url: told["hopsFromSeed"] for url, told in fields.items()}
    assert "" in hops.values()  # a seed
    assert {told for url, told in hops.items() if url.endswith("/robots.txt")} == {"P"}
    pictures = [url for url in fields if url.endswith((".jpg", ".png"))]
    assert {hops[url][-1] for url in pictures} == {"E"}
    for url in pictures:
        assert hops[url] == hops[fields[url]["via"]] + "E"
    assert any("M" in told for told in hops.values())


def fields_of(record: Record) -> set[tuple[str, str]]:
    """The fields of a record's head, and of its block where that has fields."""
    found = {(record.type, name) for name, _ in record.headers}
    if record.get("Content-Type") == "application/warc-fields":
        lines = record.block.decode("utf-8", "replace").splitlines()
        found |= {(f"{record.type} block", line.partition(":")[0]) for line in lines if not line.startswith(" ")}
    return found


def table() -> tuple[set[tuple[str, str]], set[str]]:
    """What docs/archive.md tells of: pairs of record and field; and the tests that it names."""
    told, tests = set(), set()
    kinds = ["warcinfo", "resource", "response", "request", "revisit", "metadata", "conversion"]
    text = (ROOT / "docs" / "archive.md").read_text(encoding="utf-8")
    for row in text.partition("## Records, field by field")[2].splitlines():
        cells = [cell.strip() for cell in row.split("|")]
        if len(cells) < 7 or "`test_" not in cells[5]:
            continue
        records = kinds if cells[1] == "all" else [one.replace("`", "") for one in cells[1].split(", ")]
        fields = re.findall(r"`([^`]+)`", cells[2])
        told |= {(record, field) for record in records for field in fields}
        tests |= set(re.findall(r"`(test_\w+)`", cells[5]))
    return told, tests


def test_the_documentation_tells_of_each_field_and_of_no_other(twice: Twice, tmp_path: Path) -> None:
    made = WarcWriter(tmp_path / "archive", "x", info={"operator": "x", "contact": "x"}, now=utc_now, record_id=str)
    moment = utc_now()
    made.write_exchange(
        Exchange(
            url="http://example.org/",
            request=b"GET / HTTP/1.1\r\n\r\n",
            response=b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
            started=moment,
            ended=moment,
            tls=("TLSv1.3", "TLS_AES_256_GCM_SHA384"),
            attempts=2,
            failure="it failed",
            truncated="time",
        )
    )
    rare = made.close()
    written = set().union(
        *(fields_of(one) for path in (*twice.files, *rare) for one in read_records(path, pytest.fail))
    )
    told, _ = table()
    assert written - told == set()
    assert told - written <= {("revisit", "WARC-Cipher-Suite")}  # the built-in site has no TLS


def test_the_tests_that_the_documentation_names_are_there() -> None:
    there = {
        name for path in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text())
    }
    assert table()[1] - there == set()


def test_the_file_says_what_made_it(twice: Twice) -> None:
    for number in (0, 1):
        (info,) = twice.records(number, "warcinfo")
        told = dict(line.split(": ", 1) for line in info.block.decode().splitlines())
        assert told["software"].startswith(f"cluster_archive/{__version__} ")
        assert (told["format"], told["isPartOf"]) == ("WARC File Format 1.1", "demo")
        assert (told["robots"], told["operator"], told["contact"]) == (
            "obey (RFC 9309)",
            "The Operator",
            "x@example.org",
        )
        assert told["conformsTo"].endswith("/warc-1.1/")
        assert told["description"]
        (resource,) = twice.records(number, "resource")
        assert told["siteDescriptionDigest"] == resource.get("WARC-Payload-Digest")
        assert told["settingsDigest"].startswith("sha256:")


def open_run(collection: Path, toml: str) -> Any:
    settings = Settings()
    settings.setmodule("cluster_archive.settings", priority="project")
    settings.setdict({"ARCHIVE_OUTPUT": str(collection.parent)}, priority="cmdline")
    return open_crawl(site_of(toml, "demo.toml"), settings)


def _remove(path: Path) -> None:
    path.unlink()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def _scribble(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:20000] = b"\xff" * (20000 - 4096)
    path.write_bytes(content)


def _make_old(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.executescript(
            "DROP TABLE captures; CREATE TABLE captures (record_id TEXT PRIMARY KEY, url TEXT NOT NULL, status INTEGER,"
            " media_type TEXT, captured_at TEXT NOT NULL, location TEXT, truncated TEXT) WITHOUT ROWID;"
            "PRAGMA user_version = 1;"
        )
    db.close()


@pytest.mark.parametrize("harm", [_remove, _cut, _scribble, _make_old])
def test_a_state_that_is_lost_is_made_again_from_the_archive(twice: Twice, copy: Path, harm: Any) -> None:
    toml = (twice.collection.root.parent / "demo.toml").read_text(encoding="utf-8")
    old = {"key": "kept", "url": "http://127.0.0.1/kept", "kind": "article"}
    with State.open(copy / "state.sqlite") as state:
        state.add([Entry(**old)])
    harm(copy / "state.sqlite")
    run = open_run(copy, toml)
    try:
        assert (run.state.find("kept") is not None) == (harm is _make_old)  # what was still to be asked for
        assert (copy / "state.sqlite.damaged").exists() == (harm in (_cut, _scribble))
        url = next(line["url"] for line in twice.second.lines.values())
        ref = next(capture.ref for capture in read_captures(twice.files[0]) if capture.url == url)
        assert ref is not None
        assert run.state.same_payload(ref.payload_digest, url, 200) == ref
        report = run.close()
    finally:
        run.collection.close()
    assert report.new_articles == 0
    name = "dataset/articles.jsonl"
    assert (copy / name).read_bytes() == (twice.collection.root / name).read_bytes()
    with State.open(copy / "state.sqlite") as state:
        assert state.is_complete


@pytest.fixture
def run(twice: Twice, copy: Path) -> Iterator[Run]:
    """A third run over the collection, which has not asked for anything yet."""
    made = open_run(copy, (twice.collection.root.parent / "demo.toml").read_text(encoding="utf-8"))
    yield made
    made.state.close()
    made.collection.close()


def test_hops_from_a_seed(run: Run) -> None:
    def entry(name: str, kind: str, via: str | None) -> Entry:
        url = f"http://example.org/{name}"
        made = Entry(key=run.key(url), url=url, kind=kind, via=via and f"http://example.org/{via}")
        run.state.add([made])
        return made

    seed, sitemap = entry("", "page", None), entry("s.xml", "sitemap", "robots.txt")
    post, linked = entry("post", "article", "s.xml"), entry("other", "article", "post")
    picture = entry("a.png", "picture", "other")
    loop, _ = entry("x", "page", "y"), entry("y", "page", "x")
    hops = [dict(run.discovery(one))["hopsFromSeed"] for one in (seed, sitemap, post, linked, picture, loop)]
    assert hops == ["", "M", "MM", "MML", "MMLE", "LL"]
    assert run.discovery(None) == (("hopsFromSeed", "P"),)
    assert run.discovery(seed) == (("hopsFromSeed", ""),)
    told = dict(run.discovery(post, ["http://example.org/old", "http://example.org/newer"]))
    assert told == {"via": "http://example.org/newer", "hopsFromSeed": "MMRR"}


def test_validators_belong_to_one_address(run: Run, twice: Twice) -> None:
    middleware = object.__new__(ValidatorsMiddleware)
    middleware._run = run
    known = next(record.get("WARC-Target-URI") or "" for record in twice.records(1, "revisit") if not record.block)
    request = Request(known, meta={"entry": None})
    middleware.process_request(request)
    assert request.headers["If-None-Match"].startswith(b'"')
    assert request.headers["If-Modified-Since"] == b"Thu, 20 Nov 2025 09:00:00 GMT"
    assert request.meta["validated"].capture.url == known
    middleware.process_request(request)  # a retry
    assert request.meta["validated"].capture.url == known
    for other in (request.replace(url=f"{known}?x"), request.replace(method="HEAD"), request.replace(meta={})):
        middleware.process_request(other)  # a redirect takes header fields and meta along
        assert not {"If-None-Match", "If-Modified-Since"} & {name.decode() for name in other.headers}
        assert "validated" not in other.meta
    for path in run.collection.warcs():
        path.unlink()
    again = Request(known, meta={"entry": None})
    middleware.process_request(again)
    assert "validated" not in again.meta, "what the archive no longer has is not asked for conditionally"


def test_validators_that_are_none_are_not_sent_back() -> None:
    assert _ETAG.fullmatch('W/"abc-1"')
    assert not _ETAG.fullmatch('"a"\rX: y')
    assert not _ETAG.fullmatch("unquoted")
    assert _is_http_date("Thu, 20 Nov 2025 09:00:00 GMT")
    assert not _is_http_date("yesterday")
    assert not _is_http_date("Thu, 20 Nov 2025 09:00:00 GMT\rX: y")
