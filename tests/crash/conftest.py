"""The site that crawls die on, served on this machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from driver import Ground, large_ground
from large import LargeSite


@pytest.fixture
def ground() -> Iterator[Ground]:
    """A site of forty posts."""
    with LargeSite(40) as site:
        yield large_ground(site)
