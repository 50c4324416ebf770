"""Days and moments as sites print them: strings in, dates out; nothing is filled in that is not there."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from cluster_archive.months import month_number

_ISO = re.compile(r"\b((?:19|20)\d{2})-(\d{1,2})-(\d{1,2})(?!\d)")
_YEAR_FIRST = re.compile(
    r"(?<![\d./])((?:19|20)\d{2})(\s?[./]\s?|\s?[年년]\s?)(\d{1,2})(?:\2|\s?[月월]\s?)(\d{1,2})(?!\d|[./]\d)"
)
_DAY_FIRST = re.compile(r"(?<![\d.-])(\d{1,2})(?:\s?[./]\s?(\d{1,2})\s?[./]\s?|-(\d{1,2})-)((?:19|20)\d{2})(?!\d|-\d)")
_SHORT_YEAR = re.compile(r"(?<![\d./])(\d{1,2})([./])(\d{1,2})\2(\d{2})(?![\d./])")
_WORDS = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|º|\.|-?ви|-?ри|-?ти)?\s+(?:de\s+|of\s+|d['’])?([^\W\d_]{3,})\.?,?\s+(?:de\s+)?((?:19|20)\d{2})(?!\d)"
)
_MONTH_FIRST = re.compile(r"\b([^\W\d_]{3,})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+((?:19|20)\d{2})(?!\d)")
_YEAR_MONTH = re.compile(r"(?<!\d)((?:19|20)\d{2})(?:\.|\s?m\.)?\s+([^\W\d_]{3,})\.?\s+(\d{1,2})(?!\d|\.\d)")
"""As in Hungarian and Lithuanian."""
_YEAR_DAY = re.compile(r"(?<!\d)((?:19|20)\d{2})\.\s+gada\s+(\d{1,2})\.\s+([^\W\d_]{3,})")
"""As in Latvian."""
_HAS_YEAR = re.compile(r"(?:19|20)\d\d|\d[./]\d{1,2}[./]\d\d")
"""What no date in full lacks."""

_UNIX = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{1,2}) (\d{1,2}:\d{2}:\d{2})(?: ([A-Z]{3,4}|[+-]\d{4}))? (\d{4})")
"""A moment as `date` prints it."""


def day_of(text: str, language: str | None = None) -> date | None:
    """The first day that a text states in full: ISO, ``27.11.2017``, ``27 ноември 2017``, ``November 27, 2017``,
    ``2017. 11. 27.``, ``2017. november 27.``.

    Days stand before months, as in Europe; with slashes on an English page the order is told by a number above 12 or not
    at all. A month or a year alone gives None.
    """
    if _HAS_YEAR.search(text) is None:
        return None
    found = [made for finder in (_iso, _numbers, _words, _short) if (made := finder(text, language)) is not None]
    return min(found)[1] if found else None


def _iso(text: str, _language: str | None) -> tuple[int, date] | None:
    found = [
        _first(_ISO, text, lambda m: _day(m[1], m[2], m[3])),
        _first(_YEAR_FIRST, text, lambda m: _day(m[1], m[3], m[4])),
    ]
    return min((one for one in found if one), default=None)


def _numbers(text: str, language: str | None) -> tuple[int, date] | None:
    def read(match: re.Match[str]) -> date | None:
        day, month, year = match[1], match[2] or match[3], match[4]
        first, second = int(day), int(month)
        if "." not in match[0] and language == "en" and second <= 12 and first != second:
            if first <= 12:
                return None
        elif second > 12 >= first:
            return _day(year, day, month)
        return _day(year, month, day)

    return _first(_DAY_FIRST, text, read)


def _short(text: str, _language: str | None) -> tuple[int, date] | None:
    """``25.04.24``, where nothing else in the text is a number with dots; ``01/25/24`` where its order is plain."""

    def read(match: re.Match[str]) -> date | None:
        first, second = int(match[1]), int(match[3])
        if match[2] == "/" and first <= 12 and second <= 12 and first != second:
            return None
        return _day(f"20{match[4]}", *((match[1], match[3]) if second > 12 >= first else (match[3], match[1])))

    return _first(_SHORT_YEAR, text, read) if len(text) <= 60 else None


def _words(text: str, language: str | None) -> tuple[int, date] | None:
    found = [
        _first(_WORDS, text, lambda m: _day(m[3], month_number(m[2], language), m[1])),
        _first(_MONTH_FIRST, text, lambda m: _day(m[3], month_number(m[1], language), m[2])),
        _first(_YEAR_MONTH, text, lambda m: _day(m[1], month_number(m[2], language), m[3])),
        _first(_YEAR_DAY, text, lambda m: _day(m[1], month_number(m[3], language), m[2])),
    ]
    return min((one for one in found if one), default=None)


def _first(pattern: re.Pattern[str], text: str, read) -> tuple[int, date] | None:  # type: ignore[no-untyped-def]
    for match in pattern.finditer(text):
        if (made := read(match)) is not None:
            return match.start(), made
    return None


def _day(year: str, month: str | int | None, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day)) if month else None
    except ValueError:
        return None


def moment_of(text: str) -> datetime | date | None:
    """ISO 8601 or RFC 822: an aware moment where an offset is stated, a naive one where only the time is, a day where
    there is no time; None where it is neither."""
    text = text.strip()
    return _moment_of(text) if len(text) <= _LONGEST else None


_LONGEST = 100  # letters: no moment is longer


@lru_cache(maxsize=1024)  # a page says the same moment in many places
def _moment_of(text: str) -> datetime | date | None:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return date.fromisoformat(text)
        if re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{1,2}:", text):
            fixed = re.sub(r"\s+(?=[+-]\d)", "", text.replace(" ", "T", 1)).upper().replace("Z", "+00:00")
            fixed = re.sub(r":(\d)(?=\D|$)", r":0\1", fixed, count=1)
            return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", fixed))
        if re.fullmatch(r"\d{8}T\d{6}(?:Z|[+-]\d{2}:?\d{2})?", text) or re.fullmatch(
            r"\d{8}T\d{2}:\d{2}:\d{2}(?:Z|[+-]\d{2}:?\d{2})?", text
        ):
            return datetime.fromisoformat(text.replace(":", "").replace("Z", "+0000"))
        if found := _UNIX.fullmatch(text):
            return parsedate_to_datetime(f"{found[2]} {found[1]} {found[5]} {found[3]} {found[4] or '-0000'}")
        if re.match(r"(?:[A-Za-z]{3},?\s)?\d{1,2}\s[A-Za-z]{3}\s\d{4}\s", text):
            return parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        pass
    return None


Zone = str | tzinfo | None
"""Name of a time zone, or an offset from UTC."""


def offset_of(text: str) -> timedelta | None:
    """The offset from UTC of the moment that a text states; None where it states none."""
    moment = moment_of(text)
    return moment.utcoffset() if isinstance(moment, datetime) else None


def _zone(zone: Zone) -> tzinfo | None:
    return ZoneInfo(zone) if isinstance(zone, str) else zone


def to_utc(moment: datetime, timezone: Zone) -> datetime | None:
    """The moment in UTC; a naive one is taken in the time zone, and is None where there is no zone to take it in."""
    try:
        if moment.tzinfo is None:
            if timezone is None:
                return None
            moment = moment.replace(tzinfo=_zone(timezone))
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def day_in(moment: datetime, timezone: Zone) -> date:
    """The calendar day of a moment in the time zone; the day as written where there is no zone."""
    try:
        return moment.astimezone(_zone(timezone)).date() if timezone and moment.tzinfo else moment.date()
    except (ValueError, OverflowError):
        return moment.date()


def day_and_moment(text: str, timezone: Zone, language: str | None = None) -> tuple[date | None, datetime | None]:
    """The day in the site's time zone, and the moment in UTC where one is stated: a machine's date first, then a
    reader's."""
    stated = moment_of(text)
    if isinstance(stated, datetime):
        return day_in(stated, timezone), to_utc(stated, timezone)
    return (stated, None) if stated is not None else (day_of(text, language), None)
