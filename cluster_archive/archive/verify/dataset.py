"""The dataset's lines: is each whole and of its schema, and does it lead to the record that it names?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from types import UnionType
from typing import IO, Any, Literal, Union, get_args, get_origin, get_type_hints

from cluster_archive.archive.members import FETCH
from cluster_archive.archive.records import Fault
from cluster_archive.archive.verify.findings import fault
from cluster_archive.archive.verify.holdings import GONE, Holdings, exact
from cluster_archive.items import SCHEMA_VERSION, Article, content_hash, word_count
from cluster_archive.urls import url_id

AGAIN = "Make the dataset again with `extract`."
MISSING = f"{FETCH} Made again without it, the dataset lacks what it holds."
MAX_LINE = 256 * 1024**2


ARTICLES, VERSIONS = "articles.jsonl", "versions.jsonl"


def verify_dataset(file: IO[bytes], name: str, holdings: Holdings, ids: dict[str, set[int]]) -> Iterator[Fault]:
    """The faults of `articles.jsonl`, or of `versions.jsonl`, where an article has a line for each version, oldest first.

    Hashes of the ids of its articles go into `ids`, by the name of the file.
    """
    is_versions = name.rpartition("/")[2] == VERSIONS
    offset, previous, seen = 0, ("", ""), ids.setdefault(name.rpartition("/")[2], set())
    while line := file.readline(MAX_LINE):
        faults = [] if line.endswith(b"\n") else ["The line has no end."]
        try:
            article = json.loads(line)
        except (ValueError, RecursionError):
            article = None
        if isinstance(article, dict):
            faults += [*_check_line(article), *_check_pointer(article, holdings), *_check_pictures(article, holdings)]
            article_id, place = hash(str(article.get("id"))), _place(article, is_versions)
            if article_id in seen and not (is_versions and place[0] == previous[0]):
                faults.append("An article of that id stands before it.")
            if place < previous:
                faults.append("The lines are out of order.")
            seen.add(article_id)
            previous = place
        else:
            faults.append("The line is no JSON object.")
        for what in faults:
            yield fault(name, offset, what, MISSING if what.endswith(GONE) else AGAIN)
        offset += len(line)


def verify_same_articles(name: str, ids: dict[str, set[int]]) -> Iterator[Fault]:
    """Whether `articles.jsonl` and `versions.jsonl`, if both are there, have the same articles; `name` is that of the former."""
    if {ARTICLES, VERSIONS} <= ids.keys() and (alone := ids[ARTICLES] ^ ids[VERSIONS]):
        what = f"{len(alone)} article(s) stand only in one of {ARTICLES} and {VERSIONS}."
        yield fault(name, None, what, AGAIN)


def _place(article: dict[str, Any], is_versions: bool) -> tuple[str, str]:
    """What the lines are ordered by: the address, and of versions the time too."""
    return str(article.get("canonical_url")), str(article.get("first_seen_at")) if is_versions else ""


def _check_line(article: dict[str, Any]) -> Iterator[str]:
    """What the line says that cannot be, whatever the archive holds."""
    if article.get("schema_version") != SCHEMA_VERSION:
        yield f"Its schema_version is {article.get('schema_version')!r}, not {SCHEMA_VERSION!r}."
        return
    wrong = next(misfits(Article, article), None)
    if wrong is not None:
        yield f"It is not of the schema: {wrong}."
        return
    if article["id"] != url_id(article["canonical_url"]):
        yield "Its id is not that of its canonical_url."
    if "\ufffd" in article["title"] + article["body"]:
        pass  # what the line could not hold (a lone surrogate) was in the sums
    elif article["content_hash"] != content_hash(article["title"], article["body"], article["key_takeaways"]):
        yield "Its content_hash is not that of its title, body and key_takeaways."
    elif article["word_count"] != word_count(article["body"]):
        yield "Its word_count is not that of its body."
    if [image["url"] for image in article["images"]] != article["image_links"]:
        yield "Its image_links and images differ."


def _check_pointer(article: dict[str, Any], holdings: Holdings) -> Iterator[str]:
    ref = article.get("warc")
    if not isinstance(ref, dict) or not isinstance(ref.get("file"), str) or not isinstance(ref.get("offset"), int):
        yield "It has no pointer into the archive."
        return
    names = ("file", "offset", "length", "record_id", "payload_digest", "captured_at", "status")
    told = {name: ref.get(name) for name in names}
    if any(isinstance(value, (dict, list)) for value in told.values()):
        return  # told already: it is not of the schema
    if hash(tuple(told.values())) in holdings.pointers:
        if hash((told["record_id"], article.get("url"))) not in holdings.captured:
            yield f"It points at {ref['file']}:{ref['offset']}, which is no capture of its url."
        return
    at = f"{ref['file']}:{ref['offset']}"
    record = holdings.look(ref["file"], ref["offset"])
    if record is None:
        yield f"It points at {at}, where no response begins{'.' if ref['file'] in holdings.files else GONE}"
        return
    stands = {
        "length": record.length,
        "record_id": record.record_id,
        "payload_digest": record.get("WARC-Payload-Digest") or told["payload_digest"],
        "captured_at": exact(record.get("WARC-Date") or ""),
    }
    differ = [name for name, value in stands.items() if told[name] != value]
    if record.type not in ("response", "resource", "conversion"):
        yield f"It points at {at}, which is no response but of type {record.type!r}."
    elif differ:
        yield f"It points at {at}, but has another {', '.join(differ)}."
    elif record.type == "response" and record.block[9:12] != str(told["status"]).encode():
        yield f"It points at {at}, but has another status."


def _check_pictures(article: dict[str, Any], holdings: Holdings) -> Iterator[str]:
    for name in ("images", "attachments"):
        for one in article.get(name) or ():
            record_id = one.get("warc_record_id") if isinstance(one, dict) else None
            if record_id is not None and hash(record_id) not in holdings.pictures:
                yield f"One of its {name} is said to be in {str(record_id)[:80]}, which is no response in the archive."


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def misfits(kind: Any, value: Any, where: str = "the line") -> Iterator[str]:
    """Where a JSON value is not what `items.to_json` makes of that type, in a few words each."""
    if get_origin(kind) in (Union, UnionType):
        if value is not None:
            yield from misfits(next(one for one in get_args(kind) if one is not type(None)), value, where)
    elif get_origin(kind) is tuple:
        if not isinstance(value, list):
            yield f"{where} is no list"
            return
        for inner in value:
            yield from misfits(get_args(kind)[0], inner, where)
    elif get_origin(kind) is Literal:
        if value not in get_args(kind):
            yield f"{where} is {value!r}"
    elif is_dataclass(kind):
        of: Any = kind  # for mypy a dataclass is nothing to be cached by
        names = [part.name for part in fields(kind)]
        if not isinstance(value, dict):
            yield f"{where} is no object"
        elif set(value) != set(names):
            yield f"{where} has other keys ({', '.join(sorted(set(value) ^ set(names)))[:120]})"
        else:
            for name in names:
                yield from misfits(_hints(of)[name], value[name], name)
    elif not _is_scalar(kind, value):
        yield f"{where} is {str(value)[:40]!r}"


def _is_scalar(kind: Any, value: Any) -> bool:
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if not isinstance(value, str):
        return False
    if kind not in (date, datetime):
        return True
    try:
        made = datetime.fromisoformat(value) if kind is datetime else date.fromisoformat(value)
    except ValueError:
        return False
    return kind is not datetime or (value.endswith("Z") and made is not None)
