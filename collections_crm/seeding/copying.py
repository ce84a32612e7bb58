"""Rows into a model's table by COPY: ids from its sequence, the model's own defaults for what is not given."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection, models

ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Json(str):
    """JSON text that is ready to be written."""

    __slots__ = ()


def as_json(value: object) -> Json:
    return Json(json.dumps(value, separators=(",", ":")))


def dollars(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _plain(text: str) -> str:
    return text if text.isprintable() and "\\" not in text else text.translate(ESCAPES)


def _array(value: Iterable[object]) -> str:
    quoted = ('"' + str(item).replace("\\", "\\\\").replace('"', '\\"') + '"' for item in value)
    return ("{" + ",".join(quoted) + "}").translate(ESCAPES)


WRITERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda value: "\\N",
    str: lambda value: _plain(value),
    Json: lambda value: _plain(value),
    bool: lambda value: "t" if value else "f",
    int: str,
    date: lru_cache(maxsize=20_000)(date.isoformat),
    datetime: datetime.isoformat,
    list: _array,
    tuple: _array,
}


def field_text(value: object) -> str:
    """A value as COPY's text format wants it; enums are text."""
    writer = WRITERS.get(type(value))
    if writer is None:
        writer = WRITERS[type(value)] = lru_cache(maxsize=1000)(lambda other: _plain(str(other)))
    return writer(value)


class CopyTable:
    """COPY into one model's table. ``names``: the fields that rows give, in order, parted by blanks."""

    def __init__(self, model: type[models.Model], names: str, at: datetime) -> None:
        by_name = {field.name: field for field in model._meta.concrete_fields}
        fields = [by_name[name] for name in names.split()]
        given = {field.name for field in fields}
        rest = [
            (field, value)
            for field in model._meta.concrete_fields
            if field.name not in given
            for value in _default(field, at)
        ]
        columns = [
            connection.ops.quote_name(str(field.column)) for field in (*fields, *(field for field, _ in rest))
        ]
        self.table = model._meta.db_table
        self.statement = f"COPY {connection.ops.quote_name(self.table)} ({', '.join(columns)}) FROM STDIN"
        self.tail = "".join("\t" + field_text(value) for _, value in rest) + "\n"

    def ids(self, count: int) -> list[int]:
        """Fresh ids, from the table's own sequence."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [self.table, count],
            )
            return [row[0] for row in cursor.fetchall()]

    def write(self, rows: Iterable[Sequence[object]]) -> int:
        text, tail, count = [], self.tail, 0
        for row in rows:
            text.append("\t".join([field_text(value) for value in row]) + tail)
            count += 1
        if count:
            with connection.cursor() as cursor:
                cursor.copy_expert(self.statement, io.StringIO("".join(text)))
        return count


def _default(field: models.Field[Any, Any], at: datetime) -> list[object]:
    """What a new row has in a field nobody gave: one value, or none where the database fills it in."""
    if field.primary_key or isinstance(field, models.GeneratedField) or field.has_db_default():
        return []
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return [at]
    value = field.get_default()
    if value is None and field.null:
        return []
    return [
        as_json(value)
        if isinstance(field, models.JSONField)
        else str(value)
        if isinstance(field, models.DecimalField)
        else value
    ]
