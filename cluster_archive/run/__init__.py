"""Run: what one crawl or one re-extraction owns, counts and closes.

Both doors use it: the live crawl records exchanges and then understands them, the re-extraction understands the
captures that it reads. Everything between a capture and a line of the dataset happens here, in one order, so that
both give the same lines.
"""

from cluster_archive.run.about import run_log, software, warc_info
from cluster_archive.run.closing import Closing
from cluster_archive.run.kinds import PRIORITY
from cluster_archive.run.values import Wishes

__all__ = ["PRIORITY", "Run", "Wishes", "run_log", "software", "warc_info"]


class Run(Closing):
    """One run over one collection. `now` gives the time (UTC); nothing below reads a clock."""
