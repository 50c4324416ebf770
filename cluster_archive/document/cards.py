"""Cards: the teasers in which a page names other posts, with their titles and dates; and the pagers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from lxml.html import HtmlElement

from cluster_archive.days import day_and_moment
from cluster_archive.document.document import Document, element_text
from cluster_archive.document.selecting import select
from cluster_archive.sites.model import Site

CardRole = Literal["listing", "previous", "next", "related"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a page says of another post."""

    url: str
    """Address of the post."""
    title: str
    """Its title as the card has it."""
    day: date | None
    """The day that the card states, in the site's time zone."""
    moment: datetime | None
    """The moment (UTC), where one is stated."""
    raw: str
    """The date as it stands there."""
    selector: str
    """CSS selector of the place."""
    role: CardRole
    """What the card is for."""


_NEIGHBOURS: tuple[tuple[str, CardRole], ...] = (
    ("a.fixed-nav-prev", "previous"),
    ("a.fixed-nav-next", "next"),
    (".next-prev-nav li.prev > a", "previous"),
    (".next-prev-nav li.next > a", "next"),
    ("nav.post-navigation .nav-previous a", "previous"),
    ("nav.post-navigation .nav-next a", "next"),
    (".wp-block-post-navigation-link.post-navigation-link-previous a", "previous"),
    ("a[rel~=prev]", "previous"),
    ("a[rel~=next]", "next"),
)
"""Links to the older and the newer post, best first: BeTheme's cards, its arrows, then core themes'."""

_ITEMS: tuple[tuple[str, CardRole], ...] = (
    (".post-related", "related"),
    (".section-post-related .column", "related"),
    (".related-posts li", "related"),
    (".post-item", "listing"),
    (".portfolio-item", "listing"),
    (".wp-block-post", "listing"),
    ("article.post", "listing"),
    ("article.hentry", "listing"),
    (".hentry", "listing"),
    ("main article", "listing"),
    ("article", "listing"),
)
"""Teasers of posts on a list or below a post."""

_DATE_PLACES = (".date_label", "span.date", "time[datetime]", ".post-date", ".entry-date", ".date", "time")
_TITLE_LINKS = (
    "h1 a[href]",
    "h2 a[href]",
    "h3 a[href]",
    "h4 a[href]",
    "h5 a[href]",
    "h6 a[href]",
    "a.entry-title",
    "a[href]",
)


def read_cards(document: Document, site: Site) -> tuple[Card, ...]:
    """The cards of a page in document order of their kinds; each post is named once a role."""
    found = read_neighbours(document, site)
    seen: set[HtmlElement] = set()
    for selector, role in _ITEMS:
        for element in document.select(selector):
            if (
                element in seen
                or any(above in seen for above in element.iterancestors())
                or _is_self(document, element)
            ):
                continue
            link = _first_link(element)
            if link is not None:
                seen.add(element)
                _keep(found, _card(document, site, element, link, selector, role))
    return tuple(found.values())


def read_neighbours(document: Document, site: Site) -> dict[tuple[str, CardRole], Card]:
    """The cards of the older and the newer post, by address and role."""
    found: dict[tuple[str, CardRole], Card] = {}
    single = "single" in document.body_classes or not document.body_classes
    for selector, role in _NEIGHBOURS if single else ():
        for element in document.select(selector):
            _keep(found, _card(document, site, element, element, selector, role))
    return found


def _is_self(document: Document, element: HtmlElement) -> bool:
    """Whether the element is the post of this page, rather than a teaser of another."""
    return bool(re.search(r"\b(?:single|type-page)\b", " ".join(document.body_classes))) and (
        element.get("id") or ""
    ).startswith("post-")


def _first_link(element: HtmlElement) -> HtmlElement | None:
    for selector in _TITLE_LINKS:
        for link in select(element, selector):
            return link
    return None


def _card(
    document: Document, site: Site, element: HtmlElement, link: HtmlElement, selector: str, role: CardRole
) -> Card | None:
    url = document.absolute(link.get("href"))
    if url is None:
        return None
    language = document.language or site.language
    raw, place, day, moment = "", selector, None, None
    for where in _DATE_PLACES:
        for stamp in select(element, where):
            raw = stamp.get("datetime") or element_text(stamp)
            day, moment = day_and_moment(raw, site.timezone, language)
            if day is not None:
                place = f"{selector} {where}"
                break
        if day is not None:
            break
    titles = [element_text(one) for one in select(element, "h6, h5, h4, h3, h2")] or [element_text(link)]
    return Card(
        url=url, title=titles[0], day=day, moment=moment, raw=raw if day else "", selector=place, role=role
    )  # fmt: skip


def _keep(found: dict[tuple[str, CardRole], Card], card: Card | None) -> None:
    """The first card of a role and post stays, unless a later one has the date that it lacks."""
    if card is None:
        return
    if card.role in ("previous", "next"):  # one neighbour on each side
        for (url, role), before in list(found.items()):
            if role == card.role and url != card.url:
                return
            if role == card.role and before.day is not None:
                return
    known = found.get((card.url, card.role))
    if known is None or (known.day is None and card.day is not None):
        found[card.url, card.role] = card


def read_pager(document: Document) -> tuple[str, ...]:
    """Addresses of the other pages of a list, as its pager names them."""
    places = (".pager a[href]", ".pagination a[href]", ".nav-links a[href]", ".page-numbers a[href]", "a.page-numbers[href]",
              ".wp-block-query-pagination a[href]", "a[rel~=next]", "a.next_page[href]", ".pagination_wrapper a[href]")  # fmt: skip
    links = [document.absolute(link.get("href")) for place in places for link in document.select(place)]
    return tuple(dict.fromkeys(link for link in links if link))


def part_links(document: Document) -> tuple[str, ...]:
    """Addresses of the further pages of a post in parts, in order: `/slug/2/`, `/slug/3/`."""
    own = document.url.partition("?")[0].rstrip("/")
    places = (".post-pager a[href]", ".page-links a[href]", "a.post-page-numbers[href]")
    found: dict[int, str] = {}
    for link in (document.absolute(one.get("href")) for place in places for one in document.select(place)):
        number = re.fullmatch(r"(\d{1,3})/?", (link or "").removeprefix(own + "/")) if link else None
        if link and number and int(number[1]) > 1:
            found.setdefault(int(number[1]), link)
    return tuple(found[number] for number in sorted(found))
