"""Nothing from a page moves a cursor, hides a letter or breaks a line of a log."""

from __future__ import annotations

import json
import logging

from hypothesis import given
from hypothesis import strategies as st

from cluster_archive.printable import PrintableFormatter, printable


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
