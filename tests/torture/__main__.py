"""Runs every fault alone, with the deadlines as they are, and prints a table: ``python -m tests.torture [NAME…]``."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from . import addresses, coding, pages, status, transport, traps, xml
from .runner import HEALTHY_REQUESTS, Fault, run

GROUPS = {
    "transport": transport.FAULTS,
    "coding": coding.FAULTS,
    "addresses": addresses.FAULTS,
    "pages": pages.FAULTS,
    "xml": xml.FAULTS,
    "traps": traps.FAULTS,
    "status": status.FAULTS,
}


def main(names: list[str]) -> int:
    """Runs the faults whose group or name is given, or all; the number of those that do not hold."""
    chosen = [
        (group, fault)
        for group, faults in GROUPS.items()
        for fault in faults
        if not names or group in names or fault.name in names
    ]
    began = time.monotonic()
    sys.stdout.write(f"{'group':<10} {'fault':<28} {'exit':>4} {'s':>5} {'MB':>4} {'more':>5}  verdict\n")
    held = 0
    with ThreadPoolExecutor(int(os.environ.get("TORTURE_JOBS", "6"))) as pool:
        for (group, fault), done in [(one, pool.submit(_tried, one[1])) for one in chosen]:
            row, good = done.result()
            held += good
            sys.stdout.write(f"{group:<10} {fault.name:<28} {row}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{held} of {len(chosen)} hold, {time.monotonic() - began:.0f} s\n")
    return min(len(chosen) - held, 100)


def _tried(fault: Fault) -> tuple[str, bool]:
    outcome, wrong = run(fault)
    more = len(outcome.asked) - HEALTHY_REQUESTS
    row = (
        f"{outcome.code:>4} {outcome.seconds:>5.1f} {outcome.megabytes:>4.0f} {more:>5}  {'; '.join(wrong) or 'holds'}"
    )
    return row, not wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
