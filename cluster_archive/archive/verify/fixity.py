"""The fixity history: a line in the collection for each time that it was verified or repaired (NDSA levels, 3)."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cluster_archive import __version__
from cluster_archive.archive.collection import Collection
from cluster_archive.archive.records import Fault
from cluster_archive.files import sync_folder

FIXITY_LOG = "fixity.jsonl"
_KEPT = 100


@dataclass(slots=True, kw_only=True)
class Verification:
    """What one verification read and found."""

    files: int = 0
    """WARC files read."""
    records: int = 0
    """Whole records read."""
    bytes: int = 0
    """Bytes of those files."""
    faults: int = 0
    """Faults found."""
    notes: int = 0
    """Notes made."""
    first: list[str] = field(default_factory=list)
    """The first hundred faults, a sentence each."""

    def add(self, fault: Fault) -> None:
        """Counts a fault or a note."""
        if fault.severity == "note":
            self.notes += 1
            return
        self.faults += 1
        if len(self.first) < _KEPT:
            self.first.append(str(fault))


def log_verification(collection: Collection, what: str, told: Verification, now: datetime) -> str:
    """Adds a line about a verification to the collection's log; why it could not, or nothing where it could."""
    line = {
        "files": told.files,
        "records": told.records,
        "bytes": told.bytes,
        "faults": told.faults,
        "notes": told.notes,
        "first_faults": told.first,
    }
    return log_line(collection, what, line, now)


def log_line(collection: Collection, what: str, line: dict[str, Any], now: datetime) -> str:
    """Adds a line to the collection's log, whole or not at all; why it could not, or nothing where it could."""
    head = {"time": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "tool": f"cluster_archive/{__version__}", "what": what}
    data = (json.dumps({**head, **line}, ensure_ascii=False) + "\n").encode("utf-8", "replace")
    path = collection.root / FIXITY_LOG
    try:
        is_new = not path.exists()
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            size = os.fstat(handle).st_size
            if os.write(handle, data) != len(data):
                os.ftruncate(handle, size)
                return f"The result could not be logged in {path}: the disk is full."
            os.fsync(handle)
        finally:
            os.close(handle)
        if is_new:
            sync_folder(path.parent)
    except OSError as error:
        return f"The result could not be logged in {path}: {error.strerror}."
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One verification of a whole collection, as its log has it."""

    time: datetime
    """When it was over, UTC."""
    faults: int
    """Faults found, wherever in the collection: also what is wrong with a file may be told of another, as by the manifest."""


def read_checks(collection: Collection) -> list[Check]:
    """The verifications that the collection's log tells of, oldest first; a line that is none is passed over."""
    try:
        lines = (collection.root / FIXITY_LOG).read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError):
        return []
    checks = []
    for line in lines:
        with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
            told = json.loads(line)
            if told.get("what", "verify") == "verify":
                time = datetime.fromisoformat(told["time"]).astimezone(UTC)
                checks.append(Check(time=time, faults=int(told["faults"])))
    return checks
