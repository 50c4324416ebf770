"""Schedule: a crawl that the machine starts by itself, as a systemd service and timer of the user or as a line for cron."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from shutil import which
from typing import Any

from cluster_archive.errors import ClusterArchiveError
from cluster_archive.sites import Site, is_quiet

_PREFIX = "cluster-archive-"
_AS_TEXT: Any = {"encoding": "utf-8", "errors": "surrogateescape"}  # bytes of others' lines stay as they are
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """When a crawl starts, in the machine's own time."""

    hour: int | None
    """Hour of the day; null for each hour."""
    minute: int
    """Minute of the hour."""
    weekday: int | None = None
    """Day of the week, 0 is Monday; null for each day."""

    @property
    def calendar(self) -> str:
        """The times as systemd's `OnCalendar` has them (systemd.time(7))."""
        day = f"{_WEEKDAYS[self.weekday]} " if self.weekday is not None else ""
        hour = "*" if self.hour is None else f"{self.hour:02d}"
        return f"{day}*-*-* {hour}:{self.minute:02d}:00"

    @property
    def cron(self) -> str:
        """The times as the five fields of a crontab (crontab(5))."""
        weekday = "*" if self.weekday is None else str((self.weekday + 1) % 7)
        return f"{self.minute} {'*' if self.hour is None else self.hour} * * {weekday}"

    @classmethod
    def of_calendar(cls, text: str) -> Times | None:
        """The times that `calendar` wrote; None where it is something else."""
        found = re.fullmatch(rf"(?:({'|'.join(_WEEKDAYS)}) )?\*-\*-\* (\*|\d\d):(\d\d):00", text)
        return found and cls(
            weekday=_WEEKDAYS.index(found[1]) if found[1] else None,
            hour=None if found[2] == "*" else int(found[2]),
            minute=int(found[3]),
        )

    @classmethod
    def of_cron(cls, text: str) -> Times | None:
        """The times that `cron` wrote; None where it is something else."""
        found = re.fullmatch(r"(\d+) (\*|\d+) \* \* (\*|[0-6])", text)
        return found and cls(
            weekday=None if found[3] == "*" else (int(found[3]) - 1) % 7,
            hour=None if found[2] == "*" else int(found[2]),
            minute=int(found[1]),
        )

    def starts(self, after: datetime) -> Iterator[datetime]:
        """The starts after a moment, UTC, without end."""
        day = after.astimezone().date()
        while True:
            if self.weekday in (None, day.weekday()):
                for hour in range(24) if self.hour is None else (self.hour,):
                    start = datetime.combine(day, time(hour, self.minute)).astimezone(UTC)
                    if start > after:
                        yield start
            day += timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A command that is started at certain times."""

    sites: tuple[str, ...]
    """Names of the sites: letters, digits and hyphens; the units are called `cluster-archive-<name>_<name>…`."""
    command: tuple[str, ...]
    """Program and arguments; paths are absolute, since a service has no folder that it starts in."""
    output: Path
    """The only folder that the job writes into."""
    times: Times
    """When it starts."""
    jitter: int = 15
    """Minutes within which the start is moved at random, so that sites are not all asked on the stroke of the hour."""

    @property
    def unit(self) -> str:
        """Name of the units, without their ending."""
        return _PREFIX + "_".join(self.sites)


def service(job: Job) -> str:
    """The systemd service (systemd.service(5), systemd.exec(5)): one run, no new privileges, nothing writable but the
    folder of the collections."""
    return f"""\
[Unit]
Description=cluster_archive: crawl {", ".join(job.sites)}

[Service]
Type=oneshot
ExecStart={" ".join(_unit_word(word) for word in job.command)}
# The first SIGTERM lets what is in flight finish and closes the WARC.
TimeoutStopSec=120
KillMode=mixed
Nice=10
IOSchedulingClass=idle
UMask=0022
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={_unit_word(str(job.output))}
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
CapabilityBoundingSet=
"""


def timer(job: Job) -> str:
    """The systemd timer (systemd.timer(5)): `Persistent` makes up for a start that the machine slept through."""
    return f"""\
[Unit]
Description=cluster_archive: when to crawl {", ".join(job.sites)}

[Timer]
OnCalendar={job.times.calendar}
RandomizedDelaySec={job.jitter}min
Persistent=true

[Install]
WantedBy=timers.target
"""


def cron_line(job: Job) -> str:
    """The line for a crontab (crontab(5)). A line in flight is not started twice, since a collection has one lock."""
    command = " ".join(shlex.quote(word) for word in job.command)
    wait = f"sleep $(( $(od -An -N2 -tu2 /dev/urandom) % {job.jitter * 60} )); " if job.jitter else ""
    return f"{job.times.cron} " + (wait + command).replace("%", r"\%") + f"  # {job.unit}\n"


def install_units(job: Job) -> list[Path]:
    """Writes the units for the user and starts the timer; raises ClusterArchiveError with what to do where it cannot."""
    systemctl = which("systemctl")
    if systemctl is None:
        raise ClusterArchiveError("There is no systemd here: systemctl is not found. `--cron` makes a line for cron.")
    folder = _unit_folder()
    units = [folder / f"{job.unit}.service", folder / f"{job.unit}.timer"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        job.output.mkdir(parents=True, exist_ok=True)
        for path, text in zip(units, (service(job), timer(job)), strict=True):
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ClusterArchiveError(f"The units in {folder} cannot be written: {error.strerror}.") from error
    for arguments in (["daemon-reload"], ["enable", "--now", units[1].name]):
        _run([systemctl, "--user", *arguments], f"The units are in {folder}, but systemd did not take them")
    return units


def _unit_folder() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"


def install_cron(job: Job) -> None:
    """Puts the line into the user's crontab, in place of an earlier one of the same job; raises ClusterArchiveError."""
    crontab = which("crontab")
    if crontab is None:
        raise ClusterArchiveError("There is no cron here: crontab is not found. Without `--cron` systemd is used.")
    others = [line for line in _crontab(crontab) if not line.rstrip().endswith(f"# {job.unit}")]
    _run([crontab, "-"], "The crontab was not changed", "".join(others) + cron_line(job))


def _crontab(program: str) -> list[str]:
    listed = subprocess.run([program, "-l"], capture_output=True, check=False, **_AS_TEXT)
    return str(listed.stdout).splitlines(keepends=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A schedule that is set up for the present user."""

    sites: tuple[str, ...]
    """Names of the sites that it crawls."""
    times: Times
    """When it starts."""
    jitter: timedelta
    """How much later it may start."""
    by: str
    """``systemd timer`` or ``crontab``."""


def planned(output: Path) -> list[Planned]:
    """The schedules that `install_units` and `install_cron` have set up for the present user, that write into `output`, and
    that are switched on. One whose times were changed by hand to something that `Times` cannot say is left out."""
    return [*_planned_units(output), *_planned_lines(output)]


def _planned_units(output: Path) -> Iterator[Planned]:
    folder = _unit_folder()
    for path in sorted(folder.glob(f"{_PREFIX}*.timer")):
        if not (folder / "timers.target.wants" / path.name).exists():  # that is how systemd notes what is enabled
            continue
        with suppress(OSError, ValueError):
            text = path.read_text(encoding="utf-8")
            command = path.with_suffix(".service").read_text(encoding="utf-8").replace("\n", " ")
            if f" --output {_unit_word(str(output.absolute()))} " not in command:
                continue
            calendar = re.search(r"^OnCalendar=(.*)$", text, re.MULTILINE)
            jitter = re.search(r"^RandomizedDelaySec=(\d+)min$", text, re.MULTILINE)
            if calendar and jitter and (times := Times.of_calendar(calendar[1])):
                sites = tuple(path.stem.removeprefix(_PREFIX).split("_"))
                yield Planned(sites=sites, times=times, jitter=timedelta(minutes=int(jitter[1])), by="systemd timer")


def _planned_lines(output: Path) -> Iterator[Planned]:
    crontab = which("crontab")
    for line in _crontab(crontab) if crontab else ():
        command, _, unit = line.rstrip().rpartition("  # ")
        word = shlex.quote(str(output.absolute())).replace("%", r"\%")
        if not unit.startswith(_PREFIX) or f" --output {word} " not in f"{command} ":
            continue
        jitter = re.search(r"\\% (\d+) \)\)", command)
        if times := Times.of_cron(" ".join(command.split()[:5])):
            sites = tuple(unit.removeprefix(_PREFIX).split("_"))
            yield Planned(
                sites=sites, times=times, jitter=timedelta(seconds=int(jitter[1]) if jitter else 0), by="crontab"
            )


def meets_quiet_hours(times: Times, jitter: timedelta, site: Site, now: datetime) -> datetime | None:
    """The first start that may fall into the site's quiet hours, UTC; None where there is none. A week from now and another
    in half a year are looked at, since the machine's clock and the site's may be put forward on different days."""
    for week in (now, now + timedelta(days=182)):
        for start in times.starts(week):
            if start > week + timedelta(days=7):
                break
            minutes = range(int(jitter / timedelta(minutes=1)) + 1)
            if any(is_quiet(site, start + timedelta(minutes=one)) for one in minutes):
                return start
    return None


def _run(arguments: Sequence[str], otherwise: str, text: str | None = None) -> None:
    done = subprocess.run(arguments, input=text, capture_output=True, check=False, **_AS_TEXT)
    if done.returncode:
        raise ClusterArchiveError(f"{otherwise}: {done.stderr.strip() or f'exit code {done.returncode}'}")


def _unit_word(word: str) -> str:
    """A word of a unit's command line: quoted, with what systemd would replace (specifiers, variables) taken literally."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    plain = escaped == word and word and not any(letter.isspace() or letter in "';#" for letter in word)
    return word if plain else f'"{escaped}"'
