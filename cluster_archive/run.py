"""Run: what one crawl or one re-extraction owns, counts and closes.

Both doors use it: the live crawl records exchanges and then understands them, the re-extraction understands the
captures that it reads. Everything between a capture and a line of the dataset happens here, in one order, so that
both give the same lines.
"""

from __future__ import annotations

import json
import logging
import platform
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cluster_archive import __version__
from cluster_archive.archive import (
    SMALLEST_REVISITED,
    Collection,
    WarcWriter,
    build_index,
    digest,
    read_captures,
    read_original,
    revisited,
    write_collection_pages,
    write_manifest,
)
from cluster_archive.captures import Capture, Exchange, Original, RecordRef, capture_of
from cluster_archive.curate import curate, known_day
from cluster_archive.dataset import write_dataset
from cluster_archive.discover import BUDGET, Budgets, Found, Link, discover, is_spiral
from cluster_archive.document import Document, read_document
from cluster_archive.errors import ArchiveNotWritable, ExitCode, NotAnArticle
from cluster_archive.extract import date_evidence, extract
from cluster_archive.items import Article, DateEvidence, to_json
from cluster_archive.messages import Message, read_message
from cluster_archive.passes import SOURCES, Pass
from cluster_archive.reasons import explained
from cluster_archive.report import Report, Tally, machine_use, read_reports, utc, verdict_of, write_report
from cluster_archive.report.changes import Changes
from cluster_archive.report.page import RUNS, write_page
from cluster_archive.requisites import Bounds, Requisites
from cluster_archive.sites import Site, in_scope, may_fetch_picture
from cluster_archive.state import EMBEDDED, Entry, Held, State
from cluster_archive.urls import article_key, canonical_url

logger = logging.getLogger(__name__)

ARTICLE_KINDS = frozenset({"article", "project", "part"})
MAY_BE_CLOSED = frozenset({"rest", "sitemap", "feed", *EMBEDDED})
"""What a site may close for good (401, 403) without the crawl being incomplete: the other sources remain."""

MANIFESTS = frozenset({"sitemap", "feed", "rest"})
"""What lists addresses for programs: hops from there are `M` in `hopsFromSeed`."""

TOLD = frozenset({"article", "project", "sitemap"})
"""Links by which a source is known to be worth reading again."""

PRIORITY = {
    "rest": 60,
    "sitemap": 50,
    "page": 45,
    "listing": 40,
    "feed": 30,
    "article": 20,
    "project": 20,
    "part": 15,
    "picture": 10,
    "document": 8,
    "requisite": 5,
}
"""What is asked for first: what names and dates many articles at once, then the articles, then their pictures and documents,
and last what the pages need to be seen again."""


NO_REQUISITES = Bounds(level="none")


MAX_LEADING_DEPTH = 5
"""Links from a seed up to which lists and sources come before articles: deeper ones come after the articles that are
known, so that a list without end does not keep a run from what it has found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the operator wants of this run."""

    limit: int = 0
    """Articles to fetch at the most; 0: all."""
    since: date | None = None
    """Posts known to be older are left out."""
    pictures: bool = True
    """Whether the articles' pictures are fetched."""
    dry_run: bool = False
    """Find, but fetch no article."""
    conversion_records: bool = False
    """Whether each article is kept in the archive too, as JSON in a `conversion` record."""
    requisites: Bounds = NO_REQUISITES
    """What is fetched of what pages need; documents go with it."""
    trap_budget: int = BUDGET
    """Addresses of one pattern that may lead to nothing new, one after the other (discover.traps)."""
    full: bool = False
    """Whether everything is asked for again, not only what seems to have changed."""
    full_every_days: int = 30
    """How often all pages are asked for again, to check what the sources say of changes; 0: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """A capture between the spider and the pipelines."""

    seen: RecordRef
    entry: Entry | None
    found: Found
    document: Document | None
    dates: tuple[DateEvidence, ...]
    truncated: str | None


class Run:
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
        wishes: Wishes = Wishes(),
    ) -> None:
        self.verb = verb
        self.site = site
        self.collection = collection
        self.state = state
        self.writer = writer
        self.wishes = wishes
        self.tally = Tally()
        self.now = now
        self.started = now()
        self.name = self.started.strftime("%Y%m%d%H%M%S")
        self.folder = collection.runs / self.name
        self.closed = False
        self.report: Report | None = None
        self.faults: list[str] = []
        self.fault_count = 0
        self.notes: list[str] = []
        self._articles_before = state.article_count()
        self._articles_asked = 0
        self._open: dict[tuple[str, str], _Open] = {}
        self._is_rebuilding = False
        self._is_behind = False
        self._is_forbidden = False
        self._requisites = Requisites(site, state, wishes.requisites)
        self._budgets = Budgets(budget=wishes.trap_budget)
        self._changes = Changes(self.started, state.moved_to)
        self.current = Pass(site, state, now=now, want=self.want)

    # -- the frontier -------------------------------------------------------------------------------------------

    def key(self, url: str) -> str:
        """The key under which the frontier knows an address."""
        return article_key(url, self.site.addresses.session_parameters)

    def begin(self) -> bool:
        """Makes the frontier ready for this run; whether nothing is left of an earlier one, so that `renew` is to be called."""
        return self.state.begin(self._kinds_of_run())

    def renew(self) -> None:
        """Begins a new pass over the site: what is due is asked for again."""
        self.current.begin(everything=self.wishes.full, full_every_days=self.wishes.full_every_days)

    def want(self, url: str, kind: str, via: str | None = None, depth: int = 0) -> bool:
        """Puts an address into the frontier; False where it is known already."""
        return bool(self._wish([self._entry(url, kind, via, depth)]))

    def next(self, hold_back: Sequence[str] = ()) -> Entry | None:
        """The most wanted pending address, taken; None where there is none but of the kinds to hold back."""
        with self.state.transaction():  # a trap may leave out ten thousands of addresses at once
            return self._take(hold_back)

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
        self.state.failed(entry.key, reason)
        self.current.fall_back(entry)

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
            logger.warning("A trap: %s (%s) led to nothing new %d times.", trap.pattern, trap.example, trap.requests)

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

    # -- from the wire to the state ------------------------------------------------------------------------------

    def record(self, exchange: Exchange) -> Capture | None:
        """Writes an exchange into the WARC, then notes the capture; None where nothing came back.

        Raises ArchiveNotWritable: then nothing more may be fetched or extracted.
        """
        if self.writer is None:
            raise ArchiveNotWritable("This run has no archive to write to.")
        message = read_message(exchange.response, exchange.method)
        original = revisited(exchange, message, self._earlier(exchange, message))
        ref = self.writer.write_exchange(exchange, original)
        self.tally.count_exchange(exchange, (exchange.ended - self.started).total_seconds())
        if ref is None:
            return None
        self.tally.revisits += original is not None
        capture = capture_of(
            exchange.url,
            message,
            captured_at=exchange.started,
            truncated=exchange.truncated,
            ref=ref,
            original=original.capture if original else None,
            embedded=exchange.embedded,
        )
        self._is_behind = True
        self.state.keep_capture(capture)
        self._is_behind = False
        return capture

    def _earlier(self, exchange: Exchange, message: Message) -> Original | None:
        """A response in the archive that has the same payload."""
        if len(message.payload) < SMALLEST_REVISITED or message.status is None:
            return None
        ref = self.state.same_payload(digest(message.payload), exchange.url, message.status)
        return read_original(self.collection.archive, ref) if ref else None

    def held(self, url: str) -> tuple[Held, Original] | None:
        """What the archive holds of an address, to ask the server whether it still holds; read back, so that nothing is
        asked for on the word of the state alone."""
        held = self.state.held(url)
        original = read_original(self.collection.archive, held.ref) if held else None
        return (held, original) if held and original and original.capture.url == url else None

    def discovery(self, entry: Entry | None, redirects: Sequence[str] = ()) -> tuple[tuple[str, str], ...]:
        """How an address was found, as fields of a `metadata` record: `via`, `hopsFromSeed` (WARC 1.1, 6.6).

        `entry` is None for robots.txt, which the crawl itself needs; `redirects` are the addresses that led here.
        """
        if entry is None:
            return (("hopsFromSeed", "P" + "R" * len(redirects)),)
        via = redirects[-1] if redirects else entry.via
        hops = ("hopsFromSeed", self._hops(entry) + "R" * len(redirects))
        return (("via", via), hops) if via else (hops,)

    def _hops(self, entry: Entry) -> str:
        """A letter for each hop from a seed, as Heritrix has them: link, embed, manifest."""
        hops, seen = "", set()
        while entry.via and entry.key not in seen:
            seen.add(entry.key)
            parent = self.state.find(self.key(entry.via))
            is_listed = entry.kind == "sitemap" or (parent is not None and parent.kind in MANIFESTS)
            hops = ("E" if entry.kind in EMBEDDED else "M" if is_listed else "L") + hops
            if parent is None:
                break
            entry = parent
        return hops

    def understand(self, capture: Capture, entry: Entry | None) -> bool:
        """Takes links and date evidence from a capture; whether it should be read as an article.

        `entry` is what the capture answers; None for robots.txt and when captures are read back.
        """
        document = read_document(capture) if capture.has_content and not capture.embedded else None
        self.tally.pages += document is not None
        found = discover(capture, self.site, document)
        is_article = capture.has_content and found.kind in ARTICLE_KINDS
        if is_article and not in_scope(capture.url, self.site):  # of another host, in an archive of another tool
            self.tally.rejected["out-of-scope"] += 1
            self._log("rejects.jsonl", url=capture.url, reason="out-of-scope")
            is_article = False
        with self.state.transaction():
            evidence = date_evidence(capture, self.site, document) if is_article else ()
            self.state.keep_evidence((*found.evidence, *evidence))
            depth = (entry.depth if entry else 0) + 1
            new = self._follow(found, capture, entry, depth)
            self._need(capture, document, entry, depth)
            self._count(capture, entry, found.kind, new)
            if not is_article:
                self._finish(capture, entry, told=sum(link.kind in TOLD for link in found.links))
                self._is_read(capture.ref)
        if is_article and capture.ref and capture.payload_ref:
            opened = _Open(
                seen=capture.ref,
                entry=entry,
                found=found,
                document=document,
                dates=evidence,
                truncated=capture.truncated,
            )
            self._open[capture.payload_ref.record_id, capture.url] = opened
        return is_article

    def extract(self, capture: Capture) -> Article:
        """The article that an understood capture holds; raises NotAnArticle with the reason."""
        opened = self._open[capture.payload_ref.record_id, capture.url] if capture.payload_ref else None
        document, dates = (opened.document, opened.dates) if opened else (None, None)
        try:
            return extract(capture, self.site, document, dates)
        except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
            # a fault of ours: the page is in the archive, and the crawl goes on
            logger.exception("The page %s could not be read.", capture.url)
            raise NotAnArticle("extractor-failed") from error

    def reject(self, capture: Capture, reason: str) -> None:
        """Notes that a capture that looked like an article is none."""
        opened = self._open.pop((capture.payload_ref.record_id, capture.url)) if capture.payload_ref else None
        self.tally.rejected[reason] += 1
        self._brought(opened.entry if opened else None, new=False)
        self._log("rejects.jsonl", url=capture.url, reason=reason)
        with self.state.transaction():
            self._finish(capture, opened.entry if opened else None)
            self._is_read(capture.ref)

    def keep(self, article: Article) -> None:
        """Commits an article, the pictures that it names, and that its address is done, in one transaction."""
        assert article.warc is not None, "an article is read from a record"
        opened = self._open.pop((article.warc.record_id, article.url))
        parts = tuple(link.url for link in opened.found.links if link.kind == "part")
        if opened.entry is not None:
            self._brought(opened.entry, new=not self.state.has_content(article.content_hash, article.url))
        with self.state.transaction():
            self._convert(article)
            self.state.keep_article(article, seen=opened.seen, is_part=opened.found.kind == "part", parts=parts)
            self.tally.articles_read += 1
            depth = (opened.entry.depth if opened.entry else 0) + 1
            allowed = [url for url in article.image_links if may_fetch_picture(url, self.site)]
            self._wish([self._entry(url, "picture", article.url, depth) for url in allowed])
            linked = [one.url for one in article.attachments if self.may_fetch(one.url, "document")]
            self._wish([self._entry(url, "document", article.url, depth) for url in linked])
            if opened.truncated is not None and opened.entry is not None:
                self.state.failed(opened.entry.key, f"cut-{opened.truncated}")
            else:
                self._finish_url(article.url, opened.entry, at=opened.seen.captured_at, told=1)
            self._is_read(opened.seen)

    def _is_read(self, ref: RecordRef | None) -> None:
        if ref is not None:
            self.state.read(ref.record_id)

    def _convert(self, article: Article) -> None:
        """Keeps an article in the archive, as it was read from its record alone; once for each record and reading."""
        assert article.warc is not None, "an article is read from a record"
        if self.writer is None or self._is_rebuilding or not self.wishes.conversion_records:
            return
        seen = article.warc.captured_at
        told = to_json(replace(article, first_seen_at=seen, last_seen_at=seen))
        block = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
        if self.state.keep_conversion(digest(block)):
            self.writer.write_conversion(article.url, article.warc.record_id, "application/json", block)

    def recover(self, captures: Iterable[Capture]) -> None:
        """Takes in the captures of a run that died or was stopped: what it had in the archive, but not yet in the state.

        Only a whole page answers its address: a redirect's target, or another try, may be what the archive lacks.
        """
        for capture in captures:
            self._changes.since = min(self._changes.since, capture.captured_at)
            if capture.ref is not None and not self.state.has_read(capture.ref.record_id):
                is_answer = capture.status == 200 and capture.truncated is None
                self.absorb(capture, self._answered(capture) if is_answer else None)

    def _answered(self, capture: Capture) -> Entry | None:
        """The frontier's entry that a page answers; where the state lost it, it is put there again."""
        key = self.key(capture.url)
        if (entry := self.state.find(key)) is None:
            kind = discover(capture, self.site).kind
            self._wish([self._entry(capture.url, kind if kind in PRIORITY else "page", None, 0)])
            entry = self.state.find(key)
        return entry

    def read_the_rest(self) -> None:
        """Reads the pages that stand in the archive and were never read, as re-extraction would."""
        for name in self.state.unread_files():
            path = self.collection.archive / name
            if path.exists():
                self.recover(read_captures(path, within=self.collection.warcs()))

    def rebuild(self, captures: Iterable[Capture]) -> None:
        """Takes a whole archive into a state that does not hold it; the frontier and this run's counts stay as they are."""
        self._is_rebuilding = True
        for capture in captures:
            self.absorb(capture)
        self._is_rebuilding = False
        self.current.settle()
        self.state.completed()
        self.tally = Tally()
        self._articles_before = self.state.article_count()

    def absorb(self, capture: Capture, entry: Entry | None = None) -> None:
        """Understands, extracts and keeps a capture that is read back from an archive; `entry` is what it answers."""
        self.state.keep_capture(capture)
        if not self.understand(capture, entry):
            return
        try:
            self.keep(self.extract(capture))
        except NotAnArticle as error:
            self.reject(capture, error.reason)

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
            self.state.failed(entry.key, reason)
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

    # -- from the state to the dataset ---------------------------------------------------------------------------

    def is_part(self, article: Article) -> bool:
        """Whether an article is a further page of another one."""
        return self.state.is_part(article.id)

    def curate(self, article: Article, until: datetime | None = None) -> Article:
        """The article with the dates, parts and pictures that the state knows of; `until`: with the parts of that time."""
        return curate(
            article,
            evidence=self.state.evidence_for(article.canonical_url),
            parts=self.state.parts_of(article.id, until),
            site=self.site,
            record_of=self.state.record_of,
            neighbour_day=lambda url: known_day(self.state.evidence_for(canonical_url(url)), self.site),
        )

    def lines(self) -> Iterator[list[Article]]:
        """The lines of the dataset, in order of their canonical URL, each behind its earlier versions; each is counted as it
        passes."""
        for versions in self.state.histories():
            curated = [self.curate(one, one.last_seen_at) for one in versions[:-1]]
            latest = self.curate(versions[-1])
            self.tally.count_line(latest)
            self._changes.see([*curated, latest])
            yield [*curated, latest]

    # -- the end -------------------------------------------------------------------------------------------------

    def close(self, exit_code: ExitCode | None = None, what: str = "") -> Report:
        """Closes the WARC, writes index, dataset, pages, manifest and report; `exit_code` where something stopped the run."""
        if self.report is not None:
            return self.report
        files = self._close_archive()
        if not self.wishes.dry_run:
            if self.collection.archive.is_dir():
                build_index(self.collection)
            write_dataset(self.collection.dataset, self.lines())
            if self.collection.warcs():
                write_collection_pages(self.collection, self.site)
                write_manifest(self.collection)
        failures = [
            {
                "url": entry.url,
                "kind": entry.kind,
                "reason": entry.reason,
                "advice": explained(entry.reason or "connection-failed")[1],
                "tries": entry.tries,
                "via": entry.via,
            }
            for entry in self.state.failures()
        ]
        for failure in failures:
            self._log("failures.jsonl", **failure)
        incomplete = sum(failure["kind"] != "requisite" for failure in failures)
        self._complete_pass(exit_code, failures)
        code = exit_code if exit_code is not None else self._exit_code(incomplete)
        report = Report(
            run=self.name,
            verb=self.verb,
            site=self.site.name,
            collection=str(self.collection.root),
            started=utc(self.started),
            ended=utc(self.now()),
            exit_code=int(code),
            verdict=verdict_of(code, self.tally, len(failures), what or self._what(code, failures)),
            new_articles=self.tally.articles - self._articles_before,
            tally=self.tally.plain(),
            failures=failures,
            traps=[asdict(trap) for trap in self._budgets.traps.values()],
            warc_files=[{"file": path.name, "bytes": path.stat().st_size} for path in files],
            software=software(),
            machine=machine_use(self.collection.root),
            faults=self.faults,
            notes=self.notes,
            changes=self._changes.told() if self.writer and not self.wishes.dry_run else {},
            scope=self.current.scope or "",
        )
        earlier = list(read_reports(self.collection.runs, RUNS))
        write_page(self.folder, report, earlier)
        write_report(self.folder, report)
        if code in (ExitCode.COMPLETE, ExitCode.INCOMPLETE, ExitCode.ROBOTS_FORBID):
            self.state.ended()
        self.state.close()
        self.report = report
        return report

    def _close_archive(self) -> list[Path]:
        """Closes the WARC and takes in what of it was not read yet; gives the files of this run."""
        if self.writer is None or self._is_behind:
            return []  # what the state could not take stays `.open`: from there the next run takes it in
        self.writer.close()
        self.read_the_rest()
        return self.writer.close()  # what was read may have been kept as conversions

    def _complete_pass(self, exit_code: ExitCode | None, failures: list[dict[str, Any]]) -> None:
        """Notes that a pass is complete: all that it wanted was asked for, and no source failed."""
        if self.writer is None or exit_code is not None or self.state.has_pending(self._kinds_of_run()):
            return
        if not any(failure["kind"] in SOURCES for failure in failures):
            self.state.complete_pass(self.now())

    def _exit_code(self, failures: int) -> ExitCode:
        """How the run ended; a requisite that failed is listed, but makes no crawl incomplete: what a foreign host does
        to a style sheet is no reason to wake an operator, and all that the dataset names is there."""
        if self.wishes.dry_run:
            return ExitCode.INCOMPLETE if failures else ExitCode.COMPLETE
        if not self.tally.articles and self._is_forbidden:
            return ExitCode.ROBOTS_FORBID
        if failures or self.fault_count or not self.tally.articles:
            return ExitCode.INCOMPLETE
        if self.state.has_pending(self._kinds_of_run()):
            return ExitCode.LIMIT_REACHED
        return ExitCode.COMPLETE

    def _what(self, code: ExitCode, failures: list[dict[str, Any]]) -> str:
        """What was broken, or what to do where there is no article at all."""
        if self.fault_count:
            places = f"{self.fault_count} broken place{'s' * (self.fault_count != 1)}"
            return f"{places} in the archive {'were' if self.fault_count != 1 else 'was'} passed over."
        if code is not ExitCode.INCOMPLETE or self.tally.articles:
            return ""
        if left := self.tally.rejected["out-of-scope"]:
            return (
                f"{left} page(s) of other hosts than {', '.join(self.site.hosts)} were left out: name another --site."
            )
        if failures:
            reason, _ = Counter(str(failure["reason"]) for failure in failures).most_common(1)[0]
            return f"Is {self.site.home} the right address, and does the site work? Most said: {reason}."
        return "No article was found: try `cluster-archive sites probe` with the site's address."

    def _log(self, name: str, **line: Any) -> None:
        """Adds a line to one of the run's own files; the archive does not depend on it."""
        if self._is_rebuilding:
            return
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / name).open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _hoped(kind: str) -> str:
    """What an address of a kind is hoped to be, as budgets count it."""
    return "pages" if kind in ARTICLE_KINDS else "lists"


def warc_info(
    site: Site, *, settings: Mapping[str, Any], obeys_robots: bool, operator: str | None, contact: str | None
) -> dict[str, str]:
    """The fields of the WARC's `warcinfo` record (WARC 1.1, 6.2); the digests tell two runs of one configuration from
    two of different ones."""
    told = json.dumps(settings, sort_keys=True, default=str)
    info = {
        "software": " ".join(f"{name}/{number}" for name, number in software().items()),
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "isPartOf": site.name,
        "robots": "obey (RFC 9309)" if obeys_robots else "ignore",
        "description": f"News of {site.title}, captured byte for byte as sent",
        "siteDescriptionDigest": digest(site.source.encode()),
        "settingsDigest": digest(told.encode()),
    }
    if operator:
        info["operator"] = operator
    if contact:
        info["contact"] = contact
    return info


def software() -> dict[str, str]:
    """Versions of what a run was made with."""
    names = ("scrapy", "twisted", "lxml", "warcio")
    return {
        "cluster_archive": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in names},
    }


def run_log(folder: Path) -> Path:
    """Where a run keeps its log."""
    return folder / "run.log"
