"""The records of one exchange, as our writer leaves them: side by side, whole, and of one address and time."""

from __future__ import annotations

from cluster_archive.archive.heads import Head
from cluster_archive.archive.verify.findings import Finding

_WHOLE = ["response", "request", "metadata"]
"""The records of nearly all exchanges."""
_MOVED = "Records were removed, or put in another order; fetch the file from a good copy."


class Group:
    """Collects the records of an exchange: those that name one another in `WARC-Concurrent-To`."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._first: Head | None = None
        self._kinds: list[str] = []
        self._common: tuple[str | None, ...] = ()
        self._server: str | None = None

    @property
    def offset(self) -> int:
        """Where the exchange begins."""
        return self._first.offset if self._first else 0

    def add(self, head: Head, *, follows_partner: bool) -> list[tuple[Head, Finding]]:
        """Takes the file's next record; gives what is wrong with the exchange that is over, and with this record's place.

        `follows_partner`: an earlier record named it as its partner, or it names one.
        """
        record_id, kind, partners = head.record_id or "", head.kind or "", head.partners
        common = (head.uri, head.date, head.warcinfo_id)
        found: list[tuple[Head, Finding]] = []
        if record_id not in self._ids and self._ids.isdisjoint(partners):
            found = self.close()
            if follows_partner:
                found.append((head, Finding("It does not stand beside its partner.", _MOVED)))
            self._ids, self._first, self._kinds, self._common = set(), head, [], common
            self._server = None
        if kind == "request" and self._kinds and not partners:
            found.append((head, Finding("It does not name its response in WARC-Concurrent-To.", _MOVED)))
        server = self._server if head.server is None else head.server
        if common != self._common or self._server not in (None, server):
            found.append((head, Finding("Its address, time or server differs from its partner's.", _MOVED)))
        self._ids.update(partners, (record_id,))
        self._server = server
        if kind == "metadata" and not (head.content_type or "").startswith("application/warc-fields"):
            kind = "other"
        self._kinds.append(kind)
        return found

    def close(self) -> list[tuple[Head, Finding]]:
        """What the exchange lacks that is over."""
        first, count = self._first, self._kinds.count
        self._ids, self._first = set(), None
        if self._kinds == _WHOLE:
            return []
        answers, requests, sides = count("response") + count("revisit"), count("request"), count("metadata")
        if first is None or not answers + requests + sides:
            return []
        found = []
        for kind, number in (("request", requests), ("metadata", sides)):
            if not number:
                found.append(f"Its exchange has no {kind} record.")
            elif number > 1:
                found.append(f"Its exchange has more than one {kind} record.")
        if answers > 1:
            found.append("Its exchange has more than one response record.")
        return [(first, Finding(what, _MOVED)) for what in found]
