"""CDXJ: one line a response record, sorted by SURT key and time, so that a capture is found without reading the WARC."""

from __future__ import annotations

import heapq
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import surt

from cluster_archive.archive.collection import Collection, writing
from cluster_archive.archive.reader import ref_of
from cluster_archive.archive.records import read_records
from cluster_archive.captures import Message, RecordRef, read_message


def cdxj_line(url: str, message: Message, ref: RecordRef, *, revisit: bool = False) -> str:
    """The line of a response or revisit record, in the form of cdxj-indexer (CDXJ as WACZ 1.1.1 has it)."""
    headers = {name.lower(): value for name, value in reversed(message.headers)}
    mime = headers.get("content-type", "").partition(";")[0].strip() or None
    fields = {
        "url": url,
        "mime": "warc/revisit" if revisit else mime,
        "status": str(ref.status) if ref.status is not None else None,
        "digest": ref.payload_digest,
        "length": str(ref.length),
        "offset": str(ref.offset),
        "filename": ref.file,
    }
    kept = {name: value for name, value in fields.items() if value is not None}
    return f"{surt.surt(url)} {ref.captured_at:%Y%m%d%H%M%S} {json.dumps(kept)}\n"


def build_index(collection: Collection) -> Path:
    """Merges the files' indexes into `indexes/index.cdxj`, atomically; makes one for a file that has none."""
    parts = []
    for warc in collection.warcs():
        part = collection.indexes / f"{warc.name}.cdxj"
        if not part.exists():
            with writing(f"The index {part}"):
                part.write_text("".join(sorted(index_lines(warc))), encoding="utf-8")
        parts.append(part)
    temporary = collection.index.with_suffix(".tmp")
    with writing(f"The index {collection.index}"), ExitStack() as stack:
        files = [stack.enter_context(part.open(encoding="utf-8")) for part in parts]
        with temporary.open("w", encoding="utf-8") as out:
            out.writelines(heapq.merge(*files))
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(collection.index)
    return collection.index


def index_lines(warc: Path) -> Iterator[str]:
    """The lines of a WARC file's response and revisit records, in the file's order; broken records are passed over."""
    for record in read_records(warc, lambda fault: None):
        url = record.get("WARC-Target-URI")
        if record.type in ("response", "revisit") and url:
            message = read_message(record.block)
            if message.status is not None or record.type == "revisit":
                ref = ref_of(warc.name, record, message)
                yield cdxj_line(url, message, ref, revisit=record.type == "revisit")


def look_up(index: Path, url: str) -> list[dict[str, str]]:
    """The index's fields of all captures of an address, oldest first; each with its `timestamp`."""
    key = surt.surt(url) + " "
    with index.open(encoding="utf-8") as file:
        lines = [line.split(" ", 2) for line in file if line.startswith(key)]
    return [{**json.loads(fields), "timestamp": timestamp} for _, timestamp, fields in lines]
