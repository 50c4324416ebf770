"""One crawl as the command line runs it, with settings of the test and names that resolve to this machine."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

LOCAL_NAMES = ("inside.test", "rebound.test")
"""Names that lead to loopback, as a hostile name server would have it."""


def main(toml: str, settings: str, cost: str) -> int:
    """Crawls; the peak of the process's memory in MB goes into the file `cost`."""
    real = socket.getaddrinfo
    socket.getaddrinfo = lambda name, *rest: real("127.0.0.1" if name in LOCAL_NAMES else name, *rest)
    # only now, since Twisted takes the function when it is loaded
    from cluster_archive.cli.console import log_to_terminal, show_report
    from cluster_archive.crawl import crawl_site
    from cluster_archive.errors import ClusterArchiveError
    from cluster_archive.sites import load_site

    log_to_terminal()
    try:
        report = crawl_site(load_site(toml), json.loads(settings))
        show_report(report, as_json=False)
        return report.exit_code
    except ClusterArchiveError as error:
        sys.stderr.write(f"cluster-archive: {error}\n")
        return int(error.exit_code)
    finally:
        peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
        Path(cost).write_text(str(int(peak.split()[1]) / 1024))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
