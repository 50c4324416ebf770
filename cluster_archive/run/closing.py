"""Closing: from what a run knows to the dataset, the index, the manifest and the report."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from cluster_archive.archive import (
    build_index,
    read_checks,
    read_manifest,
    write_collection_pages,
    write_manifest,
)
from cluster_archive.dataset import write_dataset
from cluster_archive.errors import ExitCode
from cluster_archive.files import make_folder, write_atomically
from cluster_archive.items import Article
from cluster_archive.passes import SOURCES
from cluster_archive.reasons import explained
from cluster_archive.report import Report, machine_use, read_reports, utc, verdict_of, write_report
from cluster_archive.report.changes import Changes
from cluster_archive.report.page import RUNS, write_page
from cluster_archive.run.about import software
from cluster_archive.run.known import curated, doubles_in
from cluster_archive.run.reading import Reading


class Closing(Reading):
    """A run that comes to its end."""

    _changes: Changes
    _new_articles = 0

    def is_part(self, article: Article) -> bool:
        """Whether an article is a further page of another one."""
        return self.state.is_part(article.id)

    def curate(self, article: Article) -> Article:
        """The article with the dates, parts and pictures that the state knows of."""
        return curated(article, self.state, self.site)

    def lines(self) -> Iterator[list[Article]]:
        """The lines of the dataset, in order of their canonical URL, each behind its earlier versions; each is counted as it
        passes. What only repeats another article is no line, but a reject."""
        self.tally.begin_lines()
        self._new_articles = 0
        self._changes = Changes(self.state.untold(), self.state.moved_to)
        doubles = doubles_in(self.state, self.site)
        repeated = defaultdict(list)
        for double, kept in doubles.items():
            repeated[kept].append(double)
        for versions in self.state.histories():
            url = versions[-1].canonical_url
            if url in doubles:
                self.tally.rejected["double"] += 1
                self._log("rejects.jsonl", url=versions[-1].url, reason="double", of=doubles[url])
                continue
            earlier = [curated(one, self.state, self.site, one.last_seen_at) for one in versions[:-1]]
            latest = curated(versions[-1], self.state, self.site, doubles=repeated[url])
            self.tally.count_line(latest)
            self._new_articles += not self.state.is_told(latest.id)
            self._changes.see([*earlier, latest])
            yield [*earlier, latest]

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
        self._list("failures.jsonl", failures)
        incomplete = sum(failure["kind"] != "requisite" for failure in failures)
        self._complete_pass(exit_code, failures)
        code = exit_code if exit_code is not None else self._exit_code(incomplete)
        report = Report(
            run=self.name,
            verb=self.verb,
            site=self.site.name,
            collection=str(self.collection.root),
            started=utc(self.started),
            ended=utc(max(self.now(), self.started)),
            exit_code=int(code),
            verdict=verdict_of(code, self.tally, len(failures), what or self._what(code, failures)),
            new_articles=self._new_articles,
            tally=self.tally.plain(),
            failures=failures,
            traps=[asdict(trap) for trap in self._budgets.traps.values()],
            warc_files=self._told_of(files),
            software=software(),
            machine=machine_use(self.collection.root),
            faults=self.faults,
            notes=self.notes,
            robots=self.robots,
            changes=self._changes.told() if self.writer and not self.wishes.dry_run else {},
            scope=self.current.scope or "",
            full_due=self._full_due(),
        )
        earlier = list(read_reports(self.collection.runs, RUNS))
        write_page(self.folder, report, earlier, read_checks(self.collection))
        write_report(self.folder, report)
        with self.state.transaction():
            self.state.told()
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

    def _list(self, name: str, lines: Sequence[Mapping[str, Any]]) -> None:
        """Writes one of the run's own files, if there is anything to say; the archive does not depend on it."""
        if lines:
            with suppress(OSError):
                make_folder(self.folder)
                texts = (json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
                write_atomically(self.folder / name, (text.encode("utf-8", "replace") for text in texts))

    def _full_due(self) -> str:
        last, days = self.state.last_full_pass(), self.wishes.full_every_days
        return utc(last + timedelta(days=days)) if self.writer and last and days else ""

    def _told_of(self, files: list[Path]) -> list[dict[str, Any]]:
        """What the report says of each WARC file of this run; a dry run has no manifest, so no digests."""
        digests, records = read_manifest(self.collection), self.writer.records if self.writer else {}
        return [
            {
                "file": path.name,
                "bytes": path.stat().st_size,
                "records": records[path.name],
                "sha256": digests.get(f"archive/{path.name}"),
            }
            for path in files
        ]

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
