"""Sites: what a site is, as data."""

from cluster_archive.sites.loader import known_sites, load_site, site_for_url, site_named, site_of
from cluster_archive.sites.model import Addresses, Politeness, QuietHours, Seed, Selectors, Site
from cluster_archive.sites.rules import (
    address_kind,
    in_scope,
    is_ignored,
    is_quiet,
    may_fetch_picture,
    may_fetch_requisite,
    named_hosts,
    quiet_until,
)

__all__ = [
    "Addresses",
    "Politeness",
    "QuietHours",
    "Seed",
    "Selectors",
    "Site",
    "address_kind",
    "in_scope",
    "is_ignored",
    "is_quiet",
    "known_sites",
    "load_site",
    "may_fetch_picture",
    "may_fetch_requisite",
    "named_hosts",
    "quiet_until",
    "site_for_url",
    "site_named",
    "site_of",
]
