"""Run in a process of its own: fetches addresses through the capturing handler and prints the exchanges as JSON.

Arguments: a JSON list of [method, url, meta], and a JSON object of settings, with IN_FLIGHT as one of them.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess

from cluster_archive import handlers
from cluster_archive.captures import Capture, Exchange
from cluster_archive.handlers import WarcDownloadHandler
from cluster_archive.settings import DNS_RESOLVER

exchanges: list[Exchange] = []
outcomes: list[str] = []


class Handler(WarcDownloadHandler):
    """The handler, with a list in place of the run."""

    def recorder(self) -> Any:
        def keep(exchange: Exchange) -> Capture | None:
            exchanges.append(exchange)
            return None

        return keep


class Fetch(scrapy.Spider):
    """Asks for one address after the other."""

    name = "fetch"

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for method, url, meta in json.loads(sys.argv[1]):
            yield scrapy.Request(url, method=method, meta=meta, dont_filter=True, callback=self.got, errback=self.lost)

    def got(self, response: scrapy.http.Response) -> None:
        """Notes an answer."""
        outcomes.append(f"{response.status} {response.url}")

    def lost(self, failure: Any) -> None:
        """Notes a failure."""
        outcomes.append(f"{type(failure.value).__name__} {failure.request.url}")


settings: dict[str, Any] = {
    "DOWNLOAD_HANDLERS": {"http": Handler, "https": Handler},
    "DNS_RESOLVER": DNS_RESOLVER,
    "TELNETCONSOLE_ENABLED": False,
    "COOKIES_ENABLED": False,
    "RETRY_ENABLED": False,
    "REDIRECT_ENABLED": False,
    "HTTPERROR_ALLOW_ALL": True,
    "CONCURRENT_REQUESTS": 1,
    "LOG_LEVEL": "ERROR",
    **json.loads(sys.argv[2]),
}
handlers.IN_FLIGHT = settings.pop("IN_FLIGHT", handlers.IN_FLIGHT)
process = CrawlerProcess(settings)
process.crawl(Fetch)
process.start()


def plain(value: Any) -> Any:
    """Bytes as base64, moments as text."""
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


sys.stdout.write(
    json.dumps({"exchanges": [asdict(exchange) for exchange in exchanges], "outcomes": outcomes}, default=plain)
)
