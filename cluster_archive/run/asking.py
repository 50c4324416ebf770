"""Asking: what a run asks for next, what is left out and why, and how each address was answered."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cluster_archive.archive import (
    Collection,
    WarcWriter,
)
from cluster_archive.captures import Capture
from cluster_archive.curate import known_day
from cluster_archive.discover import Budgets, Found, Link, is_spiral
from cluster_archive.document import Document
from cluster_archive.errors import OutOfMemory
from cluster_archive.passes import Pass
from cluster_archive.report import Report, Tally
from cluster_archive.requisites import Requisites
from cluster_archive.run.kinds import (
    ARTICLE_KINDS,
    MAX_LEADING_DEPTH,
    MAY_BE_CLOSED,
    PRIORITY,
)
from cluster_archive.run.values import Opened, Wishes
from cluster_archive.sites import Site, in_scope, may_fetch_picture
from cluster_archive.state import EMBEDDED, Entry, State
from cluster_archive.urls import article_key, canonical_url

logger = logging.getLogger(__name__)


class Asking:
    """One run over one collection. `now` gives the time (UTC); nothing below reads a clock."""

    def __init__(
        self,
        *,
        verb: str,
        site: Site,
        collection: Collection,
        state: State,
        now: Callable[[], datetime],
        writer: WarcWriter | None = None,
        wishes: Wishes | None = None,
    ) -> None:
        self.verb = verb
        self.site = site
        self.collection = collection
        self.state = state
        self.writer = writer
        self.wishes = wishes or Wishes()
        self.tally = Tally()
        self.now = now
        self.started = now()
        self.name = _free_name(collection.runs, self.started)
        self.folder = collection.runs / self.name
        self.closed = False
        self.report: Report | None = None
        self.faults: list[str] = []
        self.fault_count = 0
        self.notes: list[str] = []
        self.robots: list[dict[str, Any]] = []
        self._articles_asked = 0
        self._open: dict[tuple[str, str], Opened] = {}
        self._is_rebuilding = False
        self._is_behind = False
        self._is_forbidden = False
        self._requisites = Requisites(site, state, self.wishes.requisites)
        self._budgets = Budgets(budget=self.wishes.trap_budget)
        self.current = Pass(site, state, now=now, want=self.want)

    def key(self, url: str) -> str:
        """The key under which the frontier knows an address."""
        return article_key(url, self.site.addresses.session_parameters)

    def begin(self) -> bool:
        """Makes the frontier ready for this run; whether nothing is left of an earlier one, so that `renew` is to be called."""
        if (ahead := self.state.not_after(self.started)) is not None:
            logger.warning(
                "The clock says %s UTC, but this collection was at work at %s UTC. Is the clock right?",
                f"{self.started:%Y-%m-%d %H:%M}",
                f"{ahead:%Y-%m-%d %H:%M}",
            )
        return self.state.begin(self._kinds_of_run())

    def renew(self) -> None:
        """Begins a new pass over the site: what is due is asked for again."""
        self.current.begin(everything=self.wishes.full, full_every_days=self.wishes.full_every_days)

    def want(self, url: str, kind: str, via: str | None = None, depth: int = 0) -> bool:
        """Puts an address into the frontier; False where it is known already."""
        return bool(self._wish([self._entry(url, kind, via, depth)]))

    def next(self, hold_back: Sequence[str] = ()) -> Entry | None:
        """The most wanted pending address, taken; None where there is none but of the kinds to hold back."""
        try:
            with self.state.transaction():  # a trap may leave out ten thousands of addresses at once
                return self._take(hold_back)
        except MemoryError as error:
            raise OutOfMemory from error

    def _take(self, hold_back: Sequence[str]) -> Entry | None:
        while entry := self.state.take([kind for kind in self._kinds_wanted() if kind not in hold_back]):
            if self._is_trapped(entry):
                continue
            if entry.kind in ("article", "project"):
                if self._is_too_old(entry.url):
                    self.skipped(entry, "older-than-since")
                    continue
                self._articles_asked += 1
            return entry
        return None

    def has_next(self) -> bool:
        """Whether anything is left to ask for in this run."""
        return self.state.has_pending(self._kinds_wanted())

    def is_known(self, url: str, entry: Entry) -> bool:
        """Whether an address other than the entry's own is in the frontier; for a page, as a page."""
        key = self.key(url)
        found = self.state.find(key) if key != entry.key else None
        return found is not None and (entry.kind in EMBEDDED or found.kind not in EMBEDDED)

    def may_fetch(self, url: str, kind: str) -> bool:
        """Whether an address may be asked for as that kind, by the site's hosts and what the operator allows."""
        if kind == "picture":
            return may_fetch_picture(url, self.site)
        return self._requisites.may_fetch(url) if kind in EMBEDDED else in_scope(url, self.site)

    def failed(self, entry: Entry, reason: str) -> None:
        """Notes that an address could not be had; it stays to be asked for again. What a page needs or links to and is too
        large is skipped: it would be too large again."""
        if reason == "too-large" and entry.kind in ("requisite", "document"):
            self.skipped(entry, reason)
            return
        self.tally.requests[f"{entry.kind} {reason}"] += 1
        self._fail(entry, reason)
        self.current.fall_back(entry)

    def _fail(self, entry: Entry, reason: str) -> None:
        about = {"url": entry.url, "reason": reason, "kind": entry.kind}
        logger.info("%s could not be had: %s.", entry.url, reason, extra=about)
        self.state.failed(entry.key, reason)

    def skipped(self, entry: Entry, reason: str) -> None:
        """Notes that an address is not asked for."""
        self.tally.skipped[reason] += 1
        self._is_forbidden |= reason == "robots" and entry.kind not in EMBEDDED
        self.state.skipped(entry.key, reason, self.now())
        self._log("skipped.jsonl", url=entry.url, kind=entry.kind, reason=reason, via=entry.via)

    def _is_trapped(self, entry: Entry) -> bool:
        """Leaves an address out that belongs to a trap; seeds are always asked for. Only the first is written down."""
        if entry.kind in EMBEDDED or entry.depth == 0:
            return False
        trap = self._budgets.trap_of(entry.url, _hoped(entry.kind))
        if trap is None:
            return False
        trap.left_out += 1
        if trap.left_out == 1:
            self.skipped(entry, "trap")
        else:
            self.tally.skipped["trap"] += 1
            self.state.skipped(entry.key, "trap")
        return True

    def _brought(self, entry: Entry | None, *, new: bool) -> None:
        """Notes whether an address that was asked for brought something new."""
        if entry is None or entry.kind in EMBEDDED:
            return
        if trap := self._budgets.note(entry.url, _hoped(entry.kind), new=new):
            told = "A trap: %s (%s) led to nothing new %d times."
            about = {"url": trap.example, "reason": "trap"}
            logger.warning(told, trap.pattern, trap.example, trap.requests, extra=about)

    def _kinds_wanted(self) -> tuple[str, ...]:
        kinds = self._kinds_of_run()
        enough = self.wishes.limit and self._articles_asked >= self.wishes.limit
        if self.wishes.dry_run or enough:
            kinds = [kind for kind in kinds if kind not in ("article", "project")]
        if self.wishes.dry_run:
            kinds = [kind for kind in kinds if kind not in ("part", *EMBEDDED)]
        return tuple(kinds)

    def _kinds_of_run(self) -> list[str]:
        left_out = {"picture"} if not self.wishes.pictures else set()
        if self.wishes.requisites.level == "none":
            left_out |= {"document", "requisite"}
        return [kind for kind in PRIORITY if kind not in left_out]

    def _is_too_old(self, url: str) -> bool:
        if self.wishes.since is None:
            return False
        day = known_day(self.state.evidence_for(canonical_url(url)), self.site)
        return day is not None and day < self.wishes.since

    def _entry(self, url: str, kind: str, via: str | None, depth: int) -> Entry:
        deep = depth > MAX_LEADING_DEPTH and PRIORITY[kind] > PRIORITY["article"]
        priority = PRIORITY["article"] - 1 if deep else PRIORITY[kind]
        return Entry(key=self.key(url), url=url, kind=kind, priority=priority, via=via, depth=depth)

    def _wish(self, entries: list[Entry]) -> list[Entry]:
        """Puts addresses into the frontier; gives those that were new. A run without an archive to write to asks for
        nothing, so it leaves the frontier alone."""
        if not self.writer or self._is_rebuilding:
            return []
        wished = []
        for entry in entries:
            hoped = _hoped(entry.kind)
            if entry.kind in EMBEDDED or entry.depth == 0:
                wished.append(entry)
            elif is_spiral(entry.url):
                self._budgets.spiral(entry.url, entry.via)
            elif (trap := self._budgets.trap_of(entry.url, hoped)) is not None:
                trap.left_out += 1
            else:
                wished.append(entry)
        return self.state.add(wished)

    def _follow(self, found: Found, capture: Capture, entry: Entry | None, depth: int) -> list[Entry]:
        """Puts links into the frontier; gives those that were new. Some are only worth asking for if an article was new."""
        if self.writer is None or self._is_rebuilding:
            return []

        def wish(links: Iterable[Link]) -> list[Entry]:
            return self._wish([self._entry(link.url, link.kind, capture.url, depth) for link in links])

        articles = wish(link for link in found.links if link.kind in ("article", "project"))
        brought = self.current.articles(capture, found, articles)
        others = (link for link in found.links if link.kind not in ("article", "project"))
        new = wish(
            link
            for link in others
            if (articles if link.only_if_news else self.current.is_worth_it(link, capture, brought=brought))
        )
        self.current.sources(capture, found, entry, brought=brought)
        return [*articles, *new]

    def _need(self, capture: Capture, document: Document | None, entry: Entry | None, depth: int) -> None:
        """Puts what a page or a style sheet needs into the frontier; a run without an archive to write to looks for
        nothing."""
        if self.writer is None or self.wishes.dry_run:
            return
        urls, left_out = self._requisites.of(capture, document, entry)
        self._wish([self._entry(url, "requisite", capture.url, depth) for url in urls])
        if left_out:
            self.tally.skipped["too-many"] += left_out
            self._log("skipped.jsonl", url=capture.url, kind="requisite", reason="too-many", count=left_out)

    def _count(self, capture: Capture, entry: Entry | None, kind: str, new: list[Entry]) -> None:
        asked_as = entry.kind if entry else kind
        self.tally.requests[f"{asked_as} {capture.status}"] += 1
        if kind not in ARTICLE_KINDS or not capture.has_content:
            was_good = entry is not None and entry.told > 0  # in an earlier pass: no trap, whatever is new now
            self._brought(entry, new=was_good or any(one.kind in ARTICLE_KINDS for one in new))
        if capture.embedded or kind == "picture":
            if capture.status == 200 and capture.truncated is None:
                self.tally.count_embedded(asked_as)
        elif entry is not None and not new and kind not in ARTICLE_KINDS:
            self.tally.nothing_new += 1

    def _finish(self, capture: Capture, entry: Entry | None, *, told: int = 0) -> None:
        if entry is None:
            return
        if entry.kind in EMBEDDED and self._became_a_page(entry):
            return
        status = capture.status or 0
        refused = status in (401, 403) and entry.kind not in MAY_BE_CLOSED
        if capture.truncated is not None or status >= 500 or refused or status in (0, 407, 408, 429):
            reason = f"status-{status}" if capture.truncated is None else f"cut-{capture.truncated}"
            self._fail(entry, reason)
        else:
            self._finish_url(
                capture.url, entry, at=capture.captured_at, told=told, is_page="html" in capture.media_type
            )

    def _became_a_page(self, entry: Entry) -> bool:
        """Whether an address was named as a page while it was asked for as something embedded."""
        found = self.state.find(entry.key)
        return found is not None and found.kind not in EMBEDDED

    def _finish_url(self, url: str, entry: Entry | None, *, at: datetime, told: int, is_page: bool = False) -> None:
        """Marks an entry done, and where it was redirected also the address that answered; but not a page that answered
        for something embedded."""
        if entry is None:
            return
        self.state.done(entry.key, at, told)
        if (key := self.key(url)) != entry.key and not (is_page and entry.kind in EMBEDDED):
            self.state.add([self._entry(url, entry.kind, entry.url, entry.depth)])
            self.state.done(key, at, told)

    def _log(self, name: str, **line: Any) -> None:
        """Adds a line to one of the run's own files; the archive does not depend on it."""
        if self._is_rebuilding:
            return
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / name).open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _free_name(runs: Path, started: datetime) -> str:
    """A run's name: its start, or the next second that no other run has, since runs may be short and clocks are set back."""
    while (runs / (name := started.strftime("%Y%m%d%H%M%S"))).exists():
        started += timedelta(seconds=1)
    return name


def _hoped(kind: str) -> str:
    """What an address of a kind is hoped to be, as budgets count it."""
    return "pages" if kind in ARTICLE_KINDS else "lists"
