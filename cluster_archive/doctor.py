"""Doctor: whether this machine can crawl, one finding a line."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cluster_archive.errors import BadSite, ClusterArchiveError
from cluster_archive.run import software
from cluster_archive.schedule import meets_quiet_hours, planned
from cluster_archive.sites import site_named

ENOUGH_BYTES = 500_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    what: str
    """What was looked at."""
    ok: bool
    """Whether it is as a crawl needs it."""
    detail: str
    """What was seen, and what to do where it is not right."""


def examine(output: Path, sites: Sequence[Path], now: datetime) -> list[Finding]:
    """Looks at all that a crawl needs; `output` is the folder of the collections, `sites` are folders with more sites."""
    checks: dict[str, Callable[[], str]] = {
        "python": lambda: sys.version.split()[0],
        "versions": lambda: ", ".join(f"{name} {number}" for name, number in software().items()),
        "sqlite": lambda: sqlite3.sqlite_version,
        "content codings": _codings,
        "capture hooks": _hooks,
        "output folder": lambda: _writable(output),
        "free space": lambda: _space(output),
        "schedules": lambda: _schedules(output, sites, now),
    }
    return [_finding(what, check) for what, check in checks.items()]


def _finding(what: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(what=what, ok=True, detail=check())
    except (ClusterArchiveError, ImportError, OSError) as error:
        return Finding(what=what, ok=False, detail=str(error))


def _codings() -> str:
    import brotli

    if not hasattr(brotli.Decompressor(), "process"):
        raise ImportError("another package shadows `brotli` (pywb brings one); use an environment without it")
    return "gzip, deflate, br, zstd"


def _hooks() -> str:
    from cluster_archive.hooks import check_hooks

    check_hooks()
    return "in place"


def _nearest(folder: Path) -> Path:
    folder = folder.absolute()
    while not folder.exists():
        folder = folder.parent
    return folder


def _writable(output: Path) -> str:
    if not os.access(_nearest(output), os.W_OK):
        raise OSError(f"{output} cannot be written; name another with --output")
    return str(output)


def _space(output: Path) -> str:
    free = shutil.disk_usage(_nearest(output)).free
    if free < ENOUGH_BYTES:
        raise OSError(f"only {free / 1e6:.0f} MB free; a crawl wants at least {ENOUGH_BYTES / 1e6:.0f} MB")
    return f"{free / 1e9:.1f} GB"


def _schedules(output: Path, sites: Sequence[Path], now: datetime) -> str:
    plans = planned(output)
    for plan in plans:
        for name in plan.sites:
            with suppress(BadSite):  # crawled by a file that is not known here
                start = meets_quiet_hours(plan.times, plan.jitter, site_named(name, sites), now)
                if start is not None:
                    raise ClusterArchiveError(
                        f"{name} is to be crawled at {start:%Y-%m-%d %H:%M} UTC ({plan.by}), in quiet hours of the site;"
                        " schedule it at another time"
                    )
    told = (f"{', '.join(plan.sites)} ({plan.by}, {plan.times.calendar})" for plan in plans)
    return "; ".join(told) or "none of this user for this folder"
