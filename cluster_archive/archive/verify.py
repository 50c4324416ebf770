"""Verify: is what we hold what we wrote? Nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from cluster_archive.archive.collection import Collection
from cluster_archive.archive.records import Fault, Record, digest_fits, read_records
from cluster_archive.captures import read_message
from cluster_archive.errors import BadArchive

Known = dict[tuple[str, int], tuple[str, str | None, str, int]]
"""(file, offset) of each response: record id, payload digest, address, length."""


def verify_collection(collection: Collection) -> Iterator[Fault]:
    """The faults of a collection: its WARC files, its index and its dataset. Raises BadArchive where it is none."""
    if not collection.archive.is_dir():
        raise BadArchive(f"{collection.root} is no collection: it has no folder `archive`.")
    known: Known = {}
    for path in collection.warcs():
        yield from verify_warc(path, known)
    for path in sorted(collection.archive.glob("*.open")):
        yield _fault(path.name, None, "The file was left open by a run that died.", "The next crawl finishes it.")
    yield from _verify_index(collection, known)
    yield from _verify_dataset(collection, known)


def verify_warc(path: Path, known: Known | None = None) -> Iterator[Fault]:
    """The faults of a WARC file; `known` takes its responses. Raises BadArchive where it is no WARC."""
    if not path.is_file():
        raise BadArchive(f"{path} does not exist.")
    faults: list[Fault] = []
    ids: set[str] = set()
    pairs: list[tuple[Record, str]] = []
    first = True
    for record in read_records(path, faults.append):
        yield from faults
        faults.clear()
        if first and record.type != "warcinfo":
            yield _fault(path.name, record, "The file does not begin with a warcinfo record.", "Other tools may do so.")
        first = False
        ids.add(record.record_id)
        if record.type in ("request", "response") and (partner := record.get("WARC-Concurrent-To")):
            pairs.append((record, partner))
        yield from _verify_record(path.name, record)
        if known is not None and record.type in ("response", "revisit", "resource"):  # what is indexed
            told = (
                record.record_id,
                record.get("WARC-Payload-Digest"),
                record.get("WARC-Target-URI") or "",
                record.length,
            )
            known[path.name, record.offset] = told
    if first:
        raise BadArchive(f"{path} is not a WARC file: it holds no whole WARC record.")
    yield from faults
    for record, partner in pairs:
        if partner not in ids:
            yield _fault(path.name, record, f"Its partner {partner} is missing.", "A record was removed or cut.")


def _verify_record(file: str, record: Record) -> Iterator[Fault]:
    advice = "The bytes were changed; fetch the file from a good copy."
    for name in ("WARC-Type", "WARC-Record-ID", "WARC-Date"):
        if not record.get(name):
            yield _fault(file, record, f"It has no {name}.", "The record breaks WARC 1.1, 5.")
    stated = record.get("WARC-Block-Digest")
    if stated and digest_fits(stated, record.block) is False:
        yield _fault(file, record, "Its block does not have the digest stated.", advice)
    stated = record.get("WARC-Payload-Digest")
    if stated and digest_fits(stated, _payload(record)) is False:
        yield _fault(file, record, "Its payload does not have the digest stated.", advice)


def _payload(record: Record) -> bytes:
    """The payload, transfer coding removed (WARC 1.1, 5.9)."""
    content_type = (record.get("Content-Type") or "").replace(" ", "")
    if not content_type.startswith("application/http"):
        return record.block
    if record.type == "request" or "msgtype=request" in content_type:
        return record.block.partition(b"\r\n\r\n")[2]
    return read_message(record.block).payload


def _verify_index(collection: Collection, known: Known) -> Iterator[Fault]:
    name, seen = collection.index.name, set()
    if not collection.index.exists():
        if known:
            yield _fault(name, None, "There is no index.", "The next crawl makes it.")
        return
    previous, offset = "", 0
    for line in collection.index.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]:
        try:
            fields = json.loads(line.split(" ", 2)[2])
            place = (fields["filename"], int(fields["offset"]))
        except (IndexError, ValueError, KeyError, TypeError):
            yield _fault(name, offset, "The line is no CDXJ line.", "Make the index again.")
        else:
            told = known.get(place)
            seen.add(place)
            if told is None:
                yield _fault(name, offset, f"No response begins at {place[0]}:{place[1]}.", "Make the index again.")
            elif (told[2], str(told[3]), told[1]) != (
                fields.get("url"),
                fields.get("length"),
                fields.get("digest"),
            ):
                yield _fault(name, offset, f"It tells otherwise than {place[0]}:{place[1]}.", "Make the index again.")
            if line < previous:
                yield _fault(name, offset, "The lines are out of order.", "Make the index again.")
        previous = line
        offset += len(line.encode()) + 1
    for file, at in sorted(set(known) - seen):
        yield _fault(file, at, "The index does not name the record.", "Make the index again.")


def _verify_dataset(collection: Collection, known: Known) -> Iterator[Fault]:
    path = collection.dataset / "articles.jsonl"
    if not path.exists():
        return
    offset = 0
    with path.open("rb") as file:
        for line in file:
            yield from _verify_line(path.name, offset, line, known)
            offset += len(line)


def _verify_line(name: str, offset: int, line: bytes, known: Known) -> Iterator[Fault]:
    advice = "Make the dataset again with `extract`."
    try:
        ref = json.loads(line)["warc"]
        place, told = (ref["file"], ref["offset"]), (ref["record_id"], ref["payload_digest"], ref["length"])
    except (ValueError, KeyError, TypeError):
        yield _fault(name, offset, "The line is no article with a pointer into the archive.", advice)
        return
    found = known.get(place)
    if found is None:
        yield _fault(name, offset, f"It points at {place[0]}:{place[1]}, where no response begins.", advice)
    elif told != (found[0], found[1], found[3]):
        yield _fault(name, offset, f"It points at {place[0]}:{place[1]}, which is another record.", advice)


def _fault(file: str, where: Record | int | None, what: str, advice: str) -> Fault:
    if isinstance(where, Record):
        return Fault(file=file, offset=where.offset, record_id=where.record_id or None, what=what, advice=advice)
    return Fault(file=file, offset=where, record_id=None, what=what, advice=advice)
