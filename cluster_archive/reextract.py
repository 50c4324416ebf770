"""Re-extraction: a WARC (or a collection) in, the same Articles out; the crawl without a network."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from cluster_archive.archive import Collection, Fault, is_warc, read_captures, read_resources
from cluster_archive.captures import Capture
from cluster_archive.errors import ArchiveNotWritable, BadArchive
from cluster_archive.report import Report
from cluster_archive.run import Run
from cluster_archive.sites import Site, site_for_url, site_of
from cluster_archive.state import State

SITE_RESOURCE = "urn:cluster-archive:site:"


def reextract(
    sources: Sequence[Path],
    *,
    output: Path | None = None,
    site: Site | None = None,
    now: Callable[[], datetime],
    on_fault: Callable[[Fault], None] = lambda fault: None,
    on_capture: Callable[[int], None] = lambda count: None,
    keep_state: bool = False,
) -> Report:
    """Reads WARC files (or a collection's folder) and writes the dataset again.

    The dataset goes into the collection that `sources` names, or into `output`. The site's rules are those that the
    archive keeps beside its records, unless `site` is given; a foreign WARC is read with the generic rules.
    With `keep_state` the collection's state is made anew too.
    Raises BadArchive where nothing can be read, ArchiveNotWritable where nothing can be written.
    """
    files = warc_files(sources)
    collection = Collection(output or _collection_root(sources))
    rules = site or recorded_site(files) or _generic_site(files)
    collection.open(now())
    folder = Path(tempfile.mkdtemp(prefix="cluster-archive-"))
    try:
        state = State.open(folder / "state.sqlite")
        run = Run(verb="extract", site=rules, collection=collection, state=state, now=now)
        for count, capture in enumerate(_captures(files, on_fault), start=1):
            run.absorb(capture)
            on_capture(count)
        report = run.close()
        if keep_state:
            _keep_state(folder / "state.sqlite", collection)
        return report
    finally:
        collection.close()
        shutil.rmtree(folder, ignore_errors=True)


def warc_files(sources: Sequence[Path]) -> list[Path]:
    """The WARC files that the sources name, in order of their names; raises BadArchive with what to do."""
    files: list[Path] = []
    for source in sources:
        if source.is_dir():
            folder = source / "archive" if (source / "archive").is_dir() else source
            found = sorted(path for path in folder.iterdir() if path.name.endswith((".warc.gz", ".warc")))
            if not found:
                raise BadArchive(f"{source} holds no WARC files; name a collection's folder or a .warc.gz file.")
            files.extend(found)
        elif not source.exists():
            raise BadArchive(f"{source} does not exist; name a collection's folder or a .warc.gz file.")
        elif not is_warc(source):
            raise BadArchive(f"{source} is not a WARC file: it does not begin with a WARC record.")
        else:
            files.append(source)
    return files


def recorded_site(files: Sequence[Path]) -> Site | None:
    """The site's rules as the newest of the files keeps them; None where they keep none."""
    for path in reversed(files):
        for uri, block in read_resources(path):
            if uri.startswith(SITE_RESOURCE):
                return site_of(block.decode("utf-8", "replace"), f"{path.name}, record {uri}")
    return None


def _generic_site(files: Sequence[Path]) -> Site:
    for path in files:
        for capture in read_captures(path):
            return site_for_url(capture.url)
    raise BadArchive(f"{files[0] if files else 'The archive'} holds no captured page.")


def _collection_root(sources: Sequence[Path]) -> Path:
    first = sources[0]
    if first.is_dir():
        return first.parent if first.name == "archive" else first
    if first.parent.name == "archive":
        return first.parent.parent
    return first.with_name(first.name.partition(".")[0])


def _captures(files: Sequence[Path], on_fault: Callable[[Fault], None]) -> Iterator[Capture]:
    yield from read_captures(files, on_fault)


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
    temporary = collection.state.with_name(collection.state.name + ".tmp")
    try:
        shutil.copyfile(made, temporary)
        for leftover in ("-wal", "-shm"):
            collection.state.with_name(collection.state.name + leftover).unlink(missing_ok=True)
        temporary.replace(collection.state)
    except OSError as error:
        raise ArchiveNotWritable(f"The state {collection.state} cannot be written: {error.strerror}.") from error
