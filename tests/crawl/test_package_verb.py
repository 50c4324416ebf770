"""The verb `package` over a crawled collection: other tools read what it writes, and wrong input is told."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import bagit
import pytest
from cdxj_indexer.main import CDXJIndexer
from warcio.archiveiterator import ArchiveIterator

from cluster_archive.archive import Collection, look_up, read_pages

from .conftest import Crawled, command

pytestmark = pytest.mark.crawl


@pytest.fixture(scope="module")
def wacz(whole: Crawled, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("package") / "demo.wacz"
    said = command("package", whole.collection, "-o", target)
    assert said.returncode == 0, said.stderr
    return target


def test_py_wacz_accepts_it(wacz: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "wacz", "validate", "-f", str(wacz)], capture_output=True, text=True, check=False
    )
    assert (said.returncode, "Validation succeeded" in said.stdout) == (0, True), said.stdout


def test_each_page_is_found_in_it_and_read(wacz: Path, whole: Crawled, tmp_path: Path) -> None:
    with zipfile.ZipFile(wacz) as package:
        package.extractall(tmp_path)
    pages = list(read_pages(tmp_path / "pages" / "pages.jsonl"))
    assert {page["id"] for page in pages if "id" in page} == {line["id"] for line in whole.lines.values()}
    for page in pages:
        moment = datetime.fromisoformat(page["ts"].replace("Z", "+00:00"))
        place = look_up(tmp_path / "indexes" / "index.cdxj", page["url"], moment)[0]
        assert place["url"] == page["url"]
        with (tmp_path / "archive" / place["filename"]).open("rb") as file:
            file.seek(int(place["offset"]))
            record = next(iter(ArchiveIterator(io.BytesIO(file.read(int(place["length"]))))))
            assert record.rec_headers.get_header("WARC-Target-URI") == page["url"]
            assert record.rec_headers.get_header("WARC-Date")[:19] + "Z" == page["ts"]
            assert b"<html" in record.content_stream().read()


def test_the_crawls_index_is_cdxj_indexers(whole: Crawled) -> None:
    """But for records of another kind than a capture: see archive/test_index.py."""
    lines: list[str] = []

    class Out:
        write = staticmethod(lines.append)

    for path in Collection(whole.collection).warcs():
        indexer = CDXJIndexer(None, [str(path)])
        with path.open("rb") as file:
            indexer.process_one(file, Out(), str(path))
    ours = (whole.collection / "indexes" / "index.cdxj").read_text(encoding="utf-8").splitlines(keepends=True)
    assert len(ours) > 200
    assert set(ours) <= set(lines)
    others = [json.loads(line.split(" ", 2)[2]) for line in set(lines) - set(ours)]
    assert [other for other in others if "status" in other] == []
    assert ours == sorted(ours)


def test_check_shows_what_would_go_in_and_writes_nothing(whole: Crawled, wacz: Path) -> None:
    before = sorted(whole.collection.parent.iterdir())
    said = command("package", whole.collection, "--check", "--json")
    told = json.loads(said.stdout)
    with zipfile.ZipFile(wacz) as package:
        inside = [
            {"path": info.filename, "bytes": info.file_size}
            for info in package.infolist()
            if not info.filename.startswith("datapackage")
        ]
    assert told["files"] == inside
    assert told["articles"] == len(whole.lines)
    assert sorted(whole.collection.parent.iterdir()) == before
    said = command("package", whole.collection, "--check")
    assert "indexes/index.cdxj" in said.stdout
    assert f"{told['articles']} articles" in said.stdout


def test_a_bag_of_it(whole: Crawled, tmp_path: Path) -> None:
    said = command("package", whole.collection, "--bag", "--license", "CC-BY-4.0", "-o", tmp_path / "bag", "--json")
    assert json.loads(said.stdout)["bag"] == str(tmp_path / "bag")
    assert bagit.Bag(str(tmp_path / "bag")).is_valid()


def test_a_run_of_it(whole: Crawled, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(whole.collection, tmp_path / "demo"))
    run = whole.report["run"]
    said = command("package", copy, "--run", run)
    assert said.returncode == 0, said.stderr
    assert zipfile.is_zipfile(tmp_path / f"demo-{run}.wacz")
    said = command("package", copy / "archive" / "..", "--force")  # the folder's own name is what counts
    assert zipfile.is_zipfile(tmp_path / "demo.wacz")
    said = command("package", copy, "--run", "20010101000000")
    assert (said.returncode, f"there are: {run}" in said.stderr) == (6, True)


def test_what_cannot_be_is_told(whole: Crawled, tmp_path: Path) -> None:
    for arguments, code, words in [
        ((whole.collection, "-o", tmp_path / "x.zip"), 2, "must end in .wacz"),
        ((tmp_path / "nothing",), 6, "is no collection"),
        ((whole.collection, "-o", whole.collection / ".lock" / "x.wacz"), 3, "cannot be written"),
    ]:
        said = command("package", *arguments)
        assert (said.returncode, words in said.stderr) == (code, True), said.stderr
        assert "Traceback" not in said.stderr
    assert not (tmp_path / "nothing").exists()


def test_a_collection_that_is_being_crawled_is_not_packaged(whole: Crawled, tmp_path: Path) -> None:
    collection = Collection(Path(shutil.copytree(whole.collection, tmp_path / "demo")))
    collection.open(datetime(2024, 1, 1, tzinfo=UTC))
    try:
        said = command("package", collection.root)
        assert (said.returncode, "holds" in said.stderr) == (7, True)
    finally:
        collection.close()
    assert not (tmp_path / "demo.wacz").exists()
