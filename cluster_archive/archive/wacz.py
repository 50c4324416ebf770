"""WACZ: a collection, or one of its runs, as one ZIP file that replay tools read in place (WACZ 1.1.1)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from cluster_archive.archive.contents import Contents, Packed
from cluster_archive.archive.manifest import sha256_of
from cluster_archive.errors import ArchiveNotWritable, BadArchive
from cluster_archive.files import make_folder, replacing, writing

WACZ_VERSION = "1.1.1"

_PIECE = 1 << 20
_TEXT = (".cdxj", ".jsonl", ".json", ".sql")
"""What is deflated; all else is stored, so that a reader can seek in it (WACZ 1.1.1, "Zip Compression")."""


def write_wacz(
    contents: Contents,
    target: Path,
    *,
    software: str,
    licence: str | None = None,
    force: bool = False,
    on_bytes: Callable[[int], None] = lambda count: None,
) -> str:
    """Writes the WACZ, a piece at a time, into a temporary file that is renamed; gives its SHA-256, hexadecimal.

    The same contents give the same bytes. Raises BadArchive where a file is not as the collection's manifest says,
    ArchiveNotWritable where the target exists (unless `force`) or cannot be written.
    """
    refuse_existing(target, force)
    with writing(f"The package {target}"):
        make_folder(target.parent)
        with replacing(target) as file, ZipFile(file, "w") as package:
            resources = [_add(package, packed, contents, on_bytes) for packed in contents.files]
            _add_texts(package, contents, datapackage(contents, resources, software, licence))
        return sha256_of(target)


def refuse_existing(target: Path, force: bool) -> None:
    """Raises ArchiveNotWritable where the target is there already and may not be replaced."""
    if target.exists() and not force:
        raise ArchiveNotWritable(f"{target} exists already; take it away, name another --output, or give --force.")


def datapackage(
    contents: Contents, resources: list[dict[str, Any]], software: str, licence: str | None
) -> dict[str, Any]:
    """The WACZ's `datapackage.json` (Frictionless Data Package)."""
    made: dict[str, Any] = {
        "profile": "data-package",
        "name": _name(contents.name),
        "wacz_version": WACZ_VERSION,
        "title": contents.title,
        "description": description(contents),
        "created": f"{contents.created:%Y-%m-%dT%H:%M:%SZ}",
        "software": software,
    }
    if contents.main:
        made |= {"mainPageUrl": contents.main["url"], "mainPageDate": contents.main["ts"]}
    if licence is not None:
        made["licenses"] = [{"path" if "://" in licence else "name": licence}]
    return made | {"resources": resources}


def description(contents: Contents) -> str:
    """What the package holds, in one sentence."""
    return (
        f"News of {contents.title}: {contents.articles} articles, {contents.captures} captures from"
        f" {contents.first:%Y-%m-%d} to {contents.created:%Y-%m-%d}, byte for byte as sent, with the dataset read from them."
    )


def _add(package: ZipFile, packed: Packed, contents: Contents, on_bytes: Callable[[int], None]) -> dict[str, Any]:
    """Copies a file into the package and gives its entry in `datapackage.json`."""
    info = _entry(packed.path, contents)
    made, size = hashlib.sha256(), 0
    with packed.source.open("rb") as source, package.open(info, "w", force_zip64=packed.bytes >= 1 << 31) as out:
        while piece := source.read(_PIECE):
            made.update(piece)
            out.write(piece)
            size += len(piece)
            on_bytes(len(piece))
    if packed.sha256 not in (None, made.hexdigest()) and packed.path.startswith("archive/"):
        raise BadArchive(
            f"{packed.source} is not as the manifest says: its bytes were changed; see `cluster-archive verify`."
        )
    return {
        "name": _name(packed.path),
        "type": "file",  # or Frictionless would take each JSON file for a table, or for the schema of one
        "path": packed.path,
        "hash": f"sha256:{made.hexdigest()}",
        "bytes": size,
    }


def _add_texts(package: ZipFile, contents: Contents, told: dict[str, Any]) -> None:
    text = json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"
    stamp = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(text).hexdigest()}"}
    package.writestr(_entry("datapackage.json", contents), text)
    package.writestr(_entry("datapackage-digest.json", contents), json.dumps(stamp, indent=1) + "\n")


def _entry(path: str, contents: Contents) -> ZipInfo:
    info = ZipInfo(path, date_time=max(contents.created.timetuple()[:6], (1980, 1, 1, 0, 0, 0)))
    info.compress_type = ZIP_DEFLATED if path.endswith(_TEXT) else ZIP_STORED
    info.create_system, info.external_attr = 3, 0o644 << 16
    return info


def _name(path: str) -> str:
    """A name as Frictionless wants it: lower case, no spaces."""
    return re.sub(r"[^a-z0-9._/-]", "-", path.lower()).replace("/", "-")
