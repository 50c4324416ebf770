"""Verbs that read pages again: `extract`, `explain` and `history`."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cluster_archive.cli.console import commands, err, json_option, now, output_option, say, show_report, sites_option
from cluster_archive.printable import printable

if TYPE_CHECKING:
    from cluster_archive.captures import Capture
    from cluster_archive.history import Event, Piece


@commands.command()
@click.argument("source", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Collection to write into.")
@click.option("--site", "name", help="Use this site's rules instead of those kept in the archive.")
@sites_option
@json_option
def extract(
    source: tuple[Path, ...], output: Path | None, name: str | None, folders: tuple[Path, ...], as_json: bool
) -> None:
    """Make the dataset again from a collection, or from WARC, ARC and WACZ files of any tool, without a network.

    \b
    cluster-archive extract output/demo
    cluster-archive extract old.warc.gz --output output/old --site greensynergy
    cluster-archive extract crawl.wacz --site https://www.example.org/
    """
    from cluster_archive.reextract import reextract
    from cluster_archive.sites import site_named

    site = site_named(name, folders) if name else None
    faults: list[Any] = []
    report = reextract(source, output=output, site=site, now=now, on_fault=faults.append)
    for fault in faults:
        err.print(str(fault), markup=False)
    show_report(report, as_json)
    sys.exit(report.exit_code)


@commands.command()
@click.argument("source")
@click.option("--site", "name", help="Use this site's rules; the generic ones by default.")
@click.option("--url", help="Address of the page, where SOURCE is an HTML file.")
@click.option(
    "--html",
    "report",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write one HTML file with the page beside it.",
)
@sites_option
@json_option
def explain(
    source: str, name: str | None, url: str | None, report: Path | None, folders: tuple[Path, ...], as_json: bool
) -> None:
    """Show for one page which evidence gave each field, what else was in the running, and what was left out.

    \b
    cluster-archive explain https://www.example.org/news/one/
    cluster-archive explain page.html --url https://www.example.org/news/one/ --html why.html
    cluster-archive explain output/demo/archive/FILE.warc.gz:OFFSET --site demo
    """
    from cluster_archive.explain import as_html, as_text, capture_at
    from cluster_archive.explain import explain as explain_page
    from cluster_archive.sites import site_for_url, site_named

    capture = _fetched(source) if "://" in source else capture_at(source, now(), url)
    told = explain_page(capture, site_named(name, folders) if name else site_for_url(capture.url))
    if report is not None:
        report.write_text(as_html(told), encoding="utf-8")
        err.print(f"Written: {report}", markup=False)
    elif as_json:
        known = {key: value for key, value in asdict(told).items() if key != "source"}
        say(json.dumps(known, ensure_ascii=False, indent=1))
    else:
        say(as_text(told))


@commands.command()
@click.argument("url")
@output_option
@click.option("--collection", metavar="NAME", help="Only look there; by default in all collections of the folder.")
@json_option
def history(url: str, output: Path, collection: str | None, as_json: bool) -> None:
    """Show the versions of the article at URL, when each was there, and what changed between them.

    \b
    cluster-archive history https://www.example.org/news/one/
    cluster-archive history https://www.example.org/news/one/ --collection example --json
    """
    from cluster_archive.errors import BadArchive
    from cluster_archive.history import as_json as history_as_json
    from cluster_archive.history import history as history_of
    from cluster_archive.history import versions_of

    roots = (
        [output / collection]
        if collection
        else sorted(path.parent.parent for path in output.glob("*/dataset/versions.jsonl"))
    )
    if not roots:
        raise BadArchive(f"{output} holds no collection with a history: crawl a site, or name another --output.")
    events = None
    for root in roots:
        try:
            events = history_of(versions_of(root / "dataset", url))
            break
        except BadArchive:
            if root is roots[-1]:
                raise
    assert events is not None, "the last collection raises where none has the article"
    if as_json:
        say(json.dumps(history_as_json(events), ensure_ascii=False, indent=1))
        return
    for event in events:
        _show_version(event)


def _show_version(event: Event) -> None:
    """Prints a version for people: what was taken out as [-…-], what was put in as {+…+}; in colours on a terminal only."""
    article = event.article
    assert article.first_seen_at is not None, "a version has a first capture"
    assert article.last_seen_at is not None, "a version has a last capture"
    click.echo(click.style(f"Version {article.version}  {printable(article.title or article.url)}", bold=True))
    click.echo(f"  seen      {article.first_seen_at:%Y-%m-%d %H:%M} to {article.last_seen_at:%Y-%m-%d %H:%M} UTC")
    if article.gone_at is not None:
        click.echo(f"  gone      {article.gone_at:%Y-%m-%d %H:%M} UTC")
    if article.warc is not None:
        click.echo(f"  record    {article.warc.file}:{article.warc.offset}")
    for name, blocks in event.differences.items():
        click.echo(f"  {name}")
        for block in blocks:
            shown = "".join(_shown(piece) for piece in block)
            click.echo("    " + shown.replace("\n", "\n    "))


def _shown(piece: Piece) -> str:
    if piece.change == "same":
        return printable(piece.text)
    opening, closing, colour = ("[-", "-]", "red") if piece.change == "taken" else ("{+", "+}", "green")
    told = printable(piece.text)
    text = told.rstrip()
    return click.style(f"{opening}{text}{closing}", fg=colour) + told[len(text) :]


def _fetched(url: str) -> Capture:
    """The page at an address, fetched as a crawl fetches it: robots.txt, private addresses and limits hold."""
    from cluster_archive.archive import read_captures
    from cluster_archive.crawl import crawl_site
    from cluster_archive.errors import BadArchive
    from cluster_archive.sites import Seed, site_for_url

    site = replace(site_for_url(url), seeds=(Seed(kind="page", url=url),))
    with tempfile.TemporaryDirectory(prefix="cluster-archive-") as folder:
        only_it = {"ARCHIVE_OUTPUT": folder, "ARCHIVE_DRY_RUN": True, "CLOSESPIDER_PAGECOUNT": 1}
        failures = crawl_site(site, only_it).failures
        for warc in sorted(Path(folder).glob("*/archive/*.warc.gz")):
            pages = [one for one in read_captures(warc) if one.media_type in ("text/html", "application/xhtml+xml")]
            if pages:
                return pages[0]
    reason = next((failure["reason"] for failure in failures), "it gave no page")
    raise BadArchive(f"{url} could not be fetched: {reason}.")
