"""Capture: the bytes as they went over the wire, for sixteen shapes of answers, on http and https, directly and through proxies."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from twisted.web._newclient import HTTP11ClientProtocol
from twisted.web.client import HTTPConnectionPool

from cluster_archive.errors import ClusterArchiveError
from cluster_archive.hooks import check_hooks
from cluster_archive.recording import TOKEN

from .wire import ANSWERS, BIG, Log, certificate, ok, wire_server

pytestmark = pytest.mark.crawl

SCRIPT = Path(__file__).with_name("capture_run.py")


def fetch(requests: list[tuple[str, str, dict[str, Any]]], named: list[str], **settings: Any) -> dict[str, Any]:
    """What the handler recorded of these requests."""
    given = {"DOWNLOAD_VERIFY_CERTIFICATES": False, "ARCHIVE_NAMED_HOSTS": named, **settings}
    said = subprocess.run(
        [sys.executable, str(SCRIPT), json.dumps(requests), json.dumps(given)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    told: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
    for exchange in told["exchanges"]:
        for name in ("request", "response"):
            exchange[name] = base64.b64decode(exchange[name])
    return told


def check(told: dict[str, Any], log: Log, answers: dict[str, bytes]) -> None:
    """Each answer byte for byte as sent, each request as the server got it, and our token nowhere."""
    got = {exchange["url"]: exchange for exchange in told["exchanges"]}
    assert len(got) == len(answers)
    for url, exchange in got.items():
        path = "/" + url.partition("://")[2].partition("/")[2]
        assert exchange["response"] == answers[path], path
        assert exchange["request"] in log.got, path
    assert not [request for request in log.got if TOKEN.lower() in request.lower()]


def requests_for(origin: str, **meta: Any) -> list[tuple[str, str, dict[str, Any]]]:
    return [("HEAD" if path == "/head" else "GET", origin + path, meta) for path in ANSWERS]


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("way", ["directly", "through a proxy"])
def test_sixteen_shapes_of_answers(tmp_path: Path, scheme: str, way: str) -> None:
    with wire_server(certificate(tmp_path) if scheme == "https" else None) as log, wire_server() as proxy:
        meta = {} if way == "directly" else {"proxy": f"http://127.0.0.1:{proxy.port}"}
        origin = f"{scheme}://127.0.0.1:{log.port}"
        told = fetch(requests_for(origin, **meta), [f"127.0.0.1:{log.port}", f"127.0.0.1:{proxy.port}"])
    seen = proxy if meta and scheme == "http" else log
    check(told, seen, ANSWERS)
    for exchange in told["exchanges"]:
        assert exchange["ip"] == (None if meta else "127.0.0.1")
        assert bool(exchange["tls"]) == (scheme == "https"), exchange["url"]
    if meta:
        assert proxy.connections
    cut = {exchange["url"].removeprefix(origin) for exchange in told["exchanges"] if exchange["truncated"]}
    assert cut == {"/short"}


def test_what_is_too_long_is_cut_and_marked() -> None:
    with wire_server() as log:
        origin = f"http://127.0.0.1:{log.port}"
        told = fetch(
            [("GET", origin + "/big", {}), ("GET", origin + "/big-chunked", {})],
            [f"127.0.0.1:{log.port}"],
            DOWNLOAD_MAXSIZE=1024 * 1024,
        )
    assert len(told["exchanges"]) == 2
    for exchange in told["exchanges"]:
        path = exchange["url"].removeprefix(origin)
        assert exchange["truncated"] == "length"
        assert 0 < len(exchange["response"]) < 2 * 1024 * 1024
        assert ANSWERS[path].startswith(exchange["response"])


def test_silence_is_cut_by_time() -> None:
    def answer(_path: str, _connection: int, _number: int) -> bytes:
        return b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbeginning"

    with wire_server(answer=answer) as log:
        told = fetch([("GET", f"http://127.0.0.1:{log.port}/slow", {})], [f"127.0.0.1:{log.port}"], DOWNLOAD_TIMEOUT=1)
    (exchange,) = told["exchanges"]
    assert exchange["truncated"] == "time"
    assert exchange["response"].endswith(b"beginning")


def test_a_request_sent_again_on_a_new_connection() -> None:
    """A kept connection turns out dead: Twisted sends the same request again, and the capture is of the second time."""

    def answer(path: str, connection: int, number: int) -> bytes | None:
        if connection == 1 and number == 1:
            return None
        return ok(b"Content-Length: %d\r\n" % len(path), path.encode())

    with wire_server(answer=answer) as log:
        origin = f"http://127.0.0.1:{log.port}"
        told = fetch([("GET", origin + "/first", {}), ("GET", origin + "/second", {})], [f"127.0.0.1:{log.port}"])
    first, second = told["exchanges"]
    assert (first["attempts"], second["attempts"]) == (1, 2)
    assert second["response"].endswith(b"/second")
    assert log.connections == 2
    assert [request.split(b" ")[1] for request in log.got] == [b"/first", b"/second", b"/second"]
    assert second["request"] == log.got[-1] == log.got[-2]


def test_a_server_that_hangs_up() -> None:
    with wire_server(answer=lambda *_: None) as log:
        told = fetch([("GET", f"http://127.0.0.1:{log.port}/", {})], [f"127.0.0.1:{log.port}"])
    assert [exchange["response"] for exchange in told["exchanges"]] == [b""]
    assert told["exchanges"][0]["failure"]


def test_a_certificate_that_nobody_signed_is_a_failure(tmp_path: Path) -> None:
    with wire_server(certificate(tmp_path)) as log:
        told = fetch(
            [("GET", f"https://127.0.0.1:{log.port}/plain", {})],
            [f"127.0.0.1:{log.port}"],
            DOWNLOAD_VERIFY_CERTIFICATES=True,
        )
    assert log.got == []
    assert not told["outcomes"][0].startswith("200")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_large_answers_that_wait_for_each_other_come_whole(scheme: str, tmp_path: Path) -> None:
    with wire_server(certificate(tmp_path) if scheme == "https" else None) as log:
        urls = [f"{scheme}://127.0.0.1:{log.port}/big{'-chunked' * (number % 2)}?{number}" for number in range(8)]
        told = fetch(
            [("GET", url, {}) for url in urls],
            [f"127.0.0.1:{log.port}"],
            IN_FLIGHT=4_000_000,
            CONCURRENT_REQUESTS=8,
            CONCURRENT_REQUESTS_PER_DOMAIN=8,
            DOWNLOAD_DELAY=0,
        )
    assert sorted(told["outcomes"]) == sorted(f"200 {url}" for url in urls)
    assert all(len(exchange["response"]) > len(BIG) for exchange in told["exchanges"])


IPV4 = ("127.0.0.1", "localhost", "2130706433", "127.1", "0x7f000001", "10.0.0.1", "169.254.169.254")
IPV6 = (
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[fe80::1]",
    "[fd00::1]",
    "[64:ff9b::7f00:1]",
)


def has_ipv6() -> bool:
    """Whether this machine has the loopback address of IPv6."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("hosts", "here"), [(IPV4, "127.0.0.1"), pytest.param(IPV6, "::1", marks=needs_ipv6)], ids=["IPv4", "IPv6"]
)
def test_a_private_address_that_nobody_named_is_refused(hosts: tuple[str, ...], here: str, scheme: str) -> None:
    with wire_server(host=here) as log:
        urls = [f"{scheme}://{host}:{log.port}/plain" for host in hosts]
        told = fetch([("GET", url, {}) for url in urls], [])
    assert (log.connections, told["exchanges"]) == (0, [])
    assert sorted(told["outcomes"]) == sorted(f"AddressRefused {url}" for url in urls)


@needs_ipv6
def test_an_ipv6_address_that_the_operator_named_is_asked() -> None:
    with wire_server(host="::1") as log:
        url = f"http://[::1]:{log.port}/plain"
        told = fetch([("GET", url, {})], [f"[::1]:{log.port}"])
    assert told["outcomes"] == [f"200 {url}"]
    assert told["exchanges"][0]["ip"] == "::1"


@pytest.mark.parametrize(("owner", "name"), [(HTTPConnectionPool, "_factory"), (HTTP11ClientProtocol, "request")])
def test_the_start_is_refused_where_a_hook_is_missing(monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> None:
    check_hooks()
    monkeypatch.delattr(owner, name)
    with pytest.raises(ClusterArchiveError, match=name):
        check_hooks()


def test_the_crawl_does_not_start_where_a_hook_is_missing(tmp_path: Path) -> None:
    script = (
        "import sys; from twisted.web._newclient import HTTP11ClientProtocol as p; del p.dataReceived\n"
        "from cluster_archive.cli import main; sys.argv[1:] = ['crawl', 'http://127.0.0.1:9/', '-o', sys.argv[1]]; main()"
    )
    said = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert said.returncode == 1
    assert "dataReceived" in said.stderr
    assert "Traceback" not in said.stderr
