"""Scrapy extensions: the run that a crawl writes into, its progress, and the built-in site while it is crawled."""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import TextColumn, TimeElapsedColumn
from scrapy import signals
from scrapy.exceptions import NotConfigured

from cluster_archive.errors import ArchiveNotWritable, ExitCode
from cluster_archive.files import make_folder, writing
from cluster_archive.hooks import check_hooks
from cluster_archive.opening import open_crawl, put_aside
from cluster_archive.printable import PrintableFormatter
from cluster_archive.run import Run, run_log
from cluster_archive.state import StateDamaged

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler


logger = logging.getLogger(__name__)

_LAST = 20
"""Seconds that Scrapy has for what it does when the run has closed."""


class ArchiveRun:
    """Opens a Run with the spider and closes it with the spider."""

    def __init__(self, crawler: Crawler) -> None:
        spider: Any = crawler.spider
        if not hasattr(spider, "site"):
            raise NotConfigured("the spider has no site")
        check_hooks()
        self._crawler = crawler
        self._stats = crawler.stats
        self.run = open_crawl(spider.site, crawler.settings)
        self.stopped_by: tuple[ExitCode, str] | None = None
        spider.run = self.run
        self._log = RunLog(self._log_path(), encoding="utf-8", delay=True)
        self._log.setFormatter(PrintableFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        self._log.setLevel(logging.INFO)
        logging.getLogger().addHandler(self._log)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ArchiveRun:
        """The run of that crawl; raises what `open_crawl` raises, before anything is asked for."""
        extension = cls(crawler)
        crawler.signals.connect(extension.spider_closed, signal=signals.spider_closed)
        return extension

    def stop(self, error: ArchiveNotWritable) -> None:
        """Stops the crawl, since nothing may be fetched or extracted that cannot be written."""
        if self.stopped_by is None:
            logger.error("%s", error)
        self.end(ExitCode.NOT_WRITABLE, str(error), "archive-not-writable")

    def end(self, code: ExitCode, what: str, reason: str) -> None:
        """Ends the crawl in good order: what is in flight is finished, then the run closes with that code and sentence."""
        engine = self._crawler.engine
        if self.stopped_by is None and engine is not None and engine.spider is not None:
            self.stopped_by = (code, what)
            self._stopping = asyncio.ensure_future(engine.close_spider_async(reason=reason))
            self._stopping.add_done_callback(_see_the_end)

    def spider_closed(self, reason: str) -> None:
        """Closes the run and mirrors its counts into Scrapy's stats."""
        try:
            self.close(reason)
        except ArchiveNotWritable as error:
            logger.error("%s", error)
            self.stopped_by = (ExitCode.NOT_WRITABLE, str(error))
            if isinstance(error, StateDamaged):
                self.run.state.close()
                put_aside(self.run.collection, error)
        finally:
            _see_the_end()

    def close(self, reason: str) -> None:
        """Closes the run once; a reason other than "finished" tells in the report that it was cut short."""
        if self.run.report is not None:
            return
        code, what = self.stopped_by or (None, "")
        if code is None and reason == "archive-not-writable":
            code = ExitCode.NOT_WRITABLE
        elif code is None and reason not in ("finished", "closespider_itemcount"):
            code = ExitCode.SIGINT if reason == "shutdown" else ExitCode.LIMIT_REACHED
        report = self.run.close(code, what)
        self.run.collection.close()
        logging.getLogger().removeHandler(self._log)
        self._log.close()
        if self._stats:
            for name in ("articles", "articles_read", "pictures", "requisites", "documents", "revisits", "nothing_new"):
                self._stats.set_value(f"archive/{name}", report.tally[name])
            for reason_code, count in report.tally["rejected"].items():
                self._stats.set_value(f"archive/rejected/{reason_code}", count)

    def _log_path(self) -> Path:
        with writing(f"The run's folder {self.run.folder}"):
            make_folder(self.run.folder)
        return run_log(self.run.folder)


def _see_the_end(*_: object) -> None:
    """Stops the reactor where Scrapy does not: without memory for what it does last it stands still for ever."""
    from twisted.internet import reactor as installed

    reactor: Any = installed
    reactor.callLater(_LAST, lambda: reactor.running and reactor.stop())


def run_of(crawler: Crawler) -> Run:
    """The run that a crawl writes into."""
    extension = crawler.get_extension(ArchiveRun)
    assert extension is not None, "the extension ArchiveRun is needed"
    return extension.run


class RunLog(logging.FileHandler):
    """The run's log; one that cannot be written never stops what is told in it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a line, or leaves it."""
        with suppress(OSError):
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """The disk is full: what stands on stderr is enough."""


class Progress:
    """Shows a line of progress on a terminal; elsewhere a log line each minute."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._run: Run | None = None
        self._bar = Bar(
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("starting")
        self._terminal = sys.stderr.isatty() and not crawler.settings.getbool("ARCHIVE_LOG_JSON")
        self._shown_at = monotonic()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Progress:
        """The progress of that crawl."""
        extension = cls(crawler)
        crawler.signals.connect(extension.opened, signal=signals.spider_opened)
        crawler.signals.connect(extension.step, signal=signals.response_received)
        crawler.signals.connect(extension.closed, signal=signals.spider_closed)
        return extension

    def opened(self, spider: Spider) -> None:
        """Begins to show; only now are all extensions there."""
        archive_run = self._crawler.get_extension(ArchiveRun)
        self._run = archive_run.run if archive_run else None
        if self._terminal and self._run:
            self._bar.start()

    def step(self) -> None:
        """Shows where the run is."""
        if self._run is None:
            return
        if self._terminal:
            self._bar.update(self._task, description=_sentence(self._run))
        elif monotonic() - self._shown_at >= 60:
            self._shown_at = monotonic()
            logger.info("%s", _sentence(self._run))

    def closed(self) -> None:
        """Takes the line away."""
        if self._terminal:
            self._bar.stop()


def _sentence(run: Run) -> str:
    """Where a run is."""
    tally, pending = run.tally, run.state.counts().get("pending", 0)
    return (
        f"{run.site.name}: {tally.articles_read} articles, {tally.pictures} pictures, {tally.requisites} page requisites, "
        f"{sum(tally.requests.values())} requests, {pending} waiting, {tally.bytes_received / 1e6:.1f} MB"
    )


class DemoServer:
    """Serves the built-in site while a crawl of the site `demo` runs, unless somebody serves it already."""

    def __init__(self, crawler: Crawler) -> None:
        site = getattr(crawler.spider, "site", None)
        if site is None or site.name != "demo":
            raise NotConfigured
        from cluster_archive import demo  # here, since no other crawl needs a web server

        if not site.home.startswith(demo.BULGARIAN):
            raise NotConfigured
        try:
            self._server = demo.serve()
        except OSError:
            raise NotConfigured("the built-in site is served already") from None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> DemoServer:
        """The server for that crawl."""
        extension = cls(crawler)
        crawler.signals.connect(extension.closed, signal=signals.spider_closed)
        return extension

    def closed(self) -> None:
        """Stops serving."""
        self._server.close()
