"""Reading: captures become links, evidence and articles; those of the wire and those of an archive alike."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from cluster_archive.archive import (
    digest,
    read_captures,
)
from cluster_archive.captures import Capture, RecordRef
from cluster_archive.discover import discover
from cluster_archive.document import read_document
from cluster_archive.errors import NotAnArticle
from cluster_archive.extract import date_evidence, extract
from cluster_archive.items import Article, to_json
from cluster_archive.report import Tally
from cluster_archive.run.capturing import Capturing
from cluster_archive.run.kinds import (
    ARTICLE_KINDS,
    PRIORITY,
    TOLD,
)
from cluster_archive.run.values import Opened
from cluster_archive.sites import in_scope, may_fetch_picture
from cluster_archive.state import Entry

logger = logging.getLogger(__name__)


class Reading(Capturing):
    """A run that reads what it captured."""

    def understand(self, capture: Capture, entry: Entry | None) -> bool:
        """Takes links and date evidence from a capture; whether it should be read as an article.

        `entry` is what the capture answers; None for robots.txt and when captures are read back.
        """
        document = read_document(capture) if capture.has_content and not capture.embedded else None
        self.tally.pages += document is not None
        found = discover(capture, self.site, document)
        is_article = capture.has_content and found.kind in ARTICLE_KINDS
        if is_article and not in_scope(capture.url, self.site):  # of another host, in an archive of another tool
            self.tally.rejected["out-of-scope"] += 1
            self._log("rejects.jsonl", url=capture.url, reason="out-of-scope")
            is_article = False
        with self.state.transaction():
            evidence = date_evidence(capture, self.site, document) if is_article else ()
            self.state.keep_evidence((*found.evidence, *evidence))
            depth = (entry.depth if entry else 0) + 1
            new = self._follow(found, capture, entry, depth)
            self._need(capture, document, entry, depth)
            self._count(capture, entry, found.kind, new)
            if not is_article:
                self._finish(capture, entry, told=sum(link.kind in TOLD for link in found.links))
                self._is_read(capture.ref)
        if is_article and capture.ref and capture.payload_ref:
            opened = Opened(
                seen=capture.ref,
                entry=entry,
                found=found,
                document=document,
                dates=evidence,
                truncated=capture.truncated,
            )
            self._open[capture.payload_ref.record_id, capture.url] = opened
        return is_article

    def extract(self, capture: Capture) -> Article:
        """The article that an understood capture holds; raises NotAnArticle with the reason."""
        opened = self._open[capture.payload_ref.record_id, capture.url] if capture.payload_ref else None
        document, dates = (opened.document, opened.dates) if opened else (None, None)
        try:
            return extract(capture, self.site, document, dates)
        except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
            # a fault of ours: the page is in the archive, and the crawl goes on
            about = {"url": capture.url, "reason": "extractor-failed"}
            logger.exception("The page %s could not be read.", capture.url, extra=about)
            raise NotAnArticle("extractor-failed") from error

    def follow(self, capture: Capture) -> None:
        """Asks for what a capture of an earlier run names and is not known: the frontier may have been lost since."""
        with self.state.transaction():
            self._follow(discover(capture, self.site), capture, None, 1)

    def reject(self, capture: Capture, reason: str) -> None:
        """Notes that a capture that looked like an article is none."""
        key = (capture.payload_ref.record_id, capture.url) if capture.payload_ref else ("", "")
        opened = self._open.get(key)
        self.tally.rejected[reason] += 1
        self._brought(opened.entry if opened else None, new=False)
        self._log("rejects.jsonl", url=capture.url, reason=reason)
        with self.state.transaction():
            self._finish(capture, opened.entry if opened else None)
            self._is_read(capture.ref)
        self._open.pop(key, None)

    def keep(self, article: Article) -> None:
        """Commits an article, the pictures that it names, and that its address is done, in one transaction."""
        assert article.warc is not None, "an article is read from a record"
        opened = self._open[article.warc.record_id, article.url]
        parts = tuple(link.url for link in opened.found.links if link.kind == "part")
        if opened.entry is not None:
            self._brought(opened.entry, new=not self.state.has_content(article.content_hash, article.url))
        with self.state.transaction():
            self._convert(article)
            self.state.keep_article(article, seen=opened.seen, is_part=opened.found.kind == "part", parts=parts)
            self.tally.articles_read += 1
            depth = (opened.entry.depth if opened.entry else 0) + 1
            allowed = [url for url in article.image_links if may_fetch_picture(url, self.site)]
            self._wish([self._entry(url, "picture", article.url, depth) for url in allowed])
            linked = [one.url for one in article.attachments if self.may_fetch(one.url, "document")]
            self._wish([self._entry(url, "document", article.url, depth) for url in linked])
            if opened.truncated is not None and opened.entry is not None:
                self._fail(opened.entry, f"cut-{opened.truncated}")
            else:
                self._finish_url(article.url, opened.entry, at=opened.seen.captured_at, told=1)
            self._is_read(opened.seen)
        del self._open[article.warc.record_id, article.url]

    def unreadable(self, url: str, entry: Entry | None = None) -> None:
        """Notes that memory ran out while a page was read, as the answer to `entry`, or as what was understood of it tells. It
        stands in the archive, and is read at the end of this run or by the next."""
        logger.warning("Memory ran out while %s was read.", url)
        for key in [key for key in self._open if key[1] == url]:
            entry = self._open.pop(key).entry
        if entry is not None:
            self.failed(entry, "out-of-memory")

    def _is_read(self, ref: RecordRef | None) -> None:
        if ref is not None:
            self.state.read(ref.record_id)

    def _convert(self, article: Article) -> None:
        """Keeps an article in the archive, as it was read from its record alone; once for each record and reading."""
        assert article.warc is not None, "an article is read from a record"
        if self.writer is None or self._is_rebuilding or not self.wishes.conversion_records:
            return
        seen = article.warc.captured_at
        told = to_json(replace(article, first_seen_at=seen, last_seen_at=seen))
        block = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
        if self.state.keep_conversion(digest(block)):
            self.writer.write_conversion(article.url, article.warc.record_id, "application/json", block)

    def recover(self, captures: Iterable[Capture]) -> None:
        """Takes in the captures of a run that died or was stopped: what it had in the archive, but not yet in the state.

        Only a whole page answers its address: a redirect's target, or another try, may be what the archive lacks.
        """
        for capture in captures:
            if capture.ref is None or self.state.has_read(capture.ref.record_id):
                continue
            is_answer = capture.status == 200 and capture.truncated is None
            try:
                self.absorb(capture, self._answered(capture) if is_answer else None)
            except MemoryError:
                self.unreadable(capture.url, self.state.find(self.key(capture.url)) if is_answer else None)

    def _answered(self, capture: Capture) -> Entry | None:
        """The frontier's entry that a page answers; where the state lost it, it is put there again."""
        key = self.key(capture.url)
        if (entry := self.state.find(key)) is None:
            kind = discover(capture, self.site).kind
            self._wish([self._entry(capture.url, kind if kind in PRIORITY else "page", None, 0)])
            entry = self.state.find(key)
        return entry

    def read_the_rest(self) -> None:
        """Reads the pages that stand in the archive and were never read, as re-extraction would."""
        for name in self.state.unread_files():
            path = self.collection.archive / name
            if path.exists():
                self.recover(read_captures(path, within=self.collection.warcs()))

    def rebuild(self, captures: Iterable[Capture]) -> None:
        """Takes a whole archive into a state that does not hold it; the frontier and this run's counts stay as they are."""
        self._is_rebuilding = True
        for capture in captures:
            with suppress(MemoryError):  # it stays unread, and is read with the rest
                self.absorb(capture)
        self._is_rebuilding = False
        self.current.settle()
        self.state.completed()
        self.tally = Tally()

    def absorb(self, capture: Capture, entry: Entry | None = None) -> None:
        """Understands, extracts and keeps a capture that is read back from an archive; `entry` is what it answers."""
        self.state.keep_capture(capture, is_told=self._is_rebuilding)
        if not self.understand(capture, entry):
            return
        try:
            self.keep(self.extract(capture))
        except NotAnArticle as error:
            self.reject(capture, error.reason)
