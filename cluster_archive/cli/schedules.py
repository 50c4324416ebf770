"""The verb `schedule`: a crawl that systemd or cron starts."""

from __future__ import annotations

import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cluster_archive.cli.console import commands, err, now, output_option, sites_option

if TYPE_CHECKING:
    from cluster_archive.schedule import Job, Times
    from cluster_archive.sites import Site


class _Clock(click.ParamType[tuple[int, int]]):
    """A time of the day, `HH:MM`."""

    name = "HH:MM"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Hour and minute."""
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", str(value))
        if found is None:
            self.fail(f"{value!r} is no time of the day; write it as 03:15.", param, ctx)
        return int(found[1]), int(found[2])


@commands.command()
@click.argument("site", nargs=-1, required=True)
@click.option("--daily", type=_Clock(), help="Each day at that time, for instance 03:15.")
@click.option(
    "--weekly",
    type=(click.Choice(["mon", "tue", "wed", "thu", "fri", "sat", "sun"], case_sensitive=False), _Clock()),
    metavar="DAY HH:MM",
    help="Each week on that day, for instance sun 03:15.",
)
@click.option("--hourly", type=click.IntRange(0, 59), metavar="MINUTE", help="Each hour at that minute.")
@click.option("--jitter", type=click.IntRange(0, 720), default=15, show_default=True, help="Minutes of random delay.")
@click.option("--contact", help="Who runs this crawl: an address for the User-Agent and the WARC.")
@click.option("--cron", "as_cron", is_flag=True, help="A line for cron in place of systemd's units.")
@click.option("--install", is_flag=True, help="Set it up for the present user, in place of printing it.")
@output_option
@sites_option
def schedule(
    site: tuple[str, ...],
    daily: tuple[int, int] | None,
    weekly: tuple[str, tuple[int, int]] | None,
    hourly: int | None,
    jitter: int,
    contact: str | None,
    as_cron: bool,
    install: bool,
    output: Path,
    folders: tuple[Path, ...],
) -> None:
    """Print (or install) what starts a crawl of SITE… by itself: a systemd service and timer, or a line for cron.

    \b
    cluster-archive schedule greensynergy --daily 03:15 --contact mailto:you@example.org
    cluster-archive schedule greensynergy --weekly sun 04:00 --install
    cluster-archive schedule greensynergy --daily 03:15 --cron
    """
    from cluster_archive.schedule import Job, cron_line, install_cron, install_units, service, timer
    from cluster_archive.sites import site_named

    times = _times_of(daily, weekly, hourly)
    known = [site_named(name, folders) for name in site]
    words = [str(Path(name).absolute()) if name.endswith(".toml") else name for name in site]
    words += ["--output", str(output.absolute())]
    for folder in folders:
        words += ["--sites", str(folder.absolute())]
    words += ["--contact", contact] if contact else []
    job = Job(
        sites=tuple(one.name for one in known),
        command=(sys.executable, "-m", "cluster_archive", "crawl", *words),
        output=output.absolute(),
        times=times,
        jitter=jitter,
    )
    if not contact:
        err.print("Without --contact the site's owner cannot ask who is crawling.")
    for one in known:
        _warn_of_quiet_hours(one, job)
    if not install:
        text = cron_line(job) if as_cron else f"# {job.unit}.service\n{service(job)}\n# {job.unit}.timer\n{timer(job)}"
        click.echo(text, nl=False)
    elif as_cron:
        install_cron(job)
        err.print("Your crontab has the line; `crontab -l` shows it.", markup=False)
    else:
        for path in install_units(job):
            err.print(f"Written: {path}", markup=False)
        err.print(f"Next start: systemctl --user list-timers {job.unit}.timer", markup=False)
        err.print("It also starts while you are not logged in after: loginctl enable-linger", markup=False)


def _times_of(daily: tuple[int, int] | None, weekly: tuple[str, tuple[int, int]] | None, hourly: int | None) -> Times:
    """When to start; raises click.UsageError unless exactly one way to say it was taken."""
    from cluster_archive.schedule import Times

    if sum(given is not None for given in (daily, weekly, hourly)) != 1:
        raise click.UsageError("Say when: one of --daily 03:15, --weekly sun 03:15 or --hourly 15.")
    if weekly is not None:
        day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].index(weekly[0].lower())
        return Times(weekday=day, hour=weekly[1][0], minute=weekly[1][1])
    if daily is not None:
        return Times(hour=daily[0], minute=daily[1])
    return Times(hour=None, minute=hourly or 0)


def _warn_of_quiet_hours(site: Site, job: Job) -> None:
    from cluster_archive.schedule import meets_quiet_hours

    if start := meets_quiet_hours(job.times, timedelta(minutes=job.jitter), site, now()):
        hours = ", ".join(map(str, site.politeness.quiet_hours))
        err.print(
            f"{site.name} has quiet hours ({hours}, {site.timezone}), and a start such as that at"
            f" {start:%Y-%m-%d %H:%M} UTC may fall into them: it ends at once, with code 8.",
            markup=False,
        )
