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
    from twisted.python.failure import Failure

    from cluster_archive.report import Report
    from cluster_archive.sites import Site


def crawl_site(site: Site, overrides: Mapping[str, Any]) -> Report:
    """Crawls a site and gives the run's report; `overrides` are Scrapy settings of this run.

    Scrapy's reactor starts once in a process, so this can be called once in a process.
    Raises the ClusterArchiveError that kept the run from starting.
    """
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
    with _signals(process, extension):
        process.start(install_signal_handlers=False)
    if extension is None or errors:
        error = errors[0] if errors else ClusterArchiveError("The crawl could not start.")
        raise error if isinstance(error, ClusterArchiveError) else ClusterArchiveError(str(error)) from error
    extension.close("shutdown")  # does nothing where the spider has closed in good order
    assert extension.run.report is not None
    return extension.run.report


@contextmanager
def _signals(process: CrawlerProcess, extension: ArchiveRun | None) -> Iterator[None]:
    """First SIGINT or SIGTERM: finish what is in flight and close; the second: stop at once."""
    received: list[int] = []

    def stop(signum: int, _frame: object) -> None:
        from twisted.internet import reactor as installed

        reactor: Any = installed
        received.append(signum)
        if extension is not None:
            extension.stopped_by = (ExitCode(128 + signum), "")
        if len(received) == 1:
            logging.getLogger(__name__).warning("Finishing what is in flight; once more to stop at once.")
            reactor.callFromThread(process.stop)
        else:
            reactor.callFromThread(reactor.stop)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
