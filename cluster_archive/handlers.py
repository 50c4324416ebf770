"""The download handler that records each exchange byte for byte, and refuses private addresses that nobody named.

The bytes are copied inside Twisted's client protocol: only there are the case and order of header fields, chunk framing,
the request as sent, and failed or cut answers still to be had. The private names that this leans on are checked at start
(`check_hooks`): where one is gone the crawl does not start, since the internal token would reach the site.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import DownloadCancelledError, DownloadTimeoutError
from scrapy.http import Headers, Response
from twisted.internet.interfaces import IHostnameResolver
from zope.interface import implementer

from cluster_archive.captures import Exchange, read_message
from cluster_archive.errors import ArchiveNotWritable, ClusterArchiveError
from cluster_archive.extensions import ArchiveRun
from cluster_archive.hooks import check_hooks
from cluster_archive.state import EMBEDDED
from cluster_archive.urls import DEFAULT_PORTS, host_port, is_public_address

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from cluster_archive.captures import Capture

logger = logging.getLogger(__name__)

TOKEN = b"X-Cluster-Archive-Exchange"
"""Header that ties a Scrapy request to its exchange; taken off before anything is written to the socket."""

TRUNCATED = {
    "DownloadCancelledError": "length",
    "DownloadTimeoutError": "time",
    "ResponseDataLossError": "disconnect",
}
"""`WARC-Truncated` by the name of Scrapy's exception."""


class AddressRefused(Exception):
    """A name or number leads to an address that is not public and that the operator did not name."""

    reason_code = "address-refused"


class NotHttp(Exception):
    """What came back is no HTTP response."""

    reason_code = "not-http"


HEAD_LIMIT = 1024 * 1024
"""Bytes that the head of a response may have."""


class _Recording:
    """The bytes of one exchange while it goes on. It is stopped at `limit` bytes, or where no connection or no first byte
    comes in time (seconds)."""

    def __init__(self, limit: int = 0, connect: float = 0.0, first_byte: float = 0.0) -> None:
        self._limit, self._connect, self._first_byte = limit, connect, first_byte
        self._task: asyncio.Task[Response] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._head_over = False
        self._head = bytearray()
        self.size = 0
        self.stopped: str | None = None
        self.request: list[bytes] = []
        self.response: list[bytes] = []
        self.started = utc_now()
        self.first_byte: datetime | None = None
        self.over = False
        self.ip: str | None = None
        self.tls: tuple[str, str] | None = None
        self.attempts = 0

    def sent(self, protocol: Any) -> None:
        """A connection begins to send the request; what an earlier, dead connection got is forgotten."""
        self.request.clear()
        self.response.clear()
        self.attempts += 1
        self.size, self._head_over, self._head = 0, False, bytearray()
        self.started = utc_now()
        self.ip = protocol.transport.getPeer().host
        self._wait(self._first_byte)

    def received(self, data: bytes, transport: Any) -> None:
        """Bytes have come."""
        self._wait(0)
        if not self._head_over:
            self._head += data
            self._head_over = _has_final_head(self._head)
        self.size += len(data)
        if self._limit and self.size > (self._limit if self._head_over else HEAD_LIMIT):
            self._stop("length")
        if self.first_byte is None:
            self.first_byte = utc_now()
            handle: Any = getattr(transport, "getHandle", lambda: None)()
            if hasattr(handle, "get_cipher_name"):  # only now is the handshake complete
                self.tls = (handle.get_protocol_version_name(), handle.get_cipher_name())
        self.response.append(data)

    async def watch(self, download: Coroutine[Any, Any, Response]) -> Response:
        """Awaits the download, and ends it where it is stopped; raises as Scrapy does."""
        task = self._task = asyncio.ensure_future(download)
        if not self.attempts:
            self._wait(self._connect)
        try:
            return await task
        except asyncio.CancelledError:
            if self.stopped == "time":
                raise DownloadTimeoutError("no connection or no first byte in time") from None
            if self.stopped == "length":
                raise DownloadCancelledError(
                    f"more than {self._limit} bytes, or a head of more than {HEAD_LIMIT}"
                ) from None
            raise
        finally:
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
        _recording: _Recording | None = None
        _pending: dict[bytes, _Recording]

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
            if self._recording is not None and not self._recording.over:
                if self._recording.stopped is not None:
                    return
                self._recording.received(data, self.transport)
            super().dataReceived(data)

    return CapturingProtocol


def _capturing_factory(base: type, pending: dict[bytes, _Recording]) -> type:
    class CapturingFactory(base):  # type: ignore[misc]
        def buildProtocol(self, addr: Any) -> Any:  # noqa: N802 - Twisted's name
            protocol = super().buildProtocol(addr)
            installed: Any = type(protocol)
            protocol.__class__ = _capturing(installed)
            protocol._pending = pending
            return protocol

    return CapturingFactory


class WarcDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's own HTTP/1.1 handler, with each exchange recorded before the response goes on.

    `request.meta["capture"]` holds the capture of what came back, also where Scrapy gave the response up.
    """

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        check_hooks()
        super().__init__(crawler)
        self._crawler = crawler
        self._pending: dict[bytes, _Recording] = {}
        self._serial = itertools.count()
        pool = getattr(self, "_pool", None)
        if pool is None:
            raise ClusterArchiveError("This Scrapy cannot be captured from: HTTP11DownloadHandler._pool is gone.")
        pool._factory = _capturing_factory(pool._factory, self._pending)
        self._guard: AddressGuard | None = None
        settings = crawler.settings
        self._limits = (
            settings.getint("DOWNLOAD_MAXSIZE") + HEAD_LIMIT,
            settings.getfloat("ARCHIVE_CONNECT_TIMEOUT"),
            settings.getfloat("ARCHIVE_FIRST_BYTE_TIMEOUT"),
        )

    def recorder(self) -> Callable[[Exchange], Capture | None]:
        """Where exchanges go: the crawl's run."""
        extension = self._crawler.get_extension(ArchiveRun)
        assert extension is not None, "the extension ArchiveRun is needed"
        return extension.run.record

    def discovery(self, request: Request) -> tuple[tuple[str, str], ...]:
        """How the address was found, for the `metadata` record."""
        extension = self._crawler.get_extension(ArchiveRun)
        redirects = request.meta.get("redirect_urls", ())
        return extension.run.discovery(request.meta.get("entry"), redirects) if extension else ()

    async def download_request(self, request: Request) -> Response:
        """The response as Scrapy makes it, once its bytes are in the archive; raises ArchiveNotWritable.

        Where Scrapy gives up a response that came whole, for instance for a header field that it cannot read, the capture
        goes on in a response without a body: what is read is the capture.
        """
        guard = self._guarded()
        token = b"%d" % next(self._serial)
        recording = self._pending[token] = _Recording(*self._limits)
        request.headers[TOKEN] = token
        response: Response | None = None
        failure: BaseException | None = None
        try:
            response = await recording.watch(super().download_request(request))
        except BaseException as error:  # noqa: BLE001 - it is raised again once the record is written
            failure = error
        request.headers.pop(TOKEN, None)
        self._pending.pop(token, None)
        recording.over = True
        capture = self._record(request, recording, failure, response.status if response else 0)
        if response is not None:
            return response
        assert failure is not None
        if capture is not None and capture.truncated is None:
            return _salvaged(request, capture)
        if (refused := guard.refused.pop(_host_and_port(request.url), None)) is not None:
            raise AddressRefused(f"{request.url} leads to {refused}, which is not public") from failure
        if recording.response and capture is None and recording.stopped is None:
            raise NotHttp(f"{request.url} did not answer in HTTP") from failure
        raise failure

    def _record(
        self, request: Request, recording: _Recording, failure: BaseException | None, status: int
    ) -> Capture | None:
        if not recording.request:
            return None  # nothing was on the wire
        response = b"".join(recording.response)
        if failure is not None:
            recording.response = [response[:1]] if response else []
        else:
            recording.response.clear()
        exchange = Exchange(
            url=request.url,
            method=request.method,
            request=b"".join(recording.request),
            response=response,
            started=recording.started,
            first_byte=recording.first_byte,
            ended=utc_now(),
            ip=None if request.meta.get("proxy") else recording.ip,
            tls=recording.tls,
            attempts=recording.attempts,
            truncated=_truncated(response, request.method, recording.stopped, failure, status),
            failure=f"{type(failure).__name__}: {failure}" if failure else None,
            notes=self.discovery(request),
            validated=request.meta.get("validated"),
            embedded="entry" in request.meta and request.meta["entry"].kind in EMBEDDED,
        )
        try:
            capture = self.recorder()(exchange)
        except ArchiveNotWritable as error:
            if extension := self._crawler.get_extension(ArchiveRun):
                extension.stop(error)
            raise
        request.meta["capture"] = capture
        return capture

    def _guarded(self) -> AddressGuard:
        """Puts the guard in front of the reactor's resolver, once it runs (Scrapy sets its own at the start)."""
        if self._guard is None:
            from twisted.internet import reactor

            proxies = [host_port(proxy) for proxy in getproxies().values() if "://" in proxy]
            hosts = [*self._crawler.settings.getlist("ARCHIVE_NAMED_HOSTS"), *proxies]
            self._guard = AddressGuard(reactor.nameResolver, _named(hosts))
            reactor.installNameResolver(self._guard)
        return self._guard


def _truncated(
    response: bytes, method: str, stopped: str | None, failure: BaseException | None, status: int
) -> str | None:
    """`WARC-Truncated` of an exchange; a part (206) that nobody asked for is one too."""
    if stopped is not None:
        return stopped
    if failure is None:
        return "unspecified" if status == 206 else None
    told = TRUNCATED.get(type(failure).__name__)
    if told in ("length", "time"):
        return told
    message = read_message(response, method)
    names = {name.lower() for name, _ in message.headers}
    framed = bool(names & {"content-length", "transfer-encoding"}) or message.status in (204, 304)
    return None if message.complete and framed else "disconnect"


def _salvaged(request: Request, capture: Capture) -> Response:
    """A response that Scrapy could not make, as far as its middlewares look at it."""
    headers = Headers()
    for name, value in capture.headers:
        headers.appendlist(name.encode("latin-1"), value.encode("latin-1"))
    return Response(request.url, status=capture.status or 0, headers=headers, request=request)


@implementer(IHostnameResolver)
class AddressGuard:
    """A resolver that gives out public addresses only, but for the hosts and ports that the operator named.

    Twisted connects to what its resolver gives, numbers in every spelling included, so a name that changes its answer
    does not get past it, and no connection is opened to an address that is refused.
    """

    def __init__(self, resolver: Any, named: set[str]) -> None:
        self._resolver, self._named = resolver, named
        self.refused: dict[str, str] = {}

    def resolveHostName(  # noqa: N802 - Twisted's name
        self,
        receiver: Any,
        hostName: str,  # noqa: N803 - Twisted's names
        portNumber: int = 0,  # noqa: N803
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Resolves through the resolver behind; addresses that are not public are left out and noted."""
        place = f"{hostName.strip('[]').lower()}:{portNumber}"
        if place not in self._named:
            receiver = _PublicOnly(receiver, lambda address: self.refused.__setitem__(place, address))
        return self._resolver.resolveHostName(receiver, hostName, portNumber, *args, **kwargs)


class _PublicOnly:
    """A resolution's receiver that passes public addresses on."""

    def __init__(self, receiver: Any, refuse: Callable[[str], None]) -> None:
        self._receiver, self._refuse = receiver, refuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._receiver, name)

    def addressResolved(self, address: Any) -> None:  # noqa: N802 - Twisted's name
        if is_public_address(address.host):
            self._receiver.addressResolved(address)
        else:
            self._refuse(address.host)


def _named(hosts: list[str]) -> set[str]:
    """`host:port` of each; a bare host is named for ports 80 and 443."""
    bare = {host.lower() for host in hosts if ":" not in host}
    return {host.lower() for host in hosts} - bare | {f"{host}:{port}" for host in bare for port in (80, 443)}


def _host_and_port(url: str) -> str:
    parts = urlsplit(url)
    return f"{(parts.hostname or '').lower()}:{parts.port or DEFAULT_PORTS.get(parts.scheme, 0)}"


def utc_now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)
