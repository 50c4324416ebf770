"""Sites: what a site is, as data."""

from cluster_archive.sites.loader import known_sites, load_site, site_for_url, site_named, site_of
from cluster_archive.sites.model import Addresses, Politeness, Seed, Selectors, Site
from cluster_archive.sites.rules import (
    address_kind,
    in_scope,
    is_ignored,
    may_fetch_picture,
    may_fetch_requisite,
    named_hosts,
)

__all__ = [
    "Addresses",
    "Politeness",
    "Seed",
    "Selectors",
    "Site",
    "address_kind",
    "in_scope",
    "is_ignored",
    "known_sites",
    "load_site",
    "may_fetch_picture",
    "may_fetch_requisite",
    "named_hosts",
    "site_for_url",
    "site_named",
    "site_of",
]
