"""Frontier: the addresses that are to be asked for, and how each was answered; it survives a crash."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cluster_archive.state.database import Database, moment_of, stamp, telling

EMBEDDED = ("picture", "document", "requisite")
"""Kinds of addresses that are no pages: what articles show and link to, and what pages need to be seen again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An address in the frontier."""

    key: str
    """The address in the form in which addresses are compared (urls.article_key)."""
    url: str
    """The address as it is asked for."""
    kind: str
    """What is hoped to stand there."""
    priority: int = 0
    """What is higher is asked for first."""
    depth: int = 0
    """Links from the seed."""
    via: str | None = None
    """The page that named it."""
    status: str = "pending"
    """``pending``, ``done``, ``failed`` or ``skipped``."""
    reason: str | None = None
    """Why it failed or was skipped."""
    tries: int = 0
    """How often it failed."""
    checked_at: datetime | None = None
    """When it was asked for last."""
    told: int = 0
    """Articles that its last capture named, or 1 where it was read as one."""
    listed_by: str | None = None
    """The complete source that lists it: its kind, a space, and its name."""
    hint: datetime | None = None
    """When it was changed last, as a source said last."""


EMBEDDED_SQL = ", ".join(f"'{kind}'" for kind in EMBEDDED)
_ADD = f"""
INSERT INTO frontier (key, url, kind, priority, depth, via) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET url = excluded.url, kind = excluded.kind, priority = excluded.priority,
  depth = excluded.depth, via = excluded.via, status = 'pending', reason = NULL
WHERE kind IN ({EMBEDDED_SQL}) AND excluded.priority > priority
  AND (excluded.kind NOT IN ({EMBEDDED_SQL}) OR status <> 'done')
"""
_ENTRY = "key, url, kind, priority, depth, via, status, reason, tries, checked_at, told, listed_by, hint"
ARTICLES_SQL = "kind IN ('article', 'project')"

_PASS_SQL = "(SELECT max(started_at) FROM passes)"
CHECKED_SQL = f"coalesce(max(?1, {_PASS_SQL}), ?1, checked_at)"
"""When an address was asked for: never before the pass that asked, also where the clock was set back since that began."""

GIVEN_UP = 3
"""Runs in which an address may fail before it no longer holds up a new pass; it is asked for in each all the same."""


class Frontier(Database):
    """The part of the state that a crawl is driven by."""

    def add(self, entries: Iterable[Entry]) -> list[Entry]:
        """Puts addresses into the frontier; gives those that were new.

        What was known only as something embedded and is now named as more (a page, or an article's own picture) becomes
        that; it is asked for again only where it is to be read as a page.
        """
        new = []
        with self.transaction():
            for entry in entries:
                values = (entry.key, entry.url, entry.kind, entry.priority, entry.depth, entry.via)
                if self._execute(_ADD, values).rowcount:
                    new.append(entry)
                    if entry.kind not in EMBEDDED:
                        self._execute("DELETE FROM taken WHERE key = ?", (entry.key,))
        return new

    def take(self, kinds: Sequence[str]) -> Entry | None:
        """The pending address of these kinds that comes first: by priority, then depth, then the order of finding.

        It is given out once in a process; after a crash it is pending again.
        """
        sql = (
            f"SELECT {_ENTRY} FROM frontier WHERE {self._pending(kinds)} ORDER BY priority DESC, depth, number LIMIT 1"
        )
        row = self._execute(sql, kinds).fetchone()
        if row is None:
            return None
        entry = _entry(row)
        self._execute("INSERT INTO taken VALUES (?)", (entry.key,))
        return entry

    def has_pending(self, kinds: Sequence[str]) -> bool:
        """Whether `take` would give something."""
        return (
            self._execute(f"SELECT 1 FROM frontier WHERE {self._pending(kinds)} LIMIT 1", kinds).fetchone() is not None
        )

    def pending(self, kinds: Sequence[str]) -> list[Entry]:
        """All pending addresses of these kinds, in the order of finding."""
        return self._entries(f"{self._pending(kinds)} ORDER BY number", kinds)

    @staticmethod
    def _pending(kinds: Sequence[str]) -> str:
        marks = ", ".join("?" * len(kinds))
        return f"status = 'pending' AND kind IN ({marks}) AND key NOT IN (SELECT key FROM taken)"

    def done(self, key: str, at: datetime | None = None, told: int = 0) -> None:
        """The address is in the archive, and what it said is committed; `at` is when it was captured, `told` how many
        articles it named, or 1 where it is one."""
        self._execute(
            f"UPDATE frontier SET status = 'done', reason = NULL, checked_at = {CHECKED_SQL}, told = ?2 WHERE key = ?3",
            (stamp(at) if at else None, told, key),
        )

    def failed(self, key: str, reason: str) -> None:
        """The address could not be had; the next run asks for it again."""
        self._execute(
            "UPDATE frontier SET status = 'failed', reason = ?, tries = tries + 1 WHERE key = ?", (reason, key)
        )

    def skipped(self, key: str, reason: str, at: datetime | None = None) -> None:
        """The address is not asked for; `at` is when that was decided."""
        self._execute(
            f"UPDATE frontier SET status = 'skipped', reason = ?2, told = 0, checked_at = {CHECKED_SQL} WHERE key = ?3",
            (stamp(at) if at else None, reason, key),
        )

    def known(self, key: str) -> bool:
        """Whether the frontier has the address."""
        return self._execute("SELECT 1 FROM frontier WHERE key = ?", (key,)).fetchone() is not None

    def count_of(self, kind: str) -> int:
        """Addresses of a kind that were or will be asked for in this pass."""
        sql = (
            "SELECT count(*) FROM frontier WHERE kind = ? AND (status IN ('pending', 'failed')"
            " OR (status = 'done' AND coalesce(checked_at >= (SELECT max(started_at) FROM passes), 1)))"
        )
        return int(self._execute(sql, (kind,)).fetchone()[0])

    def find(self, key: str) -> Entry | None:
        """The frontier's entry of an address."""
        return next(iter(self._entries("key = ?", (key,))), None)

    def counts(self) -> dict[str, int]:
        """Addresses by status."""
        return dict(self._execute("SELECT status, count(*) FROM frontier GROUP BY status").fetchall())

    def failures(self) -> list[Entry]:
        """The addresses that could not be had, in the order of finding."""
        return self._entries("status = 'failed' ORDER BY number", ())

    def begin(self, kinds: Sequence[str]) -> bool:
        """Makes the frontier ready for a run that wants these kinds: what failed is pending again. Whether nothing is left of
        an earlier run, so that a new pass begins. What a page shows or needs and that failed holds no new pass up, and
        neither does a page that failed in several runs; a run that did not come to its end does, also where it had asked
        for all."""
        marks, embedded = ", ".join("?" * len(kinds)), ", ".join("?" * len(EMBEDDED))
        left = (
            f"SELECT 1 FROM frontier WHERE kind IN ({marks}) AND (status = 'pending'"
            f" OR (status = 'failed' AND kind NOT IN ({embedded}) AND tries < {GIVEN_UP})) LIMIT 1"
        )
        with self.transaction():
            is_left = self._execute(left, (*kinds, *EMBEDDED)).fetchone() is not None
            self._execute("UPDATE frontier SET status = 'pending' WHERE status = 'failed'")
            is_unended = self._execute("SELECT 1 FROM unended LIMIT 1").fetchone() is not None
        return not is_left and not is_unended

    def begun(self, run: str) -> None:
        """Notes that a run is under way."""
        self._execute("INSERT OR REPLACE INTO unended VALUES (?)", (run,))

    def ended(self) -> None:
        """Notes that a run came to its end: all that it asked for is in the dataset, and told."""
        self._execute("DELETE FROM unended")

    def _entries(self, where: str, values: Sequence[Any]) -> list[Entry]:
        rows = self._execute(f"SELECT {_ENTRY} FROM frontier WHERE {where}", values)
        return [_entry(row) for row in rows]


def _entry(row: Sequence[Any]) -> Entry:
    told = dict(zip(_ENTRY.split(", "), row, strict=True))
    with telling():
        for name in ("checked_at", "hint"):
            told[name] = moment_of(told[name]) if told[name] else None
    return Entry(**told)
