"""Opening: a collection is made ready for a crawl, with all that an earlier run left in it."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, get_args
from uuid import uuid4

from cluster_archive.archive import Collection, WarcWriter, finish_open_files, read_captures
from cluster_archive.errors import BadSite
from cluster_archive.files import writing
from cluster_archive.recording import utc_now
from cluster_archive.requisites import Bounds, Level
from cluster_archive.run import Run, Wishes, warc_info
from cluster_archive.state import State, StateDamaged

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from cluster_archive.sites import Site

logger = logging.getLogger(__name__)


def open_crawl(site: Site, settings: BaseSettings) -> Run:
    """Opens a collection for a crawl: lock, recovery of what a dead run left, state, and a new WARC.

    Raises CollectionLocked, ArchiveNotWritable or BadSite.
    """
    wishes = _wishes(settings)
    name = settings.get("ARCHIVE_COLLECTION") or site.name
    collection = Collection(Path(settings.get("ARCHIVE_OUTPUT")) / name)
    collection.open(utc_now())
    state = _open_state(collection)
    if any(collection.archive.glob("*.open")):
        state.doubted()  # until what they hold is taken in: a run may die while it recovers, too
    recovered = finish_open_files(collection)
    writer = WarcWriter(
        collection.archive,
        name,
        info=warc_info(
            site,
            settings=settings.copy_to_dict(),
            obeys_robots=settings.getbool("ROBOTSTXT_OBEY"),
            operator=settings.get("ARCHIVE_OPERATOR"),
            contact=settings.get("ARCHIVE_CONTACT"),
        ),
        now=utc_now,
        record_id=lambda: f"<urn:uuid:{uuid4()}>",
        roll_at=settings.getint("ARCHIVE_WARC_MAX_BYTES"),
        before_finish=state.sync,
    )
    writer.add_resource(f"urn:cluster-archive:site:{site.name}", "application/toml", site.source.encode())
    run = Run(verb="crawl", site=site, collection=collection, state=state, now=utc_now, writer=writer, wishes=wishes)
    try:
        _take_in(run, recovered)
    except StateDamaged as error:
        state.close()
        put_aside(collection, error)
        raise
    return run


def _take_in(run: Run, recovered: list[tuple[Path, str]]) -> None:
    """Begins the run with all that the archive holds in the state."""
    collection, state = run.collection, run.state
    is_new_pass = run.begin()
    state.begun(run.name)
    if not state.is_complete:
        warcs = collection.warcs()
        if warcs:
            logger.warning("The state of %s is made again from %d WARC files.", collection.root, len(warcs))
        dead = {path for path, _ in recovered}
        run.rebuild(read_captures([path for path in warcs if path not in dead], within=warcs))
    for path, sentence in recovered:
        logger.warning("%s", sentence)
        if path.exists():
            run.recover(read_captures(path, within=collection.warcs()))
    run.read_the_rest()
    state.completed()
    if is_new_pass and not recovered:  # else the pass of the run that died goes on, also where its state was lost
        run.renew()
    elif run.wishes.full:
        logger.warning(
            "An earlier run left addresses unasked: this one goes on with them; --full counts from the next on."
        )


def _open_state(collection: Collection) -> State:
    """The collection's state; one that is damaged is put aside, since all of it can be had from the archive again."""
    try:
        return State.open(collection.state)
    except StateDamaged as error:
        put_aside(collection, error)
        return State.open(collection.state)


def put_aside(collection: Collection, error: StateDamaged) -> None:
    """Takes a damaged state out of the way, so that the next one is made from the archive."""
    aside = collection.state.with_name(f"{collection.state.name}.damaged")
    logger.warning("%s The old one is kept as %s.", error, aside.name)
    with writing(f"The state {collection.state}"):
        if collection.state.exists():
            collection.state.replace(aside)
        for ending in ("-wal", "-shm"):
            collection.state.with_name(collection.state.name + ending).unlink(missing_ok=True)


def _wishes(settings: BaseSettings) -> Wishes:
    since = settings.get("ARCHIVE_SINCE")
    try:
        day = since if isinstance(since, date) or since is None else date.fromisoformat(since)
    except ValueError as error:
        raise BadSite(f"ARCHIVE_SINCE is {since!r}, but must be a day such as 2024-12-31.") from error
    level = settings.get("ARCHIVE_REQUISITES")
    if level not in get_args(Level):
        raise BadSite(f"ARCHIVE_REQUISITES is {level!r}, but must be one of {', '.join(get_args(Level))}.")
    return Wishes(
        limit=settings.getint("ARCHIVE_LIMIT"),
        since=day,
        pictures=settings.getbool("ARCHIVE_PICTURES"),
        dry_run=settings.getbool("ARCHIVE_DRY_RUN"),
        conversion_records=settings.getbool("ARCHIVE_CONVERSION_RECORDS"),
        full=settings.getbool("ARCHIVE_FULL"),
        full_every_days=settings.getint("ARCHIVE_FULL_EVERY_DAYS"),
        requisites=Bounds(
            level=level,
            pictures=settings.getbool("ARCHIVE_PICTURES"),
            per_page=settings.getint("ARCHIVE_REQUISITES_PER_PAGE"),
            per_crawl=settings.getint("ARCHIVE_REQUISITES_PER_CRAWL"),
        ),
        trap_budget=max(1, settings.getint("ARCHIVE_TRAP_BUDGET")),
    )
