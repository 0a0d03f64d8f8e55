"""Weekly patterns: shifts made once for each day, kept when changed by hand, and what a changed pattern does to them."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.volunteers.jobs.templates import make_coming_shifts
from citizen.volunteers.models import Booking, Shift, ShiftTemplate
from citizen.volunteers.queries.templates import holidays_in, pattern_of
from citizen.volunteers.rules.patterns import Change, Made, Pattern, Step, ensure_pattern, plan
from citizen.volunteers.rules.shifts import HORIZON
from citizen.volunteers.services import shifts, templates
from citizen.volunteers.services.places import lock_shift
from citizen.volunteers.services.templates import TemplateDraft
from tests.volunteers.making import coordinator, fresh, make_booking, make_post, make_shift

EVERY_DAY = tuple(range(7))
MONDAY = date(2026, 9, 7)


def pattern(**changes: Any) -> Pattern:
    values: dict[str, Any] = {
        "weekdays": EVERY_DAY,
        "starts": "08:00",
        "minutes": 120,
        "capacity": 2,
        "min_needed": 1,
        "from_day": MONDAY,
        "until_day": MONDAY + timedelta(days=20),
        **changes,
    }
    return Pattern(**values)


def soon(**changes: Any) -> Pattern:
    """A pattern of the next ten days from tomorrow on."""
    first = clock.today() + timedelta(days=1)
    return pattern(**{"from_day": first, "until_day": first + timedelta(days=9), **changes})


def make_template(wanted: Pattern, **more: Any) -> ShiftTemplate:
    draft = TemplateDraft(make_post().id, wanted, **more)
    with transaction():
        template = templates.create_template(draft, by=coordinator())
    return db.session.get_one(ShiftTemplate, template.id)


def made(template: ShiftTemplate) -> list[Shift]:
    db.session.rollback()
    query = db.select(Shift).where(Shift.template_id == template.id).order_by(Shift.template_day)
    return list(db.session.execute(query).scalars())


def change(template: ShiftTemplate, new: Pattern, *, move_booked: bool = False) -> dict[Step, int]:
    with transaction():
        row = templates.lock_template(template.id)
        return dict(templates.edit_template(row, new, move_booked=move_booked, by=coordinator()))


@pytest.mark.parametrize(
    ("changes", "days"),
    [
        ({}, 21),
        ({"weekdays": (0,)}, 3),
        ({"weekdays": (5, 6)}, 6),
        ({"weekdays": (0,), "exceptions": frozenset({MONDAY, MONDAY + timedelta(days=1)})}, 2),
        ({"until_day": MONDAY}, 1),
    ],
)
def test_the_days_of_a_pattern(changes: dict[str, Any], days: int) -> None:
    assert len(pattern(**changes).days(MONDAY - timedelta(days=9), MONDAY + timedelta(days=99))) == days


def test_over_midnight_the_shift_ends_on_the_next_day_and_is_as_long_as_it_says() -> None:
    start, end = pattern(starts="22:00", minutes=240).span(MONDAY)
    assert (start.astimezone(UTC), end.astimezone(UTC)) == (
        datetime(2026, 9, 7, 14, 0, tzinfo=UTC),
        datetime(2026, 9, 7, 18, 0, tzinfo=UTC),
    )
    # No zone change of the northern hemisphere's autumn touches the county's clock.
    lengths = {pattern(starts="01:30").span(MONDAY + timedelta(days=n))[0].astimezone(UTC).time() for n in range(120)}
    assert len(lengths) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"weekdays": ()}, "weekdays"),
        ({"minutes": 29}, "minutes"),
        ({"minutes": 961}, "minutes"),
        ({"capacity": 0}, "capacity"),
        ({"min_needed": 3}, "min_needed"),
        ({"until_day": MONDAY - timedelta(days=1)}, "until_day"),
        ({"until_day": MONDAY + timedelta(days=367)}, "until_day"),
    ],
)
def test_impossible_patterns(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        ensure_pattern(pattern(**changes))
    assert caught.value.field == field


NOW = datetime(2026, 9, 7, 1, 0, tzinfo=UTC)


def shift_of(day: date, old: Pattern, **changes: Any) -> Made:
    values = Made(1, day, old.span(day), old.capacity, old.min_needed, booked=0, closed=False)
    return dataclasses.replace(values, **changes)


@pytest.mark.parametrize(
    ("changes", "shift", "step"),
    [
        ({}, {}, Step.SAME),
        ({"starts": "09:00"}, {}, Step.FOLLOW),
        ({"capacity": 5}, {}, Step.FOLLOW),
        ({"starts": "09:00"}, {"booked": 2}, Step.BOOKED),
        ({"starts": "09:00"}, {"capacity": 9}, Step.OWN),
        ({"starts": "09:00"}, {"capacity": 9, "booked": 1}, Step.OWN),
        ({"weekdays": (6,)}, {}, Step.DROP),
        ({"weekdays": (6,)}, {"booked": 1}, Step.LEFT),
        ({"weekdays": (6,)}, {"capacity": 9}, Step.OWN),
        ({"starts": "09:00"}, {"closed": True}, None),
    ],
)
def test_what_a_changed_pattern_does_to_a_shift(
    changes: dict[str, Any], shift: dict[str, Any], step: Step | None
) -> None:
    old = pattern(weekdays=(1,))
    tuesday = MONDAY + timedelta(days=1)
    found = plan(
        old, pattern(**{"weekdays": (1,), **changes}), [shift_of(tuesday, old, **shift)], now=NOW, last=tuesday
    )
    assert [change.step for change in found if change.day == tuesday] == ([step] if step else [])


def test_a_new_time_that_is_past_today_makes_no_shift_begin_in_the_past() -> None:
    old = pattern(weekdays=(0,), starts="18:00")
    new = pattern(weekdays=(0,), starts="06:00")
    assert plan(old, new, [shift_of(MONDAY, old)], now=NOW, last=MONDAY) == [Change(Step.DROP, MONDAY, 1)]
    assert plan(old, new, [], now=NOW, last=MONDAY) == []
    assert plan(old, None, [shift_of(MONDAY, old, booked=1)], now=NOW, last=MONDAY) == [Change(Step.LEFT, MONDAY, 1, 1)]


@pytest.mark.both_databases
def test_making_twice_makes_nothing_new_and_keeps_what_was_changed(app: Flask) -> None:
    template = make_template(soon(starts="22:00", minutes=240))
    rows = made(template)
    assert len(rows) == 10 and {row.minutes for row in rows} == {240}
    booking = make_booking(rows[0])
    with transaction():
        shifts.set_capacity(lock_shift(rows[0].id), 7, by=coordinator())
        shifts.cancel_shift(lock_shift(rows[1].id), "学校放假", by=coordinator())
    make_coming_shifts({})
    make_coming_shifts({})
    again = made(template)
    assert [row.id for row in again] == [row.id for row in rows]
    assert (again[0].capacity, again[1].status, fresh(booking).state) == (7, "cancelled", "confirmed")


def test_the_daily_job_makes_shifts_to_the_horizon_and_not_beyond(app: Flask) -> None:
    today = clock.today()
    template = make_template(soon(until_day=today + timedelta(days=200)))
    with transaction() as session:
        late = db.select(Shift.id).where(Shift.template_day > today + timedelta(days=30))
        session.execute(db.delete(Shift).where(Shift.id.in_(late)))
    make_coming_shifts({})
    assert max(row.template_day for row in made(template) if row.template_day) == today + HORIZON
    closed = make_template(soon())
    with transaction():
        templates.end_template(templates.lock_template(closed.id), by=coordinator())
    make_coming_shifts({})
    assert made(closed) == []


@pytest.mark.both_databases
def test_shifts_that_nobody_booked_follow_and_booked_ones_only_when_the_coordinator_says_so(app: Flask) -> None:
    template = make_template(soon())
    rows = made(template)
    booking = make_booking(rows[2])
    new = dataclasses.replace(
        pattern_of(fresh(template)), starts="10:00", capacity=1, exceptions=frozenset({rows[3].template_day})
    )
    assert change(template, new) == {Step.FOLLOW: 8, Step.BOOKED: 1, Step.DROP: 1}
    after = {row.template_day: row for row in made(template)}
    assert rows[3].template_day not in after
    assert {clock.local(row.starts_at).hour for day, row in after.items() if day != rows[2].template_day} == {10}
    assert clock.local(after[rows[2].template_day].starts_at).hour == 8
    # Once more, with the tick: the old pattern is the new one now, so the shift that stayed counts as changed by hand.
    assert change(template, dataclasses.replace(new, starts="11:00"), move_booked=True)[Step.OWN] == 1
    assert fresh(booking).ask_again is False


@pytest.mark.both_databases
def test_booked_shifts_are_moved_by_the_rules_of_moving(app: Flask) -> None:
    template = make_template(soon())
    row = made(template)[0]
    first, second = make_booking(row), make_booking(row)
    new = dataclasses.replace(pattern_of(fresh(template)), starts="10:00", capacity=1)
    assert change(template, new, move_booked=True)[Step.BOOKED] == 1
    moved = fresh(row)
    assert (clock.local(moved.starts_at).hour, moved.capacity, moved.taken) == (10, 2, 2)
    assert fresh(first).ask_again and fresh(second).ask_again
    assert fresh(template).version == 2


@pytest.mark.usefixtures("english")
def test_an_ended_pattern_leaves_booked_shifts_and_takes_no_more_changes(app: Flask) -> None:
    template = make_template(soon())
    row = made(template)[4]
    booking = make_booking(row)
    with transaction():
        steps = templates.end_template(templates.lock_template(template.id), by=coordinator())
    assert steps == {Step.DROP: 9, Step.LEFT: 1}
    assert [shift.id for shift in made(template)] == [row.id] and fresh(booking).state == "confirmed"
    with pytest.raises(Conflict, match="ended"):
        templates.ensure_version(fresh(template), fresh(template).version)


def test_a_shift_with_past_bookings_is_never_deleted(app: Flask) -> None:
    template = make_template(soon())
    row = made(template)[0]
    booking = make_booking(row)
    with transaction() as session:
        session.merge(booking).state = "cancelled"
        session.merge(row).taken = 0
    with transaction():
        templates.end_template(templates.lock_template(template.id), by=coordinator())
    assert [(shift.id, shift.status) for shift in made(template)] == [(row.id, "cancelled")]
    assert db.session.get(Booking, booking.id) is not None


def test_drawn_patterns_announce_the_draw_where_there_is_time_for_one(app: Flask) -> None:
    rows = made(make_template(soon(), drawn=True))
    drawn = [row.draw_at is not None for row in rows]
    assert drawn[:4] == [False] * 4 and drawn[5:] == [True] * 5  # the fifth depends on the hour of today
    assert rows[-1].draw_at == rows[-1].starts_at - timedelta(days=5) and rows[-1].draw_seed


def test_the_countys_holidays_are_found_in_the_pattern(app: Flask) -> None:
    holiday = min(directory().calendar.holidays)
    wanted = pattern(from_day=holiday - timedelta(days=1), until_day=holiday + timedelta(days=1))
    assert holiday in holidays_in(wanted, holiday - timedelta(days=5))
    without = dataclasses.replace(wanted, exceptions=frozenset(directory().calendar.holidays))
    assert holidays_in(without, holiday - timedelta(days=5)) == []


def test_last_week_is_copied_once(app: Flask) -> None:
    post = make_post()
    monday = clock.today() - timedelta(days=clock.today().weekday())
    start = datetime(monday.year, monday.month, monday.day, 22, 0, tzinfo=clock.COUNTY_ZONE)
    for day, more in ((0, {"note": "带水"}), (5, {}), (6, {"status": "cancelled"})):
        make_shift(post, starts_at=start + timedelta(days=day), hours=4, capacity=4, **more)
    next_week = monday + timedelta(days=8)
    for expected in (2, 0):
        with transaction():
            copies = templates.copy_last_week(post.id, next_week, by=coordinator())
        assert len(copies) == expected
    rows = db.session.execute(
        db.select(Shift).where(Shift.starts_at >= start + timedelta(days=7)).order_by(Shift.starts_at)
    )
    assert [(row.note, row.minutes, row.taken, row.template_id) for row in rows.scalars()] == [
        ("带水", 240, 0, None),
        ("", 240, 0, None),
    ]
