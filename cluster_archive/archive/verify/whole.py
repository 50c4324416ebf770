"""A whole collection: its WARC files, and everything beside them that says what they hold."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from cluster_archive.archive.collection import Collection, is_warc
from cluster_archive.archive.members import FETCH
from cluster_archive.archive.records import Fault
from cluster_archive.archive.verify.dataset import ARTICLES, VERSIONS, verify_dataset, verify_same_articles
from cluster_archive.archive.verify.findings import fault, is_file
from cluster_archive.archive.verify.holdings import Holdings
from cluster_archive.archive.verify.index import verify_index, verify_named
from cluster_archive.archive.verify.manifest import MANIFEST, verify_manifest
from cluster_archive.archive.verify.pages import verify_pages
from cluster_archive.archive.verify.warc import verify_file, verify_references
from cluster_archive.errors import BadArchive

_AGAIN = "`repair` makes the index again."
_PAGES_AGAIN = "`repair` makes the lists of pages again."


def holdings_of(collection: Collection) -> Holdings:
    """Nothing yet, for a collection's files."""

    def opened(name: str) -> BinaryIO | None:
        path = collection.archive / name
        return path.open("rb") if path.name == name and is_file(path) else None

    return Holdings(open=opened, whole=True)


def verify_all(collection: Collection, holdings: Holdings) -> Iterator[Fault]:
    """The faults of a collection; raises BadArchive where it is none."""
    if not collection.archive.is_dir():
        raise BadArchive(f"{collection.root} is no collection: it has no folder `archive`.")
    busy = _is_busy(collection)
    if busy:
        yield fault(
            collection.name, None, "A run is at work on it.", "Verify it again when that is over.", is_note=True
        )
    for path in collection.warcs():
        aside = path.with_name(path.name + ".torn").exists()
        holdings.bytes += path.stat().st_size
        try:
            with path.open("rb") as file:
                yield from verify_file(file, path.name, holdings, aside=aside)
        except OSError as error:
            yield fault(path.name, None, f"It cannot be read: {error.strerror}.", FETCH)
    yield from verify_references(holdings)
    yield from _verify_leftovers(collection, busy)
    yield from _verify_reports(collection)
    if _is_of_foreign_files(collection):
        what = (
            "There is no WARC file, and nothing says that there was one, so that the dataset's pointers lead elsewhere."
        )
        yield fault(collection.name, None, what, "Verify the file that the dataset was made from.", is_note=True)
    else:
        yield from _verify_indexes(collection, holdings)
        yield from _verify_lines(collection, holdings)
        yield from _verify_page_lists(collection, holdings)
    yield from verify_manifest(collection)


def _verify_lines(collection: Collection, holdings: Holdings) -> Iterator[Fault]:
    ids: dict[str, set[int]] = {}
    for path in (collection.dataset / ARTICLES, collection.dataset / VERSIONS):
        if path.is_file():
            with path.open("rb") as file:
                yield from verify_dataset(file, path.name, holdings, ids)
    yield from verify_same_articles(ARTICLES, ids)


def _verify_page_lists(collection: Collection, holdings: Holdings) -> Iterator[Fault]:
    for path in sorted(collection.pages.glob("*.jsonl")):
        with path.open("rb") as file:
            yield from verify_pages(file, f"pages/{path.name}", holdings, ours=True, again=_PAGES_AGAIN)


def _verify_indexes(collection: Collection, holdings: Holdings) -> Iterator[Fault]:
    """The merged index, and the indexes of single files that it is merged from."""
    if not collection.index.is_file():
        if holdings.indexed:
            yield fault(collection.index.name, None, "There is no index.", _AGAIN)
    else:
        named = set[int]()
        with collection.index.open("rb") as file:
            yield from verify_index(file, collection.index.name, holdings, named, ours=True, again=_AGAIN)
        yield from verify_named(collection.index.name, holdings, named, again=_AGAIN)
    for part in sorted(collection.indexes.glob("*.warc*.cdxj")):
        named = set[int]()
        with part.open("rb") as file:
            yield from verify_index(file, part.name, holdings, named, ours=True, again=_AGAIN)
        yield from verify_named(part.name, holdings, named, again=_AGAIN, only=part.name.removesuffix(".cdxj"))


def _verify_leftovers(collection: Collection, busy: bool) -> Iterator[Fault]:
    """What a run that died, or a repair, left beside the WARC files; and what does not belong there."""
    known = {path.name for path in collection.warcs()}
    for path in sorted(collection.archive.iterdir()):
        if path.name.endswith(".open"):
            what = "A run is writing the file." if busy else "The file was left open by a run that died."
            yield fault(
                path.name, None, what, "" if busy else "`repair`, or the next crawl, finishes it.", is_note=busy
            )
        elif path.name.endswith(".torn"):
            whole = path.name.removesuffix(".torn")
            what = f"It holds {path.stat().st_size} bytes that were torn, and cut from {whole}."
            yield fault(path.name, None, what, "What they hold may be read by hand.", is_note=True)
        elif is_warc(path.name) and path.name not in known:
            what = "It is no file but a folder, a pipe, or a link to nothing."
            yield fault(path.name, None, what, "Put the file there from a good copy, or take it away.")
        elif path.name not in known:
            yield fault(path.name, None, "It is no WARC file by its name, and is not read.", "", is_note=True)


def _verify_reports(collection: Collection) -> Iterator[Fault]:
    """Is each WARC file there that a run's report names, as long as it was then?"""
    for path in sorted(collection.runs.glob("*/report.json")):
        name = f"{path.parent.name}/{path.name}"
        try:
            files = [
                (str(one["file"]), int(one["bytes"]))
                for one in json.loads(path.read_text(encoding="utf-8")).get("warc_files", ())
            ]
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            yield fault(name, None, "The report cannot be read.", "The archive does not depend on it.", is_note=True)
            continue
        for file, size in files:
            yield from _compare(collection.archive / Path(file).name, size, path.parent.name)


def _compare(path: Path, size: int, run: str) -> Iterator[Fault]:
    if not is_file(path):
        yield fault(path.name, None, f"The file is missing; the run {run} wrote it.", FETCH)
        return
    has = path.stat().st_size
    torn = path.with_name(path.name + ".torn")
    if has != size and torn.is_file() and has + torn.stat().st_size == size:
        return  # told as a leftover
    if has != size:
        what = f"It is {has} bytes long; the run {run} left {size}."
        yield fault(path.name, min(has, size), what, f"{'Bytes are lost' if has < size else 'It grew'}. {FETCH}")


def _is_of_foreign_files(collection: Collection) -> bool:
    """Whether the collection only has a dataset that was extracted from files elsewhere."""
    if collection.warcs() or (collection.index.is_file() and collection.index.stat().st_size):
        return False
    if (collection.root / MANIFEST).is_file() and b"  archive/" in (collection.root / MANIFEST).read_bytes():
        return False
    return not any(
        '"verb": "crawl"' in path.read_text("utf-8", "replace") for path in collection.runs.glob("*/report.json")
    )


def _is_busy(collection: Collection) -> bool:
    """Whether a run holds the collection's lock."""
    with suppress(OSError):
        handle = os.open(collection.root / ".lock", os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(handle)
    return False
