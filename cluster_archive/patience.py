"""Patience: how a host that is busy or silent is waited for, and when it is given up for this run."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy.exceptions import IgnoreRequest

from cluster_archive.failures import reason_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

BUSY = frozenset({429, 503})
"""Statuses by which a host asks for patience (RFC 6585, 4; RFC 9110, 15.6.4)."""

SILENT = frozenset({"timeout", "connection-refused", "host-not-found"})
"""Reasons by which a host seems to be gone."""


class PatienceMiddleware:
    """Waits as long as a busy host asks for, up to a bound, with all requests to it; gives a host up for this run that has
    been busy or silent many times in a row.

    It stands between RetryMiddleware and the downloader: each try passes it.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._wait = crawler.settings.getfloat("ARCHIVE_RETRY_WAIT")
        self._longest = crawler.settings.getfloat("ARCHIVE_RETRY_AFTER_MAX")
        self._patience = crawler.settings.getint("ARCHIVE_HOST_PATIENCE")
        self._until: dict[str, float] = {}
        self._in_a_row: Counter[str] = Counter()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PatienceMiddleware:
        """The middleware for that crawl."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Lets a request pass once its host may be asked; raises IgnoreRequest where the host was given up."""
        host = urlsplit(request.url).netloc
        while (left := self._until.get(host, 0.0) - monotonic()) > 0:
            await asyncio.sleep(left)
        if self._in_a_row[host] >= self._patience:
            raise IgnoreRequest("host-given-up")

    def process_response(self, request: Request, response: Response) -> Response:
        """Notes how long the host asks to be left alone; what it asks beyond the bound is not retried in this run."""
        host = urlsplit(request.url).netloc
        if response.status not in BUSY:
            self._in_a_row[host] = 0
            return response
        self._in_a_row[host] += 1
        stated = seconds_of(response.headers.get("Retry-After"), datetime.now(UTC))
        wait = self._wait * 2 ** request.meta.get("retry_times", 0) if stated is None else stated
        if wait > self._longest:
            request.meta["dont_retry"] = True
        self._until[host] = max(self._until.get(host, 0.0), monotonic() + min(wait, self._longest))
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Counts a host's silence."""
        if reason_of(exception) in SILENT:
            self._in_a_row[urlsplit(request.url).netloc] += 1


def seconds_of(stated: bytes | None, now: datetime) -> float | None:
    """Seconds that a `Retry-After` field asks for (RFC 9110, 10.2.3), never negative; None where it says nothing."""
    text = (stated or b"").decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
