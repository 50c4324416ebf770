"""What stands beside the WARC files of a collection, made by anybody: index, dataset, manifest, pages, reports."""

from __future__ import annotations

import json
import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cluster_archive.archive import Collection, contents_of, look_up, read_checks, read_manifest, verify_collection
from cluster_archive.archive.cdxj import read_index
from cluster_archive.errors import BadArchive
from cluster_archive.report import read_reports
from cluster_archive.report.page import page
from cluster_archive.schedule import Planned, Times
from cluster_archive.standing import standings
from cluster_archive.web.catalogue import Catalogue
from cluster_archive.web.records import document_of, picture_of
from tests.archive.damages import make_collection

from .subject import Subject

URLS = ("http://example.org/0", "http://example.org/p.jpg", "http://[::", "")
FILES = (
    "indexes/index.cdxj",
    "indexes/demo-20240506070809-00001.warc.gz.cdxj",
    "dataset/articles.jsonl",
    "pages/pages.jsonl",
    "manifest-sha256.txt",
    "runs/20240506070809/report.json",
    "fixity.jsonl",
    ".lock",
)


@cache
def seeds() -> list[bytes]:
    """Each of the files as it should be."""
    with tempfile.TemporaryDirectory() as folder:
        collection = make_collection(Path(folder) / "demo")
        made = [path.read_bytes() for name in FILES if (path := collection.root / name).is_file()]
    check = {"time": "2024-05-06T07:19:09Z", "what": "verify", "files": 1, "faults": 2, "first_faults": ["x"]}
    lock = {"pid": 1, "since": "2024-05-06T07:08:09Z"}
    return [*made, *(json.dumps(one).encode() for one in (REPORT, check, lock))]


REPORT = {
    "run": "20240506070809", "verb": "crawl", "site": "demo", "collection": "output/demo", "started": "2024-05-06T07:08:09Z",
    "ended": "2024-05-06T07:18:09Z", "exit_code": 0, "verdict": "Complete.", "new_articles": 3,
    "tally": {
        "requests": {"article 200": 3, "picture timeout": 1}, "bytes_received": 1000, "bytes_sent": 10, "rejected": {"listing": 1},
        "skipped": {"robots": 2}, "articles": 3, "dates": {"rest": 3}, "coverage": {"title": 3}, "issues": {}, "pages": 3,
        "timeline": [[0.0, 1, 100], [1.0, 4, 1000]], "slowest": [[12, "http://example.org/0"]],
    },
    "failures": [{"url": "http://example.org/x", "kind": "article", "reason": "timeout", "tries": 3}],
    "warc_files": [{"file": "demo-20240506070809-00001.warc.gz", "bytes": 10, "records": 3, "sha256": "00"}], "software": {"scrapy": "2.19"},
    "robots": [{"origin": "http://example.org", "told": "rules", "asked_at": "2024-05-06T07:08:09Z", "record": {"file": "x", "offset": 1, "record_id": "<x>"}}],
}  # fmt: skip


def promise(data: bytes) -> None:
    """Each is read, or passed over, or told of; only BadArchive is raised, by what says so."""
    with tempfile.TemporaryDirectory() as name:
        collection = _collection(Path(name) / "demo")
        for file in FILES:
            path = collection.root / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        assert all(str(one) for one in verify_collection(collection))
        read_manifest(collection)
        for fields in read_index(collection.index):
            assert isinstance(fields["url"], str)
        for url in URLS:
            look_up(collection.index, url, datetime(2024, 1, 1, tzinfo=UTC))
            picture_of(collection, collection.index, url)
            document_of(collection, collection.index, url)
        catalogue = Catalogue(collection.dataset / "articles.jsonl")
        for entry in catalogue.entries:
            catalogue.article(entry)
        catalogue.search(["what"])
        with suppress(BadArchive):
            contents_of(collection, Path(name))
        reports = list(read_reports(collection.runs))
        for report in reports:
            assert page(report, reports, read_checks(collection))
        for one in standings(Path(name), PLANS, [], datetime(2024, 5, 7, tzinfo=UTC)):
            assert one.meaning


PLANS = [Planned(sites=("demo",), times=Times(hour=3, minute=0), jitter=timedelta(0), by="crontab")]


@cache
def _warc() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        (warc,) = make_collection(Path(folder) / "demo").warcs()
        return warc.read_bytes()


def _collection(root: Path) -> Collection:
    (root / "archive").mkdir(parents=True)
    (root / "archive" / "demo-20240506070809-00001.warc.gz").write_bytes(_warc())
    return Collection(root)


SUBJECT = Subject(
    name="collections",
    promise=promise,
    seeds=seeds,
    tokens=(
        b'"url": ', b'"offset": "', b'"offset": -1', b'"filename": "../../x"', b'"status": 200', b"org,example)/0 20240506070809 {", b"{}", b"[]", b"true",
        b'"tally": {}', b'"exit_code": "0"', b'"title": null', b'"started": "x"', b'{"a":', b"\n", b"  archive/../../x", b'"length": "0"', b"!meta 0 {",
    ),
    examples=100,
)  # fmt: skip
