"""How fast `verify` reads: MB/s of gzip on one core, beside `fastwarc check` and `warcio check` on the same file.

python bench/verify.py [MEGABYTES]
"""

from __future__ import annotations

import itertools
import os
import random
import resource
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cluster_archive.archive import WarcWriter
from cluster_archive.captures import Exchange

NOW = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
LETTERS = "абвгдежзийклмнопрстуфхцчшщъьюя"


def make(folder: Path, size: int) -> Path:
    """A WARC of about that many bytes: two pages of text for a picture, as a news site has them."""
    chance, numbers = random.Random(20240506), itertools.count(1)
    words = ["".join(chance.choices(LETTERS, k=chance.randint(2, 9))) for _ in range(4000)]
    writer = WarcWriter(
        folder / "archive",
        "bench",
        info={"software": "cluster_archive/0.1.0"},
        now=lambda: NOW,
        record_id=lambda: f"<urn:uuid:00000000-0000-4000-8000-{next(numbers):012d}>",
        roll_at=1 << 60,
        sync=False,
    )
    written = number = 0
    while written < size:
        number += 1
        if number % 3:
            text = " ".join(f"<p>{word}</p>" for word in chance.choices(words, k=chance.randint(500, 6000)))
            kind, body = "text/html; charset=utf-8", f"<html><body>{text}</body></html>".encode()
        else:
            kind, body = "image/jpeg", chance.randbytes(chance.randint(20_000, 300_000))
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        ref = writer.write_exchange(
            Exchange(
                url=f"http://example.org/{number}",
                request=f"GET /{number} HTTP/1.1\r\nHost: example.org\r\n\r\n".encode(),
                response=head.encode() + body,
                started=NOW,
                ended=NOW + timedelta(milliseconds=100),
                ip="93.184.216.34",
            )
        )
        assert ref is not None
        written = ref.offset
    return writer.close()[0]


def cpu(command: list[str]) -> float:
    """Seconds of CPU time that a command took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=False, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Prints a line a tool: the best of three runs, start of the program included."""
    wanted = int(sys.argv[1]) * 1_000_000 if len(sys.argv) > 1 else 100_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = make(Path(folder), wanted)
        size = os.path.getsize(path)  # noqa: PTH202
        print(f"{size / 1e6:.0f} MB of gzip")
        for name, command in {
            "cluster-archive verify": ["-m", "cluster_archive", "verify"],
            "fastwarc check": ["-m", "fastwarc.cli", "check", "-q"],
            "fastwarc check -p": ["-m", "fastwarc.cli", "check", "-q", "-p"],
            "warcio check": ["-c", "from warcio.cli import main; main()", "check"],
        }.items():
            seconds = min(cpu([sys.executable, *command, str(path)]) for _ in range(3))
            print(f"{name:<24} {size / 1e6 / seconds:7.1f} MB/s   {seconds:.2f} s of CPU")


if __name__ == "__main__":
    main()
