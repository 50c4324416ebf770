"""Zones: the time zones of the country that a host's name belongs to."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

_SOLD_TO_ALL = frozenset(
    "ac ad ag ai as bz cc cd cm co cx dj fm gg gl im in io je la li ly me mn ms mu nu pw sc sh sr st su tk tl to tv vc ws".split()
)
"""Codes of countries in which most names belong to people from elsewhere; they say nothing of where a site is read."""


def zones_of_host(host: str) -> tuple[ZoneInfo, ...]:
    """The time zones of the country whose code a host's name ends with, by the tz database's `zone.tab`; none for names
    of no country (``.com``, ``.eu``) and for codes that are sold to all."""
    code = host.rpartition(".")[2].lower()
    if len(code) != 2 or code in _SOLD_TO_ALL:
        return ()
    return tuple(map(ZoneInfo, _by_country().get("GB" if code == "uk" else code.upper(), ())))


@cache
def _by_country() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            code, _, zone = line.split("\t")[:3]
            found[code] = (*found.get(code, ()), zone)
    return found
