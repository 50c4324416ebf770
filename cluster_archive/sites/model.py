"""Site: what a site is, as data. A frozen value without I/O; `sites.loader` makes it from TOML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Literal

from cluster_archive.sites.patterns import Pattern

SeedKind = Literal["rest", "sitemap", "feed", "listing", "page"]

AddressKind = Literal["article", "project", "listing", "ignore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """An address where discovery starts."""

    kind: SeedKind
    """What stands there: a WordPress REST collection, a sitemap, a feed, a list of posts, or any page with links."""
    url: str
    """Absolute address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Patterns over `path?query` of a canonical URL with its percent-encoding decoded; the first kind that matches, in
    the order ignore, listing, project, article, decides. No pattern matching means: the page itself decides."""

    ignore: tuple[Pattern, ...] = ()
    """Never asked for."""
    listing: tuple[Pattern, ...] = ()
    """Lists of posts."""
    project: tuple[Pattern, ...] = ()
    """Articles of another post type, such as projects."""
    article: tuple[Pattern, ...] = ()
    """Posts."""
    session_parameters: tuple[str, ...] = ()
    """Query parameters to leave out of a canonical URL, beside the known tracking parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """A part of the day, in the site's time zone, in which it is not asked for anything."""

    begin: time
    """First moment."""
    end: time
    """First moment after; on the next day where it is not later than `begin`."""

    def __contains__(self, moment: time) -> bool:
        if self.begin < self.end:
            return self.begin <= moment < self.end
        return moment >= self.begin or moment < self.end

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Politeness:
    """How the site wants to be asked."""

    delay: float = 1.0
    """Seconds between two requests to one host."""
    concurrency: int = 1
    """Connections to one host at once."""
    quiet_hours: tuple[QuietHours, ...] = ()
    """When the site is not asked for anything; never the whole day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selectors:
    """CSS selectors as corrections of the generic rules; an empty tuple leaves the field to the generic rules.
    A list is tried in order; the first that matches something serves."""

    valid_until: date | None = None
    """Last day of captures that these selectors are for; null for the present ones."""
    title: tuple[str, ...] = ()
    """The element whose text is the title."""
    date: tuple[str, ...] = ()
    """The element whose `datetime` or text is the date of publication."""
    body: tuple[str, ...] = ()
    """The element that holds the body and nothing else."""
    featured: tuple[str, ...] = ()
    """The element that holds the featured picture."""
    takeaways: tuple[str, ...] = ()
    """The list of key takeaways."""
    remove: tuple[str, ...] = ()
    """Furniture inside the body; all that match are removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site as its TOML describes it."""

    name: str
    """Short name: letters, digits and hyphens; also the collection's name unless another is given."""
    title: str
    """Name of the site as people know it; cut from page titles."""
    home: str
    """Front page."""
    language: str | None = None
    """Main language, a BCP 47 primary tag; null where the pages tell."""
    timezone: str | None = None
    """IANA time zone of the site's days; null means: the day as written."""
    hosts: tuple[str, ...] = ()
    """`host` or `host:port` that belong to the site; a bare host means ports 80 and 443."""
    picture_hosts: tuple[str, ...] = ()
    """Other `host` or `host:port` that the operator names for pictures, even on loopback or a private network."""
    requisite_hosts: tuple[str, ...] = ()
    """Other `host` or `host:port` that the operator names for what pages need (style sheets, scripts, fonts, pictures) and
    for documents, even on loopback or a private network."""
    seeds: tuple[Seed, ...] = ()
    """Where discovery starts."""
    addresses: Addresses = Addresses()
    """What an address tells."""
    politeness: Politeness = Politeness()
    """How to ask."""
    selectors: tuple[Selectors, ...] = ()
    """Corrections, oldest first; the last has no `valid_until`."""
    source: str = ""
    """The TOML text that the site was read from; kept in the archive."""

    def selectors_at(self, day: date) -> Selectors:
        """The selectors for a capture of that day; empty ones where the site has none."""
        for selectors in self.selectors:
            if selectors.valid_until is None or day <= selectors.valid_until:
                return selectors
        return Selectors()
