"""Faults of status, and robots.txt that misbehaves."""

from __future__ import annotations

from .runner import Fault, Outcome
from .server import PATHS, Answer, Asked, Wire, moved, ok, post
from .transport import drip, for_ever, then_close, then_reset, then_silence

FORBIDS_ONE = f"User-agent: *\nDisallow: {PATHS[0]}\n"


def refused(status: str, *fields: str, times: int = 10**9) -> Answer:
    """A status, the first times; then a post."""

    def answer(wire: Wire, asked: Asked) -> bool:
        good = ok(post("A page that was busy"))
        wire.send(
            good if asked.times > times else ok("<html><body>busy</body></html>", "text/html", *fields, status=status)
        )
        return True

    return answer


def robots(answer: Answer, name: str, **more) -> Fault:  # type: ignore[no-untyped-def]
    """A site whose robots.txt misbehaves."""
    return Fault(name=f"robots-{name}", at="/robots.txt", link="", answer=answer, alone=True, **more)


def _only_robots(outcome: Outcome) -> str | None:
    other = [one for one in outcome.asked if not one.startswith("/robots")]
    told = [reason for reasons in outcome.reasons.values() for reason in reasons]
    if not any(reason.startswith("robots") or reason.startswith("con") for reason in told):
        return f"nothing tells of robots.txt: {told}"
    return f"asked for {other[:3]} although the rules are not known" if other else None


def _not_first(outcome: Outcome) -> str | None:
    return "a forbidden page was asked for" if PATHS[0] in outcome.asked else None


CLOSED = {"healthy": False, "also": _only_robots, "codes": (5, 9)}
FORBIDS = {"healthy": False, "also": _not_first, "codes": (0, 5)}
BUSY = {"ARCHIVE_RETRY_WAIT": 0.2}
STORM = {f"/storm/{number}/": refused("500 Internal Server Error") for number in range(40)}

FAULTS = (
    *(Fault(name=f"status-{code}", answer=refused(f"{code} Whatever"), article=False, archived="whole") for code in (400, 402, 404, 405, 406, 410, 418, 451)),
    *(Fault(name=f"status-{code}", answer=refused(f"{code} Whatever"), article=False, archived="whole", told=f"status-{code}") for code in (401, 403, 407, 408, 429, 500, 501, 502, 503, 504, 520)),
    Fault(name="status-300", answer=ok(post("Choices"), status="300 Multiple Choices"), article=False, archived="whole"),
    Fault(name="status-429-then-well", answer=refused("429 Too Many Requests", times=1), article=True, archived="whole"),
    Fault(name="status-503-then-well", answer=refused("503 Service Unavailable", times=1), article=True, archived="whole"),
    Fault(name="retry-after-1", answer=refused("429 Too Many Requests", "Retry-After: 1", times=1), article=True, archived="whole", alone=True),
    Fault(name="retry-after-date", answer=refused("503 Service Unavailable", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT", times=1), article=True),
    Fault(name="retry-after-a-day", answer=refused("429 Too Many Requests", "Retry-After: 86400"), article=False, told="status-429"),
    Fault(name="retry-after-garbage", answer=refused("503 Service Unavailable", "Retry-After: \x1b[31m-5e99"), article=False, told="status-503"),
    Fault(name="retry-after-always", answer=refused("429 Too Many Requests", "Retry-After: 1"), article=False, told="status-429", alone=True, quick=False),
    Fault(name="storm-of-500", others={**STORM, "/storm/": ok("<html><body class='blog'>" + "".join(f'<div class="post-item"><h2 class="entry-title"><a href="/storm/{n}/">Storm {n}</a></h2></div>' for n in range(40)) + "</body></html>")}, seeds=(("listing", "/storm/"),), alone=True, requests=130, quick=False),
    robots(ok("", status="500 Internal Server Error"), "500", **CLOSED),
    robots(ok("", status="503 Service Unavailable"), "503", **CLOSED),
    robots(then_silence(b""), "silent", seconds=75.0, quick=False, **CLOSED),
    robots(then_reset(b""), "reset", **CLOSED),
    robots(ok(FORBIDS_ONE, "text/plain", status="404 Not Found"), "404", codes=(0,)),
    robots(ok(FORBIDS_ONE, "text/plain", status="403 Forbidden"), "403", codes=(0,)),
    robots(ok("User-agent: *\nDisallow: /\n", "text/plain"), "forbids-all", healthy=False, also=_only_robots, codes=(9,)),
    robots(ok(FORBIDS_ONE, "text/plain"), "forbids-one", **FORBIDS),
    robots(ok(FORBIDS_ONE + "# x\n" * 5_000_000, "text/plain"), "of-20-mb", quick=False, **FORBIDS),
    robots(for_ever(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + FORBIDS_ONE.encode(), b"# x\n" * 10_000), "without-end", **FORBIDS),
    robots(drip(b"HTTP/1.1 200 OK\r\n\r\n" + FORBIDS_ONE.encode(), b"#"), "byte-a-second", seconds=120.0, quick=False, healthy=False, also=_only_robots, codes=(5, 9)),
    robots(ok(b"\xff\xfe\x00" * 1000 + b"\n" + FORBIDS_ONE.encode(), "text/plain"), "binary", **FORBIDS),
    robots(ok("<html><body>Welcome!</body></html>"), "html", codes=(0,)),
    robots(moved("/robots-2.txt"), "redirected", others={"/robots-2.txt": ok(FORBIDS_ONE, "text/plain")}, **FORBIDS),
    robots(moved("/robots.txt"), "redirect-loop", codes=(0, 5, 9), healthy=False, requests=30),
    robots(moved("http://127.0.0.1:{secret}/robots.txt"), "redirected-elsewhere", codes=(0, 5, 9), healthy=False),
    robots(moved("file:///etc/passwd"), "redirected-to-file", codes=(0, 5, 9), healthy=False),
    robots(ok("User-agent: *\nCrawl-delay: 1e9\nAllow: /\n", "text/plain"), "delay-of-years", healthy=False, codes=(0, 5, 8), quick=False, seconds=900.0, settings={"CLOSESPIDER_TIMEOUT": 15}),
    robots(then_close(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"), "coding-lies", codes=(0, 5, 9), healthy=False),
)  # fmt: skip
