"""Manifest: SHA-256 of what a collection holds, in the form of sha256sum, so that damage is noticed years later."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from cluster_archive.archive.collection import Collection
from cluster_archive.files import write_atomically, writing

_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")


def write_manifest(collection: Collection) -> Path:
    """Writes `manifest-sha256.txt`: a line a finished WARC file, and one for index, pages and each file of the dataset.

    The line of a WARC file is written once and carried over as it stands, also when the file has changed or is gone: that
    is what a manifest is for. The other files are made anew by each run, and so are their lines. Raises
    ArchiveNotWritable.
    """
    with writing(f"The manifest {collection.manifest}"):
        lines = {path: value for path, value in read_manifest(collection).items() if path.startswith("archive/")}
        for warc in collection.warcs():
            name = f"archive/{warc.name}"
            if name not in lines:
                lines[name] = sha256_of(warc)
        for made in derived_files(collection):
            lines[made.relative_to(collection.root).as_posix()] = sha256_of(made)
        write_atomically(collection.manifest, [f"{value}  {path}\n".encode() for path, value in sorted(lines.items())])
    return collection.manifest


def read_manifest(collection: Collection) -> dict[str, str]:
    """The manifest's digests (hexadecimal) by path; empty where there is none. A line that is none is passed over."""
    if not collection.manifest.exists():
        return {}
    with collection.manifest.open(encoding="utf-8", errors="replace") as file:
        found = [_LINE.fullmatch(line.rstrip("\n")) for line in file]
    return {match[2]: match[1] for match in found if match}


def derived_files(collection: Collection) -> list[Path]:
    """Index, pages and dataset: what is made from the WARC files and stands in the manifest too."""
    paths = [collection.index, *collection.pages.glob("*.jsonl"), *collection.dataset.glob("*")]
    return sorted(path for path in paths if path.is_file() and path.suffix != ".tmp")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
