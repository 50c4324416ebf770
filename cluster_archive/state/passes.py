"""Passes: when the frontier was gone through, which sources list which articles, and what is asked for again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from cluster_archive.state.database import moment_of, stamp
from cluster_archive.state.frontier import ARTICLES_SQL, EMBEDDED_SQL, Entry, Frontier


class Passes(Frontier):
    """The frontier over several passes."""

    def open_pass(self, started: datetime, *, is_full: bool) -> None:
        """Begins a pass; the queries of earlier ones for what was changed since then are forgotten."""
        with self.transaction():
            self._execute(
                "DELETE FROM frontier WHERE kind = 'rest' AND status = 'done' AND url LIKE '%modified_after=%'"
            )
            self._execute("INSERT OR REPLACE INTO passes VALUES (?, ?, NULL)", (stamp(started), int(is_full)))

    def not_after(self, now: datetime) -> datetime | None:
        """Takes what the state says of a time to come for said just now: the clock was ahead then, or is behind. Gives the
        latest of these moments; None where there is none."""
        columns = (
            ("frontier", "checked_at"),
            ("frontier", "listed_at"),
            ("passes", "started_at"),
            ("passes", "completed_at"),
        )
        latest = [self._stamped(f"SELECT max({column}) FROM {table}") for table, column in columns]
        ahead = max((one for one in latest if one is not None and one > now), default=None)
        if ahead is not None:
            with self.transaction():
                for table, column in columns:
                    self._execute(
                        f"UPDATE OR REPLACE {table} SET {column} = ?1 WHERE {column} > ?1",
                        (stamp(now - timedelta(microseconds=1)),),
                    )
        return ahead

    def complete_pass(self, at: datetime) -> None:
        """Notes that all that the pass wanted was asked for."""
        self._execute(
            "UPDATE passes SET completed_at = ? WHERE completed_at IS NULL"
            " AND started_at = (SELECT max(started_at) FROM passes)",
            (stamp(at),),
        )

    def pass_started(self) -> datetime | None:
        """When the pass began that is under way, or that was the last."""
        return self._stamped("SELECT max(started_at) FROM passes")

    def last_complete_pass(self) -> datetime | None:
        """When the last pass began, if it was complete."""
        return self._stamped(
            "SELECT started_at FROM passes WHERE completed_at IS NOT NULL"
            " AND started_at = (SELECT max(started_at) FROM passes)"
        )

    def has_complete_pass(self) -> bool:
        """Whether any pass was complete."""
        return self._stamped("SELECT max(started_at) FROM passes WHERE completed_at IS NOT NULL") is not None

    def first_pass(self) -> datetime | None:
        """When the first complete pass was over."""
        return self._stamped("SELECT min(completed_at) FROM passes")

    def last_full_pass(self) -> datetime | None:
        """When the last pass began that asked for all pages."""
        return self._stamped("SELECT max(started_at) FROM passes WHERE is_full")

    def renew(self, key: str) -> bool:
        """Makes an address pending again that was done before this pass; whether it was."""
        row = self._execute(
            "UPDATE frontier SET status = 'pending', reason = NULL WHERE key = ?"
            " AND (status = 'done' OR (status = 'skipped' AND reason = 'redirects-to-known'))"
            " AND coalesce(checked_at < (SELECT max(started_at) FROM passes), 1)",
            (key,),
        )
        if row.rowcount:
            self._execute("DELETE FROM taken WHERE key = ?", (key,))
        return bool(row.rowcount)

    def renew_all(self, *, with_embedded: bool) -> None:
        """Makes all pages and sources pending again, and what pages show and need where that is wanted too."""
        only = "" if with_embedded else f" AND kind NOT IN ({EMBEDDED_SQL})"
        self._execute(
            f"UPDATE frontier SET status = 'pending', reason = NULL WHERE status IN ('done', 'skipped'){only}"
        )

    def sources(self) -> list[Entry]:
        """The addresses that name articles, in the order of finding: all that are no articles and nothing embedded."""
        return self._entries(
            f"kind NOT IN ({EMBEDDED_SQL}) AND NOT {ARTICLES_SQL} AND kind <> 'part' AND status = 'done' ORDER BY number",
            (),
        )

    def articles_done(self) -> list[Entry]:
        """The addresses of articles that were asked for, in the order of finding."""
        return self._entries(f"{ARTICLES_SQL} AND status = 'done' ORDER BY number", ())

    def listing(self) -> dict[str, dict[str, int]]:
        """Articles by host, and by the kind of the complete source that lists them (empty: none does)."""
        rows = self._execute(
            "SELECT substr(key, 1, instr(key, '/') - 1), coalesce(substr(listed_by, 1, instr(listed_by, ' ') - 1), ''),"
            f" count(*) FROM frontier WHERE {ARTICLES_SQL} AND told > 0 GROUP BY 1, 2"
        )
        told: dict[str, dict[str, int]] = {}
        for host, kind, count in rows:
            told.setdefault(host, {})[kind] = count
        return told

    def listed(self, key: str, by: str | None, at: datetime, hint: datetime | None) -> None:
        """Notes that a source named an address, and when it says that it was changed; `by` where it lists all it has."""
        self._execute(
            "UPDATE frontier SET hint = coalesce(?2, hint), listed_by = coalesce(?3, listed_by), listed_at = CASE WHEN ?3 IS NULL"
            " THEN listed_at ELSE coalesce(max(?1, (SELECT max(started_at) FROM passes)), ?1) END WHERE key = ?4",
            (stamp(at), stamp(hint) if hint else None, by, key),
        )

    def count_listed(self, by: str, since: datetime) -> int:
        """Addresses that a source has listed since then."""
        sql = "SELECT count(*) FROM frontier WHERE listed_by = ? AND listed_at >= ?"
        return int(self._execute(sql, (by, stamp(since))).fetchone()[0])

    def missed(self, by: str, since: datetime) -> list[str]:
        """Keys of the addresses that a source has listed before, and not since then; it lists them no longer."""
        where = "listed_by = ? AND listed_at < ?"
        with self.transaction():
            keys = [row[0] for row in self._execute(f"SELECT key FROM frontier WHERE {where}", (by, stamp(since)))]
            self._execute(f"UPDATE frontier SET listed_by = NULL WHERE {where}", (by, stamp(since)))
        return keys

    def unlist(self, by: str) -> None:
        """Forgets that a source lists anything: it is closed."""
        self._execute("UPDATE frontier SET listed_by = NULL WHERE listed_by = ?", (by,))
        self._execute("DELETE FROM collections WHERE name = ?", (by,))

    def collections(self) -> dict[str, tuple[str, int]]:
        """Address of the first page and number of posts of each REST collection that was read whole."""
        return {name: (url, total) for name, url, total in self._execute("SELECT name, url, total FROM collections")}

    def keep_collection(self, name: str, url: str, total: int) -> None:
        """Notes a REST collection and how many posts it has."""
        self._execute("INSERT OR REPLACE INTO collections VALUES (?, ?, ?)", (name, url, total))

    def settle(self, entries: Iterable[tuple[Entry, datetime]]) -> None:
        """Puts addresses into the frontier that the archive holds already, with the time of their last capture."""
        with self.transaction():
            for entry, at in entries:
                self.add([entry])
                self._execute(
                    "UPDATE frontier SET status = 'done', checked_at = ?, told = ? WHERE key = ? AND checked_at IS NULL",
                    (stamp(at), int(entry.kind in ("article", "project")), entry.key),
                )

    def held_addresses(self) -> Iterator[tuple[str, str, datetime]]:
        """What the archive holds of articles and files: address, kind and last capture."""
        rows = self._execute(
            "SELECT a.address, CASE WHEN EXISTS (SELECT 1 FROM articles p WHERE p.url = a.url AND p.is_part) THEN 'part'"
            " WHEN EXISTS (SELECT 1 FROM articles p WHERE p.url = a.url) THEN 'article'"
            " WHEN a.media_type LIKE 'image/%' THEN 'picture' ELSE 'requisite' END, max(a.captured_at) FROM captures a"
            " WHERE EXISTS (SELECT 1 FROM articles p WHERE p.url = a.url) OR (a.status = 200 AND a.truncated IS NULL AND"
            " (a.media_type LIKE 'image/%' OR a.media_type LIKE 'font/%' OR a.media_type LIKE '%css%' OR a.media_type LIKE '%javascript%'))"
            " GROUP BY a.address ORDER BY a.address"
        ).fetchall()
        for address, kind, at in rows:
            yield address, kind, moment_of(at)
