"""How a run is told: metrics, pings, the webhook; nothing of it can fail a run."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from cluster_archive import telling
from cluster_archive.archive import read_records
from cluster_archive.demo import Parts
from cluster_archive.report import Report, Tally, write_report
from cluster_archive.telling import Telling, metrics_text, ping, post_report, write_metrics

from .conftest import Crawled, command


class Listener(ThreadingHTTPServer):
    """Notes what it is asked."""

    def __init__(self, status: int = 200) -> None:
        self.asked: list[tuple[str, str, bytes]] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                listener.asked.append((self.command, self.path, body))
                self.send_response(status)
                self.end_headers()

            do_POST = do_GET  # noqa: N815 - the library's name

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def listen() -> Iterator[Callable[[int], Listener]]:
    servers: list[Listener] = []

    def start(status: int = 200) -> Listener:
        servers.append(Listener(status))
        Thread(target=servers[-1].serve_forever, daemon=True).start()
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def report(collection: Path, **more: object) -> Report:
    given: dict[str, object] = {
        "run": "20240506070809",
        "verb": "crawl",
        "site": "demo",
        "collection": str(collection),
        "started": "2024-05-06T07:08:09Z",
        "ended": "2024-05-06T07:09:09Z",
        "exit_code": 0,
        "verdict": "Complete.",
        "new_articles": 3,
        "tally": Tally(articles=5).plain(),
        "failures": [],
        "warc_files": [{"file": "x", "bytes": 7}],
        "software": {},
        **more,
    }
    return Report(**given)  # type: ignore[arg-type]


def test_metrics(tmp_path: Path) -> None:
    text = metrics_text(report(tmp_path / 'od"d\\'), None)
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    labels = r'{collection="od\"d\\",site="demo"}'
    assert values[f"cluster_archive_articles{labels}"] == "5"
    assert values[f"cluster_archive_last_run_start_timestamp_seconds{labels}"] == "1714979289"
    assert values[f"cluster_archive_last_success_timestamp_seconds{labels}"] == "0"
    assert text.count("# HELP") == text.count("# TYPE") == len(values)


def test_the_last_success_is_remembered_through_a_failure(tmp_path: Path) -> None:
    earlier = tmp_path / "demo" / "runs" / "20240505000000"
    write_report(earlier, report(tmp_path / "demo"))
    failed = report(tmp_path / "demo", exit_code=5, ended="2024-05-07T00:00:00Z")
    Telling(metrics=tmp_path / "metrics").ended(failed)
    text = (tmp_path / "metrics" / "cluster_archive_demo.prom").read_text(encoding="utf-8")
    assert 'last_run_exit_code{collection="demo",site="demo"} 5' in text
    assert 'last_success_timestamp_seconds{collection="demo",site="demo"} 1714979349' in text


def test_a_folder_that_cannot_be_written_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        write_metrics(tmp_path / "file", report(tmp_path), None)
    assert "cannot be written" in caplog.text


def test_a_ping_at_both_ends(listen: Callable[..., Listener]) -> None:
    server = listen()
    ping(f"{server.url}/uuid/")
    ping(f"{server.url}/uuid?key=1", 5)
    assert [path for _, path, _ in server.asked] == ["/uuid/start", "/uuid/5?key=1"]


def test_the_webhook_gets_the_report(listen: Callable[..., Listener], tmp_path: Path) -> None:
    server = listen()
    post_report(f"{server.url}/hook", report(tmp_path))
    ((method, path, body),) = server.asked
    assert (method, path) == ("POST", "/hook")
    assert json.loads(body)["verdict"] == "Complete."


def test_one_who_does_not_answer_holds_nothing_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, listen: Callable[..., Listener]
) -> None:
    monkeypatch.setattr(telling, "PATIENCE", 0.3)
    monkeypatch.setattr(telling, "urlopen", lambda *_, **__: time.sleep(3) or contextlib.nullcontext())
    with caplog.at_level(logging.WARNING):
        began = time.monotonic()
        ping("http://127.0.0.1:9/")
        assert time.monotonic() - began < 2
    assert "did not go through" in caplog.text


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://nowhere.invalid/", "ftp://127.0.0.1:9/"])
def test_one_who_is_not_there_is_a_warning(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        ping(url, 0)
    assert "did not go through" in caplog.text


def test_one_who_refuses_is_a_warning(listen: Callable[..., Listener], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        ping(listen(500).url, 0)
    assert "500" in caplog.text


def test_nobody_is_told_of_a_dry_run() -> None:
    settings = {"ARCHIVE_PING": "http://127.0.0.1:9/", "ARCHIVE_METRICS": "/x", "ARCHIVE_DRY_RUN": True}
    assert Telling.of(settings) == Telling()


@pytest.mark.crawl
def test_a_crawl_tells(crawl_demo: Callable[..., Crawled], listen: Callable[..., Listener], tmp_path: Path) -> None:
    server = listen()
    options = ("--metrics", str(tmp_path), "--ping", f"{server.url}/p", "--webhook", f"{server.url}/w", "--no-images")
    crawled = crawl_demo(Parts(), *options)
    assert crawled.said.returncode == 0, crawled.said.stderr
    assert [path for _, path, _ in server.asked] == ["/p/start", "/w", "/p/0"]
    assert json.loads(server.asked[1][2])["run"] == crawled.report["run"]
    (told,) = crawled.report["warc_files"]
    warc = crawled.collection / "archive" / told["file"]
    assert told["sha256"] == hashlib.sha256(warc.read_bytes()).hexdigest()
    assert told["records"] == sum(1 for _ in read_records(warc, pytest.fail))
    assert "cluster_archive_articles" in (tmp_path / "cluster_archive_demo.prom").read_text(encoding="utf-8")


@pytest.mark.crawl
def test_a_crawl_that_cannot_start_tells(listen: Callable[..., Listener], tmp_path: Path) -> None:
    server = listen()
    (tmp_path / "output").write_text("a file", encoding="utf-8")
    said = command("crawl", "http://127.0.0.1:9/", "-o", tmp_path / "output" / "x", "--ping", server.url)
    assert said.returncode == 3
    assert [path for _, path, _ in server.asked] == ["/start", "/3"]


@pytest.mark.parametrize("url", ["ftp://example.org/", "http://[", "example.org"])
def test_an_address_that_is_none(tmp_path: Path, url: str) -> None:
    said = command("crawl", "demo", "-o", tmp_path, "--ping", url)
    assert said.returncode == 2
    assert "--ping" in said.stderr
