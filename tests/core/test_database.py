"""Write transactions: begun with the lock, atomic, honest about being busy."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from citizen.core import connections, database, turns
from citizen.core.database import UtcDateTime, after_commit, insert_now, locked, transaction
from citizen.core.errors import Busy, Conflict
from citizen.core.turnstile import Turnstile
from citizen.extensions import db
from citizen.web.limits import RateCount


def count(key: str) -> RateCount:
    return RateCount(key=key, count=1, expires_at=1)


def run_in_threads(app: Flask, number: int, work) -> list[object]:  # type: ignore[no-untyped-def]
    """Results or errors of ``work()`` run by ``number`` threads that start together."""
    barrier, results = threading.Barrier(number), []

    def one() -> None:
        with app.app_context():
            barrier.wait()
            try:
                results.append(work())
            except Exception as error:
                results.append(error)

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_failed_block_leaves_nothing(app: Flask) -> None:
    effects: list[int] = []
    with pytest.raises(ValueError, match="stop"), transaction() as session:
        session.add(count("lost"))
        after_commit(lambda: effects.append(1))
        session.flush()
        raise ValueError("stop")
    assert db.session.get(RateCount, "lost") is None
    assert effects == []


def test_effects_run_after_the_commit(app: Flask) -> None:
    seen: list[bool] = []

    def effect() -> None:
        with db.engine.connect() as connection:
            seen.append(connection.execute(text("SELECT count(*) FROM rate_counts WHERE key = 'kept'")).scalar() == 1)

    with transaction() as session:
        session.add(count("kept"))
        after_commit(effect)
    assert seen == [True]


def test_transactions_do_not_nest(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="nest"), transaction(), transaction():
        pass


def test_changes_outside_are_refused(app: Flask) -> None:
    db.session.add(count("outside"))
    with pytest.raises(RuntimeError, match="outside"), transaction():
        pass
    db.session.rollback()


@pytest.mark.both_databases
def test_nothing_is_written_outside_not_even_by_a_query_that_flushes(app: Flask) -> None:
    with transaction() as session:
        session.add(count("there"))
    row = db.session.get_one(RateCount, "there")
    accidents: list[Callable[[], object]] = [
        lambda: db.session.execute(db.delete(RateCount)),
        lambda: db.session.execute(db.insert(RateCount), [{"key": "new", "count": 1, "expires_at": 1}]),
        lambda: db.session.add(count("new")),
        lambda: setattr(row, "count", 99),
        lambda: db.session.delete(row),
    ]
    for accident in accidents:
        with pytest.raises(RuntimeError, match="outside"):
            accident()
            db.session.execute(db.select(RateCount)).all()
        db.session.rollback()
        assert [(found.key, found.count) for found in db.session.execute(db.select(RateCount)).scalars()] == [
            ("there", 1)
        ]
    row.count = 1  # nothing changes by that
    assert db.session.execute(db.select(RateCount)).scalars().all() == [row]


def test_rows_are_locked_only_inside(app: Flask) -> None:
    with pytest.raises(Conflict):
        locked(RateCount, RateCount.key == "x")


def test_every_write_transaction_takes_the_lock_first(app: Flask) -> None:
    statements: list[str] = []
    event.listen(db.engine, "checkout", lambda driver, *_rest: driver.set_trace_callback(statements.append))
    db.session.execute(text("SELECT 1"))
    with transaction() as session:
        session.add(count("traced"))
    begins = [statement for statement in statements if statement.startswith("BEGIN")]
    assert begins == ["BEGIN", "BEGIN IMMEDIATE"]
    first_write = next(index for index, statement in enumerate(statements) if statement.startswith("INSERT"))
    assert statements.index("BEGIN IMMEDIATE") < first_write


def increment(key: str) -> None:
    with transaction() as session:
        row = locked(RateCount, RateCount.key == key)
        assert row is not None
        value = row.count
        time.sleep(0.002)  # widen the gap in which a lost update would happen
        row.count = value + 1
        session.flush()


@pytest.mark.both_databases
def test_read_then_write_loses_nothing(app: Flask) -> None:
    with transaction() as session:
        session.add(count("shared"))
    results = run_in_threads(app, 12, lambda: [increment("shared") for _ in range(5)])
    assert not [result for result in results if isinstance(result, Exception)]
    db.session.rollback()
    assert db.session.get_one(RateCount, "shared").count == 61


def test_without_the_early_lock_sqlite_fails_at_once(app: Flask) -> None:
    """The control of the test above: deferred transactions that read first do fail under the same load."""

    def deferred() -> None:
        with db.engine.connect() as connection:
            value = connection.execute(text("SELECT count FROM rate_counts WHERE key = 'plain'")).scalar()
            time.sleep(0.002)
            connection.execute(text("UPDATE rate_counts SET count = :n WHERE key = 'plain'"), {"n": (value or 0) + 1})
            connection.commit()

    with transaction() as session:
        session.add(count("plain"))
    results = run_in_threads(app, 12, lambda: [deferred() for _ in range(5)])
    assert any("locked" in str(result) for result in results if isinstance(result, Exception))


def test_a_database_that_stays_locked_is_busy_not_broken(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "BUSY_TIMEOUT_MS", 400)  # five seconds on the site, see the settings below
    db.engine.dispose()
    with db.engine.connect() as other:
        other.exec_driver_sql("PRAGMA user_version")
        other.exec_driver_sql("COMMIT")
        other.exec_driver_sql("BEGIN IMMEDIATE")
        started = time.monotonic()
        with pytest.raises(Busy), transaction() as session:
            session.add(count("late"))
        assert 0.3 < time.monotonic() - started < 3
        other.exec_driver_sql("ROLLBACK")


def test_readers_do_not_wait_for_a_writer(app: Flask) -> None:
    with db.engine.connect() as writer:
        writer.exec_driver_sql("ROLLBACK")
        writer.exec_driver_sql("BEGIN IMMEDIATE")
        started = time.monotonic()
        assert db.session.execute(text("SELECT count(*) FROM rate_counts")).scalar() is not None
        assert time.monotonic() - started < 1
        writer.exec_driver_sql("ROLLBACK")


class Apart(DeclarativeBase):
    """Tables of these tests, unknown to the application."""


class Planted(Apart):
    """One with plain defaults."""

    __tablename__ = "planted_rows"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default="nameless")
    size: Mapped[int] = mapped_column(default=7)
    remark: Mapped[str | None]


class Dated(Apart):
    """One whose default is computed."""

    __tablename__ = "dated_rows"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=lambda: datetime.now(UTC))


@pytest.fixture
def planted(app: Flask) -> Iterator[None]:
    """The table, as long as the test lasts."""
    with db.engine.begin() as connection:
        Apart.metadata.tables["planted_rows"].create(connection)
    yield
    db.session.rollback()
    with db.engine.begin() as connection:
        Apart.metadata.tables["planted_rows"].drop(connection)


@pytest.mark.both_databases
@pytest.mark.usefixtures("planted")
def test_a_row_written_at_once_has_its_id_and_defaults_and_belongs_to_the_session(app: Flask) -> None:
    with transaction() as session:
        row = Planted(size=3)
        insert_now(row)  # type: ignore[arg-type]
        assert row.id is not None and (row.name, row.size, row.remark) == ("nameless", 3, None)
        assert session.get(Planted, row.id) is row, "the session knows it"
        row.remark = "changed"  # and writes what becomes of it
    found = db.session.execute(db.select(Planted.name, Planted.size, Planted.remark)).one()
    assert tuple(found) == ("nameless", 3, "changed")
    with pytest.raises(ValueError, match="stop"), transaction():
        insert_now(Planted(name="lost"))  # type: ignore[arg-type]
        raise ValueError("stop")
    assert db.session.execute(db.select(Planted.name)).scalars().all() == ["nameless"]


def test_a_row_whose_default_is_computed_is_refused(app: Flask) -> None:
    with pytest.raises(TypeError, match="computed"), transaction():
        insert_now(Dated())  # type: ignore[arg-type]


def most_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch, turnstile: Turnstile) -> int:
    """How many of eight threads are inside a write transaction at the same time, when ``turnstile`` lets them in."""
    monkeypatch.setattr(turns, "_turnstile", turnstile)
    inside, seen, guard = [0], [0], threading.Lock()

    def write() -> None:
        with transaction() as session:
            with guard:
                inside[0] += 1
                seen[0] = max(seen[0], inside[0])
            session.execute(text("SELECT pg_sleep(0.05)"))
            with guard:
                inside[0] -= 1

    assert not [result for result in run_in_threads(app, 8, write) if isinstance(result, Exception)]
    return seen[0]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_one_of_a_process_writes_at_a_time(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert most_at_once(app, monkeypatch, Turnstile(slow=5)) == 1
    assert most_at_once(app, monkeypatch, Turnstile(slow=0)) > 2, "the control: without the turns more of them do"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_waits_for_a_lock_does_not_keep_other_writers_out(app: Flask) -> None:
    """The one waits for a row that somebody outside has locked; another row of the same table can be written meanwhile."""
    with transaction() as session:
        session.add_all([count("held"), count("free")])
    with db.engine.connect() as outside:
        outside.execute(text("SELECT 1 FROM rate_counts WHERE key = 'held' FOR UPDATE"))
        slow = threading.Thread(target=lambda: run_in_threads(app, 1, lambda: increment("held")))
        slow.start()
        time.sleep(0.1)
        began = time.monotonic()
        (result,) = run_in_threads(app, 1, lambda: increment("free"))
        assert not isinstance(result, Exception) and time.monotonic() - began < 2
        assert slow.is_alive(), "it still waits"
        outside.rollback()
    slow.join()
    db.session.rollback()
    assert {db.session.get_one(RateCount, key).count for key in ("held", "free")} == {2}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_whoever_gets_no_turn_is_told_so(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_turnstile", Turnstile(slow=5))
    monkeypatch.setattr(database, "PATIENCE_SECONDS", 0.2)
    with transaction():
        (result,) = run_in_threads(app, 1, lambda: transaction().__enter__())
    assert isinstance(result, Busy)
    with transaction() as session:  # and the turn was given back
        session.add(count("after"))
