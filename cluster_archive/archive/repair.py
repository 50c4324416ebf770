"""Repair: files that a dead run left open are cut back to their last whole record and finished."""

from __future__ import annotations

import os
from pathlib import Path

from cluster_archive.archive.collection import Collection, writing
from cluster_archive.archive.growing_file import sync_folder
from cluster_archive.archive.records import read_records


def finish_open_files(collection: Collection) -> list[tuple[Path, str]]:
    """Finishes each `.open` file; a torn tail is kept aside as `.torn`. Gives the path that each has now (one without a
    record of an exchange is taken away) and a sentence."""
    told = []
    for path in sorted(collection.archive.glob("*.warc.gz.open")):
        whole, records = 0, 0
        for record in read_records(path, lambda fault: None):
            if record.offset != whole:
                break  # what stands behind a torn member is kept aside with it
            whole = record.offset + record.length
            records += record.type not in ("warcinfo", "resource")
        finished = path.with_name(path.name.removesuffix(".open"))
        with writing(f"The WARC file {path}"):
            size = path.stat().st_size
            if size > whole:
                with path.open("r+b") as file:
                    file.seek(whole)
                    finished.with_name(finished.name + ".torn").write_bytes(file.read())
                    file.truncate(whole)
                    os.fsync(file.fileno())
            if records:
                path.rename(finished)
            else:
                path.unlink()
            sync_folder(collection.archive)
        cut = f", {size - whole} torn bytes kept aside" if size > whole else ""
        sentence = f"{finished.name} was left open by a run that died: {records} whole records{cut}."
        told.append((finished, sentence))
    return told
