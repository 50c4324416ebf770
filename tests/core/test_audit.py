"""What `make audit` says of what pip-audit finds, and of its finding nothing out; pip-audit itself is a fake here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

AUDIT = Path(__file__).parents[2] / ".ci" / "audit"
SOUND = {"name": "scrapy", "version": "2.19.0", "vulns": []}
ILL = {
    "name": "twisted",
    "version": "24.7.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["26.4.0"], "aliases": ["CVE-2026-42304"], "description": "DNS"}],
}
UNKNOWN = {"name": "ours", "skip_reason": "it is not on PyPI"}


def audit(folder: Path, said: str, code: int = 0, error: str = "") -> tuple[int, str]:
    """Exit code and words of the audit where pip-audit says that."""
    fake = folder / "pip-audit"
    fake.write_text(
        f"#!{sys.executable}\nimport sys\nassert '--format' in sys.argv and 'constraints.txt' in sys.argv\n"
        f"sys.stdout.write({said!r})\nsys.stderr.write({error!r})\nsys.exit({code})\n",
        encoding="utf-8",
    )
    fake.chmod(0o700)
    done = subprocess.run(
        [sys.executable, AUDIT], env={**os.environ, "PIP_AUDIT": str(fake)}, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def found(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


def test_where_nothing_is_known_all_is_well(tmp_path: Path) -> None:
    assert audit(tmp_path, found(SOUND)) == (0, "1 packages looked up, 0 to look at.\n")


def test_an_advisory_is_told_with_what_mends_it(tmp_path: Path) -> None:
    code, said = audit(tmp_path, found(SOUND, ILL), 1)
    assert code == 1
    assert "twisted 24.7.0: PYSEC-1, CVE-2026-42304; mended in 26.4.0\n" in said
    assert "2 packages looked up, 1 to look at." in said


def test_a_package_that_was_not_looked_at_is_told(tmp_path: Path) -> None:
    assert audit(tmp_path, found(UNKNOWN))[0] == 1


@pytest.mark.parametrize(
    ("said", "code"), [("", 1), ("no JSON", 0), ("[]", 0), ('{"dependencies": 1}', 0), ('{"dependencies": [{"vulns": [{}]}]}', 0)]
)  # fmt: skip
def test_what_could_not_be_found_out_is_not_called_well(tmp_path: Path, said: str, code: int) -> None:
    told = audit(tmp_path, said, code, "Traceback\nConnectionError: api.osv.dev cannot be reached\n")
    assert told[0] == 0
    assert told[1].startswith("NOT checked: ConnectionError: api.osv.dev cannot be reached\n")
