"""Scrapy's scheduler over the frontier: the next request is the most wanted URL that is still pending."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from scrapy.core.scheduler import BaseScheduler

from cluster_archive.errors import ArchiveNotWritable
from cluster_archive.extensions import ArchiveRun
from cluster_archive.state import EMBEDDED

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from cluster_archive.spiders.news import NewsSpider


class FrontierScheduler(BaseScheduler):
    """Gives out what the run's frontier holds.

    A request that comes back to the scheduler (a retry, a redirect) carries its frontier entry and is given out
    again first; a new one goes into the frontier, which refuses what it knows.
    """

    def __init__(self, crawler: Crawler) -> None:
        extension = crawler.get_extension(ArchiveRun)
        assert extension is not None, "the extension ArchiveRun is needed"
        self._crawler, self._extension, self._run = crawler, extension, extension.run
        self._again: deque[Request] = deque()
        self._spider: NewsSpider

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> FrontierScheduler:
        """The scheduler of that crawl."""
        return cls(crawler)

    def open(self, spider: NewsSpider) -> None:  # type: ignore[override]
        """Remembers the spider, which makes requests from frontier entries."""
        self._spider = spider

    def has_pending_requests(self) -> bool:
        """Whether anything is left to ask for."""
        return bool(self._again) or self._run.has_next()

    def enqueue_request(self, request: Request) -> bool:
        """Takes a request; False where its URL is known already."""
        if "entry" in request.meta:
            self._again.append(request)
            return True
        try:
            return self._run.want(request.url, request.meta.get("kind", "page"))
        except ArchiveNotWritable as error:
            self._extension.stop(error)
            return False

    def next_request(self) -> Request | None:
        """The next request, or None where there is nothing to ask for now."""
        if self._again:
            return self._again.popleft()
        try:
            entry = self._run.next(hold_back=("requisite",) if self._pages_are_on_their_way() else ())
        except ArchiveNotWritable as error:
            self._extension.stop(error)
            return None
        return self._spider.request_for(entry) if entry else None

    def _pages_are_on_their_way(self) -> bool:
        """Whether a page is being fetched or read, which may name further pages: what pages need comes after them all.

        The engine asks again when one is over; where a later Scrapy keeps its requests elsewhere, only the order suffers.
        """
        slot = getattr(self._crawler.engine, "_slot", None)
        on_their_way = (request.meta.get("entry") for request in getattr(slot, "inprogress", ()))
        return any(entry is not None and entry.kind not in EMBEDDED for entry in on_their_way)
