"""Contents: what goes into a package of a collection, or of one of its runs; nothing is written into the collection."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cluster_archive.archive.cdxj import look_up, merge_index, moment_of, read_index
from cluster_archive.archive.collection import Collection
from cluster_archive.archive.manifest import read_manifest
from cluster_archive.archive.pages import EXTRA_PAGES, PAGES, entries_of, read_pages, write_pages
from cluster_archive.archive.reader import resources_of
from cluster_archive.archive.records import read_record, read_records
from cluster_archive.archive.sources import Source
from cluster_archive.errors import BadArchive, BadSite
from cluster_archive.files import writing
from cluster_archive.sites import Site, site_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A file of a package."""

    path: str
    """Where it stands in the package, one folder deep."""
    source: Path
    """The file itself."""
    bytes: int
    """Its length."""
    sha256: str | None = None
    """What the collection's manifest says of it, hexadecimal; null where the manifest does not know it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What goes into a package."""

    name: str
    """Name of the collection, with the run's behind it where it is one run's."""
    title: str
    """The site's name as people know it."""
    home: str | None
    """The site's front page; null where the archive keeps no rules."""
    created: datetime
    """Time of the newest capture, UTC: the same contents give the same package, whenever it is made."""
    first: datetime
    """Time of the oldest capture, UTC."""
    captures: int
    """Captures in the index."""
    pages: int
    """Lines of `pages.jsonl`."""
    articles: int
    """Lines of the dataset."""
    main: dict[str, str] = field(default_factory=dict)
    """`url` and `ts` of the page that a replay begins with; empty where there is no page."""
    info: dict[str, str] = field(default_factory=dict)
    """The fields of the newest file's `warcinfo` record."""
    runs: tuple[dict[str, Any], ...] = ()
    """The reports of the runs that it is of, oldest first."""
    files: tuple[Packed, ...] = ()
    """The files, in order."""
    notes: tuple[str, ...] = ()
    """What a person should know: what was left out, what came along, and why."""


def contents_of(collection: Collection, scratch: Path, run: str | None = None) -> Contents:
    """What goes into a package; what has to be made for it (index, pages, a run's part of the dataset) is made in `scratch`.

    A run's package has the WARC files that the run wrote, and those that hold what its revisits refer to, since without
    them they could not be replayed. Raises BadArchive where there is nothing to package.
    """
    if not collection.archive.is_dir():
        raise BadArchive(f"{collection.root} is no collection: it has no folder `archive`.")
    reports = _reports(collection)
    notes = [
        f"{path.name} is left out: it is not finished; the next crawl finishes it."
        for path in sorted(collection.archive.glob("*.open"))
    ]
    warcs = collection.warcs()
    if not warcs:
        raise BadArchive(f"{collection.root} holds no finished WARC file; crawl first.")
    try:
        with writing(f"The folder {scratch}"):
            if run is not None:
                warcs, came_along = _files_of_run(collection, scratch, reports, run)
                reports = {run: reports[run]}
                notes += [
                    f"{path.name} comes along: it holds what revisits of the run refer to." for path in came_along
                ]
            return _contents(collection, scratch, warcs, reports, notes, run)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:  # a line that is none of ours
        raise BadArchive(
            f"The dataset of {collection.root} cannot be read ({error});"
            f" `cluster-archive extract {collection.root}` makes it again."
        ) from error


def _contents(
    collection: Collection,
    scratch: Path,
    warcs: list[Path],
    reports: dict[str, dict[str, Any]],
    notes: list[str],
    run: str | None,
) -> Contents:
    index = scratch / "index.cdxj"
    merge_index(warcs, collection.indexes, index, scratch)
    captures, first, last = _span(index)
    if first is None or last is None:
        raise BadArchive(f"{collection.root} holds no capture; crawl first.")
    dataset = _dataset(collection, scratch, None if run is None else {path.name for path in warcs})
    site, info = _told(warcs)
    articles = next((path for path in dataset if path.name == "articles.jsonl"), scratch / "none")
    entries = entries_of(site) if site else []
    title = site.title if site else info.get("isPartOf", collection.name)
    write_pages(scratch / "pages", articles=articles, index=index, entries=entries, title=title)
    known = read_manifest(collection)

    def packed(
        folder: str, paths: Iterable[Path], name: Callable[[Path], str] = lambda path: path.name
    ) -> list[Packed]:
        made = []
        for path in paths:
            told = (
                known.get(path.relative_to(collection.root).as_posix())
                if path.is_relative_to(collection.root)
                else None
            )
            made.append(Packed(path=f"{folder}/{name(path)}", source=path, bytes=path.stat().st_size, sha256=told))
        return made

    lists = [path for name in (PAGES, EXTRA_PAGES) if (path := scratch / "pages" / name).exists()]
    return Contents(
        name=collection.name if run is None else f"{collection.name}-{run}",
        title=title,
        home=site.home if site else None,
        created=last,
        first=first,
        captures=captures,
        pages=sum(1 for _ in read_pages(lists[0])),
        articles=_count(articles),
        main=_main(lists[0], site, index),
        info=info,
        runs=tuple(reports[name] for name in sorted(reports)),
        files=(
            *packed("indexes", [index]),
            *packed("pages", lists),
            *packed("dataset", dataset),
            *packed(
                "reports",
                [
                    path
                    for name in sorted(reports)
                    for kind in ("html", "json")
                    if (path := collection.runs / name / f"report.{kind}").exists()
                ],
                lambda path: f"{path.parent.name}{path.suffix}",
            ),
            *packed("archive", warcs),
        ),
        notes=tuple(notes),
    )


def _reports(collection: Collection) -> dict[str, dict[str, Any]]:
    """The runs' reports by the run's name; what is no report is passed over."""
    found = {}
    for path in sorted(collection.runs.glob("*/report.json")):
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError, OSError):
            continue
        if isinstance(told, dict) and isinstance(told.get("warc_files"), list):
            found[path.parent.name] = told
    return found


def _files_of_run(
    collection: Collection, scratch: Path, reports: dict[str, dict[str, Any]], run: str
) -> tuple[list[Path], list[Path]]:
    """All WARC files that a run's package needs, and which of them the run did not write itself."""
    if run not in reports:
        known = ", ".join(sorted(reports)) or "none"
        raise BadArchive(f"{collection.root} has no report of a run {run}; there are: {known}.")
    named = {str(told.get("file")) for told in reports[run]["warc_files"]}
    own = [path for path in collection.warcs() if path.name in named]
    if not own:
        raise BadArchive(f"The run {run} wrote no WARC file, so there is nothing to package.")
    whole = scratch / "whole.cdxj"
    merge_index(collection.warcs(), collection.indexes, whole, scratch)
    needed = {path.name for path in own}
    new = set(needed)
    while new:
        new = _referred_to(collection, whole, new) - needed
        needed |= new
    files = [path for path in collection.warcs() if path.name in needed]
    return files, [path for path in files if path not in own]


def _referred_to(collection: Collection, index: Path, names: set[str]) -> set[str]:
    """The WARC files that hold the responses which revisits in those files refer to (WARC 1.1, 5.5 and 6.7)."""
    found: set[str] = set()
    for fields in read_index(index):
        if fields.get("mime") != "warc/revisit" or fields["filename"] not in names:
            continue
        record = read_record(collection.archive / fields["filename"], int(fields["offset"]))
        url = record.get("WARC-Refers-To-Target-URI") or fields["url"]
        day = "".join(letter for letter in record.get("WARC-Refers-To-Date") or "" if letter.isdigit())[:14]
        for capture in look_up(index, url):
            fits = capture["timestamp"] == day if day else capture.get("digest") == fields.get("digest")
            if fits and capture.get("mime") != "warc/revisit":
                found.add(capture["filename"])
    return found


def _dataset(collection: Collection, scratch: Path, only: set[str] | None) -> list[Path]:
    """The dataset's files; of one run the lines whose record stands in its files, and the schemas."""
    paths = sorted(path for path in collection.dataset.glob("*") if path.is_file() and path.suffix != ".tmp")
    if only is None:
        return paths
    made = []
    (scratch / "dataset").mkdir(exist_ok=True)
    for path in paths:
        if path.suffix == ".jsonl":
            made.append(scratch / "dataset" / path.name)
            with path.open("rb") as lines, made[-1].open("wb") as out:
                out.writelines(line for line in lines if (json.loads(line).get("warc") or {}).get("file") in only)
        elif path.suffix in (".json", ".sql"):
            made.append(path)
    return made


def _told(warcs: Sequence[Path]) -> tuple[Site | None, dict[str, str]]:
    """The site's rules and the `warcinfo` fields of the newest file that has them."""
    site: Site | None = None
    info: dict[str, str] = {}
    for path in reversed(warcs):
        first = next(read_records(path, lambda fault: None), None)
        if first is not None and first.type == "warcinfo" and not info:
            lines = first.block.decode("utf-8", "replace").splitlines()
            info = {
                name.strip(): value.strip() for name, colon, value in (line.partition(":") for line in lines) if colon
            }
        for uri, block in resources_of(Source(name=path.name, path=path)):
            if site is None and uri.startswith("urn:cluster-archive:site:"):
                try:
                    site = site_of(block.decode("utf-8", "replace"), f"{path.name}, record {uri}")
                except BadSite:
                    continue  # rules of another version of ours: the package does without
        if site is not None and info:
            break
    return site, info


def _span(index: Path) -> tuple[int, datetime | None, datetime | None]:
    """Captures in an index, its first and its last moment."""
    count, first, last = 0, "", ""
    for fields in read_index(index):
        moment, is_capture = fields["timestamp"], "status" in fields or fields.get("mime") == "warc/revisit"
        count += is_capture
        first, last = min(first or moment, moment), max(last, moment)
    return count, moment_of(first) if count else None, moment_of(last) if count else None


def _count(path: Path) -> int:
    if not path.exists():
        return 0
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _main(pages: Path, site: Site | None, index: Path) -> dict[str, str]:
    """The first of the pages; an entry if one was captured, otherwise the newest article."""
    entries = {capture["url"] for address in (entries_of(site) if site else []) for capture in look_up(index, address)}
    newest: dict[str, Any] = {}
    for page in read_pages(pages):
        if page["url"] in entries:
            newest = page
            break
        newest = page if page["ts"] > newest.get("ts", "") else newest
    return {name: newest[name] for name in ("url", "ts") if name in newest}
