"""Changes: which articles are new, changed, moved, gone or back by captures of which no report has told yet, from their versions."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from datetime import datetime
from typing import Any

from cluster_archive.items import Article

KINDS = ("new", "changed", "moved", "gone", "back")


class Changes:
    """What is to be told: `untold` are the moments of the captures of which no report has told yet, `moved_to` gives the
    article's address that a permanent redirect leads to.

    Moments name captures here and are never compared, so that neither a run that died nor a clock that was set back has
    something told twice, or never.
    """

    def __init__(self, untold: Set[datetime], moved_to: Callable[[str], str | None]) -> None:
        self._untold = untold
        self._moved_to = moved_to
        self._told: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
        self._live: dict[str, str] = {}
        self._lost: list[tuple[dict[str, Any], str, str]] = []

    def see(self, versions: Sequence[Article]) -> None:
        """Takes in an article: its versions, oldest first (State.histories)."""
        latest = versions[-1]
        told = {
            "url": latest.url,
            "title": latest.title,
            "date": latest.date.isoformat() if latest.date else None,
        }
        if latest.gone_at is None and latest.body:
            self._live[latest.content_hash] = latest.canonical_url
        if latest.gone_at is not None and latest.gone_at in self._untold:
            self._lost.append((told, latest.canonical_url, latest.content_hash))
        elif latest.gone_at is None and (kind := self._kind(versions)) is not None:
            self._told[kind].append(told)

    def _kind(self, versions: Sequence[Article]) -> str | None:
        """What happened to an article that is there; None where nothing did that is to be told."""
        recent = [one for one in versions if one.first_seen_at in self._untold]
        if not recent:
            return None
        if len(recent) == len(versions):
            return "new"
        return "back" if versions[-2].gone_at is not None else "changed"

    def told(self) -> dict[str, list[dict[str, Any]]]:
        """The changes by kind, in the order of addresses: url, title, date of each; of what has moved its new address, and
        the old one as `from`. What is gone and stands with the same text at another address has moved too."""
        told = {kind: list(ones) for kind, ones in self._told.items()}
        for one, address, content in self._lost:
            target = self._moved_to(address) or self._live.get(content)
            if target is None:
                told["gone"].append(one)
                continue
            told["moved"].append({**one, "url": target, "from": one["url"]})
            told["new"] = [new for new in told["new"] if new["url"] != target]
        return told
