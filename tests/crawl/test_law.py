"""The law: crawl a site, extract its WARC again, get the same lines; and each line leads to its record."""

from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from warcio.archiveiterator import ArchiveIterator

from cluster_archive.archive import Collection, read_capture, verify_collection
from cluster_archive.captures import RecordRef
from cluster_archive.curate import curate, known_day
from cluster_archive.extract import extract
from cluster_archive.items import Article, from_json, to_json
from cluster_archive.sites import Site, site_of
from cluster_archive.state import State
from cluster_archive.urls import canonical_url

from .conftest import Crawled, command, lines_of

pytestmark = pytest.mark.crawl


@pytest.fixture
def copy(whole: Crawled, tmp_path: Path) -> Path:
    """A copy of the crawled collection that a test may change."""
    return Path(shutil.copytree(whole.collection, tmp_path / "demo"))


@pytest.fixture
def site(whole: Crawled) -> Site:
    return site_of((whole.collection.parent / "demo.toml").read_text(encoding="utf-8"), "demo.toml")


def test_the_same_lines_from_the_archive_alone(whole: Crawled, copy: Path) -> None:
    (copy / "state.sqlite").unlink()
    for folder in ("dataset", "indexes", "pages", "runs"):
        shutil.rmtree(copy / folder)
    said = command("extract", copy)
    assert said.returncode == 0, said.stderr
    before, after = (one / "dataset" / "articles.jsonl" for one in (whole.collection, copy))
    assert after.read_bytes() == before.read_bytes()
    for made in ("indexes/index.cdxj", "pages/pages.jsonl", "pages/extraPages.jsonl", "manifest-sha256.txt"):
        assert (copy / made).read_bytes() == (whole.collection / made).read_bytes()


def test_extracting_twice_changes_nothing(whole: Crawled, copy: Path) -> None:
    assert command("extract", copy).returncode == 0
    assert (copy / "dataset" / "articles.jsonl").read_bytes() == (
        whole.collection / "dataset" / "articles.jsonl"
    ).read_bytes()


def test_a_single_warc_file_is_enough(whole: Crawled, tmp_path: Path) -> None:
    (warc,) = (whole.collection / "archive").glob("*.warc.gz")
    said = command("extract", warc, "-o", tmp_path / "again")
    assert said.returncode == 0, said.stderr
    made = (tmp_path / "again" / "dataset" / "articles.jsonl").read_bytes()
    assert made == (whole.collection / "dataset" / "articles.jsonl").read_bytes()


def test_other_rules_can_be_taken(copy: Path, site: Site, tmp_path: Path) -> None:
    rules = tmp_path / "plain.toml"
    rules.write_text(site.source.replace('name = "demo"', 'name = "plain"'), encoding="utf-8")
    assert command("extract", copy, "--site", rules).returncode == 0
    assert {line["site"] for line in lines_of(copy)} == {"plain"}


def test_rules_of_another_site_leave_its_pages_out(copy: Path) -> None:
    said = command("extract", copy, "--site", "https://www.example.org/")
    assert said.returncode == 5
    assert "of other hosts than www.example.org" in said.stderr


def test_each_line_leads_to_its_record(whole: Crawled, site: Site) -> None:
    for line in whole.lines.values():
        pointer = line["warc"]
        with (whole.collection / "archive" / pointer["file"]).open("rb") as file:
            file.seek(pointer["offset"])
            member = file.read(pointer["length"])
        records = list(_records(member))
        assert [record["WARC-Type"] for record in records] == ["response"]  # one member, one record
        (record,) = records
        assert record["WARC-Record-ID"] == pointer["record_id"]
        assert record["WARC-Payload-Digest"] == pointer["payload_digest"]
        assert record["passed"], line["url"]


def _records(member: bytes) -> list[dict[str, Any]]:
    found = []
    for record in ArchiveIterator(io.BytesIO(member), check_digests=True):
        record.content_stream().read()
        found.append({**dict(record.rec_headers.headers), "passed": record.digest_checker.passed})
    return found


def test_each_record_gives_its_line_again(whole: Crawled, site: Site, copy: Path) -> None:
    with State.open(copy / "state.sqlite") as state:
        for line in whole.lines.values():
            ref = from_json(RecordRef, line["warc"])
            capture = read_capture(whole.collection / "archive" / ref.file, ref.offset)
            assert capture is not None
            article = extract(capture, site)
            again: Article = curate(
                article,
                evidence=state.evidence_for(article.canonical_url),
                parts=state.parts_of(article.id),
                site=site,
                record_of=state.record_of,
                neighbour_day=lambda url: known_day(state.evidence_for(canonical_url(url)), site),
            )
            assert json.loads(json.dumps(to_json(again))) == line


def test_verification(whole: Crawled, copy: Path) -> None:
    assert [one for one in verify_collection(Collection(whole.collection)) if one.severity == "fault"] == []
    (warc,) = (copy / "archive").glob("*.warc.gz")
    content = bytearray(warc.read_bytes())
    pointer = next(iter(whole.lines.values()))["warc"]
    content[pointer["offset"] + pointer["length"] // 2] ^= 0x40
    warc.write_bytes(content)
    said = command("verify", copy)
    assert said.returncode == 6
    assert pointer["file"] in said.stdout


def test_a_pointer_that_leads_elsewhere_is_a_fault(copy: Path) -> None:
    path = copy / "dataset" / "articles.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    first = json.loads(lines[0])
    first["warc"]["offset"] += 1
    path.write_text("\n".join([json.dumps(first), *lines[1:]]) + "\n", encoding="utf-8")
    said = command("verify", copy)
    assert said.returncode == 6
    assert f"{first['warc']['file']}:{first['warc']['offset']}" in said.stdout


def test_an_independent_parser_finds_the_same_words(whole: Crawled) -> None:
    """BeautifulSoup reads each page: what the body holds stands there, in that order, and nothing was made up."""
    for line in whole.lines.values():
        if "/2/" in line["url"] or not line["body"] or "Репортаж" in line["title"]:
            continue  # a post of several pages has its words on several pages
        capture = read_capture(whole.collection / "archive" / line["warc"]["file"], line["warc"]["offset"])
        assert capture is not None
        charset = "windows-1251" if "кодиране" in line["title"] else "utf-8"
        soup = BeautifulSoup(capture.payload.decode(charset).replace("\u200b", "").replace("\u00ad", ""), "html.parser")
        there = iter("".join(soup.get_text().split()))
        words = "".join(re.sub(r"^- ", "", line["body"], flags=re.MULTILINE).replace(" | ", "").split())
        assert all(letter in there for letter in words), line["url"]
