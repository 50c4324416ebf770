"""Options that limit a run, in the units that people use."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

import click


class _Amount(click.ParamType[float]):
    """A number with a unit."""

    def __init__(self, name: str, units: dict[str, float], example: str) -> None:
        self.name, self._units, self._example = name, units, example

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The amount in the smallest unit."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", str(value).strip().lower())
        if found is None or found[2] not in self._units:
            self.fail(f"{value!r} is no {self.name.lower()}; write it as {self._example}.", param, ctx)
        return float(found[1]) * self._units[found[2]]


DURATION = _Amount("DURATION", {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}, "90s, 30m or 2h")
SIZE = _Amount("SIZE", {"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12}, "500MB or 2GB")


def limit_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that limit a crawl; they join the `overrides`."""

    @click.option("--time-limit", type=DURATION, help="End after so long, for instance 30m; code 8.")
    @click.option("--page-limit", type=click.IntRange(min=1), help="End after so many pages; code 8.")
    @click.option("--size-limit", type=SIZE, help="End after so many bytes received, for instance 500MB; code 8.")
    @click.option("--min-free", type=SIZE, help="End when less is free on the disk (200MB if not given); code 8.")
    @wraps(command)
    def gathered(
        *,
        time_limit: float | None,
        page_limit: int | None,
        size_limit: float | None,
        min_free: float | None,
        overrides: dict[str, Any],
        **rest: Any,
    ) -> None:
        given = {
            "ARCHIVE_TIME_LIMIT": time_limit,
            "ARCHIVE_PAGE_LIMIT": page_limit,
            "ARCHIVE_SIZE_LIMIT": size_limit,
            "ARCHIVE_MIN_FREE": min_free,
        }
        command(overrides=overrides | {key: value for key, value in given.items() if value is not None}, **rest)

    return gathered
