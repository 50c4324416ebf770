"""The fault table: what `verify` and the tools at hand say of the same damaged file; exit code 1 if `verify` misses one.

`+` seen, `-` not seen, `!` ended by an exception of its own (which tells little), blank: not for such a file.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from cluster_archive.archive import Collection, Fault, verify_collection, verify_path
from cluster_archive.errors import BadArchive
from tests.archive.damages import DAMAGES, WACZ_DAMAGES, Damage, make_collection, make_wacz


def seen_by(look: Callable[[], object]) -> str:
    """What became of a look at a file: seen, not seen, or an exception."""
    silent = io.StringIO()
    with contextlib.redirect_stdout(silent), contextlib.redirect_stderr(silent), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return "+" if look() else "-"
        except SystemExit as ended:
            return "+" if ended.code else "-"
        except Exception:  # noqa: BLE001 - whatever another tool raises is its answer
            return "!"


def ours(path: Path) -> str:
    """What `verify` says of a collection, a WARC or a WACZ."""

    def look() -> bool:
        try:
            found: list[Fault] = list(verify_collection(Collection(path)) if path.is_dir() else verify_path(path))
        except BadArchive:
            return True
        return any(one.severity == "fault" for one in found)

    return seen_by(look)


def warcio_check(path: Path) -> str:
    """`warcio check`."""
    from warcio.cli import main

    return seen_by(lambda: main(["check", str(path)]))


def fastwarc_check(path: Path) -> str:
    """`fastwarc check -q`, the program."""
    said = subprocess.run(
        [sys.executable, "-m", "fastwarc.cli", "check", "-q", str(path)], capture_output=True, check=False
    )
    return "!" if b"Traceback" in said.stderr else "-+"[bool(said.returncode)]


def gzip_test(path: Path) -> str:
    """`gzip -t`."""
    return "-+"[bool(subprocess.run(["gzip", "-t", str(path)], capture_output=True, check=False).returncode)]


def wacz_validate(path: Path) -> str:
    """`wacz validate`."""
    from wacz.main import main

    return seen_by(lambda: main(["validate", "-f", str(path)]))


def main() -> int:
    """Prints the table; how many damages `verify` misses."""
    print(f"{'':<40} verify verify warcio fastwarc gzip wacz")
    print(f"{'damage':<40} coll.  file   check  check    -t   validate")
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        sound = make_collection(Path(folder) / "sound", chunked=False)
        in_chunks = make_collection(Path(folder) / "chunks")
        nothing = Damage(lambda collection: None, "")
        rows = {"none": nothing, "none, a page in chunks": nothing, **DAMAGES}
        for number, (name, damage) in enumerate(rows.items()):
            source = (
                in_chunks if "chunks" in name else sound
            )  # chunks alone make warcio call a file wrong (its issue 74)
            collection = Collection(Path(shutil.copytree(source.root, Path(folder) / f"{number}" / "demo")))
            damage.do(collection)
            whole, alone = ours(collection.root), [""] * 4
            if collection.warcs() and not name.startswith(("index", "dataset", "manifest")):
                warc = collection.warcs()[-1]
                alone = [ours(warc), warcio_check(warc), fastwarc_check(warc), gzip_test(warc)]
            wanted = "-" if damage is nothing else "+"
            missed += whole != wanted or (damage.alone and alone[0] not in ("", wanted))
            print(f"{name:<40} {whole:<6} {alone[0]:<6} {alone[1]:<6} {alone[2]:<8} {alone[3]:<4}")
        for number, (name, (do, _)) in enumerate(WACZ_DAMAGES.items()):
            path = make_wacz(sound, Path(folder) / f"{number}.wacz")
            do(path)
            found = ours(path)
            missed += found != "+"
            print(f"{name:<40} {'':<6} {found:<6} {'':<6} {'':<8} {'':<4} {wacz_validate(path)}")
            path.unlink()
        path = make_wacz(sound, Path(folder) / "sound.wacz")
        print(f"{'wacz: none':<40} {'':<6} {ours(path):<6} {'':<6} {'':<8} {'':<4} {wacz_validate(path)}")
    print(f"{len(DAMAGES) + len(WACZ_DAMAGES)} kinds of damage; verify missed {missed}.")
    return missed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
