"""Standing: how a collection stands: its last crawl, and when the next one and the next look at all pages are due."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cluster_archive import due
from cluster_archive.archive import Collection
from cluster_archive.errors import MEANINGS, BadSite, ExitCode
from cluster_archive.report import Report, read_reports
from cluster_archive.schedule import Planned
from cluster_archive.sites import Site, quiet_until, site_named


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """When a crawl is due next."""

    at: datetime
    """The earliest moment, UTC; in the past where it is overdue."""
    by: str
    """How that is known: ``systemd timer`` or ``crontab`` (as `schedule --install` has set it up), or ``last runs``: seen
    from their distance, no promise."""
    is_overdue: bool
    """Whether it should have begun by now."""
    quiet_until: datetime | None
    """When the site's quiet hours are over that it would fall into, UTC; null where it falls into none, or the site is not
    known here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a collection stands."""

    report: Report
    """The last crawl."""
    meaning: str
    """What its exit code means."""
    advice: str
    """What to do."""
    at_work: str | None
    """The process that works on the collection now, in words; null where none does."""
    next: Next | None
    """When a crawl is due next; null where nothing tells."""


def standings(output: Path, plans: Sequence[Planned], sites: Sequence[Path], now: datetime) -> list[Standing]:
    """How each crawled collection under a folder stands, by name; `plans` are the schedules that are set up for the folder
    (schedule.planned), `sites` are folders with more site files."""
    found = []
    for root in sorted(path.parent for path in output.glob("*/runs")):
        collection = Collection(root)
        crawls = [one for one in read_reports(collection.runs) if one.verb == "crawl"]
        if crawls:
            found.append(_standing(collection, crawls, plans, sites, now))
    return found


def _standing(
    collection: Collection, crawls: Sequence[Report], plans: Iterable[Planned], sites: Sequence[Path], now: datetime
) -> Standing:
    last, site = crawls[-1], None
    with suppress(BadSite):  # crawled by its address, or by a file that is elsewhere
        site = site_named(last.site, sites)
    plan = next((one for one in plans if collection.name in one.sites), None)
    meaning, advice = MEANINGS[ExitCode(last.exit_code)]
    return Standing(
        report=last,
        meaning=meaning,
        advice=advice,
        at_work=_at_work(collection, datetime.fromisoformat(last.ended)),
        next=_next([datetime.fromisoformat(one.started) for one in crawls], plan, site, now),
    )


def _next(starts: Sequence[datetime], plan: Planned | None, site: Site | None, now: datetime) -> Next | None:
    """When a crawl is due after the last of these; by the plan where there is one."""
    try:
        if plan is not None:
            at, by, patience = next(plan.times.starts(starts[-1])), plan.by, plan.jitter + timedelta(minutes=1)
        elif expected := due.expected(starts):
            at, by, patience = expected, "last runs", (expected - starts[-1]) / 4
        else:
            return None
        quiet = quiet_until(site, at) if site is not None else None
        return Next(at=at, by=by, is_overdue=at + patience < now, quiet_until=quiet)
    except OverflowError:  # a report says that it began at the end of all days
        return None


def _at_work(collection: Collection, ended: datetime) -> str | None:
    """The process that took the collection's lock after the last crawl was over, if it still lives."""
    holder = collection.holder()
    if holder is None or holder.since < ended:
        return None
    try:
        os.kill(holder.pid, 0)
    except (ProcessLookupError, OverflowError):
        return None
    except OSError:
        pass  # it lives, and is somebody else's
    return str(holder)
