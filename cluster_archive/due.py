"""Due: what a further pass asks for again, decided from what was said and seen; values in, answers out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

RECENT = timedelta(days=7)
"""Posts younger than this are looked at in every run: most corrections are made soon."""

LONGEST = timedelta(days=30)
"""The longest time that a post goes unseen where no source tells of changes."""

RUNS = 5
"""Runs from whose distance the next is expected."""

COVERED = 0.95
"""Share of a host's articles that complete sources must list, so that the others need not be asked."""

COMPLETE_SOURCES = ("rest", "sitemap")
"""Sources that list all articles, the cheaper and more telling first."""


def is_due_by_age(now: datetime, checked_at: datetime | None, published: datetime | None) -> bool:
    """Whether a page of which no source tells changes is looked at again: recent ones always, older ones after a tenth of
    their age, at most thirty days. A page whose age is not known counts as recent."""
    if checked_at is None or published is None:
        return True
    age = now - published
    return age <= RECENT or now - checked_at >= min(age / 10, LONGEST)


def is_due_by_hint(hint: datetime | None, known_hint: datetime | None, checked_at: datetime | None) -> bool:
    """Whether a source's word on the last change is a reason to look: it says another moment than when it was read before,
    or one after the last look. A missing hint is none."""
    if hint is None:
        return False
    if checked_at is None:
        return True
    return hint > checked_at or (known_hint is not None and hint != known_hint)


def sources_to_ask(articles: int, listed: Mapping[str, int], available: Collection[str]) -> tuple[str, ...]:
    """The kinds of sources of a host that are enough to learn what is new: the complete ones, until they list nearly all of
    its articles, else also feeds and lists; the front page only where there is nothing better.

    `listed` counts articles by the kind of the best source that lists them; `available` are the kinds that named articles
    when they were read last.
    """
    chosen: list[str] = []
    covered = 0
    for kind in COMPLETE_SOURCES:
        if kind in available and (listed.get(kind) or not articles):
            chosen.append(kind)
            covered += listed.get(kind, 0)
            if articles and covered >= COVERED * articles:
                return tuple(chosen)
    chosen += [kind for kind in ("feed", "listing") if kind in available]
    return tuple(chosen) or tuple(kind for kind in ("page",) if kind in available)


def expected(starts: Sequence[datetime]) -> datetime | None:
    """The next start by the distance of the last ones, oldest first; None where these are fewer than three, or differ by
    more than a quarter."""
    gaps = [later - earlier for earlier, later in pairwise(starts[-RUNS:])]
    if len(gaps) < 2:
        return None
    usual = timedelta(seconds=median(gap.total_seconds() for gap in gaps))
    return starts[-1] + usual if all(abs(gap - usual) <= usual / 4 for gap in gaps) else None


def is_full(now: datetime, last_full: datetime | None, every_days: int) -> bool:
    """Whether a pass asks for all pages, so that what the sources say of changes is checked; 0 days: never by itself."""
    return every_days > 0 and last_full is not None and now - last_full >= timedelta(days=every_days)
