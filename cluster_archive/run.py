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
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cluster_archive import __version__
from cluster_archive.archive import Collection, WarcWriter, build_index, digest
from cluster_archive.captures import Capture, Exchange, capture_of, read_message
from cluster_archive.curate import curate, known_day
from cluster_archive.dataset import write_dataset
from cluster_archive.discover import BUDGET, Budgets, Found, Link, discover, is_spiral
from cluster_archive.document import Document, read_document
from cluster_archive.errors import ArchiveNotWritable, ExitCode, NotAnArticle
from cluster_archive.extract import date_evidence, extract
from cluster_archive.items import Article, DateEvidence
from cluster_archive.reasons import explained
from cluster_archive.report import Report, Tally, machine_use, read_reports, utc, verdict_of, write_report
from cluster_archive.report.page import RUNS, write_page
from cluster_archive.sites import Site, may_fetch_picture
from cluster_archive.state import Entry, State
from cluster_archive.urls import article_key, canonical_url

logger = logging.getLogger(__name__)

ARTICLE_KINDS = frozenset({"article", "project", "part"})
MAY_BE_CLOSED = frozenset({"rest", "sitemap", "feed", "picture"})
"""What a site may close for good (401, 403) without the crawl being incomplete: the other sources remain."""

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
}
"""What is asked for first: what names and dates many articles at once, then the articles, then their pictures."""


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
    trap_budget: int = BUDGET
    """Addresses of one pattern that may lead to nothing new, one after the other (discover.traps)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """A capture between the spider and the pipelines."""

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
        self._articles_before = state.article_count()
        self._articles_asked = 0
        self._budgets = Budgets(budget=wishes.trap_budget)
        self._open: dict[str, _Open] = {}

    # -- the frontier -------------------------------------------------------------------------------------------

    def key(self, url: str) -> str:
        """The key under which the frontier knows an address."""
        return article_key(url, self.site.addresses.session_parameters)

    def want(self, url: str, kind: str, via: str | None = None, depth: int = 0) -> bool:
        """Puts an address into the frontier; False where it is known already."""
        return bool(self._wish([self._entry(url, kind, via, depth)]))

    def next(self) -> Entry | None:
        """The most wanted pending address, taken; None where there is none."""
        with self.state.transaction():  # a trap may leave out ten thousands of addresses at once
            return self._take()

    def _take(self) -> Entry | None:
        while entry := self.state.take(self._kinds_wanted()):
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
        """Whether an address other than the entry's own is in the frontier."""
        key = self.key(url)
        return key != entry.key and self.state.known(key)

    def failed(self, entry: Entry, reason: str) -> None:
        """Notes that an address could not be had; it stays to be asked for again."""
        self.tally.requests[f"{entry.kind} {reason}"] += 1
        self.state.failed(entry.key, reason)

    def skipped(self, entry: Entry, reason: str) -> None:
        """Notes that an address is not asked for."""
        self.tally.skipped[reason] += 1
        self.state.skipped(entry.key, reason)
        self._log("skipped.jsonl", url=entry.url, kind=entry.kind, reason=reason, via=entry.via)

    def _is_trapped(self, entry: Entry) -> bool:
        """Leaves an address out that belongs to a trap; seeds are always asked for. Only the first is written down."""
        if entry.kind == "picture" or entry.depth == 0:
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
        if entry is None or entry.kind == "picture":
            return
        if trap := self._budgets.note(entry.url, _hoped(entry.kind), new=new):
            logger.warning("A trap: %s (%s) led to nothing new %d times.", trap.pattern, trap.example, trap.requests)

    def _kinds_wanted(self) -> tuple[str, ...]:
        kinds = [kind for kind in PRIORITY if self.wishes.pictures or kind != "picture"]
        enough = self.wishes.limit and self._articles_asked >= self.wishes.limit
        if self.wishes.dry_run or enough:
            kinds = [kind for kind in kinds if kind not in ("article", "project")]
        if self.wishes.dry_run:
            kinds = [kind for kind in kinds if kind not in ("part", "picture")]
        return tuple(kinds)

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
        ref = self.writer.write_exchange(exchange)
        self.tally.count_exchange(exchange, (exchange.ended - self.started).total_seconds())
        if ref is None:
            return None
        capture = capture_of(
            exchange.url,
            read_message(exchange.response, exchange.method),
            captured_at=exchange.started,
            truncated=exchange.truncated,
            ref=ref,
        )
        self.state.keep_capture(capture)
        return capture

    def understand(self, capture: Capture, entry: Entry | None) -> bool:
        """Takes links and date evidence from a capture; whether it should be read as an article.

        `entry` is what the capture answers; None for robots.txt and when captures are read back.
        """
        document = read_document(capture) if capture.has_content else None
        self.tally.pages += document is not None
        found = discover(capture, self.site, document)
        is_article = capture.has_content and found.kind in ARTICLE_KINDS
        with self.state.transaction():
            evidence = date_evidence(capture, self.site, document) if is_article else ()
            self.state.keep_evidence((*found.evidence, *evidence))
            new = self._follow(found.links, capture.url, (entry.depth if entry else 0) + 1)
            self._count(capture, entry, found.kind, new)
            if not is_article:
                self._finish(capture, entry)
        if is_article and capture.ref:
            self._open[capture.ref.record_id] = _Open(
                entry=entry, found=found, document=document, dates=evidence, truncated=capture.truncated
            )
        return is_article

    def extract(self, capture: Capture) -> Article:
        """The article that an understood capture holds; raises NotAnArticle with the reason."""
        opened = self._open[capture.ref.record_id] if capture.ref else None
        document, dates = (opened.document, opened.dates) if opened else (None, None)
        try:
            return extract(capture, self.site, document, dates)
        except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
            # a fault of ours: the page is in the archive, and the crawl goes on
            logger.exception("The page %s could not be read.", capture.url)
            raise NotAnArticle("extractor-failed") from error

    def reject(self, capture: Capture, reason: str) -> None:
        """Notes that a capture that looked like an article is none."""
        opened = self._open.pop(capture.ref.record_id) if capture.ref else None
        self.tally.rejected[reason] += 1
        self._brought(opened.entry if opened else None, new=False)
        self._log("rejects.jsonl", url=capture.url, reason=reason)
        with self.state.transaction():
            self._finish(capture, opened.entry if opened else None)

    def keep(self, article: Article) -> None:
        """Commits an article, the pictures that it names, and that its address is done, in one transaction."""
        assert article.warc is not None, "an article is read from a record"
        opened = self._open.pop(article.warc.record_id)
        parts = tuple(link.url for link in opened.found.links if link.kind == "part")
        if opened.entry is not None:
            self._brought(opened.entry, new=not self.state.has_content(article.content_hash, article.url))
        with self.state.transaction():
            self.state.keep_article(article, is_part=opened.found.kind == "part", parts=parts)
            self.tally.articles_read += 1
            depth = (opened.entry.depth if opened.entry else 0) + 1
            allowed = [url for url in article.image_links if may_fetch_picture(url, self.site)]
            self._wish([self._entry(url, "picture", article.url, depth) for url in allowed])
            if opened.truncated is not None and opened.entry is not None:
                self.state.failed(opened.entry.key, f"cut-{opened.truncated}")
            else:
                self._finish_url(article.url, opened.entry)

    def recover(self, captures: Iterable[Capture]) -> None:
        """Takes in the captures of a run that died: what it had in the archive, but not yet in the state."""
        for capture in captures:
            self.absorb(capture, self.state.find(self.key(capture.url)))

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
        if not self.writer:
            return []
        wished = []
        for entry in entries:
            hoped = _hoped(entry.kind)
            if entry.kind == "picture" or entry.depth == 0:
                wished.append(entry)
            elif is_spiral(entry.url):
                self._budgets.spiral(entry.url, entry.via)
            elif (trap := self._budgets.trap_of(entry.url, hoped)) is not None:
                trap.left_out += 1
            else:
                wished.append(entry)
        return self.state.add(wished)

    def _follow(self, links: tuple[Link, ...], via: str, depth: int) -> list[Entry]:
        """Puts links into the frontier; gives those that were new. Some are only worth asking for if an article was new."""
        new = self._wish([self._entry(link.url, link.kind, via, depth) for link in links if not link.only_if_news])
        if any(entry.kind in ("article", "project") for entry in new):
            self._wish([self._entry(link.url, link.kind, via, depth) for link in links if link.only_if_news])
        return new

    def _count(self, capture: Capture, entry: Entry | None, kind: str, new: list[Entry]) -> None:
        asked_as = entry.kind if entry else kind
        self.tally.requests[f"{asked_as} {capture.status}"] += 1
        if kind not in ARTICLE_KINDS or not capture.has_content:
            self._brought(entry, new=any(one.kind in ARTICLE_KINDS for one in new))
        if kind == "picture" and capture.status == 200 and capture.truncated is None:
            self.tally.pictures += 1
        elif entry is not None and not new and kind not in ARTICLE_KINDS:
            self.tally.nothing_new += 1

    def _finish(self, capture: Capture, entry: Entry | None) -> None:
        if entry is None:
            return
        status = capture.status or 0
        refused = status in (401, 403) and entry.kind not in MAY_BE_CLOSED
        if capture.truncated is not None or status >= 500 or refused or status in (0, 407, 408, 429):
            reason = f"status-{status}" if capture.truncated is None else f"cut-{capture.truncated}"
            self.state.failed(entry.key, reason)
        else:
            self._finish_url(capture.url, entry)

    def _finish_url(self, url: str, entry: Entry | None) -> None:
        """Marks an entry done, and where it was redirected also the address that answered."""
        if entry is None:
            return
        self.state.done(entry.key)
        if (key := self.key(url)) != entry.key:
            self.state.add([self._entry(url, entry.kind, entry.url, entry.depth)])
            self.state.done(key)

    # -- from the state to the dataset ---------------------------------------------------------------------------

    def is_part(self, article: Article) -> bool:
        """Whether an article is a further page of another one."""
        return self.state.is_part(article.id)

    def curate(self, article: Article) -> Article:
        """The article with the dates, parts and pictures that the state knows of."""
        return curate(
            article,
            evidence=self.state.evidence_for(article.canonical_url),
            parts=self.state.parts_of(article.id),
            site=self.site,
            pictures=self.state.picture_record,
            neighbour_day=lambda url: known_day(self.state.evidence_for(canonical_url(url)), self.site),
        )

    def lines(self) -> Iterator[Article]:
        """The lines of the dataset, in order of their canonical URL; each is counted as it passes."""
        for latest in self.state.latest_articles():
            article = self.curate(latest)
            self.tally.count_line(article)
            yield article

    # -- the end -------------------------------------------------------------------------------------------------

    def close(self, exit_code: ExitCode | None = None, what: str = "") -> Report:
        """Closes the WARC, writes index, dataset and report; `exit_code` where something stopped the run."""
        if self.report is not None:
            return self.report
        files = self.writer.close() if self.writer else []
        if not self.wishes.dry_run:
            if self.collection.archive.is_dir():
                build_index(self.collection)
            write_dataset(self.collection.dataset, self.lines())
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
        code = exit_code if exit_code is not None else self._exit_code(len(failures))
        self.report = Report(
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
        )
        earlier = list(read_reports(self.collection.runs, RUNS))
        write_report(self.folder, self.report)
        write_page(self.folder, self.report, earlier)
        self.state.close()
        return self.report

    def _exit_code(self, failures: int) -> ExitCode:
        if self.wishes.dry_run:
            return ExitCode.INCOMPLETE if failures else ExitCode.COMPLETE
        if not self.tally.articles and self.tally.skipped["robots"]:
            return ExitCode.ROBOTS_FORBID
        if failures or not self.tally.articles:
            return ExitCode.INCOMPLETE
        if self.state.has_pending([kind for kind in PRIORITY if self.wishes.pictures or kind != "picture"]):
            return ExitCode.LIMIT_REACHED
        return ExitCode.COMPLETE

    def _what(self, code: ExitCode, failures: list[dict[str, Any]]) -> str:
        """What to do where there is no article at all."""
        if code is not ExitCode.INCOMPLETE or self.tally.articles:
            return ""
        if failures:
            reason, _ = Counter(str(failure["reason"]) for failure in failures).most_common(1)[0]
            return f"Is {self.site.home} the right address, and does the site work? Most said: {reason}."
        return "No article was found: try `cluster-archive sites probe` with the site's address."

    def _log(self, name: str, **line: Any) -> None:
        """Adds a line to one of the run's own files; the archive does not depend on it."""
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
