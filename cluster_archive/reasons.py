"""Reasons: why an address is not in the dataset or not whole in the archive; a closed list, each with advice."""

from __future__ import annotations

import re

_AGAIN = "The next run asks again; if it stays, look at the address in a browser."
_CUT = "What came is in the archive, marked `WARC-Truncated`, and is read as far as it goes; the next run asks again."
_NONE = "Nothing needs to be done."

REASONS: dict[str, tuple[str, str]] = {
    "connection-refused": ("the host refused the connection", "Is the host up, and the port right? " + _AGAIN),
    "connection-failed": ("the connection broke before an answer was there", _AGAIN),
    "host-not-found": ("no such host", "Is the name spelt right, and does the name server answer?"),
    "timeout": ("no connection, no first byte, or no end in time", _AGAIN),
    "not-http": (
        "what came back is no HTTP answer; it is in the archive as it came",
        "Is another service at that port?",
    ),
    "bad-response": ("the answer broke the rules of HTTP", _AGAIN),
    "too-large": ("the answer was longer than the limit", "Raise DOWNLOAD_MAXSIZE if it is worth having. " + _CUT),
    "cut-disconnect": ("the connection ended before the answer did", _CUT),
    "cut-time": ("the answer was not over in time", _CUT),
    "cut-length": ("the answer was longer than the limit", _CUT),
    "cut-unspecified": ("the server sent a part of the page that nobody had asked for (206)", _CUT),
    "status-NNN": ("the server answered with that status", _AGAIN),
    "too-many-redirects": ("it redirected in a circle, or too often", "Look at the address in a browser."),
    "scheme": ("the address is of a kind that is not fetched", _NONE),
    "address-refused": (
        "the name leads to an address that is not public and that nobody named",
        "If it is yours, name its host and port in the site's file (`hosts` or `picture_hosts`).",
    ),
    "robots": ("robots.txt forbids it", "Ask the site's owner."),
    "robots-status-NNN": ("robots.txt answered with that status, so nothing may be asked of the host", _AGAIN),
    "robots-unreachable": ("robots.txt could not be had, so nothing may be asked of the host", _AGAIN),
    "out-of-scope": ("a redirect or a link left the site", "If it belongs to the site, add the host to `hosts`."),
    "ignored-address": ("it redirected to something that is never read", _NONE),
    "redirects-to-known": ("it redirected to an address that is asked for by itself", _NONE),
    "older-than-since": ("left out by `--since`", _NONE),
    "trap": (
        "of a pattern whose last addresses all led to nothing new",
        "The report's `traps` names pattern, example and cost; raise ARCHIVE_TRAP_BUDGET if it is no trap.",
    ),
    "host-given-up": ("the host was busy or silent so often in a row that this run left it alone", _AGAIN),
    "out-of-memory": (
        "memory ran out while it was kept or read",
        "Give the crawl more memory. What is in the archive already is read again by the next run, the rest asked for.",
    ),
    "ignored": ("another part of Scrapy declined to ask", "See the run's log."),
    "status": ("the page was not answered with 200", _NONE),
    "not-html": ("it is no page", _NONE),
    "listing": ("it is a list of posts", _NONE),
    "attachment": ("it is the page of a picture or a file", _NONE),
    "page": ("it is a page, but no post", "If it is a post, add its pattern to `addresses.article`."),
    "other": ("it is something else than a post", "If it is a post, add its pattern to `addresses.article`."),
    "double": ("it only repeats what stands at another address of the host, which is in the dataset", _NONE),
    "not-found": ("it says that there is no such page, with status 200", _NONE),
    "login": ("it asks for a login", _NONE),
    "consent": (
        "it asks for consent and shows nothing else",
        "The page is there for browsers only; ask the site's owner.",
    ),
    "robot-check": ("it checks for a browser and shows nothing else", "Ask the site's owner to let the crawl in."),
    "extractor-failed": ("a fault of ours; the page is in the archive", "Please report it with the run's log."),
}
"""Meaning and advice by code; `NNN` stands for a status code."""

_STATUS = re.compile(r"^((?:robots-)?status)-\d{3}$")


def explained(reason: str) -> tuple[str, str]:
    """Meaning and advice of a reason; raises KeyError where it is not in the list."""
    return REASONS[_STATUS.sub(r"\1-NNN", reason)]


def is_reason(reason: str) -> bool:
    """Whether a reason is in the list."""
    return _STATUS.sub(r"\1-NNN", reason) in REASONS
