"""The report's page: readable, whole, and harmless whatever the web put into it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from cluster_archive.archive import Check
from cluster_archive.captures import Exchange
from cluster_archive.report import Report, Tally, read_reports, write_report
from cluster_archive.report.page import RUNS, duration, page, size
from cluster_archive.report.plots import bars, line

NOW = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def exchange(number: int, milliseconds: int = 100, length: int = 10) -> Exchange:
    started = NOW + timedelta(seconds=number)
    return Exchange(
        url=f"http://example.org/{number}",
        request=b"GET",
        response=b"x" * length,
        started=started,
        ended=started + timedelta(milliseconds=milliseconds),
    )


def report(number: int = 0, **more: object) -> Report:
    tally = Tally(articles=10, articles_read=10)
    tally.requests.update({"article 200": 9, "picture timeout": 1, "rest 404": 1})
    tally.coverage.update({"title": 10, "date": 5})
    tally.dates.update({"rest": 4, "page": 1})
    tally.skipped.update({"robots": 3})
    for step in range(5):
        tally.count_exchange(exchange(step, 100 * step), step * 2.0)
    started = NOW + timedelta(days=number)
    given: dict[str, object] = {
        "run": f"{started:%Y%m%d%H%M%S}",
        "verb": "crawl",
        "site": "demo",
        "collection": "output/demo",
        "started": f"{started:%Y-%m-%dT%H:%M:%SZ}",
        "ended": f"{started + timedelta(seconds=90):%Y-%m-%dT%H:%M:%SZ}",
        "exit_code": 5,
        "verdict": "Incomplete: 10 articles.",
        "new_articles": 2,
        "tally": tally.plain(),
        "failures": [
            {
                "url": "http://example.org/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B8/",
                "kind": "picture",
                "reason": "timeout",
                "tries": 2,
                "via": None,
            }
        ],
        "warc_files": [{"file": "demo.warc.gz", "bytes": 1234567}],
        "software": {"scrapy": "2.19"},
        **more,
    }
    return Report(**given)  # type: ignore[arg-type]


def text_of(markup: str) -> str:
    return " ".join(html.document_fromstring(markup).text_content().split())


def test_the_verdict_comes_first() -> None:
    tree = html.document_fromstring(page(report(), []))
    verdict = tree.find(".//main")[1]
    assert verdict.text_content() == "Incomplete: 10 articles."
    assert "so-so" in verdict.get("class")


def test_addresses_are_read_as_people_write_them() -> None:
    assert "http://example.org/новини/" in text_of(page(report(), []))


def test_nothing_is_fetched_and_nothing_runs() -> None:
    hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[31m\u202e'
    bad = {"url": f"http://example.org/{hostile}", "kind": "x", "reason": hostile, "tries": 1, "via": hostile}
    changes = {"new": [{"url": "http://example.org/a", "title": hostile, "date": None}]}
    made = page(report(site=hostile, verdict=hostile, failures=[bad], changes=changes), [])
    tree = html.document_fromstring(made)
    assert not tree.xpath("//script | //img | //link | //iframe | //object | //@onerror | //@src")
    assert "default-src 'none'" in tree.xpath("//meta[@http-equiv]/@content")[0]


def test_each_plot_says_in_words_what_it_shows() -> None:
    tree = html.document_fromstring(page(report(3), [report(n) for n in range(3)]))
    plots = tree.xpath("//svg")
    assert plots
    assert all(plot.get("role") == "img" and plot.get("aria-label") for plot in plots)


def test_only_so_many_runs_are_compared() -> None:
    tree = html.document_fromstring(page(report(50), [report(n) for n in range(50)]))
    assert len(tree.xpath("//table")[-1].xpath(".//tr[td]")) == RUNS


def test_coverage_is_compared_with_the_run_before() -> None:
    before = report(0)
    worse = Tally(articles=10)
    worse.coverage.update({"title": 5})
    tree = html.document_fromstring(page(report(1, tally=worse.plain()), [before]))
    row = tree.xpath("//tr[th = 'title']/td")
    assert [cell.text_content() for cell in row[:2]] == ["50.0 %", "-50.0"]


def test_a_report_of_an_older_version_can_be_shown(tmp_path: Path) -> None:
    old = asdict(report())
    for name in ("machine", "changes"):
        del old[name]
    for name in ("timeline", "slowest"):
        del old["tally"][name]
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "report.json").write_text(json.dumps(old), encoding="utf-8")
    (read,) = read_reports(tmp_path)
    assert "Incomplete" in text_of(page(read, []))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    for number in range(4):
        write_report(tmp_path / f"{number}", report(number))
    assert [one.run for one in read_reports(tmp_path, 2)] == [report(2).run, report(3).run]
    (tmp_path / "0" / "report.json").write_text("{", encoding="utf-8")
    assert len(list(read_reports(tmp_path))) == 3


def test_each_warc_file_is_told_with_its_last_verification() -> None:
    def files(number: int) -> list[dict[str, object]]:
        return [{"file": f"demo-{number}.warc.gz", "bytes": 1000, "records": 17, "sha256": f"{number}" * 64}]

    runs = [report(number, warc_files=files(number)) for number in range(4)]
    checks = [
        Check(time=NOW + timedelta(days=0, minutes=5), faults=9),
        Check(time=NOW + timedelta(days=1, minutes=5), faults=0),
        Check(time=NOW + timedelta(days=2), faults=3),  # before the run of that day was over
    ]
    text = text_of(page(runs[3], runs[:3], checks))
    table = html.document_fromstring(page(runs[3], runs[:3], checks)).xpath("//table[caption[contains(., 'WARC')]]")[0]
    told = [[" ".join(cell.text_content().split()) for cell in row] for row in table.xpath(".//tr[td]")]
    assert told == [
        [f"demo-3.warc.gz{'3' * 64}", "1.0 kB", "17", "not yet"],
        [f"demo-2.warc.gz{'2' * 64}", "1.0 kB", "17", "not yet"],
        [f"demo-1.warc.gz{'1' * 64}", "1.0 kB", "17", "3 faults in the collection2024-05-08 07:08 UTC"],
        [f"demo-0.warc.gz{'0' * 64}", "1.0 kB", "17", "3 faults in the collection2024-05-08 07:08 UTC"],
    ]
    assert "This run wrote 1 WARC file; those of the last 4 runs" in text
    assert "no fault2024-05-07 07:13 UTC" in text_of(page(runs[0], [], checks[:2]))


def test_a_run_without_anything() -> None:
    empty = report(tally=Tally().plain(), failures=[], warc_files=[], exit_code=130, new_articles=0)
    text = text_of(page(empty, []))
    assert "Nothing failed." in text
    assert "Nothing was asked for." in text


def test_the_timeline_is_bounded_and_ends_near_the_end() -> None:
    tally = Tally()
    for number in range(5000):
        tally.count_exchange(exchange(number, milliseconds=number % 700), float(number))
    assert len(tally.timeline) <= 120
    assert tally.timeline[-1][0] > 4800
    assert tally.timeline == sorted(tally.timeline)
    assert [milliseconds for milliseconds, _ in tally.slowest] == [699] * 7 + [698] * 3
    assert tally.bytes_received == 50_000


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_234_567, "1.2 MB"), (456e6, "456 MB"), (3e12, "3.0 TB")],
)
def test_sizes(count: float, told: str) -> None:
    assert size(count) == told


def test_durations() -> None:
    one = report()
    assert duration(one) == "90 s"
    assert duration(replace(one, ended="2024-05-06T07:18:09Z")) == "10 min"
    assert duration(replace(one, ended="2024-05-06T10:18:09Z")) == "3 h 10 min"


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e12))), st.text())
def test_plots_are_well_formed_whatever_they_show(points: list[tuple[float, float]], label: str) -> None:
    for plot in (line(points, label), bars([(label, value) for _, value in points], label)):
        assert html.fragment_fromstring(str(plot)).tag == "svg"
        assert "nan" not in str(plot).partition("aria-label")[0]
