"""What all tests share: where the shared data is, and pages that are not fetched."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from cluster_archive.captures import Capture
from cluster_archive.sites import Site, site_of

SHARED = Path(__file__).parents[2] / "shared"
MOMENT = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)

# Examples may take as long as they do, everywhere as in CI: the cores are shared with the tests beside.
settings.register_profile("patient", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


TOOLS = Path(__file__).parents[1] / ".tools"


@pytest.fixture(scope="session")
def tool() -> Callable[[str], Path]:
    """Finds a program by its name, or by its place under `.tools/`; in CI it must be there, elsewhere the test is skipped
    without it."""

    def find(name: str) -> Path:
        beside = Path(sys.executable).parent / name
        found = TOOLS / name if "/" in name else beside if beside.exists() else shutil.which(name)
        if found and Path(found).exists():
            return Path(found)
        reason = f"{name} is not installed: .ci/run has wget from Debian, .ci/tools makes the environments in .tools/"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)

    return find


@pytest.fixture
def shared() -> Path:
    """The folder of facts, seed and corpus; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the shared data is not beside this checkout")
    return SHARED


@pytest.fixture
def site() -> Site:
    """A site without selectors."""
    return site_of(
        'name = "example"\ntitle = "Example"\nhome = "https://example.org/"\nlanguage = "bg"\n'
        'timezone = "Europe/Sofia"\nhosts = ["example.org", "example.org:8080"]\n',
        "example.toml",
    )


@pytest.fixture
def page() -> Callable[..., Capture]:
    """Makes the capture of a page."""

    def make(html: str | bytes, url: str = "https://example.org/post/", content_type: str = "text/html") -> Capture:
        return Capture(
            url=url,
            status=200,
            headers=(("Content-Type", content_type),),
            payload=html.encode() if isinstance(html, str) else html,
            captured_at=MOMENT,
        )

    return make


@pytest.fixture
def post(page: Callable[..., Capture]) -> Callable[..., Capture]:
    """Makes the capture of a post whose body is the given markup."""

    def make(
        body: str, *, head: str = "", before: str = "", title: str = "Заглавие", url: str = "https://example.org/post/"
    ) -> Capture:
        return page(
            f'<!DOCTYPE html><html lang="bg-BG"><head><meta charset="utf-8"><title>{title} – Example</title>{head}</head>'
            f'<body class="single single-post"><div id="Content"><div class="post hentry">{before}'
            f'<h1 class="entry-title">{title}</h1><div class="post-wrapper-content"><div class="the_content_wrapper">{body}</div>'
            f'<div class="section-post-footer"><a href="/x/">Сподели</a></div></div></div></div></body></html>',
            url,
        )

    return make


def pytest_make_parametrize_id(val: object) -> str | None:
    """A name for what is packed that all processes give it: gzip notes the second in which it was made."""
    return "gzip" if isinstance(val, bytes) and val.startswith(b"\x1f\x8b") else None
