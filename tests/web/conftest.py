"""A small collection, hostile in its texts, and a reading room over it."""

from __future__ import annotations

import asyncio
import itertools
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from cluster_archive.archive import Collection, WarcWriter, build_index
from cluster_archive.captures import Exchange, RecordRef
from cluster_archive.dataset import write_jsonl
from cluster_archive.items import Article, Attachment, Evidence, Image, Issue, Provenance
from cluster_archive.urls import url_id
from cluster_archive.web.assets import ReplayAssets
from cluster_archive.web.room import Room
from cluster_archive.web.server import Names, reading_app
from cluster_archive.web.stage import replay_app

NOW = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(3)</script></svg>'


def png() -> bytes:
    """A picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    head = struct.pack(">2L5B", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")
    )


def answer(content: bytes, media_type: str, status: str = "200 OK", more: str = "") -> bytes:
    """A response as sent."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\n{more}Content-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


@dataclass
class Made:
    """The collection and its articles."""

    collection: Collection
    articles: dict[str, Article]

    def id(self, name: str) -> str:
        return self.articles[name].id


def _article(name: str, ref: RecordRef | None, **more: Any) -> Article:
    url = f"https://example.org/{name}/"
    given: dict[str, Any] = {
        "id": url_id(url),
        "site": "example",
        "url": url,
        "canonical_url": url,
        "language": "bg",
        "title": name,
        "date": None,
        "published_at": None,
        "modified_at": None,
        "date_source": None,
        "date_not_before": None,
        "date_not_after": None,
        "first_seen_at": NOW,
        "last_seen_at": NOW,
        "warc": ref,
        **more,
    }
    return Article(**given)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Six articles, of which one tries to break out, one has no date, and one was captured twice."""
    root = tmp_path / "example"
    numbers = itertools.count(1)
    writer = WarcWriter(
        root / "archive",
        "example",
        info={"software": "test"},
        now=lambda: NOW,
        record_id=lambda: f"<urn:uuid:00000000-0000-4000-8000-{next(numbers):012d}>",
    )
    writer.add_resource("urn:site", "application/toml", 'title = "Пример <b>"\n'.encode())

    def keep(url: str, response: bytes, days: int = 0) -> RecordRef | None:
        moment = NOW + timedelta(days=days)
        request = b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"
        return writer.write_exchange(
            Exchange(url=url, request=request, response=response, started=moment, ended=moment)
        )

    page = answer(b"<html><body><h1>evil</h1></body></html>", "text/html")
    refs = {name: keep(f"https://example.org/{name}/", page) for name in ("evil", "klaster", "undated", "english")}
    keep("https://example.org/twice/", page)
    refs["twice"] = keep("https://example.org/twice/", answer(b"<p>changed</p>", "text/html"), days=30)
    keep("https://example.org/a.png", answer(png(), "image/png"))
    keep("https://example.org/moved.png", answer(b"", "text/html", "301 Moved", "Location: /a.png\r\n"))
    keep("https://example.org/a.svg", answer(SVG, "image/svg+xml"))
    keep("https://example.org/fake.png", answer(b"<html><script>alert(4)</script>", "image/png"))
    keep("https://example.org/a.pdf", answer(b"%PDF-1.4\n%%EOF\n", "application/pdf"))
    writer.close()
    build_index(Collection(root))

    held = "<urn:uuid:00000000-0000-4000-8000-000000000099>"
    pictures = ("a.png", "moved.png", "a.svg", "fake.png", "absent.png")
    articles = [
        _article(
            "evil",
            refs["evil"],
            title=EVIL,
            body=f"{EVIL}\n\n- {EVIL}\n- two\n\nA | {EVIL}\nB | C",
            key_takeaways=(EVIL,),
            categories=(EVIL, "Новини"),
            authors=(EVIL,),
            summary=EVIL,
            date=date(2017, 11, 14),
            images=tuple(
                Image(url=f"https://example.org/{name}", alt=EVIL, caption=EVIL, warc_record_id=held)
                for name in pictures
            ),
            attachments=(
                Attachment(url="https://example.org/a.pdf", text=EVIL),
                Attachment(url="javascript:alert(5)", text="x"),
            ),
            issues=(Issue(field=EVIL, code=EVIL, detail=EVIL), Issue(field="date", code="sources-disagree")),
            provenance=Provenance(title=Evidence(method=EVIL, selector=EVIL, raw=EVIL, url="javascript:alert(6)")),
        ),
        _article(
            "klaster",
            refs["klaster"],
            title="Клъстерът на изложение",
            body="Членовете се срещнаха в Пловдив.\n\nПриказка за ВОДАТА.",
            date=date(2018, 5, 11),
            categories=("Новини",),
        ),
        _article(
            "undated",
            refs["undated"],
            title="Без ден",
            body="Нещо за клъстера.",
            date_not_before=date(2017, 11, 14),
            date_not_after=date(2017, 12, 18),
        ),
        _article("english", refs["english"], title="Cluster fair", body="Water.", language="en", date=date(2018, 1, 2)),
        _article("twice", refs["twice"], title="Променена", body="Друго.", date=date(2016, 1, 2), version=2),
        _article("lost", None, title="Изгубена", body="Без запис.", date=date(2015, 1, 2)),
    ]
    write_jsonl(root / "dataset" / "articles.jsonl", sorted(articles, key=lambda one: one.canonical_url))
    return Made(collection=Collection(root), articles={one.url.split("/")[3]: one for one in articles})


@pytest.fixture
def more_articles(made: Made) -> Callable[[int], None]:
    """Writes a dataset of many articles in the place of the one that was there."""

    def write(count: int) -> None:
        model = made.articles["klaster"]
        many = (
            replace(model, id=url_id(f"https://example.org/{number}"), title=f"Новина {number}")
            for number in range(count)
        )
        write_jsonl(made.collection.dataset / "articles.jsonl", many)

    return write


@dataclass
class Answer:
    """What was answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Asker:
    """Asks both origins of a reading room."""

    def __init__(self, room: Room, loop: asyncio.AbstractEventLoop) -> None:
        self.room = room
        self._loop = loop
        self._rooms, self._stage = loop.run_until_complete(self._start(Names(host="127.0.0.1")))

    async def _start(self, names: Names) -> list[TestClient[Any, Any]]:
        apps = reading_app(self.room, names, 8421), replay_app(self.room, names, 8420)
        clients = [TestClient(TestServer(app)) for app in apps]
        for client in clients:
            await client.start_server()
        return clients

    def close(self) -> None:
        for client in (self._rooms, self._stage):
            self._loop.run_until_complete(client.close())

    def __call__(self, path: str, *, stage: bool = False, method: str = "GET", **headers: str) -> Answer:
        async def ask() -> Answer:
            client = self._stage if stage else self._rooms
            told = {name.replace("_", "-"): value for name, value in headers.items()}
            target = URL(str(client.make_url("/")).rstrip("/") + path, encoded=True)
            response: ClientResponse = await client.session.request(method, target, headers=told, allow_redirects=False)
            body = await response.read()
            return Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, body)

        return self._loop.run_until_complete(ask())


@pytest.fixture
def assets(tmp_path: Path) -> ReplayAssets:
    """Files in the place of ReplayWeb.page's."""
    folder = tmp_path / "assets"
    folder.mkdir()
    for name in ("ui.js", "sw.js"):
        (folder / name).write_text(f"// {name}\n", encoding="utf-8")
    return ReplayAssets(folder=folder)


@pytest.fixture
def ask(made: Made, assets: ReplayAssets) -> Iterator[Asker]:
    """A reading room over the collection."""
    loop = asyncio.new_event_loop()
    asker = Asker(Room(made.collection, assets), loop)
    yield asker
    asker.close()
    loop.close()
