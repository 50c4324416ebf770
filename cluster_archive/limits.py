"""Limits of a run: time, pages, bytes, room on the disk and the site's quiet hours; reached, the run ends in good order and can go on later."""

from __future__ import annotations

import asyncio
import shutil
from time import monotonic
from typing import TYPE_CHECKING, Self

from scrapy import signals

from cluster_archive.errors import ExitCode
from cluster_archive.extensions import ArchiveRun
from cluster_archive.sites import quiet_until

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from cluster_archive.run import Run

EVERY = 2.0
"""Seconds between two looks."""


class Limits:
    """Scrapy extension: ends the crawl with exit code 8 when a limit is reached."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self._crawler = crawler
        self._archive_run: ArchiveRun | None = None
        self._seconds = settings.getfloat("ARCHIVE_TIME_LIMIT")
        self._pages = settings.getint("ARCHIVE_PAGE_LIMIT")
        self._bytes = settings.getint("ARCHIVE_SIZE_LIMIT")
        self._free = settings.getint("ARCHIVE_MIN_FREE")
        self._watch: asyncio.Future[None] | None = None
        self._began = monotonic()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The limits of that crawl."""
        limits = cls(crawler)
        crawler.signals.connect(limits.opened, signal=signals.spider_opened)
        crawler.signals.connect(limits.look, signal=signals.response_received)
        crawler.signals.connect(limits.closed, signal=signals.spider_closed)
        return limits

    def opened(self) -> None:
        """Begins to look; also a site that does not answer must not outlast the time. Only now are all extensions there."""
        self._archive_run = self._crawler.get_extension(ArchiveRun)
        self._watch = asyncio.ensure_future(self._look_now_and_then())

    def closed(self) -> None:
        """Looks no more."""
        if self._watch is not None:
            self._watch.cancel()

    def look(self) -> None:
        """Ends the crawl if a limit is reached."""
        if self._archive_run is not None and (reached := self._reached(self._archive_run.run)):
            self._archive_run.end(ExitCode.LIMIT_REACHED, reached, "limit-reached")

    def _reached(self, run: Run) -> str | None:
        """The limit that is reached, in a sentence."""
        seconds = monotonic() - self._began
        free = shutil.disk_usage(run.collection.root).free
        if end := quiet_until(run.site, run.now()):
            hours = ", ".join(map(str, run.site.politeness.quiet_hours))
            return f"These are quiet hours of the site ({hours}, {run.site.timezone}); they end at {end:%Y-%m-%d %H:%M} UTC."
        if self._seconds and seconds >= self._seconds:
            return f"The time limit of {self._seconds:.0f} seconds is over."
        if self._pages and run.tally.pages >= self._pages:
            return f"The limit of {self._pages} pages is reached."
        if self._bytes and run.tally.bytes_received >= self._bytes:
            return f"The limit of {self._bytes / 1e6:.1f} MB is reached."
        if free < self._free:
            return f"Only {free / 1e6:.0f} MB are free, fewer than the {self._free / 1e6:.0f} MB that are to stay so."
        return None

    async def _look_now_and_then(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(EVERY)
