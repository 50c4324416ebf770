"""Item pipelines: a Capture becomes an Article, is written, and is curated with what the crawl knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from scrapy.exceptions import DropItem

from cluster_archive.captures import Capture
from cluster_archive.errors import ArchiveNotWritable, NotAnArticle
from cluster_archive.extensions import ArchiveRun
from cluster_archive.items import Article

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from cluster_archive.run import Run


class _RunPipeline:
    """A step that works with the crawl's run."""

    def __init__(self, extension: ArchiveRun) -> None:
        self.run: Run = extension.run
        self._stop = extension.stop

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The step for that crawl."""
        extension = crawler.get_extension(ArchiveRun)
        assert extension is not None, "the extension ArchiveRun is needed"
        return cls(extension)

    def process_item(self, item: Any) -> Any:
        """The item after this step; an archive or a state that cannot be written stops the crawl."""
        try:
            return self.step(item)
        except MemoryError:
            self.run.unreadable(item.url)
            raise DropItem(f"{item.url}: out-of-memory", log_level="INFO") from None
        except ArchiveNotWritable as error:
            self._stop(error)
            raise DropItem(str(error), log_level="INFO") from None

    def step(self, item: Any) -> Any:
        """What this step does."""
        raise NotImplementedError


class ExtractPipeline(_RunPipeline):
    """Capture → Article; what is no article is dropped with its reason."""

    def step(self, item: Any) -> Any:
        """The article that the capture holds."""
        if not isinstance(item, Capture):
            return item
        try:
            return self.run.extract(item)
        except NotAnArticle as error:
            self.run.reject(item, error.reason)
            raise DropItem(f"{item.url}: {error.reason}", log_level="INFO") from None


class WritePipeline(_RunPipeline):
    """Commits the article as extracted: from here on a crash cannot lose it."""

    def step(self, item: Any) -> Any:
        """The article as it came."""
        if isinstance(item, Article):
            self.run.keep(item)
        return item


class CuratePipeline(_RunPipeline):
    """Article → Article with the dates that other pages have told so far, for feeds (`-O`) and pipelines after this.

    The dataset itself is curated at the end of the run, with all evidence.
    """

    def step(self, item: Any) -> Any:
        """The article, curated; a further page of a post in parts is dropped, it belongs to its first page."""
        if not isinstance(item, Article):
            return item
        if self.run.is_part(item):
            raise DropItem(f"{item.url}: a part of another article", log_level="DEBUG")
        return self.run.curate(item)
