"""JSON Lines that load anywhere: whole lines, every key, one type a column, no raw line separators."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from cluster_archive.files import make_folder, replacing, writing
from cluster_archive.items import Article, from_json, to_json

_SEPARATORS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")


def article_line(article: Article) -> str:
    """The line of an article, with its line break: UTF-8 text, U+0085, U+2028 and U+2029 escaped, no lone surrogate."""
    text = json.dumps(to_json(article), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _LONE_SURROGATES.sub("\ufffd", text).translate(_SEPARATORS) + "\n"


def write_jsonl(path: Path, articles: Iterable[Article]) -> int:
    """Writes the lines into a temporary file and renames it, so that the dataset is never torn; how many lines.

    Raises ArchiveNotWritable; then the file that was there before is still there.
    """
    count = 0
    with writing_jsonl(path) as write:
        for article in articles:
            write(article)
            count += 1
    return count


@contextmanager
def writing_jsonl(path: Path) -> Iterator[Callable[[Article], None]]:
    """A function that adds a line to a temporary file, which takes the place of the old file at the end; raises
    ArchiveNotWritable, and then the old file is still there."""
    with writing(f"The dataset {path}"):
        make_folder(path.parent)
        with replacing(path) as file:
            yield lambda article: _add(file, article)


def _add(file: BinaryIO, article: Article) -> None:
    file.write(article_line(article).encode())


def read_jsonl(path: Path) -> Iterator[Article]:
    """The articles of a file that `write_jsonl` wrote."""
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield from_json(Article, json.loads(line))
