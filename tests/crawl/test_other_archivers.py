"""The same site archived by other tools: `extract` makes the same articles of it as of our own crawl."""

from __future__ import annotations

import io
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.warcwriter import WARCWriter

from cluster_archive.demo import DemoSite, serve

from .conftest import ALL, Crawled, command, crawl_served, lines_of

pytestmark = pytest.mark.crawl

Tool = Callable[[str], Path]

OF_THE_ARCHIVE = frozenset({"warc", "first_seen_at", "last_seen_at", "version"})
"""What tells of the archive and its time, not of the article."""


@dataclass
class Archived:
    """The built-in site, still served, and our own crawl of it."""

    site: DemoSite
    own: Crawled
    folder: Path

    @property
    def toml(self) -> Path:
        return self.own.collection.parent / "demo.toml"

    def addresses(self) -> list[str]:
        """What our crawl asked for, in its order."""
        urls = [f"http://{host}{target}" for method, host, target, _ in self.own.requests if method == "GET"]
        return list(dict.fromkeys(urls))

    def extracted(self, *given: Path, into: str) -> dict[str, dict[str, Any]]:
        """The lines that `extract` makes of an archive, by canonical URL."""
        said = command("extract", *given, "-o", self.folder / into, "--site", self.toml)
        assert said.returncode == 0, said.stderr
        return {line["canonical_url"]: line for line in lines_of(self.folder / into)}

    def differences(self, lines: dict[str, dict[str, Any]]) -> list[str]:
        """What is not as in our own lines."""
        told = [f"{url}: only in one of the two" for url in set(lines) ^ set(self.own.lines)]
        for url in set(lines) & set(self.own.lines):
            ours, theirs = _of_the_article(self.own.lines[url]), _of_the_article(lines[url])
            told += [f"{url}: {key} {theirs[key]!r}, not {ours[key]!r}" for key in ours if ours[key] != theirs[key]]
        return told


def _of_the_article(line: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in line.items() if key not in OF_THE_ARCHIVE}
    for name in ("images", "attachments"):
        kept[name] = [{**one, "warc_record_id": bool(one.get("warc_record_id"))} for one in kept[name]]
    return kept


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    folder = tmp_path_factory.mktemp("archived")
    with serve(ALL, ports=(0, 0, 0)) as site:
        own = crawl_served(site, folder)
        assert own.said.returncode == 0, own.said.stderr
        yield Archived(site, own, folder)


@pytest.fixture(scope="module")
def by_wget(archived: Archived, tool: Tool) -> Path:
    """A WARC file that wget made of the addresses that our crawl asked for."""
    wget = tool("wget")
    urls, warc = archived.folder / "urls.txt", archived.folder / "wget"
    urls.write_text("\n".join(archived.addresses()), encoding="utf-8")
    options = ["--quiet", "--no-proxy", "--tries=1", "--timeout=10", "--content-on-error", "--delete-after"]
    subprocess.run(
        [wget, *options, "-P", archived.folder / "files", f"--warc-file={warc}", "--warc-cdx", "-i", urls],
        check=False,
        timeout=120,
    )
    return warc.with_name("wget.warc.gz")


def test_wget(archived: Archived, by_wget: Path) -> None:
    assert archived.differences(archived.extracted(by_wget, into="of-wget")) == []


def test_wget_with_generic_rules_reads_the_host_that_most_pages_are_from(archived: Archived, by_wget: Path) -> None:
    said = command("extract", by_wget, "-o", archived.folder / "generic")
    assert said.returncode == 0, said.stderr
    assert "pages of other hosts were left out: " + archived.site.english in said.stderr
    lines = {line["canonical_url"]: line for line in lines_of(archived.folder / "generic")}
    ours = {url for url in archived.own.lines if url.startswith(archived.site.bulgarian)}
    assert ours - set(lines) == set()
    same = [url for url in ours if lines[url]["title"] == archived.own.lines[url]["title"]]
    assert len(same) >= 0.9 * len(ours)


def test_wget_that_leaves_out_what_it_has(archived: Archived, by_wget: Path, tool: Tool) -> None:
    wget, folder = tool("wget"), archived.folder
    warc = folder / "again"
    options = ["--quiet", "--no-proxy", "--tries=1", "--timeout=10", "--content-on-error", "--delete-after"]
    cdx = by_wget.with_name("wget.cdx")
    subprocess.run(
        [
            wget,
            *options,
            "-P",
            folder / "files",
            f"--warc-file={warc}",
            f"--warc-dedup={cdx}",
            "-i",
            folder / "urls.txt",
        ],
        check=False,
        timeout=120,
    )
    again = warc.with_name("again.warc.gz")
    with again.open("rb") as file:
        kinds = [record.rec_type for record in ArchiveIterator(file)]
    assert kinds.count("revisit") > 20
    assert archived.differences(archived.extracted(by_wget, again, into="of-both")) == []
    assert archived.differences(archived.extracted(again, by_wget, into="of-both-turned")) == []
    alone = command("extract", again, "-o", archived.folder / "alone", "--site", archived.toml)
    assert "which is not in what was given" in alone.stderr


def test_wget_uncompressed_and_recursive(archived: Archived, tool: Tool) -> None:
    wget = tool("wget")
    options = ["--quiet", "--no-proxy", "--tries=1", "--timeout=10", "--delete-after", "--no-warc-compression"]
    options += ["--recursive", "--level=3", "--reject-regex=kalendar|calendar|mesec|share|replytocom|sid="]
    warc = archived.folder / "plain"
    subprocess.run(
        [wget, *options, "-P", archived.folder / "files", f"--warc-file={warc}", archived.site.bulgarian],
        check=False,
        timeout=120,
    )
    lines = archived.extracted(warc.with_name("plain.warc"), into="of-plain")
    assert len(lines) > 5
    fields = ("title", "body", "key_takeaways", "image_links")
    for url in set(lines) & set(archived.own.lines):
        if "/2/" not in str(lines[url]) or lines[url]["body"] == archived.own.lines[url]["body"]:
            assert {n: lines[url][n] for n in fields} == {n: archived.own.lines[url][n] for n in fields}


@contextmanager
def _warcprox(folder: Path, python: Path) -> Iterator[str]:
    """A recording proxy; its switch for this machine's own addresses is only to be had from inside."""
    start = (
        "import sys, warcprox.warcproxy as proxy; proxy.WarcProxyHandler.allow_localhost = True;"
        "from warcprox.main import main; sys.argv[0] = 'warcprox'; main()"
    )
    folder.mkdir()
    said = folder / "said.txt"
    arguments = ["--port=0", "--address=127.0.0.1", "--gzip", "--dir=warcs", "--dedup-db-file=dedup.sqlite"]
    with said.open("w") as out:
        process = subprocess.Popen([python, "-c", start, *arguments], cwd=folder, stdout=out, stderr=out)
    try:
        deadline, found = time.monotonic() + 30, None
        while found is None and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.1)
            found = re.search(r"listening on \('?127\.0\.0\.1'?, (\d+)\)|127\.0\.0\.1:(\d+)", said.read_text())
        assert found, said.read_text()
        yield f"http://127.0.0.1:{found[1] or found[2]}"
    finally:
        process.terminate()
        process.wait(timeout=60)


def test_warcprox(archived: Archived, tool: Tool) -> None:
    folder = archived.folder / "warcprox"
    with _warcprox(folder, tool("warcprox/bin/python")) as proxy:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": proxy}))
        opener.addheaders = [("Accept-Encoding", "gzip, deflate")]
        for url in [*archived.addresses(), *archived.addresses()[:40]]:
            with suppress(urllib.error.HTTPError), opener.open(url, timeout=20) as answer:
                answer.read()
    (made,) = (folder / "warcs").glob("*.warc.gz")
    with made.open("rb") as file:
        assert [record.rec_type for record in ArchiveIterator(file)].count("revisit") >= 40
    lines = archived.extracted(folder / "warcs", into="of-warcprox")
    assert archived.differences(lines) == []


# -- our own archive, written again by others ---------------------------------------------------------------------------


def _own_warc(archived: Archived) -> Path:
    (warc,) = (archived.own.collection / "archive").glob("*.warc.gz")
    return warc


@pytest.mark.parametrize(("version", "packed"), [("1.0", True), ("1.1", False)])
def test_copied_by_warcio(archived: Archived, version: str, packed: bool) -> None:
    copy = archived.folder / f"warcio-{version}-{packed}.warc"
    own = _own_warc(archived)
    with own.open("rb") as file, own.open("rb") as again, copy.open("wb") as out:
        writer = WARCWriter(out, gzip=packed, warc_version=version)
        pairs = zip(ArchiveIterator(file, no_record_parse=True), ArchiveIterator(again), strict=True)
        for as_it_is, parsed in pairs:  # of a revisit warcio writes a head that it has parsed, or none
            writer.write_record(parsed if parsed.rec_type == "revisit" else as_it_is)
    assert archived.differences(archived.extracted(copy, into=copy.stem)) == []


def test_recompressed_by_warcio(archived: Archived, tool: Tool) -> None:
    whole = archived.folder / "whole.warc.gz"
    unpacked = subprocess.run(["gzip", "-dc", _own_warc(archived)], check=True, capture_output=True).stdout
    whole.write_bytes(subprocess.run(["gzip", "-c"], input=unpacked, check=True, capture_output=True).stdout)
    assert archived.differences(archived.extracted(whole, into="one-member")) == []
    again = archived.folder / "recompressed.warc.gz"
    subprocess.run([tool("warcio"), "recompress", whole, again], check=True, capture_output=True)
    assert archived.differences(archived.extracted(again, into="recompressed")) == []


def test_copied_by_fastwarc(archived: Archived) -> None:
    from fastwarc.warc import ArchiveIterator as FastIterator

    copy = archived.folder / "fastwarc.warc"
    with _own_warc(archived).open("rb") as file, copy.open("wb") as out:
        for record in FastIterator(file, parse_http=False):
            record.write(out)
    assert archived.differences(archived.extracted(copy, into="fastwarc")) == []


def test_a_wacz_by_py_wacz(archived: Archived, by_wget: Path, tool: Tool) -> None:
    wacz = tool("wacz")
    made = archived.folder / "wget.wacz"
    subprocess.run([wacz, "create", "-o", made, by_wget], check=True, capture_output=True, timeout=120)
    lines = archived.extracted(made, into="of-wacz")
    assert archived.differences(lines) == []
    assert {line["warc"]["file"] for line in lines.values()} == {by_wget.name}
    line = next(iter(lines.values()))["warc"]
    with by_wget.open("rb") as file:
        file.seek(line["offset"])
        (record,) = ArchiveIterator(io.BytesIO(file.read(line["length"])))
        assert record.rec_headers.get_header("WARC-Record-ID") == line["record_id"]
