"""Is a record's head as WARC 1.1 (or 1.0) has it?"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

from cluster_archive.archive.heads import Head, bare_address, is_ip
from cluster_archive.archive.records import read_digest
from cluster_archive.archive.verify.findings import HABIT, STANDARD, Finding

TYPES = frozenset(("warcinfo", "response", "resource", "request", "metadata", "revisit", "conversion", "continuation"))
_NEEDS_ADDRESS = frozenset(("response", "resource", "request", "revisit", "conversion", "continuation"))
_ONCE = frozenset(
    """warc-type warc-record-id warc-date content-length content-type warc-block-digest warc-payload-digest
    warc-ip-address warc-refers-to warc-refers-to-target-uri warc-refers-to-date warc-target-uri warc-truncated
    warc-warcinfo-id warc-filename warc-profile warc-identified-payload-type warc-segment-number
    warc-segment-origin-id warc-segment-total-length""".split()
)
"""Fields that must not be repeated (WARC 1.1, 5: all but `WARC-Concurrent-To`)."""

_DATE = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z)?)?)?")
_RECORD_ID = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:[^<>\s]+>")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*")


def check_head(head: Head) -> list[Finding]:
    """What breaks the standard in a record's head (WARC 1.1, 4 and 5)."""
    if head.is_usual:
        return []
    kind, record_id, date, uri = head.kind or "", head.record_id or "", head.date or "", head.uri or ""
    found = []
    for flaw in head.flaws:
        found.append(Finding(flaw, STANDARD))
    if len(head.headers) != len(head.fields):
        names = [name.lower() for name, _ in head.headers]
        for name in sorted({name for name in names if name in _ONCE and names.count(name) > 1}):
            found.append(Finding(f"Its head has more than one {name}.", STANDARD))
    if not kind:
        found.append(Finding("It has no WARC-Type.", STANDARD))
    elif kind not in TYPES:
        what = f"Its type is {kind[:40]!r}, which the standard does not know."
        found.append(Finding(what, HABIT, is_note=True))
    if not record_id:
        found.append(Finding("It has no WARC-Record-ID.", STANDARD))
    elif not _RECORD_ID.fullmatch(record_id):
        what = f"Its WARC-Record-ID is {record_id[:80]!r}, not an address in angle brackets."
        found.append(Finding(what, STANDARD))
    if not date:
        found.append(Finding("It has no WARC-Date.", STANDARD))
    elif not is_date(date):
        what = f"Its WARC-Date is {date[:40]!r}, not a moment in UTC such as 2024-05-06T07:08:09Z."
        found.append(Finding(what, STANDARD))
    if not uri:
        if kind in _NEEDS_ADDRESS:
            found.append(Finding("It has no WARC-Target-URI.", STANDARD))
    elif not _is_address(uri):
        found.append(Finding(f"Its WARC-Target-URI is {uri[:80]!r}, which is no address.", STANDARD))
    if head.content_type is None and head.size and kind != "continuation":
        found.append(Finding("It has no Content-Type.", HABIT, is_note=True))
    for name, label in (("warc-block-digest", head.block_digest), ("warc-payload-digest", head.payload_digest)):
        if label is not None:
            told = read_digest(label)
            if not told or not told[1]:
                found.append(_bad_digest(name, label, told))
    if head.server is not None and not is_ip(head.server):
        found.append(Finding(f"Its WARC-IP-Address is {head.server[:60]!r}, which is no IP address.", STANDARD))
    if record_id and record_id in head.partners:
        found.append(Finding("It names itself in WARC-Concurrent-To.", STANDARD))
    return found


def _bad_digest(name: str, label: str, told: tuple[str, bytes] | None) -> Finding:
    if told is None:
        what = f"Its {name} is of a kind that is not known here: {label.partition(':')[0][:20]!r}."
        return Finding(what, "It is not checked.", is_note=True)
    return Finding(f"Its {name} is {label[:80]!r}, which is no digest of that kind.", STANDARD)


# the records of one exchange, which stand side by side, have the same address and date


@lru_cache(maxsize=4)
def _is_address(uri: str) -> bool:
    return _ADDRESS.fullmatch(bare_address(uri)) is not None


@lru_cache(maxsize=4)
def is_date(text: str) -> bool:
    """Whether a text is a `WARC-Date`: a moment that there is, in UTC, to any precision (WARC 1.1, 5.4)."""
    if not _DATE.fullmatch(text):
        return False
    if len(text) < 17:
        return True
    try:
        datetime.fromisoformat(text[:19].rstrip("Z"))
    except ValueError:
        return False
    return True
