"""A small whole archive, and every kind of damage that can be done to it; for the fault table and its printed form."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import re
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from cluster_archive.archive import Collection, Record, WarcWriter, build_index, read_records
from cluster_archive.archive.records import digest, make_member
from cluster_archive.captures import Exchange, RecordRef
from cluster_archive.dataset import write_dataset
from cluster_archive.items import Article, Image, content_hash, word_count
from cluster_archive.urls import url_id

NOW = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
PICTURE = bytes(range(256)) * 8
REVISIT = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"


def make_collection(root: Path, *, chunked: bool = True) -> Collection:
    """Three pages (one in chunks), a picture and an answer to HEAD in one file; index, dataset, report and manifest."""
    numbers = itertools.count(1)
    writer = WarcWriter(
        root / "archive",
        "demo",
        info={"software": "cluster_archive/0.1.0", "format": "WARC File Format 1.1"},
        now=lambda: NOW,
        record_id=lambda: f"<urn:uuid:00000000-0000-4000-8000-{next(numbers):012d}>",
        sync=False,
    )
    writer.add_resource("urn:cluster-archive:site:demo", "application/toml", b'name = "demo"\n')
    refs = []
    for number in range(3):
        text = f"<html><h1>Post {number}</h1><p>{'what it says ' * 20}{number}</p></html>".encode()
        refs.append(
            writer.write_exchange(_exchange(f"/{number}", _answer(text, "text/html", chunked=chunked and number == 1)))
        )
    picture = writer.write_exchange(_exchange("/p.jpg", _answer(PICTURE, "image/jpeg")))
    writer.write_exchange(_exchange("/head", b"HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n", "HEAD"))
    (warc,) = writer.close()
    collection = Collection(root)
    build_index(collection)
    assert picture is not None
    write_dataset(collection.dataset, [[_article(number, ref, picture)] for number, ref in enumerate(refs) if ref])
    run = collection.runs / "20240506070809"
    run.mkdir(parents=True)
    told = {"verb": "crawl", "warc_files": [{"file": warc.name, "bytes": warc.stat().st_size}]}
    (run / "report.json").write_text(json.dumps(told), encoding="utf-8")
    write_manifest(collection)
    return collection


def _exchange(path: str, response: bytes, method: str = "GET") -> Exchange:
    return Exchange(
        url=f"http://example.org{path}",
        method=method,
        request=f"{method} {path} HTTP/1.1\r\nHost: example.org\r\n\r\n".encode(),
        response=response,
        started=NOW,
        ended=NOW + timedelta(milliseconds=250),
        ip="93.184.216.34",
    )


def _answer(body: bytes, media_type: str, *, chunked: bool = False) -> bytes:
    framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % len(body)
    if chunked:
        body = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (7, body[:7], len(body) - 7, body[7:])
    return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n%s\r\n\r\n%s" % (media_type.encode(), framing, body)


def _article(number: int, ref: RecordRef, picture: RecordRef) -> Article:
    url, title, body = f"http://example.org/{number}", f"Post {number}", f"what it says {number}"
    image = Image(url="http://example.org/p.jpg", warc_record_id=picture.record_id)
    return Article(
        id=url_id(url), site="demo", url=url, canonical_url=url, language="en", title=title, date=None,
        published_at=None, modified_at=None, date_source=None, date_not_before=None, date_not_after=None, body=body,
        image_links=(image.url,), images=(image,), word_count=word_count(body),
        content_hash=content_hash(title, body, ()), first_seen_at=NOW, last_seen_at=NOW, warc=ref,
    )  # fmt: skip


def write_manifest(collection: Collection) -> None:
    """Writes what `sha256sum` would write."""
    beside = (collection.dataset, collection.pages)
    files = [*collection.warcs(), collection.index, *(one for folder in beside for one in sorted(folder.glob("*")))]
    lines = [f"{sha256(path.read_bytes()).hexdigest()}  {path.relative_to(collection.root)}\n" for path in files]
    (collection.root / "manifest-sha256.txt").write_text("".join(lines), encoding="utf-8")


def the_warc(collection: Collection) -> Path:
    """Its only WARC file."""
    (path,) = collection.warcs()
    return path


def records_in(path: Path) -> list[Record]:
    """The records of a WARC file."""
    return list(read_records(path, lambda fault: None))


def members_of(path: Path) -> list[bytes]:
    """The gzip members of a WARC file."""
    content = path.read_bytes()
    return [content[one.offset : one.offset + one.length] for one in records_in(path)]


@dataclass(frozen=True)
class Damage:
    """A damage, and who must see it."""

    do: Callable[[Collection], object]
    """Does it."""
    told: str
    """What `verify` must say of the collection, among other things."""
    alone: bool = True
    """Whether it must be seen in the WARC file by itself, too."""


def _bytes(change: Callable[[bytearray, Record], object], number: int = 2) -> Callable[[Collection], None]:
    """Changes the file as it is; the function gets its content and one of its records."""

    def do(collection: Collection) -> None:
        path = the_warc(collection)
        record, content = records_in(path)[number], bytearray(path.read_bytes())
        change(content, record)
        path.write_bytes(content)

    return do


def _flip(at: Callable[[Record], int], bit: int = 0x10) -> Callable[[Collection], None]:
    def change(content: bytearray, record: Record) -> None:
        content[at(record)] ^= bit

    return _bytes(change)


def _members(change: Callable[[list[bytes]], object]) -> Callable[[Collection], None]:
    """Changes the list of members."""

    def do(collection: Collection) -> None:
        members = members_of(the_warc(collection))
        change(members)
        the_warc(collection).write_bytes(b"".join(members))

    return do


def _record(change: Callable[[bytes], bytes], number: int = 2) -> Callable[[Collection], None]:
    """Changes what one member holds, and packs it again as our writer does."""

    def change_members(members: list[bytes]) -> None:
        members[number] = pack(change(gzip.decompress(members[number])))

    return _members(change_members)


def pack(data: bytes) -> bytes:
    """A member as our writer packs it."""
    head = make_member([], b"")[:10]
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return head + packer.compress(data) + packer.flush() + struct.pack("<II", zlib.crc32(data), len(data))


def _header(name: bytes, value: bytes | None, number: int = 2) -> Callable[[Collection], None]:
    """Gives a field another value, or takes it away."""

    def change(record: bytes) -> bytes:
        head, _, rest = record.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if value is not None or not line.startswith(name + b":")]
        lines = [name + b": " + (value or b"") if line.startswith(name + b":") else line for line in lines]
        return b"\r\n".join(lines) + b"\r\n\r\n" + rest

    return _record(change, number)


def _body(old: bytes, new: bytes, *, digests: bool = False, number: int = 2) -> Callable[[Collection], None]:
    """Changes a block; with `digests` its length and block digest are made right again."""

    def change(record: bytes) -> bytes:
        head, _, rest = record.partition(b"\r\n\r\n")
        block = rest[:-4].replace(old, new)
        if digests:
            lines = []
            for line in head.split(b"\r\n"):
                if line.startswith(b"Content-Length:"):
                    line = b"Content-Length: %d" % len(block)
                if line.startswith(b"WARC-Block-Digest:"):
                    line = b"WARC-Block-Digest: " + digest(block).encode()
                lines.append(line)
            head = b"\r\n".join(lines)
        return head + b"\r\n\r\n" + block + b"\r\n\r\n"

    return _record(change, number)


def _swap_blocks(left: int, right: int) -> Callable[[Collection], None]:
    """Two records have each other's blocks, with the digests and lengths of these."""
    told = (b"Content-Type", b"Content-Length", b"WARC-Block-Digest", b"WARC-Payload-Digest")

    def change(members: list[bytes]) -> None:
        parts = [gzip.decompress(members[at]).partition(b"\r\n\r\n") for at in (left, right)]
        heads = [part[0].split(b"\r\n") for part in parts]
        own = [[line for line in head if line.partition(b":")[0] not in told] for head in heads]
        moved = [[line for line in head if line.partition(b":")[0] in told] for head in reversed(heads)]
        for at, lines, fields, part in zip((left, right), own, moved, reversed(parts), strict=True):
            members[at] = pack(b"\r\n".join(lines + fields) + b"\r\n\r\n" + part[2])

    return _members(change)


def _add_field(line: bytes, number: int = 2) -> Callable[[Collection], None]:
    return _record(lambda record: record.replace(b"\r\n", b"\r\n" + line + b"\r\n", 1), number)


def _then(*damages: Callable[[Collection], None]) -> Callable[[Collection], None]:
    def do(collection: Collection) -> None:
        for damage in damages:
            damage(collection)

    return do


def _swap(left: int, right: int, count: int = 1) -> Callable[[Collection], None]:
    def change(members: list[bytes]) -> None:
        first, second = members[left : left + count], members[right : right + count]
        members[left : left + count], members[right : right + count] = second, first

    return _members(change)


def _cut(where: Callable[[Record], int], number: int) -> Callable[[Collection], None]:
    def do(collection: Collection) -> None:
        os.truncate(the_warc(collection), where(records_in(the_warc(collection))[number]))

    return do


def _split_member(members: list[bytes]) -> None:
    data = gzip.decompress(members[2])
    members[2:3] = [pack(data[:300]), pack(data[300:])]


def _revisit(
    target: bytes, uri: bytes, date: bytes, payload: bytes | None = None, number: int = 8
) -> Callable[[Collection], None]:
    """Has a revisit stand where the third page stood, or another."""

    def change(record: bytes) -> bytes:
        head, _, rest = record.partition(b"\r\n\r\n")
        block = rest[:-4].partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        lines = []
        for line in head.split(b"\r\n"):
            name = line.partition(b":")[0]
            if name == b"WARC-Type":
                line = b"WARC-Type: revisit\r\nWARC-Profile: " + REVISIT.encode()
                line += b"\r\nWARC-Refers-To: %s\r\nWARC-Refers-To-Target-URI: %s" % (target, uri)
                line += b"\r\nWARC-Refers-To-Date: " + date
            elif name == b"WARC-Payload-Digest" and payload is not None:
                line = b"WARC-Payload-Digest: " + payload
            elif name == b"WARC-Block-Digest":
                line = b"WARC-Block-Digest: " + digest(block).encode()
            elif name == b"Content-Length":
                line = b"Content-Length: %d" % len(block)
            lines.append(line)
        return b"\r\n".join(lines) + b"\r\n\r\n" + block + b"\r\n\r\n"

    return _record(change, number)


def _lines(path: Callable[[Collection], Path], change: Callable[[list[bytes]], object]) -> Callable[[Collection], None]:
    """Changes the lines of a file beside the archive; the manifest is made right again, so that it is not what tells."""

    def do(collection: Collection) -> None:
        lines = path(collection).read_bytes().splitlines(keepends=True)
        change(lines)
        path(collection).write_bytes(b"".join(lines))
        for part in collection.indexes.glob("*.warc*.cdxj"):
            part.unlink()
        write_manifest(collection)

    return do


def _index(change: Callable[[list[bytes]], object]) -> Callable[[Collection], None]:
    return _lines(lambda collection: collection.index, change)


def _index_field(name: str, value: Any) -> Callable[[Collection], None]:
    def change(lines: list[bytes]) -> None:
        key, timestamp, rest = lines[1].split(b" ", 2)
        fields = json.loads(rest)
        fields[name] = value(fields[name])
        lines[1] = b" ".join((key, timestamp, json.dumps(fields).encode())) + b"\n"

    return _index(change)


def _dataset(change: Callable[[list[bytes]], object]) -> Callable[[Collection], None]:
    return _lines(lambda collection: collection.dataset / "articles.jsonl", change)


def _versions(change: Callable[[list[bytes]], object]) -> Callable[[Collection], None]:
    return _lines(lambda collection: collection.dataset / "versions.jsonl", change)


def _version_again(lines: list[bytes], first_seen: str) -> None:
    """A further version of the first article, right behind it."""
    article = json.loads(lines[0])
    lines.insert(1, json.dumps(article | {"first_seen_at": first_seen}, ensure_ascii=False).encode() + b"\n")


def _swap_pointers(lines: list[bytes]) -> None:
    first, second = (json.loads(line) for line in lines[:2])
    first["warc"], second["warc"] = second["warc"], first["warc"]
    lines[:2] = [json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in (first, second)]


def with_pages(*lines: str) -> Callable[[Collection], None]:
    """Has a list of pages in the collection, with the manifest right."""

    def do(collection: Collection) -> None:
        collection.pages.mkdir()
        head = '{"format": "json-pages-1.0", "id": "pages"}\n'
        (collection.pages / "pages.jsonl").write_text(head + "".join(lines), encoding="utf-8")
        write_manifest(collection)

    return do


def _pipe(collection: Collection) -> None:
    os.mkfifo(collection.archive / "pipe.warc.gz")


def _article_field(change: Callable[[dict[str, Any]], object]) -> Callable[[Collection], None]:
    def change_lines(lines: list[bytes]) -> None:
        article = json.loads(lines[1])
        change(article)
        lines[1] = json.dumps(article, ensure_ascii=False).encode() + b"\n"

    return _dataset(change_lines)


def _manifest(change: Callable[[list[bytes]], object]) -> Callable[[Collection], None]:
    def do(collection: Collection) -> None:
        path = collection.root / "manifest-sha256.txt"
        lines = path.read_bytes().splitlines(keepends=True)
        change(lines)
        path.write_bytes(b"".join(lines))

    return do


def _rename(collection: Collection) -> None:
    the_warc(collection).rename(collection.archive / "other.warc.gz")


def _copy(collection: Collection) -> None:
    shutil.copy(the_warc(collection), collection.archive / "copy.warc.gz")


def _append(data: bytes) -> Callable[[Collection], None]:
    return _members(lambda members: members.append(data))


FIRST = b"<urn:uuid:00000000-0000-4000-8000-000000000003>"
SECOND = b"<urn:uuid:00000000-0000-4000-8000-000000000006>"
URI, DATE = b"http://example.org/0", b"2024-05-06T07:08:09.123456Z"
NOT_MODIFIED = b"http://netpreserve.org/warc/1.1/revisit/server-not-modified"

DAMAGES: dict[str, Damage] = {
    # bits
    "bit: gzip magic": Damage(_flip(lambda r: r.offset), "bytes that are no gzip member"),
    "bit: gzip flags": Damage(_flip(lambda r: r.offset + 3, 1), "The member does not begin"),
    "bit: gzip time": Damage(_flip(lambda r: r.offset + 5), "The member does not begin"),
    "bit: gzip level": Damage(_flip(lambda r: r.offset + 8, 4), "The member does not begin"),
    "bit: gzip system": Damage(_flip(lambda r: r.offset + 9, 8), "The member does not begin"),
    "bit: packed head": Damage(_flip(lambda r: r.offset + 40), "gzip member"),
    "bit: packed block": Damage(_flip(lambda r: r.offset + r.length - 30), "gzip member"),
    "bit: checksum": Damage(_flip(lambda r: r.offset + r.length - 7), "incorrect data check"),
    "bit: length": Damage(_flip(lambda r: r.offset + r.length - 3), "incorrect length check"),
    # cuts
    "cut: inside the last record": Damage(_cut(lambda r: r.offset + r.length // 2, -1), "ends before it is whole"),
    "cut: one byte": Damage(_cut(lambda r: r.offset + r.length - 1, -1), "ends before it is whole"),
    "cut: behind a request": Damage(_cut(lambda r: r.offset + r.length, -2), "no metadata record"),
    "cut: behind a response": Damage(_cut(lambda r: r.offset + r.length, -3), "partner"),
    "cut: behind an exchange": Damage(_cut(lambda r: r.offset + r.length, -4), "bytes long; the run", alone=False),
    "cut: behind the head of the file": Damage(_cut(lambda r: r.offset + r.length, 1), "No response", alone=False),
    "cut: in the first record": Damage(_cut(lambda r: 100, 0), "no whole WARC record"),
    "cut: nothing is left": Damage(_cut(lambda r: 0, 0), "no whole WARC record"),
    # order and number
    "records: two responses swapped": Damage(_swap(2, 5), "partner"),
    "records: two requests swapped": Damage(_swap(3, 6), "partner"),
    "records: two exchanges swapped": Damage(_swap(2, 5, 3), "differs from what stands", alone=False),
    "records: warcinfo swapped": Damage(_swap(0, 2), "begin with a warcinfo"),
    "records: a response removed": Damage(_members(lambda m: m.pop(5)), "partner"),
    "records: a request removed": Damage(_members(lambda m: m.pop(6)), "partner"),
    "records: a metadata removed": Damage(_members(lambda m: m.pop(7)), "no metadata record"),
    "records: warcinfo removed": Damage(_members(lambda m: m.pop(0)), "begin with a warcinfo"),
    "records: an exchange removed": Damage(
        _members(lambda m: m.__delitem__(slice(5, 8))), "No response begins", alone=False
    ),
    "records: one twice": Damage(_members(lambda m: m.insert(9, m[8])), "is also that of"),
    "records: an exchange twice": Damage(_members(lambda m: m.extend(m[2:5])), "is also that of"),
    "records: the file twice": Damage(_copy, "is also that of", alone=False),
    "records: two in a member": Damage(
        _members(lambda m: m.__setitem__(slice(2, 4), [pack(gzip.decompress(m[2]) + gzip.decompress(m[3]))])),
        "more than one record",
    ),
    "records: one over two members": Damage(_members(_split_member), "its head has no end"),
    "records: one not compressed": Damage(_members(lambda m: m.__setitem__(2, gzip.decompress(m[2]))), "not compressed"),
    "records: an empty member": Damage(_members(lambda m: m.insert(3, pack(b""))), "is empty"),
    # what is no record
    "behind: zeros": Damage(_append(bytes(512)), "zeros"),
    "behind: garbage": Damage(_append(b"garbage" * 9), "no gzip member"),
    "behind: one byte": Damage(_append(b"\x1f"), "gzip member"),
    "behind: other gzip": Damage(_append(pack(b"no record")), "does not begin as a WARC record"),
    "between: garbage": Damage(_members(lambda m: m.insert(5, b"garbage")), "no gzip member"),
    # heads
    "head: Content-Length too small": Damage(_header(b"Content-Length", b"10"), "does not end where"),
    "head: Content-Length too large": Damage(_header(b"Content-Length", b"99999"), "only"),
    "head: Content-Length with a sign": Damage(_header(b"Content-Length", b"+10"), "its Content-Length is '+10'"),
    "head: Content-Length twice": Damage(
        _record(lambda r: r.replace(b"Content-Length:", b"Content-Length: 4\r\nContent-Length:", 1)), "does not end"
    ),
    "head: a date twice": Damage(_record(lambda r: r.replace(b"WARC-Date", b"WARC-Date: 2024\r\nWARC-Date", 1)), "more than one"),
    "head: no Content-Length": Damage(_header(b"Content-Length", None), "no Content-Length"),
    "head: no WARC-Type": Damage(_header(b"WARC-Type", None), "no WARC-Type"),
    "head: no WARC-Date": Damage(_header(b"WARC-Date", None), "no WARC-Date"),
    "head: no WARC-Record-ID": Damage(_header(b"WARC-Record-ID", None), "no WARC-Record-ID"),
    "head: no WARC-Target-URI": Damage(_header(b"WARC-Target-URI", None), "no WARC-Target-URI"),
    "head: no block digest": Damage(_header(b"WARC-Block-Digest", None), "no WARC-Block-Digest"),
    "head: no payload digest": Damage(_header(b"WARC-Payload-Digest", None), "no WARC-Payload-Digest"),
    "head: another type": Damage(_header(b"WARC-Type", b"resource"), ""),
    "head: unknown type": Damage(_header(b"WARC-Type", b"responze"), "never write"),
    "head: another id": Damage(_header(b"WARC-Record-ID", b"<urn:uuid:1>"), "partner"),
    "head: id without brackets": Damage(_header(b"WARC-Record-ID", b"urn:uuid:1"), "angle brackets"),
    "head: another date": Damage(_header(b"WARC-Date", b"2023-05-06T07:08:09.123456Z"), "differs from its partner"),
    "head: no such date": Damage(_header(b"WARC-Date", b"2024-13-06T07:08:09Z"), "not a moment"),
    "head: another address": Damage(_header(b"WARC-Target-URI", b"http://example.net/"), "differs from its partner"),
    "head: no address": Damage(_header(b"WARC-Target-URI", b"not an address"), "which is no address"),
    "head: another server": Damage(_header(b"WARC-IP-Address", b"10.0.0.1"), "differs from its partner"),
    "head: another partner": Damage(_header(b"WARC-Concurrent-To", b"<urn:uuid:9>", 3), "partner"),
    "head: another warcinfo": Damage(_header(b"WARC-Warcinfo-ID", b"<urn:uuid:9>"), "warcinfo record"),
    "head: another file name": Damage(_header(b"WARC-Filename", b"x.warc.gz", 0), "name when it was written"),
    "head: digest of the block": Damage(_header(b"WARC-Block-Digest", digest(b"x").encode()), "block does not have"),
    "head: digest of the payload": Damage(_header(b"WARC-Payload-Digest", digest(b"x").encode()), "payload does not"),
    "head: digest is none": Damage(_header(b"WARC-Block-Digest", b"sha256:XYZ"), "no digest of that kind"),
    "head: digest of an unknown kind": Damage(_header(b"WARC-Block-Digest", b"crc99:XYZ"), "kind that we never write"),
    "head: no server": Damage(_header(b"WARC-IP-Address", b"999.1.2.3"), "no IP address"),
    "head: no partner named": Damage(_header(b"WARC-Concurrent-To", None), "no WARC-Concurrent-To"),
    "head: a request without a partner": Damage(_header(b"WARC-Concurrent-To", None, 3), "does not name its response"),
    "head: its own partner": Damage(_add_field(b"WARC-Concurrent-To: " + FIRST), "names itself"),
    "head: a request's media type": Damage(
        _header(b"Content-Type", b"application/http;msgtype=request"), "no response record of ours has"
    ),
    "head: bytes that are no UTF-8": Damage(_add_field(b"X-Name: M\xfcller"), "no UTF-8"),
    "head: cut for no known reason": Damage(_add_field(b"WARC-Truncated: banana"), "which we never write"),
    "head: a segment": Damage(_add_field(b"WARC-Segment-Number: 1"), "WARC-Segment-Number, which we never write"),
    "head: version": Damage(_record(lambda r: r.replace(b"WARC/1.1", b"WARC/1.7", 1)), "version"),
    "head: lines end in LF": Damage(
        _record(lambda r: r.replace(b"\r\nWARC-", b"\nWARC-", 3)), "LF alone"
    ),
    "head: a line without a colon": Damage(_record(lambda r: r.replace(b"WARC-Date:", b"WARC-Date", 1)), "is no field"),
    # blocks
    "block: changed": Damage(_body(b"what", b"WHAT"), "block does not have the digest"),
    "block: changed, digest too": Damage(_body(b"what", b"WHAT", digests=True), "payload does not"),
    "block: shorter": Damage(_body(b"what it says ", b"", digests=True), "bytes long, but its HTTP head says"),
    "block: two requests swapped, digests too": Damage(_swap_blocks(3, 9), "not for its address"),
    "block: chunks without an end": Damage(_body(b"\r\n0\r\n\r\n", b"\r\n", digests=True, number=5), "has no end"),
    "block: no HTTP": Damage(_body(b"HTTP/1.1 200", b"XXXX/1.1 200", digests=True), "no HTTP response"),
    "block: no body": Damage(
        _record(lambda r: r.replace(b"GET", b"HAD", 1).replace(b"HEAD", b"GET ", 1), 15), "block does not have"
    ),
    # revisits
    "revisit: target missing": Damage(_revisit(b"<urn:uuid:77>", URI, DATE), "refers to, <urn:uuid:77>", alone=False),
    "revisit: other address": Damage(_revisit(FIRST, URI + b"x", DATE), "another address"),
    "revisit: other date": Damage(_revisit(FIRST, URI, b"2020-05-06T07:08:09Z"), "another date"),
    "revisit: to a revisit": Damage(
        _then(_revisit(FIRST, URI, DATE, number=5), _revisit(SECOND, b"http://example.org/1", DATE)), "itself a revisit"
    ),
    "revisit: no date": Damage(
        _then(_revisit(FIRST, URI, DATE), _header(b"WARC-Refers-To-Date", None, 8)), "no warc-refers-to-date"
    ),
    "revisit: profile of a 304": Damage(
        _then(_revisit(FIRST, URI, DATE), _header(b"WARC-Profile", NOT_MODIFIED, 8)), "without a block"
    ),
    "revisit: unknown profile": Damage(
        _then(_revisit(FIRST, URI, DATE), _header(b"WARC-Profile", b"http://x.example/", 8)), "never write"
    ),
    "revisit: other payload": Damage(_revisit(FIRST, URI, DATE, digest(b"x").encode()), "another payload digest"),
    # files
    "file: missing": Damage(lambda c: the_warc(c).unlink(), "missing", alone=False),
    "file: a pipe": Damage(_pipe, "no file but", alone=False),
    "file: renamed": Damage(_rename, "name when it was written", alone=False),
    "file: one too many": Damage(
        lambda c: (c.archive / "x.warc.gz").write_bytes(make_member([("WARC-Type", "x")], b"")), "", alone=False
    ),
    "file: left open": Damage(lambda c: shutil.copy(the_warc(c), c.archive / "b.warc.gz.open"), "left open", alone=False),
    # index
    "index: missing": Damage(lambda c: c.index.unlink(), "no index", alone=False),
    "index: a line missing": Damage(_index(lambda lines: lines.pop(1)), "No line names", alone=False),
    "index: a line twice": Damage(_index(lambda lines: lines.insert(1, lines[1])), "names", alone=False),
    "index: out of order": Damage(_index(lambda lines: lines.reverse()), "out of order", alone=False),
    "index: a torn line": Damage(_index(lambda lines: lines.append(lines.pop()[:-9])), "no CDXJ line", alone=False),
    "index: offset off by one": Damage(_index_field("offset", lambda v: str(int(v) + 1)), "No response begins", alone=False),
    "index: length off by one": Damage(_index_field("length", lambda v: str(int(v) + 1)), "Its length", alone=False),
    "index: another url": Damage(_index_field("url", lambda v: v + "x"), "url", alone=False),
    "index: another status": Damage(_index_field("status", lambda v: "404"), "Its status", alone=False),
    "index: another type": Damage(_index_field("mime", lambda v: "text/plain"), "Its mime", alone=False),
    "index: another digest": Damage(_index_field("digest", lambda v: digest(b"x")), "Its digest", alone=False),
    "index: another file": Damage(_index_field("filename", lambda v: "x.warc.gz"), "file is missing", alone=False),
    "index: another time": Damage(
        _index(lambda lines: lines.__setitem__(1, lines[1].replace(b" 2024", b" 2023", 1))), "Its timestamp", alone=False
    ),
    "index: another key": Damage(
        _index(lambda lines: lines.__setitem__(1, b"a" + lines[1])), "Its key", alone=False
    ),
    # dataset
    "dataset: offset elsewhere": Damage(_article_field(lambda a: a["warc"].update(offset=1)), "no response begins", alone=False),
    "dataset: another record": Damage(_article_field(lambda a: a["warc"].update(record_id="<urn:uuid:1>")), "another record_id", alone=False),
    "dataset: another digest": Damage(_article_field(lambda a: a["warc"].update(payload_digest=digest(b"x"))), "another payload_digest", alone=False),
    "dataset: another status": Damage(_article_field(lambda a: a["warc"].update(status=404)), "another status", alone=False),
    "dataset: another time": Damage(_article_field(lambda a: a["warc"].update(captured_at="2020-01-01T00:00:00.000000Z")), "another captured_at", alone=False),
    "dataset: another file": Damage(_article_field(lambda a: a["warc"].update(file="x.warc.gz")), "file is missing", alone=False),
    "dataset: a line taken out": Damage(_dataset(lambda lines: lines.pop(1)), "only in one of", alone=False),
    "versions: a line taken out": Damage(_versions(lambda lines: lines.pop(1)), "only in one of", alone=False),
    "dataset: pointers of two lines swapped": Damage(_dataset(_swap_pointers), "no capture of its url", alone=False),
    "dataset: no pointer": Damage(_article_field(lambda a: a.update(warc=None)), "no pointer", alone=False),
    "dataset: a key missing": Damage(_article_field(lambda a: a.pop("tags")), "not of the schema", alone=False),
    "dataset: another type": Damage(_article_field(lambda a: a.update(word_count="4")), "not of the schema", alone=False),
    "dataset: a changed body": Damage(_article_field(lambda a: a.update(body="what he says 1")), "content_hash", alone=False),
    "dataset: a picture that is not there": Damage(_article_field(lambda a: a["images"][0].update(warc_record_id="<urn:uuid:1>")), "no response in the archive", alone=False),
    "dataset: an id twice": Damage(_dataset(lambda lines: lines.insert(1, lines[1])), "stands before it", alone=False),
    "dataset: no JSON": Damage(_dataset(lambda lines: lines.__setitem__(1, b"{]\n")), "no JSON object", alone=False),
    "dataset: a torn line": Damage(_dataset(lambda lines: lines.append(lines.pop()[:-9])), "has no end", alone=False),
    "dataset: out of order": Damage(_dataset(lambda lines: lines.reverse()), "out of order", alone=False),
    "dataset: a line missing": Damage(
        lambda c: (c.dataset / "articles.jsonl").write_bytes((c.dataset / "articles.jsonl").read_bytes().split(b"\n", 1)[1]),
        "another digest",
        alone=False,
    ),
    "versions: another pointer": Damage(_versions(lambda lines: lines.__setitem__(1, re.sub(rb'"offset":(\d+)', rb'"offset":1\1', lines[1]))), "no response begins", alone=False),
    "versions: no JSON": Damage(_versions(lambda lines: lines.__setitem__(1, b"{]\n")), "no JSON object", alone=False),
    "versions: a torn line": Damage(_versions(lambda lines: lines.append(lines.pop()[:-9])), "has no end", alone=False),
    "versions: a changed body": Damage(_versions(lambda lines: lines.__setitem__(1, lines[1].replace(b'"body":"', b'"body":"x'))), "content_hash", alone=False),
    "versions: out of order": Damage(_versions(lambda lines: lines.reverse()), "out of order", alone=False),
    "versions: an older one behind": Damage(_versions(lambda lines: _version_again(lines, "2020-01-01T00:00:00.000000Z")), "out of order", alone=False),
    "versions: an article in two places": Damage(_versions(lambda lines: lines.append(lines[0])), "stands before it", alone=False),
    # lists of pages
    "pages: a page at another time": Damage(with_pages('{"url": "http://example.org/0", "ts": "2023-05-06T07:08:09Z"}\n'), "no capture of", alone=False),
    "pages: another page": Damage(with_pages('{"url": "http://example.org/x", "ts": "2024-05-06T07:08:09Z"}\n'), "no capture of", alone=False),
    "pages: a torn line": Damage(with_pages('{"url": "http://example.org/0", "ts": "20'), "no JSON object", alone=False),
    # manifest
    "manifest: another digest": Damage(_manifest(lambda lines: lines.__setitem__(0, b"0" * 64 + lines[0][64:])), "another digest", alone=False),
    "manifest: a malformed line": Damage(_manifest(lambda lines: lines.__setitem__(0, lines[0].upper())), "not a digest and a path", alone=False),
    "manifest: a file that is not there": Damage(_manifest(lambda lines: lines.append(b"0" * 64 + b"  archive/x.warc.gz\n")), "is missing", alone=False),
    "manifest: a line missing": Damage(_manifest(lambda lines: lines.pop(0)), "does not name the file", alone=False),
    "manifest: a path that leads out": Damage(_manifest(lambda lines: lines.append(b"0" * 64 + b"  ../x\n")), "not a digest and a path", alone=False),
}  # fmt: skip


def make_wacz(collection: Collection, path: Path) -> Path:
    """A WACZ of the collection, made by hand."""
    warc = the_warc(collection)
    first = next(json.loads(line) for line in (collection.dataset / "articles.jsonl").read_bytes().splitlines())
    pages = [
        {"format": "json-pages-1.0", "id": "pages", "title": "All Pages"},
        {"id": "1", "url": first["url"], "ts": "2024-05-06T07:08:09Z", "title": first["title"]},
    ]
    entries = {
        f"archive/{warc.name}": warc.read_bytes(),
        "indexes/index.cdxj": collection.index.read_bytes(),
        "pages/pages.jsonl": b"".join(json.dumps(page).encode() + b"\n" for page in pages),
        "dataset/articles.jsonl": (collection.dataset / "articles.jsonl").read_bytes(),
        "dataset/versions.jsonl": (collection.dataset / "versions.jsonl").read_bytes(),
    }
    write_wacz(path, entries)
    return path


def write_wacz(path: Path, entries: dict[str, bytes], told: dict[str, bytes] | None = None, **more: Any) -> None:
    """Writes entries with a description of them, or of others that are `told`."""
    resources = [
        {
            "name": name.rpartition("/")[2],
            "path": name,
            "hash": f"sha256:{sha256(data).hexdigest()}",
            "bytes": len(data),
        }
        for name, data in (told or entries).items()
    ]
    package = {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "software": "cluster_archive",
        "resources": resources,
    }
    description = json.dumps({**package, **more}).encode()
    vouched = {"path": "datapackage.json", "hash": f"sha256:{sha256(description).hexdigest()}"}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 5, 6, 7, 8, 8)), data)
        archive.writestr(zipfile.ZipInfo("datapackage.json"), description)
        archive.writestr(zipfile.ZipInfo("datapackage-digest.json"), json.dumps(vouched).encode())


def _entries(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.startswith("datapackage")}


def _wacz(change: Callable[[dict[str, bytes]], object], *, told: bool) -> Callable[[Path], None]:
    """Changes entries; with `told` the description is made right again."""

    def do(path: Path) -> None:
        before = _entries(path)
        entries = dict(before)
        change(entries)
        write_wacz(path, entries, None if told else before)

    return do


def _in(start: str, change: Callable[[bytes], bytes]) -> Callable[[dict[str, bytes]], None]:
    def do(entries: dict[str, bytes]) -> None:
        for name in entries:
            if name.startswith(start):
                entries[name] = change(entries[name])

    return do


def _drop(start: str) -> Callable[[dict[str, bytes]], None]:
    def do(entries: dict[str, bytes]) -> None:
        for name in [name for name in entries if name.startswith(start)]:
            del entries[name]

    return do


def _deflated(path: Path) -> None:
    entries = _entries(path)
    write_wacz(path, entries)
    with zipfile.ZipFile(path) as archive:
        rest = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in rest.items():
            archive.writestr(name, data)


def _raw(change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(change(path.read_bytes()))


def _flip_byte(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


def _bomb(path: Path) -> None:
    entries = {**_entries(path), "pages/bomb.jsonl": bytes(1100 * 1024**2)}
    package = {name: data for name, data in entries.items() if name != "pages/bomb.jsonl"}
    write_wacz(path, package)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("pages/bomb.jsonl", entries["pages/bomb.jsonl"])


WACZ_DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "wacz: a changed WARC": (_wacz(_in("archive/", lambda data: _flip_byte(data, 700)), told=False), "digest that the package"),
    "wacz: a changed WARC, told": (_wacz(_in("archive/", lambda data: _flip_byte(data, 700)), told=True), "gzip member"),
    "wacz: a changed page": (_wacz(_in("pages/", lambda data: data.replace(b"Post", b"Past")), told=False), "digest that the package"),
    "wacz: a changed index": (_wacz(_in("indexes/", lambda data: data.replace(b'"200"', b'"404"', 1)), told=True), "Its status"),
    "wacz: no pages": (_wacz(_drop("pages/"), told=True), "WACZ 1.1.1 demands it"),
    "wacz: no index": (_wacz(_drop("indexes/"), told=True), "holds no index"),
    "wacz: no WARC": (_wacz(_drop("archive/"), told=True), "holds no WARC file"),
    "wacz: a file missing": (_wacz(_drop("dataset/"), told=False), "but it is not there"),
    "wacz: a file too many": (_wacz(lambda entries: entries.update(x=b"y"), told=False), "does not name the file"),
    "wacz: a name that leads out": (_wacz(lambda entries: entries.update({"../x": b"y"}), told=True), "leads out"),
    "wacz: pages without their first line": (_wacz(_in("pages/", lambda data: data.split(b"\n", 1)[1]), told=True), "format and id"),
    "wacz: a page that was not captured": (_wacz(_in("pages/", lambda data: data.replace(b"T07:08", b"T07:09")), told=True), "no capture of"),
    "wacz: no profile": (lambda path: write_wacz(path, _entries(path), profile="x"), "profile"),
    "wacz: no version": (lambda path: write_wacz(path, _entries(path), wacz_version=None), "wacz_version"),
    "wacz: WARC compressed again": (_deflated, "compressed once more"),
    "wacz: cut": (_raw(lambda data: data[:-200]), "no WACZ"),
    "wacz: bytes behind": (_raw(lambda data: data + b"garbage"), "behind the end"),
    "wacz: another number of files": (_raw(lambda data: data[:-12] + b"\x05\0" + data[-10:]), "its directory names"),
    "wacz: bytes before": (_raw(lambda data: b"garbage" * 9 + data), "belong to no file"),
    "wacz: a bit of a file's own head": (_raw(lambda data: _flip_byte(data, 10)), "own head differs"),
    "wacz: a bit of the description": (_raw(lambda data: data.replace(b'"1.1.1"', b'"1.1.3"')), "cannot be read whole"),
    "wacz: a bomb": (_bomb, "would inflate"),
}  # fmt: skip
