"""Kills crawls at many points, runs the same command again, and counts what is lost, doubled, torn and asked again.

make crash                                               40 points of the built-in site, 40 of a larger one
.venv/bin/python tests/crash/driver.py --points 10 --seed 3 --site demo
.venv/bin/python tests/crash/driver.py --power           the same, but the disk loses what it has not confirmed
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from large import LargeSite

from cluster_archive.archive import Collection, read_captures, verify_collection
from cluster_archive.demo import DemoSite, Parts, serve
from cluster_archive.reextract import reextract
from cluster_archive.sites import load_site
from cluster_archive.urls import canonical_url

DYING = Path(__file__).with_name("dying.py")
IN_FLIGHT = 4
"""`CONCURRENT_REQUESTS`: so many requests may be under way when a process dies."""


@dataclass(kw_only=True)
class Outcome:
    """What a crawl left that died and was run again until it was complete."""

    point: str
    code: int
    """How the run that was to die ended."""
    asked: int
    """Requests that the server had seen by then."""
    codes: list[int] = field(default_factory=list)
    """Exit codes of the runs after it."""
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    """Addresses whose page had come before and that were asked for again."""
    said: str = ""

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost, doubled or torn, and only what was in flight was asked again."""
        is_complete = bool(self.codes) and self.codes[-1] == 0
        return is_complete and not (self.lost or self.doubled or self.torn) and len(self.again) <= IN_FLIGHT

    def row(self) -> str:
        """A line of the table."""
        counts = (len(self.lost), len(self.doubled), len(self.torn), len(self.again))
        told = "  ".join(f"{count:>7}" for count in counts)
        return f"{self.point:<26}{self.code:>5}{self.asked:>7}  {self.codes!s:<10}{told}  {'ok' if self.is_good else 'BAD'}"


HEAD = f"{'point':<26}{'code':>5}{'asked':>7}  {'then':<10}{'lost':>7}  {'doubled':>7}  {'torn':>7}  {'again':>7}"


@dataclass
class Ground:
    """A site that is served, and how it is crawled."""

    name: str
    site: Any
    toml: str
    urls: set[str]

    @property
    def requests(self) -> list[tuple[str, str, str, int]]:
        """What the server has seen."""
        found: list[tuple[str, str, str, int]] = self.site.requests
        return found

    def command(self, folder: Path, *options: str) -> list[str]:
        """The arguments of `cluster-archive` for a crawl into a folder."""
        path = folder / f"{self.name}.toml"
        if not path.exists():
            path.write_text(self.toml, encoding="utf-8")
        return ["crawl", str(path), "-o", str(folder), "--delay", "0", *options]


def demo_ground(site: DemoSite) -> Ground:
    """The built-in site."""
    urls = {canonical_url(truth.url) for truth in site.truth()}
    return Ground("demo", site, site.toml(load_site("demo").source), urls)


def large_ground(site: LargeSite) -> Ground:
    """The generated site."""
    return Ground("large", site, site.toml(), {canonical_url(url) for url in site.urls()})


def run(arguments: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs `cluster-archive` as anybody would."""
    command = [sys.executable, "-m", "cluster_archive", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, **options)


def die_at_request(ground: Ground, folder: Path, number: int, *signals: signal.Signals) -> tuple[int, str]:
    """Starts a crawl and sends it signals (SIGKILL) once the server has seen that many requests."""
    command = [sys.executable, "-m", "cluster_archive", *ground.command(folder)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        while len(ground.requests) < number and process.poll() is None:
            time.sleep(0.001)
        for one in signals or (signal.SIGKILL,):
            process.send_signal(one)
            time.sleep(0.05)
        _, said = process.communicate(timeout=120)
    return process.returncode, said


def die_at_call(
    ground: Ground, folder: Path, *options: str, more: Sequence[str] = (), killed_after: float | None = None
) -> tuple[int, str]:
    """Starts a crawl that dies by itself (dying.py), or is killed after so many seconds where that is said; `more` are
    options of the crawl."""
    command = [sys.executable, str(DYING), *options, *ground.command(folder, *more)]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=killed_after or 240, check=False)
    except subprocess.TimeoutExpired:
        if killed_after is None:
            raise
        return -signal.SIGKILL, ""
    return said.returncode, said.stderr


def calls_of(ground: Ground, folder: Path) -> int:
    """How many calls that touch the disk a whole crawl makes."""
    count = folder / "count"
    code, said = die_at_call(ground, folder, "--count", str(count))
    assert code == 0, said
    return int(count.read_text())


def trial(
    ground: Ground,
    folder: Path,
    point: str,
    kill: Callable[[], tuple[int, str]],
    *,
    between: Callable[[], None] = lambda: None,
) -> Outcome:
    """Lets a crawl die, runs the same command again until it is complete, and judges."""
    ground.requests.clear()
    code, said = kill()
    before = list(ground.requests)
    outcome = Outcome(point=point, code=code, asked=len(before), said=said)
    between()
    ground.requests.clear()
    for _ in range(3):
        again = run(ground.command(folder))
        outcome.codes.append(again.returncode)
        outcome.said += again.stderr
        if again.returncode == 0:
            break
    judge(ground, folder, outcome, before, list(ground.requests))
    return outcome


def judge(ground: Ground, folder: Path, outcome: Outcome, before: list[Any], after: list[Any]) -> None:
    """Fills in what is lost, doubled, torn and asked again."""
    root = folder / ground.name
    answered = {one[1:3] for one in before if one[3] < 300} - {one[1:3] for one in before if one[2] == "/robots.txt"}
    outcome.again = [f"{one[1]}{one[2]}" for one in after if one[1:3] in answered]
    path = root / "dataset" / "articles.jsonl"
    if not path.exists():
        outcome.lost = sorted(ground.urls)
        return
    content = path.read_bytes()
    lines = [json.loads(line) for line in content.splitlines()]
    found = Counter(line["canonical_url"] for line in lines)
    outcome.lost = sorted(ground.urls - set(found))
    outcome.doubled = [url for url, count in found.items() if count > 1 or url not in ground.urls]
    outcome.doubled += doubled_records(root)
    news = Counter(canonical_url(one["url"]) for report in _reports(root) for one in report["changes"].get("new", ()))
    outcome.lost += [f"{url} is told as new by no report" for url in set(found) - set(news)]
    outcome.doubled += [f"{url} is told as new {count} times" for url, count in news.items() if count > 1]
    outcome.torn = [str(one) for one in verify_collection(Collection(root)) if one.severity == "fault"]
    outcome.torn += [str(one) for name in ("*.open", "*.tmp") for one in root.rglob(name)]
    outcome.torn += [str(one) for one in root.glob("runs/*/report.json") if not _is_json(one)]
    with tempfile.TemporaryDirectory() as scratch:
        reextract([root], output=Path(scratch) / "again", now=lambda: datetime.now(UTC))
        if (Path(scratch) / "again" / "dataset" / "articles.jsonl").read_bytes() != content:
            outcome.torn.append("the re-extraction gives other lines")


def doubled_records(root: Path) -> list[str]:
    """Addresses whose payload is stored twice though it is large enough to be referred to."""
    told = Counter(
        (capture.url, capture.ref.payload_digest)
        for capture in read_captures(Collection(root).warcs())
        if capture.ref and capture.refers_to is None and len(capture.payload) >= 1024 and capture.status == 200
    )
    return [f"{url} is stored {count} times" for (url, _), count in told.items() if count > 1]


def _reports(root: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_bytes()) for path in sorted(root.glob("runs/*/report.json")) if _is_json(path)]


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return False
    return True


def campaign(ground: Ground, points: int, seed: int, folder: Path, *, power: bool) -> list[Outcome]:
    """Half of the points are spread over the requests, half over the calls that touch the disk; with `power` all over the
    calls, and the disk loses what it has not confirmed: all of it at every other point, else a part."""
    whole = folder / "whole"
    whole.mkdir()
    ground.requests.clear()
    calls = calls_of(ground, whole)
    requests = len(ground.requests)
    chance = random.Random(seed)
    print(f"{ground.name}: {requests} requests, {calls} calls, seed {seed}\n{HEAD}", flush=True)
    kills: list[tuple[str, Callable[[Path], tuple[int, str]]]] = []
    for number in _spread(requests, 0 if power else points // 2, chance):
        kills.append((f"request {number}", lambda place, n=number: die_at_request(ground, place, n)))
    for number in _spread(calls, points if power else points - points // 2, chance):
        kept = ("--chance", str(number)) if power and number % 2 else ()
        what = "power, part" if kept else "power" if power else "call"

        def kill_at_call(place: Path, number: int = number, kept: tuple[str, ...] = kept) -> tuple[int, str]:
            cut = ("--power", str(place), *kept) if power else ()
            return die_at_call(ground, place, "--at", str(number), *cut)

        kills.append((f"{what} {number}", kill_at_call))
    outcomes = []
    for count, (point, kill) in enumerate(kills):
        place = folder / str(count)
        place.mkdir()
        outcome = trial(ground, place, point, lambda kill=kill, place=place: kill(place))
        print(outcome.row(), flush=True)
        if not outcome.is_good:
            for sentence in (*outcome.lost[:3], *outcome.doubled[:3], *outcome.torn[:3], *outcome.again[:6]):
                print(f"    {sentence}", flush=True)
        outcomes.append(outcome)
    return outcomes


def _spread(total: int, points: int, chance: random.Random) -> list[int]:
    """One point by chance in each of as many equal stretches."""
    return [int(total * (index + chance.random()) / points) + 1 for index in range(points)]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=40, help="for each site")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--site", choices=("demo", "large", "both"), default="both")
    parser.add_argument("--power", action="store_true", help="the power is cut: what was not confirmed is lost")
    parser.add_argument("--posts", type=int, default=300, help="of the larger site")
    given = parser.parse_args()
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="crash-") as name:
        if given.site != "large":
            (Path(name) / "demo").mkdir()
            with serve(Parts(), ports=(0, 0, 0)) as site:
                outcomes += campaign(
                    demo_ground(site), given.points, given.seed, Path(name) / "demo", power=given.power
                )
        if given.site != "demo":
            (Path(name) / "large").mkdir()
            with LargeSite(given.posts) as large:
                outcomes += campaign(
                    large_ground(large), given.points, given.seed, Path(name) / "large", power=given.power
                )
    bad = [outcome for outcome in outcomes if not outcome.is_good]
    lost, doubled, torn = (sum(len(getattr(one, name)) for one in outcomes) for name in ("lost", "doubled", "torn"))
    print(f"{len(outcomes)} points, {len(bad)} bad: {lost} lost, {doubled} doubled, {torn} torn")
    sys.exit(bool(bad))


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
