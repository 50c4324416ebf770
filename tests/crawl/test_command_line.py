"""The command line: wrong input ends with one clear sentence and the right code; what is cut short goes on."""

from __future__ import annotations

import json
import os
import pty
import re
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from cluster_archive.archive import read_captures
from cluster_archive.demo import Parts, serve
from cluster_archive.sites import load_site

from .conftest import POST, Answer, Crawled, command, crawl_served, lines_of, server

pytestmark = pytest.mark.crawl


def sentence(said: subprocess.CompletedProcess[str]) -> str:
    """The first line of what a command said, which must be no traceback."""
    assert "Traceback" not in said.stderr
    return said.stderr.splitlines()[0]


def no_leftovers(folder: Path) -> bool:
    """Whether nothing half-done was left."""
    return not [path for path in folder.rglob("*") if path.suffix in (".open", ".tmp")]


def test_an_unknown_site(tmp_path: Path) -> None:
    said = command("crawl", "nosuchsite", "-o", tmp_path)
    assert said.returncode == 4
    assert "nosuchsite" in sentence(said)
    assert "greensynergy" in sentence(said)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("colour = 'red'", "colour"),
        ("[addresses]\narticle = ['(']", "article"),
        ("[[selectors]]\nbody = ['p[']", "body"),
        ("[[seeds]]\nkind = 'page'", "url"),
        ("[politeness]\ndelay = 'long'", "delay"),
        ("name = ", "TOML"),
        ("timezone = 'Europe/Nowhere'", "timezone"),
    ],
)
def test_a_wrong_site_file(tmp_path: Path, line: str, told: str) -> None:
    toml = tmp_path / "wrong.toml"
    toml.write_text(f"name = 'wrong'\nhome = 'https://example.org/'\n{line}\n", encoding="utf-8")
    said = command("crawl", toml, "-o", tmp_path / "output")
    assert said.returncode == 4
    assert "wrong.toml" in sentence(said)
    assert told in sentence(said)
    assert not (tmp_path / "output").exists()


def test_an_unreachable_host(tmp_path: Path) -> None:
    said = command("crawl", "http://127.0.0.1:9/", "-o", tmp_path)
    assert said.returncode == 5
    assert "connection-refused" in sentence(said)
    assert no_leftovers(tmp_path)


def test_a_host_that_answers_500_to_all(tmp_path: Path) -> None:
    with server(lambda _: (500, "text/html", "<html><body>broken</body></html>")) as url:
        said = command("crawl", url, "-o", tmp_path, "--delay", "0")
    assert said.returncode == 5
    assert "status-500" in sentence(said)
    assert no_leftovers(tmp_path)


def test_a_site_without_articles(tmp_path: Path) -> None:
    def answer(path: str) -> Answer:
        return (
            (200, "text/html", "<html><body class='home page'><h1>Nothing here</h1></body></html>")
            if path == "/"
            else (404, "text/plain", "")
        )

    with server(answer) as url:
        said = command("crawl", url, "-o", tmp_path, "--delay", "0")
    assert said.returncode == 5
    assert "No article was found" in sentence(said)
    assert no_leftovers(tmp_path)


def test_output_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    said = command("crawl", "http://127.0.0.1:9/", "-o", tmp_path / "file" / "output")
    assert said.returncode in (2, 3)
    assert "file" in said.stderr
    said = command("crawl", "http://127.0.0.1:9/", "-o", "/proc/nothing")
    assert said.returncode == 3
    assert "/proc/nothing" in sentence(said)


@pytest.mark.parametrize("verb", ["extract", "verify"])
def test_a_warc_that_is_none(tmp_path: Path, verb: str) -> None:
    path = tmp_path / "letter.warc.gz"
    path.write_bytes(b"Dear archive, this is no WARC.\n" * 50)
    said = command(verb, path)
    assert said.returncode == 6
    assert "letter.warc.gz" in sentence(said)
    assert [one.name for one in tmp_path.iterdir()] == ["letter.warc.gz"]


@pytest.mark.parametrize("verb", ["extract", "verify"])
def test_a_path_that_is_not_there(tmp_path: Path, verb: str) -> None:
    said = command(verb, tmp_path / "nothing")
    assert said.returncode in (2, 6)
    assert "nothing" in sentence(said) or "nothing" in said.stderr


def test_robots_that_forbid_all(tmp_path: Path) -> None:
    def answer(path: str) -> Answer:
        return (
            (200, "text/plain", "User-agent: *\nDisallow: /\n")
            if path == "/robots.txt"
            else (200, "text/html", "<html><body></body></html>")
        )

    with server(answer) as url:
        said = command("crawl", url, "-o", tmp_path, "--delay", "0")
    assert said.returncode == 9
    assert "robots.txt" in sentence(said)


def test_what_a_page_names_may_not_be_private(tmp_path: Path) -> None:
    asked: list[str] = []

    def private(path: str) -> Answer:
        asked.append(path)
        return 200, "image/png", "secret"

    with server(private) as secret:
        post = f'<html><body class="single single-post"><h1 class="entry-title">T</h1><div class="entry-content"><p>Text of the post.</p><img src="{secret}a.png"><img src="http://localhost/b.png"></div></body></html>'

        def public(path: str) -> Answer:
            if path == "/":
                return 200, "text/html", '<html><body class="home"><a href="/news/">News</a></body></html>'
            if path == "/news/":
                return (
                    200,
                    "text/html",
                    '<html><body class="blog"><div class="post-item"><h2><a href="/p/">T</a></h2></div></body></html>',
                )
            return (200, "text/html", post) if path == "/p/" else (404, "text/plain", "")

        with server(public) as url:
            said = command("crawl", url, "-o", tmp_path, "--delay", "0")
    assert asked == []
    assert said.returncode == 0, said.stderr
    (line,) = lines_of(next(tmp_path.iterdir()))
    assert line["image_links"] == [f"{secret}a.png", "http://localhost/b.png"]
    assert [image["warc_record_id"] for image in line["images"]] == [None, None]


def test_addresses_that_are_redirected(tmp_path: Path) -> None:
    """A list that names addresses without their final slash: each post is had once, and the law holds."""

    def answer(path: str) -> Answer:
        if path == "/":
            return 200, "text/html", '<html><body class="home"><a href="/news/">News</a></body></html>'
        if path == "/news/":
            card = '<div class="post-item"><div class="date_label">0{0}.05.2017</div><h2><a href="/post-{0}">T</a></h2></div>'
            return (
                200,
                "text/html",
                f'<html><body class="blog">{"".join(card.format(number) for number in range(1, 5))}</body></html>',
            )
        if found := re.fullmatch(r"/post-(\d)(/?)", path):
            if not found[2]:
                return 301, "text/html", f"{path}/"
            html = '<html><body class="single single-post"><h1 class="entry-title">Post {0}</h1><div class="entry-content"><p>Text of post {0}.</p></div></body></html>'
            return 200, "text/html", html.format(found[1])
        return 404, "text/plain", ""

    with server(answer) as url:
        said = command("crawl", url, "-o", tmp_path, "--delay", "0")
    assert said.returncode == 0, said.stderr
    collection = next(tmp_path.iterdir())
    lines = lines_of(collection)
    assert [line["title"] for line in lines] == [f"Post {number}" for number in range(1, 5)]
    assert {line["url"][-1] for line in lines} == {"/"}
    (collection / "state.sqlite").unlink()
    assert command("extract", collection).returncode == 0
    assert lines_of(collection) == lines


def test_what_is_tried_again_is_in_the_archive_too(tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(path: str) -> Answer:
        asked.append(path)
        if path == "/":
            return (
                200,
                "text/html",
                '<html><body class="blog"><div class="post-item"><h2><a href="/post/">T</a></h2></div></body></html>',
            )
        if path == "/post/":
            return (503, "text/html", "busy") if asked.count(path) == 1 else (200, "text/html", POST.format(1))
        return 404, "text/plain", ""

    with server(answer) as url:
        said = command("crawl", url, "-o", tmp_path, "--delay", "0")
    assert said.returncode == 0, said.stderr
    (warc,) = tmp_path.rglob("*.warc.gz")
    assert [capture.status for capture in read_captures(warc) if capture.url.endswith("/post/")] == [503, 200]
    assert len(lines_of(next(tmp_path.iterdir()))) == 1


def test_an_archive_that_cannot_be_written_stops_the_crawl(tmp_path: Path) -> None:
    """The disk takes no file of more than 200,000 bytes; the rest of the pages are not asked for, and what is there is whole."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    with serve(Parts(), ports=(0, 0, 0)) as site:
        toml = tmp_path / "demo.toml"
        toml.write_text(site.toml(load_site("demo").source), encoding="utf-8")
        arguments = [sys.executable, "-m", "cluster_archive", "crawl", str(toml), "-o", str(tmp_path), "--delay", "0"]
        said = subprocess.run(arguments, capture_output=True, text=True, timeout=100, check=False, preexec_fn=limit)
        asked = len(site.requests)
    assert said.returncode == 3, said.stderr
    assert "Traceback" not in said.stderr
    assert asked < 200
    archived = {
        capture.ref.record_id
        for path in (tmp_path / "demo" / "archive").iterdir()
        for capture in read_captures(path)
        if capture.ref
    }
    dataset = tmp_path / "demo" / "dataset" / "articles.jsonl"
    lines = lines_of(tmp_path / "demo") if dataset.exists() else []
    assert {line["warc"]["record_id"] for line in lines} <= archived
    with serve(Parts(), ports=(0, 0, 0)) as site:  # with room again, the same command goes on
        again = crawl_served(site, tmp_path)
    assert again.said.returncode in (0, 5), again.said.stderr


def test_all_known_sites_at_once_and_one_that_is_down(tmp_path: Path) -> None:
    folder = tmp_path / "sites"
    folder.mkdir()
    with serve(ports=(0, 0, 0)) as site:
        toml = site.toml(load_site("demo").source)
        (folder / "one.toml").write_text(toml.replace('name = "demo"', 'name = "one"'), encoding="utf-8")
        # the real site's name, so that nothing outside of this machine is asked
        (folder / "greensynergy.toml").write_text(
            'name = "greensynergy"\nhome = "http://127.0.0.1:9/"\n[[seeds]]\nkind = "page"\nurl = "http://127.0.0.1:9/"\n'
            "[politeness]\ndelay = 0.0\n",
            encoding="utf-8",
        )
        said = command(
            "crawl", "--all", "--jobs", "2", "--sites", folder, "-o", tmp_path, "--no-images", "--no-requisites"
        )
    assert said.returncode == 5, said.stderr
    assert "one: Complete: 110 articles" in said.stderr
    assert "greensynergy: Incomplete: 0 articles" in said.stderr
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize("arguments", [[], ["demo", "--all"]])
def test_which_sites_must_be_said(arguments: list[str]) -> None:
    said = command("crawl", *arguments)
    assert said.returncode == 2
    assert "--all" in said.stderr


def test_two_sites_with_one_command(tmp_path: Path) -> None:
    def answer(path: str) -> Answer:
        if path == "/":
            return (
                200,
                "text/html",
                '<html><body class="blog"><div class="post-item"><h2><a href="/post/">T</a></h2></div></body></html>',
            )
        return (200, "text/html", POST.format(2)) if path == "/post/" else (404, "text/plain", "")

    with server(answer) as one, server(answer) as other:
        said = command("crawl", one, other, "-o", tmp_path, "--delay", "0")
        assert said.returncode == 0, said.stderr
        said = command("crawl", one, "nosuchsite", "-o", tmp_path / "none")
    assert said.returncode == 4
    assert not (tmp_path / "none").exists()
    assert [len(lines_of(folder)) for folder in sorted(tmp_path.iterdir())] == [1, 1]


def test_a_dry_run_leaves_nothing(tmp_path: Path) -> None:
    with serve(Parts(), ports=(0, 0, 0)) as site:
        toml = tmp_path / "demo.toml"
        toml.write_text(site.toml(load_site("demo").source), encoding="utf-8")
        said = command("crawl", toml, "-o", tmp_path / "output", "--dry-run")
        truth = site.truth()
    assert said.returncode == 0, said.stderr
    assert not (tmp_path / "output").exists()
    assert len(said.stdout.splitlines()) == len(truth)


def test_a_limit_and_going_on(tmp_path: Path) -> None:
    with serve(Parts(), ports=(0, 0, 0)) as site:
        first = crawl_served(site, tmp_path, "--limit", "7", "--no-images", "--json")
        assert first.said.returncode == 8, first.said.stderr
        assert json.loads(first.said.stdout)["exit_code"] == 8
        assert len(first.lines) == 7
        second = crawl_served(site, tmp_path, "--no-images")
    assert second.said.returncode == 0, second.said.stderr
    assert second.differences("title", "date", "body") == []
    asked = [path for _, _, path, _ in first.requests + second.requests if path != "/robots.txt"]
    assert len(asked) == len(set(asked)) + sum(asked.count(path) - 1 for path in set(asked))
    assert len(second.requests) < len(second.truth)


def test_posts_since(tmp_path: Path) -> None:
    with serve(Parts(), ports=(0, 0, 0)) as site:
        crawled = crawl_served(site, tmp_path, "--since", "2024-01-01", "--no-images")
    assert {line["date"][:4] for line in crawled.lines.values()} == {"2024", "2025"}
    recent = {url for url, truth in crawled.truth.items() if truth.date.year >= 2024}
    assert recent == set(crawled.lines)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_a_run_that_is_stopped_goes_on(tmp_path: Path, number: signal.Signals, code: int) -> None:
    with serve(Parts(), ports=(0, 0, 0)) as site:
        toml = tmp_path / "demo.toml"
        toml.write_text(site.toml(load_site("demo").source), encoding="utf-8")
        arguments = [
            sys.executable,
            "-m",
            "cluster_archive",
            "crawl",
            str(toml),
            "-o",
            str(tmp_path),
            "--delay",
            "0.02",
        ]
        with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) as process:
            while len(site.requests) < 60:
                time.sleep(0.02)
            os.kill(process.pid, number)
            assert process.wait(30) == code
        first = list(site.requests)
        archive = tmp_path / "demo" / "archive"
        assert bool(list(archive.glob("*.open"))) == (number == signal.SIGKILL)
        second = crawl_served(site, tmp_path)
        assert second.said.returncode == 0, second.said.stderr
        assert second.differences() == []
        again_asked = {one for one in second.requests if one in first and one[2] != "/robots.txt"}
        assert len(again_asked) <= 4  # what was had is not asked for again; what was in flight is
    assert list(archive.glob("*.open")) == []
    assert command("verify", tmp_path / "demo").returncode == 0
    again = command("extract", tmp_path / "demo")
    assert again.returncode == 0, again.stderr
    assert {line["canonical_url"]: line for line in lines_of(tmp_path / "demo")} == second.lines


def test_progress_on_a_terminal(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with serve(Parts(), ports=(0, 0, 0)) as site:
        toml = tmp_path / "demo.toml"
        toml.write_text(site.toml(load_site("demo").source), encoding="utf-8")
        arguments = [
            sys.executable,
            "-m",
            "cluster_archive",
            "crawl",
            str(toml),
            "-o",
            str(tmp_path),
            "--limit",
            "40",
            "--no-images",
            "--delay",
            "0.02",
        ]
        with subprocess.Popen(
            arguments, stderr=theirs, env={**os.environ, "TERM": "xterm", "COLUMNS": "120"}
        ) as process:
            os.close(theirs)
            shown = b""
            with suppress(OSError):  # the terminal's other end is closed
                while more := os.read(ours, 65_536):
                    shown += more
            assert process.wait(60) == 8
    os.close(ours)
    assert re.search(rb"demo: [1-9]\d* articles, 0 pictures, \d+ page requisites, \d+ requests, \d+ waiting", shown)


def test_two_runs_at_once(tmp_path: Path) -> None:
    with serve(Parts(), ports=(0, 0, 0)) as site:
        toml = tmp_path / "demo.toml"
        toml.write_text(site.toml(load_site("demo").source), encoding="utf-8")
        arguments = [sys.executable, "-m", "cluster_archive", "crawl", str(toml), "-o", str(tmp_path), "--delay", "0.2"]
        with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) as process:
            while len(site.requests) < 3:
                time.sleep(0.02)
            said = command("crawl", toml, "-o", tmp_path)
            process.terminate()
            process.wait(30)
    assert said.returncode == 7
    assert str(process.pid) in sentence(said)


def test_status_sites_and_doctor(whole: Crawled) -> None:
    said = command("status", "-o", whole.collection.parent)
    assert said.returncode == 0
    assert "Complete" in said.stdout
    assert "greensynergy" in command("sites", "list").stdout
    assert command("sites", "check").returncode == 0
    doctor = command("doctor")
    assert doctor.returncode == 0, doctor.stdout


def test_explain_a_record_and_an_address(whole: Crawled, tmp_path: Path) -> None:
    line = next(one for one in whole.lines.values() if one["key_takeaways"])
    warc = next(whole.collection.glob(f"archive/{line['warc']['file']}"))
    of_record = command("explain", f"{warc}:{line['warc']['offset']}", "--json")
    assert of_record.returncode == 0, of_record.stderr
    fields = {field["name"]: field["value"] for field in json.loads(of_record.stdout)["fields"]}
    assert fields["title"] == line["title"]
    assert fields["key_takeaways"] == " · ".join(line["key_takeaways"])
    with serve(Parts(), ports=(0, 0, 0)) as site:
        url = site.truth()[0].url
        report = tmp_path / "why.html"
        of_address = command("explain", url, "--html", str(report))
        assert of_address.returncode == 0, of_address.stderr
        assert site.truth()[0].title in report.read_text(encoding="utf-8")
        assert len(site.requests) <= 3  # robots.txt and the page
    gone = command("explain", "http://127.0.0.1:9/gone/")
    assert gone.returncode == 6
    assert "could not be fetched" in gone.stderr


def test_probe(tmp_path: Path) -> None:
    with serve(Parts(), ports=(0, 0, 0)) as site:
        site.edit(lambda posts: posts[:20])  # each further list costs the second that a probe leaves between requests
        said = command("sites", "probe", f"{site.bulgarian}/")
    assert said.returncode == 0, said.stderr
    for told in ("WordPress", 'kind = "rest"', 'kind = "sitemap"', 'kind = "feed"', 'language = "bg"'):
        assert told in said.stdout
    toml = tmp_path / "probed.toml"
    toml.write_text(said.stdout, encoding="utf-8")
    assert command("sites", "check", toml).returncode == 0


def test_a_site_without_a_file(tmp_path: Path) -> None:
    with serve(Parts(), ports=(0, 0, 0)) as site:
        said = command("crawl", f"{site.bulgarian}/", "-o", tmp_path, "--delay", "0", "--no-images")
        posts = [truth for truth in site.truth() if truth.language == "bg"]
    assert said.returncode == 0, said.stderr
    lines = {line["url"]: line for line in lines_of(next(tmp_path.iterdir()))}
    right = sum(
        lines.get(truth.url, {}).get("body") == truth.body and lines[truth.url]["title"] == truth.title
        for truth in posts
    )
    assert right >= 0.95 * len(posts)


class TestScrapyProject:
    """An ordinary Scrapy project, too."""

    root = Path(__file__).parents[2]

    def scrapy(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "scrapy", *map(str, arguments)],
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def test_list(self) -> None:
        assert self.scrapy("list").stdout.split() == ["news"]

    def test_crawl_with_a_feed(self, tmp_path: Path) -> None:
        with serve(Parts(), ports=(0, 0, 0)) as site:
            toml = tmp_path / "demo.toml"
            toml.write_text(site.toml(load_site("demo").source), encoding="utf-8")
            said = self.scrapy(
                "crawl",
                "news",
                "-a",
                f"site={toml}",
                "-O",
                tmp_path / "items.jsonl",
                "-s",
                f"ARCHIVE_OUTPUT={tmp_path}",
                "-s",
                "ARCHIVE_LIMIT=12",
            )
        assert said.returncode == 0, said.stderr
        items = [json.loads(line) for line in (tmp_path / "items.jsonl").read_text(encoding="utf-8").splitlines()]
        assert len(items) == 12
        assert {item["title"] for item in items} == {line["title"] for line in lines_of(tmp_path / "demo")}
        assert re.search(r"item_scraped_count.: 12", said.stderr)

    def test_the_built_in_site_serves_itself(self, tmp_path: Path) -> None:
        said = self.scrapy(
            "crawl", "news", "-a", "site=demo", "-s", f"ARCHIVE_OUTPUT={tmp_path}", "-s", "ARCHIVE_PICTURES=False"
        )
        if "is served already" not in said.stderr:
            assert len(lines_of(tmp_path / "demo")) > 100

    def test_an_unknown_site(self) -> None:
        said = self.scrapy("crawl", "news", "-a", "site=nosuchsite")
        assert said.returncode != 0
        assert "nosuchsite" in said.stderr
