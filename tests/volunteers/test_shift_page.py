"""The page of one shift: what everybody reads, the one step that is open to the viewer, and a draw that can be worked out."""

from __future__ import annotations

import hashlib
import hmac
import math
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from citizen.core import clock
from citizen.core.clock import COUNTY_ZONE
from citizen.core.database import transaction
from citizen.volunteers.models import Shift, Stop, Volunteer
from citizen.volunteers.services.booking import cancel
from citizen.volunteers.services.draw import announce, draw
from citizen.volunteers.services.places import lock_shift
from tests.county import people
from tests.volunteers.making import (
    by,
    coordinator,
    fresh,
    make_booking,
    make_person,
    make_post,
    make_shift,
    make_volunteer,
    sign_in_as,
    statements,
)


def read(client: FlaskClient, shift: Shift, status: int = 200) -> str:
    response = client.get(f"/volunteer/shifts/{shift.id}?lang=en")
    assert response.status_code == status
    return response.get_data(as_text=True)


@pytest.fixture
def me(app: Flask) -> Volunteer:
    return make_volunteer("李我")


@pytest.fixture
def mine(client: FlaskClient, me: Volunteer) -> FlaskClient:
    return sign_in_as(client, me)


def test_everybody_reads_what_when_where_and_whom_to_call(client: FlaskClient, app: Flask) -> None:
    with time_machine.travel(datetime(2026, 9, 1, 9, tzinfo=COUNTY_ZONE), tick=False):
        post = make_post("traffic_guide", hazards={"hans": "车多", "hant": "車多", "en": "Heavy traffic"}, min_age=20)
        shift = make_shift(post, starts_at=datetime(2026, 9, 3, 22, tzinfo=COUNTY_ZONE), hours=4, note="Bring water")
        page = read(client, shift)
    for words in (
        *("East gate of the People&#39;s Park", "Traffic guide", "Thu 3 Sep 22:00 – Fri 4 Sep 02:00", "Heavy traffic"),
        *(
            "from 20 years",
            "after the briefing",
            "Accident insurance",
            "tel:12345",
            "3 places free of 3",
            "Bring water",
        ),
        *("What you do", "What you do not do", "You are given"),
    ):
        assert words in page, words


def test_an_unknown_shift_is_404(client: FlaskClient) -> None:
    for number in ("0", "999999", "99999999999999999999", "x", "-1", "1.5"):
        assert client.get(f"/volunteer/shifts/{number}").status_code == 404, number


def test_a_stranger_is_led_to_sign_up_and_book_in_one_go(client: FlaskClient, app: Flask) -> None:
    shift = make_shift()
    page = read(client, shift)
    assert f"/volunteer/join?shift={shift.id}" in page and "Sign up and book in one go" in page
    assert f"next=/volunteer/shifts/{shift.id}" in page.replace("%2F", "/")
    assert "<form" not in re.sub(r"(?s)<footer.*", "", page), "a stranger has nothing to send"


def test_somebody_signed_in_without_a_profile_is_led_to_the_same_form(client: FlaskClient, app: Flask) -> None:
    person = make_person()
    client.get("/?lang=en")
    page = read(client.sign_in(person.email or ""), make_shift())
    assert "Sign up and book in one go" in page and "I have an account" not in page


def test_one_tap_books(mine: FlaskClient, me: Volunteer) -> None:
    shift = make_shift()
    page = read(mine, shift)
    assert "I will come" in page
    key = re.search(r'name="key" value="(\w+)"', page)
    assert key
    path = f"/volunteer/shifts/{shift.id}"
    assert mine.submit(f"{path}/book", {"key": key[1], "wait": ""}, page=path).status_code == 303
    assert fresh(shift).taken == 1
    page = read(mine, shift)
    assert "You are in." in page and "I cannot come" in page and "I will come" not in page


def test_a_full_shift_offers_its_line_and_three_others(mine: FlaskClient, me: Volunteer) -> None:
    post = make_post()
    shift = make_shift(post, capacity=1)
    make_booking(shift, make_volunteer("王在岗"))
    make_booking(shift, make_volunteer("赵候补"))
    others = [make_shift(post, starts_in=60 + 5 * n) for n in range(5)]
    page = read(mine, shift)
    assert "Join the line" in page and 'name="wait" value="1"' in page
    assert re.findall(r'shift__title"><a href="/volunteer/shifts/(\d+)', page) == [str(row.id) for row in others[:3]]
    assert "王在岗" not in page and "赵候补" not in page
    waiting = make_booking(shift, me)
    page = read(mine, shift)
    assert "You wait, number 2 in the line." in page and "Leave the line" in page
    assert f"/volunteer/bookings/{waiting.id}/cancel" in page


def test_an_offer_is_answered_on_the_page_with_its_deadline(mine: FlaskClient, me: Volunteer) -> None:
    shift, other = make_shift(capacity=1), make_volunteer()
    first = make_booking(shift, other)
    booking = make_booking(shift, me)
    with transaction():
        cancel(first.id, by=by(other))
    until = clock.local(fresh(booking).offered_until)
    page = read(mine, shift)
    assert "A place is kept for you" in page and f"{until:%H:%M}" in page
    assert f"/volunteer/bookings/{booking.id}/accept" in page and f"/volunteer/bookings/{booking.id}/decline" in page


def test_a_refusal_has_its_sentence_and_a_way_on(mine: FlaskClient, me: Volunteer) -> None:
    post = make_post()
    busy = make_shift(post)
    make_booking(busy, me)
    clash = read(mine, make_shift(post, starts_at=busy.starts_at + timedelta(minutes=30)))
    assert "It overlaps with your shift" in clash and f'href="/volunteer/shifts/{busy.id}">See that shift' in clash
    assert "I will come" not in clash
    early = make_shift(post, starts_in=24 * 40)
    assert "Booking opens 30 days before the shift, on " in read(mine, early)
    care = read(mine, make_shift(make_post(care=True)))
    assert "Home visits need the coordinator" in care and "tel:12345" in care


def test_a_guardian_chooses_which_children_come(mine: FlaskClient, me: Volunteer) -> None:
    able = make_volunteer("大宝", guardian_id=me.id, age=10)
    make_volunteer("二宝", guardian_id=me.id, age=8, insured_until=None)
    shift = make_shift(make_post("env_steward"))
    page = read(mine, shift)
    boxes = re.findall(r'name="people" id="child-(\d+)" value="\d+"( disabled)?', page)
    assert [(int(id_), bool(off)) for id_, off in boxes] == [(able.id, False), (able.id + 1, True)]
    make_booking(shift, me)
    page = read(mine, shift)
    assert "Bring them along" in page and 'name="myself" value="0"' in page
    assert "大宝" not in read(client_of_nobody(mine), shift)


def client_of_nobody(client: FlaskClient) -> FlaskClient:
    """Another browser, without a session."""
    return client.application.test_client()


STATES: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"status": "cancelled", "cancel_words": "Heavy rain"}, ("This shift is cancelled", "Heavy rain")),
    ({"starts_in": -1, "hours": 2}, ("This shift is under way", "It can no longer be booked.")),
    ({"starts_in": -50}, ("This shift is over",)),
]


def test_a_shift_that_cannot_be_booked_any_more_says_why(mine: FlaskClient) -> None:
    for values, words in STATES:
        page = read(mine, make_shift(**values))
        assert all(word in page for word in words), words
        assert "I will come" not in page and "Join the line" not in page


def test_a_stopped_shift_names_the_heat(client: FlaskClient, app: Flask) -> None:
    shift = make_shift()
    with transaction() as session:
        stop = Stop(
            reason="heat", words="Above 37 degrees", starts_at=shift.starts_at, ends_at=shift.ends_at,
            created_by=people()["coordinator"].id, created_at=clock.now(),
        )  # fmt: skip
        session.add(stop)
        session.flush()
        row = lock_shift(shift.id)
        row.status, row.stop_id, row.cancelled_at = "cancelled", stop.id, clock.now()
    page = read(client, shift)
    assert "because of the heat" in page and "Above 37 degrees" in page


def test_a_home_visit_never_shows_its_address_here(client: FlaskClient, app: Flask) -> None:
    post = make_post(care=True, place_hans="秘密小区", place_en="Secret Court", lon=113.41234, lat=27.45678)
    shift = make_shift(post, care_address="3 号楼 201 室", note="二楼左转")
    carer = make_volunteer("陈陪护", care_approved_on=clock.today() - timedelta(days=9))
    for reader in (client_of_nobody(client), sign_in_as(client, carer)):
        page = read(reader, shift)
        assert "The address is told to the two who go" in page
        for secret in ("Secret Court", "秘密小区", "201 室", "113.41", "27.45", "二楼左转"):
            assert secret not in page, secret
    make_booking(shift, carer)
    page = read(client, shift)
    assert "二楼左转" in page and "201 室" not in page and "Secret Court" not in page


def test_the_lead_s_phone_is_for_those_who_have_a_place(mine: FlaskClient, me: Volunteer) -> None:
    lead = make_person("带班人甲")
    with transaction() as session:
        session.merge(lead).phone = "13800001111"
    shift = make_shift(make_post(lead_id=lead.id))
    assert "13800001111" not in read(mine, shift)
    make_booking(shift, me)
    assert "13800001111" in read(mine, shift)
    page = read(client_of_nobody(mine), shift)
    assert "13800001111" not in page and "带班人甲" not in page


@pytest.mark.both_databases
def test_a_draw_can_be_worked_out_by_anybody(client: FlaskClient, app: Flask, me: Volunteer) -> None:
    shift = make_shift(capacity=2)
    with transaction():
        announce(lock_shift(shift.id), clock.now() + timedelta(hours=2), by=coordinator())
    seed = fresh(shift).draw_seed
    entrants = [make_volunteer(f"抽签人{n}") for n in range(4)]
    for volunteer in (*entrants, me):
        booking = make_booking(shift, volunteer)
    before = read(client, shift)
    assert seed in before and "5 people have entered" in before and "<tbody>" not in before
    with transaction():
        cancel(booking.id, by=by(me))
    with time_machine.travel(clock.now() + timedelta(hours=3)):
        with transaction():
            draw(shift.id)
        page = read(client, shift)
    rows = re.findall(
        r'<td class="num">(\d+)</td><td><code>(\w+)</code></td><td class="num">(\d+)</td><td class="num">(\d+)</td><td>([^<]+)<',
        page,
    )
    tickets = {ticket: int(weight) for _n, ticket, weight, _size, _word in rows}
    assert len(tickets) == 4

    def value(ticket: str) -> float:
        n = int.from_bytes(hmac.new(seed.encode(), ticket.encode(), hashlib.sha256).digest()[:8], "big")
        return math.log((n + 1) / (2**64 + 1)) / tickets[ticket]

    assert [row[1] for row in rows] == sorted(tickets, key=value, reverse=True)
    assert [row[4] for row in rows] == ["Has a place", "Has a place", "In the line", "In the line"]
    assert "抽签人" not in page


def test_who_entered_a_draw_sees_the_own_ticket(mine: FlaskClient, me: Volunteer) -> None:
    shift = make_shift(capacity=1)
    with transaction():
        announce(lock_shift(shift.id), clock.now() + timedelta(hours=2), by=coordinator())
    assert "Enter the draw" in read(mine, shift)
    make_booking(shift, me)
    page = read(mine, shift)
    assert "You are in the draw." in page and "Your ticket:" in page


def test_the_page_costs_the_same_however_many_have_booked(mine: FlaskClient, me: Volunteer) -> None:
    shift, costs = make_shift(capacity=40), []
    for n in (1, 15):
        for _ in range(n):
            make_booking(shift)
        read(mine, shift)
        with statements() as seen:
            read(mine, shift)
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 9
