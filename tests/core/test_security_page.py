"""The threat model names tests, and each of them exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
TESTS = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
}
ADVISORIES = """GHSA-cwxj-rr6w-m6w7 GHSA-2qfp-q593-8484 CVE-2025-6176 GHSA-7j7m-v7m3-jqm7 GHSA-23j4-mw76-5v7h GHSA-cw9j-q3vf-hrrv
GHSA-4qqq-9vqf-3h3f GHSA-jm3v-qxmh-hxwv GHSA-cc65-xxvf-f7r9 GHSA-cjvr-mfj7-j4j8 GHSA-mfjm-vh54-3f96 GHSA-76g3-c3x4-crvx""".split()


def test_each_test_that_the_page_names_exists() -> None:
    named = re.findall(r"`(test_\w+)`", PAGE)
    assert len(named) > 30
    assert sorted(set(named) - TESTS) == []


def test_each_threat_is_shown_to_be_held_or_said_not_to_be() -> None:
    rows = [
        line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ") and line.count(" | ") == 4
    ]
    assert len(rows) > 12
    for what, *_, holds, shown in rows[1:]:
        assert "`test_" in shown or holds.startswith("nothing:"), what


def test_each_advisory_has_a_test() -> None:
    tests = (ROOT / "tests" / "crawl" / "test_advisories.py").read_text(encoding="utf-8")
    assert [one for one in ADVISORIES if one not in tests] == []


def test_the_lowest_versions_are_those_that_the_page_gives_reasons_for() -> None:
    stated = dict(re.findall(r'^  "([\w.-]+)>=([\d.]+)', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE))
    told = re.findall(r"^\| ([a-z0-9]+) ([\d.]+) \|", PAGE, re.MULTILINE)
    assert len(told) >= 6
    for package, lowest in told:
        assert stated[package] == lowest
