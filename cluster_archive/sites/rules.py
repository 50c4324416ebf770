"""What an address tells, and whether it may be asked for."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cluster_archive.sites.model import AddressKind, Site
from cluster_archive.urls import DEFAULT_PORTS, host_port, readable_path, split

IGNORED = re.compile(
    r"""
      /wp-(?:admin|login\.php|cron\.php|includes/) | /xmlrpc\.php | /wp-json/oembed/ | /oembed/
    | /wp-json/wp/v2/(?:posts|pages|portfolio|media|users|comments|categories|tags)/\d+
    | [?&](?:p|page_id|attachment_id|replytocom|s|share|preview|print|author|m|cat|feed|add-to-cart)=
    | [?&](?:mesec|den|month|day|week|tribe[-_][^=&]*|eventdisplay|cal[-_][^=&]*|date|ical)=
    | /(?:kalendar|calendar|calendario|kalender)/ | /events?/(?:month|week|day|\d{4}-\d{2}) | /attachment/
    | /trackback/? $ | /embed/? $ | /amp/? $ | /print/? $
    | /comments/feed/ | /(?:author|category|tag)/.*/feed/
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What is never worth asking for on a WordPress site, or on most others: other forms of what is had already, archives
without end, and what is for the logged-in (facts of a mirror of a WordPress site: 2,581 requests for 146 posts)."""

TERMS = re.compile(r"^/(?:[^/]+/)?(?:category|tag|author|portfolio-types|topics?|kategoria|etiket)/", re.IGNORECASE)
"""Archives of terms and authors: each of their posts stands in the main list too."""

DATES = re.compile(r"^/(?:[^/]+/)?(?:19|20)\d{2}(?:/\d{1,2}){0,2}/?(?:page/\d+/?)?$")
"""Archives of a year, month or day; an address that goes on behind the day is a post's."""

FILES = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|css|js|pdf|docx?|xlsx?|pptx?|zip|mp[34]|woff2?)$", re.IGNORECASE
)
"""Files, which are no pages."""


def address_kind(url: str, site: Site) -> AddressKind | None:
    """What the site's patterns say of an address; None where the page itself must tell."""
    path = readable_path(url)
    rules = site.addresses
    for kind, patterns in (("ignore", rules.ignore), ("listing", rules.listing), ("project", rules.project)):
        if any(pattern.matches(path) for pattern in patterns):
            return kind  # type: ignore[return-value]
    return "article" if any(pattern.matches(path) for pattern in rules.article) else None


def is_ignored(url: str, site: Site) -> bool:
    """Whether a page's address is never asked for: by the site's patterns, or because it is of a kind that no site's
    articles stand at. What the site names as seed, list, project or article is never ignored by the general rules."""
    kind = address_kind(url, site)
    if kind is not None:
        return kind == "ignore"
    if any(seed.url == url for seed in site.seeds):
        return False
    path = readable_path(url)
    plain = path.partition("?")[0]
    return bool(IGNORED.search(path) or TERMS.search(plain) or DATES.search(plain) or FILES.search(plain))


def in_scope(url: str, site: Site) -> bool:
    """Whether an address is on one of the site's hosts and ports."""
    parts = split(url)
    if parts.scheme not in DEFAULT_PORTS:
        return False
    return host_port(url) in site.hosts


def may_fetch_picture(url: str, site: Site) -> bool:
    """Whether an article's picture may be fetched: from the site, from a host named for pictures, or from any host at a
    usual port (a host on a private network is refused when its address is looked up)."""
    if in_scope(url, site) or host_port(url) in site.picture_hosts:
        return True
    return split(url).scheme in DEFAULT_PORTS and ":" not in host_port(url).rpartition("]")[2]


def may_fetch_requisite(url: str, site: Site, *, everywhere: bool = False, picture: bool = False) -> bool:
    """Whether what a page needs, or a document that it links to, may be fetched: from the site, from a host named for
    requisites, or, where it is a picture, from one named for pictures; `everywhere`: from any host at a usual port."""
    host = host_port(url)
    if in_scope(url, site) or host in site.requisite_hosts or (picture and host in site.picture_hosts):
        return True
    return everywhere and may_fetch_picture(url, site)


def named_hosts(site: Site) -> tuple[str, ...]:
    """The `host` or `host:port` that the operator named; only these may be on loopback or a private network."""
    hosts = [host_port(site.home), *(host_port(seed.url) for seed in site.seeds), *site.hosts]
    hosts += [*site.picture_hosts, *site.requisite_hosts]
    return tuple(dict.fromkeys(hosts))


def is_quiet(site: Site, moment: datetime) -> bool:
    """Whether a moment falls into the site's quiet hours."""
    if not site.politeness.quiet_hours or site.timezone is None:
        return False
    there = moment.astimezone(ZoneInfo(site.timezone)).time()
    return any(there in hours for hours in site.politeness.quiet_hours)


def quiet_until(site: Site, moment: datetime) -> datetime | None:
    """When the quiet hours that a moment falls into are over, UTC; None where it falls into none. Minute by minute, since
    hours may overlap, and clocks are put forward and back."""
    if not is_quiet(site, moment):
        return None
    end = moment.astimezone(UTC).replace(second=0, microsecond=0)
    while is_quiet(site, end):
        end += timedelta(minutes=1)
    return end
