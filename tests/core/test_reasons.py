"""The reasons and the exit codes are closed lists, documented with advice."""

from __future__ import annotations

from pathlib import Path

import pytest

from cluster_archive.errors import MEANINGS, ExitCode
from cluster_archive.reasons import REASONS, explained, is_reason


def test_the_documentation_lists_each_reason_as_the_code_has_it() -> None:
    documented = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    for code, (meaning, advice) in REASONS.items():
        assert f"| `{code}` | {meaning} | {advice} |" in documented


def test_the_documentation_lists_each_exit_code_as_the_code_has_it() -> None:
    documented = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    assert set(MEANINGS) == set(ExitCode)
    for code, (meaning, advice) in MEANINGS.items():
        assert f"| {code} | {meaning} | {advice} |" in documented


@pytest.mark.parametrize("reason", ["timeout", "status-503", "robots-status-500", "cut-time", "trap"])
def test_a_reason_is_in_the_list(reason: str) -> None:
    assert is_reason(reason)
    assert all(explained(reason))


@pytest.mark.parametrize("reason", ["", "status-50", "status-NNN0", "Ignored response"])
def test_what_is_no_reason_is_none(reason: str) -> None:
    assert not is_reason(reason)
