"""Report: what a run asked for, got, missed and why; a JSON file and a page a run, and the sentences people read."""

from __future__ import annotations

import heapq
import json
import resource
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from cluster_archive.captures import Exchange
from cluster_archive.errors import ExitCode
from cluster_archive.files import make_folder, write_atomically, writing
from cluster_archive.items import Article
from cluster_archive.report.reading import checked

FIVE_FIELDS = ("title", "date", "body", "key_takeaways", "image_links")

SLOWEST = 10
"""Exchanges that are named for their slowness."""

_SAMPLES = 120
"""Points of the timeline at the most; a longer run has coarser ones."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a run counts while it works."""

    requests: Counter[str] = field(default_factory=Counter)
    """Exchanges by `kind outcome`, for instance ``article 200``, ``picture timeout``."""
    nothing_new: int = 0
    """Answers that named nothing that was not known, and were no article and nothing that a page shows or needs."""
    bytes_received: int = 0
    """Bytes of all responses as sent."""
    bytes_sent: int = 0
    """Bytes of all requests as sent."""
    articles_read: int = 0
    """Captures that were read as articles."""
    pages: int = 0
    """Pages (HTML) captured."""
    pictures: int = 0
    """Pictures captured."""
    timeline: list[tuple[float, int, int]] = field(default_factory=list)
    """How the run went on: seconds since its start, exchanges so far, bytes received so far; at most 120 points."""
    slowest: list[tuple[int, str]] = field(default_factory=list)
    """The slowest exchanges: milliseconds and address, slowest first."""
    revisits: int = 0
    """Captures whose payload the archive had already."""
    requisites: int = 0
    """Files captured that pages need: style sheets, scripts, fonts, icons, pictures in the sizes shown."""
    documents: int = 0
    """Documents captured that articles link to."""
    rejected: Counter[str] = field(default_factory=Counter)
    """Pages looked at for an article that were none, by reason."""
    skipped: Counter[str] = field(default_factory=Counter)
    """Addresses not asked for, by reason."""
    articles: int = 0
    """Lines of the dataset after the run."""
    dates: Counter[str] = field(default_factory=Counter)
    """Lines by the source of their date; ``unknown`` where none gave the day."""
    coverage: Counter[str] = field(default_factory=Counter)
    """Lines that have a value, by field."""
    issues: Counter[str] = field(default_factory=Counter)
    """Issues of the lines, by `field code`."""
    _step: float = 1.0
    _exchanges: int = 0

    def plain(self) -> dict[str, Any]:
        """The counts as JSON values, each counter sorted, so that reports compare line by line."""
        counts = {part.name: getattr(self, part.name) for part in fields(self) if not part.name.startswith("_")}
        return {
            name: dict(sorted(value.items())) if isinstance(value, Counter) else value for name, value in counts.items()
        }

    def count_exchange(self, exchange: Exchange, elapsed: float) -> None:
        """Counts an exchange that is over; `elapsed` is seconds since the run began."""
        self.bytes_sent += len(exchange.request)
        self.bytes_received += len(exchange.response)
        self._exchanges += 1
        milliseconds = exchange.milliseconds
        self.slowest = heapq.nlargest(SLOWEST, [*self.slowest, (milliseconds, exchange.url)])
        if not self.timeline or elapsed - self.timeline[-1][0] >= self._step:
            self.timeline.append((round(elapsed, 1), self._exchanges, self.bytes_received))
            if len(self.timeline) > _SAMPLES:
                self.timeline, self._step = self.timeline[1::2], self._step * 2

    def count_embedded(self, kind: str) -> None:
        """Counts what was captured for a page or beside it: a picture, a document or a requisite."""
        if kind == "picture":
            self.pictures += 1
        elif kind == "document":
            self.documents += 1
        else:
            self.requisites += 1

    def begin_lines(self) -> None:
        """Forgets the lines counted so far: the dataset is written anew."""
        self.articles = 0
        self.rejected.pop("double", None)
        for counter in (self.dates, self.coverage, self.issues):
            counter.clear()

    def count_line(self, article: Article) -> None:
        """Counts a line of the dataset."""
        self.articles += 1
        self.dates[article.date_source or "unknown"] += 1
        self.coverage.update(name for name in FIVE_FIELDS if getattr(article, name))
        self.issues.update(f"{issue.field} {issue.code}" for issue in article.issues)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One run, told."""

    run: str
    """Name of the run: its start as 14-digit UTC time, or the next second that was free."""
    verb: str
    """``crawl`` or ``extract``."""
    site: str
    """Name of the site."""
    collection: str
    """The collection's folder."""
    started: str
    """RFC 3339 UTC."""
    ended: str
    """RFC 3339 UTC."""
    exit_code: int
    """How it ended (docs/cli.md)."""
    verdict: str
    """How it ended, in one sentence."""
    new_articles: int
    """Articles that no report before has told of."""
    tally: dict[str, Any]
    """The counts of `Tally`."""
    failures: list[dict[str, Any]]
    """Addresses that could not be had: url, kind, reason, tries."""
    traps: list[dict[str, Any]] = field(default_factory=list)
    """Patterns of addresses that led to nothing new until their budget was spent: pattern, kind, example, requests, left_out."""
    warc_files: list[dict[str, Any]]
    """WARC files of this run: file, bytes, records, sha256 (hexadecimal, as the manifest has it; null in a dry run, which
    keeps nothing). When they were verified stands in the collection's `fixity.jsonl`."""
    software: dict[str, str]
    """Versions."""
    changes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Articles that are ``new``, ``changed``, ``moved``, ``gone`` or ``back`` since the last report: url, title, date of each,
    and the address that it had before, ``from``, of what has moved."""
    scope: str = ""
    """What a new pass over the site asked for: ``first``, ``changes``, ``full`` (all pages, to check what the sources say of
    changes) or ``everything``; empty where the run went on with an earlier pass."""
    full_due: str = ""
    """When a pass will ask for all pages again (RFC 3339 UTC); empty where that is never, or not known."""
    machine: dict[str, int] = field(default_factory=dict)
    """What the run took: `disk_free_bytes` and `collection_bytes` at its end, `memory_peak_bytes` and `cpu_milliseconds`
    of its process."""
    faults: list[str] = field(default_factory=list)
    """What was broken in the archive that was read, and passed over; the first 200."""
    notes: list[str] = field(default_factory=list)
    """What was odd in it, but was read."""
    robots: list[dict[str, Any]] = field(default_factory=list)
    """What each host's robots.txt told: origin, told (``rules``, ``no-rules``, or the reason why nothing may be asked),
    asked_at, and the record that says so (file, offset, record_id; null where nothing came back). It may be of an earlier
    run, at most a day old."""


def verdict_of(exit_code: ExitCode, tally: Tally, failures: int, what: str = "") -> str:
    """The first sentence of a report; `what` is added where something stopped the run. A crawl is complete also where
    requisites of its pages are among the failures."""
    pages = f"{tally.articles} article{'s' * (tally.articles != 1)}"
    sentence = {
        ExitCode.COMPLETE: f"Complete: {pages} in the dataset, "
        + (f"but {failures} of the files that its pages need failed." if failures else "nothing failed."),
        ExitCode.INCOMPLETE: f"Incomplete: {pages} in the dataset, {failures} address{'es' * (failures != 1)} failed;"
        " the same command asks for them again."
        if failures or not what
        else f"Incomplete: {pages} in the dataset.",
        ExitCode.LIMIT_REACHED: f"A limit was reached: {pages} so far; the same command goes on.",
        ExitCode.ROBOTS_FORBID: "robots.txt forbids what the crawl needs; nothing was fetched against it.",
        ExitCode.NOT_WRITABLE: "The archive could not be written, so the run stopped; make room and run it again.",
        ExitCode.SIGINT: f"Interrupted: {pages} so far; the same command goes on.",
        ExitCode.SIGTERM: f"Terminated: {pages} so far; the same command goes on.",
    }.get(exit_code, f"The run ended unexpectedly: {pages} so far.")
    return f"{sentence} {what}".strip()


def write_report(folder: Path, report: Report) -> Path:
    """Writes `report.json` into the run's folder; raises ArchiveNotWritable."""
    path = folder / "report.json"
    told = json.dumps(asdict(report), ensure_ascii=False, indent=1) + "\n"
    with writing(f"The report {path}"):
        make_folder(folder)
        write_atomically(path, [told.encode("utf-8", "replace")])
    return path


def read_reports(runs: Path, last: int = sys.maxsize) -> Iterator[Report]:
    """The `last` reports under a collection's `runs/` folder, oldest first; what is no report is passed over."""
    for path in sorted(runs.glob("*/report.json"))[-last:]:
        try:
            yield Report(**checked(json.loads(path.read_text(encoding="utf-8")), Tally().plain()))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError):
            continue


def machine_use(collection: Path) -> dict[str, int]:
    """What this process and the collection take of the machine (`Report.machine`)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "disk_free_bytes": shutil.disk_usage(collection).free,
        "collection_bytes": sum(path.stat().st_size for path in collection.rglob("*") if path.is_file()),
        "memory_peak_bytes": used.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        "cpu_milliseconds": round((used.ru_utime + used.ru_stime) * 1000),
    }


def utc(moment: datetime) -> str:
    """RFC 3339 with seconds and ``Z``."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
