"""Transactions, column types and connection settings: the only module that commits.

What a request writes happens inside ``with transaction():``, which begins with the write lock on SQLite (BEGIN IMMEDIATE),
appends the recorded events, commits, and only then runs the effects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import DateTime, Select
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.types import TypeDecorator

from citizen.core.errors import Busy, Conflict, DomainError
from citizen.core.turns import turn
from citizen.extensions import OUTSIDE, Base, db, writing

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

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """Aware UTC for Python. Lists read a hundred moments for a page: one function for each, where SQLAlchemy's way is two."""
        plain: Callable[[Any], datetime | None] | None = self.impl_instance.result_processor(dialect, coltype)

        def aware(value: Any) -> datetime | None:
            if value is None:
                return None
            moment: datetime = plain(value) if plain is not None else value  # type: ignore[assignment]
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

        return aware


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
    values = filled(row, columns)
    written(row, db.session.connection().execute(statement, values).scalar_one())


def filled(row: Base, defaults: dict[str, Any]) -> dict[str, Any]:
    """Give a new row the defaults of the columns that were not set; all of their values."""
    for name, default in defaults.items():
        if name not in vars(row):
            setattr(row, name, default)
    return {name: getattr(row, name) for name in defaults}


def written(row: Base, row_id: int) -> None:
    """Let the session know a row as its own that a plain statement has written and given the id ``row_id``."""
    row.id = row_id  # type: ignore[attr-defined]
    make_transient_to_detached(row)
    db.session.add(row)


def _plain(model: type[Base]) -> tuple[Any, dict[str, Any]]:
    """The statement that inserts one row of ``model`` and returns its id, and the defaults of the columns that it fills."""
    table: Any = model.__table__
    return table.insert().returning(table.c.id), defaults_of(model)


def defaults_of(model: type[Base]) -> dict[str, Any]:
    """The columns of ``model`` that a new row fills, with their defaults; raises TypeError for one that is computed."""
    table: Any = model.__table__
    columns = [column for column in table.columns if not column.primary_key]
    if any(column.default is not None and not column.default.is_scalar for column in columns):
        raise TypeError(f"{model.__name__} has a default that is computed; write its rows through the session")
    return {column.key: column.default.arg if column.default is not None else None for column in columns}
