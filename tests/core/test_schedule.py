"""Schedules: units that systemd takes, lines that cron takes, whatever the names are."""

from __future__ import annotations

import itertools
import shlex
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import which

import pytest
from click.testing import CliRunner

from cluster_archive.cli import commands
from cluster_archive.errors import ClusterArchiveError
from cluster_archive.schedule import (
    Job,
    Planned,
    Times,
    cron_line,
    install_cron,
    install_units,
    meets_quiet_hours,
    planned,
    service,
    timer,
)
from cluster_archive.sites import site_of

needs_systemd = pytest.mark.skipif(which("systemd-analyze") is None, reason="systemd is not installed")


def job(tmp_path: Path, **more: object) -> Job:
    given: dict[str, object] = {
        "sites": ("demo",),
        "command": ("/bin/true", "crawl", "demo", "--output", str(tmp_path)),
        "output": tmp_path,
        "times": Times(hour=3, minute=15),
        **more,
    }
    return Job(**given)  # type: ignore[arg-type]


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs that note how they were called; nothing of this machine's own schedule is touched."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return folder


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


@pytest.fixture
def in_sofia(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's clock is that of Sofia."""
    monkeypatch.setenv("TZ", "Europe/Sofia")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@needs_systemd
@pytest.mark.parametrize("odd", ["plain", "with a space", "100%", 'a "quote"', "$HOME", "back\\slash", "новини"])
def test_systemd_takes_the_units(tmp_path: Path, odd: str) -> None:
    output = tmp_path / odd
    one = job(tmp_path, output=output, command=("/bin/true", "--output", str(output)))
    for ending, text in (("service", service(one)), ("timer", timer(one))):
        (tmp_path / f"{one.unit}.{ending}").write_text(text, encoding="utf-8")
    said = subprocess.run(
        ["systemd-analyze", "verify", f"./{one.unit}.timer", f"./{one.unit}.service"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (said.returncode, said.stderr) == (0, "")


@needs_systemd
@pytest.mark.parametrize(
    ("times", "cron"),
    [
        (Times(hour=3, minute=5), "5 3 * * *"),
        (Times(hour=None, minute=5), "5 * * * *"),
        (Times(weekday=6, hour=0, minute=0), "0 0 * * 0"),
        (Times(weekday=0, hour=23, minute=59), "59 23 * * 1"),
    ],
)
def test_times_are_understood(times: Times, cron: str) -> None:
    assert times.cron == cron
    subprocess.run(["systemd-analyze", "calendar", times.calendar], check=True, capture_output=True)


def test_the_service_is_locked_in(tmp_path: Path) -> None:
    text = service(job(tmp_path))
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=read-only", f"ReadWritePaths={tmp_path}"):
        assert line in text.splitlines()
    assert {"Persistent=true", "RandomizedDelaySec=15min"} <= set(timer(job(tmp_path)).splitlines())


@pytest.mark.parametrize("odd", ["a b", "100%", "it's", "$(touch x)", ";x", "новини"])
def test_a_shell_reads_the_line_of_cron_as_it_was_meant(tmp_path: Path, odd: str) -> None:
    line = cron_line(job(tmp_path, command=("/bin/echo", odd), jitter=0))
    assert line.startswith("15 3 * * * ")
    command = line.removeprefix("15 3 * * * ").replace(r"\%", "%")  # what cron hands to the shell
    said = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True)
    assert said.stdout == f"{odd}\n"


def test_units_are_installed(tmp_path: Path, tools: Path) -> None:
    program(tools, "systemctl", f'echo "$@" >> {shlex.quote(str(tmp_path / "called"))}')
    units = install_units(job(tmp_path, output=tmp_path / "output"))
    assert [path.name for path in units] == ["cluster-archive-demo.service", "cluster-archive-demo.timer"]
    assert all(path.is_relative_to(tmp_path / "config" / "systemd" / "user") for path in units)
    assert (tmp_path / "output").is_dir()  # ReadWritePaths must exist, or the service does not start
    assert (tmp_path / "called").read_text(encoding="utf-8").splitlines() == [
        "--user daemon-reload",
        "--user enable --now cluster-archive-demo.timer",
    ]


def test_a_systemd_that_refuses_is_told(tmp_path: Path, tools: Path) -> None:
    program(tools, "systemctl", "echo no bus >&2; exit 1")
    with pytest.raises(ClusterArchiveError, match="no bus"):
        install_units(job(tmp_path))


def test_the_crontab_keeps_what_is_not_ours(tmp_path: Path, tools: Path) -> None:
    table = tmp_path / "table"
    table.write_bytes(b"0 0 * * * other \xff\n1 1 * * * old  # cluster-archive-demo\n")
    kept = shlex.quote(str(table))
    program(tools, "crontab", f'[ "$1" = -l ] && exec cat {kept}; cat > {kept}.new; mv {kept}.new {kept}')
    for _ in range(2):
        install_cron(job(tmp_path))
    lines = table.read_bytes().splitlines(keepends=True)
    assert lines == [b"0 0 * * * other \xff\n", cron_line(job(tmp_path)).encode()]
    assert planned(tmp_path) == [
        Planned(sites=("demo",), times=job(tmp_path).times, jitter=timedelta(minutes=15), by="crontab")
    ]


def test_without_systemd_or_cron(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ClusterArchiveError, match="--cron"):
        install_units(job(tmp_path))
    with pytest.raises(ClusterArchiveError, match="systemd"):
        install_cron(job(tmp_path))


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(commands, ["schedule", "greensynergy", "--daily", "3:15"])
    assert said.exit_code == 0
    assert f"--output {tmp_path}/output" in said.stdout
    assert "OnCalendar=*-*-* 03:15:00" in said.stdout
    assert "--contact" in said.stderr
    weekly = CliRunner().invoke(commands, ["schedule", "greensynergy", "--weekly", "Sun", "4:00", "--cron"])
    assert weekly.stdout.startswith("0 4 * * 0 ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["greensynergy"], "Say when"),
        (["greensynergy", "--daily", "3:15", "--hourly", "1"], "Say when"),
        (["greensynergy", "--daily", "25:00"], "03:15"),
    ],
)
def test_what_cannot_be_scheduled(arguments: list[str], told: str) -> None:
    said = CliRunner().invoke(commands, ["schedule", *arguments])
    assert said.exit_code == 2
    assert told in said.output


EACH = [
    Times(hour=3, minute=5),
    Times(hour=None, minute=59),
    Times(weekday=6, hour=0, minute=0),
    Times(weekday=0, hour=23, minute=15),
]


@pytest.mark.parametrize("times", EACH)
def test_what_was_written_is_understood_again(times: Times) -> None:
    assert Times.of_calendar(times.calendar) == Times.of_cron(times.cron) == times


@pytest.mark.parametrize(
    "text", ["", "Mon..Fri *-*-* 03:05:00", "daily", "*-*-* 03:05:30", "*/5 * * * *", "5 3 1 * *", "5 3 * * 7"]
)
def test_other_times_are_not_guessed(text: str) -> None:
    assert Times.of_calendar(text) is Times.of_cron(text) is None


@pytest.mark.usefixtures("in_sofia")
@pytest.mark.parametrize(
    ("times", "after", "starts"),
    [
        (EACH[0], "2024-05-06T00:04:59Z", ["2024-05-06T00:05:00Z", "2024-05-07T00:05:00Z"]),
        (EACH[0], "2024-05-06T00:05:00Z", ["2024-05-07T00:05:00Z"]),
        (EACH[0], "2024-10-26T12:00:00Z", ["2024-10-27T00:05:00Z", "2024-10-28T01:05:00Z"]),  # summer time ends
        (EACH[1], "2024-05-06T20:58:00Z", ["2024-05-06T20:59:00Z", "2024-05-06T21:59:00Z"]),
        (EACH[2], "2024-05-06T12:00:00Z", ["2024-05-11T21:00:00Z", "2024-05-18T21:00:00Z"]),
        (EACH[3], "2024-05-06T20:16:00Z", ["2024-05-13T20:15:00Z"]),
    ],
)
def test_starts_are_in_the_machines_own_time(times: Times, after: str, starts: list[str]) -> None:
    found = itertools.islice(times.starts(datetime.fromisoformat(after)), len(starts))
    assert list(found) == [datetime.fromisoformat(one) for one in starts]


@pytest.mark.usefixtures("in_sofia")
@pytest.mark.parametrize(
    ("zone", "times", "jitter", "meets"),
    [
        ("Europe/Sofia", Times(hour=7, minute=30), 15, False),
        ("Europe/Sofia", Times(hour=7, minute=30), 30, True),
        ("Europe/Sofia", Times(hour=18, minute=0), 15, False),
        ("Europe/Sofia", Times(hour=None, minute=0), 0, True),
        ("Europe/Lisbon", Times(hour=9, minute=59), 0, False),
        ("Europe/Lisbon", Times(hour=10, minute=0), 0, True),
        ("America/New_York", Times(hour=15, minute=0), 0, True),
        ("America/Cancun", Times(hour=15, minute=30), 0, True),  # only in winter: there, clocks are not put forward
        ("America/Cancun", Times(hour=14, minute=30), 0, False),
    ],
)
def test_a_start_in_the_quiet_hours_of_a_site(zone: str, times: Times, jitter: int, meets: bool) -> None:
    text = (
        f'name = "x"\nhome = "http://example.org/"\ntimezone = "{zone}"\n[politeness]\nquiet_hours = ["08:00-18:00"]\n'
    )
    start = meets_quiet_hours(
        times, timedelta(minutes=jitter), site_of(text, "x"), datetime(2024, 6, 6, 12, tzinfo=UTC)
    )
    assert (start is not None) == meets


@pytest.mark.parametrize("odd", ["plain", "with a space", "100%", "новини"])
def test_what_is_set_up_is_known(tmp_path: Path, tools: Path, odd: str) -> None:
    table, wants = tmp_path / "table", tmp_path / "config" / "systemd" / "user" / "timers.target.wants"
    table.write_text("0 0 * * * other\n", encoding="utf-8")
    kept = shlex.quote(str(table))
    program(tools, "crontab", f'[ "$1" = -l ] && exec cat {kept}; cat > {kept}.new; mv {kept}.new {kept}')
    program(tools, "systemctl", 'case "$2" in enable) : ;; esac')
    output = tmp_path / odd
    words = ("/bin/true", "crawl", "a-b", "c", "--output", str(output))
    first = job(tmp_path, sites=("a-b", "c"), command=words, output=output, jitter=20)
    second = job(
        tmp_path, sites=("d",), command=(*words, "--contact", "x"), output=output, times=Times(hour=None, minute=7)
    )
    timer_file = install_units(first)[1]
    install_cron(second)
    by_cron = Planned(sites=("d",), times=second.times, jitter=timedelta(minutes=15), by="crontab")
    assert planned(output) == [by_cron]  # the timer is not switched on
    wants.mkdir()
    (wants / timer_file.name).symlink_to(timer_file)
    by_timer = Planned(sites=("a-b", "c"), times=first.times, jitter=timedelta(minutes=20), by="systemd timer")
    assert planned(output) == [by_timer, by_cron]
    assert planned(tmp_path / "other") == []
    install_cron(job(tmp_path, sites=("d",), command=words, output=output, jitter=0))
    assert planned(output)[1].jitter == timedelta(0)


def test_without_systemd_or_cron_nothing_is_planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert planned(tmp_path) == []


@pytest.mark.usefixtures("in_sofia")
def test_the_command_warns_of_quiet_hours(tmp_path: Path) -> None:
    text = 'name = "x"\nhome = "http://example.org/"\ntimezone = "Europe/Sofia"\n[politeness]\nquiet_hours = ["08:00-18:00"]\n'
    (tmp_path / "x.toml").write_text(text, encoding="utf-8")
    arguments = ["schedule", str(tmp_path / "x.toml"), "--contact", "x", "--daily"]
    warned = CliRunner().invoke(commands, [*arguments, "07:50"])
    assert warned.exit_code == 0
    assert "quiet hours (08:00-18:00, Europe/Sofia)" in warned.stderr
    assert CliRunner().invoke(commands, [*arguments, "06:50"]).stderr == ""
