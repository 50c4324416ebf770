"""`crawl --log-json`: whatever happens, stderr is JSON, an object a line."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cluster_archive.demo import serve
from cluster_archive.sites import load_site

from .conftest import POST, Answer, Crawled, command, server

pytestmark = pytest.mark.crawl


def lines(stderr: str) -> list[dict[str, Any]]:
    """The lines of stderr, each of which must be an object with what each has."""
    told = [json.loads(line) for line in stderr.split("\n")[:-1]]
    assert all({"time", "level", "logger", "message"} <= set(one) for one in told)
    assert all(one["time"].endswith("Z") for one in told)
    return told


def test_a_crawl_tells_how_it_went_and_of_each_address_that_failed(tmp_path: Path) -> None:
    hostile = "/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B0/"

    def answer(path: str) -> Answer:
        if path == "/":
            cards = (f'<div class="post-item"><h2><a href="{one}">T</a></h2></div>' for one in ("/post/", hostile))
            return 200, "text/html", f'<html><body class="blog">{"".join(cards)}</body></html>'
        return (
            (200, "text/html", POST.format("новина"))
            if path == "/post/"
            else (500 if path == hostile else 404, "text/html", "")
        )

    with server(answer) as url:
        said = command("crawl", url, "-o", tmp_path, "--delay", "0", "--log-json")
    assert said.returncode == 5
    assert said.stdout == ""
    told = lines(said.stderr)
    (report,) = [json.loads(path.read_text(encoding="utf-8")) for path in tmp_path.rglob("report.json")]
    assert {one["site"] for one in told} == {report["site"]}
    assert {one["run"] for one in told} == {report["run"]}
    (failed,) = [one for one in told if one.get("reason") == "status-500"]
    assert (failed["url"], failed["kind"]) == (f"{url.rstrip('/')}{hostile}", "article")
    last = told[-1]
    assert (last["level"], last["message"], last["exit_code"]) == ("warning", report["verdict"], 5)
    assert (last["articles"], last["new_articles"], last["failures"]) == (1, 1, 1)
    assert Path(last["report"]).is_file()


def test_several_sites_at_once_and_one_that_is_locked(tmp_path: Path) -> None:
    def answer(path: str) -> Answer:
        return (200, "text/html", POST.format(path)) if path == "/" else (404, "text/plain", "")

    sites = []
    with server(answer) as url:
        for number in range(4):
            toml = tmp_path / f"site-{number}.toml"
            toml.write_text(
                f'name = "site-{number}"\nhome = "{url}"\n[[seeds]]\nkind = "page"\nurl = "{url}"\n', encoding="utf-8"
            )
            sites.append(toml)
        (tmp_path / "site-3").write_text("no folder", encoding="utf-8")
        said = command("crawl", *sites, "-o", tmp_path, "--delay", "0", "--jobs", "4", "--log-json", "--json")
    assert said.returncode == 3
    told = lines(said.stderr)
    assert {one.get("site") for one in told} == {f"site-{number}" for number in range(4)}
    assert {one["site"]: one["exit_code"] for one in told if "exit_code" in one} == {
        "site-0": 0, "site-1": 0, "site-2": 0, "site-3": 3
    }  # fmt: skip
    (refused,) = [one for one in told if one.get("exit_code") == 3]
    assert (refused["level"], "site-3" in refused["message"]) == ("error", True)


def test_a_process_that_is_killed_among_several_is_told(tmp_path: Path) -> None:
    def answer(path: str) -> Answer:
        if path == "/kill/":
            os.kill(json.loads((tmp_path / "b" / ".lock").read_text(encoding="utf-8"))["pid"], signal.SIGKILL)
        return (200, "text/html", POST.format(path)) if path.endswith("/") else (404, "text/plain", "")

    with server(answer) as url:
        for name, path in (("a", ""), ("b", "kill/")):
            seed = f'[[seeds]]\nkind = "page"\nurl = "{url}{path}"\n'
            (tmp_path / f"{name}.toml").write_text(f'name = "{name}"\nhome = "{url}"\n{seed}', encoding="utf-8")
        sites = [tmp_path / "a.toml", tmp_path / "b.toml"]
        said = command("crawl", *sites, "-o", tmp_path, "--delay", "0", "--log-json")
    assert said.returncode == 1
    (told,) = [one for one in lines(said.stderr) if one["level"] == "error"]
    assert (told["message"].split(";")[0], told["exit_code"]) == ("The crawl of b was ended by signal 9", 1)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nosuch"], 4),
        (["--bad"], 2),
        ([], 2),
        (["demo", "--time-limit", "soon"], 2),
        (["demo", "--ping", "x\x1b[2J"], 2),
    ],
)
def test_what_is_wrong_with_the_command(tmp_path: Path, arguments: list[str], code: int) -> None:
    said = command("crawl", *arguments, "-o", tmp_path, "--log-json")
    assert said.returncode == code
    (told,) = lines(said.stderr)
    assert (told["level"], told["exit_code"]) == ("error", code)
    assert "\x1b" not in said.stderr


BROKEN = """
import sys, threading, warnings
from cluster_archive import crawl
from cluster_archive.cli import main

def broken(*_):
    warnings.warn("odd")
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    raise RuntimeError("Счупено\\nsecond line")

crawl.crawl_site = broken
main()
"""


def test_what_nobody_has_caught(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", BROKEN, "crawl", "demo", "-o", str(tmp_path), "--log-json"]
    said = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    assert said.returncode == 1
    thread, command_ = lines(said.stderr)
    assert thread["error"] == "ZeroDivisionError: division by zero"
    assert command_["error"] == "RuntimeError: Счупено\nsecond line"
    assert "broken" in command_["traceback"]


def test_on_a_terminal_and_stopped(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with serve(ports=(0, 0, 0)) as site:
        toml = tmp_path / "demo.toml"
        toml.write_text(site.toml(load_site("demo").source), encoding="utf-8")
        arguments = [sys.executable, "-m", "cluster_archive", "crawl", str(toml), "-o", str(tmp_path), "--log-json"]
        environment = {**os.environ, "TERM": "xterm", "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
        with subprocess.Popen(arguments, stderr=theirs, env=environment) as process:
            os.close(theirs)
            shown = b""
            with suppress(OSError):  # the terminal's other end is closed
                while more := os.read(ours, 65_536):
                    if b"begins" in more and b"begins" not in shown:
                        process.send_signal(signal.SIGTERM)
                    shown += more
            assert process.wait(60) == 143
    os.close(ours)
    told = lines(shown.decode("utf-8").replace("\r\n", "\n"))
    assert any(one["message"].startswith("Finishing") for one in told)
    assert told[-1]["exit_code"] == 143


def test_without_it_nothing_is_json(crawl_demo: Callable[..., Crawled]) -> None:
    said = crawl_demo().said
    assert said.stderr.startswith("demo: Complete")
    assert "{" not in said.stderr
