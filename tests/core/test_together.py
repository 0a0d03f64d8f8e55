"""A row, its note and its counter: all of them or none, and on PostgreSQL by one statement."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import ForeignKey, event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from citizen.core.database import UtcDateTime, transaction
from citizen.core.outbox import Job, JobState, job_row
from citizen.core.together import Together
from citizen.extensions import db

MOMENT = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)


class Apart(DeclarativeBase):
    """Tables of these tests."""


class Shelf(Apart):
    """What counts its boxes."""

    __tablename__ = "shelves"

    id: Mapped[int] = mapped_column(primary_key=True)
    boxes: Mapped[int] = mapped_column(default=0)


class Box(Apart):
    """What is counted; one of each name."""

    __tablename__ = "boxes"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    size: Mapped[int] = mapped_column(default=7)
    packed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BoxNote(Apart):
    """What happened to a box."""

    __tablename__ = "box_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    box_id: Mapped[int] = mapped_column(ForeignKey("boxes.id"))
    words: Mapped[str]
    hint: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


_SHELVES = Shelf.__table__
COUNTS = db.update(_SHELVES).where(_SHELVES.c.id == db.bindparam("shelf")).values(boxes=db.bindparam("boxes_now"))
PACKED = Together(Box, note=BoxNote, refers="box_id", counts=COUNTS)  # type: ignore[arg-type]


def pack(name: str, *, now: int, job: dict[str, Any] | None = None) -> Box:
    box = Box(name=name, packed_at=MOMENT)
    said = {"words": f"packed {name}", "hint": None, "at": MOMENT}
    PACKED.write(box, note=said, counts={"shelf": 1, "boxes_now": now}, job=job)  # type: ignore[arg-type]
    return box


def jobs() -> list[Job]:
    return list(db.session.execute(db.select(Job).where(Job.kind == "tests.packed").order_by(Job.id)).scalars())


@pytest.fixture(autouse=True)
def shelf(app: Flask) -> Iterator[None]:
    """The tables with one shelf, as long as a test lasts."""
    with db.engine.begin() as connection:
        Apart.metadata.create_all(connection)
        connection.execute(_SHELVES.insert().values(id=1, boxes=0))
    yield
    db.session.rollback()
    with db.engine.begin() as connection:
        Apart.metadata.drop_all(connection)


def counted() -> int:
    db.session.rollback()
    return int(db.session.execute(text("SELECT boxes FROM shelves")).scalar_one())


@pytest.mark.both_databases
def test_row_note_and_counter_are_written_and_the_session_knows_the_row(app: Flask) -> None:
    with transaction() as session:
        first, second = pack("a", now=1), pack("b", now=2)
        assert first.id is not None and second.id not in (None, first.id)
        assert session.get(Box, first.id) is first
        assert (first.size, first.packed_at) == (7, MOMENT), "the default of what was not set"
        second.size = 9
    assert counted() == 2
    query = db.select(Box.name, Box.size, BoxNote.words, BoxNote.hint, BoxNote.at).join(BoxNote).order_by(Box.id)
    assert list(map(tuple, db.session.execute(query))) == [
        ("a", 7, "packed a", None, MOMENT),
        ("b", 9, "packed b", None, MOMENT),
    ]


@pytest.mark.both_databases
def test_what_one_of_the_three_forbids_is_not_done_by_the_others(app: Flask) -> None:
    with transaction():
        pack("a", now=1)
    with pytest.raises(IntegrityError), transaction():
        pack("a", now=2)
    assert counted() == 1
    assert db.session.execute(db.select(db.func.count()).select_from(BoxNote)).scalar() == 1


@pytest.mark.both_databases
def test_the_job_goes_along_once_and_is_as_any_other(app: Flask) -> None:
    with transaction():
        pack("a", now=1, job=job_row("tests.packed", {"box": "a"}, dedupe_key="packed:1"))
        pack("b", now=2, job=job_row("tests.packed", {"box": "b"}, dedupe_key="packed:1"))
        pack("c", now=3)
    (job,) = jobs()
    assert (job.payload, job.state, job.attempts, job.dedupe_key) == ({"box": "a"}, JobState.READY, 0, "packed:1")
    assert job.run_at == job.created_at and job.leased_until is None
    assert counted() == 3, "a job that is there already stops nothing"


@pytest.mark.both_databases
def test_the_job_of_what_was_not_written_is_not_there(app: Flask) -> None:
    with transaction():
        pack("a", now=1)
    with pytest.raises(IntegrityError), transaction():
        pack("a", now=2, job=job_row("tests.packed", {}, dedupe_key=None))
    db.session.rollback()
    assert jobs() == []


@pytest.mark.both_databases
@pytest.mark.parametrize("telling", [False, True])
def test_postgresql_is_sent_one_statement(app: Flask, telling: bool) -> None:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    with transaction():
        job = job_row("tests.packed", {}) if telling else None
        pack("a", now=1)  # the transaction has begun
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            pack("b", now=2, job=job)
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
    assert len(seen) == (1 if db.engine.dialect.name == "postgresql" else 3 + telling), seen
