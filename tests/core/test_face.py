"""The public face, and what importing it costs."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import cluster_archive

ROOT = Path(__file__).parents[2]


def test_each_name_is_there() -> None:
    assert sorted(cluster_archive.__all__) == list(cluster_archive.__all__)
    for name in cluster_archive.__all__:
        assert getattr(cluster_archive, name) is not None
    with pytest.raises(AttributeError):
        _ = cluster_archive.nothing


def loaded(statement: str) -> set[str]:
    """Top-level modules that a statement loads."""
    script = f"{statement}\nimport sys; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    return set(
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    )


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import cluster_archive", {"scrapy", "twisted", "lxml", "warcio", "click", "aiohttp"}),
        (
            "from cluster_archive import extract, read_captures",
            {"scrapy", "twisted", "itemadapter", "click", "aiohttp"},
        ),
        ("import cluster_archive.cli", {"scrapy", "twisted", "lxml"}),
    ],
)
def test_only_what_is_needed_is_loaded(statement: str, absent: set[str]) -> None:
    assert loaded(statement) & absent == set()


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project.get("version", cluster_archive.__version__) == cluster_archive.__version__
    assert f"## {cluster_archive.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").replace(
        "[", ""
    ).replace("]", "")


@pytest.mark.parametrize(
    "path", sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]), ids=lambda path: path.name
)
def test_links_of_the_documents_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_each_key_of_the_dataset_is_told() -> None:
    from cluster_archive.dataset import json_schema

    told = (ROOT / "docs" / "dataset.md").read_text(encoding="utf-8")
    assert [name for name in json_schema()["properties"] if f"`{name}`" not in told] == []


def test_each_option_and_verb_is_told() -> None:
    from cluster_archive.cli import commands

    told = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for name, verb in commands.commands.items():
        assert f"`{name}" in told
        for option in verb.params:
            assert not option.opts or not option.opts[-1].startswith("--") or option.opts[-1] in told, (
                name,
                option.opts,
            )


def test_each_exit_code_is_told() -> None:
    from cluster_archive.errors import ExitCode

    told = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert [code for code in ExitCode if f"| {int(code)} |" not in told and f"{int(code)}" not in told] == []
