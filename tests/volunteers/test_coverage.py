"""Minutes in which a post stood empty, and which week a day belongs to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from citizen.core import clock
from citizen.core.database import transaction
from citizen.volunteers.models import Attendance
from citizen.volunteers.queries.board import covered
from citizen.volunteers.rules.call_up import fitness, time_code
from citizen.volunteers.rules.coverage import Coverage, coverage, monday_of
from tests.volunteers.making import fresh, make_booking, make_shift

START = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("presences", "needed", "empty", "short"),
    [
        ([], 2, 120, 120),
        ([(0, 120)], 1, 0, 0),
        ([(0, 120)], 2, 0, 120),
        ([(-10, 130), (-5, 200)], 2, 0, 0),
        ([(30, 90)], 1, 60, 60),
        ([(0, 60), (60, 120)], 1, 0, 0),
        ([(0, 60), (61, 120)], 1, 1, 1),
        ([(0, 120), (60, 120)], 2, 0, 60),
        ([(0, 40), (20, 60), (50, 120)], 2, 0, 90),
        ([(120, 180), (-60, 0)], 1, 120, 120),
        ([(50, 50)], 1, 120, 120),
        ([(0, 119.5)], 1, 0, 0),
        ([(20, 100)], 0, 40, 0),
    ],
)
def test_empty_and_short_minutes(presences: list[tuple[float, float]], needed: int, empty: int, short: int) -> None:
    found = coverage((at(0), at(120)), [(at(a), at(b)) for a, b in presences], needed=needed)
    assert (found.minutes, found.empty, found.short) == (120, empty, short)


def test_coverage_is_summed_and_knows_nothing_of_shifts_that_have_not_begun() -> None:
    assert Coverage(120, 30, 60) + Coverage(60, 15, 15) == Coverage(180, 45, 75)
    assert coverage((at(0), at(-5)), [], needed=1) == Coverage()
    assert (Coverage().share, Coverage(180, 45, 75).share) == (0, 25)


def test_weeks_begin_on_monday() -> None:
    assert [monday_of(date(2026, 8, day)) for day in (30, 31)] == [date(2026, 8, 24), date(2026, 8, 31)]


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (datetime(2026, 9, 4, 3, 59, tzinfo=UTC), "workday_morning"),
        (datetime(2026, 9, 4, 4, 0, tzinfo=UTC), "workday_afternoon"),
        (datetime(2026, 9, 4, 10, 0, tzinfo=UTC), "workday_evening"),
        (datetime(2026, 9, 4, 16, 0, tzinfo=UTC), "weekend_morning"),
    ],
)
def test_the_time_of_the_week_is_the_countys(moment: datetime, code: str) -> None:
    assert time_code(moment) == code


def test_the_area_counts_more_than_the_time() -> None:
    ranks = [
        fitness(areas=areas, times=times, area="A1", time="weekend_morning")
        for areas, times in ((["A1"], ["weekend_morning"]), (["A1"], []), ([], ["weekend_morning"]), ([], []))
    ]
    assert ranks == sorted(ranks, reverse=True) and len(set(ranks)) == 4


@pytest.mark.both_databases
def test_a_posts_minutes_come_from_its_sign_ins(app: Flask) -> None:
    shift = make_shift(starts_in=2, hours=2, capacity=3, min_needed=2)
    first, second = make_booking(shift), make_booking(shift)
    begin = fresh(shift).starts_at
    with transaction() as session:
        for booking, came, went in ((first, -5, 60), (second, 30, None)):
            session.add(_mark(booking.id, "in", begin + timedelta(minutes=came)))
            if went is not None:
                session.add(_mark(booking.id, "out", begin + timedelta(minutes=went)))
            session.merge(booking).state = "attended"
    shift = fresh(shift)
    # Nobody is missing in the last hour: the second one never signed out and counts until the end.
    assert covered([shift], now=shift.ends_at)[shift.post_id] == Coverage(120, 0, 90)
    assert covered([shift], now=begin + timedelta(minutes=30))[shift.post_id] == Coverage(30, 0, 30)
    assert covered([shift], now=clock.now()) == {}


def _mark(booking_id: int, direction: str, at: datetime) -> Attendance:
    return Attendance(
        booking_id=booking_id, direction=direction, method="qr", at=at, received_at=at, nonce=f"{booking_id}{direction}"
    )
