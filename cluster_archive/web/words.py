"""Words: the language to speak, and days, moments and numbers as its readers write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from cluster_archive.web.texts import LANGUAGES

_MONTHS = {
    "bg": "януари февруари март април май юни юли август септември октомври ноември декември".split(),
    "en": "January February March April May June July August September October November December".split(),
}


def language_for(wanted: str | None, accepted: str, default: str | None) -> str:
    """The language to speak: the one asked for, else the operator's, else the first of `Accept-Language` that is spoken."""
    if wanted in LANGUAGES:
        return wanted
    if default in LANGUAGES:
        return default
    ranked = []
    for place, part in enumerate(accepted[:500].split(",")):
        name, _, quality = part.strip().partition(";q=")
        try:
            ranked.append((-float(quality or 1), place, name.strip().lower()[:2]))
        except ValueError:
            continue
    return next((name for _, _, name in sorted(ranked) if name in LANGUAGES), "en")


def day_in_words(day: date, language: str) -> str:
    """A day: ``14 ноември 2017 г.``, ``14 November 2017``."""
    month = _MONTHS[language][day.month - 1]
    return f"{day.day} {month} {day.year}" + (" г." if language == "bg" else "")


def moment_in_words(moment: datetime, language: str) -> str:
    """A moment in UTC: ``14 ноември 2017 г., 08:30 UTC``."""
    moment = moment.astimezone(UTC)
    return f"{day_in_words(moment.date(), language)}, {moment:%H:%M} UTC"


def size_in_words(size: int, language: str) -> str:
    """A number of bytes: ``1.4 MB``, ``1,4 MB``."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= step:
            told = f"{size / step:.1f} {unit}"
            return told.replace(".", ",") if language == "bg" else told
    return f"{size} B"


def number_in_words(number: int, language: str) -> str:
    """A number with its thousands apart."""
    return f"{number:,}".replace(",", "\u00a0" if language == "bg" else ",")
