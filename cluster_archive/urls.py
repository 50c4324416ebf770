"""Addresses: one canonical form for comparisons, keys for indexes, and questions about them; strings in, strings out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, unquote, urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url, safe_url_string

TRACKING = frozenset(
    "fbclid gclid dclid gbraid wbraid msclkid yclid mc_cid mc_eid igshid _ga _gl _hsenc _hsmi"
    " phpsessid jsessionid sid sessionid session_id".split()
)
"""Query parameters that never change what a page says; beside these, all that begin with ``utm_``."""

DEFAULT_PORTS = {"http": 80, "https": 443}


def absolute_url(link: str, base: str) -> str | None:
    """The http(s) address that a link in a page means, without its fragment; None where it means no such address.

    Blank ends, control characters there, and line breaks inside are removed as a browser does (URL Standard, 4.4); what stands in the address
    outside ASCII is percent-encoded as UTF-8.
    """
    link = link.translate(_NO_BREAKS).strip(_C0).strip()
    if not link:
        return None
    return _absolute(link, base)


_NO_BREAKS = dict.fromkeys(map(ord, "\t\r\n"))
_C0 = "".join(map(chr, range(0x21)))
_PLAIN = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/(?:[A-Za-z0-9/._~!$&'()*+,;=:@-]+|%[0-9A-Fa-f]{2})*+"
    r"(?:\?(?:[A-Za-z0-9/._~!$&()*+,;=:@?-]+|%[0-9A-Fa-f]{2})*+)?|\?[A-Za-z0-9/._~!$&()*+,;=:@?-]*)?"
)
"""An address that needs no mending: most are."""

_ORIGIN = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?=[/?]|$)")
"""What such an address begins with, which a link from the root of its site goes on from."""

_PLACE = re.compile(r"(?:[\w.~!$&'()*+,;=:%-]*@)?(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?", re.ASCII)
"""What stands between the slashes of an address that can be asked for: no name in the DNS has other characters."""


@lru_cache(maxsize=4096)
def _absolute(link: str, base: str) -> str | None:
    if link[0] == "/" and link[:2] != "//" and link[-1] != "?" and (origin := _ORIGIN.match(base)) is not None:
        link = origin[0] + link
    if _PLAIN.fullmatch(link) and "/./" not in link and "/../" not in link and not link.endswith(("/.", "/..")):
        return link
    try:
        address = safe_url_string(urljoin(base, link))
        address = urljoin(address, address)  # a backslash has become a slash
        parts = urlsplit(address)
        _ = parts.port  # raises for a port that is none
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or not _PLACE.fullmatch(parts.netloc):
        return None
    return urlunsplit(parts._replace(fragment=""))


def canonical_url(url: str, session_parameters: Iterable[str] = ()) -> str:
    """The form of an address in which comparisons are made: idempotent, never raises.

    Lower-case scheme and host, no default port, percent-encoding in upper case and only where needed, no fragment,
    parameters sorted and without those of tracking and sessions. http and https are kept apart: a site may answer
    differently (but see `article_key`).
    """
    return _canonical(url, frozenset(map(str.lower, session_parameters)))


@lru_cache(maxsize=256)
def _canonical(url: str, more_dropped: frozenset[str]) -> str:
    dropped = TRACKING | more_dropped
    try:
        parts = urlsplit(canonicalize_url(_LONE_PERCENT.sub("%25", url), keep_blank_values=True))
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return url
    query = "&".join(
        pair
        for pair in parts.query.split("&")
        if pair and (name := pair.partition("=")[0].lower()) not in dropped and not name.startswith("utm_")
    )
    if ":" in host:
        host = f"[{host}]"
    netloc = host if port in (None, DEFAULT_PORTS.get(parts.scheme)) else f"{host}:{port}"
    if not _PLACE.fullmatch(netloc):
        return url
    return urlunsplit((parts.scheme, netloc, parts.path or "/", query, ""))


_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
"""A percent sign that stands for itself: with what is decoded behind it, it could become an escape (`%%61e`)."""


def article_key(url: str, session_parameters: Iterable[str] = ()) -> str:
    """The key under which the frontier knows an address: canonical, and the same for http and https and for `www.`,
    since a site that moved to https is asked for each page once."""
    scheme, _, rest = canonical_url(url, session_parameters).partition("://")
    return rest.removeprefix("www.") if scheme in DEFAULT_PORTS else url


def url_id(url: str) -> str:
    """SHA-256 of the canonical URL, hexadecimal."""
    return sha256(canonical_url(url).encode("utf-8", "surrogatepass")).hexdigest()


def host_port(url: str) -> str:
    """`host`, or `host:port` where the port is not the scheme's own; empty where the address is none."""
    return split(canonical_url(url)).netloc.rpartition("@")[2]


def readable_path(url: str) -> str:
    """Path and query with the percent-encoding decoded, for patterns and for people."""
    parts = split(canonical_url(url))
    path = unquote(parts.path)
    return f"{path}?{unquote(parts.query)}" if parts.query else path


def split(url: str) -> SplitResult:
    """An address in its parts; never raises: what is no address at all has a path alone."""
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", url, "", "")


def is_public_address(address: str) -> bool:
    """Whether an IP address is reachable by everybody: not private, loopback, link-local, shared, multicast, reserved,
    and not an IPv6 form (v4-mapped, 6to4, NAT64) of such an IPv4 address. What is no address is not public."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip.packed[:12] == IPv6Address("64:ff9b::").packed[:12]:
            inner = IPv4Address(ip.packed[12:])
        if inner is not None:
            return inner.is_global and not inner.is_multicast
    return ip.is_global and not ip.is_multicast
