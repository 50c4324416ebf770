"""The download handler that records each exchange byte for byte, and refuses private addresses that nobody named.

The private names that this leans on are checked at start (`check_hooks`): where one is gone the crawl does not start,
since the internal token would reach the site.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.request import getproxies

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.http import Headers, Response

from cluster_archive.captures import Exchange
from cluster_archive.errors import ArchiveNotWritable, ClusterArchiveError, NotNow
from cluster_archive.extensions import ArchiveRun
from cluster_archive.guard import AddressGuard
from cluster_archive.hooks import check_hooks
from cluster_archive.messages import read_message
from cluster_archive.recording import HEAD_LIMIT, TOKEN, InFlight, Recording, capturing_factory, utc_now
from cluster_archive.sites import is_quiet
from cluster_archive.state import EMBEDDED
from cluster_archive.urls import host_port

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from cluster_archive.captures import Capture

logger = logging.getLogger(__name__)

IN_FLIGHT = 40 * 1024 * 1024
"""Bytes of all responses that are on their way: the longest, and some more."""

TRUNCATED = {
    "DownloadCancelledError": "length",
    "DownloadTimeoutError": "time",
    "ResponseDataLossError": "disconnect",
}
"""`WARC-Truncated` by the name of Scrapy's exception."""


class NotHttp(Exception):
    """What came back is no HTTP response."""

    reason_code = "not-http"


class WarcDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's own HTTP/1.1 handler, with each exchange recorded before the response goes on.

    `request.meta["capture"]` holds the capture of what came back, also where Scrapy gave the response up.
    """

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        check_hooks()
        super().__init__(crawler)
        self._crawler = crawler
        self._pending: dict[bytes, Recording] = {}
        self._serial = itertools.count()
        pool = getattr(self, "_pool", None)
        if pool is None:
            raise ClusterArchiveError("This Scrapy cannot be captured from: HTTP11DownloadHandler._pool is gone.")
        pool._factory = capturing_factory(pool._factory, self._pending)
        self._guard: AddressGuard | None = None
        settings = crawler.settings
        self._limits = (
            InFlight(IN_FLIGHT),
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
        if self._is_quiet():  # looked at here, since a request may have waited for its turn until now
            raise NotNow(request.url)
        guard = self._guarded()
        try:
            with self._recording(request) as recording:
                response = await recording.watch(super().download_request(request))
        except BaseException as failure:
            capture = self._record(request, recording, failure)
            if capture is not None and capture.truncated is None:
                return _salvaged(request, capture)
            guard.check(request.url, failure)
            if recording.size and capture is None and recording.stopped is None:
                raise NotHttp(f"{request.url} did not answer in HTTP") from failure
            raise
        self._record(request, recording, None, response.status)
        return response

    @contextmanager
    def _recording(self, request: Request) -> Iterator[Recording]:
        """Records what is sent and what comes back while a request is under way."""
        token = b"%d" % next(self._serial)
        recording = self._pending[token] = Recording(*self._limits)
        request.headers[TOKEN] = token
        try:
            yield recording
        finally:
            request.headers.pop(TOKEN, None)
            del self._pending[token]
            recording.over()

    def _is_quiet(self) -> bool:
        extension = self._crawler.get_extension(ArchiveRun)
        return extension is not None and is_quiet(extension.run.site, extension.run.now())

    def _record(
        self, request: Request, recording: Recording, failure: BaseException | None, status: int = 0
    ) -> Capture | None:
        if not recording.request:
            return None  # nothing was on the wire
        response = recording.taken()
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
            self._guard = AddressGuard(reactor.nameResolver, hosts)
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
