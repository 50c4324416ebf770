"""The command line: a few lines a verb, each calls one function. Data on stdout, everything else on stderr."""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from cluster_archive.cli import archives, crawls, machine, packages, reading, schedules, serving, sites, states
from cluster_archive.cli.console import commands, err, fail, log_to_terminal
from cluster_archive.errors import ClusterArchiveError, ExitCode

__all__ = ["commands", "main"]

VERBS = (crawls, reading, archives, packages, serving, schedules, machine, sites, states)
"""Modules of verbs: each adds its own to `commands` when it is imported."""


def main() -> NoReturn:
    """The console script: runs the command and ends with its exit code (docs/cli.md)."""
    log_to_terminal(as_json="--log-json" in sys.argv)  # before anything is read, since what is wrong is told too
    try:
        sys.exit(commands.main(standalone_mode=False) or 0)
    except click.exceptions.Abort:
        sys.exit(ExitCode.SIGINT)
    except click.ClickException as error:
        if err.is_json:
            fail(error.format_message(), ExitCode.USAGE)
        else:
            error.show()
        sys.exit(ExitCode.USAGE)
    except ClusterArchiveError as error:
        fail(str(error), error.exit_code)
        sys.exit(error.exit_code)
    except MemoryError:
        err.print("cluster-archive: memory ran out. What was kept stays kept: run the same command again, with more.")
        sys.exit(ExitCode.UNEXPECTED)
    except KeyboardInterrupt:
        sys.exit(ExitCode.SIGINT)
