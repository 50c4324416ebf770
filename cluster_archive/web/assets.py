"""The replay's two files, ReplayWeb.page: got once with the `npm` client, kept in a folder of the user's.

They are under the AGPL, so they are no part of this package; they run in the browser as their authors made them.
"""

from __future__ import annotations

import subprocess
import tarfile
import tempfile
import zlib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import which

from platformdirs import user_data_path

from cluster_archive.errors import Incomplete

PACKAGE = "replaywebpage"
VERSION = "2.4.6"
DIGESTS = {
    "ui.js": "b7d386457aa77f4a3e6029c6b90211672df33b1d77ad1c579ee3de7bc9f3b982",
    "sw.js": "5d1388d7e29cbbb4e24f5adbbc763a1283a9da43ab6906441e845590c17dab1b",
    "LICENSE": "8486a10c4393cee1c25392769ddd3b2d6c242d6ec7928e1414efff7dfb2f07ef",
}
"""SHA-256 of the files of this version."""

NEEDED = ("ui.js", "sw.js")
_LIMIT = 8 * 1024 * 1024
_PATIENCE = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayAssets:
    """A folder that holds the replay's files."""

    folder: Path
    """The folder."""

    def path(self, name: str) -> Path:
        """One of its two files."""
        return self.folder / name


def own_folder() -> Path:
    """Where `get_replay` keeps the files: in the user's data folder, by version."""
    return user_data_path("cluster-archive") / f"{PACKAGE}-{VERSION}"


def find_assets(folder: Path | None = None) -> ReplayAssets | None:
    """The replay's files in a folder made by hand, or where `get_replay` put them; None where there are none.

    Raises Incomplete where a folder was named that has not both files.
    """
    looked_at = folder or own_folder()
    missing = [name for name in NEEDED if not (looked_at / name).is_file()]
    if not missing:
        return ReplayAssets(folder=looked_at)
    if folder is not None:
        raise Incomplete(f"{folder} has no {' and no '.join(missing)}; both are in the npm package {PACKAGE}.")
    return None


def get_replay(folder: Path | None = None) -> ReplayAssets:
    """Has the `npm` client pack the pinned version, checks its files, and puts them into the folder.

    Nothing is run that the package brings. Raises Incomplete with what to do.
    """
    folder = folder or own_folder()
    npm = which("npm")
    if npm is None:
        raise Incomplete(
            "There is no npm here; install Node.js, or unpack ui.js and sw.js of the npm package"
            f" {PACKAGE} {VERSION} into a folder and name it with --replay-assets."
        )
    with tempfile.TemporaryDirectory(prefix="cluster-archive-") as place:
        files = _checked(_pack(npm, Path(place)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            temporary = folder / f"{name}.tmp"
            temporary.write_bytes(content)
            temporary.replace(folder / name)
    except OSError as error:
        raise Incomplete(f"The replay's files cannot be written into {folder}: {error.strerror}.") from error
    return ReplayAssets(folder=folder)


def _pack(npm: str, place: Path) -> Path:
    """The package's archive, fetched by npm from the registry that the user has set up."""
    command = [npm, "pack", f"{PACKAGE}@{VERSION}", "--ignore-scripts", "--silent", "--pack-destination", str(place)]
    try:
        said = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Incomplete(f"npm could not be run to its end: {error}.") from error
    packed = sorted(place.glob("*.tgz"))
    if said.returncode or not packed:
        told = (said.stderr or said.stdout).strip().splitlines()
        raise Incomplete(f"npm could not pack {PACKAGE} {VERSION}: {told[-1] if told else 'it gave no file'}.")
    return packed[0]


def _checked(packed: Path) -> dict[str, bytes]:
    """The wanted files of the package, each with the digest that it must have; nothing else is unpacked."""
    files = {}
    try:
        with tarfile.open(packed) as archive:
            for name in DIGESTS:
                member = archive.getmember(f"package/{name}")
                opened = archive.extractfile(member) if member.isfile() and member.size <= _LIMIT else None
                files[name] = opened.read(_LIMIT) if opened else b""
    except (KeyError, OSError, tarfile.TarError, zlib.error, EOFError) as error:
        raise Incomplete(f"What npm packed is not {PACKAGE} {VERSION}: {error}.") from error
    for name, content in files.items():
        if sha256(content).hexdigest() != DIGESTS[name]:
            raise Incomplete(
                f"{name} of {PACKAGE} {VERSION} does not have the digest that it must have, so nothing was kept;"
                " somebody changed it on its way."
            )
    return files
