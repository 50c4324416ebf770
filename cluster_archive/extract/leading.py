"""Leading: which of the days that a page states is its own, where they differ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta, timezone, tzinfo
from urllib.parse import urlsplit

from cluster_archive.days import day_in, offset_of
from cluster_archive.document import Document
from cluster_archive.items import DateEvidence
from cluster_archive.zones import zones_of_host

_OFFSET = re.compile(r":(?<=[T ]\d\d:)\d\d:\d\d(?:\.\d+)? ?([+-])(\d\d):?(\d\d)\b")
"""The end of a moment with an offset from UTC (ISO 8601, RFC 5322), from the minutes on; it begins with a literal, since that
is what a search is quick to find."""

_TIME_ELEMENT = "time[datetime]"


def in_order(
    found: Sequence[DateEvidence], document: Document, modified: date | None, *, has_zone: bool
) -> list[DateEvidence]:
    """What a page says of its day, what is its own first; `found` is in the order of trust, `modified` the day of the last
    change, `has_zone` says whether moments in UTC were already taken in the page's own zone."""
    shown = next((one for one in found if one.source == "text"), None)
    confirmed = _confirmed(found, shown, modified) if shown is not None else None
    if confirmed is not None:
        return [confirmed, *(one for one in found if one is not confirmed)]
    if has_zone or not found or found[0].moment is None or offset_of(found[0].raw) != timedelta(0):
        return list(found)
    if shown is not None:
        return _as_shown(found, shown)
    return [_in_local_time(one, document) for one in found]


def _confirmed(found: Sequence[DateEvidence], shown: DateEvidence, modified: date | None) -> DateEvidence | None:
    """The statement of another day than the first that what the page shows its reader confirms: a moment that is named
    for the publication, or a `time` beside the headline that is not the last change."""
    if found[0].source != "page" or found[0].day == shown.day:
        return None
    for one in found:
        if one.source == "page" and one.day == shown.day:
            if one.selector == _TIME_ELEMENT and ":" not in found[0].raw and shown.day != modified:
                return one
            if one.selector != _TIME_ELEMENT and ":" in one.raw and offset_of(one.raw) != timedelta(0):
                return one
    return None


def _as_shown(found: Sequence[DateEvidence], shown: DateEvidence) -> list[DateEvidence]:
    """Where the page states a moment in UTC and shows its reader the day before or after, the reader's day leads."""
    best = found[0]
    assert best.moment is not None, "only moments are taken in time zones"
    earlier, later = best.moment - timedelta(hours=12), best.moment + timedelta(hours=14)  # the zones that there are
    if shown.day == best.day or shown.day is None or not earlier.date() <= shown.day <= later.date():
        return list(found)
    return [replace(shown, source="page"), *found]


def _in_local_time(one: DateEvidence, document: Document) -> DateEvidence:
    """A moment in UTC with the day that it has where the page is read, as far as that is known without doubt: in the time
    zones of the country of its host's name, else in the offsets that its scripts state."""
    if one.moment is None or offset_of(one.raw) != timedelta(0):
        return one
    zones: Sequence[tzinfo] = zones_of_host(urlsplit(document.url).hostname or "") or tuple(_offsets(document))
    days = {day_in(one.moment, zone) for zone in zones}
    return replace(one, day=days.pop()) if len(days) == 1 else one


def _offsets(document: Document) -> Iterator[timezone]:
    """The offsets from UTC that the page's scripts state, but that of UTC itself."""
    for script in document.root.iter("script"):
        for sign, hours, minutes in _OFFSET.findall(script.text or ""):
            offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
            if offset and abs(offset) < timedelta(hours=24):
                yield timezone(offset)


def zone_seen(raws: Sequence[str]) -> timezone | None:
    """The offset from UTC that the page's own statements use, where a moment states one."""
    offsets = (offset_of(raw) for raw in raws)
    return next((timezone(offset) for offset in offsets if offset), None)
