"""A newcomer learns when the briefing is before signing up, not after."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from citizen.core.clock import COUNTY_ZONE
from citizen.core.content import Words, content
from citizen.core.database import transaction
from citizen.volunteers.models import Volunteer
from citizen.volunteers.rules.briefings import Weekly, next_ones, weekly_from
from citizen.volunteers.services.posts import import_kinds
from tests.volunteers.making import make_post, make_shift, make_volunteer, set_values, sign_in_as

HALL = Words("一楼大厅", "一樓大廳", "ground floor")
SATURDAY = Weekly(6, time(9, 0), 30, HALL)
WEDNESDAY = Weekly(3, time(18, 30), 45, HALL)
DATES = "No need to sign up for it"
#: A Friday afternoon in the county.
FRIDAY = datetime(2026, 9, 4, 7, 0, tzinfo=UTC)


@pytest.fixture
def me(client: FlaskClient) -> Volunteer:
    """A grown-up with everything on record, signed in."""
    volunteer = make_volunteer()
    sign_in_as(client, volunteer)
    return volunteer


def county_time(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=COUNTY_ZONE)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("rows", "now", "expected"),
    [
        ([SATURDAY], FRIDAY, [county_time(2026, 9, 5, 9), county_time(2026, 9, 12, 9)]),
        ([SATURDAY, WEDNESDAY], FRIDAY, [county_time(2026, 9, 5, 9), county_time(2026, 9, 9, 18, 30)]),
        # One that has begun is too late; one that begins in a minute is not.
        ([SATURDAY], county_time(2026, 9, 5, 9), [county_time(2026, 9, 12, 9), county_time(2026, 9, 19, 9)]),
        ([SATURDAY], county_time(2026, 9, 5, 8, 59), [county_time(2026, 9, 5, 9), county_time(2026, 9, 12, 9)]),
        # Half past midnight in the county is still the day before in UTC.
        (
            [SATURDAY],
            datetime(2026, 9, 4, 16, 30, tzinfo=UTC),
            [county_time(2026, 9, 5, 9), county_time(2026, 9, 12, 9)],
        ),
        ([], FRIDAY, []),
    ],
)
def test_the_next_two(rows: list[Weekly], now: datetime, expected: list[datetime]) -> None:
    found = next_ones(rows, now, most=2)
    assert [one.starts_at for one in found] == expected
    assert all(one.ends_at > one.starts_at and one.place == HALL for one in found)


@given(
    rows=st.lists(
        st.builds(Weekly, st.integers(1, 7), st.times(), st.integers(1, 480), st.just(HALL)), min_size=1, max_size=5
    ),
    now=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    most=st.integers(1, 6),
)
def test_they_are_the_soonest_and_on_their_day(rows: list[Weekly], now: datetime, most: int) -> None:
    found = [one.starts_at for one in next_ones(rows, now, most=most)]
    every = sorted(
        moment
        for row in rows
        for days in range(-1, 7 * (most + 2))
        if (moment := datetime.combine(now.astimezone(COUNTY_ZONE).date() + timedelta(days), row.starts, COUNTY_ZONE))
        > now
        and moment.isoweekday() == row.weekday
    )
    assert found == every[:most]


@pytest.mark.parametrize(
    "wrong", [{"weekday": 0}, {"weekday": 8}, {"minutes": 0}, {"minutes": 999}, {"time": "25:00"}, {"place": {}}]
)
def test_a_wrong_row_is_refused_when_the_county_is_brought_in(
    app: Any, monkeypatch: Any, wrong: dict[str, Any]
) -> None:
    right = {"weekday": 6, "time": "09:00", "minutes": 30, "place": {"hans": "大厅", "en": "hall"}}
    assert weekly_from(right) == Weekly(6, time(9), 30, Words.of("大厅", "hall"))
    monkeypatch.setitem(content().site, "briefings", [{**right, **wrong}])
    with pytest.raises((ValueError, KeyError)), transaction():
        import_kinds(content())


def pages(client: FlaskClient, shift_id: int) -> tuple[str, str]:
    """The shift's page and the form for strangers."""
    client.get("/?lang=en")
    shift, form = f"/volunteer/shifts/{shift_id}", f"/volunteer/join?shift={shift_id}"
    return client.get(shift).get_data(as_text=True), client.get(form).get_data(as_text=True)


def test_a_stranger_sees_the_dates_on_the_shift_and_above_the_form(client: FlaskClient) -> None:
    for page in pages(client, make_shift().id):
        assert "09:00–09:30" in page and "18:30–19:00" in page and DATES in page
    for page in pages(client, make_shift(make_post("market_steward")).id):
        assert "09:00–09:30" not in page, "this post asks for no briefing"


def test_one_that_comes_too_late_for_the_shift_is_called_so(client: FlaskClient) -> None:
    late = "For this shift that is too late"
    assert all(late not in page for page in pages(client, make_shift(starts_in=8 * 24).id))
    assert all(late in page for page in pages(client, make_shift(starts_in=0.1).id)), (
        "no briefing ends within six minutes"
    )


def test_two_places_are_both_named(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"weekday": day, "time": "09:00", "minutes": 30, "place": {"hans": name, "en": name}}
        for day, name in ((2, "Hall one"), (5, "Hall two"))
    ]
    monkeypatch.setitem(content().site, "briefings", rows)
    for page in pages(client, make_shift().id):
        assert page.count("Hall one") == page.count("Hall two") == 1


def test_without_dates_the_coordinator_is_named(
    client: FlaskClient, me: Volunteer, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_values(me, briefed_on=None)
    shift = make_shift()
    client.get("/?lang=en")
    assert DATES in client.get(f"/volunteer/shifts/{shift.id}/why").get_data(as_text=True)
    monkeypatch.setitem(content().site, "briefings", None)
    page = client.get(f"/volunteer/shifts/{shift.id}/why").get_data(as_text=True)
    assert "needs the briefing first" in page and "Ask the coordinator for the next date" in page
    assert DATES not in client.get(f"/volunteer/shifts/{shift.id}").get_data(as_text=True)


def test_whoever_has_been_there_is_not_told_again(client: FlaskClient, me: Volunteer) -> None:
    shift = make_shift()
    client.get("/?lang=en")
    assert DATES not in client.get(f"/volunteer/shifts/{shift.id}").get_data(as_text=True)
    assert DATES not in client.get("/volunteer/mine/profile").get_data(as_text=True)
    set_values(me, briefed_on=None)
    assert DATES in client.get(f"/volunteer/shifts/{shift.id}").get_data(as_text=True)
    assert DATES in client.get("/volunteer/mine/profile").get_data(as_text=True)


def test_others_are_not_looked_at(client: FlaskClient, me: Volunteer) -> None:
    make_volunteer(briefed_on=None)
    assert DATES not in client.get(f"/volunteer/shifts/{make_shift().id}").get_data(as_text=True)
