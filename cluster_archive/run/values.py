"""Values: what the operator wants of a run, and a capture that it is about to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cluster_archive.captures import RecordRef
from cluster_archive.discover import BUDGET, Found
from cluster_archive.document import Document
from cluster_archive.items import DateEvidence
from cluster_archive.requisites import Bounds
from cluster_archive.run.kinds import NO_REQUISITES
from cluster_archive.state import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the operator wants of this run."""

    limit: int = 0
    """Articles to fetch at the most; 0: all."""
    since: date | None = None
    """Posts known to be older are left out."""
    pictures: bool = True
    """Whether the articles' pictures are fetched."""
    dry_run: bool = False
    """Find, but fetch no article."""
    conversion_records: bool = False
    """Whether each article is kept in the archive too, as JSON in a `conversion` record."""
    requisites: Bounds = NO_REQUISITES
    """What is fetched of what pages need; documents go with it."""
    trap_budget: int = BUDGET
    """Addresses of one pattern that may lead to nothing new, one after the other (discover.traps)."""
    full: bool = False
    """Whether everything is asked for again, not only what seems to have changed."""
    full_every_days: int = 30
    """How often all pages are asked for again, to check what the sources say of changes; 0: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A capture between the spider and the pipelines."""

    seen: RecordRef
    entry: Entry | None
    found: Found
    document: Document | None
    dates: tuple[DateEvidence, ...]
    truncated: str | None
