"""CDXJ: one line a capture, sorted by SURT key and time, so that a capture is found without reading the WARC."""

from __future__ import annotations

import heapq
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from cluster_archive.archive.collection import Collection
from cluster_archive.archive.heads import bare_address
from cluster_archive.archive.reader import ref_of
from cluster_archive.archive.records import Record, read_records
from cluster_archive.captures import RecordRef
from cluster_archive.files import make_folder, write_atomically, writing
from cluster_archive.messages import Message, read_message

AT_ONCE = 200
"""Files merged in one go, so that a collection of thousands of files needs no thousands of file handles."""

_WORD = re.compile(r"[;\s]")


class IndexFile:
    """The index of one WARC file while that grows: each line is appended behind the bytes that it points to.

    It is called `<path>.open` until `finish` sorts it into `path`. What goes wrong here never stops a crawl: the index
    is left away then, and made again from the WARC.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._open = path, path.with_name(path.name + ".open")
        self._broken = False

    def add(self, line: Callable[[], str]) -> None:
        """Appends what `line` makes; call it when the record stands on disk."""
        try:
            make_folder(self._path.parent)
            with self._open.open("ab") as file:
                file.write(line().encode())
        except (OSError, MemoryError):
            self._broken = True

    def finish(self) -> None:
        """Sorts the lines and gives the file its name."""
        try:
            if not self._broken:
                write_atomically(self._path, sorted(self._open.read_bytes().splitlines(keepends=True)))
        except OSError:
            self._broken = True
        self.discard()

    def discard(self) -> None:
        """Takes away what was written so far."""
        with suppress(OSError):
            self._open.unlink(missing_ok=True)


def cdxj_line(url: str, message: Message, ref: RecordRef, *, revisit: bool = False) -> str:
    """The line of a response (or revisit) record, in the form of cdxj-indexer (CDXJ as WACZ 1.1.1 has it)."""
    stated = next((value for name, value in message.headers if name.lower() == "content-type"), None)
    return _line(url, "warc/revisit" if revisit else _media_type(stated), ref)


def resource_line(url: str, content_type: str | None, ref: RecordRef) -> str:
    """The line of a `resource` record, which has no status."""
    return _line(url, _media_type(content_type), ref)


def surt_key(url: str) -> str:
    """The key that an address is sorted and found by: without scheme, `www.` and port 80; host names turned round.

    An address that surt cannot read is its own key, as in cdxj-indexer; but white space, which would end the key, is
    written as ``%20``.
    """
    import surt  # here, since it imports so much that it would be the longest part of the start of verbs that need no key

    try:
        key: str = surt.surt(url)
    except Exception:  # noqa: BLE001 - surt raises whatever its parts raise; cdxj-indexer does the same
        key = url
    return re.sub(r"\s", "%20", key)


def build_index(collection: Collection) -> Path:
    """Merges the files' indexes into `indexes/index.cdxj`, atomically; makes one for a file that has none."""
    with writing(f"The index {collection.index}"):
        make_folder(collection.indexes)
        for left in (*collection.indexes.glob("*.open"), *collection.indexes.glob("*.tmp")):
            left.unlink()  # of a run that died
        merge_index(collection.warcs(), collection.indexes, collection.index)
    return collection.index


def merge_index(warcs: Sequence[Path], parts: Path, target: Path, scratch: Path | None = None) -> None:
    """Writes the sorted index of WARC files; `parts` holds the index of each, or it is made there (or in `scratch`)."""
    paths = []
    for warc in warcs:
        part = parts / f"{warc.name}.cdxj"
        if not part.exists():
            part = (scratch or parts) / part.name
            write_atomically(part, sorted(line.encode() for line in index_lines(warc)))
        paths.append(part)
    _merge(paths, target)


def index_lines(warc: Path) -> Iterator[str]:
    """The lines of a WARC file's captures, in the file's order; broken records are passed over.

    As cdxj-indexer, `response`, `revisit` and `resource` records are indexed. It takes `metadata` records too, if they
    are not ``application/warc-fields``; here they are left out: they tell about a capture and are none, and a replay
    tool would have to choose between two lines of one address and time.
    """
    for record in read_records(warc, lambda fault: None):
        if record.type in ("response", "revisit", "resource") and (line := _record_line(warc.name, record)):
            yield line


def look_up(index: Path, url: str, at: datetime | None = None) -> list[dict[str, str]]:
    """The index's fields of all captures of an address, each with its `timestamp`: oldest first, or nearest to `at`.

    Addresses with the same SURT key are one address: http and https, with and without `www.`. The file is searched by
    halves, never read whole.
    """
    key = surt_key(url).encode("utf-8", "replace") + b" "
    found = []
    with index.open("rb") as file:
        _seek(file, key)
        for line in file:
            if not line.startswith(key):
                break
            if (fields := _fields(line)) is not None:
                found.append(fields)
    if at is not None:
        found.sort(key=lambda fields: abs(moment_of(fields["timestamp"]) - at))
    return found


def read_index(index: Path) -> Iterator[dict[str, str]]:
    """The fields of each line of an index, with `timestamp`, in order; what is no line of an index is passed over."""
    with index.open("rb") as file:
        for line in file:
            if (fields := _fields(line)) is not None:
                yield fields


def moment_of(timestamp: str) -> datetime:
    """The moment that an index's 14 digits mean, UTC."""
    return datetime.strptime(timestamp[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _fields(line: bytes) -> dict[str, str] | None:
    try:
        _, timestamp, told = line.decode("utf-8").split(" ", 2)
        moment_of(timestamp)
        fields = json.loads(told)
        if not isinstance(fields, dict) or not isinstance(fields["url"], str):
            return None
        kept = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
        return {**kept, "timestamp": timestamp}
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


def _line(url: str, mime: str | None, ref: RecordRef) -> str:
    fields = {
        "url": url.replace(" ", "%20"),  # as warcio reads an address that should have no spaces
        "mime": mime,
        "status": None if ref.status is None else str(ref.status),
        "digest": ref.payload_digest,
        "length": str(ref.length),
        "offset": str(ref.offset),
        "filename": ref.file,
    }
    kept = {name: value for name, value in fields.items() if value is not None}
    return f"{surt_key(url)} {ref.captured_at:%Y%m%d%H%M%S} {json.dumps(kept)}\n"


def _record_line(file: str, record: Record) -> str | None:
    url = bare_address(_text(record.get("WARC-Target-URI") or ""))
    if not url:
        return None
    if record.type == "resource":
        nothing = Message(
            interim=b"", head=b"", block=record.block, payload=record.block, protocol=None, status=None,
            headers=(), complete=True,
        )  # fmt: skip
        return resource_line(url, record.get("Content-Type"), ref_of(file, record, nothing))
    message = read_message(record.block)
    if message.status is None and record.type == "response":
        return None
    return cdxj_line(url, message, ref_of(file, record, message), revisit=record.type == "revisit")


def _media_type(stated: str | None) -> str | None:
    """The media type without its parameters; null where no header states one."""
    if stated is None:
        return None
    with suppress(UnicodeError):  # else it is what it looks like
        stated = stated.encode("latin-1").decode("utf-8")
    return _WORD.split(stated.strip(), maxsplit=1)[0].strip()


def _text(value: str) -> str:
    """A header's value whose bytes are no UTF-8 is read as Latin-1, as warcio does."""
    if value.isascii():
        return value
    data = value.encode("utf-8", "surrogateescape")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _merge(paths: Sequence[Path], target: Path) -> None:
    """Merges sorted files, in rounds of AT_ONCE."""
    rounds = 0
    made: list[Path] = []
    while len(paths) > AT_ONCE:
        rounds += 1
        merged = []
        for first in range(0, len(paths), AT_ONCE):
            merged.append(target.with_name(f"{target.name}.{rounds}-{first}.tmp"))
            _merge_some(paths[first : first + AT_ONCE], merged[-1])
        for path in made:
            path.unlink()
        paths = made = merged
    _merge_some(paths, target)
    for path in made:
        path.unlink()


def _merge_some(paths: Sequence[Path], target: Path) -> None:
    with ExitStack() as stack:
        files: list[BinaryIO] = [stack.enter_context(path.open("rb")) for path in paths]
        write_atomically(target, heapq.merge(*files))


def _seek(file: BinaryIO, key: bytes) -> None:
    """Moves to the first line that is not less than the key, in a file whose lines are sorted by their bytes."""
    low, high = 0, file.seek(0, os.SEEK_END)
    while low < high:
        middle = (low + high) // 2
        _to_line(file, middle)
        line = file.readline()
        if line and line < key:
            low = middle + 1
        else:
            high = middle
    _to_line(file, low)


def _to_line(file: BinaryIO, position: int) -> None:
    """Moves to the first line that begins at the position or behind it."""
    file.seek(max(position - 1, 0))
    if position:
        file.readline()
