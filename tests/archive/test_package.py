"""Packages: what goes in, that other tools accept it, and that what is damaged is not packed."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bagit
import pytest
from rocrate.rocrate import ROCrate

from cluster_archive.archive import (
    Collection,
    Contents,
    WarcWriter,
    build_index,
    contents_of,
    look_up,
    read_manifest,
    read_pages,
    write_bag,
    write_collection_pages,
    write_manifest,
    write_wacz,
)
from cluster_archive.archive.records import digest, make_member
from cluster_archive.captures import Exchange
from cluster_archive.errors import ArchiveNotWritable, BadArchive, ClusterArchiveError
from cluster_archive.sites import site_of

NOW = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 4\r\n\r\nbody"
TOML = (
    'name = "demo"\ntitle = "Клъстер"\nhome = "https://example.org/"\n'
    '[[seeds]]\nkind = "listing"\nurl = "https://example.org/news/"\n'
)
SOFTWARE = "cluster_archive 1.2.3"


def crawl(root: Path, run: str, urls: list[str], when: datetime = NOW) -> Collection:
    """Adds a run to a collection, as a crawl leaves it, but for what is made at its end."""
    numbers = iter(range(10**6))
    writer = WarcWriter(
        root / "archive",
        "demo",
        info={"software": "test", "operator": "An operator", "contact": "mailto:someone@example.org"},
        now=lambda: when,
        record_id=lambda: f"<urn:uuid:{run}-{next(numbers)}>",
        sync=False,
    )
    writer.add_resource("urn:cluster-archive:site:demo", "application/toml", TOML.encode())
    lines = []
    for number, url in enumerate(urls):
        started = when + timedelta(seconds=number, microseconds=123456)
        ref = writer.write_exchange(
            Exchange(url=url, request=b"GET / HTTP/1.1\r\n\r\n", response=HTML, started=started, ended=started, ip=None)
        )
        assert ref is not None
        if "/post" in url:
            pointer = {"file": ref.file, "captured_at": f"{started:%Y-%m-%dT%H:%M:%S.%fZ}"}
            lines.append(
                {"id": f"id{url[-1]}", "url": url, "title": f"Заглавие {url[-1]}", "summary": "Lead", "body": "Lead\u2028text", "key_takeaways": ["one"], "warc": pointer}
            )  # fmt: skip
    files = writer.close()
    (root / "dataset").mkdir(exist_ok=True)
    with (root / "dataset" / "articles.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (root / "dataset" / "schema.json").write_text('{"type": "object"}\n', encoding="utf-8")
    report(root, run, [path.name for path in files])
    return finish(root)


def report(root: Path, run: str, files: list[str]) -> None:
    told = {"run": run, "verb": "crawl", "verdict": "Complete.", "started": "2024-05-06T07:08:09Z", "ended": "2024-05-06T07:09:00Z"}  # fmt: skip
    (root / "runs" / run).mkdir(parents=True)
    told |= {"warc_files": [{"file": name, "bytes": 1} for name in files]}
    (root / "runs" / run / "report.json").write_text(json.dumps(told), encoding="utf-8")


def finish(root: Path) -> Collection:
    collection = Collection(root)
    build_index(collection)
    write_collection_pages(collection, site_of(TOML, "demo.toml"))
    write_manifest(collection)
    return collection


FIRST = [
    "https://example.org/",
    "https://example.org/news/",
    "https://example.org/post/1",
    "https://example.org/about/",
]


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    """A collection of two runs."""
    crawl(tmp_path / "demo", "20240506070809", FIRST)
    return crawl(
        tmp_path / "demo",
        "20240606070809",
        ["https://example.org/", "https://example.org/post/2"],
        NOW + timedelta(days=31),
    )


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def packed(collection: Collection, scratch: Path, target: Path, run: str | None = None, **more: Any) -> Contents:
    contents = contents_of(collection, scratch, run)
    write_wacz(contents, target, software=SOFTWARE, **more)
    return contents


def test_the_list_of_pages_has_entries_then_articles(collection: Collection) -> None:
    lines = (collection.pages / "pages.jsonl").read_bytes().split(b"\n")
    assert json.loads(lines[0]) == {"format": "json-pages-1.0", "id": "pages", "title": "Клъстер", "hasText": True}
    pages = list(read_pages(collection.pages / "pages.jsonl"))
    assert [page["url"] for page in pages] == [
        "https://example.org/",
        "https://example.org/news/",
        "https://example.org/post/1",
        "https://example.org/post/2",
    ]
    assert pages[2] == {
        "id": "id1",
        "url": "https://example.org/post/1",
        "ts": "2024-05-06T07:08:11Z",
        "title": "Заглавие 1",
        "text": "Заглавие 1\nLead\nLead\u2028text\none",
    }
    assert b"\xe2\x80\xa8" not in lines[3]
    assert [page["url"] for page in read_pages(collection.pages / "extraPages.jsonl")] == ["https://example.org/about/"]


def test_a_pages_address_and_time_are_those_of_its_record(collection: Collection) -> None:
    for name in ("pages.jsonl", "extraPages.jsonl"):
        for page in read_pages(collection.pages / name):
            timestamp = "".join(letter for letter in page["ts"] if letter.isdigit())
            assert (page["url"], timestamp) in [
                (found["url"], found["timestamp"]) for found in look_up(collection.index, page["url"])
            ]


def test_the_manifest_is_sha256sums(collection: Collection) -> None:
    said = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", collection.manifest.name], cwd=collection.root, check=False
    )
    assert said.returncode == 0
    assert set(read_manifest(collection)) == {
        *(f"archive/{path.name}" for path in collection.warcs()),
        "dataset/articles.jsonl",
        "dataset/schema.json",
        "indexes/index.cdxj",
        "pages/extraPages.jsonl",
        "pages/pages.jsonl",
    }


def test_the_manifest_does_not_forget_what_a_warc_was(collection: Collection) -> None:
    before = read_manifest(collection)
    first, second = collection.warcs()
    first.write_bytes(first.read_bytes() + b"x")
    second.unlink()
    (collection.dataset / "articles.jsonl").write_text("", encoding="utf-8")
    write_manifest(collection)
    after = read_manifest(collection)
    assert [path for path in before if before[path] != after.get(path)] == ["dataset/articles.jsonl"]


def test_py_wacz_accepts_the_package(collection: Collection, scratch: Path, tmp_path: Path) -> None:
    target = tmp_path / "demo.wacz"
    packed(collection, scratch, target)
    assert valid(target)


def valid(target: Path) -> bool:
    said = subprocess.run(
        [sys.executable, "-m", "wacz", "validate", "-f", str(target)], capture_output=True, text=True, check=False
    )
    return said.returncode == 0 and "Validation succeeded" in said.stdout


def test_py_wacz_does_not_accept_a_changed_package(collection: Collection, scratch: Path, tmp_path: Path) -> None:
    target = tmp_path / "demo.wacz"
    packed(collection, scratch, target)
    changed = tmp_path / "changed.wacz"
    with zipfile.ZipFile(target) as old, zipfile.ZipFile(changed, "w") as new:
        for info in old.infolist():
            new.writestr(info, old.read(info) + (b" " if info.filename == "pages/pages.jsonl" else b""))
    assert not valid(changed)


def test_what_stands_in_the_package(collection: Collection, scratch: Path, tmp_path: Path) -> None:
    target = tmp_path / "demo.wacz"
    packed(collection, scratch, target, licence="CC-BY-4.0")
    with zipfile.ZipFile(target) as package:
        assert package.testzip() is None
        told = json.loads(package.read("datapackage.json"))
        stamp = json.loads(package.read("datapackage-digest.json"))
        names = {info.filename: info for info in package.infolist()}
        assert stamp == {
            "path": "datapackage.json",
            "hash": "sha256:" + hashlib.sha256(package.read("datapackage.json")).hexdigest(),
        }
        for resource in told["resources"]:
            data = package.read(resource["path"])
            assert (len(data), "sha256:" + hashlib.sha256(data).hexdigest()) == (resource["bytes"], resource["hash"])
        assert package.read("indexes/index.cdxj") == collection.index.read_bytes()
        assert package.read("pages/pages.jsonl") == (collection.pages / "pages.jsonl").read_bytes()
    assert set(names) == {resource["path"] for resource in told["resources"]} | {
        "datapackage.json",
        "datapackage-digest.json",
    }
    assert {"dataset/articles.jsonl", "dataset/schema.json", "pages/pages.jsonl", "reports/20240506070809.json"} <= set(
        names
    )
    archives = [info for name, info in names.items() if name.startswith("archive/")]
    assert len(archives) == 2
    assert {info.compress_type for info in archives} == {zipfile.ZIP_STORED}
    assert (told["profile"], told["wacz_version"], told["software"]) == ("data-package", "1.1.1", SOFTWARE)
    assert (told["title"], told["mainPageUrl"], told["mainPageDate"]) == (
        "Клъстер",
        "https://example.org/",
        "2024-06-06T07:08:09Z",
    )
    assert told["licenses"] == [{"name": "CC-BY-4.0"}]


def test_the_same_collection_gives_the_same_bytes(collection: Collection, scratch: Path, tmp_path: Path) -> None:
    for name in ("one.wacz", "two.wacz"):
        (scratch / name).mkdir()
        packed(collection, scratch / name, tmp_path / name)
    assert (tmp_path / "one.wacz").read_bytes() == (tmp_path / "two.wacz").read_bytes()


def test_what_a_package_needs_is_made_and_the_collection_left_as_it_is(
    collection: Collection, scratch: Path, tmp_path: Path
) -> None:
    for folder in (collection.indexes, collection.pages):
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
    collection.manifest.unlink()
    before = sorted(collection.root.rglob("*"))
    contents = packed(collection, scratch, tmp_path / "demo.wacz")
    assert (contents.captures, contents.pages, contents.articles) == (6, 4, 2)
    assert valid(tmp_path / "demo.wacz")
    assert sorted(collection.root.rglob("*")) == before


def test_one_run(collection: Collection, scratch: Path, tmp_path: Path) -> None:
    contents = packed(collection, scratch, tmp_path / "run.wacz", "20240606070809")
    assert contents.name == "demo-20240606070809"
    assert [one.path for one in contents.files if one.path.startswith(("archive", "reports"))] == [
        "reports/20240606070809.json",
        f"archive/{collection.warcs()[1].name}",
    ]
    assert (contents.captures, contents.pages, contents.articles) == (2, 2, 1)
    assert valid(tmp_path / "run.wacz")


def test_a_run_brings_along_what_its_revisits_refer_to(collection: Collection, scratch: Path) -> None:
    path = collection.archive / "demo-20240706070809-00001.warc.gz"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    revisit = [
        ("WARC-Type", "revisit"),
        ("WARC-Record-ID", "<urn:uuid:r>"),
        ("WARC-Target-URI", "https://example.org/another/"),
        ("WARC-Date", "2024-07-06T07:08:09Z"),
        ("WARC-Profile", "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"),
        ("WARC-Refers-To-Target-URI", "https://example.org/about/"),
        ("WARC-Refers-To-Date", "2024-05-06T07:08:12.123456Z"),
        ("WARC-Payload-Digest", digest(b"body")),
        ("Content-Type", "application/http;msgtype=response"),
    ]
    path.write_bytes(make_member(revisit, head))
    report(collection.root, "20240706070809", [path.name])
    contents = contents_of(collection, scratch, "20240706070809")
    first = collection.warcs()[0].name
    assert [one.path for one in contents.files if one.path.startswith("archive")] == [
        f"archive/{first}",
        f"archive/{path.name}",
    ]
    assert contents.notes == (f"{first} comes along: it holds what revisits of the run refer to.",)


def test_what_cannot_be_packaged_is_told(collection: Collection, scratch: Path, tmp_path: Path) -> None:
    with pytest.raises(BadArchive, match="no collection"):
        contents_of(Collection(tmp_path / "nothing"), scratch)
    with pytest.raises(BadArchive, match="there are: 20240506070809, 20240606070809"):
        contents_of(collection, scratch, "../x")
    report(collection.root, "20240806070809", [])
    with pytest.raises(BadArchive, match="wrote no WARC file"):
        contents_of(collection, scratch, "20240806070809")
    (tmp_path / "empty" / "archive").mkdir(parents=True)
    with pytest.raises(BadArchive, match="no finished WARC file"):
        contents_of(Collection(tmp_path / "empty"), scratch)


def test_a_dataset_that_cannot_be_read_is_told(collection: Collection, scratch: Path) -> None:
    with (collection.dataset / "articles.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": ')
    for run in (None, "20240606070809"):
        with pytest.raises(BadArchive, match="makes it again"):
            contents_of(collection, scratch, run)


def test_a_damaged_line_of_an_index_is_passed_over(collection: Collection, scratch: Path) -> None:
    part = sorted(collection.indexes.glob("*.warc.gz.cdxj"))[0]
    part.write_bytes(b"org,example)/ 2024 {}\n" + part.read_bytes() + b"\xff\xfe\n")
    build_index(collection)
    assert [found["timestamp"] for found in look_up(collection.index, "https://example.org/")] == [
        "20240506070809",
        "20240606070809",
    ]
    assert contents_of(collection, scratch).captures == 6


def test_a_file_that_is_not_finished_is_left_out(collection: Collection, scratch: Path) -> None:
    (collection.archive / "demo-20240906070809-00001.warc.gz.open").write_bytes(b"x")
    contents = contents_of(collection, scratch)
    assert not [one for one in contents.files if "20240906070809" in one.path]
    assert "is not finished" in contents.notes[0]


def test_what_was_changed_since_it_was_written_is_not_packed(
    collection: Collection, scratch: Path, tmp_path: Path
) -> None:
    path = collection.warcs()[0]
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    with pytest.raises(BadArchive, match="not as the manifest says"):
        packed(collection, scratch, tmp_path / "demo.wacz")
    assert not list(tmp_path.glob("demo.wacz*"))


def test_nothing_is_replaced_unasked(collection: Collection, scratch: Path, tmp_path: Path) -> None:
    target = tmp_path / "demo.wacz"
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(ArchiveNotWritable, match="--force"):
        packed(collection, scratch, target)
    assert target.read_text(encoding="utf-8") == "mine"
    packed(collection, scratch, target, force=True)
    assert zipfile.is_zipfile(target)


GROWTH = """
import resource, sys
from pathlib import Path
from cluster_archive.archive import Collection, contents_of, write_wacz
root, scratch, target = map(Path, sys.argv[1:])
contents = contents_of(Collection(root), scratch)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
write_wacz(contents, target, software="test")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_memory_does_not_grow_with_the_archive(collection: Collection, scratch: Path, tmp_path: Path) -> None:
    with collection.warcs()[0].open("r+b") as file:
        file.truncate(200_000_000)  # its index is there already, so nothing reads it but the package
    collection.manifest.unlink()
    said = subprocess.run(
        [sys.executable, "-c", GROWTH, collection.root, scratch, tmp_path / "demo.wacz"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (tmp_path / "demo.wacz").stat().st_size > 200_000_000
    assert int(said.stdout) < 30_000  # KiB


@pytest.fixture
def bag(collection: Collection, scratch: Path, tmp_path: Path) -> Path:
    target = tmp_path / "bag"
    write_bag(contents_of(collection, scratch), target, software=SOFTWARE, now=NOW, licence="CC-BY-4.0")
    return target


def test_the_bag_is_valid_and_tells_when_it_is_not(bag: Path) -> None:
    assert bagit.Bag(str(bag)).is_valid()
    assert bagit.Bag(str(bag)).info["Source-Organization"] == "An operator"
    assert bagit.Bag(str(bag)).info["Contact-Email"] == "someone@example.org"
    assert {path.name for path in bag.glob("manifest-*")} == {"manifest-sha256.txt", "manifest-sha512.txt"}
    (bag / "data" / "dataset" / "articles.jsonl").write_text("{}", encoding="utf-8")
    assert not bagit.Bag(str(bag)).is_valid()


def test_the_bags_description_is_an_ro_crate(bag: Path) -> None:
    crate = ROCrate(bag / "data")
    assert (crate.name, crate.license) == ("Клъстер", "CC-BY-4.0")
    (archive,) = [entity for entity in crate.data_entities if entity.id == "demo.wacz"]
    assert archive["sha256"] == hashlib.sha256((bag / "data" / "demo.wacz").read_bytes()).hexdigest()
    dataset = crate.get("dataset/articles.jsonl")
    assert dataset["prov:wasDerivedFrom"].id == "demo.wacz"
    run = crate.get("#run-20240606070809")
    assert "prov:Activity" in run.type
    assert (run["instrument"].id, run["agent"][0]["name"]) == ("#cluster_archive", "An operator")
    assert {entity.id for entity in crate.data_entities} == {
        path.relative_to(bag / "data").as_posix()
        for path in (bag / "data").rglob("*")
        if path.is_file() and path.name != "ro-crate-metadata.json"
    }
    assert valid(bag / "data" / "demo.wacz")


def test_without_a_licence_the_bag_says_so(collection: Collection, scratch: Path, tmp_path: Path) -> None:
    write_bag(contents_of(collection, scratch), tmp_path / "bag", software=SOFTWARE, now=NOW)
    assert "No licence is stated" in (tmp_path / "bag" / "data" / "README.md").read_text(encoding="utf-8")
    crate = json.loads((tmp_path / "bag" / "data" / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    (root,) = [entity for entity in crate["@graph"] if entity["@id"] == "./"]
    assert "license" not in root
    assert "No licence is stated" in root["description"]


def test_a_bag_is_whole_or_absent(
    collection: Collection, scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = contents_of(collection, scratch)
    before = sorted(tmp_path.iterdir())

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bagit, "make_bag", fail)
    with pytest.raises(ArchiveNotWritable, match="No space"):
        write_bag(contents, tmp_path / "bag", software=SOFTWARE, now=NOW)
    assert sorted(tmp_path.iterdir()) == before


def test_a_bag_is_replaced_only_when_asked(bag: Path, collection: Collection, scratch: Path, tmp_path: Path) -> None:
    contents = contents_of(collection, scratch)
    with pytest.raises(ArchiveNotWritable, match="--force"):
        write_bag(contents, bag, software=SOFTWARE, now=NOW)
    (bag / "mine").write_text("x", encoding="utf-8")
    write_bag(contents, bag, software=SOFTWARE, now=NOW, force=True)
    assert not (bag / "mine").exists()
    assert bagit.Bag(str(bag)).is_valid()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bag", "demo", "scratch"]


def test_without_the_extra_a_bag_says_what_to_install(
    collection: Collection, scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "bagit", None)
    with pytest.raises(ClusterArchiveError, match=r"pip install 'cluster-archive\[deposit\]'"):
        write_bag(contents_of(collection, scratch), tmp_path / "bag", software=SOFTWARE, now=NOW)
