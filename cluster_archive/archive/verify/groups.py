"""The records of one exchange, as our writer leaves them: side by side, whole, and of one address and time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cluster_archive.archive.heads import Head
from cluster_archive.archive.verify.blocks import Block
from cluster_archive.archive.verify.findings import Finding

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

    def add(
        self, head: Head, block: Block, *, was_wanted: bool, is_known: Callable[[str], object]
    ) -> list[tuple[Head, Finding]]:
        """Takes the file's next record; gives what is wrong with the exchange that is over, and with this record's place.

        `was_wanted`: an earlier record named it as its partner. `is_known`: whether a record was seen before.
        """
        record_id = head.fields.get("warc-record-id", "")
        partners = {value for name, value in head.headers if name.lower() == "warc-concurrent-to"}
        found: list[tuple[Head, Finding]] = []
        if self._first is None or not (record_id in self._ids or partners & self._ids):
            found += self.close()
            if was_wanted or any(is_known(partner) is not None for partner in partners):
                found.append((head, Finding("It does not stand beside its partner.", _MOVED)))
            self._ids, self._first, self._kinds, self._common = set(), head, [], _common(head)
            self._server = None
        server = head.fields.get("warc-ip-address", self._server)
        if _common(head) != self._common or self._server not in (None, server):
            found.append((head, Finding("Its address, time or server differs from its partner's.", _MOVED)))
        self._ids |= {record_id, *partners}
        self._server = server
        kind = head.fields.get("warc-type", "")
        if kind == "metadata" and not head.fields.get("content-type", "").startswith("application/warc-fields"):
            kind = "other"
        self._kinds.append(kind)
        return found

    def close(self) -> Iterator[tuple[Head, Finding]]:
        """What the exchange lacks that is over."""
        if self._first is None:
            return
        kinds, first = self._kinds, self._first
        self._first = None
        if not {"response", "revisit", "request"} & set(kinds) and "metadata" not in kinds:
            return
        for kind in ("request", "metadata"):
            if kind not in kinds:
                yield first, Finding(f"Its exchange has no {kind} record.", _MOVED)
            elif kinds.count(kind) > 1:
                yield first, Finding(f"Its exchange has more than one {kind} record.", _MOVED)
        if kinds.count("response") + kinds.count("revisit") > 1:
            yield first, Finding("Its exchange has more than one response record.", _MOVED)


def _common(head: Head) -> tuple[str | None, ...]:
    fields = head.fields
    return tuple(fields.get(name) for name in ("warc-target-uri", "warc-date", "warc-warcinfo-id"))
