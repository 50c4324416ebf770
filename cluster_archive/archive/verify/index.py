"""The CDXJ index beside the records: does each line lead to its record, and has each record its line?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

from cluster_archive.archive.heads import bare_address, digits
from cluster_archive.archive.members import FETCH
from cluster_archive.archive.records import Fault, Record, digest_fits, read_digest
from cluster_archive.archive.verify.findings import fault
from cluster_archive.archive.verify.holdings import GONE, Holdings
from cluster_archive.messages import read_message

MAX_LINE = 1024 * 1024

_FIELDS = ("url", "timestamp", "status", "mime", "digest", "length", "offset", "filename")


def verify_index(
    file: IO[bytes], name: str, holdings: Holdings, named: set[int], *, ours: bool, again: str
) -> Iterator[Fault]:
    """The faults of an index; the places that it names go into `named`, `again` says how to make it again.

    Others' keys and media types may differ from ours.
    """
    offset, previous = 0, b""
    while line := file.readline(MAX_LINE):
        if line.startswith(b"!") and not ours:  # a compressed index begins with `!meta`
            offset += len(line)
            continue
        faults = _check_line(line, holdings, named, ours)
        if not line.endswith(b"\n"):
            faults.insert(0, "The line has no end.")
        if line < previous:
            faults.append("The lines are out of order.")
        for what in faults:
            yield fault(name, offset, what, FETCH if what.endswith(GONE) else again)
        previous = line
        offset += len(line)


def verify_named(
    name: str, holdings: Holdings, named: set[int], *, again: str, only: str | None = None
) -> Iterator[Fault]:
    """The records that an index should name but does not; those of one file, where it is the index of that file."""
    for place in sorted(set(holdings.indexed.values()) - named):
        file, offset = holdings.named(place)
        if only in (None, file):
            yield fault(name, None, f"No line names the record {file}:{offset}.", again)


def _check_line(line: bytes, holdings: Holdings, named: set[int], ours: bool) -> list[str]:
    try:
        key, timestamp, rest = line.decode("utf-8").rstrip("\r\n").split(" ", 2)
        fields = json.loads(rest)
        told = (fields["url"], timestamp, *(fields.get(field) for field in _FIELDS[2:]))
        file, offset, length = str(fields["filename"]).rpartition("/")[2], int(fields["offset"]), int(fields["length"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ["The line is no CDXJ line."]
    faults = [] if _is_key(key, fields, ours) else [f"Its key is not that of {str(fields['url'])[:80]}."]
    known = all(one is None or isinstance(one, str) for one in told)
    place = holdings.indexed.get(hash(told)) if known else None
    if place is None:
        record = holdings.look(file, offset)
        if record is None:
            return [*faults, f"No response begins at {file}:{offset}{'.' if file in holdings.files else GONE}"]
        if differ := list(_differences(dict(zip(_FIELDS, told, strict=True)), record, length, ours)):
            faults.append(f"Its {', '.join(differ)} differs from what stands at {file}:{offset}.")
        place = holdings.place_of(file, offset)
    if place in named:
        faults.append(f"A line before it names {file}:{offset} too.")
    if place is not None:
        named.add(place)
    return faults


def _is_key(key: str, fields: dict[str, Any], ours: bool) -> bool:
    """Whether a line's key is that of its address; others have keys of their own for POST, and for what is no http."""
    if not ours and ("method" in fields or not str(fields["url"]).startswith(("http://", "https://"))):
        return True
    import surt  # here for the reason given in `cdxj.surt_key`

    try:
        made = surt.surt(str(fields["url"]))
    except Exception:  # noqa: BLE001 - what the library makes of an odd address is no fault of the archive
        return True
    return bool(key == made) or (not ours and key.replace("www.", "") == made)


def _differences(told: dict[str, Any], record: Record, length: int, ours: bool) -> Iterator[str]:
    message = read_message(record.block) if record.type in ("response", "revisit") else None
    if told["url"] != bare_address(record.get("WARC-Target-URI") or ""):
        yield "url"
    if told["timestamp"] != digits(record.get("WARC-Date") or ""):
        yield "timestamp"
    if length != record.length:
        yield "length"
    if not _is_digest(told["digest"], record, message.payload if message and record.type == "response" else None):
        yield "digest"
    if message is None or message.status is None:
        return
    if str(told["status"]) != str(message.status) and not (record.type == "revisit" and told["status"] in (None, "-")):
        yield "status"
    stated = next((value for name, value in message.headers if name.lower() == "content-type"), "")
    made = stated.partition(";")[0].strip()
    allowed = {made, made.lower(), *(("warc/revisit",) if record.type == "revisit" else ())}
    if not made:
        allowed |= {None, "unk", "-"}
    if told["mime"] not in allowed and ours:
        yield "mime"


def _is_digest(told: Any, record: Record, payload: bytes | None) -> bool:
    """Whether a line's digest is the record's, however it is written; made by the indexer where the record has none."""
    stated = record.get("WARC-Payload-Digest")
    if told == stated or told in (None, "-"):
        return told == stated or not stated
    if not isinstance(told, str):
        return False
    if stated:
        return read_digest(told if ":" in told else f"sha1:{told}") == read_digest(stated)
    return payload is None or digest_fits(told if ":" in told else f"sha1:{told}", payload) is not False
