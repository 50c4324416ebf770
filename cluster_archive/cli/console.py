"""What all verbs share: the group that they join, their common options, and how a result is shown."""

from __future__ import annotations

import json
import logging
import sys
import threading
from dataclasses import asdict
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.logging import RichHandler

from cluster_archive import __version__
from cluster_archive.printable import JsonFormatter, PrintableFormatter, printable

if TYPE_CHECKING:
    from cluster_archive.report import Report


logger = logging.getLogger(__name__)


class _Printable(Console):
    """A console on which nothing that came from the web moves the cursor or hides a letter; where the log is JSON
    (`log_to_terminal`), what is printed becomes a line of the log."""

    is_json = False

    def print(self, *objects: Any, **options: Any) -> None:
        if self.is_json:
            logger.info("%s", " ".join(map(str, objects)))
            return
        super().print(*(printable(one) if isinstance(one, str) else one for one in objects), **options)


err = _Printable(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def fail(sentence: str, exit_code: int) -> None:
    """Says on stderr why the command ends."""
    if err.is_json:
        logger.error("%s", sentence, extra={"exit_code": int(exit_code)})
    else:
        err.print(f"cluster-archive: {sentence}", markup=False)


def say(text: str) -> None:
    """Prints a text on stdout, made harmless: it may quote the web. JSON stays JSON."""
    click.echo(printable(text))


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 complete, 2 usage, 3 archive not writable, 4 bad site, 5 incomplete, 6 faults found,"
    " 7 locked, 8 limit reached, 9 robots.txt forbids (docs/cli.md).",
)
@click.version_option(__version__, prog_name="cluster-archive")
def commands() -> None:
    """One crawl of a cluster's news: a dataset and an archive that vouch for each other.

    \b
    cluster-archive demo                      crawl the built-in site
    cluster-archive crawl greensynergy        crawl a site by its name
    cluster-archive extract output/demo       make the dataset again from the WARC
    cluster-archive verify output/demo        check records, digests, index, dataset, manifest
    cluster-archive serve output/demo         look at the collection in a browser
    cluster-archive explain URL               show why a page gives what it gives
    """


output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("output"),
    show_default=True,
    help="Folder of the collections.",
)
sites_option = click.option(
    "--sites",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder with more site files; may be given several times.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def log_to_terminal(*, as_json: bool = False) -> None:
    """Shows on stderr what concerns the operator: warnings as text, or all of it as lines of JSON and nothing else."""
    handler: logging.Handler
    if as_json:
        _say_nothing_else_on_stderr()
        handler = logging.StreamHandler()
        handler.setLevel(logging.INFO)
        handler.setFormatter(JsonFormatter())
    else:
        handler = RichHandler(console=err, level=logging.WARNING, show_time=False, show_path=False)
        handler.setFormatter(PrintableFormatter("%(message)s"))
    handler.addFilter(_concerns_the_operator)
    logging.getLogger().addHandler(handler)


def _say_nothing_else_on_stderr() -> None:
    """Has what else would be said on stderr logged: what is printed, warnings, and what nobody has caught."""
    err.is_json = True
    if isinstance(sys.stderr, TextIOWrapper):
        sys.stderr.reconfigure(encoding="utf-8")
    logging.getLogger().setLevel(logging.INFO)
    logging.captureWarnings(True)
    logging.raiseExceptions = False
    sys.excepthook = lambda *error: logger.critical("The command ended unexpectedly.", exc_info=error)
    threading.excepthook = lambda told: logger.critical("A thread ended unexpectedly.", exc_info=told.exc_value)


def _concerns_the_operator(record: logging.LogRecord) -> bool:
    """Our own warnings, and errors of libraries; a single address that failed is told in the report."""
    is_single_address = record.name.startswith("scrapy.downloadermiddlewares.retry")
    return record.name.startswith("cluster_archive") or (record.levelno >= logging.ERROR and not is_single_address)


_SCOPES = {
    "": "went on with what an earlier run had left",
    "first": "asked for all that was named",
    "changes": "asked for what may be new, changed or gone; --full asks for everything",
    "full": "asked for all pages, to check what the sources say of changes",
    "everything": "asked for everything again",
}


def show_report(report: Report, as_json: bool) -> None:
    """Tells how a run ended: the report as JSON on stdout, or the figures that people read on stderr; a log of JSON has a line
    of it in any case."""
    if as_json:
        say(json.dumps(asdict(report), ensure_ascii=False, indent=1))
    if err.is_json:
        _log_report(report)
    elif not as_json:
        _print_report(report)


def _log_report(report: Report) -> None:
    """A line of the log that tells how a run ended, and one for each note."""
    for note in report.notes:
        logger.info("%s", note)
    figures = {
        "exit_code": report.exit_code,
        "collection": report.collection,
        "report": f"{report.collection}/runs/{report.run}/report.json",
        "started": report.started,
        "ended": report.ended,
        "articles": report.tally["articles"],
        "new_articles": report.new_articles,
        "requests": sum(report.tally["requests"].values()),
        "failures": len(report.failures),
        "bytes_received": report.tally["bytes_received"],
        "warc_bytes": sum(file["bytes"] for file in report.warc_files),
    }
    logger.log(logging.WARNING if report.exit_code else logging.INFO, "%s", report.verdict, extra=figures)


def _print_report(report: Report) -> None:
    tally = report.tally
    err.print(f"{report.site}: {report.verdict}", markup=False)
    warc = sum(file["bytes"] for file in report.warc_files)
    rows = {
        "articles": f"{tally['articles']} in the dataset, {report.new_articles} new",
        "dates": ", ".join(f"{count} from {source}" for source, count in tally["dates"].items()) or "none",
        "pages": f"{tally['pages']} captured, and {tally['pictures']} pictures",
        "for pages": f"{tally['requisites']} files that they need, {tally['documents']} documents that they link to",
    }
    count = sum(tally["requests"].values())
    if report.verb == "extract":
        rows["captures"] = f"{count} read from the archive"
    else:
        rows["requests"] = f"{count}, of which {tally['nothing_new']} found nothing new"
        rows["received"] = f"{tally['bytes_received'] / 1e6:.2f} MB"
        rows["archive"] = f"{len(report.warc_files)} WARC file(s), {warc / 1e6:.2f} MB"
        counts = {kind: len(ones) for kind, ones in report.changes.items() if ones}
        rows["changes"] = ", ".join(f"{count} {kind}" for kind, count in counts.items()) or "none"
        rows["pass"] = _SCOPES[report.scope]
    rows["dataset"] = f"{report.collection}/dataset/articles.jsonl"
    rows["report"] = f"{report.collection}/runs/{report.run}/report.html"
    for name, value in rows.items():
        err.print(f"  {name:<9} {value}", markup=False)
    for note in report.notes:
        err.print(f"  note      {note}", markup=False)
    for failure in report.failures[:5]:
        err.print(f"  failed    {failure['url']}: {failure['reason']}", markup=False)
    if len(report.failures) > 5:
        err.print(f"  failed    and {len(report.failures) - 5} more, in the report")


def now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)
