"""Storing the demonstration: rows in bulk, events chained in the order of time, in as few transactions
as memory allows."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, func, text
from sqlalchemy.orm import Session

from citizen.accounts.models import Person
from citizen.boards.models import BoardEntry
from citizen.cases.models import Appeal, Case, CaseReport, Check, Fix, Question
from citizen.certificates.models import Certificate
from citizen.core import clock
from citizen.core.audit import AuditHead, Event, chain, record
from citizen.core.content import content
from citizen.core.database import transaction
from citizen.core.errors import Conflict
from citizen.demo.book import Book
from citizen.demo.bulk import insert_rows
from citizen.demo.county import read_world
from citizen.demo.ledger import Ledger
from citizen.demo.plan import stories
from citizen.demo.rows import Scribe
from citizen.demo.showing import Showing
from citizen.demo.volunteering.bulk import Bulk
from citizen.demo.volunteering.ground import read_ground
from citizen.demo.volunteering.plan import Volunteering
from citizen.extensions import db
from citizen.photos.models import Photo
from citizen.projection.models import ReleasedFact
from citizen.projection.queries import BOARD, NEARBY
from citizen.projection.services import touch
from citizen.reports.models import Message, Report
from citizen.volunteers import models as volunteers

BATCH = 5_000
EVENTS = 20_000
MOST = 1_000_000
#: Every table that is filled, those that others point at first.
MODELS = (
    *(Report, Case, CaseReport, Question, Message, Fix, Check, Appeal, Photo, BoardEntry, ReleasedFact),
    *(Person, volunteers.Volunteer, volunteers.Team, volunteers.TeamMember, volunteers.Post, volunteers.ShiftTemplate),
    *(volunteers.Stop, volunteers.Shift, volunteers.Section, volunteers.Adoption, volunteers.Party),
    *(volunteers.Booking, volunteers.BookingEvent, volunteers.Attendance, volunteers.HoursRequest),
    *(volunteers.HoursEntry, volunteers.HoursNotice, volunteers.HoursObjection, Certificate),
)
TABLES: dict[str, Table] = {model.__tablename__: db.metadata.tables[model.__tablename__] for model in MODELS}
MARK = "demo.loaded"


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many reports were loaded, and how many events tell of them."""

    reports: int
    events: int


def is_loaded() -> bool:
    """Whether a load has come to its end on this database."""
    query = db.select(Event.id).where(Event.subject == "demo", Event.action == MARK).limit(1)
    return db.session.execute(query).first() is not None


def load(total: int, now: datetime, *, shifts: int = 0) -> Loaded:
    """Load ``total`` reports of the sixty days before ``now``, and the volunteering, with ``shifts`` more for measuring.

    Up to 5,000 reports without more shifts are stored by one transaction, or not at all; more take one transaction for each
    5,000, and a
    load that was interrupted can only be begun again on an empty database. Raises Conflict when there are
    reports.
    """
    if db.session.execute(db.select(Report.id).limit(1)).first() is not None:
        raise Conflict("This database holds reports already; the demonstration is loaded into an empty one.")
    with _without_collector():
        return _load(total, now, shifts)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Nothing here makes cycles, so looking for them over and over among millions of rows only costs time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _load(total: int, now: datetime, shifts: int) -> Loaded:
    world = read_world(content(), now)
    ledger = Ledger(_first_ids())
    book = Book(world, ledger, point_types=content().yaml("point_types.yaml")["point_types"])
    scribe = Scribe(book, prefix=content().site["report_prefix"])
    showing = Showing(world, ledger, total=total)
    told = Volunteering(read_ground(content(), world, now), ledger)
    told.tell()
    if shifts:
        for _done in Bulk(told, shifts).chunks():
            _store_rows(ledger)
    events = 0
    for story in stories(world, total):
        if len(ledger.rows["reports"]) >= BATCH:
            events += _store(ledger, before=story.received)
        showing.add(story, scribe.write(story))
    return Loaded(total, events + _store_rest(ledger, total))


def _first_ids() -> dict[str, int]:
    return {
        name: (db.session.execute(db.select(func.max(table.c.id))).scalar() or 0) + 1
        for name, table in TABLES.items()
        if "id" in table.c
    }


def _store_rows(ledger: Ledger) -> None:
    """Store the rows so far; their events wait for those that precede them."""
    with transaction() as session:
        _insert_rows(session.connection(), ledger.take())


def _store(ledger: Ledger, *, before: int) -> int:
    """Store the rows so far, and all events that nothing still to come can precede."""
    with transaction() as session:
        _insert_rows(session.connection(), ledger.take())
        return sum(_append(session, events) for events in _chunks(ledger, before))


def _store_rest(ledger: Ledger, total: int) -> int:
    """Store what is left, tell the databases which ids are taken, and mark the load as whole."""
    with transaction() as session:
        _insert_rows(session.connection(), ledger.take())
        if session.get_bind().dialect.name == "postgresql":
            for name, number in _first_ids().items():
                session.execute(
                    text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :number, false)"),
                    {"name": name, "number": number},
                )
        events = sum(_append(session, chunk) for chunk in _chunks(ledger, None))
        for surface in (BOARD, NEARBY):
            touch(surface)
        record(MARK, "demo", subject_id=1, detail={"reports": total})
        return events


def _chunks(ledger: Ledger, before: int | None) -> Iterator[list[dict[str, Any]]]:
    while events := ledger.events_before(before, EVENTS):
        yield events


def _append(session: Session, events: list[dict[str, Any]]) -> int:
    """Chain ``events`` behind the head, as `citizen.core.audit.append_rows` does, without an object
    for each row."""
    query = db.select(AuditHead).where(AuditHead.id == 1).with_for_update().execution_options(populate_existing=True)
    head = session.execute(query).scalar_one()
    chained = chain(events, head.last_id, last_hash=head.last_hash)
    insert_rows(session.connection(), db.metadata.tables[Event.__tablename__], chained)
    head.last_id, head.last_hash = chained[-1]["id"], chained[-1]["hash"]
    session.flush()
    return len(chained)


def _insert_rows(connection: Connection, rows: dict[str, list[dict[str, Any]]]) -> None:
    for name, table in TABLES.items():
        if rows.get(name):
            insert_rows(connection, table, rows[name])


def default_now() -> datetime:
    """The last nine o'clock in the county that has passed."""
    present = clock.local(clock.now())
    nine = present.replace(hour=9, minute=0, second=0, microsecond=0)
    return nine if nine <= present else nine - timedelta(days=1)
