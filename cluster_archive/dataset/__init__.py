"""The dataset: JSON Lines, and the schemas that tell what a line is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cluster_archive.dataset.jsonl import article_line, read_jsonl, write_jsonl, writing_jsonl
from cluster_archive.dataset.schema import duckdb_columns, json_schema, write_schema
from cluster_archive.items import Article

__all__ = ["article_line", "duckdb_columns", "json_schema", "read_jsonl", "write_dataset", "write_jsonl"]


def write_dataset(folder: Path, articles: Iterable[Sequence[Article]]) -> int:
    """Writes `articles.jsonl`, `versions.jsonl` and their schemas into the folder, each file atomically; how many lines the
    first has. Each article comes with all its versions, oldest first. Raises ArchiveNotWritable."""
    with writing_jsonl(folder / "versions.jsonl") as write:

        def latest() -> Iterator[Article]:
            for versions in articles:
                for one in versions:
                    write(one)
                yield (
                    versions[-1]
                    if versions[-1].first_seen_at == versions[0].first_seen_at
                    else replace(versions[-1], first_seen_at=versions[0].first_seen_at)
                )

        count = write_jsonl(folder / "articles.jsonl", latest())
    write_schema(folder)
    return count
