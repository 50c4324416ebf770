"""NewsSpider: a Site goes in, Captures come out; the item pipelines make Articles of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, Self

from scrapy import Request, Spider
from scrapy.exceptions import CloseSpider
from scrapy.settings import SETTINGS_PRIORITIES

from cluster_archive.errors import ArchiveNotWritable, NotNow
from cluster_archive.failures import is_decision, reason_of
from cluster_archive.sites import Site, named_hosts, site_named

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from cluster_archive.captures import Capture
    from cluster_archive.run import Run
    from cluster_archive.state import Entry


_LIMITS = {"requisite": "ARCHIVE_REQUISITE_MAX_BYTES", "document": "ARCHIVE_DOCUMENT_MAX_BYTES"}
"""The settings that bound an answer, by the kind of what was asked for."""


class NewsSpider(Spider):
    """The one spider. `scrapy crawl news -a site=NAME`, where NAME is a site's name, a TOML file or an address."""

    name = "news"
    run: Run
    """Set by the extension ArchiveRun before the first request."""

    def __init__(self, site: Site, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.site = site

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, site: Site | str = "", **kwargs: Any) -> Self:
        """The spider of one site; raises BadSite with the known names where there is no such site."""
        known = site if isinstance(site, Site) else site_named(site, crawler.settings.getlist("ARCHIVE_SITES"))
        _apply_site(crawler, known)
        return super().from_crawler(crawler, *args, site=known, **kwargs)

    async def start(self) -> AsyncIterator[Request]:
        """The site's seeds; what an earlier run left pending is in the frontier already."""
        for seed in self.site.seeds:
            yield Request(seed.url, meta={"kind": seed.kind})

    def request_for(self, entry: Entry) -> Request:
        """The request that asks for a frontier entry."""
        meta: dict[str, Any] = {"entry": entry}
        if (limit := _LIMITS.get(entry.kind)) is not None:
            meta["download_maxsize"] = self.settings.getint(limit)
        return Request(entry.url, callback=self.parse, errback=self.failed, dont_filter=True, meta=meta)

    def parse(self, response: Response) -> Iterator[Capture]:
        """Hands an article's capture to the pipelines; what else the capture says goes into the run's frontier."""
        capture: Capture = response.meta.pop("capture")  # the request may be kept longer than the page is needed
        try:
            is_article = self.run.understand(capture, response.meta["entry"])
        except MemoryError:
            self.run.unreadable(capture.url, response.meta["entry"])
            return
        except ArchiveNotWritable as error:
            raise CloseSpider("archive-not-writable") from error
        if is_article:
            yield capture

    def failed(self, failure: Failure) -> None:
        """Notes why an address could not be had."""
        if isinstance(failure.value, ArchiveNotWritable | NotNow):
            return  # the address is still to be asked for; the run is being stopped
        request = getattr(failure, "request", None)
        if request is not None and failure.value is not None and "entry" in request.meta:
            note = self.run.skipped if is_decision(failure.value) else self.run.failed
            reason = reason_of(failure.value)
            if reason == "connection-failed" and "cut" in request.meta:
                reason = "cut-disconnect"
            try:
                note(request.meta["entry"], reason)
            except ArchiveNotWritable as error:
                raise CloseSpider("archive-not-writable") from error


_SHORTEST = 0.001
"""Seconds between two requests to a host. With none, Scrapy 2.19 starts all that waits before it counts the first of them,
whatever number of connections is allowed."""

_ABOVE_ALL = SETTINGS_PRIORITIES["cmdline"] + 1


def _apply_site(crawler: Crawler, site: Site) -> None:
    """Lets the site's politeness and the operator's hosts take effect; the command line still wins."""
    for name, value in (
        ("DOWNLOAD_DELAY", site.politeness.delay),
        ("CONCURRENT_REQUESTS_PER_DOMAIN", site.politeness.concurrency),
        ("CONCURRENT_REQUESTS", max(4, site.politeness.concurrency)),
        ("AUTOTHROTTLE_ENABLED", site.politeness.delay > 0),
    ):
        crawler.settings.set(name, value, priority="spider")
    if crawler.settings.getfloat("DOWNLOAD_DELAY") < _SHORTEST:
        crawler.settings.set("DOWNLOAD_DELAY", _SHORTEST, priority=_ABOVE_ALL)
    hosts = [*crawler.settings.getlist("ARCHIVE_NAMED_HOSTS"), *named_hosts(site)]
    crawler.settings.set("ARCHIVE_NAMED_HOSTS", hosts, priority="cmdline")
