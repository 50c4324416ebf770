"""The manifest beside the files that it names: `sha256sum -c`, and whether it names all that it should."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path, PurePosixPath

from cluster_archive.archive.collection import Collection
from cluster_archive.archive.records import Fault
from cluster_archive.archive.verify.findings import fault, is_file

MANIFEST = "manifest-sha256.txt"
_LINE = re.compile(rb"([0-9a-f]{64})  ([^\x00-\x1f\\]+)\n")
_AGAIN = "If the file is right as it is, `repair` writes the manifest again; else fetch it from a good copy."


def verify_manifest(collection: Collection) -> Iterator[Fault]:
    """The faults of the manifest; a note where there is none although there is something to name."""
    path = collection.root / MANIFEST
    wanted = {
        str(one.relative_to(collection.root))
        for one in (
            *collection.warcs(),
            collection.index,
            collection.root / "pages" / "pages.jsonl",
            collection.dataset / "articles.jsonl",
        )
        if one.is_file()
    }
    if not path.is_file():
        if wanted and any(collection.runs.glob("*/report.json")):  # before a run is over there is none
            what, advice = "There is no manifest, so that not every changed byte can be seen.", "`repair` writes one."
            yield fault(MANIFEST, None, what, advice, is_note=True)
        return
    offset, named = 0, set[str]()
    with path.open("rb") as lines:
        while line := lines.readline(64 * 1024):
            told = _LINE.fullmatch(line)
            name = told[2].decode("utf-8", "replace") if told else ""
            parts = PurePosixPath(name).parts
            if told is None or name.startswith("/") or ".." in parts or "." in parts:
                yield fault(MANIFEST, offset, "The line is not a digest and a path.", _AGAIN)
            elif name in named:
                yield fault(MANIFEST, offset, f"It names {name} twice.", _AGAIN)
            elif problem := _differs(collection.root / name, told[1].decode()):
                yield fault(MANIFEST, offset, f"{name} {problem}.", _AGAIN)
            named.add(name)
            offset += len(line)
    for name in sorted(wanted - named):
        yield fault(name, None, "The manifest does not name the file.", _AGAIN)


def _differs(path: Path, digest: str) -> str:
    """How a file differs from what the manifest says of it; empty where it does not."""
    try:
        with path.open("rb") as file:
            made = file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"cannot be read ({error.strerror})" if is_file(path) else "is missing"
    return "" if made == digest else "has another digest than when the manifest was written"
