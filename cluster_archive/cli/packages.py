"""Verb that hands a collection on: `package`."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cluster_archive import __version__
from cluster_archive.cli.console import commands, err, json_option, now

if TYPE_CHECKING:
    from cluster_archive.archive import Collection, Contents


@commands.command()
@click.argument("collection", type=click.Path(path_type=Path, file_okay=False))
@click.option("--run", help="Package one run only: its name, as under runs/.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File (or folder of the bag) to write.")
@click.option("--bag", "as_bag", is_flag=True, help="Write a BagIt bag with the WACZ, the dataset and an RO-Crate.")
@click.option("--license", "licence", help="Licence to state: an SPDX identifier or an address.")
@click.option("--check", is_flag=True, help="Show what would go in; write nothing.")
@click.option("--force", is_flag=True, help="Replace what is there.")
@json_option
def package(
    collection: Path,
    run: str | None,
    output: Path | None,
    as_bag: bool,
    licence: str | None,
    check: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Make one WACZ file of a collection, or of one of its runs; with --bag a bag for a repository.

    \b
    cluster-archive package output/demo
    cluster-archive package output/demo --run 20260102030405 -o one-run.wacz
    cluster-archive package output/demo --bag --license CC-BY-4.0
    cluster-archive package output/demo --check
    """
    from cluster_archive.archive import Collection, contents_of

    if output is not None and not as_bag and output.suffix != ".wacz":
        raise click.UsageError(f"{output}: the name of a WACZ must end in .wacz (WACZ 1.1.1).")
    source = Collection(collection.resolve())
    with _held(source), tempfile.TemporaryDirectory(prefix="cluster-archive-") as scratch:
        contents = contents_of(source, Path(scratch), run)
        for note in contents.notes:
            err.print(note, markup=False)
        if check:
            _show(contents, as_json)
            return
        target = output or source.root.parent / (contents.name + ("-bag" if as_bag else ".wacz"))
        told = _write(contents, target, as_bag=as_bag, licence=licence, force=force)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        err.print(
            f"{target}: {contents.captures} captures, {contents.pages} pages, {contents.articles} articles in"
            f" {told['bytes'] / 1e6:.2f} MB.",
            markup=False,
        )


@contextmanager
def _held(collection: Collection) -> Iterator[None]:
    """Keeps a crawl from changing the collection meanwhile; raises CollectionLocked. Where nobody may write, none will."""
    if not collection.archive.is_dir() or not os.access(collection.root, os.W_OK):
        yield
        return
    collection.open(now())
    try:
        yield
    finally:
        collection.close()


def _write(contents: Contents, target: Path, *, as_bag: bool, licence: str | None, force: bool) -> dict[str, Any]:
    from cluster_archive.archive import write_bag, write_wacz

    software = f"cluster_archive {__version__}"
    if as_bag:
        write_bag(contents, target, software=software, now=now(), licence=licence, force=force)
        size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
        return {"bag": str(target), "bytes": size}
    digest = write_wacz(contents, target, software=software, licence=licence, force=force)
    return {"wacz": str(target), "bytes": target.stat().st_size, "sha256": digest}


def _show(contents: Contents, as_json: bool) -> None:
    """Prints what would go in."""
    if as_json:
        told = {
            "name": contents.name,
            "title": contents.title,
            "main": contents.main or None,
            "captures": contents.captures,
            "pages": contents.pages,
            "articles": contents.articles,
            "runs": [report.get("run") for report in contents.runs],
            "files": [{"path": packed.path, "bytes": packed.bytes} for packed in contents.files],
            "notes": contents.notes,
        }
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for packed in contents.files:
        click.echo(f"{packed.bytes:>14,} {packed.path}")
    total = sum(packed.bytes for packed in contents.files)
    click.echo(f"{total:>14,} bytes in {len(contents.files)} files")
    click.echo(f"{contents.captures} captures, {contents.pages} pages, {contents.articles} articles", nl=True)
    click.echo(f"A replay begins with {contents.main['url'] if contents.main else 'no page: none was captured'}")
