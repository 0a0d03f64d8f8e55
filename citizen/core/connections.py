"""How the application speaks to its database: the pool, the settings of a new connection, what begins by itself.

Around what it reads SQLite has a transaction, and PostgreSQL none: at READ COMMITTED every statement sees a snapshot of its own
either way, and BEGIN and ROLLBACK would be two more journeys to the server for every page.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any

import psycopg
from flask import current_app
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from citizen.extensions import ENGINES, db, writing

BUSY_TIMEOUT_MS = 5_000
#: A connection that rested for less than this is used without asking whether it still lives.
BELIEVED_SECONDS = 2.0
#: Eight busy processes stay below the hundred connections that PostgreSQL allows unless told otherwise.
POOL_SIZE = 8


class _Columns(Sequence[psycopg.Column]):
    """The columns of a result, described when somebody looks at them."""

    def __init__(self, cursor: psycopg.Cursor[Any]) -> None:
        self._cursor, self._result = cursor, cursor.pgresult
        self._described: list[psycopg.Column] | None = None

    def __len__(self) -> int:
        return self._result.nfields if self._result else 0

    def __getitem__(self, index: Any) -> Any:
        if self._described is None:
            if self._cursor.pgresult is not self._result:
                raise psycopg.InterfaceError("the cursor has moved on to another result")
            self._described = psycopg.Cursor.description.fget(self._cursor) or []  # type: ignore[attr-defined]
        return self._described[index]


class Cursor(psycopg.Cursor[Any]):
    """A cursor that describes its columns only when asked.

    SQLAlchemy knows the columns of a statement that it has seen before and only looks whether there are any; to describe them
    every time was two hundredths of what a booking cost.
    """

    @property
    def description(self) -> Any:
        """As psycopg's: the columns of the result, or None for a statement without one."""
        found = self.pgresult
        return _Columns(self) if found and found.nfields else super().description


def pool_of(url: str) -> dict[str, Any]:
    """SQLAlchemy's options for the connections to the database at ``url``.

    The connection that was used last is taken first: it knows the statements, and the server has them planned. On
    PostgreSQL nothing begins by itself: to change that for each request and back cost a tenth of a millisecond.
    """
    if not url.startswith("postgresql"):
        return {}
    options = {"pool_size": POOL_SIZE, "max_overflow": 2, "pool_use_lifo": True, "isolation_level": "AUTOCOMMIT"}
    return {**options, "connect_args": {"cursor_factory": Cursor}}


def tune_connections(engine: Engine) -> None:
    """Apply the connection settings that durability and honest locking need to every new connection of the application's
    ``engine``; runs inside the application's context."""
    for_reading, unbegun = engine, engine.execution_options(citizen_unbegun=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tune_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _tune_postgresql)
        event.listen(engine, "checkin", _note_rest)
        event.listen(engine, "checkout", _ask_after_rest)
        event.listen(engine, "begin", _begin_postgresql)
        for_reading = unbegun
    current_app.extensions[ENGINES] = (engine, for_reading, unbegun)


@contextmanager
def one_statement() -> Iterator[Connection]:
    """A connection for something that is one statement and stays when the block ends, whatever becomes of the request.

    Nothing is begun for it: a statement by itself is all or nothing. Outside of a transaction PostgreSQL takes it on the
    connection that reads.
    """
    _engine, for_reading, unbegun = current_app.extensions[ENGINES]
    if for_reading is unbegun and not writing.get():
        yield db.session.connection()
    else:
        with unbegun.begin() as connection:
            yield connection


def _tune_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we write BEGIN ourselves: the driver's own is always deferred
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # an acknowledged report survives a power cut
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "temp_store=MEMORY",
        "cache_size=-16000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """By the shortest way: a session's page begins twice, and SQLAlchemy's was a twentieth of an answer in a quiz."""
    words, driver = "BEGIN IMMEDIATE" if writing.get() else "BEGIN", connection.connection.driver_connection
    if driver is not None and not _unbegun(connection):
        try:
            driver.execute(words)
        except sqlite3.OperationalError as error:
            raise OperationalError(words, None, error) from error


def _unbegun(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("citizen_unbegun"))


def _begin_postgresql(connection: Connection) -> None:
    if not _unbegun(connection) and not _begun(connection.connection.driver_connection):
        connection.exec_driver_sql("BEGIN")  # the usual way says what is wrong, and a lost connection is forgotten


def _begun(driver: Any) -> bool:
    """Whether a transaction began by the shortest way there is, which takes a tenth of the usual one."""
    try:
        return bool(driver.pgconn.exec_(b"BEGIN").status == psycopg.pq.ExecStatus.COMMAND_OK)
    except psycopg.OperationalError:
        return False


def _note_rest(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["rests_since"] = monotonic()


def _ask_after_rest(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Whether the server still knows a connection that has rested: it may have been restarted meanwhile.

    Asking every time would be a journey to the server for every request; one that just worked is believed.
    """
    if monotonic() - record.info.get("rests_since", monotonic()) < BELIEVED_SECONDS:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        connection.rollback()
    except psycopg.OperationalError as error:
        raise DisconnectionError() from error  # the pool opens another one


def _tune_postgresql(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '5s'")
        cursor.execute("SET TIME ZONE 'UTC'")
    connection.commit()
