"""What the built-in site is made of: pieces of text that know their markup and their truth, posts, and what can be off."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

BULGARIAN, ENGLISH, PICTURES = "http://127.0.0.1:8410", "http://127.0.0.1:8411", "http://127.0.0.1:8412"
"""Where the three hosts of the site are served, unless other ports are asked for."""

SOFIA = ZoneInfo("Europe/Sofia")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What of the site is on; all of it can be switched off by itself."""

    rest: bool = True
    """The WordPress REST API, and the links that name it."""
    feed: bool = True
    """The feed, and the links that name it."""
    sitemap: bool = True
    """The sitemaps, and the line in robots.txt that names them."""
    listings: bool = True
    """Lists of posts and projects, and the menu's links to them."""
    neighbours: bool = True
    """Links from a post to the older and the newer one."""
    neighbour_dates: bool = True
    """The dates on these."""
    listing_dates: bool = True
    """The dates on cards of lists and of related posts."""
    validators: bool = True
    """`ETag` and `Last-Modified` of feeds and files, and 304."""
    page_validators: bool = False
    """The same of every other page, as where a cache stands before a part of a site."""
    meta_dates: bool = True
    """The line with author, date and category on the posts that have one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is right for one post; written with its content, not read from its page."""

    url: str
    """Its address."""
    kind: str
    """``article`` or ``project``."""
    language: str
    """``bg`` or ``en``."""
    title: str
    """Its title; empty where it has none."""
    date: date
    """Its day in Sofia."""
    published_at: datetime
    """Its moment, UTC."""
    body: str
    """Blocks with a blank line between, as docs/dataset.md has it."""
    key_takeaways: tuple[str, ...]
    """Its takeaways."""
    image_links: tuple[str, ...]
    """Its pictures at full size, the featured one first."""
    attachments: tuple[str, ...]
    """The documents that it links to."""
    page_shows_date: bool
    """Whether its own page shows its date."""
    case: str
    """What it is an example of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a post."""

    html: str
    """Its markup."""
    text: tuple[str, ...] = ()
    """Its blocks of text."""
    images: tuple[str, ...] = ()
    """Its pictures at full size."""
    takeaways: tuple[str, ...] = ()
    """The items that are key takeaways."""
    attachments: tuple[str, ...] = ()
    """The documents that it links to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post or a project."""

    number: int
    """WordPress's own number of it."""
    title: str
    """Its title as displayed."""
    slug: str
    """The last part of its address, percent-encoded as WordPress writes it."""
    moment: datetime
    """When it was published, in Sofia's time."""
    case: str
    """What it is an example of."""
    pages: tuple[tuple[Piece, ...], ...]
    """Its pieces; more than one page where it is a post in parts."""
    language: str = "bg"
    """``bg`` or ``en``."""
    kind: str = "article"
    """``article`` or ``project``."""
    featured: str | None = None
    """Full size of its featured picture."""
    categories: tuple[str, ...] = ("Новини",)
    """Names of its categories."""
    tags: tuple[str, ...] = ()
    """Names of its tags."""
    features: frozenset[str] = field(default_factory=frozenset)
    """What its page has beside: meta, related, comments, author, share, love, builder, password, sticky, video, and a
    character set: cp1251-meta, cp1251-header, cp1251-wrong."""
    old_slug: str | None = None
    """A slug that it had before."""
    modified: datetime | None = None
    """When it was changed last, where that was after it was published."""

    @property
    def host(self) -> str:
        """The host that it is on."""
        return ENGLISH if self.language == "en" and self.kind == "article" else BULGARIAN

    @property
    def path(self) -> str:
        """Its address without the host."""
        if self.kind == "project":
            return f"/pf/{self.slug}/" + ("?lang=en" if self.language == "en" else "")
        return f"/{self.slug}/" if self.moment.year <= 2018 else f"/{self.moment:%Y/%m/%d}/{self.slug}/"

    @property
    def url(self) -> str:
        """Its address."""
        return self.host + self.path

    def truth(self, *, meta_dates: bool) -> Truth:
        """What is right for it."""
        hidden = "password" in self.features
        pieces = () if hidden else tuple(piece for page in self.pages for piece in page)
        images = [self.featured] if self.featured and not hidden and "video" not in self.features else []
        images += [image for piece in pieces for image in piece.images]
        return Truth(
            url=self.url,
            kind=self.kind,
            language=self.language,
            title=self.title,
            date=self.moment.date(),
            published_at=self.moment.astimezone(UTC),
            body="\n\n".join(text for piece in pieces for text in piece.text),
            key_takeaways=tuple(item for piece in pieces for item in piece.takeaways),
            image_links=tuple(dict.fromkeys(images)),
            attachments=tuple(url for piece in pieces for url in piece.attachments),
            page_shows_date="meta" in self.features and meta_dates,
            case=self.case,
        )


def slug_of(title: str, taken: set[str]) -> str:
    """The slug that WordPress makes of a title: percent-encoded in lower case, cut at 200 bytes, numbered where taken."""
    words = "-".join(re.sub(r"[^\w\s-]", "", title.lower()).split()) or "novina"
    while len(quote(words)) > 200:
        words = words[:-1]
    slug = quote(words.strip("-")).lower()
    number = 2
    while slug in taken:
        slug = f"{slug.removesuffix(f'-{number - 1}')}-{number}"
        number += 1
    taken.add(slug)
    return slug
