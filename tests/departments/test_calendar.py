"""The working calendar: 2026 as published, rules that hold for any start, and the words for what is left."""

import datetime as dt
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citizen.core.errors import InvalidInput
from citizen.departments.calendar import (
    ALL_YEAR,
    SHANGHAI,
    Clock,
    Remaining,
    Season,
    WorkingCalendar,
    calendar_from_rows,
    remaining,
)

ROWS = [
    {"date": "2026-01-01", "kind": "holiday"},
    {"date": "2026-01-02", "kind": "holiday", "status": "confirmed"},
    {"date": "2026-01-04", "kind": "make_up_workday"},
    *({"date": f"2026-10-{day:02d}", "kind": "holiday"} for day in range(1, 8)),
    {"date": "2026-09-20", "kind": "make_up_workday"},
    {"date": "2026-10-10", "kind": "make_up_workday"},
    {"date": "2027-01-01", "kind": "holiday", "status": "provisional"},
]
CALENDAR = calendar_from_rows(ROWS, "2026-1")
SUMMER = Season((6, 1), (9, 30), ((dt.time(8), dt.time(12)), (dt.time(15), dt.time(18))))
WINTER = Season((10, 1), (5, 31), ((dt.time(9), dt.time(12)), (dt.time(14), dt.time(17))))
SEASONAL = calendar_from_rows(ROWS, "2026-2", (SUMMER, WINTER))

moments = st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2029, 1, 1), timezones=st.just(dt.UTC))
minutes = st.integers(1, 40_000)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-10-08", True),
        ("2026-10-05", False),
        ("2026-10-10", True),  # a make-up Saturday
        ("2026-09-20", True),  # a make-up Sunday
        ("2026-10-11", False),
        ("2027-01-01", False),  # provisional, but known
        ("2030-10-01", True),  # past the calendar only weekends are off
        ("2030-10-05", False),
    ],
)
def test_working_days(day: str, works: bool) -> None:
    assert CALENDAR.is_working_day(dt.date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        ("2026-08-31T09:00", 60, "2026-08-31T10:00"),
        ("2026-08-31T11:30", 60, "2026-08-31T14:30"),  # over the noon break
        ("2026-08-31T08:30", 210, "2026-08-31T12:00"),  # ends with the period, not after the break
        ("2026-08-31T17:00", 60, "2026-09-01T09:00"),  # over the night
        ("2026-08-31T22:00", 1, "2026-09-01T08:31"),
        ("2026-09-30T17:00", 60, "2026-10-08T09:00"),  # over the holiday week
        ("2026-10-09T17:00", 60, "2026-10-10T09:00"),  # into a make-up Saturday
        ("2026-10-10T17:00", 60, "2026-10-12T09:00"),
        ("2026-10-03T03:00", 0, "2026-10-03T03:00"),
    ],
)
def test_adding_working_minutes(start: str, amount: int, end: str) -> None:
    assert CALENDAR.add_working_minutes(at(start), amount) == at(end)


def test_seasons_change_the_hours() -> None:
    assert SEASONAL.add_working_minutes(at("2026-09-30T17:30"), 60) == at("2026-10-08T09:30")
    assert SEASONAL.add_working_minutes(at("2026-08-31T12:30"), 30) == at("2026-08-31T15:30")


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-08-31T09:00", 1, "2026-09-01T17:30"),
        ("2026-08-31T23:59", 1, "2026-09-01T17:30"),
        ("2026-09-30T09:00", 1, "2026-10-08T17:30"),
        ("2026-10-03T09:00", 2, "2026-10-09T17:30"),
        ("2026-10-08T09:00", 3, "2026-10-12T17:30"),
    ],
)
def test_adding_working_days(start: str, days: int, end: str) -> None:
    assert CALENDAR.add_working_days(at(start), days) == at(end)


def test_one_door_for_the_three_clocks() -> None:
    start = at("2026-09-30T17:00")
    assert CALENDAR.add(start, 1.5, Clock.WORKING_HOURS) == at("2026-10-08T09:30")
    assert CALENDAR.add(start, 1, Clock.WORKING_DAYS) == at("2026-10-08T17:30")
    assert CALENDAR.add(start, 24, Clock.CALENDAR_HOURS) == at("2026-10-01T17:00")
    assert CALENDAR.add(start, 24, Clock.CALENDAR_HOURS).tzinfo is dt.UTC


@given(moments, minutes)
def test_what_is_added_is_between(start: dt.datetime, amount: int) -> None:
    for calendar in (CALENDAR, SEASONAL):
        end = calendar.add_working_minutes(start, amount)
        assert calendar.working_minutes_between(start, end) == amount
        assert calendar.is_working_day(end.astimezone(SHANGHAI).date())
        assert any(opens < end <= closes for opens, closes in calendar.spans(end.astimezone(SHANGHAI).date()))


@given(moments, moments, minutes, minutes)
def test_later_and_longer_never_end_earlier(one: dt.datetime, two: dt.datetime, few: int, many: int) -> None:
    one, two = sorted((one, two))
    few, many = sorted((few, many))
    assert SEASONAL.add_working_minutes(one, few) <= SEASONAL.add_working_minutes(two, few)
    assert SEASONAL.add_working_minutes(one, few) <= SEASONAL.add_working_minutes(one, many)


@given(moments, minutes, minutes)
def test_adding_twice_is_adding_the_sum(start: dt.datetime, first: int, second: int) -> None:
    middle = SEASONAL.add_working_minutes(start, first)
    assert SEASONAL.add_working_minutes(middle, second) == SEASONAL.add_working_minutes(start, first + second)


@given(moments, st.integers(1, 60))
def test_day_deadlines_end_on_working_days_and_count_them(start: dt.datetime, days: int) -> None:
    end = CALENDAR.add_working_days(start, days).astimezone(SHANGHAI)
    first = start.astimezone(SHANGHAI).date()
    between = [first + dt.timedelta(days=number) for number in range(1, (end.date() - first).days + 1)]
    assert sum(map(CALENDAR.is_working_day, between)) == days
    assert CALENDAR.is_working_day(end.date())


@given(moments, moments)
def test_between_is_never_negative_nor_more_than_the_clock(one: dt.datetime, two: dt.datetime) -> None:
    one, two = sorted((one, two))
    assert CALENDAR.working_minutes_between(two, one) == 0
    assert 0 <= CALENDAR.working_minutes_between(one, two) <= (two - one) / dt.timedelta(minutes=1)


def test_the_zone_of_the_server_does_not_matter() -> None:
    program = (
        "import datetime as dt; from tests.departments.test_calendar import CALENDAR, at;"
        "print(CALENDAR.add_working_minutes(at('2026-08-31T17:00'), 60).isoformat())"
    )
    root = Path(__file__).parents[2]
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "TZ": zone},
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for zone in ("UTC", "America/Los_Angeles", "Pacific/Auckland")
    }
    assert answers == {"2026-09-01T01:00:00+00:00"}


def test_long_spans_are_quick() -> None:
    start = at("2026-01-01T00:00")
    CALENDAR.working_minutes_between(start, start + dt.timedelta(days=3650))
    began = time.process_time()
    CALENDAR.working_minutes_between(start, start + dt.timedelta(days=3650))
    CALENDAR.add_working_days(start, 2500)
    assert time.process_time() - began < 0.1


@pytest.mark.parametrize("amount", [-1, float("nan"), float("inf"), 10**9])
@pytest.mark.parametrize("clock", list(Clock))
def test_unreasonable_limits_are_refused(amount: float, clock: Clock) -> None:
    with pytest.raises(InvalidInput):
        CALENDAR.add(at("2026-08-31T09:00"), amount, clock)


def test_a_working_day_is_whole_and_at_least_one() -> None:
    for amount in (0, 0.5):
        with pytest.raises(InvalidInput):
            CALENDAR.add(at("2026-08-31T09:00"), amount, Clock.WORKING_DAYS)


def test_naive_times_are_a_programming_error() -> None:
    with pytest.raises(ValueError, match="aware"):
        CALENDAR.add_working_minutes(dt.datetime(2026, 8, 31, 9), 1)


@pytest.mark.parametrize(
    ("today", "left"), [("2026-11-01", 60), ("2026-10-31", None), ("2026-12-31", 0), ("2027-01-05", -5)]
)
def test_the_office_is_warned_before_the_calendar_runs_out(today: str, left: int | None) -> None:
    assert CALENDAR.last_day == dt.date(2026, 12, 31)
    assert CALENDAR.warn_days_left(dt.date.fromisoformat(today)) == left


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"date": "2026-13-01", "kind": "holiday"}],
        [{"date": "", "kind": "holiday"}],
        [{"kind": "holiday"}],
        [{"date": "2026-01-01", "kind": "party"}],
        [{"date": "2026-01-01", "kind": "holiday", "status": "provisional"}],
        [{"date": "2026-01-01", "kind": "holiday"}, {"date": "2026-01-01", "kind": "make_up_workday"}],
    ],
)
def test_broken_rows_are_refused(rows: list[dict[str, str]]) -> None:
    with pytest.raises(InvalidInput):
        calendar_from_rows(rows, "x")


@pytest.mark.parametrize(
    "seasons",
    [
        (),
        (SUMMER,),
        (Season((1, 1), (12, 31), ()),),
        (Season((1, 1), (12, 31), ((dt.time(12), dt.time(9)),)),),
        (Season((1, 1), (12, 31), ((dt.time(9), dt.time(12)), (dt.time(11), dt.time(17)))),),
        (Season((3, 1), (2, 28), ALL_YEAR[0].periods),),  # the 29th of February is missing
    ],
)
def test_broken_hours_are_refused(seasons: tuple[Season, ...]) -> None:
    with pytest.raises(InvalidInput):
        WorkingCalendar("x", frozenset(), frozenset(), seasons, dt.date(2026, 12, 31))


@pytest.mark.parametrize(
    ("now", "deadline", "clock", "left"),
    [
        ("2026-08-31T15:00", "2026-08-31T17:00", Clock.WORKING_HOURS, ("soon", 120)),
        ("2026-08-31T14:00", "2026-08-31T17:00", Clock.WORKING_HOURS, ("today", 180)),
        ("2026-08-31T17:00", "2026-09-01T09:00", Clock.WORKING_HOURS, ("soon", 60)),
        ("2026-08-31T17:00", "2026-09-01T17:30", Clock.WORKING_DAYS, ("later", 450)),
        ("2026-08-31T17:00", "2026-08-31T16:00", Clock.WORKING_HOURS, ("over", 60)),
        ("2026-10-05T12:00", "2026-09-30T17:00", Clock.WORKING_HOURS, ("over", 30)),
        ("2026-10-05T12:00", "2026-10-05T10:12", Clock.CALENDAR_HOURS, ("over", 108)),
        ("2026-08-31T17:00", "2026-08-31T17:00", Clock.CALENDAR_HOURS, ("soon", 0)),
    ],
)
def test_words_for_what_is_left(now: str, deadline: str, clock: Clock, left: tuple[str, int]) -> None:
    assert remaining(at(now), at(deadline), calendar=CALENDAR, clock=clock) == left


def test_paused_and_urgent_come_first() -> None:
    now, deadline = at("2026-08-31T15:00"), at("2026-08-31T15:25")
    clock = Clock.CALENDAR_HOURS
    assert remaining(now, deadline, calendar=CALENDAR, clock=clock, urgent=True) == Remaining("now", 25)
    assert remaining(now, deadline, calendar=CALENDAR, clock=clock, urgent=True, paused=True).kind == "paused"
    assert remaining(deadline, now, calendar=CALENDAR, clock=clock, urgent=True).kind == "over"
    assert remaining(deadline, now, calendar=CALENDAR, clock=clock, paused=True) == Remaining("paused", 0)
