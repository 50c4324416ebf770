"""Telling: how a run went, for those who do not look: metrics for Prometheus, a ping that can be missed, a webhook.

None of them can fail a run: what could not be told is a warning.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from urllib.request import Request, urlopen

from cluster_archive import __version__
from cluster_archive.report import Report, read_reports

logger = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that a ping or a webhook may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Whom to tell of a run; nobody by default."""

    metrics: Path | None = None
    """Folder for Prometheus's node exporter."""
    ping: str | None = None
    """Address of a dead man's switch."""
    webhook: str | None = None
    """Address that the report goes to."""

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Telling:
        """What the settings ARCHIVE_METRICS, ARCHIVE_PING and ARCHIVE_WEBHOOK say; nobody is told of a dry run."""
        if settings.get("ARCHIVE_DRY_RUN"):
            return cls()
        folder = settings.get("ARCHIVE_METRICS")
        return cls(
            metrics=Path(folder) if folder else None,
            ping=settings.get("ARCHIVE_PING"),
            webhook=settings.get("ARCHIVE_WEBHOOK"),
        )

    def started(self) -> None:
        """A run starts."""
        if self.ping:
            ping(self.ping)

    def ended(self, report: Report) -> None:
        """A run ended, whatever its exit code."""
        if self.metrics:
            write_metrics(self.metrics, report, last_success(report))
        if self.webhook:
            post_report(self.webhook, report)
        if self.ping:
            ping(self.ping, report.exit_code)

    def refused(self, exit_code: int) -> None:
        """A run could not start."""
        if self.ping:
            ping(self.ping, exit_code)


def last_success(report: Report) -> str | None:
    """When a crawl of the report's collection ended last with exit code 0; RFC 3339."""
    reports = [*read_reports(Path(report.collection) / "runs"), report]
    return max((one.ended for one in reports if one.verb == "crawl" and one.exit_code == 0), default=None)


_GAUGES: tuple[tuple[str, str], ...] = (
    ("last_run_exit_code", "Exit code of the last crawl (docs/cli.md)."),
    ("last_run_start_timestamp_seconds", "When the last crawl began."),
    ("last_run_end_timestamp_seconds", "When the last crawl ended."),
    ("last_success_timestamp_seconds", "When a crawl ended last with exit code 0."),
    ("articles", "Articles in the dataset."),
    ("new_articles", "Articles that the last crawl found new."),
    ("failures", "Addresses that the last crawl could not have."),
    ("requests", "Exchanges of the last crawl."),
    ("received_bytes", "Bytes of the answers of the last crawl, as sent."),
    ("warc_bytes", "Bytes of the WARC files of the last crawl."),
)


def metrics_text(report: Report, last_success: str | None) -> str:
    """The run as Prometheus's text format (version 0.0.4); `last_success` is the end of the last run with exit code 0,
    this one or an earlier one, RFC 3339."""
    values = {
        "last_run_exit_code": report.exit_code,
        "last_run_start_timestamp_seconds": _seconds(report.started),
        "last_run_end_timestamp_seconds": _seconds(report.ended),
        "last_success_timestamp_seconds": _seconds(last_success) if last_success else 0,
        "articles": report.tally["articles"],
        "new_articles": report.new_articles,
        "failures": len(report.failures),
        "requests": sum(report.tally["requests"].values()),
        "received_bytes": report.tally["bytes_received"],
        "warc_bytes": sum(file["bytes"] for file in report.warc_files),
    }
    labels = f'collection="{_label(Path(report.collection).name)}",site="{_label(report.site)}"'
    lines = []
    for name, told in _GAUGES:
        full = f"cluster_archive_{name}"
        lines += [f"# HELP {full} {told}", f"# TYPE {full} gauge", f"{full}{{{labels}}} {values[name]}"]
    return "\n".join(lines) + "\n"


def write_metrics(folder: Path, report: Report, last_success: str | None) -> None:
    """Writes `cluster_archive_<collection>.prom` into a folder that Prometheus's node exporter reads; atomically, since
    the exporter may read at any time."""
    path = folder / f"cluster_archive_{Path(report.collection).name}.prom"
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        temporary.write_text(metrics_text(report, last_success), encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        logger.warning("The metrics %s cannot be written: %s.", path, error.strerror)


def ping(url: str, exit_code: int | None = None) -> None:
    """Tells a dead man's switch (Healthchecks' convention) that a run starts (`<url>/start`), or how it ended
    (`<url>/<exit code>`, where 0 is success)."""
    parts = urlsplit(url)
    end = "start" if exit_code is None else str(exit_code)
    _ask(Request(urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{end}"))), "ping")


def post_report(url: str, report: Report) -> None:
    """Sends the run's report as JSON (POST) to an address of the operator's."""
    body = json.dumps(asdict(report), ensure_ascii=False).encode("utf-8", "replace")
    _ask(Request(url, data=body, headers={"Content-Type": "application/json"}), "webhook")


def _ask(request: Request, what: str) -> None:
    """Sends a request and waits a little; in a thread of its own, since a host may also answer byte by byte, or never
    be found."""
    request.add_header("User-Agent", f"cluster_archive/{__version__}")
    problems = [f"no answer in {PATIENCE:.0f} seconds"]

    def send() -> None:
        try:
            with urlopen(request, timeout=PATIENCE):
                problems.clear()
        except (OSError, HTTPException, ValueError) as error:
            problems[:] = [str(error)]

    thread = Thread(target=send, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if problems:
        logger.warning("The %s to %s did not go through: %s.", what, request.host, problems[0])


def _seconds(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp).timestamp())


def _label(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
