"""What our crawl wrote, read by other tools: warcio, FastWARC, cdxj-indexer, py-wacz, and replayed by pywb."""

from __future__ import annotations

import gzip
import json
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from cluster_archive.archive import Source, captures_of
from cluster_archive.captures import Capture
from cluster_archive.codings import decode_body

from .conftest import Crawled

pytestmark = pytest.mark.crawl

Tool = Callable[[str], Path]


@pytest.fixture(scope="module")
def warc(whole: Crawled) -> Path:
    (path,) = (whole.collection / "archive").glob("*.warc.gz")
    return path


@pytest.fixture(scope="module")
def captures(warc: Path) -> list[Capture]:
    return list(captures_of([Source(name=warc.name, path=warc)], pytest.fail))


def run(*arguments: str | Path, timeout: int = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*map(str, arguments)], capture_output=True, text=True, timeout=timeout, check=False)


def test_gzip(warc: Path) -> None:
    assert run("gzip", "-t", warc).returncode == 0


def test_warcio_reads_each_payload(warc: Path, captures: list[Capture]) -> None:
    with warc.open("rb") as file:
        theirs = {}
        for record in ArchiveIterator(file):
            if record.rec_type == "response":
                theirs[record.rec_headers.get_header("WARC-Record-ID")] = record.content_stream().read()
    ours = {one.ref.record_id: decode_body(one).content for one in captures if one.ref and not _is_revisit(one)}
    assert ours == theirs


def test_warcio_finds_the_digests_right(warc: Path, tool: Tool) -> None:
    """All but payload digests of answers in chunks, which warcio takes over the chunks (webrecorder/warcio#74)."""
    said = run(tool("warcio"), "check", "-v", warc)
    chunked = _chunked(warc)
    failed = set(re.findall(r"WARC-Record-ID (<\S+>)[^\n]*\n\s+payload digest failed", said.stdout))
    assert "block digest failed" not in said.stdout
    assert failed <= chunked
    assert said.returncode == (1 if failed else 0), said.stdout[-2000:]


def test_fastwarc_finds_the_digests_right(warc: Path, tool: Tool) -> None:
    said = run(tool("fastwarc"), "check", "-q", warc)
    assert said.returncode == 0, said.stdout + said.stderr
    with warc.open("rb") as file:
        for record in FastIterator(file, parse_http=False):
            assert record.verify_block_digest(), record.record_id


def test_cdxj_indexer_makes_the_same_index(whole: Crawled, warc: Path) -> None:
    said = run(sys.executable, "-m", "cdxj_indexer.main", "--sort", warc)
    assert said.returncode == 0, said.stderr
    ours = (whole.collection / "indexes" / "index.cdxj").read_text(encoding="utf-8").splitlines()
    theirs = [line for line in said.stdout.splitlines() if '"status"' in line]
    assert [_place(line) for line in ours if '"status"' in line] == [_place(line) for line in theirs]


def test_py_wacz_packs_and_validates_it(warc: Path, tmp_path: Path, tool: Tool) -> None:
    wacz = tool("wacz")
    made = run(wacz, "create", "-o", tmp_path / "x.wacz", warc)
    assert made.returncode == 0, made.stderr
    checked = run(wacz, "validate", "-f", tmp_path / "x.wacz")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def _place(line: str) -> tuple[str, ...]:
    key, moment, fields = line.split(" ", 2)
    told = json.loads(fields)
    return (key, moment, *(told[name] for name in ("url", "status", "length", "offset", "filename")))


def _chunked(warc: Path) -> set[str]:
    with warc.open("rb") as file:
        records = [record for record in ArchiveIterator(file, no_record_parse=True) if record.rec_type == "response"]
        return {
            record.rec_headers.get_header("WARC-Record-ID")
            for record in records
            if b"transfer-encoding: chunked" in record.raw_stream.read(4000).lower()
        }


def _is_revisit(capture: Capture) -> bool:
    return getattr(capture, "refers_to", None) is not None


# -- pywb ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wayback(warc: Path, captures: list[Capture], tmp_path_factory: pytest.TempPathFactory, tool: Tool) -> Iterator[str]:
    """pywb, replaying our archive and a second file with a revisit of its first page; its address."""
    bin_folder = tool("pywb/bin/wayback").parent
    folder = tmp_path_factory.mktemp("pywb")
    for arguments in (["init", "demo"], ["add", "demo", str(warc), str(_with_a_revisit(folder, captures))]):
        said = subprocess.run(
            [bin_folder / "wb-manager", *arguments], cwd=folder, capture_output=True, text=True, check=False
        )
        assert said.returncode == 0, said.stderr
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (folder / "said.txt").open("w") as out:
        arguments = [bin_folder / "wayback", "-b", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(arguments, cwd=folder, stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/demo/", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, (folder / "said.txt").read_text()
                assert time.monotonic() < deadline, (folder / "said.txt").read_text()
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/demo"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _with_a_revisit(folder: Path, captures: list[Capture]) -> Path:
    """A WARC file with a revisit of a page, a year on."""
    page = _page(captures)
    assert page.ref is not None
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nX-Later: yes\r\n\r\n"
    fields = [
        "WARC/1.1",
        "WARC-Type: revisit",
        "WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>",
        f"WARC-Target-URI: {page.url}",
        "WARC-Date: 2040-01-01T00:00:00Z",
        "WARC-Profile: http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
        f"WARC-Refers-To: {page.ref.record_id}",
        f"WARC-Refers-To-Target-URI: {page.url}",
        f"WARC-Refers-To-Date: {page.captured_at:%Y-%m-%dT%H:%M:%S.%fZ}",
        f"WARC-Payload-Digest: {page.ref.payload_digest}",
        "Content-Type: application/http;msgtype=response",
        f"Content-Length: {len(block)}",
    ]
    path = folder / "later.warc.gz"
    path.write_bytes(gzip.compress("\r\n".join([*fields, "", ""]).encode() + block + b"\r\n\r\n"))
    return path


def _page(captures: list[Capture]) -> Capture:
    return next(one for one in captures if one.status == 200 and one.media_type == "text/html" and not _is_revisit(one))


def replayed(wayback: str, capture: Capture, moment: str | None = None, mode: str = "id_") -> tuple[int, bytes]:
    """Status and body as pywb gives them back."""
    address = f"{wayback}/{moment or f'{capture.captured_at:%Y%m%d%H%M%S}'}{mode}/{capture.url}"
    request = urllib.request.Request(address, headers={"Accept-Encoding": "identity"})
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=30) as answer:
            body, coding = answer.read(), answer.headers.get("Content-Encoding", "")
            return answer.status, gzip.decompress(body) if coding == "gzip" else body
    except urllib.error.HTTPError as error:
        return error.code, error.read()


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect that is replayed is not followed."""

    def redirect_request(self, *_: object) -> None:
        return None


def test_pywb_gives_back_the_bytes(wayback: str, captures: list[Capture]) -> None:
    """A page of each kind: pages, style sheets, pictures and the rest, as they were sent."""
    kinds: dict[str, Capture] = {}
    for capture in captures:
        if capture.status == 200 and capture.payload and capture.truncated is None:
            kinds.setdefault(capture.media_type, capture)
    assert {"text/html", "image/png", "application/json"} <= set(kinds)
    for capture in kinds.values():
        same_second = [
            decode_body(one).content
            for one in captures
            if one.url == capture.url and f"{one.captured_at:%Y%m%d%H%M%S}" == f"{capture.captured_at:%Y%m%d%H%M%S}"
        ]
        status, body = replayed(wayback, capture)
        assert status == 200, capture.url
        assert body in same_second, capture.url


def test_pywb_shows_the_page(wayback: str, captures: list[Capture]) -> None:
    status, body = replayed(wayback, _page(captures), mode="mp_")
    assert status == 200
    assert b"wombat" in body  # pywb's own script: the page is rewritten to stay in the archive


def test_pywb_finds_a_revisits_payload(wayback: str, captures: list[Capture]) -> None:
    page = _page(captures)
    status, body = replayed(wayback, page, "20400101000000")
    assert (status, body) == (200, decode_body(page).content)


def test_pywb_gives_back_what_went_wrong(wayback: str, captures: list[Capture]) -> None:
    gone = next(one for one in captures if one.status == 404)
    assert replayed(wayback, gone)[0] == 404
