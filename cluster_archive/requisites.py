"""Requisites of a crawl: which of the files that its pages name are asked for, each once and bounded in number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cluster_archive.captures import Capture
from cluster_archive.discover import is_sheet, page_requisites, sheet_requisites
from cluster_archive.document import Document
from cluster_archive.sites import Site, may_fetch_requisite
from cluster_archive.state import Entry, State
from cluster_archive.urls import article_key

Level = Literal["none", "named", "all"]
"""Whose requisites are fetched: nobody's, those of the site and of the hosts that its TOML names, or those of all hosts."""

MAX_CHAIN = 5
"""Style sheets that import one another, up to which they are read."""

MAX_REMEMBERED = 50_000
"""Addresses that are remembered as looked at, so that what stands in each page of a site costs nothing there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What is fetched of requisites at the most."""

    level: Level = "named"
    """Whose."""
    pictures: bool = True
    """Whether pictures in the markup of pages are among them."""
    per_page: int = 300
    """New ones of one page or style sheet."""
    per_crawl: int = 20_000
    """Of one pass over the site."""


class Requisites:
    """What was looked at in this process; the frontier knows what was asked for."""

    def __init__(self, site: Site, state: State, bounds: Bounds) -> None:
        self._site, self._state, self._bounds = site, state, bounds
        self._seen: set[str] = set()
        self._asked: int | None = None

    def may_fetch(self, url: str) -> bool:
        """Whether a requisite or a document may come from there; also asked of each redirect."""
        everywhere = self._bounds.level == "all"
        return self._bounds.level != "none" and may_fetch_requisite(
            url, self._site, everywhere=everywhere, picture=True
        )

    def of(self, capture: Capture, document: Document | None, entry: Entry | None) -> tuple[list[str], int]:
        """The addresses to ask for that a page or a style sheet names, and how many were left out as too many.

        None of what was looked at before, of what is beyond the site's rules, or of a sheet behind too many others.
        """
        if self._bounds.level == "none" or capture.status != 200 or capture.truncated is not None:
            return [], 0
        if document is not None:
            found = [(one.url, one.is_picture) for one in page_requisites(document)]
        elif entry is not None and entry.kind == "requisite" and is_sheet(capture) and self._may_go_on(entry):
            found = [(url, False) for url in sheet_requisites(capture)]
        else:
            return [], 0
        wanted = [url for url, is_picture in found if self._is_new(url) and self._is_allowed(url, is_picture)]
        if self._asked is None:
            self._asked = self._state.count_of("requisite")
        room = max(0, min(self._bounds.per_crawl - self._asked, self._bounds.per_page))
        self._asked += len(wanted[:room])
        return wanted[:room], len(wanted[room:])

    def _is_allowed(self, url: str, is_picture: bool) -> bool:
        if is_picture and not self._bounds.pictures:
            return False
        return may_fetch_requisite(
            url, self._site, everywhere=self._bounds.level == "all", picture=is_picture
        ) and not self._state.known(self._key(url))

    def _is_new(self, url: str) -> bool:
        if url in self._seen:
            return False
        if len(self._seen) >= MAX_REMEMBERED:
            self._seen.clear()
        self._seen.add(url)
        return True

    def _may_go_on(self, entry: Entry) -> bool:
        """Whether fewer than `MAX_CHAIN` sheets led to this one."""
        for _ in range(MAX_CHAIN):
            above = self._state.find(self._key(entry.via)) if entry.via else None
            if above is None or above.kind != "requisite":
                return True
            entry = above
        return False

    def _key(self, url: str) -> str:
        return article_key(url, self._site.addresses.session_parameters)
