"""Text from the web, made harmless for a terminal or a log."""

from __future__ import annotations

import logging
import re

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
