"""The lists of pages (WACZ 1.1.1): is each line whole, and does each page lead to a capture?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO

from cluster_archive.archive.heads import digits
from cluster_archive.archive.records import Fault
from cluster_archive.archive.verify.findings import fault
from cluster_archive.archive.verify.holdings import Holdings

MAX_TEXT = 64 * 1024**2
"""Bytes of the largest description that is read into memory."""


def verify_pages(file: IO[bytes], name: str, holdings: Holdings, *, ours: bool, again: str) -> Iterator[Fault]:
    """The faults of a list of pages: a line about the list, then a line a page; `again` says how to make it again.

    Others may name pages by the time when a browser opened them, which is that of no record.
    """
    offset, is_first = 0, True
    while line := file.readline(MAX_TEXT):
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict):
            yield fault(name, offset, "The line is no JSON object.", again)
        elif is_first:
            if not str(told.get("format")).startswith("json-pages-") or not told.get("id"):
                yield fault(name, offset, "It does not begin with a line that tells its format and id.", again)
        elif not (isinstance(url := told.get("url"), str) and isinstance(time := told.get("ts"), str)):
            yield fault(name, offset, "The page has no url or no ts.", again)
        elif ours and hash((url, digits(time))) not in holdings.captured:
            yield fault(name, offset, f"There is no capture of {url[:120]} at {time[:30]}.", again)
        is_first = False
        offset += len(line)
    if is_first:
        yield fault(name, 0, "It is empty.", again)
