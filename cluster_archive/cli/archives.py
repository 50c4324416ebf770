"""Verbs that care for what a crawl left: `verify` and `repair`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from cluster_archive.cli.console import commands, err, json_option, now
from cluster_archive.errors import BadArchive, ExitCode


@commands.command()
@click.argument("path", nargs=-1, type=click.Path(path_type=Path))
@json_option
def verify(path: tuple[Path, ...], as_json: bool) -> None:
    """Check collections, WARC or WACZ files strictly: a line a fault, with file, offset, what is wrong and what to do.

    Nothing is changed; a collection's `fixity.jsonl` gets a line with the result.

    \b
    cluster-archive verify output/demo
    cluster-archive verify some.warc.gz some.wacz --json
    """
    paths = list(path) or sorted(folder.parent for folder in Path("output").glob("*/archive"))
    if not paths:
        raise click.UsageError(
            "There is no collection under output/; name a collection's folder, a WARC or a WACZ file."
        )
    faults = verify_all(paths, as_json)
    if not as_json:
        err.print(
            f"{len(paths)} checked, {faults} fault(s) found." if faults else f"{len(paths)} checked, nothing wrong."
        )
    sys.exit(ExitCode.FAULTS_FOUND if faults else ExitCode.COMPLETE)


def verify_all(paths: list[Path], as_json: bool) -> int:
    """Prints a line a fault or note, and logs the result in each collection; how many faults there were."""
    from cluster_archive.archive import Collection, Verification, log_verification, verify_path

    total = 0
    for path in paths:
        count = Verification()
        try:
            for fault in verify_path(path, count):
                click.echo(json.dumps(asdict(fault), ensure_ascii=False, default=str) if as_json else str(fault))
        except BadArchive as error:
            if len(paths) == 1:
                raise
            count.faults += 1
            err.print(f"cluster-archive: {error}", markup=False)  # the others are still to be checked
        total += count.faults
        if path.is_dir() and (problem := log_verification(Collection(path), "verify", count, now())):
            err.print(problem, markup=False)
    return total
