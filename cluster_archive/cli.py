"""The command line: a few lines a verb, each calls one function. Data on stdout, everything else on stderr."""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any, NoReturn

import click
from rich.console import Console
from rich.logging import RichHandler

from cluster_archive import __version__
from cluster_archive.errors import ClusterArchiveError, ExitCode

if TYPE_CHECKING:
    from cluster_archive.captures import Capture
    from cluster_archive.report import Report
    from cluster_archive.sites import Site

err = Console(stderr=True, highlight=False, soft_wrap=True)


def main() -> NoReturn:
    """The console script: runs the command and ends with its exit code (docs/cli.md)."""
    handler = RichHandler(console=err, level=logging.WARNING, show_time=False, show_path=False)
    handler.addFilter(_concerns_the_operator)
    logging.getLogger().addHandler(handler)
    try:
        sys.exit(commands.main(standalone_mode=False) or 0)
    except click.exceptions.Abort:
        sys.exit(ExitCode.SIGINT)
    except click.ClickException as error:
        error.show()
        sys.exit(ExitCode.USAGE)
    except ClusterArchiveError as error:
        err.print(f"cluster-archive: {error}", markup=False)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(ExitCode.SIGINT)


def _concerns_the_operator(record: logging.LogRecord) -> bool:
    """Our own warnings, and errors of libraries; a single address that failed is told in the report."""
    is_single_address = record.name.startswith("scrapy.downloadermiddlewares.retry")
    return record.name.startswith("cluster_archive") or (record.levelno >= logging.ERROR and not is_single_address)


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
    cluster-archive verify output/demo        check digests, pointers and index
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


def crawl_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a crawl, gathered into Scrapy settings that reach the command as `overrides`."""

    @click.option("--collection", metavar="NAME", help="Name of the collection, if not the site's.")
    @click.option("--limit", type=click.IntRange(min=1), help="Fetch at most so many articles.")
    @click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Leave out posts known to be older.")
    @click.option("--delay", type=click.FloatRange(min=0), help="Seconds between two requests to a host.")
    @click.option("--no-images", is_flag=True, help="Do not fetch the articles' pictures.")
    @click.option("--contact", help="Who runs this crawl: an address for the User-Agent and the WARC.")
    @click.option("--operator", help="Who runs this crawl, by name, for the WARC.")
    @wraps(command)
    def gathered(
        *,
        collection: str | None,
        limit: int | None,
        since: datetime | None,
        delay: float | None,
        no_images: bool,
        contact: str | None,
        operator: str | None,
        **rest: Any,
    ) -> None:
        given = {
            "ARCHIVE_COLLECTION": collection,
            "ARCHIVE_LIMIT": limit,
            "ARCHIVE_SINCE": since.date() if since else None,
            "ARCHIVE_PICTURES": False if no_images else None,
            "ARCHIVE_CONTACT": contact,
            "ARCHIVE_OPERATOR": operator,
            "USER_AGENT": f"cluster_archive/{__version__} (+{contact})" if contact else None,
            "DOWNLOAD_DELAY": delay,
            "AUTOTHROTTLE_ENABLED": False if delay == 0 else None,
        }
        command(overrides={key: value for key, value in given.items() if value is not None}, **rest)

    return gathered


@commands.command()
@click.argument("site", nargs=-1, required=True)
@output_option
@sites_option
@crawl_options
@click.option("--dry-run", is_flag=True, help="Find the articles and list them; fetch none, keep nothing.")
@json_option
def crawl(
    site: tuple[str, ...],
    output: Path,
    folders: tuple[Path, ...],
    overrides: dict[str, Any],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Crawl SITE…: names of sites (see `sites list`), TOML files, or addresses.

    \b
    cluster-archive crawl greensynergy
    cluster-archive crawl https://www.example.org/ --limit 20
    cluster-archive crawl mysites/cluster.toml --since 2024-01-01
    """
    from cluster_archive.sites import site_named

    known = [site_named(name, folders) for name in site]  # all are looked up before the first is asked for anything
    overrides["ARCHIVE_OUTPUT"] = str(output)
    if dry_run:
        sys.exit(max(_dry_run(one, overrides, as_json) for one in known))
    if len(known) == 1:
        sys.exit(_crawl_one(known[0], overrides, as_json))
    sys.exit(_crawl_each(known, overrides, as_json))


def _crawl_one(site: Site, overrides: dict[str, Any], as_json: bool) -> int:
    """Crawls in this process, prints the result, gives the exit code."""
    from cluster_archive.crawl import crawl_site

    report = crawl_site(site, overrides)
    _show_report(report, as_json)
    return report.exit_code


def _crawl_each(sites: list[Site], overrides: dict[str, Any], as_json: bool) -> int:
    """Crawls each site in a process of its own, one after the other; the worst exit code."""
    from multiprocessing import get_context

    worst = 0
    for site in sites:
        child = get_context("spawn").Process(target=_crawl_in_child, args=(site.source, overrides, as_json))
        child.start()
        child.join()
        worst = max(worst, child.exitcode if child.exitcode and child.exitcode > 0 else int(bool(child.exitcode)))
    return worst


def _crawl_in_child(source: str, overrides: dict[str, Any], as_json: bool) -> None:
    from cluster_archive.sites import site_of

    handler = RichHandler(console=err, level=logging.WARNING, show_time=False, show_path=False)
    handler.addFilter(_concerns_the_operator)
    logging.getLogger().addHandler(handler)
    try:
        sys.exit(_crawl_one(site_of(source, "site"), overrides, as_json))
    except ClusterArchiveError as error:
        err.print(f"cluster-archive: {error}", markup=False)
        sys.exit(error.exit_code)


def _dry_run(site: Site, overrides: dict[str, Any], as_json: bool) -> int:
    """Finds the articles of a site without fetching them, and lists their addresses."""
    from cluster_archive.crawl import crawl_site
    from cluster_archive.state import State

    with tempfile.TemporaryDirectory(prefix="cluster-archive-") as folder:
        report = crawl_site(site, {**overrides, "ARCHIVE_OUTPUT": folder, "ARCHIVE_DRY_RUN": True})
        with State.open(next(Path(folder).glob("*/state.sqlite"))) as state:
            found = [entry.url for entry in state.pending(("article", "project"))]
    click.echo(json.dumps(found, ensure_ascii=False, indent=1) if as_json else "\n".join(found))
    err.print(
        f"{site.name}: {len(found)} articles would be fetched; {sum(report.tally['requests'].values())} requests."
    )
    return report.exit_code


def _show_report(report: Report, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(report), ensure_ascii=False, indent=1))
        return
    tally = report.tally
    err.print(f"{report.site}: {report.verdict}", markup=False)
    warc = sum(file["bytes"] for file in report.warc_files)
    rows = {
        "articles": f"{tally['articles']} in the dataset, {report.new_articles} new",
        "dates": ", ".join(f"{count} from {source}" for source, count in tally["dates"].items()) or "none",
        "pages": f"{tally['pages']} captured, and {tally['pictures']} pictures",
    }
    count = sum(tally["requests"].values())
    if report.verb == "extract":
        rows["captures"] = f"{count} read from the archive"
    else:
        rows["requests"] = f"{count}, of which {tally['nothing_new']} found nothing new"
        rows["received"] = f"{tally['bytes_received'] / 1e6:.2f} MB"
        rows["archive"] = f"{len(report.warc_files)} WARC file(s), {warc / 1e6:.2f} MB"
    rows["dataset"] = f"{report.collection}/dataset/articles.jsonl"
    rows["report"] = f"{report.collection}/runs/{report.run}/report.json"
    for name, value in rows.items():
        err.print(f"  {name:<9} {value}", markup=False)
    for failure in report.failures[:5]:
        err.print(f"  failed    {failure['url']}: {failure['reason']}", markup=False)
    if len(report.failures) > 5:
        err.print(f"  failed    and {len(report.failures) - 5} more, in the report")


@commands.command()
@output_option
@crawl_options
@click.option("--serve", "serve_only", is_flag=True, help="Only serve the built-in site, to look at it in a browser.")
@json_option
def demo(output: Path, overrides: dict[str, Any], serve_only: bool, as_json: bool) -> None:
    """Crawl the built-in site: a small cluster organisation's news, served on this machine.

    \b
    cluster-archive demo
    cluster-archive demo --serve
    """
    from cluster_archive.demo import serve
    from cluster_archive.sites import load_site, site_of

    try:
        server = serve()
    except OSError:
        server = serve(ports=(0, 0, 0))  # the usual ports are taken: any free ones will do
    with server:
        if serve_only:
            click.echo(f"Bulgarian site  {server.bulgarian}/\nEnglish site    {server.english}/")
            err.print("Serving the built-in site; Ctrl-C ends.")
            server.wait()
            return
        site = site_of(server.toml(load_site("demo").source), "demo.toml")
        code = _crawl_one(site, {**overrides, "ARCHIVE_OUTPUT": str(output)}, as_json)
    root = output / (overrides.get("ARCHIVE_COLLECTION") or site.name)
    faults = _verify_all([root], as_json=False)
    if not as_json:
        err.print(f"  verified  {'nothing wrong was found' if not faults else f'{faults} faults, see above'}")
        program = "cluster-archive" if which("cluster-archive") else os.path.relpath(sys.argv[0])
        for line in (
            "Try next:",
            f"  head -1 {root}/dataset/articles.jsonl",
            f"  {program} extract {root}        # the same lines again, from the archive alone",
            f"  {program} demo --serve          # look at the site in a browser",
            f"  {program} sites list            # what can be crawled by name",
        ):
            err.print(line, markup=False)
    sys.exit(code or (ExitCode.FAULTS_FOUND if faults else 0))


@commands.command()
@click.argument("source", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Collection to write into.")
@click.option("--site", "name", help="Use this site's rules instead of those kept in the archive.")
@sites_option
@json_option
def extract(
    source: tuple[Path, ...], output: Path | None, name: str | None, folders: tuple[Path, ...], as_json: bool
) -> None:
    """Make the dataset again from WARC files or a collection's folder, without a network.

    \b
    cluster-archive extract output/demo
    cluster-archive extract old.warc.gz --output output/old --site greensynergy
    """
    from cluster_archive.reextract import reextract
    from cluster_archive.sites import site_named

    site = site_named(name, folders) if name else None
    faults: list[Any] = []
    report = reextract(source, output=output, site=site, now=_now, on_fault=faults.append)
    for fault in faults:
        err.print(str(fault), markup=False)
    _show_report(report, as_json)
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

    capture = _fetched(source) if "://" in source else capture_at(source, _now(), url)
    told = explain_page(capture, site_named(name, folders) if name else site_for_url(capture.url))
    if report is not None:
        report.write_text(as_html(told), encoding="utf-8")
        err.print(f"Written: {report}", markup=False)
    elif as_json:
        known = {key: value for key, value in asdict(told).items() if key != "source"}
        click.echo(json.dumps(known, ensure_ascii=False, indent=1))
    else:
        click.echo(as_text(told))


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


@commands.command()
@click.argument("path", nargs=-1, type=click.Path(path_type=Path))
@json_option
def verify(path: tuple[Path, ...], as_json: bool) -> None:
    """Check collections or WARC files: lengths, digests, index, and the dataset's pointers. Nothing is changed.

    \b
    cluster-archive verify output/demo
    cluster-archive verify some.warc.gz --json
    """
    paths = list(path) or sorted(folder.parent for folder in Path("output").glob("*/archive"))
    if not paths:
        raise click.UsageError("There is no collection under output/; name a collection's folder or a WARC file.")
    faults = _verify_all(paths, as_json)
    if not as_json:
        err.print(
            f"{len(paths)} checked, {faults} fault(s) found." if faults else f"{len(paths)} checked, nothing wrong."
        )
    sys.exit(ExitCode.FAULTS_FOUND if faults else ExitCode.COMPLETE)


def _verify_all(paths: list[Path], as_json: bool) -> int:
    """Prints a line a fault; how many there were."""
    from cluster_archive.archive import Collection, verify_collection, verify_warc

    count = 0
    for path in paths:
        for fault in verify_collection(Collection(path)) if path.is_dir() else verify_warc(path):
            count += 1
            click.echo(json.dumps(asdict(fault), ensure_ascii=False, default=str) if as_json else str(fault))
    return count


@commands.command()
@output_option
@json_option
def status(output: Path, as_json: bool) -> None:
    """Tell when each collection was crawled last, and how it went."""
    from cluster_archive.archive import Collection
    from cluster_archive.report import read_reports

    last = [
        reports[-1]
        for root in sorted(path.parent for path in output.glob("*/runs"))
        if (reports := [one for one in read_reports(Collection(root).runs) if one.verb == "crawl"])
    ]
    if as_json:
        click.echo(json.dumps([asdict(report) for report in last], ensure_ascii=False, indent=1))
    for report in [] if as_json else last:
        click.echo(f"{report.collection}: {report.ended}, exit code {report.exit_code}. {report.verdict}")
    if not last:
        err.print(f"There is no crawled collection under {output}.")


@commands.group()
def sites() -> None:
    """The sites that can be crawled by name, and help to describe a new one."""


@sites.command("list")
@sites_option
@json_option
def sites_list(folders: tuple[Path, ...], as_json: bool) -> None:
    """List the known sites."""
    from cluster_archive.sites import known_sites

    known = known_sites(folders)
    if as_json:
        click.echo(
            json.dumps(
                [{"name": one.name, "title": one.title, "home": one.home} for one in known],
                ensure_ascii=False,
            )
        )
        return
    for one in known:
        click.echo(f"{one.name:<16} {one.home:<40} {one.title}")


@sites.command("check")
@click.argument("site", nargs=-1)
@sites_option
def sites_check(site: tuple[str, ...], folders: tuple[Path, ...]) -> None:
    """Check site files (all known ones where none is named); a wrong one ends with exit code 4."""
    from cluster_archive.sites import known_sites, site_named

    for one in [site_named(name, folders) for name in site] or known_sites(folders):
        click.echo(f"{one.name}: fine, {len(one.seeds)} seeds, {len(one.selectors)} set(s) of selectors")


@sites.command("probe")
@click.argument("url")
@json_option
def sites_probe(url: str, as_json: bool) -> None:
    """Look at what a site offers (platform, REST, feed, sitemap, languages, robots.txt) and print a starting TOML.

    \b
    cluster-archive sites probe https://www.example.org/ > mysites/example.toml
    """
    from cluster_archive.archive import read_captures
    from cluster_archive.crawl import crawl_site
    from cluster_archive.discover.probe import probe_report, starting_toml
    from cluster_archive.sites import site_for_url

    site = site_for_url(url)
    with tempfile.TemporaryDirectory(prefix="cluster-archive-") as folder:
        report = crawl_site(site, {"ARCHIVE_OUTPUT": folder, "ARCHIVE_DRY_RUN": True})
        found = probe_report(
            (capture for warc in sorted(Path(folder).glob("*/archive/*.warc.gz")) for capture in read_captures(warc)),
            url,
            site,
        )
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=1, default=str))
    else:
        click.echo(starting_toml(found))
    for failure in report.failures:
        err.print(f"{failure['url']}: {failure['reason']}", markup=False)
    sys.exit(report.exit_code)


@commands.command()
@output_option
@json_option
def doctor(output: Path, as_json: bool) -> None:
    """Check that this machine can crawl: versions, decoders, capture hooks, free space."""
    from cluster_archive.doctor import examine

    findings = examine(output)
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    for finding in [] if as_json else findings:
        click.echo(f"{'ok  ' if finding.ok else 'BAD '} {finding.what:<18} {finding.detail}")
    sys.exit(0 if all(finding.ok for finding in findings) else ExitCode.UNEXPECTED)


def _now() -> datetime:
    return datetime.now(UTC)
