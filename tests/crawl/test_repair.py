"""Repair of a crawled collection: what is derived is made again, what was torn is cut off, and the next crawl goes on."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from cluster_archive.archive import Collection, read_captures, verify_collection
from cluster_archive.state import State

from .conftest import Crawled, command

pytestmark = pytest.mark.crawl


@pytest.fixture
def copy(whole: Crawled, tmp_path: Path) -> Path:
    """A copy of the crawled collection that a test may change."""
    return Path(shutil.copytree(whole.collection, tmp_path / "demo"))


def faults(root: Path) -> list[str]:
    return [str(one) for one in verify_collection(Collection(root)) if one.severity == "fault"]


def test_what_is_derived_is_made_again(whole: Crawled, copy: Path) -> None:
    for name in ("state.sqlite", "dataset/articles.jsonl", "indexes/index.cdxj"):
        (copy / name).write_bytes(b"rubbish")
    said = command("repair", copy)
    assert said.returncode == 0, said.stdout + said.stderr
    for name in ("dataset/articles.jsonl", "indexes/index.cdxj"):
        assert (copy / name).read_bytes() == (whole.collection / name).read_bytes()
    assert faults(copy) == []
    (warc,) = (copy / "archive").glob("*.warc.gz")
    with State.open(copy / "state.sqlite") as state:
        assert state.article_count() == len(whole.lines)
    assert warc.read_bytes() == (whole.collection / "archive" / warc.name).read_bytes()
    assert json.loads((copy / "fixity.jsonl").read_text(encoding="utf-8"))["what"] == "repair"


def test_a_file_left_open_and_torn(whole: Crawled, copy: Path) -> None:
    (warc,) = (copy / "archive").glob("*.warc.gz")
    before = warc.read_bytes()
    left = warc.rename(warc.with_name(warc.name + ".open"))
    os.truncate(left, len(before) - 10)
    shutil.rmtree(copy / "runs")
    (copy / "manifest-sha256.txt").unlink(missing_ok=True)
    told = command("repair", copy, "--dry-run")
    assert "would be finished" in told.stdout
    assert left.exists()
    said = command("repair", copy)
    assert "left open by a run that died" in said.stdout
    aside = warc.with_name(warc.name + ".torn").read_bytes()
    assert warc.read_bytes() + aside == before[:-10]
    assert faults(copy) == []


def test_a_torn_end_is_cut_off_and_what_is_lost_is_told(whole: Crawled, copy: Path) -> None:
    (warc,) = (copy / "archive").glob("*.warc.gz")
    line = json.loads((copy / "dataset" / "articles.jsonl").read_bytes().splitlines()[0])
    os.truncate(warc, line["warc"]["offset"] + 20)
    said = command("repair", copy, "--json")
    assert said.returncode == 6
    told = json.loads(said.stdout)
    assert any(line["url"] in one for one in told["lost"])
    assert any("20 torn bytes" in one for one in told["done"])
    assert faults(copy)  # what the run left is no longer there
    assert all("report" in one or "left" in one for one in faults(copy))


def test_damage_amid_whole_records_stays_and_is_told(whole: Crawled, copy: Path) -> None:
    (warc,) = (copy / "archive").glob("*.warc.gz")
    line = json.loads((copy / "dataset" / "articles.jsonl").read_bytes().splitlines()[0])
    content = bytearray(warc.read_bytes())
    content[line["warc"]["offset"] + 60] ^= 1
    warc.write_bytes(content)
    said = command("repair", copy)
    assert said.returncode == 6
    assert line["url"] in said.stdout
    assert warc.read_bytes() == content
    assert len(list(read_captures(warc))) > 10
    assert any("gzip member" in one for one in faults(copy))
    assert not any("index" in one or "articles.jsonl" in one for one in faults(copy))
