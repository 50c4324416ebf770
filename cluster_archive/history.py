"""History: the versions of one article and what changed between them, from a collection's `versions.jsonl`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Literal

from cluster_archive.dataset import read_jsonl
from cluster_archive.errors import BadArchive
from cluster_archive.items import Article, to_json
from cluster_archive.urls import article_key

Change = Literal["same", "taken", "put"]

_WORDS = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a text that two versions share, or that only one of them has."""

    text: str
    """The piece, white space included."""
    change: Change
    """``same``, ``taken`` (only in the older) or ``put`` (only in the newer)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A version of an article, and how it differs from the one before."""

    article: Article
    """The version."""
    differences: dict[str, tuple[tuple[Piece, ...], ...]]
    """By field, each block or item that is not the same, word by word."""


def versions_of(dataset: Path, url: str) -> list[Article]:
    """The versions of the article at an address, or of that id, oldest first; raises BadArchive where there is none."""
    path = dataset / "versions.jsonl"
    if not path.exists():
        raise BadArchive(f"{path} is missing; `cluster-archive extract {dataset.parent}` makes it.")
    wanted = article_key(url)
    found = [
        one
        for one in read_jsonl(path)
        if url == one.id or wanted in (article_key(one.url), article_key(one.canonical_url))
    ]
    if not found:
        raise BadArchive(f"{path} has no article at {url}.")
    return found


def history(versions: Sequence[Article]) -> list[Event]:
    """The versions with their differences, in the order given."""
    events = [Event(article=versions[0], differences={})]
    for before, after in itertools.pairwise(versions):
        told = {
            "title": _differences([before.title], [after.title]),
            "date": _differences([str(before.date or "")], [str(after.date or "")]),
            "body": _differences(before.body.split("\n\n"), after.body.split("\n\n")),
            "key_takeaways": _differences(before.key_takeaways, after.key_takeaways),
            "image_links": _differences(before.image_links, after.image_links),
        }
        events.append(Event(article=after, differences={name: pieces for name, pieces in told.items() if pieces}))
    return events


def as_json(events: Sequence[Event]) -> list[dict[str, Any]]:
    """The history as JSON values: each version's times, record and text, and its differences as lists of pieces."""
    names = ("url", "title", "version", "first_seen_at", "last_seen_at", "gone_at", "content_hash", "body", "warc")
    told = []
    for event in events:
        line = to_json(event.article)
        differences = {
            name: [[{"change": piece.change, "text": piece.text} for piece in block] for block in blocks]
            for name, blocks in event.differences.items()
        }
        told.append({**{name: line[name] for name in names}, "differences": differences})
    return told


def _differences(before: Sequence[str], after: Sequence[str]) -> tuple[tuple[Piece, ...], ...]:
    """The blocks that differ: those that stand for one another are compared by words, the others are whole."""
    made: list[tuple[Piece, ...]] = []
    for kind, start, end, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        old, new = before[start:end], after[first:last]
        paired = min(len(old), len(new))
        for one, other in zip(old[:paired], new[:paired], strict=True):
            made.append(tuple(_words(one, other)))
        made += [(Piece(text=one, change="taken"),) for one in old[paired:] if one]
        made += [(Piece(text=one, change="put"),) for one in new[paired:] if one]
    return tuple(made)


def _words(before: str, after: str) -> Iterator[Piece]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    for kind, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Piece(text="".join(old[start:end]), change="same")
            continue
        if start < end:
            yield Piece(text="".join(old[start:end]), change="taken")
        if first < last:
            yield Piece(text="".join(new[first:last]), change="put")
