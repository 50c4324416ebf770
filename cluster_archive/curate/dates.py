"""Dates reconciled: all evidence that the crawl met for an article, and the day that it supports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from cluster_archive.items import DateEvidence, EvidenceSource, Issue

PRECEDENCE: tuple[EvidenceSource, ...] = (
    "page",
    "rest",
    "listing",
    "neighbour",
    "related",
    "feed",
    "url",
    "sitemap",
    "text",
)
"""Kinds of evidence, best first (docs/dataset.md, "Dates")."""


def best_evidence(evidence: Sequence[DateEvidence], own_day: date | None = None) -> DateEvidence | None:
    """The evidence that decides: of the best kind that there is, the day said most often; of equals the day that the
    page itself was read with, then the latest statement."""
    stated = [one for one in evidence if one.day is not None]
    for source in PRECEDENCE:
        of_kind = [one for one in stated if one.source == source]
        if not of_kind:
            continue
        votes = Counter(one.day for one in of_kind)
        if source == "page" and own_day in votes:
            of_kind = [one for one in of_kind if one.day == own_day]

        def weight(one: DateEvidence, votes: Counter[date | None] = votes) -> tuple[object, ...]:
            captured = one.captured_at.timestamp() if one.captured_at else 0.0
            return (votes[one.day], one.moment is not None, captured, one.seen_on, one.raw)

        return max(of_kind, key=weight)
    return None


def disagreement(evidence: Sequence[DateEvidence], chosen: DateEvidence) -> Issue | None:
    """An issue where sources of an article's date say different days. What a reader sees near the title is weak, and
    does not count against the others."""
    days: dict[date, list[str]] = {}
    for one in evidence:
        if one.day is not None and (one.source != "text" or chosen.source == "text"):
            days.setdefault(one.day, []).append(one.source)
    if len(days) < 2:
        return None
    said = [f"{'/'.join(sorted(set(sources)))}: {day}" for day, sources in sorted(days.items())]
    return Issue(field="date", code="sources-disagree", detail="; ".join(said))


def bounds(
    not_before: Sequence[date | None], not_after: Sequence[date | None]
) -> tuple[date | None, date | None, Issue | None]:
    """The tightest bounds that the neighbours' days give; none, and an issue, where they contradict each other."""
    lower = max((day for day in not_before if day is not None), default=None)
    upper = min((day for day in not_after if day is not None), default=None)
    if lower is not None and upper is not None and lower > upper:
        return (
            None,
            None,
            Issue(field="date", code="bounds-contradict", detail=f"not before {lower}, not after {upper}"),
        )
    return lower, upper, None
