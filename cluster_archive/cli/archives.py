"""Verbs that care for what a crawl left: `verify`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from cluster_archive.cli.console import commands, err, json_option, say
from cluster_archive.errors import ExitCode


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
    faults = verify_all(paths, as_json)
    if not as_json:
        err.print(
            f"{len(paths)} checked, {faults} fault(s) found." if faults else f"{len(paths)} checked, nothing wrong."
        )
    sys.exit(ExitCode.FAULTS_FOUND if faults else ExitCode.COMPLETE)


def verify_all(paths: list[Path], as_json: bool) -> int:
    """Prints a line a fault; how many there were."""
    from cluster_archive.archive import Collection, verify_collection, verify_warc

    count = 0
    for path in paths:
        for fault in verify_collection(Collection(path)) if path.is_dir() else verify_warc(path):
            count += 1
            say(json.dumps(asdict(fault), ensure_ascii=False, default=str) if as_json else str(fault))
    return count
