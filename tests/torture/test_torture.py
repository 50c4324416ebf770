"""The short form: many faults on one site in one crawl, and some alone. `make torture` runs them all alone."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from . import addresses, coding, pages, status, transport, traps, xml
from .runner import HEALTHY_REQUESTS, MAX_MB, QUICK, Fault, Outcome, crawl, judge, missing_posts, run

pytestmark = pytest.mark.crawl

ALL = [
    *transport.FAULTS,
    *coding.FAULTS,
    *addresses.FAULTS,
    *pages.FAULTS,
    *xml.FAULTS,
    *traps.FAULTS,
    *status.FAULTS,
]
TOGETHER = [fault for fault in ALL if not fault.alone]
ALONE = ("bomb-gzip", "robots-500", "robots-forbids-one", "robots-without-end", "pages-of-ghosts", "sitemap-gigabytes")


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """One crawl of a site that has all faults that can share one."""
    return crawl(TOGETHER, tmp_path_factory.mktemp("together"), QUICK, concurrency=16)


@pytest.fixture(scope="module")
def alone() -> dict[str, list[str]]:
    """What was wrong with each of the faults that need a site of their own."""
    chosen = [fault for fault in ALL if fault.name in ALONE]
    with ThreadPoolExecutor(2) as pool:
        return {
            fault.name: wrong
            for fault, (_, wrong) in zip(chosen, pool.map(lambda one: run(one, QUICK), chosen), strict=True)
        }


def test_there_is_a_resource_for_at_least_a_hundred_faults() -> None:
    assert len({fault.name for fault in ALL}) == len(ALL) >= 100


def test_the_healthy_posts_are_archived_and_read_among_all_faults(together: Outcome) -> None:
    assert missing_posts(together) == []


def test_the_crawl_among_all_faults_ends_and_says_that_some_failed(together: Outcome) -> None:
    assert together.code == 5, together.said[-2000:]
    assert together.megabytes <= MAX_MB  # several floods at once, over 16 connections
    assert len(together.asked) <= HEALTHY_REQUESTS + sum(min(fault.requests, 12) for fault in TOGETHER)


def test_nothing_leaks_among_all_faults(together: Outcome) -> None:
    assert together.visits == 0
    harmful = re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", together.log + together.said)
    assert harmful is None, harmful
    assert together.faults_of_archive == []


@pytest.mark.parametrize("fault", TOGETHER, ids=lambda fault: fault.name)
def test_each_fault_on_the_shared_site_is_archived_read_and_told(fault: Fault, together: Outcome) -> None:
    assert judge(fault, together, shared=True) == []


@pytest.mark.parametrize("name", ALONE)
def test_a_fault_alone_holds(name: str, alone: dict[str, list[str]]) -> None:
    assert alone[name] == []


def test_the_archive_alone_gives_the_same_lines_among_all_faults(together: Outcome, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(together.root, tmp_path / "torture"))
    before = (copy / "dataset" / "articles.jsonl").read_bytes()
    (copy / "state.sqlite").unlink()
    shutil.rmtree(copy / "dataset")
    said = subprocess.run([sys.executable, "-m", "cluster_archive", "extract", copy], capture_output=True, check=False)
    after = (copy / "dataset" / "articles.jsonl").read_bytes()
    assert after == before, said.stderr[-2000:]


def test_what_failed_stands_in_failures_and_in_the_report(together: Outcome) -> None:
    told = {failure["url"] for failure in together.report["failures"]}
    assert len(told) > 20
    assert all(failure["advice"] for failure in together.report["failures"])
    assert told == set(together.failures)
