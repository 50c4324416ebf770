"""Captures: what the archive holds of each address, and where that stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cluster_archive.captures import Capture, RecordRef
from cluster_archive.state.database import Database, moment_of, stamp
from cluster_archive.urls import absolute_url, canonical_url

_REF = "file, offset, length, record_id, payload_digest, captured_at, status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The latest whole capture of an address, and the response that holds its payload."""

    ref: RecordRef
    """The response record."""
    etag: str | None
    """`ETag` of the capture."""
    last_modified: str | None
    """`Last-Modified` of the capture."""


class Captures(Database):
    """The part of the state that mirrors the archive."""

    def keep_capture(self, capture: Capture, *, is_told: bool = False) -> None:
        """Notes that an address was captured, and where that stands; `is_told` where a report has told of it already."""
        ref = capture.ref
        assert ref is not None, "a capture that is kept has a record"
        stated = capture.header("Location") if 300 <= (capture.status or 0) < 400 else None
        location = absolute_url(stated, capture.url) if stated else None
        values = {
            "record_id": ref.record_id,
            "url": canonical_url(capture.url),
            "status": capture.status,
            "media_type": capture.media_type,
            "captured_at": stamp(capture.captured_at),
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
            if capture.status == 200:
                self._execute("INSERT OR IGNORE INTO unread VALUES (?)", (ref.record_id,))
            if not is_told:
                self._execute("INSERT OR IGNORE INTO untold VALUES (?)", (ref.record_id,))

    def read(self, record_id: str) -> None:
        """Notes that what a capture says is committed."""
        self._execute("DELETE FROM unread WHERE record_id = ?", (record_id,))

    def has_read(self, record_id: str) -> bool:
        """Whether a capture is known, and what it says is committed."""
        sql = "SELECT 1 FROM captures WHERE record_id = ?1 AND record_id NOT IN (SELECT record_id FROM unread)"
        return self._execute(sql, (record_id,)).fetchone() is not None

    def untold(self) -> frozenset[datetime]:
        """When the captures were made of which no report has told yet."""
        rows = self._execute("SELECT captured_at FROM captures JOIN untold USING (record_id)")
        return frozenset(moment_of(row[0]) for row in rows)

    def told(self) -> None:
        """Notes that a report tells of all captures."""
        self._execute("DELETE FROM untold")

    def unread_files(self) -> list[str]:
        """The WARC files with what was captured, but not read before the run was over."""
        sql = "SELECT DISTINCT file FROM captures JOIN unread USING (record_id) ORDER BY file"
        return [row[0] for row in self._execute(sql)]

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

    def recent(self, url: str, since: datetime) -> tuple[RecordRef, datetime] | None:
        """The response that the last exchange for an address gave, redirects followed, and when it was asked for; None
        where an exchange was cut, or not after `since`."""
        address, asked_at = canonical_url(url), None
        for _ in range(6):
            row = self._execute(
                "SELECT coalesce(refers_to, record_id), captured_at, location, truncated FROM captures WHERE url = ?"
                " ORDER BY captured_at DESC, record_id DESC LIMIT 1",
                (address,),
            ).fetchone()
            if row is None or row[3] is not None or moment_of(row[1]) <= since:
                return None
            asked_at = asked_at or moment_of(row[1])
            if row[2] is None:
                ref = self._ref("record_id = ? AND refers_to IS NULL", (row[0],))
                return (ref, asked_at) if ref else None
            address = row[2]
        return None

    def _ref(self, where: str, values: Sequence[Any]) -> RecordRef | None:
        row = self._execute(f"SELECT {_REF} FROM captures WHERE {where} LIMIT 1", values).fetchone()
        if row is None:
            return None
        told = dict(zip(_REF.split(", "), row, strict=True))
        return RecordRef(**{**told, "captured_at": moment_of(told["captured_at"])})

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
