"""Crawl: starts Scrapy on one site in this process and tells how it ended."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from scrapy.crawler import CrawlerProcess
from scrapy.settings import Settings

from cluster_archive.errors import ClusterArchiveError, ExitCode
from cluster_archive.extensions import ArchiveRun
from cluster_archive.spiders.news import NewsSpider
from cluster_archive.telling import Telling

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from twisted.python.failure import Failure

    from cluster_archive.report import Report
    from cluster_archive.sites import Site


logger = logging.getLogger(__name__)


def crawl_site(site: Site, overrides: Mapping[str, Any]) -> Report:
    """Crawls a site and gives the run's report; `overrides` are Scrapy settings of this run.

    Scrapy's reactor starts once in a process, so this can be called once in a process.
    Raises the ClusterArchiveError that kept the run from starting.
    """
    _mark_log(site=site.name)
    telling = Telling.of(overrides)
    telling.started()
    try:
        report = _crawl(site, overrides)
    except ClusterArchiveError as error:
        telling.refused(error.exit_code)
        raise
    telling.ended(report)
    return report


def _crawl(site: Site, overrides: Mapping[str, Any]) -> Report:
    settings = Settings()
    settings.setmodule("cluster_archive.settings", priority="project")
    settings.setdict({"LOG_INSTALL_ROOT_HANDLER": False, **overrides}, priority="cmdline")
    logging.getLogger().setLevel(logging.INFO)
    process = CrawlerProcess(settings)
    crawler = process.create_crawler(NewsSpider)
    errors: list[BaseException] = []

    def note(failure: Failure) -> None:
        errors.append(failure.value or ClusterArchiveError("The crawl failed."))

    process.crawl(crawler, site=site).addErrback(note)
    extension = crawler.get_extension(ArchiveRun) if crawler._extensions else None
    if extension is not None:
        _mark_log(run=extension.run.name)
    with _signals(process, crawler, extension):
        logger.info("The crawl of %s begins.", site.name)
        process.start(install_signal_handlers=False)
    if extension is None or errors:
        error = errors[0] if errors else ClusterArchiveError("The crawl could not start.")
        raise error if isinstance(error, ClusterArchiveError) else ClusterArchiveError(str(error)) from error
    extension.close("shutdown")  # does nothing where the spider has closed in good order
    assert extension.run.report is not None
    return extension.run.report


def _mark_log(**about: str) -> None:
    """Has each record that is logged from now on in this process say what it is about."""
    made = logging.getLogRecordFactory()

    def marked(*arguments: Any, **named: Any) -> logging.LogRecord:
        record = made(*arguments, **named)
        record.__dict__.update(about)
        return record

    logging.setLogRecordFactory(marked)


@contextmanager
def _signals(process: CrawlerProcess, crawler: Crawler, extension: ArchiveRun | None) -> Iterator[None]:
    """First SIGINT or SIGTERM: finish what is in flight and close; the second: stop at once."""
    from twisted.internet import reactor as installed

    reactor: Any = installed
    received: list[int] = []

    def end() -> None:
        if crawler.engine is not None and crawler.engine.running:
            process.stop()
        else:  # before it runs, Scrapy forgets that it was to stop, and then never ends (scrapy/scrapy#6916)
            reactor.callLater(0.05, end)

    def stop(signum: int, _frame: object) -> None:
        received.append(signum)
        if extension is not None:
            extension.stopped_by = (ExitCode(128 + signum), "")
        if len(received) == 1:
            logger.warning("Finishing what is in flight; once more to stop at once.")
            reactor.callFromThread(end)
        else:
            reactor.callFromThread(reactor.stop)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
