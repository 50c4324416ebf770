"""Downloader middlewares: what may be asked, and what is skipped."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from scrapy.exceptions import IgnoreRequest

from cluster_archive.errors import ArchiveNotWritable
from cluster_archive.extensions import ArchiveRun, run_of
from cluster_archive.sites import is_ignored
from cluster_archive.state import EMBEDDED

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler


class ScopeMiddleware:
    """Keeps every request, redirects included, to the site's scope, and asks for nothing twice."""

    def __init__(self, crawler: Crawler) -> None:
        self._run = run_of(crawler)

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
        self._run = run_of(crawler)
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


class ValidatorsMiddleware:
    """Asks for what the archive holds already only if it has changed (RFC 9110, 13.1).

    `request.meta["validated"]` is what a 304 then stands for.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._run = run_of(crawler)

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
