"""Verbs that read pages again: `extract` and `explain`."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cluster_archive.cli.console import commands, err, json_option, now, say, show_report, sites_option

if TYPE_CHECKING:
    from cluster_archive.captures import Capture


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
