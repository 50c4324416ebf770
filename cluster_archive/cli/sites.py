"""Verbs about sites: `sites list`, `sites check`, `sites probe`."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import click

from cluster_archive.cli.console import commands, err, json_option, say, sites_option


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
            read_captures(sorted(Path(folder).glob("*/archive/*.warc.gz"))),
            url,
            site,
        )
    if as_json:
        say(json.dumps(asdict(found), ensure_ascii=False, indent=1, default=str))
    else:
        say(starting_toml(found))
    for failure in report.failures:
        err.print(f"{failure['url']}: {failure['reason']}", markup=False)
    sys.exit(report.exit_code)
