"""Verbs about this machine and its runs: `status` and `doctor`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cluster_archive.cli.console import commands, err, json_option, now, output_option, say, sites_option
from cluster_archive.errors import ExitCode

if TYPE_CHECKING:
    from cluster_archive.standing import Standing


@commands.command()
@output_option
@sites_option
@json_option
def status(output: Path, folders: tuple[Path, ...], as_json: bool) -> None:
    """Tell how each collection was crawled last: when, what came of it, how it ended; and when the next crawl is due."""
    from cluster_archive.schedule import planned
    from cluster_archive.standing import standings

    found = standings(output, planned(output), folders, now())
    if as_json:
        say(json.dumps([_plain(one) for one in found], ensure_ascii=False, indent=1))
    for one in [] if as_json else found:
        say("\n".join(_lines(one)))
    if not found:
        err.print(f"There is no crawled collection under {output}.", markup=False)


def _plain(standing: Standing) -> dict[str, Any]:
    """The last crawl's report, with what else is known of the collection."""
    from cluster_archive.report import utc

    told = asdict(standing)
    if standing.next is not None:
        ends = standing.next.quiet_until
        told["next"] |= {"at": utc(standing.next.at), "quiet_until": utc(ends) if ends else None}
    return {**told.pop("report"), **told}


def _lines(standing: Standing) -> Iterator[str]:
    from cluster_archive.report.page import duration, moment, size

    report, due = standing.report, standing.next
    yield report.collection
    yield f"  last run   {moment(report.started)}, took {duration(report)}"
    yield f"  verdict    {report.verdict}"
    changes = "".join(f", {len(report.changes.get(kind, ()))} {kind}" for kind in ("changed", "moved", "gone", "back"))
    requests = sum(report.tally["requests"].values())
    yield f"  counts     {report.tally['articles']} articles, {report.new_articles} new{changes}"
    yield f"             {len(report.failures)} failed, {requests} requests, {size(report.tally['bytes_received'])} received"
    yield f"  exit code  {report.exit_code}: {standing.meaning}. What to do: {standing.advice}."
    if standing.at_work:
        yield f"  now        {standing.at_work} is at work on it"
    if due is None:
        yield "  next       not known: no schedule is set up here, and the last runs have no regular distance"
    else:
        late = "OVERDUE since " if due.is_overdue and not standing.at_work else ""
        yield f"  next       {late}{moment(due.at)}, {_SOURCES[due.by]}"
        if due.quiet_until:
            yield f"             that is in the site's quiet hours, which end at {moment(due.quiet_until)}"
    if report.full_due:
        yield f"  all pages  are asked for again in the first new pass after {moment(report.full_due)}"


_SOURCES = {
    "systemd timer": "or a little later, by the systemd timer",
    "crontab": "or a little later, by the crontab",
    "last runs": "if the runs go on at the distance of the last ones",
}


@commands.command()
@output_option
@sites_option
@json_option
def doctor(output: Path, folders: tuple[Path, ...], as_json: bool) -> None:
    """Check that this machine can crawl: versions, decoders, capture hooks, free space, schedules."""
    from cluster_archive.doctor import examine

    findings = examine(output, folders, now())
    if as_json:
        say(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    for finding in [] if as_json else findings:
        say(f"{'ok  ' if finding.ok else 'BAD '} {finding.what:<18} {finding.detail}")
    sys.exit(0 if all(finding.ok for finding in findings) else ExitCode.UNEXPECTED)
