"""The private names of Scrapy and Twisted that the capture leans on; where one is gone, no crawl starts."""

from __future__ import annotations

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from twisted.web._newclient import HTTP11ClientProtocol
from twisted.web.client import HTTPConnectionPool

from cluster_archive.errors import ClusterArchiveError


def check_hooks() -> None:
    """Raises ClusterArchiveError where the installed Scrapy or Twisted lacks what the capture leans on."""
    wanted = (
        (HTTPConnectionPool, "_factory"),
        (HTTP11ClientProtocol, "_state"),
        (HTTP11ClientProtocol, "request"),
        (HTTP11ClientProtocol, "dataReceived"),
        (HTTP11DownloadHandler, "download_request"),
    )
    missing = [f"{owner.__name__}.{name}" for owner, name in wanted if not _defines(owner, name)]
    if missing:
        raise ClusterArchiveError(
            f"This Scrapy or Twisted cannot be captured from: {', '.join(missing)} is gone."
            " Install the versions of constraints.txt."
        )


def _defines(owner: type, name: str) -> bool:
    """Whether a class has a name of its own, or from its own package: what it has from a general base class, such as
    `dataReceived`, proves nothing."""
    package = owner.__module__.partition(".")[0]
    return any(
        name in vars(one) for one in owner.__mro__ if one.__module__.startswith((f"{package}.web", f"{package}.core"))
    )
