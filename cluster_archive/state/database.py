"""Database: the file that a state is, its tables, and what is said when it cannot be read or written."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from cluster_archive.errors import ArchiveNotWritable, OutOfMemory

_SCHEMA = """
CREATE TABLE IF NOT EXISTS frontier (
  number INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, url TEXT NOT NULL, kind TEXT NOT NULL, priority INTEGER NOT NULL,
  depth INTEGER NOT NULL, via TEXT, status TEXT NOT NULL DEFAULT 'pending', reason TEXT, tries INTEGER NOT NULL DEFAULT 0,
  checked_at TEXT, told INTEGER NOT NULL DEFAULT 0, listed_by TEXT, listed_at TEXT, hint TEXT) STRICT;
CREATE TABLE IF NOT EXISTS passes (started_at TEXT PRIMARY KEY, is_full INTEGER NOT NULL, completed_at TEXT) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS collections (name TEXT PRIMARY KEY, url TEXT NOT NULL, total INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS frontier_order ON frontier (status, priority DESC, depth, number);
CREATE TABLE IF NOT EXISTS captures (
  record_id TEXT PRIMARY KEY, url TEXT NOT NULL, status INTEGER, media_type TEXT, captured_at TEXT NOT NULL,
  location TEXT, truncated TEXT, address TEXT NOT NULL, payload_digest TEXT, file TEXT NOT NULL, offset INTEGER NOT NULL,
  length INTEGER NOT NULL, refers_to TEXT, etag TEXT, last_modified TEXT) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS captures_url ON captures (url, captured_at);
CREATE INDEX IF NOT EXISTS captures_payload ON captures (payload_digest, captured_at) WHERE refers_to IS NULL;
CREATE TABLE IF NOT EXISTS evidence (article TEXT, told TEXT, PRIMARY KEY (article, told)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS articles (
  record_id TEXT PRIMARY KEY, id TEXT NOT NULL, url TEXT NOT NULL, captured_at TEXT NOT NULL, content_hash TEXT NOT NULL,
  is_part INTEGER NOT NULL, parts TEXT NOT NULL, line TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS articles_order ON articles (url, id, captured_at);
CREATE INDEX IF NOT EXISTS articles_content ON articles (content_hash);
CREATE INDEX IF NOT EXISTS articles_id ON articles (id, captured_at);
CREATE TABLE IF NOT EXISTS conversions (digest TEXT PRIMARY KEY) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS unread (record_id TEXT PRIMARY KEY) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS untold (record_id TEXT PRIMARY KEY) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS unended (run TEXT PRIMARY KEY) WITHOUT ROWID, STRICT;
CREATE TEMP TABLE taken (key TEXT PRIMARY KEY) WITHOUT ROWID;
"""

_ADVICE = "Look whether there is room, and whether this account may write there; then run the same command again."

_VERSION = 3
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


class StateDamaged(ArchiveNotWritable):
    """The state cannot be read."""


class Database:
    """One owner, short transactions. What is written inside `transaction()` is whole or absent after a crash."""

    def __init__(self, connection: sqlite3.Connection, *, is_complete: bool = True) -> None:
        self._db = connection
        self.is_complete = is_complete
        """Whether it holds what the archive tells; where not, the archive must be taken in (Run.rebuild)."""

    @classmethod
    def open(cls, path: Path) -> Self:
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
                raise ArchiveNotWritable(f"The state {path} cannot be written: {error}. {_ADVICE}") from error
            raise StateDamaged(
                f"The state {path} is damaged ({error}). A crawl makes it anew from the archive, which is not touched."
            ) from error

    def completed(self) -> None:
        """Notes that it holds what the archive tells."""
        self._execute(f"PRAGMA user_version = {_VERSION}")
        self.is_complete = True

    def doubted(self) -> None:
        """Notes that the archive may hold what is not in here, until `completed`; the disk has confirmed it."""
        self._execute("PRAGMA user_version = 0")
        self.sync()

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
            self._execute("COMMIT")
        except BaseException:
            with suppress(
                sqlite3.DatabaseError, MemoryError
            ):  # where the disk is full SQLite has rolled back by itself
                self._db.execute("ROLLBACK")
            raise

    def _execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        with telling():
            return self._db.cursor(_Cursor).execute(sql, values)

    def _stamped(self, sql: str, values: Sequence[Any] = ()) -> datetime | None:
        row = self._execute(sql, values).fetchone()
        return moment_of(row[0]) if row and row[0] else None

    def sync(self) -> None:
        """Has the disk confirm all that is committed; raises ArchiveNotWritable."""
        self._execute("PRAGMA wal_checkpoint(FULL)").fetchall()


class _Cursor(sqlite3.Cursor):
    """A cursor whose errors are ours: rows are read, and found to be damaged, only when they are asked for."""

    def fetchone(self) -> Any:
        with telling():
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        with telling():
            return super().fetchall()

    def __next__(self) -> Any:
        with telling():
            return super().__next__()


@contextmanager
def telling() -> Iterator[None]:
    """Raises ArchiveNotWritable or StateDamaged for what SQLite or JSON cannot read or write."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if _is_of_the_disk(error):
            raise ArchiveNotWritable(f"The state cannot be written: {error}. {_ADVICE}") from error
        raise StateDamaged(f"The state is damaged ({error}). The next run makes it anew.") from error
    except MemoryError as error:  # SQLite's own, too
        raise OutOfMemory from error
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
    if (found := connection.execute("PRAGMA integrity_check(1)").fetchone()[0]) != "ok":
        raise sqlite3.DatabaseError(found)
    is_complete = bool(connection.execute("PRAGMA user_version").fetchone()[0] == _VERSION)
    connection.executescript(_SCHEMA if is_complete else _OLD + _SCHEMA)
    there = {row[1] for row in connection.execute("PRAGMA table_info(frontier)")}
    for name, kind in _LATER.items():
        if name not in there:
            connection.execute(f"ALTER TABLE frontier ADD COLUMN {name} {kind}")
    return is_complete


def sealed(text: str) -> str:
    """A text with its checksum behind it: a byte that the disk changed inside a value is nothing that SQLite sees."""
    return f"{text} {_checksum(text)}"


def unsealed(text: str) -> str:
    """The text that was sealed; raises StateDamaged."""
    bare, _, checksum = text.rpartition(" ")
    if checksum != _checksum(bare):
        raise StateDamaged("The state is damaged (a checksum does not match). The next run makes it anew.")
    return bare


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode(errors='surrogatepass')):08x}"


def stamp(moment: datetime) -> str:
    """A moment as text that sorts by time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment_of(stamp: str) -> datetime:
    """The moment that a stamp means, UTC."""
    return datetime.fromisoformat(stamp.replace("Z", "+00:00"))
