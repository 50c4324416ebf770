"""Faults of the connection and of HTTP's framing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from os import urandom

from .runner import Fault, Outcome
from .server import Answer, Asked, Wire, ok, post

PAGE = post("A page that is cut", body="<p>" + "More words about pipes and pumps. " * 200 + "</p>").encode()
WHOLE = ok(PAGE)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
CUT_LINE = "cut-|connection-failed|timeout|too-large"


def chunked(*parts: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """An answer in chunks."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body + end


def then_close(data: bytes) -> Answer:
    """Sends, and closes in good order."""

    def answer(wire: Wire, asked: Asked) -> None:
        wire.send(data)

    return answer


def then_reset(data: bytes) -> Answer:
    """Sends, and resets the connection."""

    def answer(wire: Wire, asked: Asked) -> None:
        if data:
            wire.send(data)
            wire.rest(0.2)
        wire.reset()

    return answer


def then_silence(data: bytes) -> Answer:
    """Sends, and says no more."""

    def answer(wire: Wire, asked: Asked) -> None:
        if data:
            wire.send(data)
        wire.rest(200)

    return answer


def drip(first: bytes, data: bytes) -> Answer:
    """Sends the first part, then a byte a second."""

    def answer(wire: Wire, asked: Asked) -> None:
        wire.send(first)
        for byte in data * 1000:
            wire.send(bytes([byte]))
            wire.rest(1)

    return answer


def for_ever(first: bytes, data: bytes) -> Answer:
    """Sends the first part, then the other without end."""

    def answer(wire: Wire, asked: Asked) -> None:
        wire.send(first)
        while True:
            wire.send(data)

    return answer


def only_once(bad: Answer, good: bytes) -> Answer:
    """Fails the first time."""

    def answer(wire: Wire, asked: Asked) -> bool | None:
        if asked.times > 1:
            wire.send(good)
            return True
        assert not isinstance(bad, bytes)
        return bad(wire, asked)

    return answer


def _forged(wire: Wire, asked: Asked) -> bool:
    wire.send(WHOLE + ok(post("A forged reply")))
    return True


def _no_forgery(outcome: Outcome) -> str | None:
    forged = [line["url"] for line in outcome.lines if line["title"] == "A forged reply"]
    return f"a forged reply was read as {forged}" if forged else None


def _not_too_often(path: str, most: int) -> Callable[[Outcome], str | None]:
    def check(outcome: Outcome) -> str | None:
        count = outcome.asked.count(path)
        return f"asked {count} times" if count > most else None

    return check


@cache
def _many_megabytes() -> str:
    return urandom(15 * 1024 * 1024).hex()  # what no archive can make smaller than half


def _large(wire: Wire, asked: Asked) -> bool:
    wire.send(ok(post(f"The large page {asked.path}", body=f"<p>{_many_megabytes()}</p>")))
    return True


SLOW = {"seconds": 110.0}

FAULTS = (
    Fault(name="reset-at-once", answer=then_reset(b""), article=False, archived="none", told="connection-failed"),
    Fault(name="reset-in-head", answer=then_reset(HEAD[:30]), article=False, told=CUT_LINE),
    Fault(name="reset-in-body", answer=then_reset(WHOLE[:4000]), article=True, issue="truncated", archived="cut", told="cut-"),
    Fault(name="reset-once", answer=only_once(then_reset(b""), WHOLE), article=True, archived="whole"),
    Fault(name="close-at-once", answer=then_close(b""), article=False, archived="none", told="connection-failed"),
    Fault(name="close-in-head", answer=then_close(HEAD), article=False, told=CUT_LINE),
    Fault(name="short-body", answer=then_close(WHOLE[:4000]), article=True, issue="truncated", archived="cut", told="cut-disconnect"),
    Fault(name="short-once", answer=only_once(then_close(WHOLE[:3000]), WHOLE), article=True, archived="whole"),
    Fault(name="long-body", answer=then_close(WHOLE + b"<p>more than was said</p>"), article=True, archived="whole"),
    Fault(name="length-negative", answer=then_close(HEAD + b"Content-Length: -5\r\n\r\n" + PAGE), article=True),
    Fault(name="length-words", answer=then_close(HEAD + b"Content-Length: many\r\n\r\n" + PAGE), article=True),
    Fault(
        name="length-twice",
        answer=then_close(HEAD + b"Content-Length: 100\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE),
        article=True,
    ),
    Fault(
        name="length-huge",
        answer=then_close(HEAD + b"Content-Length: 99999999999\r\n\r\n" + PAGE),
        archived="cut",
        told="too-large|cut-",
    ),
    Fault(
        name="length-and-chunked",
        answer=then_close(chunked(PAGE).replace(b"Transfer", b"Content-Length: 5\r\nTransfer", 1)),
        article=True,
    ),
    Fault(name="chunks-cut", answer=then_close(chunked(PAGE[:3000], end=b"")), article=True, issue="truncated", archived="cut", told="cut-"),
    Fault(name="chunk-size-bad", answer=then_close(chunked(PAGE[:3000], end=b"zz\r\n\r\n")), archived="cut", told=CUT_LINE),
    Fault(name="chunk-size-huge", answer=then_close(chunked(PAGE[:3000], end=b"ffffffffffffffff\r\nx")), archived="cut", told=CUT_LINE),
    Fault(name="chunk-size-negative", answer=then_close(chunked(PAGE[:3000], end=b"-1\r\n\r\n")), told=CUT_LINE),
    Fault(name="chunk-extension-long", answer=then_close(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;" + b"x" * 200_000 + b"\r\nhello\r\n0\r\n\r\n"), told="."),
    Fault(name="chunks-without-end", answer=for_ever(chunked(PAGE[:3000], end=b""), b"10000\r\n" + b"x" * 65536 + b"\r\n"), archived="cut", told="too-large|cut-length|timeout"),
    Fault(name="chunks-of-one", answer=chunked(*(bytes([byte]) for byte in PAGE)), article=True, archived="whole"),
    Fault(name="body-without-end", answer=for_ever(HEAD + b"\r\n" + PAGE[:4000], b"x" * 65536), archived="cut", issue="truncated", article=True, told="too-large|cut-length|timeout"),
    Fault(name="head-without-end", answer=for_ever(HEAD, b"X-Field: " + b"x" * 8000 + b"\r\n"), article=False, told="."),
    Fault(name="status-line-without-end", answer=for_ever(b"HTTP/1.1 200 ", b"x" * 65536), article=False, told="."),
    Fault(name="interim-without-end", answer=for_ever(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" * 100), article=False, told="."),
    Fault(name="interim-once", answer=b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + WHOLE, article=True, archived="whole"),
    Fault(name="byte-a-second-body", answer=drip(HEAD + b"\r\n" + PAGE[:4000], b"x"), article=True, issue="truncated", archived="cut", told="timeout|cut-time", **SLOW),
    Fault(name="byte-a-second-head", answer=drip(b"HTTP/1.1 200 OK\r\nX: ", b"x"), article=False, told="timeout", **SLOW),
    Fault(name="silence", answer=then_silence(b""), article=False, archived="none", told="timeout", seconds=90),
    Fault(name="silence-in-body", answer=then_silence(WHOLE[:4000]), article=True, issue="truncated", archived="cut", told="timeout|cut-time", **SLOW),
    Fault(name="not-http", answer=then_close(b"SSH-2.0-OpenSSH_9.2\r\n" + b"\x00\x01\x02" * 500), article=False, told="not-http"),
    Fault(name="http-0.9", answer=then_close(b"<html><body class='single single-post'><h1>Old</h1></body></html>"), article=False, told="not-http"),
    Fault(name="status-line-bad", answer=then_close(b"HTTP/1.1 abc OK\r\n\r\n" + PAGE), article=False, told="not-http"),
    Fault(name="status-999", answer=ok(PAGE, status="999 Denied"), article=False, archived="whole"),
    Fault(name="status-line-lf", answer=then_close(WHOLE.replace(b"\r\n", b"\n")), article=True, archived="whole"),
    Fault(name="http-3.7", answer=then_close(WHOLE.replace(b"HTTP/1.1", b"HTTP/3.7", 1))),
    Fault(name="head-of-8-mb", answer=then_close(HEAD + b"X-Big: y\r\n" * 800_000 + b"\r\n" + PAGE), told="."),
    Fault(name="field-of-1-mb", answer=then_close(HEAD + b"X-Big: " + b"y" * 1_000_000 + b"\r\n\r\n" + PAGE), told="."),
    Fault(name="field-without-colon", answer=ok(PAGE, "text/html; charset=utf-8", "This is no field"), article=True, archived="whole"),
    Fault(name="field-with-space", answer=ok(PAGE, "text/html; charset=utf-8", "X Bad Name: y")),
    Fault(name="field-with-nul", answer=ok(PAGE, "text/html; charset=utf-8", "X-Nul: a\x00b"), archived="whole"),
    Fault(name="fields-of-cookies", answer=ok(PAGE, "text/html; charset=utf-8", *(f"Set-Cookie: c{one}={'v' * 50}; Domain=.com" for one in range(500))), article=True, archived="whole"),
    Fault(name="forged-second-reply", answer=_forged, article=True, also=_no_forgery),
    Fault(name="partial-unasked", answer=ok(PAGE[:4000], "text/html; charset=utf-8", f"Content-Range: bytes 0-3999/{len(PAGE)}", status="206 Partial Content"), article=True, issue="truncated", archived="cut", told="cut-"),
    Fault(name="partial-without-range", answer=ok(PAGE[:4000], status="206 Partial Content"), archived="cut", told="cut-"),
    Fault(name="not-modified-unasked", answer=b"HTTP/1.1 304 Not Modified\r\n\r\n", article=False, archived="whole"),
    Fault(name="switching-protocols", answer=then_close(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x05hello"), article=False, told="."),
    Fault(name="no-content", answer=b"HTTP/1.1 204 No Content\r\n\r\n", article=False, archived="whole"),
    Fault(name="large-pages-at-once", others={"/large/*": _large}, sitemap=tuple(f"/large/{one}/" for one in range(8)), before=_many_megabytes, alone=True, quick=False, seconds=240.0),
    Fault(name="empty-page", answer=ok(b""), article=False, archived="whole"),
)  # fmt: skip
