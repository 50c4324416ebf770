"""Capturing: exchanges go into the archive, and what it holds already is referred to."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from cluster_archive.archive import (
    SMALLEST_REVISITED,
    digest,
    read_original,
    revisited,
)
from cluster_archive.captures import Capture, Exchange, Original, RecordRef, capture_of
from cluster_archive.errors import ArchiveNotWritable, OutOfMemory
from cluster_archive.messages import Message, read_message
from cluster_archive.report import utc
from cluster_archive.run.asking import Asking
from cluster_archive.run.kinds import (
    MANIFESTS,
)
from cluster_archive.state import EMBEDDED, Entry, Held

logger = logging.getLogger(__name__)


class Capturing(Asking):
    """A run that writes an archive."""

    def record(self, exchange: Exchange) -> Capture | None:
        """Writes an exchange into the WARC, then notes the capture; None where nothing came back.

        Raises ArchiveNotWritable: then nothing more may be fetched or extracted; MemoryError: then nothing of it was
        written.
        """
        if self.writer is None:
            raise ArchiveNotWritable("This run has no archive to write to.")
        message = read_message(exchange.response, exchange.method)
        original = revisited(exchange, message, self._earlier(exchange, message))
        ref = self.writer.write_exchange(exchange, original, message)
        try:
            return self._note(exchange, message, original, ref)
        except ArchiveNotWritable:
            self._is_behind = True
            raise
        except MemoryError as error:
            self._is_behind = True
            raise OutOfMemory from error

    def _note(
        self, exchange: Exchange, message: Message, original: Original | None, ref: RecordRef | None
    ) -> Capture | None:
        """Notes an exchange that the archive has."""
        self.tally.count_exchange(exchange, (exchange.ended - self.started).total_seconds())
        if ref is None:
            return None
        self.tally.revisits += original is not None
        capture = capture_of(
            exchange.url,
            message,
            captured_at=exchange.started,
            truncated=exchange.truncated,
            ref=ref,
            original=original.capture if original else None,
            embedded=exchange.embedded,
        )
        self.state.keep_capture(capture)
        return capture

    def _earlier(self, exchange: Exchange, message: Message) -> Original | None:
        """A response in the archive that has the same payload."""
        if len(message.payload) < SMALLEST_REVISITED or message.status is None:
            return None
        ref = self.state.same_payload(digest(message.payload), exchange.url, message.status)
        return read_original(self.collection.archive, ref) if ref else None

    def held(self, url: str) -> tuple[Held, Original] | None:
        """What the archive holds of an address, to ask the server whether it still holds; read back, so that nothing is
        asked for on the word of the state alone."""
        held = self.state.held(url)
        original = read_original(self.collection.archive, held.ref) if held else None
        return (held, original) if held and original and original.capture.url == url else None

    def recent(self, url: str, since: datetime) -> tuple[Capture, datetime] | None:
        """What the archive holds of the last exchange for an address, redirects followed, and when that was; None where it
        was before `since`, was cut, or is not in the archive as it was."""
        if (known := self.state.recent(url, since)) is None:
            return None
        ref, asked_at = known
        original = read_original(self.collection.archive, ref)
        return (original.capture, asked_at) if original else None

    def obeys(self, origin: str, told: str, asked_at: datetime, capture: Capture | None) -> None:
        """Notes what a host's robots.txt told (``rules``, ``no-rules``, or the reason why nothing may be asked), and the
        capture that says so."""
        ref = capture.ref if capture is not None else None
        record = {"file": ref.file, "offset": ref.offset, "record_id": ref.record_id} if ref else None
        self.robots.append({"origin": origin, "told": told, "asked_at": utc(asked_at), "record": record})
        where = f"{ref.file}:{ref.offset}" if ref else "no capture"
        about = {"url": f"{origin}/robots.txt", "told": told}
        logger.info("robots.txt of %s: %s, asked for at %s (%s).", origin, told, utc(asked_at), where, extra=about)

    def discovery(self, entry: Entry | None, redirects: Sequence[str] = ()) -> tuple[tuple[str, str], ...]:
        """How an address was found, as fields of a `metadata` record: `via`, `hopsFromSeed` (WARC 1.1, 6.6).

        `entry` is None for robots.txt, which the crawl itself needs; `redirects` are the addresses that led here.
        """
        if entry is None:
            return (("hopsFromSeed", "P" + "R" * len(redirects)),)
        via = redirects[-1] if redirects else entry.via
        hops = ("hopsFromSeed", self._hops(entry) + "R" * len(redirects))
        return (("via", via), hops) if via else (hops,)

    def _hops(self, entry: Entry) -> str:
        """A letter for each hop from a seed, as Heritrix has them: link, embed, manifest."""
        hops, seen = "", set()
        while entry.via and entry.key not in seen:
            seen.add(entry.key)
            parent = self.state.find(self.key(entry.via))
            is_listed = entry.kind == "sitemap" or (parent is not None and parent.kind in MANIFESTS)
            hops = ("E" if entry.kind in EMBEDDED else "M" if is_listed else "L") + hops
            if parent is None:
                break
            entry = parent
        return hops
