"""The reading room's pages: a room and what is asked for in, HTML out; all that comes from captured pages is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC
from functools import cache
from itertools import groupby
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from cluster_archive import __version__
from cluster_archive.archive import read_checks
from cluster_archive.items import Article
from cluster_archive.report import read_reports
from cluster_archive.urls import readable_path
from cluster_archive.web import texts
from cluster_archive.web.catalogue import Catalogue, Entry, words_of
from cluster_archive.web.records import Held, captures_of
from cluster_archive.web.room import Room
from cluster_archive.web.visit import NotHere, Visit

PER_PAGE = 24
_SNIPPET = 110
_EXCERPT = 420


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("cluster_archive", "templates/web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["readable"] = readable_address
    environment.filters["marked"] = marked
    environment.tests["linkable"] = lambda url: str(url).startswith(("http://", "https://"))
    return environment


def render(name: str, room: Room, visit: Visit, **values: Any) -> str:
    """A page from its template."""
    return (
        _environment()
        .get_template(name)
        .render(visit=visit, say=visit.say, room=room, languages=texts.LANGUAGES, software=__version__, **values)
    )


def readable_address(url: str) -> str:
    """An address as people read it: without its scheme, percent-encoding decoded, nothing unprintable."""
    host = url.partition("://")[2].partition("/")[0] or url
    readable = host + readable_path(url) if "://" in url else url
    return "".join(one if one.isprintable() else "\ufffd" for one in readable)


def marked(text: str, wanted: Sequence[str]) -> list[tuple[str, bool]]:
    """A text in pieces, each with whether it is one of the words looked for."""
    pattern = _pattern(wanted)
    if pattern is None:
        return [(text, False)]
    return [(piece, bool(number % 2)) for number, piece in enumerate(pattern.split(text)) if piece]


def _pattern(wanted: Sequence[str]) -> re.Pattern[str] | None:
    if not wanted:
        return None
    each = (r"\s+".join(map(re.escape, word.split())) for word in sorted(wanted, key=len, reverse=True))
    return re.compile(f"({'|'.join(each)})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An article in a list."""

    entry: Entry
    """The article."""
    text: str
    """How it begins, or the part that was found."""
    bounds: str
    """What is known of its day, where it has none."""
    picture: int | None
    """Number of its first picture that was captured."""


def list_page(room: Room, visit: Visit) -> str:
    """The articles by date, or those that were looked for. Raises NotHere for a page past the end."""
    catalogue = room.catalogue()
    if catalogue is None or not len(catalogue):
        return render("empty.html.j2", room, visit)
    query = visit.get("q").strip()
    wanted = words_of(query)
    chosen = [place for place in catalogue.search(wanted) if _is_wanted(catalogue.entries[place], visit)]
    number = int(visit.get("page")) if re.fullmatch(r"[1-9]\d{0,6}", visit.get("page")) else 1
    pages = max(1, -(-len(chosen) // PER_PAGE))
    if number > pages:
        raise NotHere(visit.path)
    shown = chosen[(number - 1) * PER_PAGE : number * PER_PAGE]
    cards = [_card(catalogue, catalogue.entries[place], visit, wanted) for place in shown]
    years = [(year, list(group)) for year, group in groupby(cards, key=lambda card: (card.entry.day or "")[:4])]
    return render(
        "list.html.j2",
        room,
        visit,
        catalogue=catalogue,
        query=query,
        wanted=wanted,
        cards=cards,
        years=years,
        found=len(chosen),
        number=number,
        pages=pages,
        is_filtered=any(visit.get(name) for name in ("language", "category", "year")),
    )


def _is_wanted(entry: Entry, visit: Visit) -> bool:
    language, category, year = visit.get("language"), visit.get("category"), visit.get("year")
    return (
        (not language or entry.language == language)
        and (not category or category in entry.categories)
        and (not year or (entry.day or "").startswith(year))
    )


def _card(catalogue: Catalogue, entry: Entry, visit: Visit, wanted: Sequence[str]) -> Card:
    article = catalogue.article(entry)
    if article is None:
        return Card(entry=entry, text="", bounds="" if entry.day else visit.say("no_date"), picture=None)
    captured = (number for number, image in enumerate(article.images) if image.warc_record_id)
    return Card(
        entry=entry,
        text=_found_part(article, wanted) if wanted else _beginning(article),
        bounds=visit.bounds(article) if entry.day is None else "",
        picture=next(captured, None),
    )


def _beginning(article: Article) -> str:
    text = " ".join((article.summary or article.body).split())
    return text if len(text) <= _EXCERPT else text[:_EXCERPT].rpartition(" ")[0] + " …"


def _found_part(article: Article, wanted: Sequence[str]) -> str:
    """The text around the first word that was found; how it begins where none stands in the text."""
    text = " ".join(article.body.split())
    pattern = _pattern(wanted)
    hit = pattern.search(text) if pattern else None
    if hit is None:
        return _beginning(article)
    start, stop = max(0, hit.start() - _SNIPPET), hit.end() + _SNIPPET
    before = text[start : hit.start()].partition(" ")[2] if start else text[: hit.start()]
    after = text[hit.end() : stop].rpartition(" ")[0] + " …" if stop < len(text) else text[hit.end() :]
    return ("… " if start else "") + before + hit[0] + after


Kind = Literal["text", "list", "table"]


def blocks_of(body: str) -> list[tuple[Kind, list[list[str]]]]:
    """The body's blocks: a text with its lines, a list with its items, a table with the cells of its rows."""
    made: list[tuple[Kind, list[list[str]]]] = []
    for block in body.split("\n\n"):
        lines = block.split("\n")
        if block.startswith("- "):
            item = [lines[0][2:], *lines[1:]]
            if made and made[-1][0] == "list":
                made[-1][1].append(item)
            else:
                made.append(("list", [item]))
        elif len(lines) > 1 and all(" | " in line for line in lines):
            made.append(("table", [line.split(" | ") for line in lines]))
        elif block.strip():
            made.append(("text", [lines]))
    return made


def article_page(room: Room, visit: Visit, article_id: str) -> str:
    """One article with its evidence. Raises NotHere where there is none of that id."""
    catalogue, place = _found(room, article_id)
    entries, article = catalogue.entries, article_of(room, article_id)
    held = captures_of(room.index(), article.url)
    evidence = [(part.name, getattr(article.provenance, part.name)) for part in fields(article.provenance)]
    return render(
        "article.html.j2",
        room,
        visit,
        article=article,
        blocks=blocks_of(article.body),
        evidence=evidence,
        issues=[(issue, texts.ISSUES[visit.language].get(issue.code, issue.code)) for issue in article.issues],
        captures=_with_changes(held),
        documents=[bool(captures_of(room.index(), one.url)) for one in article.attachments],
        newer=entries[place - 1] if place else None,
        older=entries[place + 1] if place + 1 < len(entries) else None,
    )


def _with_changes(held: Iterable[Held]) -> list[tuple[Held, bool]]:
    """The captures, newest first, each with whether its content differs from the one before."""
    told, before = [], None
    for one in held:
        told.append((one, one.digest != before))
        before = one.digest
    return told[::-1]


def _found(room: Room, article_id: str) -> tuple[Catalogue, int]:
    catalogue = room.catalogue()
    place = catalogue.place_of(article_id) if catalogue else None
    if catalogue is None or place is None:
        raise NotHere(article_id)
    return catalogue, place


def article_line(room: Room, article_id: str) -> bytes:
    """The article's line of the dataset. Raises NotHere."""
    catalogue, place = _found(room, article_id)
    return catalogue.line(catalogue.entries[place])


def article_of(room: Room, article_id: str) -> Article:
    """The article. Raises NotHere."""
    catalogue, place = _found(room, article_id)
    article = catalogue.article(catalogue.entries[place])
    if article is None:
        raise NotHere(article_id)
    return article


def replay_page(room: Room, visit: Visit, article_id: str, frame: str | None) -> str:
    """The page around a captured page, which is shown in a frame of another origin. Raises NotHere."""
    article = article_of(room, article_id)
    held = captures_of(room.index(), article.url)
    timestamp = replay_time(article, held, visit.get("at"))
    return render("replay.html.j2", room, visit, article=article, captures=held[::-1], timestamp=timestamp, frame=frame)


def replay_time(article: Article, held: Sequence[Held], wanted: str) -> str | None:
    """The time of the capture to show: the one asked for, else that which the article was read from, else the newest."""
    times = [one.timestamp for one in held]
    if wanted in times:
        return wanted
    read_from = article.warc.captured_at.astimezone(UTC).strftime("%Y%m%d%H%M%S") if article.warc else ""
    return read_from if read_from in times else times[-1] if times else None


def about_page(room: Room, visit: Visit) -> str:
    """What the collection holds, how it came about, and what can be taken away."""
    catalogue = room.catalogue()
    days = [entry.day for entry in catalogue.entries if entry.day] if catalogue else []
    return render(
        "about.html.j2",
        room,
        visit,
        catalogue=catalogue,
        span=(days[-1], days[0]) if days else None,
        runs=list(read_reports(room.collection.runs))[:-21:-1],
        warcs=[(path.name, path.stat().st_size) for path in room.warcs()],
        dataset=room.articles.stat().st_size if room.articles.is_file() else None,
        package=room.package.stat().st_size if room.package.is_file() else None,
        check=next(reversed(read_checks(room.collection)), None),
    )


def error_page(room: Room, visit: Visit, status: int) -> str:
    """What is said where a page cannot be had."""
    key = f"error_{status}" if f"error_{status}" in texts.TEXTS["en"] else "error_other"
    return render("error.html.j2", room, visit, status=status, told=visit.say(key))
