"""How well and how fast text, dates, pictures and takeaways are extracted, beside the peers, on the same pages.

    python bench/extraction.py                       the table: the corpus and the demo site, with the peers installed
    python bench/extraction.py --peers trafilatura   beside one peer
    python bench/extraction.py --gate                fails (exit code 1) where a figure fell below bench/floors.json
    python bench/extraction.py --update              raises the floors to what was measured; lower them only by hand

The corpus has its own scorer, which is used as it is. Times are CPU milliseconds; each system has a process of its own.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import importlib.util
import json
import math
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.request import urlopen

from peers import Prediction, peers

from cluster_archive.captures import Capture
from cluster_archive.demo import Parts, serve
from cluster_archive.document import part_links, read_document
from cluster_archive.document.encoding import page_in_utf8
from cluster_archive.extract import extract_any
from cluster_archive.items import Article
from cluster_archive.sites import Site, site_for_url, site_of

HERE = Path(__file__).resolve().parent
FLOORS = HERE / "floors.json"
OURS = "cluster_archive"
UNKNOWN = "http://page.invalid/"
NOW = datetime(2026, 11, 1, tzinfo=UTC)  # later than any page of the corpus


@dataclass(frozen=True, slots=True)
class Page:
    """A page with what is right for it."""

    id: str
    url: str | None
    html: bytes
    site: Site
    truth: dict[str, Any]


def corpus_pages(folder: Path) -> Iterator[Page]:
    """The pages of the corpus; no site's corrections are known for them."""
    for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        truth = json.loads(line)
        html = gzip.decompress((folder / truth["html"]).read_bytes())
        yield Page(truth["id"], truth["url"], html, site_for_url(truth["url"] or UNKNOWN), truth)


def demo_pages() -> Iterator[Page]:
    """The posts of the demo site, read with generic rules alone."""
    with serve(Parts(), ports=(0, 0, 0)) as demo:
        timezone = site_of(
            demo.toml((HERE.parent / "cluster_archive/sites/demo.toml").read_text("utf-8")), "demo"
        ).timezone
        for truth in demo.truth():
            with urlopen(truth.url) as answer:
                html = answer.read()
            document = read_document(capture_of(truth.url, html))
            if document is None or part_links(document):  # the rest of its text is on other pages
                continue
            told = truth.page_shows_date or f"{truth.date:/%Y/%m/%d/}" in truth.url
            right = {
                "fields": ["title", "date", "body", "images", "takeaways" if truth.key_takeaways else "no_takeaways"],
                "source": "demo",
                "lang": truth.language,
                "url": truth.url,
                "title": truth.title,
                "date": truth.date.isoformat() if told else None,
                "body": plain(truth.body),
                "images": [{"urls": [link], "lead": at == 0} for at, link in enumerate(truth.image_links)],
                "takeaways": {"items": list(truth.key_takeaways)},
            }
            generic = site_for_url(truth.url)
            site = Site(**{name: getattr(generic, name) for name in generic.__slots__} | {"timezone": timezone})
            yield Page(f"demo{truth.url}", truth.url, html, site, right)


def plain(body: str) -> str:
    """A body without the marks of the dataset's format: dashes of items, bars between cells."""
    lines = (line.removeprefix("- ") for line in body.split("\n"))
    return "\n".join(line.replace(" | ", " ") for line in lines)


def capture_of(url: str, html: bytes) -> Capture:
    """A page as if it had been captured."""
    return Capture(url=url, status=200, headers=(("Content-Type", "text/html"),), payload=html, captured_at=NOW)


def ours(page: Page) -> Prediction:
    """What this project extracts."""
    capture = capture_of(page.url or UNKNOWN, page.html)
    document = read_document(capture)
    if document is None:
        return {}
    article: Article = extract_any(capture, page.site, document)
    return {
        "title": article.title,
        "date": article.date.isoformat() if article.date else None,
        "body": article.body,
        "images": list(article.image_links),
        "takeaways": list(article.key_takeaways),
    }


def measure(pages: Sequence[Page], systems: Iterable[str]) -> tuple[dict[str, dict[str, Prediction]], dict[str, float]]:
    """Predictions by system and page, and CPU seconds by system: each system in a process of its own, one after another,
    so that none pays for what another one left in memory and in the processor's caches."""
    predictions: dict[str, dict[str, Prediction]] = {}
    seconds: dict[str, float] = {}
    for name in systems:
        with ProcessPoolExecutor(1, get_context("fork"), _hand_over, (pages,)) as process:
            predictions[name], seconds[name] = process.submit(_measure_one, name).result()
    return predictions, seconds


_pages: Sequence[Page] = ()


def _hand_over(pages: Sequence[Page]) -> None:
    global _pages
    _pages = pages


def _measure_one(name: str) -> tuple[dict[str, Prediction], float]:
    """Predictions by page of one system, and the CPU seconds that they took."""
    peer = None if name == OURS else peers([name])[name]
    predictions: dict[str, Prediction] = {}
    seconds = 0.0
    for page in _pages:
        text = page_in_utf8(page.html, None)[0].decode()  # which our own time holds, and a peer's does not
        begin = time.process_time()
        try:
            found = ours(page) if peer is None else peer(text, page.url)
        except Exception:
            if peer is None:
                raise
            found = {}  # a peer may fail in any way
        seconds += time.process_time() - begin
        predictions[page.id] = found | {"body": plain(found["body"])} if peer is None and found else found
    return predictions, seconds


COLUMNS = (
    ("body", "f1", "body F1"),
    ("body", "precision", "P"),
    ("body", "recall", "R"),
    ("segments", "f1", "segments"),
    ("list_items", "recall", "lists"),
    ("title", "exact", "title"),
    ("date", "exact", "date"),
    ("date", "f1", "date F1"),
    ("date", "wrong", "wrong"),
    ("images", "f1", "images"),
    ("lead_image", "exact", "lead"),
    ("takeaways", "f1", "takeaways"),
    ("takeaways", "exact", "exact"),
    ("no_takeaw.", "left_empty", "silence"),
)


def figures(scorer: ModuleType, pages: list[Page], found: dict[str, Prediction]) -> dict[str, float]:
    """The scores of one system by "field measure"."""
    scores = [scorer.score_page(page.truth, found.get(page.id, {})) for page in pages]
    table = scorer.summarise(scores)
    kinds = [score["date"]["kind"] for score in scores if "date" in score]
    if kinds:
        table["date"]["wrong"] = kinds.count("fp") / len(kinds)
    return {f"{field} {name}": table[field][name] for field, name, _ in COLUMNS if field in table}


def show(title: str, rows: dict[str, dict[str, float]], times: dict[str, float]) -> None:
    """One table; a dot where a system has no such field."""
    columns = [column for column in COLUMNS if any(f"{column[0]} {column[1]}" in row for row in rows.values())]
    width = max(map(len, rows))
    print(f"\n{title}")
    print(" " * width, *(f"{name:>9}" for *_, name in columns), f"{'ms/page':>9}" if times else "")
    for system, row in rows.items():
        values = [row.get(f"{field} {name}", 0.0) for field, name, _ in columns]
        cells = [f"{value:9.3f}" if value else f"{'.':>9}" for value in values]
        print(f"{system:<{width}}", *cells, f"{times[system]:9.1f}" if times else "")


def digest_of(folder: Path) -> str:
    """What tells one corpus from another."""
    return hashlib.sha256((folder / "truth.jsonl").read_bytes()).hexdigest()


def gate(measured: dict[str, dict[str, float]], digest: str, *, update: bool) -> int:
    """Compares with the floors, or raises them; the number of figures that fell."""
    kept = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}
    if kept.get("corpus") not in (None, digest):
        print("The corpus is not the one that the floors were measured on; measure it first and write new floors.")
        return 1
    floors = kept.get("floors", {})
    fallen = 0
    for part, row in measured.items():
        for name, value in sorted(row.items()):
            lower_is_better = name == "date wrong"
            known = floors.setdefault(part, {}).get(name)
            value = math.floor(value * 1000) / 1000 if not lower_is_better else math.ceil(value * 1000) / 1000
            if known is not None and (value > known if lower_is_better else value < known):
                fallen += 1
                print(f"{part}: {name} is {value:.3f}, its floor is {known:.3f}")
            elif update:
                floors[part][name] = value
    if update and not fallen:
        said = {"corpus": digest, "floors": floors, "lowered": kept.get("lowered", [])}
        FLOORS.write_text(json.dumps(said, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{fallen} figures below their floors" if fallen else "All figures are at their floors or above.")
    return fallen


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=HERE.parent.parent / "shared" / "corpus")
    parser.add_argument("--peers", nargs="*", default=None, help="names; all by default, none with --gate")
    parser.add_argument("--gate", action="store_true")
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    wanted = options.peers if options.peers is not None else ([] if not (options.gate or options.update) else None)
    compared = peers(wanted) if wanted is not None else {}
    scorer = scorer_of(options.corpus)
    if scorer is None:
        print(f"There is no corpus at {options.corpus}: nothing can be measured without its scorer.")
        return 0
    digest = digest_of(options.corpus)
    parts = {"corpus": list(corpus_pages(options.corpus)), "demo": list(demo_pages())}
    measured: dict[str, dict[str, float]] = {}
    for part, pages in parts.items():
        found, seconds = measure(pages, (OURS, *compared))
        rows = {name: figures(scorer, pages, predictions) for name, predictions in found.items()}
        times = {name: 1000 * spent / len(pages) for name, spent in seconds.items()}
        size = sum(len(page.html) for page in pages) / len(pages) / 1024
        show(f"{part}: {len(pages)} pages of {size:.0f} KB on average", rows, times)
        for name in compared:
            print(f"{OURS} takes 1/{times[name] / times[OURS]:.1f} of {name}'s CPU time")
        if part == "corpus":
            for key, label in (("source", "kind of page"), ("lang", "language")):
                groups = {
                    value: [one for one in pages if one.truth[key] == value]
                    for value in sorted({p.truth[key] for p in pages})
                }
                show(
                    f"{OURS} by {label}",
                    {f"{value} ({len(some)})": figures(scorer, some, found[OURS]) for value, some in groups.items()},
                    {},
                )
        measured[part] = rows[OURS]
    return min(1, gate(measured, digest, update=options.update)) if options.gate or options.update else 0


def scorer_of(folder: Path) -> ModuleType | None:
    """The corpus's own scorer; None where there is no corpus."""
    path = folder / "score.py"
    if not path.exists():
        return None
    spec = importlib.util.spec_from_file_location("score", path)
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(main())
