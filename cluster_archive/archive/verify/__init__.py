"""Verify: is what we hold what was written? Nothing is changed; only the log of a collection gets a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cluster_archive.archive.collection import Collection
from cluster_archive.archive.records import Fault
from cluster_archive.archive.verify.fixity import Check, Verification, log_line, log_verification, read_checks
from cluster_archive.archive.verify.holdings import Holdings
from cluster_archive.archive.verify.wacz import verify_package
from cluster_archive.archive.verify.warc import verify_file, verify_references
from cluster_archive.archive.verify.whole import holdings_of, verify_all
from cluster_archive.errors import BadArchive

__all__ = [
    "Check",
    "Verification",
    "log_line",
    "log_verification",
    "read_checks",
    "verify_collection",
    "verify_path",
    "verify_wacz",
    "verify_warc",
]


def verify_collection(collection: Collection, count: Verification | None = None) -> Iterator[Fault]:
    """The faults of a collection: WARC files, index, dataset, reports and manifest. Raises BadArchive where it is none."""
    yield from _counted(verify_all(collection, holdings := holdings_of(collection)), holdings, count)


def verify_warc(path: Path, count: Verification | None = None) -> Iterator[Fault]:
    """The faults of a WARC file by itself. Raises BadArchive where it is no WARC."""
    if not path.is_file():
        raise BadArchive(f"{path} does not exist.")

    def opened(name: str) -> BinaryIO | None:
        return path.open("rb") if name == path.name else None

    holdings = Holdings(open=opened, whole=False, alone=True, bytes=path.stat().st_size)
    yield from _counted(_verify_single(path, holdings), holdings, count)


def _verify_single(path: Path, holdings: Holdings) -> Iterator[Fault]:
    kept: list[Fault] = []
    with path.open("rb") as file:
        for one in verify_file(file, path.name, holdings, aside=path.with_name(path.name + ".torn").exists()):
            if holdings.records:
                yield from kept
                kept.clear()
                yield one
            else:
                kept.append(one)  # not told before it is known to be a WARC at all
    if not holdings.records:
        raise BadArchive(f"{path} is not a WARC file: it holds no whole WARC record.")
    yield from kept
    yield from verify_references(holdings)


def verify_wacz(path: Path, count: Verification | None = None) -> Iterator[Fault]:
    """The faults of a WACZ: the ZIP, the package, and the WARC files and indexes in it. Raises BadArchive where it is none."""
    holdings = Holdings(open=lambda name: None, whole=False)
    yield from _counted(verify_package(path, holdings), holdings, count)


def verify_path(path: Path, count: Verification | None = None) -> Iterator[Fault]:
    """The faults of a collection's folder, a WACZ or a WARC file, whichever stands there."""
    if path.is_dir():
        return verify_collection(Collection(path), count)
    if path.name.endswith(".wacz"):
        return verify_wacz(path, count)
    return verify_warc(path, count)


def _counted(faults: Iterator[Fault], holdings: Holdings, count: Verification | None) -> Iterator[Fault]:
    for one in faults:
        if count is not None:
            count.add(one)
        yield one
    if count is not None:
        count.files, count.records, count.bytes = len(holdings.files), holdings.records, holdings.bytes
