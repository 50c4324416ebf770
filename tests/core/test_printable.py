"""Nothing from a page moves a cursor, hides a letter or breaks a line of a log."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_archive.printable import LONGEST, JsonFormatter, PrintableFormatter, printable


def test_control_characters_and_what_turns_the_writing_become_escapes() -> None:
    assert printable("\x1b[31mred\x07 \u202eevil\x9b") == "\\u001b[31mred\\u0007 \\u202eevil\\u009b"


def test_letters_stay_as_they_are() -> None:
    assert printable("Клъстер „Зелена синергия“\n\tüé 漢字 🙂") == "Клъстер „Зелена синергия“\n\tüé 漢字 🙂"


@given(st.text())
def test_what_is_harmless_is_not_changed_again(text: str) -> None:
    assert printable(printable(text)) == printable(text)


@given(st.text())
def test_json_says_the_same_after_it(text: str) -> None:
    assert json.loads(printable(json.dumps(text, ensure_ascii=False))) == text


def test_a_message_is_one_line_of_the_log() -> None:
    record = logging.LogRecord("x", logging.INFO, "x", 1, "%s", ("a\n2024-01-01 ERROR forged\x1b[2J",), None)
    assert PrintableFormatter("%(levelname)s %(message)s").format(record) == "INFO a 2024-01-01 ERROR forged\\u001b[2J"


def line_of(
    message: str, *arguments: object, error: BaseException | None = None, **extra: Any
) -> tuple[str, dict[str, Any]]:
    record = logging.LogRecord("cluster_archive.x", logging.WARNING, "x", 1, message, arguments, None)
    record.created = datetime(2024, 5, 6, 7, 8, 9, 120_000, UTC).timestamp()
    record.exc_info = (type(error), error, error.__traceback__) if error else None
    record.__dict__.update(extra)
    line = JsonFormatter().format(record)
    told: dict[str, Any] = json.loads(line)
    return line, told


def test_a_line_of_json_tells_when_what_and_what_about() -> None:
    _, told = line_of("%s could not be had", "x", site="demo", url="http://example.org/", count=3, spider=object())
    assert told == {
        "time": "2024-05-06T07:08:09.120Z",
        "level": "warning",
        "logger": "cluster_archive.x",
        "message": "x could not be had",
        "site": "demo",
        "url": "http://example.org/",
        "count": 3,
    }


def test_a_line_of_json_is_harmless_and_can_be_read() -> None:
    hostile = 'Новини\n{"level": "error"}\x1b[2J\x9b\u2028\u202e\ud800"'
    line, told = line_of("%s", hostile, url=hostile)
    assert told["message"] == told["url"] == hostile
    assert line.count("Новини") == 2
    assert line.splitlines() == [line]
    assert not set(line) & set("\x1b\x9b\u2028\u202e\ud800")


def test_an_exception_is_in_its_line() -> None:
    def deep(left: int) -> None:
        if not left:
            raise ValueError("Грешка\n" + "x" * 3000)
        (deep if left % 2 else lambda one: deep(one))(left - 1)

    try:
        deep(100)
    except ValueError as error:
        line, told = line_of("Failed.", error=error)
    assert len(line.encode()) < LONGEST
    assert told["error"].startswith("ValueError: Грешка\n")
    assert told["traceback"].startswith("…")


@settings(deadline=None)
@given(st.text(), st.text(), st.integers(1, 2000))
def test_no_line_of_json_is_too_long(message: str, url: str, times: int) -> None:
    line, told = line_of("%s", message * times, url=url * times)
    assert len(line.encode("utf-8")) < LONGEST
    assert {"time", "level", "logger", "message", "url"} == set(told)
    assert printable(line) == line
