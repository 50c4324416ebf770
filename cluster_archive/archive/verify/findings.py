"""Findings: what is wrong, with a record or a file, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cluster_archive.archive.heads import Head
from cluster_archive.archive.members import FETCH
from cluster_archive.archive.records import Fault

STANDARD = "The record breaks the standard; fetch the file from a good copy, or tell its maker."
CHANGED = f"The bytes were changed. {FETCH}"
HABIT = "It is no damage."


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a record, before it is known where that stands."""

    what: str
    """What is wrong, in one sentence."""
    advice: str
    """What to do about it."""
    is_note: bool = False
    """Whether it is no damage."""

    def at(self, file: str, head: Head) -> Fault:
        """The same as a fault at a record."""
        return fault(file, head.offset, self.what, self.advice, head.record_id or None, is_note=self.is_note)


def is_file(path: Path) -> bool:
    """Whether a file stands there; not where the name is one that no file can have, such as a much too long one."""
    try:
        return path.is_file()
    except OSError:
        return False


def fault(
    file: str, offset: int | None, what: str, advice: str, record_id: str | None = None, *, is_note: bool = False
) -> Fault:
    """A fault, or a note."""
    return Fault(
        file=file,
        offset=offset,
        record_id=record_id,
        what=what,
        advice=advice,
        severity="note" if is_note else "fault",
    )
