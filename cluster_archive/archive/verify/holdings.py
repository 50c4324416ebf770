"""What the WARC files of an archive hold, as far as revisits, index and dataset are compared with it: hashes, no texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from cluster_archive.archive.heads import Head, bare_address, digits
from cluster_archive.archive.records import Record, records_of
from cluster_archive.archive.verify.blocks import Block
from cluster_archive.archive.verify.sound import Sound

GONE = ", since the file is missing."
"""How what is said of a line ends that is only wrong because a whole file is missing."""

_OFFSET_BITS = 48
_ANSWERS = frozenset(("response", "revisit", "resource", "conversion"))


@dataclass(slots=True, kw_only=True)
class Holdings:
    """Some 300 bytes a record; hashes are Python's own, so nobody can choose what collides."""

    open: Callable[[str], BinaryIO | None]
    """Opens a file of the archive by its name, for a second look; None where there is none of that name."""
    whole: bool
    """Whether all that records refer to must be here: a collection or a WACZ, not a single file."""
    alone: bool = False
    """Whether it is a file by itself: with no index and no dataset to compare, nothing is kept for them."""
    files: list[str] = field(default_factory=list)
    """Names of the WARC files read."""
    records: int = 0
    """Whole records read."""
    bytes: int = 0
    """Bytes of the files read."""
    ids: dict[int, int] = field(default_factory=dict)
    """Hash of each record id → place."""
    answers: set[int] = field(default_factory=set)
    """Hashes of what a revisit may refer to: (id, address, date, payload digest) of each record with a payload,
    and (address, date), also of revisits, which is how some tools name them."""
    indexed: dict[int, int] = field(default_factory=dict)
    """Hash of what the index must say of a response or revisit → place."""
    pointers: set[int] = field(default_factory=set)
    """Hashes of what a line of the dataset may say of a response."""
    captured: set[int] = field(default_factory=set)
    """Hashes of (id, address) of each response, and of each address where a revisit had its payload again; and of
    (address, 14 digits of its time) of both, for a revisit also with the time of what it refers to."""
    pictures: set[int] = field(default_factory=set)
    """Hashes of the ids of responses and revisits."""
    pending: list[tuple[str, Head, bool]] = field(default_factory=list)
    """Revisits whose target was not met yet: file, head, whether it is our own."""
    partners: list[tuple[str, int, str, str, bool]] = field(default_factory=list)
    """Records that name another which was not met in their file: file, offset, id, the other's id, whether it must be here."""

    def place(self, offset: int) -> int:
        """A place in the file that is read now."""
        return (len(self.files) - 1) << _OFFSET_BITS | offset

    def named(self, place: int) -> tuple[str, int]:
        """File and offset of a place."""
        return self.files[place >> _OFFSET_BITS], place & ((1 << _OFFSET_BITS) - 1)

    def place_of(self, file: str, offset: int) -> int | None:
        """The place in a file of that name; None where none of that name was read."""
        return self.files.index(file) << _OFFSET_BITS | offset if file in self.files else None

    def take(self, head: Head, length: int, block: Block | Sound) -> int | None:
        """Notes a whole record of the file that is read now; the place of an earlier record of the same id, if there is one."""
        file, kind = self.files[-1], head.kind
        self.records += 1
        place = self.place(head.offset)
        known = self.ids.setdefault(id_hash := hash(head.record_id or ""), place)
        if kind in _ANSWERS:
            told = head.record_id or "", bare_address(head.uri or ""), head.date or "", head.payload_digest or ""
            if kind != "revisit":
                self.answers.add(hash(told))
            self.answers.add(hash(told[1:3]))
            if kind == "response" or kind == "revisit":
                self.pictures.add(id_hash)
                if not self.alone:
                    if block.status is not None and head.uri:
                        self.indexed[hash(index_key(file, head, length, block))] = place
                    self.captured.add(hash((told[1], digits(told[2]))))
                    original = told[0]
                    if kind == "revisit":  # its page is read from the record that it refers to
                        original = head.fields.get("warc-refers-to", "")
                        self.captured.add(hash((told[1], digits(head.fields.get("warc-refers-to-date", "")))))
                    self.captured.add(hash((original, told[1])))
                    self.pointers.add(hash(pointer_key(file, head, length, block.status)))
        return None if known == place else known

    def look(self, file: str, offset: int) -> Record | None:
        """The record that begins at a place, read again; None where none does."""
        opened = self.open(file) if 0 <= offset < 1 << 63 else None
        if opened is None:
            return None
        with opened:
            record = next(records_of(opened, file, lambda fault: None, start=offset, resync=False), None)
        return record if record and record.offset == offset else None

    def look_up(self, record_id: str) -> tuple[str, int] | None:
        """Where the record of that id stands."""
        place = self.ids.get(hash(record_id))
        return None if place is None else self.named(place)


def target(fields: dict[str, str]) -> tuple[str, str, str, str]:
    """What a revisit says of the record that it refers to."""
    return (
        fields.get("warc-record-id", ""),
        bare_address(fields.get("warc-target-uri", "")),
        fields.get("warc-date", ""),
        fields.get("warc-payload-digest", ""),
    )


def index_key(file: str, head: Head, length: int, block: Block | Sound) -> tuple[str | None, ...]:
    """What the index says of a response or revisit: address, time, status, media type, digest, length, offset, file."""
    media_type = "warc/revisit" if head.kind == "revisit" else block.media_type
    return (
        bare_address(head.uri or ""),
        digits(head.date or ""),
        str(block.status),
        media_type,
        head.payload_digest,
        str(length),
        str(head.offset),
        file,
    )


def pointer_key(file: str, head: Head, length: int, status: int | None) -> tuple[object, ...]:
    """What a line of the dataset says of the record that it was read from."""
    return file, head.offset, length, head.record_id or "", head.payload_digest, exact(head.date or ""), status


def exact(date: str) -> str:
    """`WARC-Date` with microseconds."""
    return f"{date[:19]}.{date[20:].rstrip('Z').ljust(6, '0')[:6]}Z"
