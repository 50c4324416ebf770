"""What cannot be written: code 3, a sentence that names the path, one that says what to do; once that is done, nothing is lost.

A directory stands in the file's place, which no account can write over; rights are refused by the harness, since tests
may run as root.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from driver import Ground, die_at_call, run, trial

from cluster_archive.archive import Collection, verify_collection

pytestmark = pytest.mark.crawl
FILES = (
    "dataset/articles.jsonl",
    "dataset/versions.jsonl",
    "dataset/schema.json",
    "indexes/index.cdxj",
    "pages/pages.jsonl",
    "manifest-sha256.txt",
    "state.sqlite",
    ".lock",
)
FOLDERS = ("archive", "indexes", "dataset", "pages", "runs")


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of five posts; its site is gone."""
    from driver import large_ground
    from large import LargeSite

    folder = tmp_path_factory.mktemp("crawled")
    with LargeSite(5) as site:
        assert run(large_ground(site).command(folder)).returncode == 0
    return folder


def said_flat(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("name", [*FILES, *FOLDERS])
def test_something_else_stands_there(crawled: Path, tmp_path: Path, name: str) -> None:
    root = Path(shutil.copytree(crawled / "large", tmp_path / "large"))
    path, aside = root / name, tmp_path / "aside"
    sound = (root / "dataset" / "articles.jsonl").read_bytes()
    path.rename(aside)
    if name in FOLDERS:
        path.write_text("no folder", encoding="utf-8")
    else:
        (path / "full").mkdir(parents=True)
    command = ["crawl", str(crawled / "large.toml"), "-o", str(tmp_path), "--delay", "0"]
    said = run(command)
    assert said.returncode == 3, said.stderr
    assert said_flat(str(path)) in said_flat(said.stderr), said.stderr
    assert "Traceback" not in said.stderr
    assert said_flat("run the same command again") in said_flat(said.stderr), said.stderr
    path.unlink() if name in FOLDERS else shutil.rmtree(path)
    aside.rename(path)
    assert run(command).returncode == 5  # the site is gone
    assert (root / "dataset" / "articles.jsonl").read_bytes() == sound
    assert [one for one in verify_collection(Collection(root)) if one.severity == "fault"] == []


@pytest.mark.parametrize(
    ("name", "error", "advice"),
    [
        ("/report.html.tmp", "ENOSPC", "Make room there"),
        ("/manifest-sha256.txt.tmp", "EACCES", "Give this account the right"),
        ("/versions.jsonl.tmp", "EROFS", "Give this account the right"),
        ("/pages.jsonl.tmp", "EIO", "Look after that disk"),
        ("/archive/large-", "EROFS", "Give this account the right"),
    ],
)
def test_it_may_not_be_written(ground: Ground, tmp_path: Path, name: str, error: str, advice: str) -> None:
    ground.site.posts = 20
    ground.urls = {url for url in ground.urls if int(url.strip("/").rpartition("-")[2]) <= 20}
    outcome = trial(ground, tmp_path, name, lambda: die_at_call(ground, tmp_path, "--full", name, "--error", error))
    assert outcome.code == 3, outcome.said
    assert outcome.is_good, [outcome.row(), outcome.lost, outcome.torn, outcome.again, outcome.said]
    assert said_flat(advice) in said_flat(outcome.said), outcome.said
    assert "Traceback" not in outcome.said


def test_a_verification_that_cannot_be_logged_is_told(crawled: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(crawled / "large", tmp_path / "large"))
    (root / "fixity.jsonl").mkdir()
    said = run(["verify", str(root)])
    assert said.returncode == 0
    assert "could not be logged" in said.stderr
    assert said_flat(str(root / "fixity.jsonl")) in said_flat(said.stderr)
