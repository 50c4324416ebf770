"""Re-extraction: an archive of any tool in, the same Articles out; the crawl without a network."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from cluster_archive.archive import (
    PAGES,
    Collection,
    Fault,
    Source,
    captures_of,
    holds_records,
    resources_of,
    sources_of,
)
from cluster_archive.errors import BadArchive
from cluster_archive.files import replacing, writing
from cluster_archive.report import Report
from cluster_archive.run import Run
from cluster_archive.sites import Site, in_scope, site_for_url, site_of
from cluster_archive.state import State
from cluster_archive.urls import host_port

SITE_RESOURCE = "urn:cluster-archive:site:"

TOLD = 200
"""Broken places that the report names; all are counted."""


@dataclass(slots=True)
class _Trouble:
    """What was broken or odd in the archives."""

    on_fault: Callable[[Fault], None]
    count: int = 0
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    odd: dict[str, tuple[Fault, int]] = field(default_factory=dict)
    """The first of each kind of what is only odd, by what is advised, and how many there were."""

    def fault(self, fault: Fault) -> None:
        """Takes a fault or a note."""
        if fault.severity == "note":
            first, count = self.odd.get(fault.advice, (fault, 0))
            self.odd[fault.advice] = (first, count + 1)
            return
        self.count += 1
        if self.count <= TOLD:
            self.faults.append(str(fault))
            self.on_fault(fault)

    def told_notes(self) -> list[str]:
        """A sentence for each kind of oddness."""
        return [
            *self.notes,
            *(f"{first}{f' ({count} such)' if count > 1 else ''}" for first, count in self.odd.values()),
        ]


def reextract(
    given: Sequence[Path],
    *,
    output: Path | None = None,
    site: Site | None = None,
    now: Callable[[], datetime],
    on_fault: Callable[[Fault], None] = lambda fault: None,
    on_capture: Callable[[int], None] = lambda count: None,
    keep_state: bool = False,
) -> Report:
    """Reads archives (docs/archive.md, "Archives of other tools") and writes the dataset again.

    The dataset goes into the collection that `given` names, or into `output`. The site's rules are those that the
    archive keeps beside its records, unless `site` is given; an archive of another tool is read with the generic rules,
    for the host that most of its pages are from. What is broken is told to `on_fault`, passed over, and makes the run
    incomplete. With `keep_state` the collection's state is made anew too.
    Raises BadArchive where nothing can be read, ArchiveNotWritable where nothing can be written.
    """
    folder = Path(tempfile.mkdtemp(prefix="cluster-archive-"))
    collection = Collection(output or _collection_root(given))
    trouble = _Trouble(on_fault)
    try:
        if is_there := collection.archive.is_dir():
            collection.open(now())  # before anything is read: a crawl may be at work
        sources = _readable(given, folder, trouble)
        rules = site or recorded_site(sources)
        if rules is None:
            rules = _main_site(sources, trouble)
        if not is_there:
            collection.open(now())
        state = State.open(folder / "state.sqlite")
        run = Run(verb="extract", site=rules, collection=collection, state=state, now=now)
        for count, capture in enumerate(captures_of(sources, trouble.fault), start=1):
            run.absorb(capture)
            on_capture(count)
        run.faults, run.fault_count, run.notes = trouble.faults, trouble.count, trouble.told_notes()
        state.completed()
        report = run.close()
        if keep_state:
            _keep_state(folder / "state.sqlite", collection)
        return report
    finally:
        collection.close()
        shutil.rmtree(folder, ignore_errors=True)


def recorded_site(sources: Sequence[Source]) -> Site | None:
    """The site's rules as the newest of the files keeps them; None where they keep none."""
    for source in reversed(sources):
        for uri, block in resources_of(source):
            if uri.startswith(SITE_RESOURCE):
                return site_of(block.decode("utf-8", "replace"), f"{source.name}, record {uri}")
    return None


def _readable(given: Sequence[Path], folder: Path, trouble: _Trouble) -> list[Source]:
    """The files to read; one that is named itself must be an archive, one in a folder is passed over if it is none."""
    named = {path.resolve() for path in given}
    sources = []
    for source in sources_of(given, folder, trouble.fault):
        if holds_records(source):
            sources.append(source)
            continue
        what = "It is not a WARC or ARC file: it does not begin with a record."
        if source.path.resolve() in named and source.size is None:
            raise BadArchive(f"{source.path}: {what}")
        trouble.fault(Fault(file=source.name, offset=None, record_id=None, what=what, advice="It was passed over."))
    if not sources:
        raise BadArchive(f"{given[0]} holds no WARC file that can be read.")
    return sources


def _main_site(sources: Sequence[Source], trouble: _Trouble) -> Site:
    """Generic rules for the host that most pages are from; that pages of other hosts are left out is noted."""
    pages: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for capture in captures_of(sources):
        parts = urlsplit(capture.url)
        is_page = capture.status == 200 and capture.media_type in PAGES
        (pages if is_page else others)[f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"] += 1
    counts = pages or others
    if not counts:
        raise BadArchive(f"{sources[0].name if sources else 'The archive'} holds no captured page.")
    names: Counter[str] = Counter()
    for root, count in counts.items():
        names[host_port(root).removeprefix("www.")] += count
    main = names.most_common(1)[0][0]
    home = max((root for root in counts if host_port(root).removeprefix("www.") == main), key=lambda root: counts[root])
    site = site_for_url(home)
    left = Counter({root: count for root, count in pages.items() if not in_scope(root, site)})
    if left:
        told = ", ".join(f"{root} ({count})" for root, count in left.most_common(5)) + (", …" if len(left) > 5 else "")
        trouble.notes.append(
            f"Read for {home}; {left.total()} pages of other hosts were left out: {told}."
            f" For those of another host name it: --site {left.most_common(1)[0][0]}"
        )
    return site


def _collection_root(given: Sequence[Path]) -> Path:
    first = given[0]
    if first.is_dir():
        return first.parent if first.name == "archive" else first
    if first.parent.name == "archive":
        return first.parent.parent
    return first.with_name(first.name.partition(".")[0])


def rebuild(
    collection: Collection, *, now: Callable[[], datetime], on_fault: Callable[[Fault], None] = lambda fault: None
) -> Report:
    """Makes index, dataset and state of a collection again from its archive alone.

    The state then knows all captures, articles and dates, but no address that is still to be asked for: the next crawl
    begins a new pass from the seeds. Raises what `reextract` raises.
    """
    return reextract([collection.root], now=now, on_fault=on_fault, keep_state=True)


def _keep_state(made: Path, collection: Collection) -> None:
    """Puts a state that is closed into the collection's place for it."""
    with writing(f"The state {collection.state}"), made.open("rb") as file, replacing(collection.state) as copy:
        shutil.copyfileobj(file, copy)
        for old in ("", "-wal", "-shm"):  # a state without its WAL would be an older one; none at all is made anew
            collection.state.with_name(collection.state.name + old).unlink(missing_ok=True)
