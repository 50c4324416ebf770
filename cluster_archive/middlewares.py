"""Downloader middlewares: what may be asked, and what is skipped."""

from __future__ import annotations

import asyncio
import logging
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser, RobotParser

from cluster_archive.captures import Capture
from cluster_archive.codings import decode_body
from cluster_archive.errors import ArchiveNotWritable
from cluster_archive.extensions import ArchiveRun
from cluster_archive.failures import reason_of
from cluster_archive.sites import is_ignored
from cluster_archive.state import EMBEDDED

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from cluster_archive.run import Run

logger = logging.getLogger(__name__)

ROBOTS_LIMIT = 512 * 1024
"""Bytes of a robots.txt that are read (RFC 9309, 2.5: at least 500 KiB)."""


def _run_of(crawler: Crawler) -> Run:
    extension = crawler.get_extension(ArchiveRun)
    assert extension is not None, "the extension ArchiveRun is needed"
    return extension.run


class ScopeMiddleware:
    """Keeps every request, redirects included, to the site's scope, and asks for nothing twice."""

    def __init__(self, crawler: Crawler) -> None:
        self._run = _run_of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ScopeMiddleware:
        """The middleware for that crawl."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Lets a request pass, or raises IgnoreRequest with the reason."""
        entry = request.meta.get("entry")
        if entry is None:
            return  # robots.txt, which RobotsMiddleware asks for on behalf of a request that has passed here
        if not self._run.may_fetch(request.url, entry.kind):
            raise IgnoreRequest("out-of-scope")
        if "redirect_urls" in request.meta:
            if entry.kind not in EMBEDDED and is_ignored(request.url, self._run.site):
                raise IgnoreRequest("ignored-address")
            if self._run.is_known(request.url, entry):
                raise IgnoreRequest("redirects-to-known")


class CutMiddleware:
    """Has each capture that was cut read as far as it goes, also where the request is tried again: the same pages are read
    as when the archive is read back."""

    def __init__(self, crawler: Crawler) -> None:
        self._run = _run_of(crawler)
        self._extension = crawler.get_extension(ArchiveRun)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CutMiddleware:
        """The middleware for that crawl."""
        return cls(crawler)

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Reads what came before the exchange failed."""
        capture = request.meta.pop("capture", None)
        if capture is None or isinstance(exception, ArchiveNotWritable):
            return
        # a request may wait long to be tried again; only the rules of robots.txt are taken from there
        request.meta["cut"] = None if "entry" in request.meta else capture
        try:
            self._run.absorb(capture)
        except ArchiveNotWritable as error:
            if self._extension is not None:
                self._extension.stop(error)


class RobotsMiddleware:
    """robots.txt by RFC 9309: 4xx allows all, 5xx and silence allow nothing; Crawl-delay is applied."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._run = _run_of(crawler)
        self._obey = crawler.settings.getbool("ROBOTSTXT_OBEY")
        self._agent = crawler.settings.get("ROBOTSTXT_USER_AGENT") or crawler.settings["USER_AGENT"]
        self._rules: dict[str, asyncio.Future[RobotParser | str]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        """The middleware for that crawl."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Lets a request pass that the host's robots.txt allows; raises IgnoreRequest with the reason otherwise."""
        if not self._obey or "entry" not in request.meta:
            return
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(request.url))
        if origin not in self._rules:
            self._rules[origin] = asyncio.ensure_future(self._fetch(origin))
        rules = await asyncio.shield(self._rules[origin])
        if isinstance(rules, str):
            raise IgnoreRequest(rules)
        if not rules.allowed(request.url, self._agent):
            raise IgnoreRequest("robots")
        self._slow_down(request, rules.crawl_delay(self._agent))

    async def _fetch(self, origin: str) -> RobotParser | str:
        """The host's rules, or the reason why nothing may be asked of it."""
        request = Request(f"{origin}/robots.txt", callback=NO_CALLBACK, dont_filter=True, priority=1000)
        try:
            assert self._crawler.engine is not None
            response = await self._crawler.engine.download_async(request)
        except Exception as error:  # noqa: BLE001 - whatever it was, the host's rules are not known
            cut: Capture | None = request.meta.get("cut")
            if cut is not None and cut.has_content and len(cut.payload) >= ROBOTS_LIMIT:
                return self._parser(cut)  # more than is ever read of it
            if reason_of(error) == "too-many-redirects":
                return self._parser(None)  # RFC 9309, 2.3.1.2: as if there were none
            reason = reason_of(error)
            return (
                reason
                if reason in ("address-refused", "connection-refused", "host-not-found")
                else "robots-unreachable"
            )
        capture: Capture | None = response.meta.get("capture")
        if capture is not None:
            self._run.understand(capture, None)
        if response.status >= 500 or response.status == 429:
            return f"robots-status-{response.status}"
        return self._parser(capture if response.status < 300 else None)

    def _parser(self, capture: Capture | None) -> RobotParser:
        body = decode_body(capture, ROBOTS_LIMIT).content if capture else b""
        return ProtegoRobotParser.from_crawler(self._crawler, body)

    def _slow_down(self, request: Request, delay: float | None) -> None:
        """Applies Crawl-delay to the host's slot, at most a minute."""
        if not delay:
            return
        assert self._crawler.engine is not None
        downloader = self._crawler.engine.downloader
        slot = downloader.slots.get(downloader.get_slot_key(request))
        if slot is not None and slot.delay < delay:
            slot.delay = min(delay, 60.0)
            logger.info("robots.txt of %s asks for %.1f seconds between requests", slot, slot.delay)


class ValidatorsMiddleware:
    """Asks for what the archive holds already only if it has changed (RFC 9110, 13.1).

    `request.meta["validated"]` is what a 304 then stands for.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._run = _run_of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ValidatorsMiddleware:
        """The middleware for that crawl."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Adds the validators of exactly this address; those that a redirect or a retry has copied are taken off."""
        request.meta.pop("validated", None)
        for name in ("If-None-Match", "If-Modified-Since"):
            request.headers.pop(name, None)
        if request.method != "GET" or "entry" not in request.meta:
            return
        found = self._run.held(request.url)
        if found is None:
            return
        held, original = found
        if held.etag and _ETAG.fullmatch(held.etag):
            request.headers["If-None-Match"] = held.etag.encode("latin-1")
            request.meta["validated"] = original
        if held.last_modified and _is_http_date(held.last_modified):
            request.headers["If-Modified-Since"] = held.last_modified
            request.meta["validated"] = original


_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
"""RFC 9110, 8.8.3; anything else that a server has sent is not sent back."""


def _is_http_date(value: str) -> bool:
    """Whether a value is a date, and nothing that would be another header field."""
    try:
        parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return False
    return value.isascii() and value.isprintable()
