"""Repair: what a dead run or a torn disk left is cut back to whole records; what was lost is told, what is whole is never touched."""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cluster_archive.archive.collection import Collection
from cluster_archive.archive.heads import Head, bare_address, digits
from cluster_archive.archive.members import walk
from cluster_archive.archive.parser import Sink
from cluster_archive.archive.records import Fault
from cluster_archive.files import sync_folder, write_atomically, writing

_CHUNK = 1024 * 1024
_LOST_AT_MOST = 10_000


@dataclass(slots=True, kw_only=True)
class Repairs:
    """What a repair did, or would do."""

    done: list[str] = field(default_factory=list)
    """What was mended, a sentence each."""
    lost: list[str] = field(default_factory=list)
    """What is gone, a sentence each."""
    changed: set[str] = field(default_factory=set)
    """Names of WARC files that are not as they were."""


@dataclass(slots=True)
class _Scan:
    """How a WARC file stands."""

    offsets: set[int] = field(default_factory=set)
    """Where its whole records begin."""
    held: set[int] = field(default_factory=set)
    """Hashes of what tells its whole records wherever they stand: the id; and address, 14 digits of the time, payload digest."""
    whole: int = 0
    """Where the last whole record ends."""
    exchanges: int = 0
    """Whole records that are of an exchange, not of the file's own head."""
    damages: list[Fault] = field(default_factory=list)
    """The damage, as it was met."""


def finish_open_files(collection: Collection) -> list[tuple[Path, str]]:
    """Finishes each `.open` file; a torn tail is kept aside as `.torn`. Gives the path that each has now (one without a
    record of an exchange is taken away) and a sentence."""
    told = []
    for path in sorted(collection.archive.glob("*.warc.gz.open")):
        scan = _scan(path)
        end = scan.whole
        finished = path.with_name(path.name.removesuffix(".open"))
        if finished.exists():
            told.append((path, f"{path.name} was left open by a run that died, but {finished.name} is there already."))
            continue
        with writing(f"The WARC file {path}"):
            size = path.stat().st_size
            if size > end:
                _cut(path, end, finished)
            if scan.exchanges:
                path.rename(finished)
            else:
                path.unlink()
            sync_folder(collection.archive)
        cut = f", {size - end} torn bytes kept aside" if size > end else ""
        told.append(
            (finished, f"{finished.name} was left open by a run that died: {len(scan.offsets)} whole records{cut}.")
        )
    return told


def repair_files(collection: Collection, *, dry_run: bool = False) -> Repairs:
    """Mends what can be mended of the WARC files and takes the index away, so that it is made again; with `dry_run` it
    only tells. The collection must be locked. Raises ArchiveNotWritable.

    Cuts a torn tail off (it is kept aside as `.torn`), finishes `.open` files. What is damaged amid whole records stays
    as it is, since all that stands behind it would move; readers pass over it.
    """
    repairs = Repairs()
    if dry_run:
        for path in sorted(collection.archive.glob("*.warc.gz.open")):
            scan = _scan(path)
            repairs.done.append(f"{path.name} would be finished with {len(scan.offsets)} whole records.")
    else:
        for path, sentence in finish_open_files(collection):
            repairs.done.append(sentence)
            repairs.changed.add(path.name)
    whole: dict[str, set[int]] = {}
    held = set[int]()
    for path in collection.warcs():
        scan = _scan(path)
        whole[path.name] = scan.offsets
        held |= scan.held
        _mend(path, scan, repairs, dry_run=dry_run)
    repairs.lost += _lost_captures(collection, whole, held)
    if not dry_run:
        with writing(f"The index {collection.index}"):
            for part in (*collection.indexes.glob("*.warc*.cdxj"), collection.index):
                part.unlink(missing_ok=True)
        _forget(collection, repairs.changed)
    return repairs


def _mend(path: Path, scan: _Scan, repairs: Repairs, *, dry_run: bool) -> None:
    size = path.stat().st_size
    if not scan.offsets:
        repairs.lost.append(f"{path.name} holds no whole record; it is left as it is. Fetch it from a good copy.")
        return
    for damage in scan.damages:
        if damage.offset is not None and damage.offset < scan.whole:
            repairs.lost.append(
                f"{path.name}:{damage.offset}: {damage.what} It is left as it is, since whole records follow."
            )
    if size > scan.whole:
        torn = f"{size - scan.whole} torn bytes at the end of {path.name}"
        if dry_run:
            repairs.done.append(f"{torn} would be cut off and kept aside.")
            return
        with writing(f"The WARC file {path}"):
            kept = _cut(path, scan.whole, path)
        repairs.done.append(f"{torn} were cut off and are kept in {kept.name}.")
        repairs.changed.add(path.name)


def _scan(path: Path) -> _Scan:
    """Walks through a file; blocks are not kept."""
    scan = _Scan()

    def begin(head: Head) -> Sink:
        return _pass_over

    def tell(offset: int, what: str, advice: str, record_id: str | None) -> None:
        if what.startswith("One gzip member holds more"):
            return  # odd, but whole
        if not what.startswith("Whole records follow"):
            scan.damages.append(Fault(file=path.name, offset=offset, record_id=record_id, what=what, advice=advice))

    with path.open("rb") as file:
        for head, length in walk(file, begin, tell):
            scan.offsets.add(head.offset)
            scan.held.add(hash(head.record_id or ""))
            scan.held.add(hash((bare_address(head.uri or ""), digits(head.date or ""), head.payload_digest)))
            scan.whole = max(scan.whole, head.offset + length)
            scan.exchanges += head.kind not in ("warcinfo", "resource")
    return scan


def _pass_over(piece: bytes | memoryview) -> None:
    pass


def _cut(path: Path, end: int, whose: Path) -> Path:
    """Moves what stands behind `end` into a file of its own, which is on disk before the file is cut."""
    kept = whose.with_name(f"{whose.name}.torn")
    number = 1
    while kept.exists():
        number += 1
        kept = whose.with_name(f"{whose.name}.{number}.torn")
    with path.open("r+b") as file, kept.open("xb") as aside:
        file.seek(end)
        while piece := file.read(_CHUNK):
            aside.write(piece)
        aside.flush()
        os.fsync(aside.fileno())
        sync_folder(path.parent)
        file.truncate(end)
        os.fsync(file.fileno())
    return kept


def _lost_captures(collection: Collection, whole: dict[str, set[int]], held: set[int]) -> list[str]:
    """What index, dataset and reports name, but the WARC files no longer hold, there or elsewhere."""
    lost: dict[str, None] = {}
    for file, offset, url, sign in _named(collection):
        if (file not in whole or offset not in whole[file]) and sign not in held:
            where = f"{file}:{offset}" if file in whole else f"{file}, which is missing,"
            lost[f"The capture of {url[:500]} in {where} is lost."] = None
            if len(lost) >= _LOST_AT_MOST:
                break
    for path in sorted(collection.runs.glob("*/report.json")):
        try:
            files = {str(one["file"]): int(one["bytes"]) for one in json.loads(path.read_text("utf-8"))["warc_files"]}
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
        for name, size in files.items():
            if name not in whole:
                lost[f"The WARC file {name} of the run {path.parent.name} is missing."] = None
                continue
            pieces = [collection.archive / name, *collection.archive.glob(f"{glob.escape(name)}*.torn")]
            left = sum(piece.stat().st_size for piece in pieces)
            if left < size:
                lost[f"{size - left} bytes of {name} are gone that the run {path.parent.name} left."] = None
    return list(lost)


def _named(collection: Collection) -> Iterator[tuple[str, int, str, int]]:
    """File, offset, address and sign (`_Scan.held`) of each record that an index or the dataset names; lines that are
    broken are passed over."""
    dataset = [collection.dataset / name for name in ("articles.jsonl", "versions.jsonl")]
    paths = (collection.index, *sorted(collection.indexes.glob("*.warc*.cdxj")), *dataset)
    for path in paths:
        if not path.is_file():
            continue
        with path.open("rb") as lines:
            for line in lines:
                try:
                    told = json.loads(line[line.index(b"{") :])
                    url = str(told["url"])
                    if ref := told.get("warc"):
                        yield str(ref["file"]), int(ref["offset"]), url, hash(ref["record_id"])
                        continue
                    sign = hash((url, line.split(b" ", 2)[1].decode(), told.get("digest")))
                    yield str(told["filename"]), int(told["offset"]), url, sign
                except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                    continue


def _forget(collection: Collection, changed: set[str]) -> None:
    """Takes the lines of changed WARC files out of the manifest, and those that are none; they are written anew with it."""
    manifest = collection.manifest
    if not changed or not manifest.is_file():
        return
    kept = [
        line
        for line in manifest.read_text(encoding="utf-8", errors="replace").splitlines()
        if line.rpartition("  archive/")[2] not in changed
    ]
    with writing(f"The manifest {manifest}"):
        write_atomically(manifest, (f"{line}\n".encode() for line in kept))
