"""Verbs that care for what a crawl left: `verify` and `repair`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cluster_archive.cli.console import commands, err, json_option, now, say
from cluster_archive.errors import BadArchive, ExitCode

if TYPE_CHECKING:
    from cluster_archive.archive import Repairs


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
                say(json.dumps(asdict(fault), ensure_ascii=False, default=str) if as_json else str(fault))
        except BadArchive as error:
            if len(paths) == 1:
                raise
            count.faults += 1
            err.print(f"cluster-archive: {error}", markup=False)  # the others are still to be checked
        total += count.faults
        if path.is_dir() and (problem := log_verification(Collection(path), "verify", count, now())):
            err.print(problem, markup=False)
    return total


@commands.command()
@click.argument("collection", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@json_option
def repair(collection: tuple[Path, ...], dry_run: bool, as_json: bool) -> None:
    """Mend what a crash or a bad disk left: torn tails, files left open; index, dataset and state are made again.

    Whole records are never touched; what was cut off is kept aside, what is lost is told. Exit code 6 where something
    is lost.

    \b
    cluster-archive repair output/demo --dry-run
    cluster-archive repair output/demo
    """
    lost = False
    for root in collection:
        told = _repair_one(root, dry_run)
        lost = lost or bool(told.lost)
        if as_json:
            say(json.dumps({"collection": str(root), "done": told.done, "lost": told.lost}, ensure_ascii=False))
            continue
        for sentence in told.done:
            say(f"{root}: {sentence}")
        for sentence in told.lost:
            say(f"{root}: lost: {sentence}")
        err.print(f"{root}: {len(told.done)} thing(s) mended, {len(told.lost)} lost.", markup=False)
    sys.exit(ExitCode.FAULTS_FOUND if lost else ExitCode.COMPLETE)


def _repair_one(root: Path, dry_run: bool) -> Repairs:
    from cluster_archive.archive import Collection, log_line, repair_files
    from cluster_archive.reextract import rebuild

    collection = Collection(root)
    if not collection.archive.is_dir():
        raise BadArchive(f"{root} is no collection: it has no folder `archive`.")
    collection.open(now())
    try:
        told = repair_files(collection, dry_run=dry_run)
    finally:
        collection.close()
    if dry_run:
        told.done.append("The index, the dataset and the state would be made again from the archive.")
        return told
    if collection.warcs():
        report = rebuild(collection, now=now)
        articles = report.tally["articles"]
        told.done.append(f"The index, the dataset ({articles} articles) and the state were made again.")
    line = {"done": told.done, "lost": told.lost[:100], "lost_count": len(told.lost)}
    if problem := log_line(collection, "repair", line, now()):
        err.print(problem, markup=False)
    return told
