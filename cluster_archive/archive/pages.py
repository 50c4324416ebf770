"""Pages: the list of pages that people begin with in a replay (WACZ 1.1.1, `pages/pages.jsonl`), made from dataset and index."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from cluster_archive.archive.cdxj import look_up, moment_of, read_index, surt_key
from cluster_archive.archive.collection import Collection
from cluster_archive.files import make_folder, write_atomically, writing
from cluster_archive.sites import Site

PAGES = "pages.jsonl"
EXTRA_PAGES = "extraPages.jsonl"

_HTML = ("text/html", "application/xhtml+xml")
_SEPARATORS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def write_pages(folder: Path, *, articles: Path, index: Path, entries: Sequence[str], title: str) -> None:
    """Writes `pages.jsonl` and, for what else was captured as HTML, `extraPages.jsonl`; raises OSError.

    The first list has `entries` as far as they were captured (the front page, lists of posts), then the dataset's articles
    with their text, so that a replay can be searched. `ts` is the time of the record that holds the page, in
    seconds: with it and the address a replay finds the capture. An address is listed once, with its last capture.
    """
    listed: set[str] = set()
    make_folder(folder)
    first = _entries(index, entries, title, listed)
    write_atomically(
        folder / PAGES,
        _lines("pages", title, True, (page for part in (first, _articles(articles, listed)) for page in part)),
    )
    others = _others(index, listed)
    first_other = next(others, None)
    if first_other is None:
        (folder / EXTRA_PAGES).unlink(missing_ok=True)
        return

    def again() -> Iterator[dict[str, Any]]:
        yield first_other
        yield from others

    write_atomically(folder / EXTRA_PAGES, _lines("extraPages", "Other pages", False, again()))


def write_collection_pages(collection: Collection, site: Site) -> None:
    """Writes a collection's lists of pages; raises ArchiveNotWritable."""
    with writing(f"The lists of pages in {collection.pages}"):
        write_pages(
            collection.pages,
            articles=collection.dataset / "articles.jsonl",
            index=collection.index,
            entries=entries_of(site),
            title=site.title,
        )


def entries_of(site: Site) -> list[str]:
    """Where people begin to look at a site: its front page, then the pages and lists that the crawl began with."""
    return [site.home, *(seed.url for seed in site.seeds if seed.kind in ("page", "listing"))]


def read_pages(path: Path) -> Iterator[dict[str, Any]]:
    """The pages of a list, without its header."""
    with path.open("rb") as file:
        for line in file:
            page = json.loads(line)
            if "url" in page:
                yield page


def _lines(name: str, title: str, has_text: bool, pages: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    yield _line({"format": "json-pages-1.0", "id": name, "title": title, "hasText": has_text})
    for page in pages:
        yield _line(page)


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).translate(_SEPARATORS).encode("utf-8", "replace") + b"\n"


def _entries(index: Path, addresses: Sequence[str], title: str, listed: set[str]) -> Iterator[dict[str, Any]]:
    for number, address in enumerate(addresses):
        page = next((found for found in reversed(look_up(index, address)) if _is_page(found)), None)
        if page is not None and (key := surt_key(address)) not in listed:
            listed.add(key)
            yield _page(page, title if number == 0 else unquote(page["url"]))


def _articles(articles: Path, listed: set[str]) -> Iterator[dict[str, Any]]:
    if not articles.exists():
        return
    with articles.open("rb") as file:
        for line in file:
            article = json.loads(line)
            if article.get("warc") is None:
                continue
            listed.add(surt_key(article["url"]))
            texts = (article["title"], article["summary"], article["body"], *article["key_takeaways"])
            kept = [
                text
                for number, text in enumerate(texts)
                if text and not any(text in other for other in texts[:number] if other)
            ]
            yield {
                "id": article["id"],
                "url": article["url"],
                "ts": article["warc"]["captured_at"][:19] + "Z",
                "title": article["title"] or article["url"],
                "text": "\n".join(kept),
            }


def _others(index: Path, listed: set[str]) -> Iterator[dict[str, Any]]:
    for url_key, captures in groupby(read_index(index), lambda fields: surt_key(fields["url"])):
        page = None
        for fields in captures:
            page = fields if _is_page(fields) else page
        if page is not None and url_key not in listed:
            yield _page(page, unquote(page["url"]))


def _is_page(fields: dict[str, str]) -> bool:
    return fields.get("status") == "200" and fields.get("mime", "").lower() in _HTML


def _page(fields: dict[str, str], title: str) -> dict[str, Any]:
    return {"url": fields["url"], "ts": f"{moment_of(fields['timestamp']):%Y-%m-%dT%H:%M:%SZ}", "title": title}
