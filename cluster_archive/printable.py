"""Text from the web, made harmless for a terminal or a log."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufff9-\ufffb]"
)
"""Control characters of both sets (but tab and line feed), what changes the direction of writing, what is not seen, and
lone surrogates."""


def printable(text: str) -> str:
    r"""The text with each character that could move a cursor, hide something or break a line of a log written as an
    escape such as ``\x1b``; what is quoted so is still valid inside a JSON string where it begins with ``\u``."""
    return _HARMFUL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class PrintableFormatter(logging.Formatter):
    """A formatter whose lines are harmless: a message is one line, whatever it quotes."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The record's message in one line."""
        record.message = " ".join(record.message.split("\n"))
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        """The whole record; a traceback keeps its lines."""
        return printable(super().format(record))


_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}
"""What every record has; anything else was given to it by who logged it."""

LONGEST = 4096
"""Bytes of a line of JSON with its end: what a pipe takes in one piece, so that lines of several processes do not mix
(POSIX, `PIPE_BUF`)."""


class JsonFormatter(logging.Formatter):
    """A formatter whose lines are JSON objects: `time` (RFC 3339 UTC), `level`, `logger`, `message`, and what the record was
    given as `extra`, such as `site`, `run`, `url`, `reason`; of an exception `error` and `traceback`.

    Nothing in a line is harmful, none is longer than 4096 bytes; what is too long loses its end, a traceback its beginning.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        given = ((name, value) for name, value in record.__dict__.items() if name not in _STANDARD)
        told |= {name: value for name, value in given if isinstance(value, str | int | float | None)}
        if record.exc_info and record.exc_info[0] is not None:
            told["error"] = f"{record.exc_info[0].__name__}: {record.exc_info[1]}"
            told["traceback"] = self.formatException(record.exc_info)
        while len((line := _json_line(told)).encode()) >= LONGEST:
            name = max((one for one in told if isinstance(told[one], str)), key=lambda one: len(told[one]))
            half = len(told[name]) // 2
            told[name] = f"…{told[name][-half:]}" if name == "traceback" else f"{told[name][:half]}…"
        return line


def _json_line(told: dict[str, Any]) -> str:
    return printable(json.dumps(told, ensure_ascii=False))
