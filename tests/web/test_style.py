"""The colours of the reading room can be read, in the light and in the dark."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

CSS = files("cluster_archive.web").joinpath("style.css").read_text(encoding="utf-8")
THEMES = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part)) for part in re.findall(r":root {[^}]*}", CSS)[:2]]
PAIRS = [
    *((text, ground) for text in ("ink", "muted", "accent") for ground in ("paper", "card", "tint")),
    ("on-accent", "accent"),
    ("ink", "mark"),
]


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_stands_out_from_its_ground(theme: dict[str, str], text: str, ground: str) -> None:
    high, low = sorted((luminance(theme[text]), luminance(theme[ground])), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_the_style_asks_for_nothing() -> None:
    assert "url(" not in CSS
    assert "@import" not in CSS
