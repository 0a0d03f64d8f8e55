"""A volunteer's own page: what is mine, all of it, and nothing of anybody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from citizen.core import clock
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.volunteers.models import Booking, HoursEntry, Shift, Volunteer
from citizen.volunteers.services import booking as service
from tests.volunteers.making import (
    coordinator,
    fresh,
    make_booking,
    make_post,
    make_shift,
    make_volunteer,
    served,
    sign_in_as,
)


@pytest.fixture
def me(client: FlaskClient) -> Volunteer:
    """A grown-up with everything on record, signed in."""
    volunteer = make_volunteer("王小明")
    sign_in_as(client, volunteer)
    return volunteer


def mine(client: FlaskClient) -> str:
    return str(client.get("/volunteer/mine").get_data(as_text=True))


def test_an_empty_page_says_what_to_do_next(client: FlaskClient, me: Volunteer) -> None:
    page = mine(client)
    assert "No shift yet" in page and 'href="/volunteer/"' in page and "0 hours credited" in page


def test_offers_come_first_then_what_comes_then_what_was(client: FlaskClient, me: Volunteer) -> None:
    post = make_post()
    make_booking(make_shift(post), me)
    full = make_shift(post, starts_in=60, capacity=1)
    make_booking(full)
    make_booking(full)
    make_booking(full, me)
    wanted = make_shift(post, starts_in=70, capacity=1)
    other = make_booking(wanted)
    make_booking(wanted, me)
    with transaction():
        service.cancel(other.id, by=coordinator())
    served(volunteer=me)
    page = mine(client)
    order = [page.index(words) for words in ("Please answer", "My next shifts", "What was")]
    assert order == sorted(order)
    assert page.index("A place came free") < order[1]
    for words in ("You have a place", "Number 2 in the line", "You were there"):
        assert words in page


def test_hours_are_the_sum_of_the_ledger(client: FlaskClient, me: Volunteer) -> None:
    booking = served(volunteer=me)
    with transaction() as session:
        values = {"volunteer_id": me.id, "day": clock.today(), "created_at": clock.now()}
        session.add(HoursEntry(**values, booking_id=booking.id, kind="auto", minutes=150))
    page = mine(client)
    assert "2.5 hours credited" in page and "150 minutes credited" in page


def test_what_the_office_cancelled_is_said_with_its_words(client: FlaskClient, me: Volunteer) -> None:
    booking = make_booking(make_shift(), me)
    with transaction():
        service.call_off(booking.id, by=coordinator(), reason="场地临时关闭")
    assert "Cancelled by the office" in mine(client)
    page = client.get(f"/volunteer/bookings/{booking.id}").get_data(as_text=True)
    assert "This booking was cancelled by the office" in page and "场地临时关闭" in page


def test_what_came_of_it(client: FlaskClient, me: Volunteer) -> None:
    words = {
        "no_show": "You did not come",
        "excused": "Excused",
        "left_early": "You left early",
        "expired": "No place came free",
    }
    for n, (state, said) in enumerate(words.items()):
        booking = served(make_shift(starts_in=-40 - 5 * n), me)
        with transaction() as session:
            row = session.get_one(Booking, booking.id)
            session.get_one(Shift, row.shift_id).taken = 1 if state == "left_early" else 0
            row.state = state
        assert said in mine(client)
        assert client.get(f"/volunteer/bookings/{booking.id}").status_code == 200


def test_a_shift_that_nobody_has_closed_yet_is_called_so(client: FlaskClient, me: Volunteer) -> None:
    booking = make_booking(make_shift(), me)
    with transaction() as session:
        shift = session.get_one(Shift, booking.shift_id)
        shift.starts_at -= timedelta(days=4)
        shift.ends_at -= timedelta(days=4)
    page = mine(client)
    assert "Not entered yet" in page and "I cannot come" not in page


def test_on_the_day_the_way_to_sign_in_stands_at_the_top(client: FlaskClient, me: Volunteer) -> None:
    booking = make_booking(make_shift(starts_in=5), me)
    assert "btn--primary" not in mine(client)
    with transaction() as session:
        session.get_one(Shift, booking.shift_id).starts_at = clock.now() + timedelta(minutes=50)
    page = mine(client)
    assert page.index("/volunteer/sign-in") < page.index("My next shifts")


def test_a_draw_is_waited_for(client: FlaskClient, me: Volunteer) -> None:
    shift = make_shift(draw_at=clock.now() + timedelta(days=1), draw_seed="0" * 64)
    booking = make_booking(shift, me)
    assert "Waits for the draw" in mine(client)
    page = client.get(f"/volunteer/bookings/{booking.id}").get_data(as_text=True)
    assert "You are in the draw" in page and "drawn on" in page


def test_a_pause_is_said_with_whom_to_call(client: FlaskClient, me: Volunteer) -> None:
    with transaction() as session:
        row = session.get_one(Volunteer, me.id)
        row.suspended_at, row.suspend_words = clock.now(), "请先联系协调员"
    page = mine(client)
    assert "Your volunteering is paused" in page and "请先联系协调员" in page


def test_childrens_shifts_are_listed_under_their_names(client: FlaskClient, me: Volunteer) -> None:
    child = make_volunteer("小小", guardian_id=me.id, age=9)
    shift = make_shift(make_post("env_steward"))
    make_booking(shift, me)
    make_booking(shift, child)
    assert "for 小小" in mine(client)


def test_nothing_of_others_is_on_the_page(client: FlaskClient, me: Volunteer) -> None:
    other = make_volunteer("外人甲")
    child = make_volunteer("外人乙", guardian_id=other.id, age=9)
    shift = make_shift(make_post("env_steward"))
    for person in (other, child):
        make_booking(shift, person)
    make_booking(shift, me)
    page = mine(client)
    assert "外人" not in page
    assert "外人" not in client.get(f"/volunteer/shifts/{shift.id}").get_data(as_text=True)


def test_the_page_costs_the_same_for_thirty_bookings(client: FlaskClient, me: Volunteer) -> None:
    def queries() -> int:
        seen: list[str] = []
        engine = db.engine
        listen = lambda *args: seen.append(args[2])  # noqa: E731 - an event wants a function
        event.listen(engine, "before_cursor_execute", listen)
        try:
            assert client.get("/volunteer/mine").status_code == 200
        finally:
            event.remove(engine, "before_cursor_execute", listen)
        return len(seen)

    post = make_post()
    make_booking(make_shift(post, starts_in=30), me)
    few = queries()
    for n in range(15):
        make_booking(make_shift(post, starts_in=40 + 3 * n), me)
        served(make_shift(post, starts_in=-400 + 3 * n), me)
    assert queries() <= few + 3
    assert fresh(me).name == "王小明"
