"""The reading room is safe to open: hostile pages, hostile neighbours, hostile paths."""

from __future__ import annotations

import io
import re
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from cluster_archive.cli.serving import serve
from cluster_archive.web.replay import _laid_out
from cluster_archive.web.server import Names

from .conftest import EVIL, SVG, Asker, Made

PATHS = ("/", "/about", "/nothing", "/static/style.css", "/download/articles.jsonl", "/article/x")


def pages_with_evil(made: Made) -> list[str]:
    return ["/", "/?q=script", "/about", f"/article/{made.id('evil')}", f"/replay/{made.id('evil')}"]


def test_nothing_from_a_page_becomes_markup(ask: Asker, made: Made) -> None:
    for path in pages_with_evil(made):
        page = html.fromstring(ask(path).text)
        assert page.cssselect("script, style, object, embed, [onerror], [onclick], [style]") == [], path
        for one in page.xpath("//@href | //@src | //@action"):
            assert re.match(r"(/|#|http://127\.0\.0\.1:8421/see/|https://example\.org/)", one), (path, one)
        assert "49" not in page.text_content().replace(str(made.articles["evil"].warc), ""), "a template ran"
    assert EVIL in html.fromstring(ask(f"/article/{made.id('evil')}").text).text_content()


def test_the_evil_query_is_shown_as_text(ask: Asker) -> None:
    page = html.fromstring(ask("/?q=%3Cscript%3Ealert(1)%3C/script%3E%22%27&lang=%22%3E%3Cscript%3E").text)
    assert page.cssselect("script") == []
    assert page.cssselect("#q")[0].get("value") == "<script>alert(1)</script>\"'"


def test_strict_headers_stand_on_every_answer(ask: Asker, made: Made) -> None:
    paths = [*PATHS, *pages_with_evil(made), f"/picture/{made.id('evil')}/0", f"/record/{made.id('evil')}"]
    paths += [f"/article/{made.id('evil')}.json", f"/document/{made.id('evil')}/0"]
    for stage in (False, True):
        for path in [*paths, f"/see/{made.id('evil')}", "/replay/", "/replay/ui.js", "/replay/sw.js", "/style.css"]:
            headers = ask(path, stage=stage).headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy, path
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["cross-origin-resource-policy"] == "same-origin"
            assert "set-cookie" not in headers
            if not stage:
                assert "script-src 'none'" in policy or "sandbox" in policy, path
                assert headers["x-frame-options"] == "DENY"


def test_scripts_run_on_the_stage_alone_and_ask_only_it(ask: Asker, made: Made) -> None:
    see = ask(f"/see/{made.id('evil')}", stage=True).headers["content-security-policy"]
    assert "script-src 'self';" in see
    assert "unsafe-eval" not in see
    assert "frame-ancestors 'self' http://127.0.0.1:8420 http://localhost:8420" in see
    assert "connect-src 'self'" in ask("/replay/sw.js", stage=True).headers["content-security-policy"]
    page = html.fromstring(ask(f"/replay/{made.id('evil')}").text)
    (frame,) = page.cssselect("iframe")
    assert frame.get("src").startswith("http://127.0.0.1:8421/see/")
    assert set(frame.get("sandbox").split()) == {"allow-scripts", "allow-same-origin", "allow-forms", "allow-downloads"}


def test_a_picture_with_a_script_can_do_nothing(ask: Asker, made: Made) -> None:
    shown = ask(f"/picture/{made.id('evil')}/2")
    assert shown.body == SVG
    assert shown.headers["content-security-policy"].startswith("default-src 'none'")
    assert "sandbox" in shown.headers["content-security-policy"]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8420", "127.0.0.1.evil.example", "", "[", "0x7f.1"])
def test_other_names_are_not_answered(ask: Asker, made: Made, host: str) -> None:
    for stage in (False, True):
        for path in ("/", f"/article/{made.id('evil')}.json", "/replay/ui.js", "/nothing"):
            answered = ask(path, stage=stage, Host=host)
            assert answered.status in (400, 421), (host, path)
            assert "alert" not in answered.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1", "LOCALHOST:8420", "[::1]:8420"])
def test_our_own_names_are_answered(ask: Asker, host: str) -> None:
    assert ask("/", Host=host).status == 200


def test_where_all_may_come_names_must_still_be_ours() -> None:
    names = Names(host="0.0.0.0")
    assert names.allow("192.168.1.5:8420")
    assert not names.allow("evil.example")
    assert Names(host="room.example").allow("room.example:8420")


@pytest.mark.parametrize(
    "path",
    [
        "/download/../state.sqlite",
        "/download/..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/download/%2e%2e/%2e%2e/etc/passwd",
        "/download/%2fetc%2fpasswd",
        "/download/state.sqlite",
        "/download/.lock",
        "/download/",
        "/archive/../../etc/passwd",
        "/static/../server.py",
        "/static/..%2fserver.py",
        "/static/server.py",
        "/static/%00",
        "//etc/passwd",
        "/article/" + "0" * 64,
        "/article/../../etc/passwd",
        "/picture/" + "0" * 64 + "/0",
        "/record/" + "0" * 64,
        "/replay/" + "0" * 64,
        "/see/" + "0" * 64,
        "/%2e%2e/%2e%2e/etc/passwd",
    ],
)
def test_what_is_not_offered_is_not_there(ask: Asker, path: str) -> None:
    for stage in (False, True):
        answered = ask(path, stage=stage)
        assert answered.status == 404, path
        assert b"root:" not in answered.body


def test_a_dataset_cannot_point_out_of_the_collection(ask: Asker, made: Made) -> None:
    path = made.collection.dataset / "articles.jsonl"
    name = made.collection.warcs()[0].name
    for elsewhere in ("../../secret.warc.gz", "/etc/passwd", "..", ""):
        original = path.read_text(encoding="utf-8")
        path.write_text(original.replace(f'"{name}"', f'"{elsewhere}"'), encoding="utf-8")
        assert ask(f"/record/{made.id('evil')}").status == 404
        path.write_text(original, encoding="utf-8")


@pytest.mark.parametrize("name", ["example-20990101000000-00009.warc.gz", "articles.jsonl", "example.wacz"])
def test_a_link_in_the_collection_leads_nowhere(ask: Asker, made: Made, tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"root:x:0:0")
    folder = {"articles.jsonl": made.collection.dataset, "example.wacz": made.collection.root.parent}.get(name)
    path = (folder or made.collection.archive) / name
    path.unlink(missing_ok=True)
    path.symlink_to(secret)
    assert ask(f"/download/{name}").status == 404
    wacz = ask.room.wacz()
    assert b"root:x" not in b"".join(wacz.read(0, wacz.size))
    assert "root:x" not in ask("/").text


def test_only_this_machine_is_answered_unless_the_operator_says_so() -> None:
    (host,) = [one for one in serve.params if one.name == "host"]
    assert host.default == "127.0.0.1"


RAW = {
    b"GET / HTTP/1.1\r\nHost: evil.example\r\nHost: 127.0.0.1\r\n\r\n": 400,
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1@evil.example\r\n\r\n": 421,
    b"GET / HTTP/1.0\r\n\r\n": 421,
    b"GET /download/../../../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n": 404,
    b"GET //etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n": 404,
    b"GET /%0d%0aX-Evil:1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n": 404,
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n": 400,
    b"GET /?q=\xff\xfe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n": 400,
    b"CONNECT evil.example:80 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n": 404,
    b"\x16\x03\x01\x02\x00\x01": 400,
}


@pytest.mark.crawl
def test_a_server_that_runs_withstands_what_no_browser_would_send(made: Made) -> None:
    command = [sys.executable, "-u", "-m", "cluster_archive", "serve", str(made.collection.root), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as served:
        assert served.stdout is not None
        try:
            found = next(one for line in served.stdout if (one := re.search(r"http://127\.0\.0\.1:(\d+)/", line)))
            for sent, status in RAW.items():
                with socket.create_connection(("127.0.0.1", int(found[1])), timeout=10) as stream:
                    stream.sendall(sent)
                    answered = stream.recv(65536)
                assert int(answered.split(b" ")[1]) in (status, 421), sent
                assert b"root:" not in answered
                assert b"X-Evil" not in answered.partition(b"\r\n\r\n")[0]
        finally:
            served.terminate()
            said = served.stdout.read()
    assert "Traceback" not in said


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_is_written(ask: Asker, method: str) -> None:
    assert ask("/", method=method).status == 405


def test_head_is_get_without_a_body(ask: Asker, made: Made) -> None:
    version = ask.room.wacz().version
    for stage, path in ((False, "/"), (False, f"/record/{made.id('evil')}"), (True, f"/replay/{version}.wacz")):
        whole, head = ask(path, stage=stage), ask(path, stage=stage, method="HEAD")
        assert head.status == 200
        assert head.body == b""
        assert head.headers["content-length"] == str(len(whole.body))


def test_ranges_of_the_archive(ask: Asker) -> None:
    wacz = ask.room.wacz()
    path = f"/replay/{wacz.version}.wacz"
    whole = ask(path, stage=True)
    assert whole.status == 200
    assert whole.headers["accept-ranges"] == "bytes"
    assert len(whole.body) == wacz.size
    for text, start, stop in (
        ("bytes=0-0", 0, 1),
        ("bytes=10-99", 10, 100),
        ("bytes=5-", 5, wacz.size),
        ("bytes=-7", wacz.size - 7, wacz.size),
        (f"bytes=-{wacz.size * 2}", 0, wacz.size),
        (f"bytes=3-{wacz.size * 2}", 3, wacz.size),
    ):
        part = ask(path, stage=True, Range=text)
        assert part.status == 206
        assert part.body == whole.body[start:stop], text
        assert part.headers["content-range"] == f"bytes {start}-{stop - 1}/{wacz.size}"
    beyond = ask(path, stage=True, Range=f"bytes={wacz.size}-")
    assert beyond.status == 416
    assert beyond.headers["content-range"] == f"bytes */{wacz.size}"
    for ignored in ("bytes=1-2,4-5", "lines=1-2", "bytes=x"):
        assert ask(path, stage=True, Range=ignored).status == 200
    assert ask("/replay/0123456789abcdef.wacz", stage=True).status == 404
    assert ask("/download/articles.jsonl", Range="bytes=0-4").body == b'{"id"'


def test_the_archive_that_is_never_written_is_a_zip_of_the_files(ask: Asker, made: Made) -> None:
    wacz = ask.room.wacz()
    with zipfile.ZipFile(io.BytesIO(b"".join(wacz.read(0, wacz.size)))) as read:
        names = read.namelist()
        warc = made.collection.warcs()[0]
        assert names == ["datapackage.json", "indexes/index.idx", "indexes/index.cdx.gz", f"archive/{warc.name}"]
        info = read.getinfo(f"archive/{warc.name}")
    assert info.compress_type == zipfile.ZIP_STORED
    assert info.file_size == warc.stat().st_size


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(parts=st.lists(st.binary(max_size=50), max_size=5), cut=st.tuples(st.integers(0, 600), st.integers(0, 600)))
def test_any_slice_of_the_archive_is_that_of_the_whole(parts: list[bytes], cut: tuple[int, int]) -> None:
    wacz = _laid_out([(f"{number}", part, len(part)) for number, part in enumerate(parts)], "x")
    whole = b"".join(wacz.read(0, wacz.size))
    assert len(whole) == wacz.size
    assert b"".join(wacz.read(*cut)) == whole[cut[0] : cut[1]] if cut[0] <= cut[1] else True
    with zipfile.ZipFile(io.BytesIO(whole)) as read:
        assert [info.file_size for info in read.infolist()] == [len(part) for part in parts]


def test_an_archive_beyond_four_gigabytes(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("large")
    large = folder / "large"
    with large.open("wb") as file:
        file.truncate(5 * 1024**3)  # a hole, it takes no room
    wacz = _laid_out([("a", b"1", 1), ("large", large, 5 * 1024**3), ("b", b"22", 2)], "x")
    sparse = folder / "whole.zip"
    with sparse.open("wb") as file:
        for (begin, source), end in zip(wacz.pieces, [one[0] for one in wacz.pieces[1:]] + [wacz.size], strict=True):
            if isinstance(source, bytes):
                file.seek(begin)
                file.write(source)
            assert begin <= end
    with zipfile.ZipFile(sparse) as read:
        assert [info.file_size for info in read.infolist()] == [1, 5 * 1024**3, 2]
        assert [info.filename for info in read.infolist()] == ["a", "large", "b"]


def test_the_archive_has_another_name_when_it_has_grown(ask: Asker, made: Made) -> None:
    before = ask.room.wacz().version
    more = made.collection.archive / "example-20300101000000-00001.warc.gz"
    more.write_bytes(made.collection.warcs()[0].read_bytes())
    assert ask.room.wacz().version != before


def test_without_the_replays_files_all_else_works(ask: Asker, made: Made) -> None:
    ask.room.assets = None
    page = ask(f"/replay/{made.id('evil')}?lang=en")
    assert "--get-replay" in page.text
    assert html.fromstring(page.text).cssselect("iframe") == []
    assert ask(f"/see/{made.id('evil')}", stage=True).status == 404
    assert ask("/replay/ui.js", stage=True).status == 404
    assert ask("/").status == ask(f"/article/{made.id('evil')}").status == 200


def test_the_time_to_replay_is_one_that_was_captured(ask: Asker, made: Made) -> None:
    for asked, shown in (("20240506070809", "20240506070809"), ("nonsense", "20240605070809"), ("", "20240605070809")):
        page = html.fromstring(ask(f"/see/{made.id('twice')}?at={asked}", stage=True).text)
        assert page.cssselect("replay-web-page")[0].get("ts") == shown
    page = ask(f"/replay/{made.id('lost')}?lang=en").text
    assert "nothing to show" in page
