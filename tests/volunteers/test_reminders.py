"""Reminders: on the eve and two hours before, once, and only while they are true."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from citizen.core import clock, outbox, worker
from citizen.core.database import transaction
from citizen.core.outbox import Job
from citizen.extensions import db
from citizen.volunteers.jobs.reminders import send_reminders
from citizen.volunteers.models import Booking, Shift, Volunteer
from citizen.volunteers.rules.reminders import Reminder, due, eve_of
from citizen.volunteers.services.booking import Wish, book, cancel
from citizen.volunteers.services.moving import move_shift
from citizen.volunteers.services.places import lock_shift
from citizen.volunteers.services.shifts import cancel_shift
from tests.volunteers.making import by, coordinator, make_booking, make_post, make_shift, make_volunteer

#: Nine in the morning of a Thursday in the county.
START = datetime(2026, 9, 3, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVE = START - 15 * HOUR


class Watch:
    """A clock that stands where it is put."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moment = START - timedelta(days=5)
        monkeypatch.setattr(clock, "now", lambda: self.moment)

    def at(self, moment: datetime) -> list[str]:
        """What the worker does at ``moment``; returns the reminders that were written by then."""
        self.moment = moment
        worker.schedule(moment)
        worker.run_until_idle()
        return told()


@pytest.fixture
def watch(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Watch:
    only = {kind: gap for kind, gap in worker.periodic.items() if kind.endswith("send_reminders")}
    assert len(only) == 1
    monkeypatch.setattr(worker, "periodic", only)
    return Watch(monkeypatch)


def told() -> list[Any]:
    """The keys of the reminders that were written to anybody, in order."""
    query = db.select(Job.dedupe_key).where(Job.dedupe_key.startswith("tell:reminder:")).order_by(Job.id)
    db.session.rollback()
    return [key.split(":")[2] for key in db.session.execute(query).scalars()]


def booked(**more: Any) -> tuple[Booking, Shift, Volunteer]:
    shift, me = make_shift(starts_at=START, **more), make_volunteer()
    return make_booking(shift, me), shift, me


@pytest.mark.parametrize(
    ("sure", "now", "expected"),
    [
        (-100, -15.1, None),
        (-100, -15, Reminder.EVE),
        (-100, -2.01, Reminder.EVE),
        (-100, -2, Reminder.SHORTLY),
        (-100, -0.01, Reminder.SHORTLY),
        (-100, 0, None),
        (-100, 1, None),
        (-14, -13, None),  # booked after six on the eve
        (-14, -2, Reminder.SHORTLY),
        (-2, -2, Reminder.SHORTLY),
        (-1, -0.5, None),  # booked one hour before
    ],
)
def test_when_a_reminder_is_due(sure: float, now: float, expected: Reminder | None) -> None:
    assert due(START, sure_since=START + sure * HOUR, now=START + now * HOUR) is expected


def test_an_evening_shift_booked_late_on_the_eve_is_reminded_a_day_before() -> None:
    start = datetime(2026, 9, 3, 14, 0, tzinfo=UTC)  # ten in the evening
    assert eve_of(start) == datetime(2026, 9, 2, 10, 0, tzinfo=UTC)
    sure = eve_of(start) + HOUR
    assert due(start, sure_since=sure, now=start - timedelta(hours=24, minutes=1)) is None
    assert due(start, sure_since=sure, now=start - timedelta(hours=24)) is Reminder.EVE


def test_both_reminders_once_each(watch: Watch) -> None:
    booked()
    assert watch.at(EVE - HOUR) == []
    assert watch.at(EVE) == ["eve"]
    for minutes in (1, 5, 6, 60):
        assert watch.at(EVE + timedelta(minutes=minutes)) == ["eve"]
    send_reminders({})
    assert told() == ["eve"]
    assert watch.at(START - 2 * HOUR) == ["eve", "shortly"]
    assert watch.at(START - HOUR) == ["eve", "shortly"]
    assert watch.at(START + HOUR) == ["eve", "shortly"]
    text = db.session.execute(db.select(Job).where(Job.dedupe_key.startswith("tell:reminder:eve:"))).scalar_one()
    assert text.kind == "notifications.send"


def test_a_worker_that_slept_catches_up_with_what_is_still_to_come(watch: Watch) -> None:
    booked()
    assert watch.at(EVE + 3 * HOUR) == ["eve"]
    assert watch.at(START - timedelta(minutes=1)) == ["eve", "shortly"]


def test_a_worker_that_slept_through_says_nothing_after_the_start(watch: Watch) -> None:
    booked()
    assert watch.at(START) == []
    assert watch.at(START + HOUR) == []


def test_what_was_written_down_before_the_start_is_not_told_after_it(watch: Watch) -> None:
    booked()
    watch.moment = START - HOUR
    send_reminders({})
    said = db.select(db.func.count()).select_from(Job).where(Job.dedupe_key.startswith("say:reminder:"))
    assert db.session.execute(said).scalar_one() == 1, "control"
    watch.moment = START
    worker.run_until_idle()
    assert told() == []


def test_only_the_latest_when_both_were_missed(watch: Watch) -> None:
    booked()
    assert watch.at(START - HOUR) == ["shortly"]


@pytest.mark.parametrize("what", ["waiting", "cancelled", "called off", "unwanted", "late"])
def test_who_is_not_reminded(watch: Watch, what: str) -> None:
    if what == "late":
        watch.moment = START - HOUR
    booking, shift, me = booked(capacity=1)
    other = make_booking(shift)  # waits
    assert other.state == "waiting"
    if what in ("cancelled", "waiting"):
        with transaction():
            cancel(booking.id if what == "cancelled" else other.id, by=by(me))
    if what == "called off":
        with transaction():
            cancel_shift(lock_shift(shift.id), words="大风", by=coordinator())
    if what == "unwanted":
        with transaction() as session:
            session.get_one(Volunteer, me.id).reminders = False
    expected = ["shortly"] if what == "waiting" else []
    assert watch.at(START - timedelta(minutes=30)) == expected


def test_a_moved_shift_has_a_reminder_for_its_new_time(watch: Watch) -> None:
    _booking, shift, _me = booked()
    assert watch.at(EVE) == ["eve"]
    new = START + timedelta(days=2)
    with transaction():
        move_shift(lock_shift(shift.id), new, new + 2 * HOUR, by=coordinator())
    assert watch.at(START - 2 * HOUR) == ["eve"], "none for the old time"
    assert watch.at(eve_of(new)) == ["eve", "eve"]
    assert watch.at(new - 2 * HOUR) == ["eve", "eve", "shortly"]


def test_a_guardian_with_children_is_reminded_once(watch: Watch) -> None:
    me = make_volunteer()
    children = [make_volunteer(guardian_id=me.id, age=age) for age in (8, 10)]
    shift = make_shift(make_post("env_steward"), starts_at=START)
    with transaction():
        book(Wish(shift.id, (me.id, *(child.id for child in children)), key="family"), by=by(me))
    assert watch.at(EVE) == ["eve"]


def test_a_reminder_says_when_and_where(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setitem(outbox.handlers, "notifications.send", sent.append)
    booked()
    watch.at(EVE)
    mail = next(row for row in sent if "提醒" in row["subject"])
    assert "09:00–11:00" in mail["text"] and "人民公园东门" in mail["text"] and "9月3日" in mail["text"]
