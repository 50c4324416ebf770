"""The fault table: every kind of damage is seen by `verify`, told with its place and what to do (bench/faults.py prints it)."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from pathlib import Path

import pytest

from cluster_archive.archive import Collection, Fault, repair_files, verify_collection, verify_wacz, verify_warc
from cluster_archive.archive.manifest import write_manifest
from cluster_archive.errors import BadArchive

from .damages import DAMAGES, WACZ_DAMAGES, make_collection, make_wacz, records_in, the_warc, with_pages


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """A collection without a fault; tests copy it."""
    return make_collection(tmp_path_factory.mktemp("sound") / "demo")


@pytest.fixture
def collection(sound: Collection, tmp_path: Path) -> Collection:
    return Collection(Path(shutil.copytree(sound.root, tmp_path / "demo")))


def faults_of(collection: Collection) -> list[Fault]:
    return [one for one in verify_collection(collection) if one.severity == "fault"]


def test_a_sound_collection_has_no_fault_and_no_note(sound: Collection, tmp_path: Path) -> None:
    assert list(verify_collection(sound)) == []
    assert list(verify_warc(the_warc(sound))) == []
    assert list(verify_wacz(make_wacz(sound, tmp_path / "x.wacz"))) == []


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damage_is_seen_and_told(collection: Collection, name: str) -> None:
    damage = DAMAGES[name]
    damage.do(collection)
    faults = faults_of(collection)
    assert any(damage.told in fault.what for fault in faults), "\n".join(map(str, faults))
    for fault in faults:
        assert fault.file
        assert fault.what.endswith(".")
        assert fault.advice.endswith((".", ")"))
    if damage.alone:
        warc = the_warc(collection)
        try:
            assert [one for one in verify_warc(warc) if one.severity == "fault"]
        except BadArchive:
            assert name in ("cut: in the first record", "cut: nothing is left")
        assert any(fault.file == warc.name and fault.offset is not None for fault in faults)


@pytest.mark.parametrize("name", WACZ_DAMAGES)
def test_a_damaged_wacz_is_seen(sound: Collection, tmp_path: Path, name: str) -> None:
    path = make_wacz(sound, tmp_path / "x.wacz")
    damage, told = WACZ_DAMAGES[name]
    damage(path)
    if told == "no WACZ":
        with pytest.raises(BadArchive, match=told):
            list(verify_wacz(path))
        return
    faults = [one for one in verify_wacz(path) if one.severity == "fault"]
    assert any(told in fault.what for fault in faults), "\n".join(map(str, faults))


def test_where_a_file_is_missing_nothing_is_made_again_without_it(collection: Collection) -> None:
    the_warc(collection).unlink()
    for one in faults_of(collection):
        if one.what.endswith("the file is missing."):
            assert one.advice.startswith("Fetch the file"), one


def test_a_list_of_pages_that_were_captured_is_sound(collection: Collection) -> None:
    with_pages('{"url": "http://example.org/0", "ts": "2024-05-06T07:08:09Z"}\n')(collection)
    assert faults_of(collection) == []


def test_versions_of_an_article_stand_one_behind_the_other(collection: Collection) -> None:
    path = collection.dataset / "versions.jsonl"
    first, *others = path.read_bytes().splitlines(keepends=True)
    later = json.dumps(json.loads(first) | {"version": 2, "first_seen_at": "2030-01-01T00:00:00.000000Z"}).encode()
    path.write_bytes(b"".join((first, later, b"\n", *others)))
    write_manifest(collection)
    assert faults_of(collection) == []


def test_a_flipped_bit_in_any_byte_is_seen(collection: Collection) -> None:
    """In a collection none goes unseen. In a file by itself only those may that leave every record as it was."""
    path = the_warc(collection)
    sound, content = [record.block for record in records_in(path)], path.read_bytes()
    unseen = []
    for at, bit in zip(range(len(content)), itertools.cycle(1 << number for number in range(8)), strict=False):
        path.write_bytes(content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :])
        try:
            seen = any(one.severity == "fault" for one in verify_warc(path))
        except BadArchive:
            seen = True
        if not seen:
            unseen.append(at)
            assert [record.block for record in records_in(path)] == sound
            assert faults_of(collection), at
    assert len(unseen) < len(content) / 200, unseen  # spare bits of the last byte of a deflate stream


def test_a_flipped_bit_anywhere_beside_the_archive_is_seen(collection: Collection) -> None:
    dataset = [collection.dataset / name for name in ("articles.jsonl", "versions.jsonl")]
    for path in (collection.index, *dataset, collection.root / "manifest-sha256.txt"):
        content = path.read_bytes()
        for at in range(0, len(content), 7):
            path.write_bytes(content[:at] + bytes([content[at] ^ (1 << at % 8)]) + content[at + 1 :])
            assert faults_of(collection), (path.name, at)
        path.write_bytes(content)
    assert not faults_of(collection)


def test_a_file_cut_anywhere_is_seen(collection: Collection) -> None:
    path = the_warc(collection)
    content = path.read_bytes()
    boundaries = {record.offset for record in records_in(path)}
    for size in sorted({*range(0, len(content), 13), *boundaries}):
        path.write_bytes(content)
        os.truncate(path, size)
        assert faults_of(collection), size


def test_what_only_stands_elsewhere_is_not_lost(collection: Collection) -> None:
    path = the_warc(collection)
    second = records_in(path)[5].offset
    content = path.read_bytes()
    path.write_bytes(content[:second] + b"\0" + content[second:])
    lost = repair_files(collection).lost
    assert len(lost) == 1
    assert "no gzip member" in lost[0]


@pytest.mark.parametrize("name", [name for name in DAMAGES if not name.startswith(("file: left", "file: one too"))])
def test_a_repair_mends_or_tells_what_is_lost(collection: Collection, name: str) -> None:
    """Whole records stay where they are, byte for byte, and what is cut off is kept aside."""
    DAMAGES[name].do(collection)
    before = {path.name: path.read_bytes() for path in collection.warcs()}
    whole = {path.name: [(one.offset, one.length) for one in records_in(path)] for path in collection.warcs()}
    repair_files(collection)
    for path in collection.warcs():
        content = path.read_bytes()
        assert all(content[at : at + length] == before[path.name][at : at + length] for at, length in whole[path.name])
        aside = b"".join(one.read_bytes() for one in collection.archive.glob(f"{path.name}.torn"))
        assert content + aside == before[path.name]
