"""State: the frontier that survives a crash, and what the captures told; SQLite, a cache of the archive."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from cluster_archive.captures import Capture, RecordRef
from cluster_archive.errors import ArchiveNotWritable
from cluster_archive.items import Article, DateEvidence, from_json, to_json
from cluster_archive.urls import absolute_url, article_key, canonical_url, url_id

_SCHEMA = """
CREATE TABLE IF NOT EXISTS frontier (
  number INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, url TEXT NOT NULL, kind TEXT NOT NULL, priority INTEGER NOT NULL,
  depth INTEGER NOT NULL, via TEXT, status TEXT NOT NULL DEFAULT 'pending', reason TEXT, tries INTEGER NOT NULL DEFAULT 0,
  checked_at TEXT, told INTEGER NOT NULL DEFAULT 0, listed_by TEXT, listed_at TEXT, hint TEXT);
CREATE TABLE IF NOT EXISTS passes (started_at TEXT PRIMARY KEY, is_full INTEGER NOT NULL, completed_at TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS collections (name TEXT PRIMARY KEY, url TEXT NOT NULL, total INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS frontier_order ON frontier (status, priority DESC, depth, number);
CREATE TABLE IF NOT EXISTS captures (
  record_id TEXT PRIMARY KEY, url TEXT NOT NULL, status INTEGER, media_type TEXT, captured_at TEXT NOT NULL,
  location TEXT, truncated TEXT, address TEXT NOT NULL, payload_digest TEXT, file TEXT NOT NULL, offset INTEGER NOT NULL,
  length INTEGER NOT NULL, refers_to TEXT, etag TEXT, last_modified TEXT) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS captures_url ON captures (url, captured_at);
CREATE INDEX IF NOT EXISTS captures_payload ON captures (payload_digest, captured_at) WHERE refers_to IS NULL;
CREATE TABLE IF NOT EXISTS evidence (article TEXT, told TEXT, PRIMARY KEY (article, told)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS articles (
  record_id TEXT PRIMARY KEY, id TEXT NOT NULL, url TEXT NOT NULL, captured_at TEXT NOT NULL, content_hash TEXT NOT NULL,
  is_part INTEGER NOT NULL, parts TEXT NOT NULL, line TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS articles_order ON articles (url, id, captured_at);
CREATE INDEX IF NOT EXISTS articles_content ON articles (content_hash);
CREATE INDEX IF NOT EXISTS articles_id ON articles (id, captured_at);
CREATE TABLE IF NOT EXISTS conversions (digest TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unread (record_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unended (run TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TEMP TABLE taken (key TEXT PRIMARY KEY) WITHOUT ROWID;
"""

_VERSION = 2
"""`PRAGMA user_version` of a state that holds all that the archive told when it was opened last."""

_LATER = {
    "checked_at": "TEXT",
    "told": "INTEGER NOT NULL DEFAULT 0",
    "listed_by": "TEXT",
    "listed_at": "TEXT",
    "hint": "TEXT",
}
"""Columns that the frontier of an older state has not."""

_OLD = "".join(f"DROP TABLE IF EXISTS {name};" for name in ("captures", "evidence", "articles", "unread"))


_REF = "file, offset, length, record_id, payload_digest, captured_at, status"
EMBEDDED = ("picture", "document", "requisite")
"""Kinds of addresses that are no pages: what articles show and link to, and what pages need to be seen again."""

_IS_CUT = "EXISTS (SELECT 1 FROM captures WHERE record_id = articles.record_id AND truncated IS NOT NULL)"
_BEST = f"{_IS_CUT}, captured_at DESC, record_id DESC"
"""An article's captures, the one that its line is read from first: the latest whole one, else the latest."""


class StateDamaged(ArchiveNotWritable):
    """The state cannot be read."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The latest whole capture of an address, and the response that holds its payload."""

    ref: RecordRef
    """The response record."""
    etag: str | None
    """`ETag` of the capture."""
    last_modified: str | None
    """`Last-Modified` of the capture."""


_EMBEDDED = ", ".join(f"'{kind}'" for kind in EMBEDDED)
_ADD = f"""
INSERT INTO frontier (key, url, kind, priority, depth, via) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET url = excluded.url, kind = excluded.kind, priority = excluded.priority,
  depth = excluded.depth, via = excluded.via, status = 'pending', reason = NULL
WHERE kind IN ({_EMBEDDED}) AND excluded.priority > priority
  AND (excluded.kind NOT IN ({_EMBEDDED}) OR status <> 'done')
"""
_ENTRY = "key, url, kind, priority, depth, via, status, reason, tries, checked_at, told, listed_by, hint"
_ARTICLES = "kind IN ('article', 'project')"

GIVEN_UP = 3
"""Runs in which an address may fail before it no longer holds up a new pass; it is asked for in each all the same."""


class State:
    """One owner, short transactions. What is written inside `transaction()` is whole or absent after a crash."""

    def __init__(self, connection: sqlite3.Connection, *, is_complete: bool = True) -> None:
        self._db = connection
        self.is_complete = is_complete
        """Whether it holds what the archive tells; where not, the archive must be taken in (Run.rebuild)."""

    @classmethod
    def open(cls, path: Path) -> State:
        """The state in that file, made where there is none; raises StateDamaged or ArchiveNotWritable.

        What another version derived from the archive is dropped, to be derived again; its frontier is kept.
        """
        connection = None
        try:
            connection = sqlite3.connect(path, isolation_level=None)
            return cls(connection, is_complete=_prepared(connection))
        except sqlite3.DatabaseError as error:
            if connection is not None:
                connection.close()
            if _is_of_the_disk(error):
                raise ArchiveNotWritable(f"The state {path} cannot be written: {error}.") from error
            raise StateDamaged(
                f"The state {path} is damaged ({error}). A crawl makes it anew from the archive, which is not touched."
            ) from error

    def completed(self) -> None:
        """Notes that it holds what the archive tells."""
        self._execute(f"PRAGMA user_version = {_VERSION}")
        self.is_complete = True

    def doubted(self) -> None:
        """Notes that the archive may hold what is not in here, until `completed`."""
        self._execute("PRAGMA user_version = 0")

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What happens inside is committed together; inside another transaction it belongs to that one."""
        if self._db.in_transaction:
            yield
            return
        self._execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.DatabaseError):  # where the disk is full SQLite has rolled back by itself
                self._db.execute("ROLLBACK")
            raise
        self._execute("COMMIT")

    def _execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        with _telling():
            return self._db.cursor(_Cursor).execute(sql, values)

    # -- frontier ------------------------------------------------------------------------------------------------

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
            "UPDATE frontier SET status = 'done', reason = NULL, checked_at = coalesce(?, checked_at), told = ? WHERE key = ?",
            (_stamp(at) if at else None, told, key),
        )

    def failed(self, key: str, reason: str) -> None:
        """The address could not be had; the next run asks for it again."""
        self._execute(
            "UPDATE frontier SET status = 'failed', reason = ?, tries = tries + 1 WHERE key = ?", (reason, key)
        )

    def skipped(self, key: str, reason: str, at: datetime | None = None) -> None:
        """The address is not asked for; `at` is when that was decided."""
        self._execute(
            "UPDATE frontier SET status = 'skipped', reason = ?, told = 0, checked_at = coalesce(?, checked_at) WHERE key = ?",
            (reason, _stamp(at) if at else None, key),
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

    # -- passes --------------------------------------------------------------------------------------------------

    def open_pass(self, started: datetime, *, is_full: bool) -> None:
        """Begins a pass; the queries of earlier ones for what was changed since then are forgotten."""
        with self.transaction():
            self._execute(
                "DELETE FROM frontier WHERE kind = 'rest' AND status = 'done' AND url LIKE '%modified_after=%'"
            )
            self._execute("INSERT OR REPLACE INTO passes VALUES (?, ?, NULL)", (_stamp(started), int(is_full)))

    def complete_pass(self, at: datetime) -> None:
        """Notes that all that the pass wanted was asked for."""
        self._execute(
            "UPDATE passes SET completed_at = ? WHERE completed_at IS NULL"
            " AND started_at = (SELECT max(started_at) FROM passes)",
            (_stamp(at),),
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

    def _stamped(self, sql: str, values: Sequence[Any] = ()) -> datetime | None:
        row = self._execute(sql, values).fetchone()
        return _moment(row[0]) if row and row[0] else None

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
        only = "" if with_embedded else f" AND kind NOT IN ({_EMBEDDED})"
        self._execute(
            f"UPDATE frontier SET status = 'pending', reason = NULL WHERE status IN ('done', 'skipped'){only}"
        )

    def sources(self) -> list[Entry]:
        """The addresses that name articles, in the order of finding: all that are no articles and nothing embedded."""
        return self._entries(
            f"kind NOT IN ({_EMBEDDED}) AND NOT {_ARTICLES} AND kind <> 'part' AND status = 'done' ORDER BY number", ()
        )

    def articles_done(self) -> list[Entry]:
        """The addresses of articles that were asked for, in the order of finding."""
        return self._entries(f"{_ARTICLES} AND status = 'done' ORDER BY number", ())

    def listing(self) -> dict[str, dict[str, int]]:
        """Articles by host, and by the kind of the complete source that lists them (empty: none does)."""
        rows = self._execute(
            "SELECT substr(key, 1, instr(key, '/') - 1), coalesce(substr(listed_by, 1, instr(listed_by, ' ') - 1), ''),"
            f" count(*) FROM frontier WHERE {_ARTICLES} AND told > 0 GROUP BY 1, 2"
        )
        told: dict[str, dict[str, int]] = {}
        for host, kind, count in rows:
            told.setdefault(host, {})[kind] = count
        return told

    def listed(self, key: str, by: str | None, at: datetime, hint: datetime | None) -> None:
        """Notes that a source named an address, and when it says that it was changed; `by` where it lists all it has."""
        self._execute(
            "UPDATE frontier SET hint = coalesce(?, hint), listed_by = coalesce(?, listed_by),"
            " listed_at = CASE WHEN ? IS NULL THEN listed_at ELSE ? END WHERE key = ?",
            (_stamp(hint) if hint else None, by, by, _stamp(at), key),
        )

    def count_listed(self, by: str, since: datetime) -> int:
        """Addresses that a source has listed since then."""
        sql = "SELECT count(*) FROM frontier WHERE listed_by = ? AND listed_at >= ?"
        return int(self._execute(sql, (by, _stamp(since))).fetchone()[0])

    def missed(self, by: str, since: datetime) -> list[str]:
        """Keys of the addresses that a source has listed before, and not since then; it lists them no longer."""
        where = "listed_by = ? AND listed_at < ?"
        with self.transaction():
            keys = [row[0] for row in self._execute(f"SELECT key FROM frontier WHERE {where}", (by, _stamp(since)))]
            self._execute(f"UPDATE frontier SET listed_by = NULL WHERE {where}", (by, _stamp(since)))
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
                    (_stamp(at), int(entry.kind in ("article", "project")), entry.key),
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
            yield address, kind, _moment(at)

    def begun(self, run: str) -> None:
        """Notes that a run is under way."""
        self._execute("INSERT OR REPLACE INTO unended VALUES (?)", (run,))

    def ended(self) -> None:
        """Notes that a run came to its end: all that it asked for is in the dataset, and told."""
        self._execute("DELETE FROM unended")

    def _entries(self, where: str, values: Sequence[Any]) -> list[Entry]:
        rows = self._execute(f"SELECT {_ENTRY} FROM frontier WHERE {where}", values)
        return [_entry(row) for row in rows]

    # -- what the captures told ------------------------------------------------------------------------------------

    def keep_capture(self, capture: Capture) -> None:
        """Notes that an address was captured, and where that stands."""
        ref = capture.ref
        assert ref is not None, "a capture that is kept has a record"
        stated = capture.header("Location") if 300 <= (capture.status or 0) < 400 else None
        location = absolute_url(stated, capture.url) if stated else None
        values = {
            "record_id": ref.record_id,
            "url": canonical_url(capture.url),
            "status": capture.status,
            "media_type": capture.media_type,
            "captured_at": _stamp(capture.captured_at),
            "location": canonical_url(location) if location else None,
            "truncated": capture.truncated,
            "address": capture.url,
            "payload_digest": ref.payload_digest,
            "file": ref.file,
            "offset": ref.offset,
            "length": ref.length,
            "refers_to": capture.refers_to.record_id if capture.refers_to else None,
            "etag": capture.header("ETag"),
            "last_modified": capture.header("Last-Modified"),
        }
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        with self.transaction():
            self._execute(f"INSERT OR REPLACE INTO captures ({names}) VALUES ({marks})", list(values.values()))
            if capture.status == 200 and not capture.embedded:
                self._execute("INSERT OR IGNORE INTO unread VALUES (?)", (ref.record_id,))

    def read(self, record_id: str) -> None:
        """Notes that what a capture says is committed."""
        self._execute("DELETE FROM unread WHERE record_id = ?", (record_id,))

    def has_read(self, record_id: str) -> bool:
        """Whether a capture is known, and what it says is committed."""
        sql = "SELECT 1 FROM captures WHERE record_id = ?1 AND record_id NOT IN (SELECT record_id FROM unread)"
        return self._execute(sql, (record_id,)).fetchone() is not None

    def unread_files(self) -> list[str]:
        """The WARC files with pages that were captured, but not read before the run was over."""
        sql = "SELECT DISTINCT file FROM captures JOIN unread USING (record_id) ORDER BY file"
        return [row[0] for row in self._execute(sql)]

    def sync(self) -> None:
        """Has the disk confirm all that is committed; raises ArchiveNotWritable."""
        self._execute("PRAGMA wal_checkpoint(FULL)").fetchall()

    def same_payload(self, payload_digest: str, url: str, status: int) -> RecordRef | None:
        """The whole response with that payload and status that another record can best refer to: of the same address, else
        the first one."""
        return self._ref(
            "payload_digest = ? AND status = ? AND refers_to IS NULL AND truncated IS NULL"
            " ORDER BY address != ?, captured_at, record_id",
            (payload_digest, status, url),
        )

    def held(self, url: str) -> Held | None:
        """The latest whole capture of exactly that address, if it is one that a 304 can stand for."""
        row = self._execute(
            "SELECT coalesce(refers_to, record_id), etag, last_modified FROM captures WHERE url = ? AND address = ?"
            " AND status = 200 AND truncated IS NULL ORDER BY captured_at DESC, record_id DESC LIMIT 1",
            (canonical_url(url), url),
        ).fetchone()
        ref = self._ref("record_id = ? AND refers_to IS NULL", (row[0],)) if row and (row[1] or row[2]) else None
        return Held(ref=ref, etag=row[1], last_modified=row[2]) if ref else None

    def _ref(self, where: str, values: Sequence[Any]) -> RecordRef | None:
        row = self._execute(f"SELECT {_REF} FROM captures WHERE {where} LIMIT 1", values).fetchone()
        if row is None:
            return None
        told = dict(zip(_REF.split(", "), row, strict=True))
        return RecordRef(**{**told, "captured_at": _moment(told["captured_at"])})

    def record_of(self, url: str) -> str | None:
        """The response record of the latest whole capture of an address, redirects followed."""
        address: str | None = canonical_url(url)
        for _ in range(5):
            row = self._execute(
                "SELECT coalesce(refers_to, record_id), status, location FROM captures WHERE url = ? AND truncated IS NULL"
                " AND (status = 200 OR location IS NOT NULL) ORDER BY status, captured_at DESC, record_id LIMIT 1",
                (address,),
            ).fetchone()
            if row is None or row[1] == 200:
                return row[0] if row else None
            address = row[2]
        return None

    def keep_evidence(self, evidence: Iterable[DateEvidence]) -> None:
        """Keeps what pages say of articles' dates; said twice it is kept once."""
        for one in evidence:
            told = json.dumps(to_json(one), ensure_ascii=False)
            self._execute("INSERT OR IGNORE INTO evidence VALUES (?, ?)", (article_key(one.article_url), told))

    def evidence_for(self, url: str) -> tuple[DateEvidence, ...]:
        """What was said of an article's date, in a stable order."""
        rows = self._execute("SELECT told FROM evidence WHERE article = ? ORDER BY told", (article_key(url),))
        with _telling():
            return tuple(from_json(DateEvidence, json.loads(row[0])) for row in rows)

    def keep_article(self, article: Article, *, seen: RecordRef, is_part: bool, parts: Sequence[str]) -> None:
        """Keeps what was read from one capture; `seen` is the capture's own record, which may be a revisit, `parts` are the
        addresses of the article's further pages."""
        values = (
            seen.record_id,
            article.id,
            article.canonical_url,
            _stamp(seen.captured_at),
            article.content_hash,
            int(is_part),
            json.dumps(list(parts)),
            json.dumps(to_json(article), ensure_ascii=False),
        )
        self._execute("INSERT OR REPLACE INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)

    def first_seen(self, url: str) -> datetime | None:
        """When an article was captured first, by its canonical URL."""
        return self._stamped("SELECT min(captured_at) FROM articles WHERE url = ?", (url,))

    def keep_conversion(self, digest: str) -> bool:
        """Notes that a conversion with that digest is in the archive; whether it was not known."""
        return bool(self._execute("INSERT OR IGNORE INTO conversions VALUES (?)", (digest,)).rowcount)

    def has_content(self, content_hash: str, url: str) -> bool:
        """Whether the same content was read at another address."""
        sql = "SELECT 1 FROM articles WHERE content_hash = ? AND url <> ? LIMIT 1"
        return self._execute(sql, (content_hash, canonical_url(url))).fetchone() is not None

    def is_part(self, article_id: str) -> bool:
        """Whether the latest capture of an article was read as a further page of another one."""
        row = self._execute(
            f"SELECT is_part FROM articles WHERE id = ? ORDER BY {_BEST} LIMIT 1", (article_id,)
        ).fetchone()
        return bool(row and row[0])

    def parts_of(self, article_id: str, until: datetime | None = None) -> tuple[tuple[str, Article | None], ...]:
        """The further pages that an article names, in order: address, and what was read there; as captured last, or
        `until` then."""
        row = self._latest("parts", article_id, until)
        with _telling():
            urls = json.loads(row) if row else []
        return tuple((url, self._article(url_id(url), until)) for url in urls)

    def article_count(self) -> int:
        """Articles, each counted once over its versions."""
        return int(self._execute("SELECT count(DISTINCT id) FROM articles WHERE NOT is_part").fetchone()[0])

    def latest_articles(self) -> Iterator[Article]:
        """Each article as captured last, with its version, the times of its first and last capture and when it was found
        gone, ordered by canonical URL; the result depends on the captures alone, not on the order in which they were kept."""
        for versions in self.histories():
            yield replace(versions[-1], first_seen_at=versions[0].first_seen_at)

    def histories(self) -> Iterator[list[Article]]:
        """The versions of each article, oldest first, articles ordered by canonical URL.

        A version is the article as captured last while its content was the same and it was there: `first_seen_at` and
        `last_seen_at` are the first and last of these captures, `gone_at` is when it was next found gone. An article that
        came back has a further entry, with the same number where its content is the same.
        """
        for article_id, url in self._execute(
            "SELECT id, url FROM articles GROUP BY url, id ORDER BY url, id"
        ).fetchall():
            if not self.is_part(article_id):
                yield self._history(article_id, url)

    def _history(self, article_id: str, url: str) -> list[Article]:
        rows = self._execute(
            f"SELECT captured_at, content_hash, line, {_IS_CUT} FROM articles WHERE id = ? ORDER BY {_BEST}",
            (article_id,),
        ).fetchall()
        rows = [row for row in reversed(rows) if not row[3]] or rows[:1]  # a cut page is no version of a whole one
        gone = self._gone(url)
        made: list[Article] = []
        number, before = 0, None
        for at, content, line, _ in rows:
            number += content != before
            with _telling():
                article = replace(from_json(Article, json.loads(line)), version=number, last_seen_at=_moment(at))
            left = made[-1].last_seen_at if made else None
            was_gone = next((one for one in gone if left and _stamp(left) < one < at), None)
            if made and content == before and was_gone is None:
                made[-1] = replace(article, first_seen_at=made[-1].first_seen_at)
            else:
                if made and was_gone is not None:
                    made[-1] = replace(made[-1], gone_at=_moment(was_gone))
                made.append(replace(article, first_seen_at=_moment(at)))
            before = content
        if left_at := next((one for one in gone if one > rows[-1][0]), None):
            made[-1] = replace(made[-1], gone_at=_moment(left_at))
        return made

    def _gone(self, url: str) -> list[str]:
        """When an address was found to hold nothing any more: 404, 410, or a permanent redirect to another address."""
        rows = self._execute(
            "SELECT captured_at, status, location FROM captures WHERE url = ? AND truncated IS NULL"
            " AND status IN (301, 308, 404, 410) ORDER BY captured_at, record_id",
            (url,),
        )
        own = article_key(url)
        return [at for at, status, to in rows if status in (404, 410) or (to and article_key(to) != own)]

    def moved_to(self, url: str) -> str | None:
        """Where an address that is gone leads to, as far as that is an article."""
        row = self._execute(
            "SELECT location FROM captures WHERE url = ? AND status IN (301, 308) ORDER BY captured_at DESC LIMIT 1",
            (url,),
        ).fetchone()
        if row is None or not row[0]:
            return None
        found = self._execute("SELECT url FROM articles WHERE url = ? LIMIT 1", (row[0],)).fetchone()
        return found[0] if found else None

    def _article(self, article_id: str, until: datetime | None = None) -> Article | None:
        line = self._latest("line", article_id, until) or (self._latest("line", article_id) if until else None)
        with _telling():
            return from_json(Article, json.loads(line)) if line else None

    def _latest(self, column: str, article_id: str, until: datetime | None = None) -> str | None:
        row = self._execute(
            f"SELECT {column} FROM articles WHERE id = ? AND captured_at <= ? ORDER BY {_BEST} LIMIT 1",
            (article_id, _stamp(until) if until else "9999"),
        ).fetchone()
        return row[0] if row else None


def _entry(row: Sequence[Any]) -> Entry:
    told = dict(zip(_ENTRY.split(", "), row, strict=True))
    with _telling():
        for name in ("checked_at", "hint"):
            told[name] = _moment(told[name]) if told[name] else None
    return Entry(**told)


class _Cursor(sqlite3.Cursor):
    """A cursor whose errors are ours: rows are read, and found to be damaged, only when they are asked for."""

    def fetchone(self) -> Any:
        with _telling():
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        with _telling():
            return super().fetchall()

    def __next__(self) -> Any:
        with _telling():
            return super().__next__()


@contextmanager
def _telling() -> Iterator[None]:
    """Raises ArchiveNotWritable or StateDamaged for what SQLite or JSON cannot read or write."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if _is_of_the_disk(error):
            raise ArchiveNotWritable(f"The state cannot be written: {error}.") from error
        raise StateDamaged(f"The state is damaged ({error}). The next run makes it anew.") from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise StateDamaged(f"The state is damaged ({error!r}). The next run makes it anew.") from error


def _is_of_the_disk(error: sqlite3.DatabaseError) -> bool:
    """Whether the disk (or memory, or another process) is the trouble, and not what stands in the file."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _OF_THE_DISK and code != sqlite3.SQLITE_IOERR_SHORT_READ


_OF_THE_DISK = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)


def _prepared(connection: sqlite3.Connection) -> bool:
    """Makes the tables; whether they hold what the archive tells. Raises sqlite3.DatabaseError."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    if (found := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
        raise sqlite3.DatabaseError(found)
    is_complete = bool(connection.execute("PRAGMA user_version").fetchone()[0] == _VERSION)
    connection.executescript(_SCHEMA if is_complete else _OLD + _SCHEMA)
    there = {row[1] for row in connection.execute("PRAGMA table_info(frontier)")}
    for name, kind in _LATER.items():
        if name not in there:
            connection.execute(f"ALTER TABLE frontier ADD COLUMN {name} {kind}")
    return is_complete


def _stamp(moment: datetime) -> str:
    """A moment as text that sorts by time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _moment(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp.replace("Z", "+00:00"))
