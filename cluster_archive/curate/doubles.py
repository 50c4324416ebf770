"""Doubles: the same article at several addresses of a host, such as with a session's number, or with other letters' case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from cluster_archive.items import Article
from cluster_archive.urls import article_key


@dataclass(slots=True)
class _Kept:
    """An article that is no double, with what a double of it has in common with it."""

    url: str
    features: tuple[object, ...]
    contents: frozenset[str]
    day: date | None


def doubles_of(histories: Iterable[Sequence[Article]]) -> dict[str, str]:
    """The canonical URLs that hold nothing but what stands at another address of their host, each with that address.

    `histories` are curated articles with all their versions, oldest first, the article that was seen first first: it is
    the one that is kept. A double has the same title, text, takeaways, language, pictures and documents, and no other day;
    all that was ever read at its address was read at the other too. An article without text, or one that is gone, has no
    doubles: little is the same in all pages of a kind, such as galleries.
    """
    kept: list[_Kept] = []
    doubles: dict[str, str] = {}
    for versions in histories:
        latest = versions[-1]
        if not latest.body or latest.gone_at is not None:
            continue
        one = _Kept(
            latest.canonical_url, _features(latest), frozenset(each.content_hash for each in versions), latest.date
        )
        other = next((other for other in kept if _is_double(one, other)), None)
        if other is None:
            kept.append(one)
        else:
            doubles[one.url] = other.url
            other.day = other.day or one.day
    return doubles


def _features(article: Article) -> tuple[object, ...]:
    return (
        article_key(article.canonical_url).partition("/")[0],
        article.content_hash,
        article.language,
        article.image_links,
        tuple(attachment.url for attachment in article.attachments),
    )


def _is_double(one: _Kept, other: _Kept) -> bool:
    is_of_day = one.day is None or other.day is None or one.day == other.day
    return is_of_day and one.features == other.features and one.contents <= other.contents
