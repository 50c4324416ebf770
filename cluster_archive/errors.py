"""What can go wrong, and the exit code that each kind ends the command with.

ClusterArchiveError            1   unexpected
├── ArchiveNotWritable         3   disk full, no memory left, or the archive cannot be written
├── BadSite                    4   a site's TOML, or the configuration, is wrong
├── Incomplete                 5   some pages failed, or nothing was found
├── BadArchive                 6   what was given is no archive, or it has faults
└── CollectionLocked           7   another run holds the collection

NotNow                             no error: a request is not sent any more, since the run ends
NotAnArticle                       no error: the page is something else, and the reason says what
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended; schedulers may rely on these numbers (docs/cli.md)."""

    COMPLETE = 0
    UNEXPECTED = 1
    USAGE = 2
    NOT_WRITABLE = 3
    BAD_SITE = 4
    INCOMPLETE = 5
    FAULTS_FOUND = 6
    LOCKED = 7
    LIMIT_REACHED = 8
    ROBOTS_FORBID = 9
    SIGINT = 130
    SIGTERM = 143


MEANINGS: dict[ExitCode, tuple[str, str]] = {
    ExitCode.COMPLETE: ("complete", "nothing"),
    ExitCode.UNEXPECTED: ("unexpected", "read the run's log; report it"),
    ExitCode.USAGE: ("usage", "see `--help`"),
    ExitCode.NOT_WRITABLE: (
        "disk full, no memory left, or the archive cannot be written",
        "make room, run the same command again",
    ),
    ExitCode.BAD_SITE: ("a site's file or the configuration is wrong", "the message names the file and the key"),
    ExitCode.INCOMPLETE: (
        "incomplete: some addresses failed (other than style sheets and the like), nothing was found, or `extract` passed"
        " over broken records",
        "run the same command again; the report lists each address with its reason",
    ),
    ExitCode.FAULTS_FOUND: (
        "what was given is no archive, verification found faults, or a repair found something lost",
        "the faults name file, offset and record",
    ),
    ExitCode.LOCKED: (
        "another run holds the collection",
        "wait for it; the message says which process, since when",
    ),
    ExitCode.LIMIT_REACHED: (
        "a limit was reached, or the site's quiet hours, and there is more",
        "run the same command again to go on",
    ),
    ExitCode.ROBOTS_FORBID: ("robots.txt forbids what the crawl needs", "ask the site's owner"),
    ExitCode.SIGINT: ("interrupted (SIGINT)", "run the same command again to go on"),
    ExitCode.SIGTERM: ("terminated (SIGTERM)", "run the same command again to go on"),
}
"""What each code means, and what to do (docs/cli.md)."""


class ClusterArchiveError(Exception):
    """A failure whose message is one sentence that names what to do."""

    exit_code = ExitCode.UNEXPECTED


class ArchiveNotWritable(ClusterArchiveError):
    """The archive cannot be written, so nothing more may be fetched or extracted."""

    exit_code = ExitCode.NOT_WRITABLE


class OutOfMemory(ArchiveNotWritable):
    """Nothing more could be kept, since memory ran out."""

    def __init__(self) -> None:
        super().__init__("Memory ran out, so nothing more could be kept. Run the same command again, with more memory.")


class BadSite(ClusterArchiveError):
    """A site's description is wrong; the message names the file and the key."""

    exit_code = ExitCode.BAD_SITE


class Incomplete(ClusterArchiveError):
    """The run ended, but not everything could be had."""

    exit_code = ExitCode.INCOMPLETE


class BadArchive(ClusterArchiveError):
    """A file that should be a WARC (or WACZ, or a collection) is none, or is damaged."""

    exit_code = ExitCode.FAULTS_FOUND


class CollectionLocked(ClusterArchiveError):
    """Another run is at work on the same collection."""

    exit_code = ExitCode.LOCKED


class NotNow(Exception):
    """The run is being stopped before a request was sent; its address is still to be asked for."""


class NotAnArticle(Exception):
    """The page is not an article; `reason` is a short code such as ``listing``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
