"""The WordPress REST API: collections of posts, and the list of post types."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from cluster_archive.captures import Capture
from cluster_archive.days import day_in, moment_of, to_utc
from cluster_archive.discover.found import Found, Link
from cluster_archive.items import DateEvidence
from cluster_archive.sites.model import Site
from cluster_archive.urls import absolute_url, canonical_url

NO_TYPES = frozenset(
    "page attachment nav_menu_item wp_block wp_template wp_template_part wp_navigation wp_global_styles wp_font_family"
    " wp_font_face custom_css customize_changeset oembed_cache user_request product elementor_library post".split()
)
"""Post types that hold no articles, and `post`, which is asked for by itself."""

LOOK = 11
"""Posts that are asked for to see what is new: about a page of a feed, and a number that nobody else asks for."""
_COUNT = re.compile(r"[0-9]{1,9}")
"""A number in a header field, where `str.isdigit` would take a superscript for one."""

FIELDS = "per_page=100&_fields=id,date,date_gmt,modified_gmt,link"


def rest_collection(url: str) -> str:
    """The address of a REST collection without what chooses a part of it: the same for all its pages."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=_without(parts.query, "page|per_page|modified_after|_fields")))


def rest_looks(url: str, since: datetime) -> tuple[str, str]:
    """Of the first page of a collection: the addresses of its newest posts, and of what was changed since a moment
    (`modified_after`, WordPress 5.7; an older one answers as if it were not there)."""
    parts = urlsplit(url)
    few = f"{_without(parts.query, 'page|per_page|modified_after')}&per_page={LOOK}".strip("&")
    many = f"{_without(parts.query, 'page|modified_after')}&modified_after={since:%Y-%m-%dT%H:%M:%S}".strip("&")
    return urlunsplit(parts._replace(query=few)), urlunsplit(parts._replace(query=many))


def is_rest_look(url: str) -> bool:
    """Whether an address asks only for what is newest or changed of a collection."""
    query = urlsplit(url).query
    return "modified_after=" in query or re.search(rf"(?:^|&)per_page={LOOK}(?:&|$)", query) is not None


def _without(query: str, names: str) -> str:
    return re.sub(rf"(?:^|&)(?:{names})=[^&]*", "", query).strip("&")


def read_rest(capture: Capture, content: bytes, site: Site) -> Found:
    """The posts of a collection with their dates and the next page; of `/types`, the collections of other types."""
    try:
        told: Any = json.loads(content)
    except (ValueError, RecursionError):
        return Found(kind="rest")
    if isinstance(told, dict):
        return Found(kind="rest", links=tuple(_type_links(told, capture.url)))
    if not isinstance(told, list):
        return Found(kind="rest")
    links, evidence = [], []
    kind = "article" if "/posts" in urlsplit(capture.url).path else "project"
    for post in (one for one in told if isinstance(one, dict)):
        address = absolute_url(str(post.get("link") or ""), capture.url)
        if address is None:
            continue
        links.append(Link(url=address, kind=kind, lastmod=_moment(post.get("modified_gmt"), "UTC")))  # type: ignore[arg-type]
        evidence.extend(_evidence(post, address, capture, site))
    following = _next_page(capture)
    if following and links:
        links.append(Link(url=following, kind="rest"))
    if links and kind == "article":
        types = re.sub(r"/posts.*", "/types", capture.url)
        links.append(Link(url=types, kind="rest"))
    total = capture.header("X-WP-Total") or ""
    return Found(
        kind="rest", links=tuple(links), evidence=tuple(evidence), total=int(total) if _COUNT.fullmatch(total) else None
    )


def _evidence(post: dict[str, Any], address: str, capture: Capture, site: Site) -> list[DateEvidence]:
    """`date` is the site's time without an offset, `date_gmt` the same moment in UTC."""
    raw = str(post.get("date") or post.get("date_gmt") or "")
    local = moment_of(str(post.get("date") or ""))
    moment = _moment(post.get("date_gmt"), "UTC")
    day: date | None = local.date() if isinstance(local, datetime) else None
    if day is None and moment is not None:
        day = day_in(moment, site.timezone)
    if day is None:
        return []
    return [
        DateEvidence(
            article_url=canonical_url(address),
            source="rest",
            day=day,
            moment=moment,
            modified=_moment(post.get("modified_gmt"), "UTC"),
            raw=raw[:100],
            selector="$[*].date",
            seen_on=capture.url,
            captured_at=capture.captured_at,
        )
    ]


def _moment(value: object, timezone: str) -> datetime | None:
    stated = moment_of(value) if isinstance(value, str) else None
    return to_utc(stated, timezone) if isinstance(stated, datetime) else None


def _next_page(capture: Capture) -> str | None:
    parts = urlsplit(capture.url)
    number = re.search(r"(?:^|&)page=(\d{1,9})(?=&|$)", parts.query)
    page = int(number[1]) if number else 1
    pages = capture.header("X-WP-TotalPages") or ""
    if not _COUNT.fullmatch(pages) or page >= int(pages):
        return None
    rest = re.sub(r"(?:^|&)page=\d+", "", parts.query).strip("&")
    return urlunsplit(parts._replace(query=f"{rest}&page={page + 1}" if rest else f"page={page + 1}"))


def _type_links(types: dict[str, Any], url: str) -> list[Link]:
    """Collections of public custom types, such as projects; of the API's root, the posts."""
    if "routes" in types or "namespaces" in types:
        routes = types.get("routes")
        if isinstance(routes, dict) and "/wp/v2/posts" not in routes:
            return []
        return [Link(url=f"{url.rstrip('/')}/wp/v2/posts?{FIELDS}", kind="rest")]
    links = []
    for name, told in types.items():
        base = told.get("rest_base") if isinstance(told, dict) else None
        if name in NO_TYPES or not isinstance(base, str) or not re.fullmatch(r"[\w-]{1,50}", base):
            continue
        if str(told.get("rest_namespace", "wp/v2")) == "wp/v2":
            links.append(Link(url=re.sub(r"/types.*", f"/{base}?{FIELDS}", url), kind="rest"))
    return links
