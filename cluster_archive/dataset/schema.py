"""Schemas of the dataset's line, all made from the dataclasses of `items` and the sentences under their fields."""

from __future__ import annotations

import ast
import inspect
import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from cluster_archive.files import write_atomically, writing
from cluster_archive.items import SCHEMA_VERSION, Article

_SCALARS: dict[Any, tuple[dict[str, Any], str, str]] = {
    str: ({"type": "string"}, "VARCHAR", "string"),
    int: ({"type": "integer"}, "BIGINT", "integer"),
    date: ({"type": "string", "format": "date"}, "DATE", "date"),
    datetime: ({"type": "string", "format": "date-time"}, "TIMESTAMP WITH TIME ZONE", "datetime"),
}
"""Python type → JSON Schema, DuckDB type, Table Schema type."""


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a line."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:cluster-archive:article:{SCHEMA_VERSION}",
        "title": "Article",
        **_object(Article),
    }


def duckdb_columns() -> dict[str, str]:
    """DuckDB's type of each column, for `read_json(…, columns = …)`."""
    return {name: _duckdb(kind) for name, kind in get_type_hints(Article).items()}


def duckdb_sql() -> str:
    """A statement that loads the dataset with the right types, whatever its first lines hold."""
    columns = ",\n  ".join(f"{name}: '{kind}'" for name, kind in duckdb_columns().items())
    return (
        "-- DuckDB guesses types from the first lines and reads a column that begins with nulls as NULL throughout.\n"
        "CREATE OR REPLACE VIEW articles AS SELECT * FROM read_json('articles.jsonl', format = 'newline_delimited',\n"
        f" columns = {{\n  {columns}}});\n"
    )


def datapackage() -> dict[str, Any]:
    """Frictionless Data Package with a Table Schema for `articles.jsonl`, and one for `versions.jsonl`."""
    hints, told = get_type_hints(Article), _sentences(Article)
    columns = [
        {"name": name, "type": _table_type(kind), "description": told.get(name, "")} for name, kind in hints.items()
    ]
    resources = [
        {
            "name": name,
            "path": f"{name}.jsonl",
            "format": "jsonl",
            "mediatype": "application/jsonl",
            "encoding": "utf-8",
            "schema": {"fields": columns, "primaryKey": key},
        }
        for name, key in (("articles", ["id"]), ("versions", ["id", "first_seen_at"]))
    ]
    return {"name": "articles", "profile": "data-package", "resources": resources}


def write_schema(folder: Path) -> None:
    """Writes `schema.json`, `datapackage.json` and `duckdb.sql`; raises ArchiveNotWritable."""
    texts = {
        "schema.json": json.dumps(json_schema(), ensure_ascii=False, indent=1) + "\n",
        "datapackage.json": json.dumps(datapackage(), ensure_ascii=False, indent=1) + "\n",
        "duckdb.sql": duckdb_sql(),
    }
    for name, text in texts.items():
        with writing(f"The schema {folder / name}"):
            write_atomically(folder / name, [text.encode()])


def _object(kind: type) -> dict[str, Any]:
    told = _sentences(kind)
    hints = get_type_hints(kind)
    return {
        "type": "object",
        "properties": {name: {**_schema(hint), "description": told.get(name, "")} for name, hint in hints.items()},
        "required": list(hints),
        "additionalProperties": False,
    }


def _schema(hint: Any) -> dict[str, Any]:
    inner = _required(hint)
    if inner is not hint:
        made = _schema(inner)
        return {"enum": [*made["enum"], None]} if "enum" in made else {**made, "type": [made["type"], "null"]}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _schema(get_args(hint)[0])}
    if get_origin(hint) is Literal:
        return {"enum": list(get_args(hint))}
    return _object(hint) if is_dataclass(hint) else dict(_SCALARS[hint][0])  # type: ignore[arg-type]


def _required(hint: Any) -> Any:
    """The type without its `None`."""
    if get_origin(hint) not in (Union, UnionType):
        return hint
    return next(one for one in get_args(hint) if one is not type(None))


def _duckdb(hint: Any) -> str:
    hint = _required(hint)
    if get_origin(hint) is tuple:
        return _duckdb(get_args(hint)[0]) + "[]"
    if get_origin(hint) is Literal:
        return "VARCHAR"
    if is_dataclass(hint):
        inner = ", ".join(f'"{part}" {_duckdb(kind)}' for part, kind in get_type_hints(hint).items())
        return f"STRUCT({inner})"
    return _SCALARS[hint][1]


def _table_type(hint: Any) -> str:
    hint = _required(hint)
    if get_origin(hint) is tuple:
        return "array"
    if get_origin(hint) is Literal:
        return "string"
    return "object" if is_dataclass(hint) else _SCALARS[hint][2]


@cache
def _sentences(kind: type) -> dict[str, str]:
    """The sentence under each field of a dataclass, from its source."""
    body = ast.parse(inspect.getsource(kind)).body[0]
    assert isinstance(body, ast.ClassDef)
    told = {}
    for statement, after in zip(body.body, body.body[1:], strict=False):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            text = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
            told[statement.target.id] = " ".join(str(text).split())
    return {part.name: told.get(part.name, "") for part in fields(kind)}
