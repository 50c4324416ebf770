"""robots.txt (RFC 9309): what a host lets us ask for, how long that holds, and which capture says so."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser, RobotParser

from cluster_archive.codings import decode_body
from cluster_archive.errors import ArchiveNotWritable, NotNow
from cluster_archive.extensions import run_of
from cluster_archive.failures import reason_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from cluster_archive.captures import Capture

logger = logging.getLogger(__name__)

LIMIT = 512 * 1024
"""Bytes of a robots.txt that are read (RFC 9309, 2.5: at least 500 KiB)."""

FRESH = timedelta(hours=24)
"""How long an answer holds, over runs too (RFC 9309, 2.4)."""

UNREACHABLE = frozenset({"address-refused", "connection-refused", "host-not-found"})
"""Reasons for silence that say more than that robots.txt could not be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """What a host lets us ask for."""

    until: datetime
    """When it must be asked for again."""
    parser: RobotParser | None
    """The rules; None where nothing may be asked."""
    reason: str = ""
    """Why nothing may be asked."""


class RobotsMiddleware:
    """4xx allows all, 5xx and silence allow nothing; Crawl-delay is applied.

    An answer of less than a day ago is read from the archive. An older one never counts, also where the host is silent:
    RFC 9309, 2.3.1.4 allows that only after a long time, and a host that cannot say what it allows is better left alone.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._run = run_of(crawler)
        self._obey = crawler.settings.getbool("ROBOTSTXT_OBEY")
        self._agent = crawler.settings.get("ROBOTSTXT_USER_AGENT") or crawler.settings["USER_AGENT"]
        self._rules: dict[str, asyncio.Future[_Rules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        """The middleware for that crawl."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Lets a request pass that the host's robots.txt allows; raises IgnoreRequest with the reason otherwise."""
        if not self._obey or "entry" not in request.meta:
            return
        rules = await self._rules_of("{0.scheme}://{0.netloc}".format(urlsplit(request.url)))
        if rules.parser is None:
            raise IgnoreRequest(rules.reason)
        if not rules.parser.allowed(request.url, self._agent):
            raise IgnoreRequest("robots")
        self._slow_down(request, rules.parser.crawl_delay(self._agent))

    async def _rules_of(self, origin: str) -> _Rules:
        """The host's rules, asked for once at a time, and again when they no longer hold."""
        told = self._rules.get(origin)
        if told is None or (told.done() and told.result().until <= self._run.now()):
            told = self._rules[origin] = asyncio.ensure_future(self._read(origin))
        return await asyncio.shield(told)

    async def _read(self, origin: str) -> _Rules:
        return self._kept(origin) or await self._ask(origin)

    def _kept(self, origin: str) -> _Rules | None:
        """The rules that an exchange of less than a day ago told, from the archive; None where there is none that counts,
        and where everything is to be asked for again."""
        if self._run.wishes.full:
            return None
        now = self._run.now()
        capture, asked_at = self._run.recent(f"{origin}/robots.txt", now - FRESH) or (None, now)
        if capture is None or asked_at > now or not _is_answer(capture.status):
            return None
        self._run.follow(capture)
        return self._rules_from(origin, capture, asked_at)

    async def _ask(self, origin: str) -> _Rules:
        request = Request(f"{origin}/robots.txt", callback=NO_CALLBACK, dont_filter=True, priority=1000)
        try:
            assert self._crawler.engine is not None
            response = await self._crawler.engine.download_async(request)
        except (ArchiveNotWritable, NotNow):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the host's rules are not known
            return self._without_answer(origin, request, reason_of(error))
        capture: Capture | None = response.meta.get("capture")
        if capture is not None:
            self._run.understand(capture, None)
        if not _is_answer(response.status):
            return self._nothing(origin, f"robots-status-{response.status}", capture)
        return self._rules_from(origin, capture, self._run.now())

    def _without_answer(self, origin: str, request: Request, reason: str) -> _Rules:
        cut: Capture | None = request.meta.get("cut")
        if cut is not None and cut.has_content and len(cut.payload) >= LIMIT:
            return self._rules_from(origin, cut, self._run.now())  # more than is ever read of it
        if reason == "too-many-redirects":
            return self._rules_from(origin, None, self._run.now())  # RFC 9309, 2.3.1.2: as if there were none
        return self._nothing(origin, reason if reason in UNREACHABLE else "robots-unreachable", cut)

    def _rules_from(self, origin: str, capture: Capture | None, asked_at: datetime) -> _Rules:
        """The rules that a capture holds; none, where it is no file."""
        is_file = capture is not None and capture.status is not None and capture.status < 300
        body = decode_body(capture, LIMIT).content if capture is not None and is_file else b""
        self._run.obeys(origin, "rules" if is_file else "no-rules", asked_at, capture)
        return _Rules(until=asked_at + FRESH, parser=ProtegoRobotParser.from_crawler(self._crawler, body))

    def _nothing(self, origin: str, reason: str, capture: Capture | None) -> _Rules:
        now = self._run.now()
        self._run.obeys(origin, reason, now, capture)
        return _Rules(until=now + FRESH, parser=None, reason=reason)

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


def _is_answer(status: int | None) -> bool:
    """Whether a status says what is allowed; 5xx and 429 say only that the host cannot say it now."""
    return status is not None and status < 500 and status != 429
