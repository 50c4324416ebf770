"""Catalogue: a dataset opened for readers: articles by date, counts to choose from, and search, without keeping the bodies."""

from __future__ import annotations

import json
import mmap
import os
import re
import tempfile
import unicodedata
import weakref
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from sys import intern
from typing import Any

from cluster_archive.items import Article, from_json

MAX_WORDS = 8
"""Words of a query that count."""

MAX_QUERY = 200
"""Characters of a query that count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is kept in memory of an article."""

    id: str
    """Its `id`."""
    title: str
    """Its `title`."""
    day: str | None
    """Its `date`, ``YYYY-MM-DD``."""
    language: str | None
    """Its `language`."""
    categories: tuple[str, ...]
    """Its `categories`."""
    offset: int
    """First byte of its line in the dataset."""
    length: int
    """Bytes of the line."""


def fold(text: str) -> str:
    """A text as search compares it: no matter the case, the composition of letters, and the kind of white space."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def words_of(query: str) -> tuple[str, ...]:
    """The words that a query asks for, folded; what stands in quotation marks is one."""
    parts = re.findall(r'"([^"]+)"|([^\s"]+)', query[:MAX_QUERY].replace("\0", " "))
    folded = (fold(phrase or word) for phrase, word in parts)
    return tuple(dict.fromkeys(word for word in folded if word))[:MAX_WORDS]


class Catalogue:
    """A dataset as it stood when it was opened; a crawl that writes a new one does not disturb it."""

    def __init__(self, path: Path) -> None:
        """Reads the dataset once. Raises OSError where there is none."""
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)
        self.entries: list[Entry] = []
        """All articles, the newest first; those without a day last."""
        self.unreadable = 0
        """Lines that are no article."""
        with tempfile.TemporaryFile(prefix="cluster-archive-") as text:
            read, starts = self._read(path, text)
            size = text.tell()
            text.flush()
            self._text: mmap.mmap | bytes = mmap.mmap(text.fileno(), size, prot=mmap.PROT_READ) if size else b""
        order = sorted(range(len(read)), key=lambda number: read[number][0], reverse=True)
        self.entries = [read[number][1] for number in order]
        self._starts = starts
        self._place = array("Q", bytes(8 * len(read)))
        for place, number in enumerate(order):
            self._place[number] = place
        self._by_id = {entry.id: place for place, entry in enumerate(self.entries)}
        self.years = Counter(entry.day[:4] for entry in self.entries if entry.day)
        """Articles by year."""
        self.languages = Counter(entry.language for entry in self.entries if entry.language)
        """Articles by language."""
        self.categories = Counter(name for entry in self.entries for name in entry.categories)
        """Articles by category."""

    def _read(self, path: Path, text: Any) -> tuple[list[tuple[tuple[str, ...], Entry]], array[int]]:
        """The entries in the file's order with what they are sorted by; the folded texts go into `text`."""
        read: list[tuple[tuple[str, ...], Entry]] = []
        starts, offset = array("Q"), 0
        with path.open("rb") as file:
            for line in file:
                try:
                    sort_key, entry, words = _entry(json.loads(line), offset, len(line))
                except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                    self.unreadable += 1
                else:
                    read.append((sort_key, entry))
                    starts.append(text.tell())
                    text.write(words.encode("utf-8", "replace") + b"\0")
                offset += len(line)
        starts.append(text.tell())
        return read, starts

    def __len__(self) -> int:
        return len(self.entries)

    def place_of(self, article_id: str) -> int | None:
        """Where an article stands in `entries`."""
        return self._by_id.get(article_id)

    def line(self, entry: Entry) -> bytes:
        """The article's line of the dataset."""
        return os.pread(self._file, entry.length, entry.offset)

    def article(self, entry: Entry) -> Article | None:
        """The article, read from its line; None where the line is of another schema."""
        try:
            return from_json(Article, json.loads(self.line(entry)))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def search(self, words: Sequence[str]) -> list[int]:
        """Places in `entries` of the articles that have all the words, in title, text or takeaways; those that have them
        in the title come first. No words find all."""
        if not words:
            return list(range(len(self.entries)))
        places = sorted(self._place[number] for number in self._having([word.encode() for word in words]))

        def elsewhere(place: int) -> bool:
            title = fold(self.entries[place].title)
            return not all(word in title for word in words)

        return sorted(places, key=elsewhere)

    def _having(self, words: Sequence[bytes]) -> Iterator[int]:
        """Numbers of the texts that have all the words: the longest is looked for through all texts at once."""
        longest = max(words, key=len)
        at = self._text.find(longest)
        while at >= 0:
            number = bisect_right(self._starts, at) - 1
            start, stop = self._starts[number], self._starts[number + 1]
            if all(self._text.find(word, start, stop) >= 0 for word in words):
                yield number
            at = self._text.find(longest, stop)


def _entry(line: dict[str, Any], offset: int, length: int) -> tuple[tuple[str, ...], Entry, str]:
    """What an article is sorted by, its entry, and its words."""
    entry = Entry(
        id=str(line["id"]),
        title=line["title"] + "",
        day=line["date"],
        language=intern(line["language"]) if line["language"] else None,
        categories=tuple(map(intern, line["categories"])),
        offset=offset,
        length=length,
    )
    known = line["date"] or line["date_not_after"] or line["date_not_before"] or ""
    sort_key = ("1" if line["date"] else "0", known, line["published_at"] or "", line["canonical_url"])
    parts = (line["title"], line["body"], *line["key_takeaways"], *line["authors"], *line["categories"], *line["tags"])
    return sort_key, entry, fold("\n".join(parts))
