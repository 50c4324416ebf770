"""Recording: the bytes of an exchange, copied inside Twisted's client protocol.

Only there are the case and order of header fields, chunk framing, the request as sent, and failed or cut answers still
to be had.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import Any

from scrapy.exceptions import DownloadCancelledError, DownloadTimeoutError
from scrapy.http import Response

TOKEN = b"X-Cluster-Archive-Exchange"
"""Header that ties a Scrapy request to its exchange; taken off before anything is written to the socket."""

HEAD_LIMIT = 1024 * 1024
"""Bytes that the head of a response may have."""


LARGE = 1024 * 1024
"""Bytes of a response above which it may have to wait for others."""


class InFlight:
    """Keeps the responses that are on their way within so many bytes together. Beyond that the largest goes on alone, since
    it is the first to end, and other large ones wait; TCP has their servers wait too."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._going: dict[Recording, Any] = {}
        self._waiting: set[Recording] = set()

    def grew(self, recording: Recording, transport: Any) -> None:
        """Bytes have come; `transport` is where they come from."""
        self._going[recording] = transport
        self._settle()

    def over(self, recording: Recording) -> None:
        """No more will come; a connection that is kept must not wait."""
        transport = self._going.pop(recording, None)
        if recording in self._waiting:
            self._waiting.discard(recording)
            transport.resumeProducing()
        self._settle()

    def _settle(self) -> None:
        is_full = sum(recording.size for recording in self._going) > self._limit
        largest = max(self._going, key=lambda recording: recording.size, default=None)
        for recording, transport in self._going.items():
            must_wait = is_full and recording is not largest and recording.size > LARGE
            if must_wait and recording not in self._waiting:
                self._waiting.add(recording)
                transport.pauseProducing()
            elif not must_wait and recording in self._waiting:
                self._waiting.discard(recording)
                transport.resumeProducing()


class Recording:
    """The bytes of one exchange while it goes on. It is stopped at `limit` bytes, or where no connection or no first byte
    comes in time (seconds)."""

    def __init__(self, in_flight: InFlight, limit: int, connect: float, first_byte: float) -> None:
        self._in_flight, self._limit, self._connect, self._first_byte = in_flight, limit, connect, first_byte
        self._task: asyncio.Task[Response] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._head_over = False
        self._head = bytearray()
        self._response = BytesIO()
        self.size = 0
        self.stopped: str | None = None
        self.request: list[bytes] = []
        self.started = utc_now()
        self.first_byte: datetime | None = None
        self.is_over = False
        self.ip: str | None = None
        self.tls: tuple[str, str] | None = None
        self.attempts = 0

    def sent(self, protocol: Any) -> None:
        """A connection begins to send the request; what an earlier, dead connection got is forgotten."""
        self.request.clear()
        self.attempts += 1
        self.size, self._head_over, self._head, self._response = 0, False, bytearray(), BytesIO()
        self.started = utc_now()
        self.ip = protocol.transport.getPeer().host
        self._wait(self._first_byte)

    def received(self, data: bytes, transport: Any) -> None:
        """Bytes have come."""
        self._wait(0)
        if not self._head_over:
            self._head += data
            self._head_over = _has_final_head(self._head)
            if self._head_over:
                self._head.clear()
        self.size += len(data)
        if self._limit and self.size > (self._limit if self._head_over else HEAD_LIMIT):
            self._stop("length")
        if self.first_byte is None:
            self.first_byte = utc_now()
            handle: Any = getattr(transport, "getHandle", lambda: None)()
            if hasattr(handle, "get_cipher_name"):  # only now is the handshake complete
                self.tls = (handle.get_protocol_version_name(), handle.get_cipher_name())
        self._response.write(data)
        self._in_flight.grew(self, transport)

    def over(self) -> None:
        """Nothing more will come."""
        self.is_over = True
        self._in_flight.over(self)

    def taken(self) -> bytes:
        """The response as it came so far; it is kept here no longer, since the connection may keep the recording for long."""
        response, self._response = self._response.getvalue(), BytesIO()
        return response

    async def watch(self, download: Coroutine[Any, Any, Response]) -> Response:
        """Awaits the download, and ends it where it is stopped; raises as Scrapy does."""
        self._task = asyncio.ensure_future(download)
        if not self.attempts:
            self._wait(self._connect)
        try:
            return await self._task
        except asyncio.CancelledError:
            if self.stopped == "time":
                raise DownloadTimeoutError("no connection or no first byte in time") from None
            if self.stopped == "length":
                raise DownloadCancelledError(
                    f"more than {self._limit} bytes, or a head of more than {HEAD_LIMIT}"
                ) from None
            raise
        finally:
            self._task = None  # it holds what came, or a traceback with all that was being done
            self._wait(0)

    def _wait(self, seconds: float) -> None:
        """Sets the clock, or takes it away."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds and self._task is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._stop, "time")

    def _stop(self, why: str) -> None:
        if self.stopped is None and self._task is not None:
            self.stopped = why
            self._task.cancel()


def _has_final_head(head: bytearray) -> bool:
    """Whether the head of a final response is over; heads of interim ones (1xx) are taken off."""
    while (end := _HEAD_END.search(head)) is not None:
        if not _INTERIM.match(head):
            return True
        del head[: end.end()]
    return False


_HEAD_END = re.compile(rb"\r?\n\r?\n")
_INTERIM = re.compile(rb"HTTP/1\.\d 1\d\d")


class _CopyingTransport:
    """Passes on what is written, and keeps a copy."""

    def __init__(self, transport: Any, copy: list[bytes]) -> None:
        self._transport, self._copy = transport, copy

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> Any:
        self._copy.append(data)
        return self._transport.write(data)

    def writeSequence(self, data: list[bytes]) -> Any:  # noqa: N802 - Twisted's name
        return self.write(b"".join(data))


@cache
def _capturing(protocol_class: Any) -> type:
    """The protocol class that is installed, with the copying added."""

    class CapturingProtocol(protocol_class):  # type: ignore[misc]
        _recording: Recording | None = None
        _pending: dict[bytes, Recording]

        def request(self, request: Any) -> Any:
            request.__dict__.pop("writeTo", None)  # Twisted sends the same object again when a kept connection is dead
            found = request.headers.getRawHeaders(TOKEN) or [getattr(request, "_archive_token", None)]
            request._archive_token = found[0]
            request.headers.removeHeader(TOKEN)
            recording = self._pending.get(found[0])
            if recording is None or self._state != "QUIESCENT":
                return super().request(request)
            self._recording = recording
            recording.sent(self)
            write_to = request.writeTo
            request.writeTo = lambda transport: write_to(_CopyingTransport(transport, recording.request))
            return super().request(request)

        def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
            if self._recording is not None and not self._recording.is_over:
                if self._recording.stopped is not None:
                    return
                self._recording.received(data, self.transport)
            super().dataReceived(data)

    return CapturingProtocol


def capturing_factory(base: type, pending: dict[bytes, Recording]) -> type:
    """The factory of protocols that is installed, of which each copies what it sends and gets into the recording that its
    request names in `TOKEN`."""

    class CapturingFactory(base):  # type: ignore[misc]
        def buildProtocol(self, addr: Any) -> Any:  # noqa: N802 - Twisted's name
            protocol = super().buildProtocol(addr)
            installed: Any = type(protocol)
            protocol.__class__ = _capturing(installed)
            protocol._pending = pending
            return protocol

    return CapturingFactory


def utc_now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)
