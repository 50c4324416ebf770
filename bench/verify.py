"""How fast `verify` reads: MB/s of gzip on one core, beside `fastwarc check` and `warcio check` on the same files.

One file has pages and pictures as a news site has them; the other nothing but small answers (feeds, redirects, errors), so that
the work that each record costs counts and not its bytes.

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
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cluster_archive.archive import WarcWriter
from cluster_archive.captures import Exchange

NOW = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
LETTERS = "абвгдежзийклмнопрстуфхцчшщъьюя"
TOOLS = {
    "cluster-archive verify": ["-m", "cluster_archive", "verify"],
    "fastwarc check": ["-m", "fastwarc.cli", "check", "-q"],
    "fastwarc check -p": ["-m", "fastwarc.cli", "check", "-q", "-p"],
    "warcio check": ["-c", "from warcio.cli import main; main()", "check"],
}


def pages_and_pictures(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Media type and body: two pages of text for a picture, as a news site has them."""
    words = ["".join(chance.choices(LETTERS, k=chance.randint(2, 9))) for _ in range(4000)]
    while True:
        for _ in range(2):
            text = " ".join(f"<p>{word}</p>" for word in chance.choices(words, k=chance.randint(500, 6000)))
            yield "text/html; charset=utf-8", f"<html><body>{text}</body></html>".encode()
        yield "image/jpeg", chance.randbytes(chance.randint(20_000, 300_000))


def small_answers(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Bodies of at most some kilobytes, so that a record has about 0.9 KB of gzip, as in the demo's WARC."""
    words = ["".join(chance.choices(LETTERS, k=chance.randint(2, 9))) for _ in range(4000)]
    while True:
        text = " ".join(chance.choices(words, k=chance.randint(10, 500)))
        yield "application/json; charset=utf-8", f'{{"text": "{text}"}}'.encode()


def make(folder: Path, bodies: Iterator[tuple[str, bytes]], size: int) -> tuple[Path, int]:
    """A WARC of about that many bytes, and how many records it has."""
    numbers = itertools.count(1)
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
        kind, body = next(bodies)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        started = NOW + timedelta(seconds=number)
        ref = writer.write_exchange(
            Exchange(
                url=f"http://example.org/{number}",
                request=f"GET /{number} HTTP/1.1\r\nHost: example.org\r\n\r\n".encode(),
                response=head.encode() + body,
                started=started,
                ended=started + timedelta(milliseconds=number % 1000),
                ip="93.184.216.34",
            )
        )
        assert ref is not None
        written = ref.offset
    return writer.close()[0], next(numbers) - 1


def cpu(command: list[str]) -> float:
    """Seconds of CPU time that a command took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=False, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Prints a line a file and tool: the best of five runs, start of the program included."""
    wanted = int(sys.argv[1]) * 1_000_000 if len(sys.argv) > 1 else 100_000_000
    for what, bodies in (("pages and pictures", pages_and_pictures), ("small records", small_answers)):
        with tempfile.TemporaryDirectory() as folder:
            path, records = make(Path(folder), bodies(random.Random(20240506)), wanted)
            size = os.path.getsize(path)  # noqa: PTH202
            print(f"{what}: {size / 1e6:.0f} MB of gzip, {records} records")
            for name, command in TOOLS.items():
                seconds = min(cpu([sys.executable, *command, str(path)]) for _ in range(5))
                print(
                    f"{name:<24} {size / 1e6 / seconds:7.1f} MB/s   {seconds:5.2f} s of CPU   {seconds / records * 1e6:6.1f} µs a record"
                )


if __name__ == "__main__":
    main()
