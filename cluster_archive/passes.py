"""Passes: what a further pass over a site asks for again, and what else its answers make worth asking for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from cluster_archive import due
from cluster_archive.captures import Capture
from cluster_archive.curate import known_day
from cluster_archive.discover import (
    LOOK,
    Found,
    Link,
    is_rest_look,
    page_number,
    rest_collection,
    rest_looks,
)
from cluster_archive.sites import Site
from cluster_archive.state import Entry, State
from cluster_archive.urls import article_key, canonical_url

logger = logging.getLogger(__name__)

Scope = Literal["first", "changes", "full", "everything"]
"""What a pass asks for: all that is named, since no pass before was complete; what seems to be new, changed or gone; all
pages; all pages and all that they show and need."""

ARTICLES = ("article", "project")
SOURCES = frozenset({"rest", "sitemap", "feed", "listing", "page"})
MARGIN = timedelta(days=1)
"""How long before the last pass changes are asked for: REST's `modified_after` is in the site's own time, and clocks differ."""

CLOSED = (401, 403, 404, 410)
"""What says that a source is there no longer, other than for a while."""

UNDATED = timedelta(days=365)
"""The age of a page that was listed as an article and is none."""

FOUND_AT_FIRST = timedelta(days=30)
"""The age at the least of a page without a date that was there when the site was first crawled."""


@dataclass(slots=True)
class _Look:
    """What a look at a REST collection told so far."""

    before: int
    """Posts that it had when it was looked at last."""
    total: int | None = None
    """Posts that it has now."""
    new: int = 0
    """Posts that were not known."""


class Pass:
    """The pass that a run works on. `want` puts new addresses into the frontier; `now` gives the time (UTC)."""

    def __init__(
        self, site: Site, state: State, *, now: Callable[[], datetime], want: Callable[[str, str], bool]
    ) -> None:
        self._site, self._state, self._now, self._want = site, state, now, want
        self._looks: dict[str, _Look] = {}
        self._fallen_back: set[str] = set()
        self.scope: Scope | None = None
        """What this run began a pass for; None where it goes on with an earlier one."""

    # -- the beginning -------------------------------------------------------------------------------------------

    def begin(self, *, everything: bool, full_every_days: int) -> None:
        """Begins a new pass: what is due is pending again."""
        now, since = self._now(), self._state.last_complete_pass()
        if everything:
            self.scope = "everything"
        elif due.is_full(now, self._state.last_full_pass(), full_every_days):
            self.scope = "full"
        else:
            self.scope = "changes" if since else "first"
        is_full = self.scope in ("full", "everything") or self._state.last_full_pass() is None
        with self._state.transaction():
            self._state.open_pass(now, is_full=is_full)
            if self.scope in ("full", "everything"):
                self._state.renew_all(with_embedded=self.scope == "everything")
                return
            if since is None:
                for entry in self._state.sources():
                    self._state.renew(entry.key)
            else:
                self._renew_sources(since)
            for entry in self._state.articles_done():
                if self._is_due_by_age(entry, now):
                    self._state.renew(entry.key)

    def settle(self) -> None:
        """Takes what the archive holds for asked: a state that was made again needs not ask for all articles and files."""
        entries = (
            (Entry(key=self._key(url), url=url, kind=kind), at) for url, kind, at in self._state.held_addresses()
        )
        self._state.settle(entries)

    def _renew_sources(self, since: datetime) -> None:
        """Makes those sources pending that are enough, for each host."""
        listing, roots = self._state.listing(), self._roots()
        collections = self._state.collections()
        for host in {*listing, *roots}:
            told = listing.get(host, {})
            available = {entry.kind for entry in roots.get(host, ()) if entry.told}
            available |= {"rest"} if any(_host(article_key(url)) == host for url, _ in collections.values()) else set()
            available |= {kind for kind in due.COMPLETE_SOURCES if told.get(kind)}
            chosen = due.sources_to_ask(sum(told.values()), told, available)
            for entry in roots.get(host, ()):
                if entry.kind in chosen and entry.kind != "rest" and entry.told:
                    self._state.renew(entry.key)
        self._look(collections, since)

    def _look(self, collections: dict[str, tuple[str, int]], since: datetime) -> None:
        for name, (url, total) in collections.items():
            newest, changed = rest_looks(url, since - MARGIN)
            self._looks[name] = _Look(before=total)
            if not self._want(newest, "rest"):
                self._state.renew(self._key(newest))
            if total > LOOK:
                self._want(changed, "rest")

    def _roots(self) -> dict[str, list[Entry]]:
        """Sources that no other of their kind named, by host: first pages of lists and feeds, indexes of sitemaps."""
        roots: dict[str, list[Entry]] = {}
        for entry in self._state.sources():
            parent = self._state.find(self._key(entry.via)) if entry.via else None
            if entry.kind in SOURCES and (parent is None or parent.kind != entry.kind):
                roots.setdefault(_host(entry.key), []).append(entry)
        return roots

    def _is_due_by_age(self, entry: Entry, now: datetime) -> bool:
        """Whether an article is looked at again for its age alone: not where a source tells of its changes, and not where it
        was none."""
        if entry.listed_by is not None and entry.hint is not None:
            return False
        day = known_day(self._state.evidence_for(canonical_url(entry.url)), self._site)
        seen = self._state.first_seen(canonical_url(entry.url))
        first = self._state.first_pass()
        if day is None and seen is not None and (first is None or seen <= first):
            seen -= FOUND_AT_FIRST
        published = datetime.combine(day, time(), now.tzinfo) if day else seen or now - UNDATED
        return due.is_due_by_age(now, entry.checked_at, published)

    # -- what answers lead to ------------------------------------------------------------------------------------

    def articles(self, capture: Capture, found: Found, new: Iterable[Entry]) -> bool:
        """Takes in what a capture says of articles; whether any of them is new, or due for what it says."""
        by = self._listed_by(capture, found)
        is_new = {one.key for one in new}
        brought = bool(is_new)
        for link in found.links:
            if link.kind in ARTICLES:
                brought |= self._article(link, by, capture.captured_at, is_new)
        if by is not None:
            self._count(capture, found, by, sum(self._key(link.url) in is_new for link in found.links))
        return brought

    def sources(self, capture: Capture, found: Found, entry: Entry | None, *, brought: bool) -> None:
        """Makes those further pages of a source, or of an article, pending again that are known and worth it; `brought`
        as `articles` gave it."""
        self._given_up(capture, found, entry)
        for link in found.links:
            if link.kind not in ARTICLES and self._leads_on(link, capture, found, entry, brought):
                self._state.renew(self._key(link.url))

    def is_worth_it(self, link: Link, capture: Capture, *, brought: bool) -> bool:
        """Whether a page of a source that was never asked for is worth it; the rest of a look that brought nothing is not."""
        return brought or link.kind != "rest" or not (is_rest_look(capture.url) and is_rest_look(link.url))

    def _article(self, link: Link, by: str | None, at: datetime, new: set[str]) -> bool:
        """Notes what a source says of an article; whether that makes it due. Only the best source that lists it is heard,
        since each has its own idea of a change."""
        key = self._key(link.url)
        known = self._state.find(key)
        if known is None or _rank(by) > _rank(known.listed_by) or (by is None and link.lastmod is None):
            return False
        is_due = False
        if key not in new:
            known_hint = known.hint if _rank(by) == _rank(known.listed_by) else None
            is_due = due.is_due_by_hint(link.lastmod, known_hint, known.checked_at)
            is_due |= by is not None and known.listed_by is None and known.told == 0  # gone, and listed again
        self._state.listed(key, by, at, link.lastmod)
        return is_due and self._state.renew(key)

    def _leads_on(self, link: Link, capture: Capture, found: Found, entry: Entry | None, brought: bool) -> bool:
        """Whether a further page of a source, or of an article, is worth asking for again."""
        known = self._state.find(self._key(link.url))
        if known is None:
            return False
        if link.kind == "part":
            return entry is not None and entry.kind in (*ARTICLES, "part")
        if link.kind != found.kind:
            return False
        if link.kind == "sitemap":
            is_due = link.lastmod is None or due.is_due_by_hint(link.lastmod, known.hint, known.checked_at)
            self._state.listed(known.key, None, capture.captured_at, link.lastmod)
            return is_due
        if link.kind == "rest":
            same = rest_collection(link.url) == rest_collection(capture.url)
            return same and (brought or not is_rest_look(capture.url))
        return brought and page_number(link.url) == page_number(capture.url) + 1

    def _listed_by(self, capture: Capture, found: Found) -> str | None:
        """The complete source that a capture is a part of."""
        if found.kind == "rest" and found.total is not None:
            return f"rest {rest_collection(capture.url)}"
        if found.kind == "sitemap" and any(link.kind in ARTICLES for link in found.links):
            return f"sitemap {self._key(capture.url)}"
        return None

    def _count(self, capture: Capture, found: Found, by: str, new: int) -> None:
        """Compares what a source lists with what it listed before; `new` articles of it were not known."""
        if found.kind == "sitemap":
            self._missed(by, capture.captured_at)
            return
        total, look = found.total or 0, self._looks.get(by)
        is_of_changes = "modified_after=" in capture.url
        if not is_rest_look(capture.url) and page_number(capture.url) == 1:
            self._state.keep_collection(by, capture.url, total)
        started = self._state.pass_started() or capture.captured_at
        if not is_of_changes and self._state.count_listed(by, started) >= total:
            self._missed(by, started)
            self._keep_total(by, total)
            return
        if look is None or not is_rest_look(capture.url):
            return
        look.new += new
        look.total = look.total if is_of_changes else total
        if look.total == look.before + look.new:
            self._keep_total(by, look.total)
        elif look.total is not None:
            self._walk(by)

    def _keep_total(self, by: str, total: int) -> None:
        known = self._state.collections().get(by)
        if known is not None:
            self._state.keep_collection(by, known[0], total)

    def _walk(self, by: str) -> None:
        """Asks for a whole REST collection, since it does not have as many posts as it should."""
        known = self._state.collections().get(by)
        if known is not None:
            self._state.renew(self._key(known[0]))

    def _missed(self, by: str, since: datetime) -> None:
        """What a source lists no longer is asked for once: it is gone, has moved, or only the source has changed."""
        for key in self._state.missed(by, since):
            self._state.renew(key)

    def _given_up(self, capture: Capture, found: Found, entry: Entry | None) -> None:
        """Where a source has nothing to say any more, the host's other sources are asked."""
        if entry is None or not self._state.has_complete_pass() or found.total is not None:
            return
        if entry.kind == "rest" and is_rest_look(entry.url):
            by = f"rest {rest_collection(entry.url)}"
            if "modified_after=" in entry.url:
                self._walk(by)
                return
            if capture.status in CLOSED:
                self._state.unlist(by)
            self.fall_back(entry)
        elif entry.kind == "sitemap" and entry.told and not found.links:
            if capture.status in CLOSED:
                self._state.unlist(f"sitemap {self._key(entry.url)}")
            self.fall_back(entry)

    def fall_back(self, entry: Entry) -> None:
        """Asks the other sources of a host, where one has failed that was to be enough."""
        host = _host(entry.key)
        if entry.kind not in due.COMPLETE_SOURCES or host in self._fallen_back:
            return
        self._fallen_back.add(host)
        logger.info("The %s of %s told nothing; its other sources are asked.", entry.kind, host)
        for root in self._roots().get(host, ()):
            self._state.renew(root.key)

    def _key(self, url: str) -> str:
        return article_key(url, self._site.addresses.session_parameters)


def _rank(by: str | None) -> int:
    """How well a source tells of changes, best first."""
    return due.COMPLETE_SOURCES.index(by.partition(" ")[0]) if by else len(due.COMPLETE_SOURCES)


def _host(key: str) -> str:
    return key.partition("/")[0]
