"""WarcWriter: exchanges in, WARC/1.1 files out, crash-safe; nothing is changed on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from cluster_archive.archive.cdxj import IndexFile, cdxj_line, resource_line
from cluster_archive.archive.exchange_records import exchange_records, side_record, warc_date, warc_fields
from cluster_archive.archive.growing_file import Disk, GrowingFile, SystemDisk
from cluster_archive.archive.records import digest, make_member
from cluster_archive.captures import Exchange, Original, RecordRef
from cluster_archive.files import make_folder, writing
from cluster_archive.messages import Message, read_message

ROLL_AT = 1_000_000_000
"""Bytes at which the next file begins (IIPC WARC implementation guidelines)."""


class WarcWriter:
    """Writes into `folder/<prefix>-<14-digit UTC time>-<serial>.warc.gz`, a name that ends in `.open` until it is closed.

    An exchange is compressed in memory and written with one call; on an error the file is cut back to the last whole
    record and ArchiveNotWritable is raised. `sync` has the disk confirm each exchange. Never appends to another run's file.
    `before_finish` is called before a file gets its final name: only `.open` files are read again after a crash, so what
    was derived from this one must be on disk by then.
    """

    def __init__(
        self,
        folder: Path,
        prefix: str,
        *,
        info: Mapping[str, str],
        now: Callable[[], datetime],
        record_id: Callable[[], str],
        roll_at: int = ROLL_AT,
        sync: bool = True,
        disk: Disk | None = None,
        before_finish: Callable[[], None] = lambda: None,
    ) -> None:
        self._folder, self._prefix, self._info = folder, prefix, dict(info)
        self._now, self._record_id, self._roll_at, self._sync = now, record_id, roll_at, sync
        self._disk: Disk = disk or SystemDisk()
        self._before_finish = before_finish
        self._file: GrowingFile | None = None
        self._name = ""
        self._serial = 0
        self._warcinfo_id = ""
        self._exchanges = 0
        self._index = IndexFile(folder)
        self._resources: list[tuple[str, str, bytes]] = []
        self._finished: list[Path] = []
        self.records: Counter[str] = Counter()
        """Records written, by the name of their file."""

    def add_resource(self, uri: str, content_type: str, block: bytes) -> None:
        """Has each file begin with a `resource` record of that content, for instance the site's rules."""
        self._resources.append((uri, content_type, block))

    def write_exchange(
        self, exchange: Exchange, original: Original | None = None, message: Message | None = None
    ) -> RecordRef | None:
        """Writes response, request and metadata; where the response stands, or None where no HTTP response came.

        `message` is the response taken apart, where that was done already. With `original` (exchange_records.revisited) a revisit record takes the response's place.
        """
        file = self._ready()
        message = message or read_message(exchange.response, exchange.method)
        records = exchange_records(
            exchange, message, original, warcinfo_id=self._warcinfo_id, record_id=self._record_id
        )
        ref = None
        if message.status is not None:
            ref = RecordRef(
                file=self._name,
                offset=file.size,
                length=len(records.members[0]),
                record_id=records.record_id,
                payload_digest=records.payload_digest,
                captured_at=exchange.started,
                status=None if original and message.status == 304 else message.status,
            )
        self._append(file, *records.members)
        if ref is not None:
            revisit = original is not None
            self._index.add(lambda: cdxj_line(exchange.url, message, ref, revisit=revisit))
        return ref

    def write_conversion(self, url: str, refers_to: str, content_type: str, block: bytes) -> None:
        """Writes what was made of a record's content as a `conversion` record (WARC 1.1, 6.8)."""
        file = self._ready()
        headers = [
            ("WARC-Target-URI", url),
            ("WARC-Date", warc_date(self._now())),
            ("WARC-Warcinfo-ID", self._warcinfo_id),
            ("WARC-Refers-To", refers_to),
            ("WARC-Payload-Digest", digest(block)),
        ]
        self._append(file, side_record("conversion", self._record_id(), headers, content_type, block))

    def close(self) -> list[Path]:
        """Finishes the open file; gives the finished files of this writer. A file without an exchange is taken away."""
        if self._file is not None:
            self._finish(self._file)
        return self._finished

    def _ready(self) -> GrowingFile:
        """The file to write into, the next one where it is full."""
        if self._file is not None and self._file.size >= self._roll_at:
            self._finish(self._file)
        return self._file or self._begin()

    def _begin(self) -> GrowingFile:
        now = self._now()
        self._name = self._free_name(now)
        path = self._folder / f"{self._name}.open"
        self._exchanges = 0
        self._index = IndexFile(self._folder.parent / "indexes" / f"{self._name}.cdxj")
        head, lines = self._head(now)
        self.records[self._name] = 1 + len(lines)
        with writing(f"The WARC file {path}"):
            make_folder(self._folder)
            file = GrowingFile(path, disk=self._disk, sync=self._sync)
            try:
                file.append(head)
            except OSError:
                with suppress(OSError):
                    file.discard()
                raise
        self._index.add(lambda: "".join(lines))
        self._file = file
        return file

    def _free_name(self, now: datetime) -> str:
        """The next name that no file has: a run that died may have begun in the same second, and clocks are set back."""
        while True:
            self._serial += 1
            name = f"{self._prefix}-{now:%Y%m%d%H%M%S}-{self._serial:05d}.warc.gz"
            if not any(self._disk.exists(self._folder / f"{name}{ending}") for ending in ("", ".open")):
                return name

    def _head(self, now: datetime) -> tuple[bytes, list[str]]:
        """The `warcinfo` record and the `resource` records that a file begins with, and the index's lines of these."""
        self._warcinfo_id = self._record_id()
        info, date = warc_fields([*self._info.items()]), warc_date(now)
        headers = [
            ("WARC-Type", "warcinfo"),
            ("WARC-Record-ID", self._warcinfo_id),
            ("WARC-Date", date),
            ("WARC-Filename", self._name),
            ("WARC-Block-Digest", digest(info)),
            ("Content-Type", "application/warc-fields"),
        ]
        head, lines = make_member(headers, info), []
        for uri, content_type, block in self._resources:
            record_id, payload_digest = self._record_id(), digest(block)
            headers = [("WARC-Target-URI", uri), ("WARC-Date", date), ("WARC-Warcinfo-ID", self._warcinfo_id)]
            headers.append(("WARC-Payload-Digest", payload_digest))
            member = side_record("resource", record_id, headers, content_type, block)
            ref = RecordRef(
                file=self._name,
                offset=len(head),
                length=len(member),
                record_id=record_id,
                payload_digest=payload_digest,
                captured_at=now,
                status=None,
            )
            lines.append(resource_line(uri, content_type, ref))
            head += member
        return head, lines

    def _append(self, file: GrowingFile, *members: bytes) -> None:
        with writing(f"The WARC file {file.path}"):
            file.append(b"".join(members))
        self._exchanges += 1
        self.records[self._name] += len(members)

    def _finish(self, file: GrowingFile) -> None:
        self._file = None
        self._before_finish()
        with writing(f"The WARC file {file.path}"):
            if not self._exchanges:
                file.discard()
                self._index.discard()
                return
            finished = self._folder / self._name
            file.finish(finished)
        self._index.finish()
        self._finished.append(finished)
