"""Articles: what was read from the captures, over all versions, and what pages say of their dates."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from cluster_archive.captures import RecordRef
from cluster_archive.items import Article, DateEvidence, from_json, to_json
from cluster_archive.state.database import Database, moment_of, sealed, stamp, telling, unsealed
from cluster_archive.urls import article_key, canonical_url, url_id

_IS_CUT = "EXISTS (SELECT 1 FROM captures WHERE record_id = articles.record_id AND truncated IS NOT NULL)"
_BEST = f"{_IS_CUT}, captured_at DESC, record_id DESC"
"""An article's captures, the one that its line is read from first: the latest whole one, else the latest."""


class Articles(Database):
    """The part of the state that the dataset is written from."""

    def keep_evidence(self, evidence: Iterable[DateEvidence]) -> None:
        """Keeps what pages say of articles' dates; said twice it is kept once."""
        for one in evidence:
            told = sealed(json.dumps(to_json(one), ensure_ascii=False))
            self._execute("INSERT OR IGNORE INTO evidence VALUES (?, ?)", (article_key(one.article_url), told))

    def evidence_for(self, url: str) -> tuple[DateEvidence, ...]:
        """What was said of an article's date, in a stable order."""
        rows = self._execute("SELECT told FROM evidence WHERE article = ? ORDER BY told", (article_key(url),))
        with telling():
            return tuple(from_json(DateEvidence, json.loads(unsealed(row[0]))) for row in rows)

    def keep_article(self, article: Article, *, seen: RecordRef, is_part: bool, parts: Sequence[str]) -> None:
        """Keeps what was read from one capture; `seen` is the capture's own record, which may be a revisit, `parts` are the
        addresses of the article's further pages."""
        values = (
            seen.record_id,
            article.id,
            article.canonical_url,
            stamp(seen.captured_at),
            article.content_hash,
            int(is_part),
            sealed(json.dumps(list(parts))),
            sealed(json.dumps(to_json(article), ensure_ascii=False)),
        )
        self._execute("INSERT OR REPLACE INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)

    def first_seen(self, url: str) -> datetime | None:
        """When an article was captured first, by its canonical URL."""
        return self._stamped("SELECT min(captured_at) FROM articles WHERE url = ?", (url,))

    def keep_conversion(self, digest: str) -> bool:
        """Notes that a conversion with that digest is in the archive; whether it was not known."""
        return bool(self._execute("INSERT OR IGNORE INTO conversions VALUES (?)", (digest,)).rowcount)

    def has_content(self, content_hash: str, url: str) -> bool:
        """Whether the same content was read at another address."""
        sql = "SELECT 1 FROM articles WHERE content_hash = ? AND url <> ? LIMIT 1"
        return self._execute(sql, (content_hash, canonical_url(url))).fetchone() is not None

    def is_part(self, article_id: str) -> bool:
        """Whether the latest capture of an article was read as a further page of another one."""
        row = self._execute(
            f"SELECT is_part FROM articles WHERE id = ? ORDER BY {_BEST} LIMIT 1", (article_id,)
        ).fetchone()
        return bool(row and row[0])

    def parts_of(self, article_id: str, until: datetime | None = None) -> tuple[tuple[str, Article | None], ...]:
        """The further pages that an article names, in order: address, and what was read there; as captured last, or
        `until` then."""
        row = self._latest("parts", article_id, until)
        with telling():
            urls = json.loads(unsealed(row)) if row else []
        return tuple((url, self._article(url_id(url), until)) for url in urls)

    def article_count(self) -> int:
        """Articles, each counted once over its versions."""
        return int(self._execute("SELECT count(DISTINCT id) FROM articles WHERE NOT is_part").fetchone()[0])

    def is_told(self, article_id: str) -> bool:
        """Whether a report has told of an article."""
        sql = "SELECT 1 FROM articles WHERE id = ? AND record_id NOT IN (SELECT record_id FROM untold) LIMIT 1"
        return self._execute(sql, (article_id,)).fetchone() is not None

    def with_content_in_common(self) -> Iterator[Iterator[list[Article]]]:
        """Groups of articles of which some version has the same content, with their versions, the first captured first."""
        shared = self._execute(
            "SELECT content_hash FROM articles WHERE NOT is_part GROUP BY content_hash HAVING count(DISTINCT id) > 1"
            " ORDER BY content_hash"
        ).fetchall()
        for (content,) in shared:
            found = self._execute(
                "SELECT id, url FROM articles WHERE id IN (SELECT id FROM articles WHERE content_hash = ?)"
                " GROUP BY id, url ORDER BY min(captured_at), url",
                (content,),
            ).fetchall()
            yield (self._history(article_id, url) for article_id, url in found if not self.is_part(article_id))

    def histories(self) -> Iterator[list[Article]]:
        """The versions of each article, oldest first, articles ordered by canonical URL.

        A version is the article as captured last while its content was the same and it was there: `first_seen_at` and
        `last_seen_at` are the first and last of these captures, `gone_at` is when it was next found gone. An article that
        came back has a further entry, with the same number where its content is the same.
        """
        for article_id, url in self._execute(
            "SELECT id, url FROM articles GROUP BY url, id ORDER BY url, id"
        ).fetchall():
            if not self.is_part(article_id):
                yield self._history(article_id, url)

    def _history(self, article_id: str, url: str) -> list[Article]:
        rows = self._execute(
            f"SELECT captured_at, content_hash, line, {_IS_CUT} FROM articles WHERE id = ? ORDER BY {_BEST}",
            (article_id,),
        ).fetchall()
        first, whole = rows[-1][0], [row for row in reversed(rows) if not row[3]]
        rows = whole or rows[:1]  # a cut page is no version of a whole one
        gone = self._gone(url)
        made: list[Article] = []
        number, before = 0, None
        for at, content, line, _ in rows:
            number += content != before
            with telling():
                article = replace(
                    from_json(Article, json.loads(unsealed(line))), version=number, last_seen_at=moment_of(at)
                )
            left = made[-1].last_seen_at if made else None
            was_gone = next((one for one in gone if left and stamp(left) < one < at), None)
            if made and content == before and was_gone is None:
                made[-1] = replace(article, first_seen_at=made[-1].first_seen_at)
            else:
                if made and was_gone is not None:
                    made[-1] = replace(made[-1], gone_at=moment_of(was_gone))
                made.append(replace(article, first_seen_at=moment_of(at)))
            before = content
        if not whole:
            made[0] = replace(made[0], first_seen_at=moment_of(first))
        if left_at := next((one for one in gone if one > rows[-1][0]), None):
            made[-1] = replace(made[-1], gone_at=moment_of(left_at))
        return made

    def _gone(self, url: str) -> list[str]:
        """When an address was found to hold nothing any more: 404, 410, or a permanent redirect to another address."""
        rows = self._execute(
            "SELECT captured_at, status, location FROM captures WHERE url = ? AND truncated IS NULL"
            " AND status IN (301, 308, 404, 410) ORDER BY captured_at, record_id",
            (url,),
        )
        with telling():
            own = article_key(url)
            return [at for at, status, to in rows if status in (404, 410) or (to and article_key(to) != own)]

    def moved_to(self, url: str) -> str | None:
        """Where an address that is gone leads to, as far as that is an article."""
        row = self._execute(
            "SELECT location FROM captures WHERE url = ? AND status IN (301, 308) ORDER BY captured_at DESC LIMIT 1",
            (url,),
        ).fetchone()
        if row is None or not row[0]:
            return None
        found = self._execute("SELECT url FROM articles WHERE url = ? LIMIT 1", (row[0],)).fetchone()
        return found[0] if found else None

    def _article(self, article_id: str, until: datetime | None = None) -> Article | None:
        line = self._latest("line", article_id, until) or (self._latest("line", article_id) if until else None)
        with telling():
            return from_json(Article, json.loads(unsealed(line))) if line else None

    def _latest(self, column: str, article_id: str, until: datetime | None = None) -> str | None:
        row = self._execute(
            f"SELECT {column} FROM articles WHERE id = ? AND captured_at <= ? ORDER BY {_BEST} LIMIT 1",
            (article_id, stamp(until) if until else "9999"),
        ).fetchone()
        return row[0] if row else None
