"""Reading of reports: from JSON that an earlier version wrote, or somebody changed, a report that can be shown; or none."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cluster_archive.errors import ExitCode

_TEXTS = ("run", "verb", "site", "collection", "started", "ended", "verdict")
_NEEDED = {"requests": dict, "rejected": dict, "skipped": dict, "articles": int, "dates": dict, "coverage": dict, "issues": dict,
           "bytes_received": int}  # fmt: skip
_LARGEST = 1 << 62


def checked(stated: Any, counted: dict[str, Any]) -> dict[str, Any]:
    """The fields of a report, as `Report` has them, with what an earlier version did not count yet as `counted` has it.

    Raises ValueError, KeyError, TypeError or AttributeError where something is not what it should be.
    """
    tally = stated["tally"]
    _demand(isinstance(tally, dict) and all(isinstance(tally[name], kind) for name, kind in _NEEDED.items()))
    told: dict[str, Any] = {**stated, "tally": counted | tally}
    _demand(all(isinstance(told[name], str) for name in _TEXTS))
    _demand(datetime.fromisoformat(told["started"]).tzinfo is not None)
    _demand(datetime.fromisoformat(told["ended"]).tzinfo is not None)
    ExitCode(told["exit_code"])
    numbers = [told["new_articles"]]
    for name, value in told["tally"].items():
        if isinstance(counted.get(name), int):
            numbers.append(value)
        elif isinstance(counted.get(name), dict):
            numbers.extend(value.values())
    _demand(all(" " in name for name in told["tally"]["requests"]))
    for row in told["tally"]["timeline"]:
        _demand(len(row) == 3)
        numbers.extend(row)
    for milliseconds, url in told["tally"]["slowest"]:
        numbers.append(milliseconds)
        _demand(isinstance(url, str))
    told["failures"] = [{"kind": "page", "reason": "other", "tries": 0, "via": None} | one for one in told["failures"]]
    for one in told["failures"]:
        _demand(isinstance(one["url"], str) and isinstance(one["reason"], str))
        _demand(one["via"] is None or isinstance(one["via"], str))
    for file in told["warc_files"]:
        _demand(isinstance(file["file"], str))
        _demand(isinstance(file.get("sha256"), str | None))
        numbers.extend([file["bytes"], file.get("records", 0)])
    for rows in told.get("changes", {}).values():
        _demand(all(isinstance(one[name], str | None) for one in rows for name in ("url", "title", "date")))
        _demand(all(one["url"] for one in rows))
    for host in told.get("robots", []):
        _demand(all(isinstance(host[name], str) for name in ("origin", "told")))
        _demand(datetime.fromisoformat(host["asked_at"]).tzinfo is not None)
        if host["record"] is not None:
            _demand(isinstance(host["record"]["file"], str))
            numbers.append(host["record"]["offset"])
    _demand(isinstance(told.get("full_due", ""), str))
    if told.get("full_due"):
        _demand(datetime.fromisoformat(told["full_due"]).tzinfo is not None)
    if machine := told.get("machine"):
        names = ("collection_bytes", "disk_free_bytes", "memory_peak_bytes", "cpu_milliseconds")
        numbers.extend(machine[name] for name in names)
    told["software"].items()
    _demand(all(isinstance(one, int | float) and abs(one) < _LARGEST for one in numbers))
    return told


def _demand(holds: bool) -> None:
    if not holds:
        raise ValueError("it is no report")
