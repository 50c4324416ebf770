"""The dataset, loaded by what researchers load it with; the types are those that the schema says."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import duckdb
import jsonschema
import pandas
import polars
import pytest

from cluster_archive.dataset import duckdb_columns, json_schema

from .conftest import Crawled

pytestmark = pytest.mark.crawl


@pytest.fixture
def path(whole: Crawled) -> str:
    return str(whole.collection / "dataset" / "articles.jsonl")


def test_each_line_fits_the_schema(whole: Crawled) -> None:
    schema = json.loads((whole.collection / "dataset" / "schema.json").read_text(encoding="utf-8"))
    assert schema == json.loads(json.dumps(json_schema()))
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    assert [error.message for line in whole.lines.values() for error in validator.iter_errors(line)] == []


def test_each_key_is_in_each_line(whole: Crawled) -> None:
    def shape(value: Any) -> Any:
        return tuple(value) if isinstance(value, dict) else None

    lines = list(whole.lines.values())
    assert {shape(line) for line in lines} == {tuple(json_schema()["properties"])}
    for name in ("warc", "provenance"):
        assert len({shape(line[name]) for line in lines}) == 1


def test_the_order_and_the_bytes(path: str) -> None:
    with open(path, "rb") as file:  # noqa: PTH123 - the bytes as they are
        content = file.read()
    assert content.endswith(b"}\n")
    assert not content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content
    assert not any(mark.encode() in content for mark in "\u0085\u2028\u2029")
    urls = [json.loads(line)["canonical_url"] for line in content.decode().splitlines()]
    assert urls == sorted(urls)


def test_duckdb(whole: Crawled, path: str) -> None:
    columns = duckdb_columns()
    table = duckdb.sql(f"SELECT * FROM read_json('{path}', columns={_struct(columns)})")
    assert {name: str(kind) for name, kind in zip(table.columns, table.types, strict=True)} == {
        name: str(duckdb.sqltype(kind)) for name, kind in columns.items()
    }
    rows = table.fetchall()
    assert len(rows) == len(whole.lines)
    days = dict(
        duckdb.sql(f"SELECT canonical_url, date FROM read_json('{path}', columns={_struct(columns)})").fetchall()
    )
    assert {url: day.isoformat() if day else None for url, day in days.items()} == {
        url: line["date"] for url, line in whole.lines.items()
    }


def test_the_ready_sql(whole: Crawled, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(whole.collection / "dataset")
    with duckdb.connect() as connection:
        connection.execute((whole.collection / "dataset" / "duckdb.sql").read_text(encoding="utf-8"))
        assert connection.execute("SELECT count(*) FROM articles").fetchone() == (len(whole.lines),)


def _struct(columns: dict[str, str]) -> str:
    return "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items()) + "}"


def test_polars(whole: Crawled, path: str) -> None:
    frame = polars.read_ndjson(path, infer_schema_length=None)
    assert frame.height == len(whole.lines)
    assert set(frame.columns) == set(json_schema()["properties"])
    assert frame.schema["key_takeaways"] == polars.List(polars.String)
    assert frame.schema["word_count"] == polars.Int64
    assert frame.schema["warc"].to_python() is dict
    days = frame.select(polars.col("date").str.to_date(strict=True)).to_series()
    assert days.null_count() == sum(line["date"] is None for line in whole.lines.values())
    assert _same(frame["body"], [line["body"] for line in whole.lines.values()])


def test_pandas(whole: Crawled, path: str) -> None:
    frame = pandas.read_json(path, lines=True, dtype=False)
    assert list(frame.columns) == list(json_schema()["properties"])
    assert _same(frame["title"], [line["title"] for line in whole.lines.values()])
    assert frame["word_count"].dtype == "int64"
    assert pandas.to_datetime(frame["date"], format="%Y-%m-%d").notna().sum() == frame["date"].notna().sum()


def _same(column: Iterable[Any], values: list[Any]) -> bool:
    return list(column) == values
