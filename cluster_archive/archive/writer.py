"""WarcWriter: exchanges in, WARC/1.1 records out, crash-safe; nothing is changed on the way."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from cluster_archive.archive.cdxj import cdxj_line
from cluster_archive.archive.collection import writing
from cluster_archive.archive.records import digest, make_member
from cluster_archive.captures import Exchange, Message, RecordRef, read_message
from cluster_archive.errors import ArchiveNotWritable

ROLL_AT = 1_000_000_000
"""Bytes at which the next file begins (IIPC WARC implementation guidelines)."""

_CODED = ("gzip", "x-gzip", "deflate", "br", "zstd")
_PACKED_TYPES = (
    "image/",
    "video/",
    "audio/",
    "font/",
    "application/zip",
    "application/pdf",
    "application/gzip",
)


class WarcWriter:
    """Writes into `folder/<prefix>-<14-digit UTC time>-<serial>.warc.gz`, a name that ends in `.open` until it is closed.

    An exchange is compressed in memory and written with one call; on an error the file is cut back to the last whole
    record and ArchiveNotWritable is raised. `sync` has the disk confirm each exchange. Never appends to another run's file.
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
    ) -> None:
        self._folder, self._prefix, self._info = folder, prefix, dict(info)
        self._now, self._record_id, self._roll_at, self._sync = now, record_id, roll_at, sync
        self._file: int | None = None
        self._path = folder
        self._size = 0
        self._serial = 0
        self._warcinfo_id = ""
        self._exchanges = 0
        self._index: list[str] = []
        self._resources: list[tuple[str, str, bytes]] = []
        self._finished: list[Path] = []

    def add_resource(self, uri: str, content_type: str, block: bytes) -> None:
        """Has each file begin with a `resource` record of that content, for instance the site's rules."""
        self._resources.append((uri, content_type, block))

    def write_exchange(self, exchange: Exchange) -> RecordRef | None:
        """Writes response, request and metadata; where the response stands, or None where no HTTP response came."""
        if self._file is None or self._size >= self._roll_at:
            self._roll()
        message = read_message(exchange.response, exchange.method)
        date = warc_date(exchange.started)
        response_id, request_id = self._record_id(), self._record_id()
        common = [
            ("WARC-Target-URI", exchange.url),
            ("WARC-Date", date),
            ("WARC-Warcinfo-ID", self._warcinfo_id),
        ]
        members: list[bytes] = []
        ref = None
        if message.status is not None:
            members.append(self._response(exchange, message, common, response_id, request_id))
            ref = RecordRef(
                file=self._path.name.removesuffix(".open"),
                offset=self._size,
                length=len(members[0]),
                record_id=response_id,
                payload_digest=digest(message.payload),
                captured_at=exchange.started,
                status=message.status,
            )
        partner = [("WARC-Concurrent-To", response_id)] if ref else []
        members.append(self._request(exchange, common, request_id, partner))
        concurrent = [("WARC-Concurrent-To", response_id if ref else request_id)]
        members.extend(self._metadata(exchange, message, common, concurrent))
        self._write(b"".join(members))
        self._exchanges += 1
        if ref is not None:
            self._index.append(cdxj_line(exchange.url, message, ref))
        return ref

    def close(self) -> list[Path]:
        """Finishes the open file; gives the finished files of this writer. A file without an exchange is taken away."""
        if self._file is not None:
            self._finish()
        return self._finished

    def _response(
        self,
        exchange: Exchange,
        message: Message,
        common: list[tuple[str, str]],
        response_id: str,
        request_id: str,
    ) -> bytes:
        protocols = [(message.protocol or "").lower()]
        if exchange.tls:
            protocols.append("tls/" + exchange.tls[0].lower().removeprefix("tlsv"))
        headers = [
            ("WARC-Type", "response"),
            ("WARC-Record-ID", response_id),
            *common,
            ("WARC-Concurrent-To", request_id),
            *([("WARC-IP-Address", exchange.ip)] if exchange.ip else []),
            *(("WARC-Protocol", protocol) for protocol in protocols),
            *([("WARC-Cipher-Suite", exchange.tls[1])] if exchange.tls else []),
            ("WARC-Block-Digest", digest(message.block)),
            ("WARC-Payload-Digest", digest(message.payload)),
            *([("WARC-Truncated", exchange.truncated)] if exchange.truncated else []),
            *([("WARC-Resource-Type", _resource_type(message))] if exchange.embedded else []),
            ("Content-Type", "application/http;msgtype=response"),
        ]
        return make_member(headers, message.block, _level(message))

    def _request(
        self,
        exchange: Exchange,
        common: list[tuple[str, str]],
        request_id: str,
        partner: list[tuple[str, str]],
    ) -> bytes:
        _, _, payload = exchange.request.partition(b"\r\n\r\n")
        headers = [
            ("WARC-Type", "request"),
            ("WARC-Record-ID", request_id),
            *common,
            *partner,
            *([("WARC-IP-Address", exchange.ip)] if exchange.ip else []),
            ("WARC-Block-Digest", digest(exchange.request)),
            ("WARC-Payload-Digest", digest(payload)),
            ("Content-Type", "application/http;msgtype=request"),
        ]
        return make_member(headers, exchange.request)

    def _metadata(
        self,
        exchange: Exchange,
        message: Message,
        common: list[tuple[str, str]],
        concurrent: list[tuple[str, str]],
    ) -> list[bytes]:
        """How the exchange went, as warc-fields; interim heads, or bytes that are no HTTP, in a record of their own."""
        fields = [
            ("fetchTimeMs", str(round((exchange.ended - exchange.started).total_seconds() * 1000))),
            *([("attempts", str(exchange.attempts))] if exchange.attempts > 1 else []),
            *([("failure", exchange.failure)] if exchange.failure else []),
            *exchange.notes,
        ]
        blocks = [("application/warc-fields", _warc_fields(fields))]
        if message.interim:
            blocks.append(("application/http;msgtype=response", message.interim))
        if message.status is None and message.wire_body:
            blocks.append(("application/octet-stream", message.wire_body))
        return [self._side_record("metadata", [*common, *concurrent], kind, block) for kind, block in blocks]

    def _side_record(self, kind: str, headers: list[tuple[str, str]], content_type: str, block: bytes) -> bytes:
        return make_member(
            [
                ("WARC-Type", kind),
                ("WARC-Record-ID", self._record_id()),
                *headers,
                ("WARC-Block-Digest", digest(block)),
                ("Content-Type", content_type),
            ],
            block,
        )

    def _roll(self) -> None:
        if self._file is not None:
            self._finish()
        self._serial += 1
        now = self._now()
        name = f"{self._prefix}-{now:%Y%m%d%H%M%S}-{self._serial:05d}.warc.gz"
        self._path = self._folder / f"{name}.open"
        with writing(f"The WARC file {self._path}"):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        self._size, self._exchanges, self._index = 0, 0, []
        self._warcinfo_id = self._record_id()
        info = _warc_fields([*self._info.items()])
        date = warc_date(now)
        members = [
            make_member(
                [
                    ("WARC-Type", "warcinfo"),
                    ("WARC-Record-ID", self._warcinfo_id),
                    ("WARC-Date", date),
                    ("WARC-Filename", name),
                    ("WARC-Block-Digest", digest(info)),
                    ("Content-Type", "application/warc-fields"),
                ],
                info,
            )
        ]
        for uri, content_type, block in self._resources:
            headers = [("WARC-Target-URI", uri), ("WARC-Date", date), ("WARC-Warcinfo-ID", self._warcinfo_id)]
            headers.append(("WARC-Payload-Digest", digest(block)))
            members.append(self._side_record("resource", headers, content_type, block))
        self._write(b"".join(members))

    def _write(self, data: bytes) -> None:
        assert self._file is not None, "a file is open"
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._file, view) :]
            if self._sync:
                os.fsync(self._file)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._file, self._size)
                os.lseek(self._file, self._size, os.SEEK_SET)
            raise ArchiveNotWritable(f"The WARC file {self._path} cannot be written: {error.strerror}.") from error
        self._size += len(data)

    def _finish(self) -> None:
        assert self._file is not None, "a file is open"
        os.close(self._file)
        self._file = None
        with writing(f"The WARC file {self._path}"):
            if not self._exchanges:
                self._path.unlink()
                return
            finished = self._path.with_name(self._path.name.removesuffix(".open"))
            self._path.rename(finished)
            sync_folder(self._folder)
            index = self._folder.parent / "indexes" / f"{finished.name}.cdxj"
            index.parent.mkdir(parents=True, exist_ok=True)
            index.write_text("".join(sorted(self._index)), encoding="utf-8")
        self._finished.append(finished)


def sync_folder(folder: Path) -> None:
    """Has the disk confirm a new or renamed name in a folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def warc_date(moment: datetime) -> str:
    """`WARC-Date` with microseconds (WARC 1.1, 5.4)."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _warc_fields(fields: list[tuple[str, str]]) -> bytes:
    """A block of ``application/warc-fields``; line breaks in a value become spaces."""
    return "".join(f"{name}: {' '.join(value.split())}\r\n" for name, value in fields).encode("utf-8", "replace")


def _resource_type(message: Message) -> str:
    """What an embedded resource is by its media type, in the words of the Chrome DevTools protocol that other archives have
    in `WARC-Resource-Type`; never ``document``, so that it is no page for whoever reads the record."""
    media_type = next((value for name, value in message.headers if name.lower() == "content-type"), "")
    kind, _, rest = media_type.partition(";")[0].strip().lower().partition("/")
    if kind in ("image", "font"):
        return kind
    if kind in ("audio", "video"):
        return "media"
    return "stylesheet" if rest == "css" else "script" if rest.endswith(("javascript", "ecmascript")) else "other"


def _level(message: Message) -> int:
    """How hard to compress: what is compressed already gains nothing (facts: 1.6 ms for a picture, for nothing)."""
    headers = {name.lower(): value.lower() for name, value in message.headers}
    coded = headers.get("content-encoding", "").strip() in _CODED
    return 1 if coded or headers.get("content-type", "").startswith(_PACKED_TYPES) else 6
