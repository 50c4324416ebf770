"""Looks longer for bytes that break a promise: ``python -m tests.fuzz [--seconds N] [--found FOLDER] [SUBJECT…]``.

With atheris installed (``make fuzz`` sees to it) it goes where the code has not been yet; without, it damages examples at
random. Each subject has a process of its own. What breaks a promise is kept in the folder, to become a test.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import subprocess
import sys
import time
import traceback
from hashlib import sha256
from pathlib import Path

NAMES = ("addresses", "archives", "collections", "discovery", "messages", "pages", "sheets", "sites")


def main() -> int:
    """Runs the subjects one after the other; the number of those whose promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("subjects", nargs="*", choices=[*NAMES, []], help="what to fuzz (all)")
    parser.add_argument("--seconds", type=int, default=60, help="for each subject (60)")
    parser.add_argument("--found", type=Path, default=Path(".fuzz"), help="folder of what was found (.fuzz)")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        return _fuzz(asked.one, asked.seconds, asked.found / asked.one)
    broken = 0
    for name in asked.subjects or NAMES:
        command = [sys.executable, "-m", "tests.fuzz", "--one", name, "--seconds", str(asked.seconds)]
        done = subprocess.run([*command, "--found", str(asked.found)], check=False)
        sys.stdout.write(f"{name}: {'holds' if done.returncode == 0 else 'BROKEN'}\n")
        sys.stdout.flush()
        broken += done.returncode != 0
    return broken


def _fuzz(name: str, seconds: int, found: Path) -> int:
    (found / "corpus").mkdir(parents=True, exist_ok=True)
    if importlib.util.find_spec("atheris") is not None:
        return _guided(name, seconds, found)
    return _blind(name, seconds, found)


def _guided(name: str, seconds: int, found: Path) -> int:
    """Guided by which code is reached; ends the process."""
    import atheris

    with atheris.instrument_imports(
        include=["cluster_archive", "surt", "w3lib", "tinycss2", "protego", "cssselect", "tomllib"]
    ):
        from .subject import hold

        module = importlib.import_module(f".{name}", __package__)
    subject = module.SUBJECT
    for data in subject.seeds():
        (found / "corpus" / sha256(data).hexdigest()[:16]).write_bytes(data)
    words = found / "words.txt"
    quoted = ("".join(f"\\x{byte:02x}" for byte in token) for token in subject.tokens)
    words.write_text("".join(f'"{token}"\n' for token in quoted), encoding="ascii")
    options = [
        f"-max_total_time={seconds}",
        "-timeout=30",
        "-rss_limit_mb=2000",
        "-max_len=8000",
        "-print_final_stats=1",
    ]
    options += [f"-dict={words}", f"-artifact_prefix={found}/", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options, str(found / "corpus")], lambda data: hold(subject, data))
    atheris.Fuzz()
    return 0


def _blind(name: str, seconds: int, found: Path) -> int:
    """Damages examples at random; tells each place that raises once."""
    from .subject import hold, wrecks

    subject = importlib.import_module(f".{name}", __package__).SUBJECT
    until, count, places = time.monotonic() + seconds, 0, set[tuple[str, str]]()
    for data in wrecks(subject, random.Random(seconds)):
        if time.monotonic() > until:
            break
        count += 1
        try:
            hold(subject, data)
        except Exception as error:  # noqa: BLE001 - every kind is what is looked for
            last = traceback.extract_tb(error.__traceback__)
            place = (
                type(error).__name__,
                str([one for one in last if "cluster_archive" in one.filename or "fuzz" in one.filename][-1:]),
            )
            if place not in places:
                places.add(place)
                path = found / f"broken-{sha256(data).hexdigest()[:16]}"
                path.write_bytes(data)
                sys.stdout.write(f"{name}: {path}\n{''.join(traceback.format_exception(error)[-8:])}\n")
    sys.stdout.write(f"{name}: {count} examples, {len(places)} faults\n")
    return len(places)


if __name__ == "__main__":
    sys.exit(main())
