"""Crawls of the built-in site: each in a process of its own, since Scrapy's reactor starts once in a process."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cluster_archive.demo import DemoSite, Parts, Truth, serve
from cluster_archive.sites import load_site
from cluster_archive.urls import canonical_url

ALL = Parts()
POST = '<html><body class="single single-post"><h1 class="entry-title">Post {0}</h1><div class="entry-content"><p>Text of post {0}.</p></div></body></html>'
FIELDS = ("title", "date", "body", "key_takeaways", "image_links", "attachments", "language", "published_at")


def command(*arguments: str | Path, timeout: int = 120) -> subprocess.CompletedProcess[str]:
    """Runs `cluster-archive` and gives what it said and its exit code."""
    return subprocess.run(
        [sys.executable, "-m", "cluster_archive", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


Answer = tuple[int, str, str]


@contextmanager
def server(answer: Callable[[str], Answer]) -> Iterator[str]:
    """Serves what `answer` gives for a path: status, media type, text. Who is told to come later may do so at once."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, media_type, text = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            if status == 301:
                self.send_header("Location", text)
            if status == 503:
                self.send_header("Retry-After", "0")
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{httpd.server_port}/"
    finally:
        httpd.shutdown()
        httpd.server_close()


def lines_of(collection: Path) -> list[dict[str, Any]]:
    """The lines of a collection's dataset."""
    return [
        json.loads(line)
        for line in (collection / "dataset" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    ]


@dataclass
class Crawled:
    """A crawl of the built-in site that is over."""

    collection: Path
    said: subprocess.CompletedProcess[str]
    truth: dict[str, Truth]
    requests: list[tuple[str, str, str, int]]
    lines: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def report(self) -> dict[str, Any]:
        path = max((self.collection / "runs").glob("*/report.json"))
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return told

    def differences(self, *names: str) -> list[str]:
        """A sentence for each field of each post that is not as the truth has it."""
        told = [
            f"{truth.url} ({truth.case}): not in the dataset"
            for url, truth in self.truth.items()
            if url not in self.lines
        ]
        told += [f"{url}: in the dataset, but no post" for url in self.lines if url not in self.truth]
        for url, truth in self.truth.items():
            for name in names or FIELDS:
                if url in self.lines and (got := found(self.lines[url], name)) != (right := expected(truth, name)):
                    told.append(f"{truth.url} ({truth.case}): {name} is {got!r}, but should be {right!r}")
        return told


def found(line: dict[str, Any], name: str) -> Any:
    """A field of a line, documents by their addresses."""
    return [one["url"] for one in line[name]] if name == "attachments" else line[name]


def expected(truth: Truth, name: str) -> Any:
    """A field of the truth as the dataset has it."""
    if name == "published_at":
        return truth.published_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    value = getattr(truth, name)
    return list(value) if isinstance(value, tuple) else value.isoformat() if name == "date" else value


@pytest.fixture(scope="session")
def crawl_demo(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Crawled]:
    """Serves the built-in site with parts switched off, crawls it, and compares."""

    def crawl(parts: Parts = ALL, *options: str, edit: Callable[[str], str] = lambda text: text) -> Crawled:
        folder = tmp_path_factory.mktemp("crawl")
        with serve(parts, ports=(0, 0, 0)) as site:
            return crawl_served(site, folder, *options, edit=edit)

    return crawl


def crawl_served(
    site: DemoSite, folder: Path, *options: str, edit: Callable[[str], str] = lambda text: text
) -> Crawled:
    """Crawls the site that is served into `folder`/demo."""
    toml = folder / "demo.toml"
    toml.write_text(edit(site.toml(load_site("demo").source)), encoding="utf-8")
    site.requests.clear()
    said = command("crawl", toml, "-o", folder, *options)
    crawled = Crawled(
        collection=folder / "demo",
        said=said,
        truth={canonical_url(truth.url): truth for truth in site.truth()},
        requests=list(site.requests),
    )
    if (crawled.collection / "dataset" / "articles.jsonl").exists():
        crawled.lines = {line["canonical_url"]: line for line in lines_of(crawled.collection)}
    return crawled


@pytest.fixture(scope="session")
def whole(crawl_demo: Callable[..., Crawled]) -> Crawled:
    """The built-in site crawled whole; tests read it and leave it as it is."""
    crawled = crawl_demo()
    assert crawled.said.returncode == 0, crawled.said.stderr
    return crawled
