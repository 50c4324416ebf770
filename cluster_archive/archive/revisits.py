"""Revisits: the response records that revisit records stand for, found within the files that were given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b

from cluster_archive.archive.records import Record, digest_fits
from cluster_archive.archive.scanning import scan
from cluster_archive.archive.sources import Source
from cluster_archive.messages import read_message

_PROFILES = ("identical-payload-digest", "server-not-modified")
"""Ends of the profiles' addresses; WARC 1.0 and 1.1 and Heritrix's "uri-agnostic" one differ in what stands before."""

_HOLDERS = ("response", "resource")
"""Records that hold a payload."""


class Originals:
    """The responses that the revisits of some files refer to.

    Nothing is read until one is asked for; then the files are gone through twice, once for what their revisits name and
    once for where that stands. What is kept in memory is 8 bytes and a place for each name that a revisit has, so it grows
    with the number of different responses that are referred to, and not with the size of the archive.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._places: dict[int, tuple[int, int] | None] | None = None

    def find(self, revisit: Record) -> tuple[Source, Record] | None:
        """File and record of the response that a revisit record stands for; None where it is not among what was given.

        By record id, else by address and date, else by payload digest (WARC 1.1, 5.11 to 5.13; other tools write one or
        the other).
        """
        if not is_understood(revisit):
            return None
        if self._places is None:
            self._places = self._survey()
        for name in _names_of_target(revisit):
            place = self._places.get(_hash(name))
            if place is None:
                continue
            source = self._sources[place[0]]
            record = _record_at(source, place[1], name)
            if record is not None and _same_payload(revisit, record):
                return source, record
        return None

    def _survey(self) -> dict[int, tuple[int, int] | None]:
        places: dict[int, tuple[int, int] | None] = {}
        for source in self._sources:
            for record in scan(source):
                if record.type == "revisit":
                    places.update((_hash(name), None) for name in _names_of_target(record))
        for number, source in enumerate(self._sources):
            for record in scan(source):
                if record.type in _HOLDERS:
                    for name in _names(record):
                        key = _hash(name)
                        if key in places and places[key] is None:  # the first one, as the crawler saw it
                            places[key] = (number, record.offset)
        return places


def is_understood(revisit: Record) -> bool:
    """Whether the profile is one that says whose payload it is (WARC 1.1, 6.7: others shall not be interpreted)."""
    return (revisit.get("WARC-Profile") or "").rstrip("/").endswith(_PROFILES)


def told_target(revisit: Record) -> str:
    """What a revisit refers to, in words for a message."""
    record_id, url = revisit.get("WARC-Refers-To"), revisit.get("WARC-Refers-To-Target-URI")
    if record_id:
        return f"the record {record_id}"
    if url:
        return f"{url.strip('<>')} of {revisit.get('WARC-Refers-To-Date') or 'an unknown date'}"
    return f"a payload with the digest {revisit.get('WARC-Payload-Digest') or 'that it does not state'}"


def _names_of_target(revisit: Record) -> Iterator[str]:
    """The names under which a revisit's target may be known, most certain first."""
    if record_id := revisit.get("WARC-Refers-To"):
        yield _id(record_id)
    url, date = revisit.get("WARC-Refers-To-Target-URI"), revisit.get("WARC-Refers-To-Date")
    if date and (url := url or revisit.get("WARC-Target-URI")):
        yield _place_in_time(url, date)
    if payload_digest := revisit.get("WARC-Payload-Digest"):
        yield _digest(payload_digest)


def _names(response: Record) -> Iterator[str]:
    """The names under which a response may be referred to."""
    yield _id(response.record_id)
    url, date = response.get("WARC-Target-URI"), response.get("WARC-Date")
    if url and date:
        yield _place_in_time(url, date)
    if payload_digest := response.get("WARC-Payload-Digest"):
        yield _digest(payload_digest)


def _id(record_id: str) -> str:
    return f"id {record_id.strip('<>')}"


def _place_in_time(url: str, date: str) -> str:
    return f"at {url.strip('<>')} {date[:19]}"  # to the second: WARC 1.0 has no more


def _digest(label: str) -> str:
    algorithm, _, value = label.partition(":")
    return f"digest {algorithm.lower().replace('-', '')} {value.strip().upper().rstrip('=')}"


def _hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode("utf-8", "replace"), digest_size=8).digest())


def _record_at(source: Source, offset: int, name: str) -> Record | None:
    """The response at a place, if it has that name; two names may have one hash, a member several records, and a file may
    have changed."""
    try:
        for record in scan(source, start_at=offset):
            if record.offset != offset:
                break
            if record.type in _HOLDERS and name in _names(record):
                return record
    except OSError:
        pass
    return None


def _same_payload(revisit: Record, response: Record) -> bool:
    """Whether nothing says that the payload is another: both digests as stated, or the payload itself."""
    stated, other = revisit.get("WARC-Payload-Digest"), response.get("WARC-Payload-Digest")
    if not stated or (other and _digest(stated) == _digest(other)):
        return True
    payload = response.block if response.type == "resource" else read_message(response.block).payload
    return digest_fits(stated, payload) is not False
