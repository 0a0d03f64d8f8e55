"""Transactions, column types and connection settings: the only module that commits.

What a request writes happens inside ``with transaction():``, which begins with the write lock on SQLite (BEGIN IMMEDIATE),
appends the recorded events, commits, and only then runs the effects. Around what it reads SQLite has a transaction, and
PostgreSQL none: at READ COMMITTED every statement sees a snapshot of its own either way, and BEGIN and ROLLBACK would be
two more journeys to the server for every page.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import Any, TypeVar

import psycopg
from flask import current_app
from sqlalchemy import DateTime, Engine, Select, event
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DisconnectionError, IntegrityError, OperationalError
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from citizen.core.errors import Busy, Conflict, DomainError
from citizen.core.turns import turn
from citizen.extensions import ENGINES, OUTSIDE, Base, db, writing

BUSY_TIMEOUT_MS = 5_000
#: A connection that rested for less than this is used without asking whether it still lives.
BELIEVED_SECONDS = 2.0
#: So long a writer stands in SQLite's queue.
PATIENCE_SECONDS = 15.0

Row = TypeVar("Row")

#: Model → the statement of `insert_now` and the defaults.
_PLAIN: dict[type[Base], tuple[Any, dict[str, Any]]] = {}

#: Called with the session just before the commit; the audit chain registers itself here.
_before_commit: list[Callable[[Session], None]] = []

#: Named constraint → the domain error that its violation means.
_constraint_errors: dict[str, Callable[[], DomainError]] = {}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in time: aware in Python, UTC in every database.

    Refuses naive values, since guessing their zone is how deadlines go wrong.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC for the database; raises ValueError for a naive value."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware UTC for Python."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def before_commit(function: Callable[[Session], None]) -> Callable[[Session], None]:
    """Register ``function`` to run inside every write transaction, just before its commit."""
    _before_commit.append(function)
    return function


def after_commit(effect: Callable[[], None]) -> None:
    """Run ``effect`` once the current transaction is durable; it is dropped when the transaction fails."""
    db.session().info.setdefault("effects", []).append(effect)


def constraint_means(name: str, error: Callable[[], DomainError]) -> None:
    """Let a violation of the constraint ``name`` surface as ``error()`` instead of a database error.

    SQLite names no unique index in its message, so ``name`` may also be "table.column" as SQLite prints it.
    """
    _constraint_errors[name] = error


@contextmanager
def transaction() -> Iterator[Session]:
    """One atomic write: yields the session, commits at the end, rolls back on any error.

    Everything read before is forgotten first, so that what the block reads is what it locks. Raises Busy when the
    database stays locked beyond its timeout, the registered domain error on a named constraint, and RuntimeError when
    nested (a service must never open its own).
    """
    if writing.get():
        raise RuntimeError("transactions do not nest; services never open one")
    session = db.session()
    if session.new or session.dirty or session.deleted:
        raise RuntimeError(OUTSIDE)
    session.rollback()
    session.info.clear()
    effects: list[Callable[[], None]] = []
    with turn(db.engine, patience=PATIENCE_SECONDS):
        token = writing.set(True)
        try:
            yield session
            session.flush()
            for hook in _before_commit:
                hook(session)
            session.commit()
            effects = session.info.pop("effects", [])
        except (IntegrityError, OperationalError) as error:
            session.rollback()
            raise _meaning(error) from error
        except BaseException:
            session.rollback()
            raise
        finally:
            writing.reset(token)
            session.info.clear()
    for effect in effects:
        effect()


def _meaning(error: IntegrityError | OperationalError) -> Exception:
    """The domain error that a database error stands for, or the error itself."""
    diagnosis = getattr(error.orig, "diag", None)
    text = f"{getattr(diagnosis, 'constraint_name', '')} {error.orig}"
    if isinstance(error, IntegrityError):
        return next((meaning() for name, meaning in _constraint_errors.items() if name in text), error)
    busy = ("locked", "deadlock", "lock timeout", "could not obtain lock")
    return Busy() if any(word in text for word in busy) else error


def locked(model: type[Row], *criteria: Any) -> Row | None:
    """The one row matching ``criteria``, fresh and locked for this transaction (a plain fresh read on SQLite,
    where the whole write transaction is exclusive). Raises Conflict when no transaction is open."""
    return locked_by(to_lock(model, *criteria))


def to_lock(model: type[Row], *criteria: Any, options: Sequence[Any] = ()) -> Select[Row]:
    """The statement that reads rows matching ``criteria`` fresh and locks them; what loader ``options`` bring along is
    fresh, not locked. One that is asked all day is built once, with bound parameters."""
    query = db.select(model).where(*criteria).options(*options).with_for_update(of=model)
    found: Select[Row] = query.execution_options(populate_existing=True)
    return found


def locked_by(statement: Select[Row], values: dict[str, Any] | None = None) -> Row | None:
    """The one row of a statement made by `to_lock`, which is given ``values``; raises Conflict when no transaction is open."""
    if not writing.get():
        raise Conflict("a row can be locked only inside a transaction")
    return db.session.execute(statement, values).scalar_one_or_none()


def insert_now(row: Base) -> None:
    """Write a new row as one plain statement, with the defaults of what was not set; then the session knows it as its own.

    For tables with a generated ``id``, where rows are written all day: the mapper's flush was a fifth of what a booking cost.
    """
    statement, columns = _PLAIN.get(type(row)) or _PLAIN.setdefault(type(row), _plain(type(row)))
    for name, default in columns.items():
        if name not in vars(row):
            setattr(row, name, default)
    connection = db.session.connection()
    values = {name: getattr(row, name) for name in columns}
    row.id = connection.execute(statement, values).scalar_one()  # type: ignore[attr-defined]
    make_transient_to_detached(row)
    db.session.add(row)


def _plain(model: type[Base]) -> tuple[Any, dict[str, Any]]:
    """The statement that inserts one row of ``model`` and returns its id, and the defaults of the columns that it fills."""
    table: Any = model.__table__
    columns = [column for column in table.columns if not column.primary_key]
    if any(column.default is not None and not column.default.is_scalar for column in columns):
        raise TypeError(f"{model.__name__} has a default that is computed; write its rows through the session")
    defaults = {column.key: column.default.arg if column.default is not None else None for column in columns}
    return table.insert().returning(table.c.id), defaults


def tune_connections(engine: Engine) -> None:
    """Apply the connection settings that durability and honest locking need to every new connection of the application's
    ``engine``; runs inside the application's context."""
    for_reading = engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tune_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _tune_postgresql)
        event.listen(engine, "checkin", _note_rest)
        event.listen(engine, "checkout", _ask_after_rest)
        event.listen(engine, "begin", _begin_postgresql)
        for_reading = engine.execution_options(citizen_reads=True)
    current_app.extensions[ENGINES] = (engine, for_reading)


@contextmanager
def one_statement() -> Iterator[Connection]:
    """A connection for something that is one statement and stays when the block ends, whatever becomes of the request.

    Outside of a transaction PostgreSQL takes it on the connection that reads: nothing has to be begun or committed there.
    """
    engine, for_reading = current_app.extensions[ENGINES]
    if engine is not for_reading and not writing.get():
        yield db.session.connection()
    else:
        with for_reading.begin() as connection:
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
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing.get() else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    """Connections are opened so that nothing begins by itself: to change that for each request and back cost a tenth of a
    millisecond."""
    if not connection.get_execution_options().get("citizen_reads"):
        connection.exec_driver_sql("BEGIN")


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
