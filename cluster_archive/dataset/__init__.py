"""The dataset: JSON Lines, and the schemas that tell what a line is."""

from collections.abc import Iterable
from pathlib import Path

from cluster_archive.dataset.jsonl import article_line, read_jsonl, write_jsonl
from cluster_archive.dataset.schema import duckdb_columns, json_schema, write_schema
from cluster_archive.items import Article

__all__ = ["article_line", "duckdb_columns", "json_schema", "read_jsonl", "write_dataset", "write_jsonl"]


def write_dataset(folder: Path, articles: Iterable[Article]) -> int:
    """Writes `articles.jsonl` and its schemas into the folder, atomically; how many lines. Raises ArchiveNotWritable."""
    count = write_jsonl(folder / "articles.jsonl", articles)
    write_schema(folder)
    return count
