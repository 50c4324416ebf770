"""Loader: TOML in, a checked Site out; an error names the file and the key."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import date, time
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import regex
from cssselect import SelectorError

from cluster_archive.errors import BadSite
from cluster_archive.sites.css import chains_of
from cluster_archive.sites.model import Addresses, Politeness, QuietHours, Seed, Selectors, Site
from cluster_archive.sites.patterns import Pattern
from cluster_archive.urls import absolute_url, host_port

SEED_KINDS = ("rest", "sitemap", "feed", "listing", "page")


def site_named(name: str, folders: Iterable[Path | str] = ()) -> Site:
    """The site of that name, TOML file or address; raises BadSite with the known names where there is none."""
    return site_for_url(name) if "://" in name else load_site(name, folders)


def load_site(name: str | Path, folders: Iterable[Path | str] = ()) -> Site:
    """A built-in site, one of the operator's folders, or a TOML file by its path; raises BadSite."""
    if str(name).endswith(".toml"):
        return _read(Path(name))
    known = _known(folders)
    if str(name) not in known:
        near = difflib.get_close_matches(str(name), known, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise BadSite(f"There is no site {str(name)!r}.{hint} Known: {', '.join(sorted(known)) or 'none'}.")
    return known[str(name)]()


def known_sites(folders: Iterable[Path | str] = ()) -> list[Site]:
    """The built-in sites and those of the operator's folders, by name; raises BadSite for one that is wrong."""
    return [load() for _, load in sorted(_known(folders).items())]


def _known(folders: Iterable[Path | str]) -> dict[str, Callable[[], Site]]:
    known: dict[str, Callable[[], Site]] = {}
    for resource in files("cluster_archive.sites").iterdir():
        if resource.name.endswith(".toml"):
            text = resource.read_text(encoding="utf-8")
            known[resource.name.removesuffix(".toml")] = lambda text=text, name=resource.name: site_of(text, name)  # type: ignore[misc]
    for folder in folders:
        for path in Path(folder).glob("*.toml"):
            known[path.stem] = lambda path=path: _read(path)  # type: ignore[misc]
    return known


def _read(path: Path) -> Site:
    try:
        return site_of(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise BadSite(f"The site file {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadSite(f"The site file {path} is not UTF-8 text.") from error


def site_for_url(url: str) -> Site:
    """A site of which only the address is known: generic rules, and the seeds that most sites have."""
    home = absolute_url(url, url)
    if home is None or not urlsplit(url).scheme:
        raise BadSite(f"{url!r} is no address of a site; it should look like https://www.example.org/.")
    host = host_port(home)
    root = f"{urlsplit(home).scheme}://{urlsplit(home).netloc}"
    name = re.sub(r"[^a-z0-9]+", "-", host.lower()).strip("-")
    twin = host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"
    hosts = [host] if ":" in host or re.fullmatch(r"[\d.]+|\[.*\]", host) else [host, twin]
    seeds = [("page", home), ("sitemap", f"{root}/sitemap.xml")]
    lines = [f'name = "{name}"', f'title = "{host}"', f'home = "{home}"', f"hosts = {hosts!r}".replace("'", '"')]
    lines += [f'\n[[seeds]]\nkind = "{kind}"\nurl = "{address}"' for kind, address in seeds]
    return site_of("\n".join(lines) + "\n", url)


def site_of(text: str, where: str) -> Site:
    """The site that a TOML text describes; `where` names the text in errors. Raises BadSite."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadSite(f"{where}: it is no TOML: {error}.") from error
    except (RecursionError, ValueError) as error:  # a thousand brackets; a number of thousands of digits
        raise BadSite(f"{where}: it is no TOML that can be read: {error}.") from error
    check = _Check(where)
    check.keys(table, Site, "", leave_out=("source",))
    name = check.text(table, "name", "", required=True)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", name or ""):
        raise BadSite(f"{where}: name is {name!r}, but may hold only letters, digits and hyphens.")
    home = check.url(check.text(table, "home", "", required=True), "home")
    politeness = check.politeness(table.get("politeness", {}))
    if politeness.quiet_hours and "timezone" not in table:
        raise BadSite(f"{where}: timezone is missing; politeness.quiet_hours are in the site's time zone.")
    return Site(
        name=name or "",
        title=check.text(table, "title", "") or name or "",
        home=home,
        language=check.text(table, "language", ""),
        timezone=check.zone(check.text(table, "timezone", "")),
        hosts=tuple(host.lower() for host in check.texts(table, "hosts", "")) or (host_port(home),),
        picture_hosts=tuple(host.lower() for host in check.texts(table, "picture_hosts", "")),
        requisite_hosts=tuple(host.lower() for host in check.texts(table, "requisite_hosts", "")),
        seeds=tuple(check.seed(seed, f"seeds[{n}]") for n, seed in enumerate(check.tables(table, "seeds"), 1)),
        addresses=check.addresses(table.get("addresses", {})),
        politeness=politeness,
        selectors=check.selectors(table),
        source=text,
    )


class _Check:
    """Takes values out of the table, or raises BadSite with file and key."""

    def __init__(self, where: str) -> None:
        self.where = where

    def wrong(self, key: str, what: str) -> BadSite:
        return BadSite(f"{self.where}: {key} {what}.")

    def keys(self, table: Any, kind: type, prefix: str, leave_out: tuple[str, ...] = ()) -> None:
        """Every key must be a field of the dataclass."""
        if not isinstance(table, dict):
            raise self.wrong(prefix.rstrip("."), "must be a table")
        known = [field.name for field in fields(kind) if field.name not in leave_out]
        for key in table:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f"; did you mean {near[0]}" if near else f"; known are {', '.join(known)}"
                raise self.wrong(f"{prefix}{key}", f"is not known{hint}")

    def text(self, table: dict[str, Any], key: str, prefix: str, *, required: bool = False) -> str | None:
        value = table.get(key)
        if value is None and not required:
            return None
        if not isinstance(value, str) or not value:
            raise self.wrong(f"{prefix}{key}", "is missing" if value is None else "must be a text")
        return value

    def texts(self, table: dict[str, Any], key: str, prefix: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            raise self.wrong(f"{prefix}{key}", "must be a list of texts")
        return tuple(value)

    def tables(self, table: dict[str, Any], key: str) -> list[Any]:
        value = table.get(key, [])
        if not isinstance(value, list):
            raise self.wrong(key, f"must be written as [[{key}]]")
        return value

    def url(self, value: str | None, key: str) -> str:
        if value is None or not value.lower().startswith(("http://", "https://")) or absolute_url(value, value) is None:
            raise self.wrong(key, f"is {value!r}, but must be an http or https address")
        return value

    def zone(self, value: str | None) -> str | None:
        try:
            return ZoneInfo(value).key if value else None
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise self.wrong("timezone", f"is {value!r}, but must be an IANA zone such as Europe/Sofia") from None

    def seed(self, table: Any, prefix: str) -> Seed:
        self.keys(table, Seed, f"{prefix}.")
        kind = self.text(table, "kind", f"{prefix}.", required=True)
        if kind not in SEED_KINDS:
            raise self.wrong(f"{prefix}.kind", f"is {kind!r}, but must be one of {', '.join(SEED_KINDS)}")
        return Seed(kind=kind, url=self.url(self.text(table, "url", f"{prefix}.", required=True), f"{prefix}.url"))  # type: ignore[arg-type]

    def addresses(self, table: Any) -> Addresses:
        self.keys(table, Addresses, "addresses.")
        patterns = {
            name: tuple(self.pattern(one, f"addresses.{name}") for one in self.texts(table, name, "addresses."))
            for name in ("ignore", "listing", "project", "article")
        }
        return Addresses(**patterns, session_parameters=self.texts(table, "session_parameters", "addresses."))

    def pattern(self, text: str, key: str) -> Pattern:
        try:
            return Pattern(text)
        except (regex.error, ValueError, OverflowError, RecursionError) as error:
            raise self.wrong(key, f"has a bad pattern {text!r}: {error}") from error

    def politeness(self, table: Any) -> Politeness:
        self.keys(table, Politeness, "politeness.")
        delay, concurrency = table.get("delay", 1.0), table.get("concurrency", 1)
        if not isinstance(delay, int | float) or isinstance(delay, bool) or not 0 <= delay <= 3600:
            raise self.wrong("politeness.delay", "must be a number of seconds from 0 to 3600")
        if not isinstance(concurrency, int) or isinstance(concurrency, bool) or not 1 <= concurrency <= 16:
            raise self.wrong("politeness.concurrency", "must be a whole number from 1 to 16")
        return Politeness(delay=float(delay), concurrency=concurrency, quiet_hours=self.quiet_hours(table))

    def quiet_hours(self, table: dict[str, Any]) -> tuple[QuietHours, ...]:
        key = "politeness.quiet_hours"
        made = []
        for text in self.texts(table, "quiet_hours", "politeness."):
            try:
                if re.fullmatch(r"\d\d:\d\d-\d\d:\d\d", text, re.ASCII) is None:
                    raise ValueError
                begin, end = (time.fromisoformat(one) for one in text.replace("-24:00", "-00:00").split("-"))
            except ValueError:
                raise self.wrong(key, f"has {text!r}, but must have times such as 08:00-18:00 or 22:00-06:00") from None
            made.append(QuietHours(begin=begin, end=end))
        if made and all(any(time(*divmod(one, 60)) in hours for hours in made) for one in range(24 * 60)):
            raise self.wrong(key, "leaves no minute of the day in which the site may be asked")
        return tuple(made)

    def selectors(self, table: dict[str, Any]) -> tuple[Selectors, ...]:
        made = []
        entries = self.tables(table, "selectors")
        for number, entry in enumerate(entries, 1):
            prefix = f"selectors[{number}]."
            self.keys(entry, Selectors, prefix)
            until = entry.get("valid_until")
            if until is None and number < len(entries):
                raise self.wrong(f"{prefix}valid_until", "is missing; only the last selectors have none")
            if until is not None and type(until) is not date:
                raise self.wrong(f"{prefix}valid_until", "must be a day such as 2025-12-31, without quotes")
            names = [field.name for field in fields(Selectors) if field.name != "valid_until"]
            lists = {name: self.texts(entry, name, prefix) for name in names}
            for name, values in lists.items():
                for value in values:
                    self.selector(value, f"{prefix}{name}")
            made.append(Selectors(valid_until=until, **lists))
        return tuple(made)

    def selector(self, text: str, key: str) -> None:
        try:
            chains_of(text)
        except (SelectorError, ValueError, RecursionError) as error:
            raise self.wrong(key, f"has a bad selector {text!r}: {error}") from error
