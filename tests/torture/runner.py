"""Runs crawls against the server of faults, and judges what was archived, read, told, and what it cost."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cluster_archive.archive import Collection, read_captures, verify_collection
from cluster_archive.captures import Capture

from .server import PATHS, Answer, Server, Trapdoor, title_of

HEALTHY_REQUESTS = 11
"""robots.txt, front page, list, sitemap, six posts, a picture."""

MAX_MB = 400.0
"""Peak memory of the crawling process in each case."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A misbehaviour, and what must be true after a crawl that met it."""

    name: str
    """Short name; the fault stands at ``/news/<name>/`` unless `at` says otherwise."""
    answer: Answer | None = None
    """What stands at the fault's address."""
    at: str = ""
    """Path of the fault where it is not the usual one."""
    link: str | None = None
    """The address as the list of posts has it, where it is not the path; an empty text: it is not linked."""
    others: Mapping[str, Answer] = field(default_factory=dict)
    """Further resources; a path that ends in ``*`` serves all that begin so."""
    after: str = ""
    """Markup behind the list of posts."""
    sitemap: tuple[str, ...] = ()
    """Further addresses of the sitemap."""
    seeds: tuple[tuple[str, str], ...] = ()
    """Further seeds: kind and path."""
    article: bool | None = None
    """Whether the fault's page is in the dataset."""
    issue: str | None = None
    """A code among the issues of its line."""
    archived: Literal["whole", "cut", "none"] | None = None
    """What the archive holds of it."""
    told: str | None = None
    """A pattern for the reason that a person finds for it (failures, skipped, rejects, traps)."""
    requests: int = 12
    """Requests beyond those of the healthy site, at the most."""
    seconds: float = 60.0
    """How long the crawl may take."""
    codes: tuple[int, ...] = (0, 5)
    """Exit codes that are right."""
    healthy: bool = True
    """Whether the healthy posts can be had at all."""
    alone: bool = False
    """Whether it cannot share a site with other faults."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the crawl."""
    quick: bool = True
    """Whether the short form runs it, where it is alone."""
    before: Callable[[], object] | None = None
    """What is made ready before the crawl begins."""
    also: Callable[[Outcome], str | None] | None = None
    """A further judgement: a sentence where something is wrong."""

    @property
    def path(self) -> str:
        """Where the fault stands."""
        return self.at or f"/news/{self.name}/"


@dataclass(kw_only=True)
class Outcome:
    """A crawl that is over."""

    code: int
    seconds: float
    megabytes: float
    asked: list[str]
    said: str
    log: str
    home: str
    lines: list[dict[str, Any]]
    report: dict[str, Any]
    reasons: dict[str, list[str]]
    """Reasons by address, from failures, skipped and rejects."""
    failures: list[str]
    """Addresses of `failures.jsonl`."""
    captures: dict[str, list[tuple[int | None, str | None]]]
    """Status and truncation of each capture, by address."""
    faults_of_archive: list[str]
    root: Path
    """The collection."""
    visits: int
    """Connections to a port that nothing may reach."""

    def url(self, path: str) -> str:
        """The absolute address of a path."""
        return path if "://" in path else self.home.rstrip("/") + path


SETTINGS = {"LOG_LEVEL": "INFO", "AUTOTHROTTLE_ENABLED": False, "ARCHIVE_RETRY_WAIT": 0.2, "ARCHIVE_RETRY_AFTER_MAX": 2}
QUICK = {
    "DOWNLOAD_TIMEOUT": 4,
    "ARCHIVE_CONNECT_TIMEOUT": 2,
    "ARCHIVE_FIRST_BYTE_TIMEOUT": 2,
    "ARCHIVE_RETRY_WAIT": 0.1,
    "RETRY_TIMES": 1,
}
"""Shorter deadlines, for the short form."""


def crawl(faults: Iterable[Fault], folder: Path, extra: Mapping[str, Any] = {}, concurrency: int = 4) -> Outcome:
    """Serves the healthy site with these faults and crawls it once."""
    faults = list(faults)
    answers: dict[str, Answer] = {}
    links: list[str] = []
    settings = {**SETTINGS, **extra, "ARCHIVE_OUTPUT": str(folder)}
    for fault in faults:
        if fault.before is not None:
            fault.before()
        if fault.answer is not None:
            answers[fault.path] = fault.answer
        answers.update(fault.others)
        link = fault.path if fault.link is None else fault.link
        if link and not (fault.answer is None and fault.link is None):
            links.append(link)
        settings.update(fault.settings)
    with (
        Trapdoor() as trapdoor,
        Server(
            answers=answers,
            links=tuple(links),
            after="".join(fault.after for fault in faults),
            sitemap=tuple(one for fault in faults for one in fault.sitemap),
            secret=trapdoor.port,
        ) as server,
    ):
        seeds = [
            ("listing", "/news/"),
            ("sitemap", "/sitemap.xml"),
            *(seed for fault in faults for seed in fault.seeds),
        ]
        toml = folder / "site.toml"
        toml.write_text(_toml(server, seeds, concurrency), encoding="utf-8")
        cost = folder / "cost"
        began = time.monotonic()
        try:
            done = subprocess.run(
                [sys.executable, "-m", "tests.torture.child", toml, json.dumps(settings), cost],
                capture_output=True,
                timeout=max(fault.seconds for fault in faults) + 60,
                check=False,
                cwd=Path(__file__).parents[2],
            )
            code, said = done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")
        except subprocess.TimeoutExpired as error:
            code, said = -99, f"no end: {(error.stderr or b'')[-500:].decode('utf-8', 'replace')}"
        seconds = time.monotonic() - began
        return _outcome(folder / "torture", server, code, seconds, cost, said, trapdoor.visits)


def _toml(server: Server, seeds: Iterable[tuple[str, str]], concurrency: int) -> str:
    tables = "".join(f'[[seeds]]\nkind = "{kind}"\nurl = "{server.home}{path.lstrip("/")}"\n' for kind, path in seeds)
    return (
        f'name = "torture"\ntitle = "Torture"\nhome = "{server.home}"\nlanguage = "en"\n'
        f'hosts = ["127.0.0.1:{server.port}"]\n{tables}[politeness]\ndelay = 0.0\nconcurrency = {concurrency}\n'
    )


def _json_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def _outcome(root: Path, server: Server, code: int, seconds: float, cost: Path, said: str, visits: int) -> Outcome:
    runs = sorted((root / "runs").glob("*")) if (root / "runs").is_dir() else []
    run = runs[-1] if runs else root
    report = json.loads((run / "report.json").read_text()) if (run / "report.json").exists() else {}
    reasons: dict[str, list[str]] = {}
    for name in ("failures", "skipped", "rejects"):
        for line in _json_lines(run / f"{name}.jsonl"):
            reasons.setdefault(line["url"], []).append(str(line["reason"]))
    for failure in report.get("failures", []):
        reasons.setdefault(failure["url"], []).append(str(failure["reason"]))
    captures: dict[str, list[tuple[int | None, str | None]]] = {}
    for path in sorted((root / "archive").glob("*.warc.gz")):
        for capture in read_captures(path):
            captures.setdefault(capture.url, []).append(_told(capture))
    log = run / "run.log"
    return Outcome(
        code=code,
        seconds=seconds,
        megabytes=float(cost.read_text()) if cost.exists() else 0.0,
        asked=list(server.asked),
        said=said,
        log=log.read_text(encoding="utf-8", errors="surrogateescape") if log.exists() else "",
        home=server.home,
        lines=_json_lines(root / "dataset" / "articles.jsonl"),
        report=report,
        reasons=reasons,
        failures=[line["url"] for line in _json_lines(run / "failures.jsonl")],
        captures=captures,
        faults_of_archive=[str(fault) for fault in verify_collection(Collection(root))] if root.exists() else [],
        root=root,
        visits=visits,
    )


def _told(capture: Capture) -> tuple[int | None, str | None]:
    return capture.status, capture.truncated


def judge(fault: Fault, outcome: Outcome, *, shared: bool = False) -> list[str]:
    """A sentence for each thing that is not as it must be."""
    wrong = [] if shared else judge_crawl(outcome, fault)
    url = outcome.url(fault.path)
    line = next((one for one in outcome.lines if one["url"] == url), None)
    is_there = line is not None or "double" in outcome.reasons.get(url, [])  # many faults serve the same page
    if fault.article is not None and is_there != fault.article:
        wrong.append(f"the page is {'not ' if line is None else ''}in the dataset")
    if fault.issue and line is not None and not any(one["code"] == fault.issue for one in line["issues"]):
        wrong.append(f"no issue {fault.issue}")
    held = outcome.captures.get(url, [])
    state = "none" if not held else "whole" if any(cut is None for _, cut in held) else "cut"
    if fault.archived and state != fault.archived:
        wrong.append(f"the archive holds {state}, not {fault.archived}: {held}")
    traps = [str(trap) for trap in outcome.report.get("traps", [])]
    reasons = outcome.reasons.get(url, [])
    if fault.link and "://" in fault.link:
        reasons = [*reasons, *(one for key, told in outcome.reasons.items() if key != url for one in told)]
    if fault.told == "trap":
        if not traps:
            wrong.append("no trap is told of")
    elif fault.told and not any(re.search(fault.told, reason) for reason in reasons):
        wrong.append(f"told {reasons}, not {fault.told}")
    if fault.also and (sentence := fault.also(outcome)):
        wrong.append(sentence)
    return wrong


def judge_crawl(outcome: Outcome, fault: Fault) -> list[str]:
    """What must be true of each crawl."""
    wrong = []
    if outcome.code not in fault.codes:
        wrong.append(f"exit {outcome.code}: {outcome.said[-300:]}")
    if fault.healthy:
        wrong += missing_posts(outcome)
    if outcome.seconds > fault.seconds:
        wrong.append(f"took {outcome.seconds:.0f} s")
    if outcome.megabytes > MAX_MB:
        wrong.append(f"used {outcome.megabytes:.0f} MB")
    if (more := len(outcome.asked) - HEALTHY_REQUESTS) > fault.requests:
        wrong.append(f"{more} requests more than the healthy site needs")
    if [one["url"] for one in outcome.report.get("failures", [])] != outcome.failures:
        wrong.append("failures.jsonl does not say what the report says")
    if outcome.visits:
        wrong.append(f"another port was reached {outcome.visits} times")
    if outcome.faults_of_archive:
        wrong.append(f"the archive has faults: {outcome.faults_of_archive[:2]}")
    if found := re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", outcome.log + outcome.said):
        wrong.append(f"{found[0]!r} reached the terminal or the log")
    return wrong


def missing_posts(outcome: Outcome) -> list[str]:
    """The healthy posts that are not archived and read as they should."""
    wrong = []
    for path in PATHS:
        title, url = title_of(path), outcome.url(path)
        lines = [one for one in outcome.lines if one["url"].partition("?")[0] == url]
        if not any(one["title"] == title and f"The end of {title}." in one["body"] for one in lines):
            wrong.append(f"the healthy post {path} is not in the dataset as it should")
        elif (200, None) not in outcome.captures.get(lines[0]["url"], []):
            wrong.append(f"the healthy post {path} is not in the archive")
    return wrong[:2]


def run(fault: Fault, extra: Mapping[str, Any] = {}) -> tuple[Outcome, list[str]]:
    """Crawls with one fault alone, and judges it."""
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        outcome = crawl([fault], Path(folder), extra)
        return outcome, judge(fault, outcome)
