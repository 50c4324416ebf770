"""Limits: reached, a run ends in good order and says so; the next one goes on to the same dataset."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from cluster_archive.archive import Collection, verify_collection
from cluster_archive.cli import commands
from cluster_archive.demo import Parts, serve

from .conftest import POST, Answer, Crawled, command, crawl_served, lines_of, server


@pytest.mark.crawl
@pytest.mark.parametrize(
    ("option", "told"),
    [
        (("--page-limit", "20"), "The limit of 20 pages is reached."),
        (("--size-limit", "300kB"), "The limit of 0.3 MB is reached."),
    ],
)
def test_a_limit_ends_the_run_and_the_next_one_goes_on(
    whole: Crawled, tmp_path: Path, option: tuple[str, str], told: str
) -> None:
    with serve(ports=(0, 0, 0)) as site:
        first = crawl_served(site, tmp_path, "--no-images", *option)
        assert first.said.returncode == 8, first.said.stderr
        assert told in first.said.stderr
        assert [one for one in verify_collection(Collection(first.collection)) if one.severity == "fault"] == []
        second = crawl_served(site, tmp_path, "--no-images", "--full")
    assert second.said.returncode == 0, second.said.stderr
    assert "--full counts from the next on" in second.said.stderr
    assert len(lines_of(second.collection)) == len(lines_of(whole.collection))
    paths = [path for _, _, path, _ in first.requests]
    again = [path for _, _, path, _ in second.requests if path in paths and path != "/robots.txt"]
    assert len(again) <= 4  # what was in flight


@pytest.mark.crawl
def test_a_site_that_is_slow_does_not_outlast_the_time(crawl_demo: Callable[..., Crawled]) -> None:
    began = time.monotonic()
    crawled = crawl_demo(Parts(), "--delay", "1", "--time-limit", "2s")
    assert crawled.said.returncode == 8, crawled.said.stderr
    assert time.monotonic() - began < 60
    assert "time limit" in crawled.said.stderr


@pytest.mark.crawl
def test_room_that_is_to_stay_free(crawl_demo: Callable[..., Crawled]) -> None:
    crawled = crawl_demo(Parts(), "--min-free", "9000TB")
    assert crawled.said.returncode == 8
    assert "MB are free" in crawled.said.stderr
    assert len(crawled.requests) <= 4


@pytest.mark.parametrize(("option", "value"), [("--time-limit", "soon"), ("--size-limit", "5 apples")])
def test_a_limit_that_is_none(option: str, value: str) -> None:
    said = CliRunner().invoke(commands, ["crawl", "demo", option, value])
    assert said.exit_code == 2
    assert "write it as" in said.output


@pytest.mark.parametrize("allowed", [1, 3])
def test_as_many_connections_as_are_allowed_also_without_a_delay(tmp_path: Path, allowed: int) -> None:
    at_once: set[str] = set()
    most = 0

    def answer(path: str) -> Answer:
        nonlocal most
        at_once.add(path)
        most = max(most, len(at_once))
        time.sleep(0.1)
        at_once.discard(path)
        cards = "".join(f'<div class="post-item"><h2><a href="/post/{n}/">T</a></h2></div>' for n in range(20))
        return 200, "text/html", f'<html><body class="blog">{cards}</body></html>' if path == "/" else POST.format(path)

    with server(answer) as url:
        toml = tmp_path / "x.toml"
        toml.write_text(
            f'name = "x"\nhome = "{url}"\n[politeness]\ndelay = 0\nconcurrency = {allowed}\n'
            f'[[seeds]]\nkind = "listing"\nurl = "{url}"\n'
        )
        said = command("crawl", toml, "-o", tmp_path, "--delay", "0")
    assert said.returncode == 0, said.stderr
    assert len(lines_of(tmp_path / "x")) == 20
    assert most == allowed
