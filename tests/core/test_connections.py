"""How the database is spoken to: settings, what begins by itself, connections that died, columns that nobody describes twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from flask import Flask
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from citizen.core import connections
from citizen.core.connections import Cursor, one_statement
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.web.limits import RateCount

postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def count(key: str) -> RateCount:
    return RateCount(key=key, count=1, expires_at=1)


def test_settings_of_every_connection(app: Flask) -> None:
    with db.engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5_000}


def end_the_other_connections() -> None:
    """What a restarted server does to the connections that rest in the pool."""
    db.session.remove()
    with psycopg.connect(db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)) as outside:
        outside.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@postgresql
def test_a_rested_connection_that_died_is_replaced(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "BELIEVED_SECONDS", 0.0)
    assert db.session.execute(text("SELECT 1")).scalar() == 1
    end_the_other_connections()
    assert db.session.execute(text("SELECT 1")).scalar() == 1


@postgresql
def test_a_connection_that_is_believed_and_died_fails_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control, and what is left of the risk: the pool forgets all of them with the first that fails."""
    monkeypatch.setattr(connections, "BELIEVED_SECONDS", 60.0)
    assert db.session.execute(text("SELECT 1")).scalar() == 1
    end_the_other_connections()
    with pytest.raises(OperationalError):
        db.session.execute(text("SELECT 1"))
    db.session.remove()
    assert db.session.execute(text("SELECT 1")).scalar() == 1


@postgresql
def test_writing_on_a_connection_that_died_fails_once_like_reading(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own BEGIN meets it first; its error must be one that the site knows, and the connection must be forgotten."""
    monkeypatch.setattr(connections, "BELIEVED_SECONDS", 60.0)
    with transaction() as session:
        session.add(count("before"))
    end_the_other_connections()
    db.session.remove()
    with pytest.raises(OperationalError), transaction() as session:
        session.add(count("lost"))
    db.session.remove()
    with transaction() as session:
        session.add(count("after"))
    keys = db.session.execute(db.select(RateCount.key).order_by(RateCount.key)).scalars().all()
    assert keys == ["after", "before"]


@pytest.mark.both_databases
def test_one_statement_is_kept_without_a_commit_around_it(app: Flask) -> None:
    with one_statement() as connection:
        connection.execute(text("INSERT INTO rate_counts (key, count, expires_at) VALUES ('one', 1, 1)"))
    assert db.session.get(RateCount, "one") is not None
    with pytest.raises(ValueError, match="stop"), transaction() as session:  # and transactions are whole as before
        session.add(count("lost"))
        session.flush()
        raise ValueError("stop")
    assert db.session.get(RateCount, "lost") is None


def test_one_statement_begins_nothing_on_sqlite_while_pages_and_transactions_do(app: Flask) -> None:
    def begun(connection: Connection) -> bool:
        connection.execute(text("SELECT 1"))
        return bool(connection.connection.driver_connection.in_transaction)  # type: ignore[union-attr]

    with one_statement() as connection:
        assert not begun(connection)
    assert begun(db.session.connection()), "all that a page reads is of one moment"
    with transaction() as session:
        assert begun(session.connection())
        with one_statement() as connection:
            assert not begun(connection)
    with db.engine.begin() as connection:
        assert begun(connection)


def on_the_wire() -> TransactionStatus:
    """Where the session's connection stands for PostgreSQL itself."""
    return TransactionStatus(db.session.connection().connection.dbapi_connection.info.transaction_status)  # type: ignore[union-attr]


@postgresql
def test_reading_begins_nothing_and_writing_does(app: Flask) -> None:
    assert db.session.execute(text("SELECT 1")).scalar() == 1
    assert on_the_wire() is TransactionStatus.IDLE
    with transaction() as session:
        session.execute(text("SELECT 1"))
        assert on_the_wire() is TransactionStatus.INTRANS
        session.add(count("kept"))
    assert db.session.get(RateCount, "kept") is not None
    assert on_the_wire() is TransactionStatus.IDLE


@postgresql
def test_one_statement_inside_a_transaction_stays_when_it_fails(app: Flask) -> None:
    """A try that was counted counts, whatever becomes of the rest; and the two do not share a connection."""
    with pytest.raises(ValueError, match="stop"), transaction() as session:
        session.add(count("lost"))
        session.flush()
        with one_statement() as connection:
            connection.execute(text("INSERT INTO rate_counts (key, count, expires_at) VALUES ('kept', 1, 1)"))
        raise ValueError("stop")
    assert db.session.get(RateCount, "kept") is not None
    assert db.session.get(RateCount, "lost") is None


def close_from_within(connection: Connection) -> None:
    connection.connection.driver_connection.close()  # type: ignore[union-attr]


def end_from_outside(_connection: Connection) -> None:
    end_the_other_connections()


@postgresql
@pytest.mark.parametrize("lose", [close_from_within, end_from_outside])
def test_a_transaction_does_not_begin_on_a_lost_connection(app: Flask, lose: Callable[[Connection], None]) -> None:
    """Nor would the first statement come through; but who looks at BEGIN must see what is wrong, in words that the site knows."""
    with db.engine.connect() as connection:
        lose(connection)
        with pytest.raises(OperationalError, match="BEGIN"):
            connection.begin()
    with transaction() as session:
        session.add(count("after"))
    assert db.session.get(RateCount, "after") is not None


class Counted(list[str]):
    """The names of the columns that were described."""

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        original = psycopg.Column.__init__

        def described(column: Any, cursor: Any, index: int) -> None:
            original(column, cursor, index)
            self.append(column.name)

        monkeypatch.setattr(psycopg.Column, "__init__", described)


@postgresql
@pytest.mark.parametrize(("factory", "times"), [(Cursor, 1), (psycopg.Cursor, 3)], ids=["ours", "control"])
def test_the_columns_of_a_known_statement_are_described_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch, factory: type[psycopg.Cursor[Any]], times: int
) -> None:
    db.engine.clear_compiled_cache()  # an application serves many tests
    described = Counted()
    described.watch(monkeypatch)
    connection = db.session.connection()
    connection.connection.driver_connection.cursor_factory = factory  # type: ignore[union-attr]
    for number in range(3):
        query = db.select(RateCount.count.label("watched")).where(RateCount.key == str(number))
        assert connection.execute(query).all() == []
    assert described.count("watched") == times
    connection.connection.driver_connection.cursor_factory = Cursor  # type: ignore[union-attr]


@postgresql
def test_columns_described_late_are_those_of_their_own_result(app: Flask) -> None:
    driver = db.session.connection().connection.driver_connection
    assert driver is not None
    with driver.cursor() as ours, driver.cursor() as other:
        assert ours.description is None
        ours.execute("SELECT 1 AS one, 'x' AS word")
        columns = ours.description
        assert (len(columns), [column.name for column in columns]) == (2, ["one", "word"])
        assert columns[0].type_code == psycopg.Cursor.description.fget(ours)[0].type_code  # type: ignore[attr-defined]
        unread = ours.description
        ours.execute("SELECT 2 AS two")
        assert [column.name for column in ours.description] == ["two"]
        with pytest.raises(psycopg.InterfaceError):
            unread[0]
        other.execute("SET TIME ZONE 'UTC'")
        assert other.description is None


@postgresql
def test_results_of_plain_text_have_their_names(app: Flask) -> None:
    row = db.session.execute(text("SELECT 1 AS one, 2 AS two")).one()
    assert (row.one, row.two, tuple(row._fields)) == (1, 2, ("one", "two"))
