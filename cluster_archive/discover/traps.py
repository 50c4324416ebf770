"""Traps: addresses without end, told by the pattern of their addresses and by what they bring."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cluster_archive.urls import canonical_url

MAX_REPEATS = 3
"""How often one segment may stand in a path: a relative link that lacks its slash makes a path grow by itself."""

MAX_SEGMENTS = 20
"""Segments of a path that is asked for."""

MAX_PATTERNS = 20_000
"""Patterns that are counted apart; further ones are counted together."""

BUDGET = 200
"""Addresses of one pattern that may lead to no new article, one after the other."""


def is_spiral(url: str) -> bool:
    """Whether a path repeats itself so often, or is so deep, that nobody made it by hand."""
    segments = [segment for segment in urlsplit(url).path.lower().split("/") if segment]
    if len(segments) > MAX_SEGMENTS:
        return True
    return any(count > MAX_REPEATS for count in Counter(segments).values())


def patterns_of(url: str) -> tuple[str, str, str]:
    """The patterns that an address belongs to, the finest first: path with the names of its parameters, folder, host.

    Numbers become `N`, long keys `K`, and a last segment of several words `*`, so that a calendar's days are of one
    pattern and so are a folder's posts.
    """
    parts = urlsplit(canonical_url(url))
    segments = [_shape(segment) for segment in parts.path.split("/") if segment]
    folded: list[str] = []
    for segment in segments:
        if not folded or folded[-1] != segment:
            folded.append(segment)
    names = sorted({pair.partition("=")[0] for pair in parts.query.split("&") if pair})
    fine = f"{parts.netloc}/{'/'.join(folded)}" + (f"?{'&'.join(names)}" if names else "")
    folder = f"{parts.netloc}/{'/'.join([*folded[:-1], '*'])}"
    return fine, folder, parts.netloc


def _shape(segment: str) -> str:
    segment = segment.lower()
    if len(segment) >= 16 and re.fullmatch(r"[0-9a-f-]+|(?=[^-]*\d)[0-9a-z_]+", segment):
        return "K"
    segment = re.sub(r"\d+", "N", segment)
    return "*" if segment.count("-") >= 2 or segment.count("%") >= 3 or len(segment) > 30 else segment


@dataclass(slots=True)
class Trap:
    """A pattern whose addresses led to nothing new until the budget was spent."""

    pattern: str
    """The pattern (`patterns_of`)."""
    kind: str
    """``lists`` or ``pages``: what was hoped for."""
    example: str
    """An address of it."""
    requests: int
    """Addresses of it that were asked for."""
    left_out: int = 0
    """Addresses of it that were not asked for any more."""


@dataclass(slots=True)
class _Count:
    asked: int = 0
    barren: int = 0
    example: str = ""


@dataclass(slots=True)
class Budgets:
    """What each pattern has cost since it brought something. Lists have a quarter of the budget of pages; a folder half
    as much again as a pattern, the whole host two and a half times as much."""

    budget: int = BUDGET
    """Addresses of one pattern that may lead to nothing new, one after the other."""
    traps: dict[tuple[str, str], Trap] = field(default_factory=dict)
    """What was found to be a trap, by kind and pattern."""
    _counts: dict[tuple[str, str], _Count] = field(default_factory=dict)

    def note(self, url: str, kind: str, *, new: bool) -> Trap | None:
        """Counts an address that was asked for, and whether it brought something; gives the trap that it completes."""
        found = None
        for key, limit in zip(self._keys(url, kind), self._limits(kind), strict=True):
            if key not in self._counts and len(self._counts) >= MAX_PATTERNS:
                key = (kind, "")
            count = self._counts.setdefault(key, _Count(example=url))
            count.asked += 1
            count.barren = 0 if new else count.barren + 1
            if count.barren >= limit and key not in self.traps:
                found = Trap(pattern=key[1], kind=kind, example=url, requests=count.asked)
                self.traps[key] = found
            elif key in self.traps:
                self.traps[key].requests = count.asked
        return found

    def trap_of(self, url: str, kind: str) -> Trap | None:
        """The trap that an address belongs to; None where it may be asked for."""
        if not self.traps:
            return None
        return next((self.traps[key] for key in self._keys(url, kind) if key in self.traps), None)

    def spiral(self, url: str, via: str | None) -> Trap:
        """Counts an address whose path repeats itself; such are never asked for."""
        key = ("spiral", urlsplit(via or url).netloc)
        trap = self.traps.setdefault(
            key, Trap(pattern="a path that repeats itself", kind="pages", example=url, requests=0)
        )
        trap.left_out += 1
        return trap

    @staticmethod
    def _keys(url: str, kind: str) -> tuple[tuple[str, str], ...]:
        fine, folder, host = patterns_of(url)
        return (kind, fine), (kind, folder), ("all", host)

    def _limits(self, kind: str) -> tuple[int, int, int]:
        own = max(1, self.budget // 4) if kind == "lists" else self.budget
        return own, own * 3 // 2, self.budget * 5 // 2
