"""Verbs that crawl: `crawl` and `demo`."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any

import click

from cluster_archive import __version__
from cluster_archive.cli.archives import verify_all
from cluster_archive.cli.console import (
    commands,
    err,
    fail,
    json_option,
    log_to_terminal,
    output_option,
    say,
    show_report,
    sites_option,
)
from cluster_archive.cli.limits import limit_options
from cluster_archive.errors import ClusterArchiveError, ExitCode
from cluster_archive.urls import absolute_url

if TYPE_CHECKING:
    from cluster_archive.sites import Site


def crawl_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a crawl, gathered into Scrapy settings that reach the command as `overrides`."""

    @click.option("--collection", metavar="NAME", help="Name of the collection, if not the site's.")
    @click.option("--limit", type=click.IntRange(min=1), help="Fetch at most so many articles.")
    @click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Leave out posts known to be older.")
    @click.option("--delay", type=click.FloatRange(min=0), help="Seconds between two requests to a host.")
    @click.option("--full", is_flag=True, help="Ask for everything again, not only for what seems to have changed.")
    @click.option("--no-images", is_flag=True, help="Do not fetch the articles' pictures.")
    @click.option("--conversion-records", is_flag=True, help="Keep each article in the WARC too, as JSON.")
    @click.option(
        "--no-requisites", is_flag=True, help="Do not fetch what pages need: styles, scripts, fonts, documents."
    )
    @click.option("--all-requisites", is_flag=True, help="Fetch what pages need from all hosts, not only those named.")
    @click.option("--contact", help="Who runs this crawl: an address for the User-Agent and the WARC.")
    @click.option("--operator", help="Who runs this crawl, by name, for the WARC.")
    @wraps(command)
    def gathered(
        *,
        collection: str | None,
        limit: int | None,
        since: datetime | None,
        delay: float | None,
        full: bool,
        no_images: bool,
        conversion_records: bool,
        no_requisites: bool,
        all_requisites: bool,
        contact: str | None,
        operator: str | None,
        **rest: Any,
    ) -> None:
        if no_requisites and all_requisites:
            raise click.UsageError("--no-requisites and --all-requisites exclude each other.")
        given = {
            "ARCHIVE_COLLECTION": collection,
            "ARCHIVE_LIMIT": limit,
            "ARCHIVE_SINCE": since.date() if since else None,
            "ARCHIVE_FULL": full or None,
            "ARCHIVE_PICTURES": False if no_images else None,
            "ARCHIVE_CONVERSION_RECORDS": conversion_records or None,
            "ARCHIVE_REQUISITES": "none" if no_requisites else "all" if all_requisites else None,
            "ARCHIVE_CONTACT": contact,
            "ARCHIVE_OPERATOR": operator,
            "USER_AGENT": f"cluster_archive/{__version__} (+{contact})" if contact else None,
            "DOWNLOAD_DELAY": delay,
            "AUTOTHROTTLE_ENABLED": False if delay == 0 else None,
        }
        command(overrides={key: value for key, value in given.items() if value is not None}, **rest)

    return gathered


def telling_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say whom to tell of a run; they join the `overrides`."""

    @click.option(
        "--metrics", type=click.Path(file_okay=False), help="Folder of Prometheus's node exporter: write metrics there."
    )
    @click.option("--ping", metavar="URL", help="Dead man's switch: asked at <URL>/start and <URL>/<exit code>.")
    @click.option("--webhook", metavar="URL", help="Send the report there as JSON.")
    @wraps(command)
    def gathered(
        *, metrics: str | None, ping: str | None, webhook: str | None, overrides: dict[str, Any], **rest: Any
    ) -> None:
        for name, url in (("--ping", ping), ("--webhook", webhook)):
            if url is not None and absolute_url(url, "") is None:
                raise click.UsageError(f"{name} {url!r} is no http or https address.")
        given = {"ARCHIVE_METRICS": metrics, "ARCHIVE_PING": ping, "ARCHIVE_WEBHOOK": webhook}
        command(overrides=overrides | {key: value for key, value in given.items() if value is not None}, **rest)

    return gathered


@commands.command()
@click.argument("site", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Crawl all known sites (see `sites list`) but the built-in one.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Sites to crawl at once.")
@output_option
@sites_option
@crawl_options
@limit_options
@telling_options
@click.option("--dry-run", is_flag=True, help="Find the articles and list them; fetch none, keep nothing.")
@click.option("--log-json", is_flag=True, help="All that is said on stderr is JSON, an object a line.")
@json_option
def crawl(
    site: tuple[str, ...],
    every: bool,
    jobs: int,
    output: Path,
    folders: tuple[Path, ...],
    overrides: dict[str, Any],
    dry_run: bool,
    log_json: bool,
    as_json: bool,
) -> None:
    """Crawl SITE…: names of sites (see `sites list`), TOML files, or addresses.

    \b
    cluster-archive crawl greensynergy
    cluster-archive crawl https://www.example.org/ --limit 20
    cluster-archive crawl mysites/cluster.toml --since 2024-01-01
    cluster-archive crawl --all --sites mysites --jobs 4

    Several sites are crawled in a process each, so that one's trouble does not stop the others; the exit code is the
    worst.
    """
    from cluster_archive.sites import known_sites, site_named

    if bool(site) == every:
        raise click.UsageError("Name the sites to crawl, or say --all.")
    # all are looked up before the first is asked for anything
    known = [site_named(name, folders) for name in site]
    known += [one for one in known_sites(folders) if one.name != "demo"] if every else []
    overrides |= {"ARCHIVE_OUTPUT": str(output), "ARCHIVE_LOG_JSON": log_json}
    if dry_run:
        sys.exit(max(_dry_run(one, overrides, as_json) for one in known))
    if len(known) == 1:
        sys.exit(_crawl_one(known[0], overrides, as_json))
    sys.exit(_crawl_each(known, overrides, as_json, jobs))


def _crawl_one(site: Site, overrides: dict[str, Any], as_json: bool) -> int:
    """Crawls in this process, prints the result, gives the exit code."""
    from cluster_archive.crawl import crawl_site

    report = crawl_site(site, overrides)
    show_report(report, as_json)
    return report.exit_code


def _crawl_each(sites: list[Site], overrides: dict[str, Any], as_json: bool, jobs: int) -> int:
    """Crawls each site in a process of its own, so many at once; the worst exit code."""
    from concurrent.futures import ThreadPoolExecutor
    from multiprocessing import get_context

    def crawled(site: Site) -> int:
        child = get_context("spawn").Process(target=_crawl_in_child, args=(site.source, overrides, as_json))
        child.start()
        child.join()
        code = child.exitcode or 0
        if code >= 0:
            return code
        sentence = f"The crawl of {site.name} was ended by signal {-code}; the same command goes on."
        fail(sentence, ExitCode.UNEXPECTED)
        return ExitCode.UNEXPECTED

    with ThreadPoolExecutor(jobs) as pool:
        return max(pool.map(crawled, sites))


def _crawl_in_child(source: str, overrides: dict[str, Any], as_json: bool) -> None:
    from cluster_archive.sites import site_of

    log_to_terminal(as_json=overrides["ARCHIVE_LOG_JSON"])
    try:
        sys.exit(_crawl_one(site_of(source, "site"), overrides, as_json))
    except ClusterArchiveError as error:
        fail(str(error), error.exit_code)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(ExitCode.SIGINT)
    except Exception:  # noqa: BLE001 - told as it is in a process that is alone
        sys.excepthook(*sys.exc_info())
        sys.exit(ExitCode.UNEXPECTED)


def _dry_run(site: Site, overrides: dict[str, Any], as_json: bool) -> int:
    """Finds the articles of a site without fetching them, and lists their addresses."""
    from cluster_archive.crawl import crawl_site
    from cluster_archive.state import State

    with tempfile.TemporaryDirectory(prefix="cluster-archive-") as folder:
        report = crawl_site(site, {**overrides, "ARCHIVE_OUTPUT": folder, "ARCHIVE_DRY_RUN": True})
        with State.open(next(Path(folder).glob("*/state.sqlite"))) as state:
            found = [entry.url for entry in state.pending(("article", "project"))]
    say(json.dumps(found, ensure_ascii=False, indent=1) if as_json else "\n".join(found))
    err.print(
        f"{site.name}: {len(found)} articles would be fetched; {sum(report.tally['requests'].values())} requests."
    )
    if report.exit_code:
        err.print(report.verdict, markup=False)
    return report.exit_code


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
    faults = verify_all([root], as_json=False)
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
