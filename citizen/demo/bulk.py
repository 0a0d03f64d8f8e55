"""Rows into tables by the million: values are turned into text column by column, not one by one.

SQLite gets one prepared statement for all rows, PostgreSQL a COPY. Both store exactly what the ORM would have
stored, which a test compares.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import JSON, Connection, Date, Table

from citizen.core.database import UtcDateTime

_encode = json.JSONEncoder().encode


def insert_rows(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert ``rows``, which must all name every column of ``table``; raises KeyError for a missing one.

    Runs in the connection's transaction. Moments must be aware and in UTC.
    """
    names = [column.name for column in table.columns]
    columns = list(zip(*map(itemgetter(*names), rows), strict=True))
    for position, column in enumerate(table.columns):
        convert = _converter(column.type)
        if convert is not None:
            columns[position] = tuple(map(convert, columns[position]))
    values = list(zip(*columns, strict=True))
    quoted = ", ".join(f'"{name}"' for name in names)
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {table.name} ({quoted}) FROM STDIN", values)
    else:
        marks = ", ".join("?" * len(names))
        statement = f"INSERT INTO {table.name} ({quoted}) VALUES ({marks})"  # noqa: S608 — names of our own tables
        connection.exec_driver_sql(statement, values)


def _copy(connection: Connection, statement: str, values: Sequence[tuple[Any, ...]]) -> None:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in values:
            copy.write_row(row)


def _converter(kind: Any) -> Callable[[Any], Any] | None:
    if isinstance(kind, UtcDateTime):
        return _moment
    if isinstance(kind, JSON):
        return _encode
    if isinstance(kind, Date):
        return lambda day: day and day.isoformat()
    return None


def _moment(value: Any) -> str | None:
    # Without an offset it is UTC for both: SQLite stores just this text, PostgreSQL's connections run in UTC.
    return None if value is None else str(value.isoformat(" ", "microseconds")[:26])
