"""About: what a run was made with, for the WARC and the report, and where it keeps its log."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cluster_archive import __version__
from cluster_archive.archive import (
    digest,
)
from cluster_archive.sites import Site


def warc_info(
    site: Site, *, settings: Mapping[str, Any], obeys_robots: bool, operator: str | None, contact: str | None
) -> dict[str, str]:
    """The fields of the WARC's `warcinfo` record (WARC 1.1, 6.2); the digests tell two runs of one configuration from
    two of different ones."""
    told = json.dumps(settings, sort_keys=True, default=str)
    info = {
        "software": " ".join(f"{name}/{number}" for name, number in software().items()),
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "isPartOf": site.name,
        "robots": "obey (RFC 9309)" if obeys_robots else "ignore",
        "description": f"News of {site.title}, captured byte for byte as sent",
        "siteDescriptionDigest": digest(site.source.encode()),
        "settingsDigest": digest(told.encode()),
    }
    if operator:
        info["operator"] = operator
    if contact:
        info["contact"] = contact
    return info


def software() -> dict[str, str]:
    """Versions of what a run was made with."""
    names = ("scrapy", "twisted", "lxml", "warcio")
    return {
        "cluster_archive": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in names},
    }


def run_log(folder: Path) -> Path:
    """Where a run keeps its log."""
    return folder / "run.log"
