"""The dataset's values: an Article and its parts; the JSON Schema is made from them (dataset.schema)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from cluster_archive.captures import RecordRef

Day = date
"""A calendar day; under another name since `Article` has a field called `date`."""

SCHEMA_VERSION = "1"

ImageRole = Literal["featured", "inline", "gallery", "background"]

EvidenceSource = Literal["page", "rest", "listing", "neighbour", "related", "feed", "url", "sitemap", "text"]
"""Where a date was seen, best first (docs/dataset.md, "Dates"); `page` is the article's own markup."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture of the article."""

    url: str
    """Absolute address at full size."""
    alt: str | None = None
    """The alternative text as typed; often only a file name."""
    caption: str | None = None
    """The caption shown with the picture."""
    role: ImageRole = "inline"
    """Where the picture stands: featured, inline, gallery or background."""
    warc_record_id: str | None = None
    """`WARC-Record-ID` (with its angle brackets) of the response that holds the picture; null when not captured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A document that the body links to."""

    url: str
    """Absolute address."""
    text: str | None = None
    """The link's text."""
    media_type: str | None = None
    """Media type as far as the address tells, for instance ``application/pdf``."""
    warc_record_id: str | None = None
    """`WARC-Record-ID` (with its angle brackets) of the response that holds the document; null when not captured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternate:
    """The same article in another language, as the page names it."""

    language: str
    """BCP 47 tag."""
    url: str
    """Absolute address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A doubt about a field."""

    field: str
    """The field's name."""
    code: str
    """A short code, for instance ``missing`` or ``sources-disagree`` (docs/dataset.md lists them)."""
    detail: str | None = None
    """What was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How a field came about."""

    method: str
    """The rule that gave the value, for instance ``json-ld``, ``h1``, ``selector``, ``listing``."""
    selector: str | None = None
    """CSS selector, XPath or JSON path of the element that the value was read from."""
    raw: str | None = None
    """The text as it stood there, at most 300 characters; for a date always."""
    url: str | None = None
    """The page where it was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Evidence for each of the five fields; null where the field is empty."""

    title: Evidence | None = None
    """For `title`."""
    date: Evidence | None = None
    """For `date`."""
    body: Evidence | None = None
    """For `body`."""
    key_takeaways: Evidence | None = None
    """For `key_takeaways`."""
    image_links: Evidence | None = None
    """For `image_links`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article: the line of the dataset, schema 1 (docs/dataset.md)."""

    id: str
    """SHA-256 of the canonical URL, hexadecimal: the article over all its versions."""
    site: str
    """Name of the site, as its TOML has it."""
    url: str
    """Address that the article was fetched from."""
    canonical_url: str
    """The address in the form that comparisons use (urls.canonical_url)."""
    language: str | None
    """BCP 47 primary language tag, for instance ``bg``."""
    title: str
    """Title as a reader sees it, without the site's name; empty where the page has none."""
    date: Day | None
    """Calendar day of publication in the site's time zone."""
    published_at: datetime | None
    """Moment of publication, UTC, only where a moment is known."""
    modified_at: datetime | None
    """Moment of the last change that the site states, UTC."""
    date_source: EvidenceSource | None
    """Which kind of evidence gave `date`."""
    date_not_before: Day | None
    """Earliest possible day, where no evidence gives the day."""
    date_not_after: Day | None
    """Latest possible day, where no evidence gives the day."""
    authors: tuple[str, ...] = ()
    """Names as the page shows them."""
    categories: tuple[str, ...] = ()
    """Names of the article's categories."""
    tags: tuple[str, ...] = ()
    """Names of the article's tags."""
    summary: str | None = None
    """The lead or the page's own description."""
    body: str = ""
    """Text in reading order, a blank line between blocks; list items begin with ``- ``."""
    key_takeaways: tuple[str, ...] = ()
    """Items of the list that belongs to a cue such as "Key takeaways", in order."""
    image_links: tuple[str, ...] = ()
    """Absolute addresses of the article's pictures at full size, in reading order."""
    images: tuple[Image, ...] = ()
    """The same pictures with what is known of each."""
    attachments: tuple[Attachment, ...] = ()
    """Documents linked from the body."""
    previous_url: str | None = None
    """The older neighbour that the page names."""
    next_url: str | None = None
    """The newer neighbour that the page names."""
    alternates: tuple[Alternate, ...] = ()
    """Language versions that the page names."""
    word_count: int = 0
    """Words in `body`."""
    content_hash: str = ""
    """SHA-256 over title, body and takeaways, hexadecimal."""
    version: int = 1
    """Number of the version: 1, and one more for each change of `content_hash` seen."""
    first_seen_at: datetime | None = None
    """When the article was captured first, UTC."""
    last_seen_at: datetime | None = None
    """When the article was captured last, UTC."""
    gone_at: datetime | None = None
    """When its address was found to hold it no longer, UTC; the line is then the last known version."""
    issues: tuple[Issue, ...] = ()
    """What is doubtful or missing, and why."""
    provenance: Provenance = field(default_factory=Provenance)
    """Evidence for the five fields."""
    warc: RecordRef | None = None
    """The WARC record that the article was read from; null only where a page was read outside an archive."""
    extractor: str = ""
    """Name and version of the extractor."""
    schema_version: str = SCHEMA_VERSION
    """Version of this schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateEvidence:
    """A date that some page states for an article; the article may be another page."""

    article_url: str
    """Canonical URL of the article that the date is said of."""
    source: EvidenceSource
    """Kind of the evidence."""
    day: date | None
    """The day in the site's time zone."""
    moment: datetime | None = None
    """The moment (UTC), where one is stated."""
    modified: datetime | None = None
    """The moment of the last change (UTC), where one is stated; never taken for publication."""
    raw: str = ""
    """The text as seen."""
    selector: str | None = None
    """Where in the page it stood."""
    seen_on: str = ""
    """Address of the page that states it."""
    captured_at: datetime | None = None
    """When that page was captured (UTC)."""


def word_count(text: str) -> int:
    """Words in a text: runs without white space that hold a letter or a digit."""
    words = text.split()
    plain = sum(map(str.isalnum, words))
    return plain + sum(word[0].isalnum() or any(map(str.isalnum, word)) for word in words if not word.isalnum())


def content_hash(title: str, body: str, key_takeaways: Sequence[str]) -> str:
    """SHA-256 (hexadecimal) over what a reader would call the content; the parts are kept apart by NUL characters."""
    parts = "\0".join((title, body, *key_takeaways))
    return sha256(parts.encode("utf-8", "replace")).hexdigest()


def to_json(value: Any) -> Any:
    """A dataclass of this module as JSON values, every key in the order of its fields.

    Days are ``YYYY-MM-DD``; moments are RFC 3339 UTC with ``Z``: seconds, but microseconds for `captured_at`, which
    says what `WARC-Date` says.
    """
    if is_dataclass(value):
        made = {}
        for part in fields(value):
            inner = getattr(value, part.name)
            if isinstance(inner, datetime):
                made[part.name] = _moment(inner, exact=part.name == "captured_at")
            else:
                made[part.name] = to_json(inner)
        return made
    if isinstance(value, tuple):
        return [to_json(inner) for inner in value]
    if isinstance(value, date):
        return value.isoformat()
    return value


def _moment(value: datetime, *, exact: bool) -> str:
    moment = value.astimezone(UTC).replace(tzinfo=None)  # not strftime, which does not fill up a year before 1000
    return moment.isoformat(timespec="microseconds" if exact else "seconds") + "Z"


T = TypeVar("T")


def from_json(kind: type[T], value: Any) -> T:
    """The dataclass that `to_json` made the value of."""
    made: T = _from_json(kind, value)
    return made


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _from_json(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if get_origin(kind) is tuple:
        return tuple(_from_json(get_args(kind)[0], inner) for inner in value)
    if get_origin(kind) in (Union, UnionType):
        return _from_json(next(one for one in get_args(kind) if one is not type(None)), value)
    if is_dataclass(kind):
        make: Any = kind  # for mypy a dataclass is no callable
        return make(**{name: _from_json(_hints(make)[name], inner) for name, inner in value.items()})
    if kind is datetime:
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    return date.fromisoformat(value) if kind is date else value
