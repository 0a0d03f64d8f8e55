"""The address of a home visit is seen by the two who go, in time, and stands nowhere else."""

from __future__ import annotations

import contextvars
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.audit import history
from citizen.core.database import transaction
from citizen.core.errors import NotFound
from citizen.extensions import db
from citizen.volunteers.jobs.care import wipe_addresses
from citizen.volunteers.models import Booking, Shift, Volunteer
from citizen.volunteers.rules.booking import BookingState
from citizen.volunteers.rules.care import GOING, Sight, Visit, Visitor, sight
from citizen.volunteers.services.care import open_address
from citizen.volunteers.services.places import lock_shift
from citizen.volunteers.services.shifts import cancel_shift, set_care_address
from tests.client import PageClient
from tests.volunteers.making import coordinator, fresh, make_booking, make_post, make_shift, make_volunteer
from tests.web.walk import address as any_address

#: Asks for neither briefing nor insurance.
KIND = "env_steward"
CANARY = "澄心街道七号楼二单元401室"
START = datetime(2026, 9, 4, 6, 0, tzinfo=UTC)
END = START + timedelta(minutes=90)
STATES = [None, *BookingState]
TIMES = {
    "a day before": START - timedelta(days=1),
    "just too early": START - timedelta(hours=2, seconds=1),
    "two hours before": START - timedelta(hours=2),
    "during": START + timedelta(minutes=30),
    "last second": END - timedelta(seconds=1),
    "at the end": END,
    "a week after": END + timedelta(days=7),
}


@pytest.mark.parametrize("moment", TIMES)
@pytest.mark.parametrize("state", STATES)
def test_the_address_is_shown_to_those_who_go_in_time_as_a_pair_and_to_nobody_else(
    state: BookingState | None, moment: str
) -> None:
    in_time = moment in ("two hours before", "during", "last second")
    switches = itertools.product((0, 1, 2, 3), *[(True, False)] * 5)
    for going, care, stands, address, suspended, approved in switches:
        visit = Visit(care, "open" if stands else "cancelled", START, END, going, address)
        found = sight(visit, Visitor(state, suspended, approved), now=TIMES[moment])
        entitled = state in GOING and care and stands and approved and not suspended
        assert (found is Sight.SHOWN) == (entitled and in_time and going >= 2 and address)
        assert (found is Sight.HIDDEN) == (not entitled)


def make_visit(*, starts_in: float = 1, **more: object) -> Shift:
    shift = make_shift(make_post(KIND, care=True), starts_in=starts_in, capacity=4, **more)
    with transaction():
        set_care_address(lock_shift(shift.id), CANARY, by=coordinator())
    return fresh(shift)


def visitor(name: str) -> Volunteer:
    return make_volunteer(name, care_approved_on=clock.today())


def state_of(booking: Booking, state: str) -> None:
    with transaction() as session:
        session.merge(booking).state = state


@pytest.mark.both_databases
def test_each_role_finds_what_it_should_and_each_look_is_on_record(app: Flask) -> None:
    shift = make_visit(starts_in=5)
    one, two, stranger = visitor("一"), visitor("二"), visitor("三")
    first = make_booking(shift, one)
    lead = make_volunteer("带班")
    with transaction() as session:
        session.merge(fresh(shift)).lead_id = lead.person_id

    def looks(who: Volunteer, hours: float) -> Sight | str:
        try:
            with transaction():
                opened = open_address(shift.id, who.person_id or 0, now=shift.starts_at + timedelta(hours=hours))
            assert (opened.address == CANARY) == (opened.sight is Sight.SHOWN) and CANARY not in repr(opened)
            return opened.sight
        except NotFound:
            return "404"

    assert [looks(one, hours) for hours in (-3, -1, 1.9, 2)] == ["too_early", "alone", "alone", "over"]
    second = make_booking(shift, two)
    assert [looks(who, -1) for who in (one, two, stranger, lead)] == ["shown", "shown", "404", "404"]
    state_of(second, "attended")
    assert looks(one, 1) == looks(two, 1) == "shown"
    state_of(second, "left_early")
    assert (looks(one, 1), looks(two, 1)) == ("alone", "404")
    for state in ("offered", "waiting", "cancelled", "no_show", "excused"):
        state_of(second, state)
        assert looks(two, 1) == "404"
    state_of(second, "confirmed")
    with transaction() as session:
        session.merge(fresh(two)).suspended_at = clock.now()
    assert looks(two, 1) == "404" and looks(one, 1) == "shown"
    viewed = [event.actor_id for event in history("shift", shift.id) if event.action == "care.address_viewed"]
    assert viewed == [one.person_id, two.person_id, one.person_id, two.person_id, one.person_id]
    assert fresh(first).state == "confirmed" and CANARY not in fresh(shift).care_address


@pytest.mark.both_databases
def test_a_day_after_the_visit_or_once_it_is_cancelled_the_address_is_gone(app: Flask) -> None:
    done, later, off = make_visit(), make_visit(starts_in=48), make_visit(starts_in=72)
    with time_machine.travel(done.ends_at + timedelta(hours=23, minutes=59), tick=False):
        wipe_addresses({})
    assert fresh(done).care_address
    with transaction():
        cancel_shift(lock_shift(off.id), "老人住院", by=coordinator())
    with time_machine.travel(done.ends_at + timedelta(hours=24), tick=False):
        wipe_addresses({})
        wipe_addresses({})
    assert [bool(fresh(shift).care_address) for shift in (done, later, off)] == [False, True, False]
    assert [event.action for event in history("shift", done.id)].count("care.address_wiped") == 1


def test_the_coordinator_writes_it_down_and_cannot_read_it_back(app: Flask, client: PageClient) -> None:
    shift = make_shift(make_post(KIND, care=True), starts_in=1, capacity=2)
    plain = make_shift()
    client.sign_in("coordinator@demo.invalid")
    path = f"/office/shifts/{shift.id}/address"
    assert client.get(f"/office/shifts/{plain.id}/address").status_code == 404
    version = str(fresh(shift).version)
    assert client.submit(path, {"version": version, "address": " "}).status_code == 422
    assert client.submit(path, {"version": version, "address": CANARY}).status_code == 303
    assert client.submit(path, {"version": version, "address": "别处"}).status_code == 409
    page = client.get(path)
    assert CANARY not in page.get_data(as_text=True) and page.headers["Cache-Control"] == "no-store"
    assert client.submit(path, {"version": str(fresh(shift).version), "act": "remove"}).status_code == 303
    assert fresh(shift).care_address == ""


class Walker(PageClient):
    """Fetches whatever there is, fragments and files too."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return contextvars.Context().run(FlaskClient.open, self, *args, **kwargs)


def walk(app: Flask, email: str, *, office: bool, numbers: dict[str, int]) -> int:
    """Open every address of the office, or every other, but the one that shows it; returns how many pages there were."""
    app.test_client_class = Walker
    client, seen = app.test_client(), 0
    client.sign_in(email)
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.endpoint in ("static", "care.address"):
            continue
        if rule.rule.startswith("/office") != office:
            continue
        path = any_address(app, rule)
        for name in numbers.keys() & rule.arguments:
            path = path.replace("987654", str(numbers[name]), 1)
        answer = client.get(path)
        assert CANARY.encode() not in answer.data, path
        seen += answer.status_code == 200
    return seen


def test_no_other_page_and_no_table_holds_the_address(
    app: Flask, client: PageClient, caplog: pytest.LogCaptureFixture
) -> None:
    shift = make_visit()
    one, two = visitor("一"), visitor("二")
    booking, _other = (make_booking(shift, who) for who in (one, two))
    path = f"/volunteer/shifts/{shift.id}/address"
    assert client.get(path).status_code == 303
    client.sign_in(email_of(one))
    page = client.get(path)
    assert CANARY in page.get_data(as_text=True) and page.headers["Cache-Control"] == "no-store"
    numbers = {"shift_id": shift.id, "booking_id": booking.id, "volunteer_id": one.id, "post_id": shift.post_id}
    assert walk(app, email_of(one), office=False, numbers=numbers) > 20
    assert walk(app, "coordinator@demo.invalid", office=True, numbers=numbers) > 5
    for table in db.metadata.sorted_tables:
        with db.engine.connect() as connection:
            rows = connection.execute(text(f"SELECT * FROM {table.name}")).all()
        assert CANARY not in repr(rows), table.name
    assert CANARY not in caplog.text


def email_of(volunteer: Volunteer) -> str:
    return db.session.get_one(Person, volunteer.person_id).email or ""
