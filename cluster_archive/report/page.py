"""The report as one HTML page: no script, no request to anywhere, good to print, light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from jinja2 import Environment, PackageLoader, StrictUndefined

from cluster_archive.errors import ExitCode
from cluster_archive.files import make_folder, write_atomically, writing
from cluster_archive.report import FIVE_FIELDS, Report
from cluster_archive.report.plots import bars, line

if TYPE_CHECKING:
    from cluster_archive.archive import Check

RUNS = 30
"""Runs that are compared."""

_OUTCOMES = {ExitCode.COMPLETE: "good", ExitCode.LIMIT_REACHED: "so-so", ExitCode.INCOMPLETE: "so-so"}


def write_page(folder: Path, report: Report, earlier: Sequence[Report], checks: Sequence[Check]) -> Path:
    """Writes `report.html` into the run's folder; `earlier` are the runs before and `checks` the collection's verifications,
    both oldest first. Raises ArchiveNotWritable."""
    path = folder / "report.html"
    with writing(f"The report {path}"):
        make_folder(folder)
        write_atomically(path, [page(report, earlier, checks).encode("utf-8", "replace")])
    return path


def page(report: Report, earlier: Sequence[Report], checks: Sequence[Check] = ()) -> str:
    """The page of a run, as HTML."""
    environment = Environment(
        loader=PackageLoader("cluster_archive"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"size": size, "number": number, "readable": readable, "moment": moment}
    tally = report.tally
    runs = [*earlier, report][-RUNS:]
    return environment.get_template("report.html.j2").render(
        report=report,
        outcome=_OUTCOMES.get(ExitCode(report.exit_code), "bad"),
        took=duration(report),
        coverage=_coverage(runs),
        requests=_matrix(tally["requests"]),
        plots=_timeline(tally.get("timeline", [])),
        slowest=tally.get("slowest", []),
        kept_out=_sorted(tally["skipped"]) + _sorted(tally["rejected"]),
        dates=_sorted(tally["dates"]),
        issues=_sorted(tally["issues"]),
        files=_files(runs, checks),
        history=_history(runs),
        runs=list(reversed(runs)),
        duration=duration,
    )


def _sorted(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def _coverage(runs: Sequence[Report]) -> list[dict[str, Any]]:
    """Share of lines with a value, by field: now, in the run before, and in the last runs."""
    rows = []
    for name in FIVE_FIELDS:
        shares = [(run.started, _share(run, name)) for run in runs]
        before = shares[-2][1] if len(shares) > 1 else None
        rows.append(
            {
                "field": name,
                "share": shares[-1][1],
                "change": None if before is None else shares[-1][1] - before,
                "plot": bars(shares, f"{name}: share of articles that have it, over the last {len(shares)} runs, in %"),
            }
        )
    return rows


def _share(run: Report, name: str) -> float:
    having, articles = int(run.tally["coverage"].get(name, 0)), int(run.tally["articles"])
    return 100 * having / max(1, articles)


def _matrix(requests: dict[str, int]) -> dict[str, Any]:
    """Requests by kind (rows) and outcome (columns)."""
    pairs = {tuple(name.split(" ", 1)): count for name, count in requests.items()}
    kinds = sorted(
        {kind for kind, _ in pairs}, key=lambda kind: -sum(n for pair, n in pairs.items() if pair[0] == kind)
    )
    outcomes = sorted({outcome for _, outcome in pairs})
    rows = [(kind, [pairs.get((kind, outcome), 0) for outcome in outcomes]) for kind in kinds]
    return {"outcomes": outcomes, "rows": rows, "total": sum(requests.values())}


def _timeline(samples: Iterable[Sequence[float]]) -> list[dict[str, Any]]:
    points = list(samples)
    if len(points) < 2:
        return []
    seconds = points[-1][0]
    return [
        {
            "title": title,
            "plot": line([(one[0], one[column]) for one in points], f"{title} over {seconds:.0f} seconds"),
            "rows": [(one[0], one[column]) for one in points[:: max(1, len(points) // 10)]],
            "bytes": column == 2,
        }
        for title, column in (("Requests", 1), ("Bytes received", 2))
    ]


def _files(runs: Sequence[Report], checks: Sequence[Check]) -> list[dict[str, Any]]:
    """The WARC files of the runs, newest first, each with the last verification that came after it was finished."""
    rows = []
    for run in reversed(runs):
        ended = datetime.fromisoformat(run.ended)
        check = next((one for one in reversed(checks) if one.time >= ended), None)
        rows += [{"records": None, "sha256": None, **file, "check": check} for file in run.warc_files]
    return rows


def _history(runs: Sequence[Report]) -> list[tuple[str, Any]]:
    """One small plot a figure, over the last runs."""
    figures = (
        ("articles", lambda run: run.tally["articles"]),
        ("new", lambda run: max(0, run.new_articles)),
        ("requests", lambda run: sum(run.tally["requests"].values())),
        ("received, kB", lambda run: run.tally["bytes_received"] / 1000),
        ("failed", lambda run: len(run.failures)),
        ("seconds", _seconds),
    )
    return [
        (name, bars([(run.started, value(run)) for run in runs], f"{name} of the last {len(runs)} runs"))
        for name, value in figures
    ]


def _seconds(run: Report) -> float:
    return (datetime.fromisoformat(run.ended) - datetime.fromisoformat(run.started)).total_seconds()


def duration(run: Report) -> str:
    """How long a run took, as people say it."""
    seconds = int(_seconds(run))
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h {seconds % 3600 // 60} min"


def size(count: float) -> str:
    """A number of bytes, as people read it (powers of 1000)."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def number(count: float) -> str:
    """A whole number with its thousands apart."""
    return f"{count:,.0f}".replace(",", "\u202f")


def moment(stamp: str | datetime) -> str:
    """A moment (UTC, RFC 3339 where it is a text) as people read it."""
    told = datetime.fromisoformat(stamp) if isinstance(stamp, str) else stamp
    return told.strftime("%Y-%m-%d %H:%M UTC")


def readable(url: str) -> str:
    """An address with its percent-encoding decoded, so that Bulgarian words can be read."""
    return unquote(url, errors="replace")
