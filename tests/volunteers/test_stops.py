"""Heat, storm: one act stops all posts of a time, tells everybody once, and goes on after a killed worker."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from citizen.core import clock, outbox, worker
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.core.outbox import Job
from citizen.extensions import db
from citizen.volunteers.jobs import stops as jobs
from citizen.volunteers.jobs.stops import look_after_stops
from citizen.volunteers.models import PostKind, Shift, Stop
from citizen.volunteers.queries.stops import Reach, preview, progress
from citizen.volunteers.rules.eligibility import Reason, Refused
from citizen.volunteers.rules.patterns import Pattern
from citizen.volunteers.services import moving, shifts, stops, templates
from citizen.volunteers.services.booking import Wish, book
from citizen.volunteers.services.places import lock_shift
from citizen.volunteers.services.stops import StopDraft
from citizen.volunteers.services.templates import TemplateDraft
from tests.volunteers.making import coordinator, fresh, make_booking, make_post, make_shift, make_volunteer


def reach(*, hours: tuple[float, float] = (0, 72), area: str | None = None, outdoors: bool = True) -> Reach:
    now = clock.now()
    return Reach(now + timedelta(hours=hours[0]), now + timedelta(hours=hours[1]), area, outdoors)


def call(wanted: Reach, reason: str = "heat", words: str = "高温橙色预警") -> Stop:
    with transaction():
        stop = stops.call_stop(StopDraft(reason, words, wanted), by=coordinator())
    return db.session.get_one(Stop, stop.id)


def told() -> int:
    keys = db.session.execute(db.select(Job.dedupe_key).where(Job.kind == "volunteers.say")).scalars()
    return sum(1 for key in keys if key and key.startswith("say:weather_stop:"))


def tell_all() -> None:
    """Run the stop's own jobs; what they write down for people is left alone."""
    for job in db.session.execute(db.select(Job).where(Job.kind == stops.JOB).order_by(Job.id)).scalars().all():
        jobs.tell_batch(job.payload)


REACHES: list[tuple[dict[str, Any], int]] = [
    ({}, 2),
    ({"outdoors": False}, 3),
    ({"area": "A1"}, 1),
    ({"hours": (50, 60)}, 0),
    ({"hours": (49.9, 50.5)}, 2),
]


def test_a_stop_reaches_its_time_its_area_and_its_kind_of_post(app: Flask) -> None:
    start = clock.now() + timedelta(hours=48)
    indoors = db.session.execute(db.select(PostKind.code).where(PostKind.outdoors.is_(False))).scalars().first()
    for post in (make_post(), make_post(area_code="A2"), make_post(str(indoors), area_code="A2")):
        make_shift(post, starts_at=start, hours=2)
    now = clock.now()
    found = [preview(reach(**more), now=now).shifts for more, _count in REACHES]
    assert found == [count for _more, count in REACHES]
    # Half-open: a stop that ends when a shift begins does not touch it.
    assert preview(Reach(now, start, None, False), now=now).shifts == 0
    call(reach())
    cancelled = db.session.execute(db.select(Shift).where(Shift.status == "cancelled")).scalars().all()
    assert len(cancelled) == 2 and all(row.stop_id and row.cancelled_at for row in cancelled)


@pytest.mark.both_databases
def test_nobody_can_book_from_then_on_and_everybody_is_told_once(app: Flask) -> None:
    shift, running = make_shift(capacity=1), make_shift(starts_in=-1, hours=3)
    first, waiting = make_booking(shift), make_booking(shift)
    asked = preview(reach(), now=clock.now())
    assert (asked.shifts, asked.people, [row.id for row in asked.running]) == (1, 2, [running.id])
    stop = call(reach())
    late = make_volunteer()
    with pytest.raises(Refused) as caught, transaction():
        book(Wish(shift.id, (late.id,), key="z" * 16), by=coordinator())
    assert caught.value.reason is Reason.CANCELLED
    assert progress([stop.id]) == {stop.id: (1, 2)}
    for _ in range(2):
        tell_all()
        look_after_stops({})
    assert {fresh(row).state for row in (first, waiting)} == {"cancelled_by_organiser"}
    assert (told(), progress([stop.id]), fresh(shift).taken) == (2, {stop.id: (1, 0)}, 0)
    assert fresh(running).status == "open"


@pytest.mark.both_databases
def test_a_killed_worker_leaves_off_and_another_goes_on(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stops, "BATCH", 2)
    post = make_post()
    rows = [make_shift(post, starts_in=30 + 3 * number) for number in range(5)]
    person = make_volunteer()
    bookings = [make_booking(row, person) for row in rows]
    call(reach(hours=(0, 100)))
    batches = db.session.execute(db.select(Job.payload).where(Job.kind == stops.JOB).order_by(Job.id)).scalars().all()
    assert [len(batch["shifts"]) for batch in batches] == [2, 2, 1]
    tell, seen = stops.tell_stopped, []

    def killed(shift_id: int) -> int:
        seen.append(shift_id)
        if len(seen) == 4:
            raise KeyboardInterrupt  # what ends a process; no handler of failures sees it
        return tell(shift_id)

    monkeypatch.setattr(jobs, "tell_stopped", killed)
    with pytest.raises(KeyboardInterrupt):
        for job in iter(outbox.lease, None):
            if job.kind == stops.JOB:
                outbox.run(job)
    assert [fresh(row).state for row in bookings].count("cancelled_by_organiser") == 3
    monkeypatch.setattr(jobs, "tell_stopped", tell)
    later = clock.now() + timedelta(minutes=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    worker.run_until_idle()
    assert {fresh(row).state for row in bookings} == {"cancelled_by_organiser"}
    assert told() == 5 and {fresh(row).taken for row in rows} == {0}


@pytest.mark.usefixtures("english")
def test_shifts_made_inside_a_stop_are_born_cancelled_until_it_is_lifted(app: Flask) -> None:
    post, first = make_post(), clock.today() + timedelta(days=1)
    stop = call(reach(hours=(0, 24 * 5)))
    wanted = Pattern(tuple(range(7)), "08:00", 120, 2, 1, first, first + timedelta(days=9))
    with transaction():
        template = templates.create_template(TemplateDraft(post.id, wanted), by=coordinator())
    rows = db.session.execute(db.select(Shift).where(Shift.template_id == template.id)).scalars().all()
    stopped = [row for row in rows if row.status == "cancelled"]
    assert 4 <= len(stopped) <= 6 and {row.stop_id for row in stopped} == {stop.id}
    noon = clock.now() + timedelta(hours=20)
    with pytest.raises(Conflict, match="stopped"), transaction():
        shifts.create_shift(shifts.ShiftDraft(post.id, noon, noon + timedelta(hours=2), 3), by=coordinator())
    free = make_shift(post, starts_in=24 * 7)
    with pytest.raises(Conflict, match="stopped"), transaction():
        moving.move_shift(lock_shift(free.id), noon, noon + timedelta(hours=2), by=coordinator())
    with transaction():
        stops.lift_stop(stop.id, by=coordinator())
    with transaction():
        shifts.create_shift(shifts.ShiftDraft(post.id, noon, noon + timedelta(hours=2), 3), by=coordinator())
    assert all(fresh(row).status == "cancelled" for row in stopped)
    with pytest.raises(Conflict, match="lifted"), transaction():
        stops.lift_stop(stop.id, by=coordinator())


def test_a_shift_that_slipped_in_beside_the_stop_is_cancelled_by_the_next_look(app: Flask) -> None:
    stop = call(reach())
    shift = make_shift()
    booking = make_booking(shift)
    look_after_stops({})
    assert (fresh(shift).status, fresh(shift).stop_id, fresh(booking).state) == (
        "cancelled",
        stop.id,
        "cancelled_by_organiser",
    )


def test_impossible_stops(app: Flask) -> None:
    for more, reason in (
        ({"hours": (2, 1)}, "heat"),
        ({"hours": (-5, -1)}, "heat"),
        ({"hours": (0, 24 * 15)}, "heat"),
        ({"hours": (0, 1)}, "snow"),
        ({"hours": (0, 1), "area": "A99"}, "heat"),
    ):
        with pytest.raises(InvalidInput):
            call(reach(**more), reason)
    assert db.session.execute(db.select(Stop)).first() is None
