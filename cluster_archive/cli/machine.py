"""Verbs about this machine and its runs: `status` and `doctor`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from cluster_archive.cli.console import commands, err, json_option, output_option, say
from cluster_archive.errors import ExitCode


@commands.command()
@output_option
@json_option
def status(output: Path, as_json: bool) -> None:
    """Tell when each collection was crawled last, and how it went."""
    from cluster_archive.archive import Collection
    from cluster_archive.report import read_reports

    last = [
        reports[-1]
        for root in sorted(path.parent for path in output.glob("*/runs"))
        if (reports := [one for one in read_reports(Collection(root).runs) if one.verb == "crawl"])
    ]
    if as_json:
        say(json.dumps([asdict(report) for report in last], ensure_ascii=False, indent=1))
    for report in [] if as_json else last:
        say(f"{report.collection}: {report.ended}, exit code {report.exit_code}. {report.verdict}")
    if not last:
        err.print(f"There is no crawled collection under {output}.")


@commands.command()
@output_option
@json_option
def doctor(output: Path, as_json: bool) -> None:
    """Check that this machine can crawl: versions, decoders, capture hooks, free space."""
    from cluster_archive.doctor import examine

    findings = examine(output)
    if as_json:
        say(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    for finding in [] if as_json else findings:
        say(f"{'ok  ' if finding.ok else 'BAD '} {finding.what:<18} {finding.detail}")
    sys.exit(0 if all(finding.ok for finding in findings) else ExitCode.UNEXPECTED)
