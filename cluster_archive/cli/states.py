"""The verb that makes a collection's state again: `state rebuild`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cluster_archive.cli.console import commands, err, now
from cluster_archive.errors import BadArchive


@commands.group()
def state() -> None:
    """Care for what a crawl remembers: a cache of the archive."""


@state.command("rebuild")
@click.argument("collection", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, file_okay=False))
def rebuild_state(collection: tuple[Path, ...]) -> None:
    """Make the state of COLLECTION… again from its archive, with index and dataset.

    A crawl does so by itself where the state is missing or damaged. The WARC files are not touched.

    \b
    cluster-archive state rebuild output/demo
    """
    from cluster_archive.archive import Collection
    from cluster_archive.reextract import rebuild

    worst = 0
    for root in collection:
        source = Collection(root)
        try:
            report = rebuild(source, now=now, on_fault=lambda fault: err.print(str(fault), markup=False))
        except BadArchive as error:
            if source.warcs() or not any(source.archive.glob("*.open")):
                raise
            raise BadArchive(f"{error} `cluster-archive repair {root}` finishes open ones.") from error
        err.print(f"{root}: the state knows {report.tally['articles']} articles again.", markup=False)
        worst = max(worst, report.exit_code)
    sys.exit(worst)
