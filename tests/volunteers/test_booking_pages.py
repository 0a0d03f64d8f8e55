"""Booking by page, without scripts: every refusal in a sentence, keys that count once, nobody in somebody else's booking."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func

from citizen.core import clock
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.volunteers.models import Booking, BookingEvent, Shift, Volunteer
from citizen.volunteers.rules.eligibility import CAN_WAIT, Reason
from citizen.volunteers.services import booking as service
from citizen.volunteers.services import stand_ins, teams
from citizen.volunteers.views import outcome
from tests.client import PageClient
from tests.volunteers.making import (
    by,
    coordinator,
    fresh,
    make_booking,
    make_post,
    make_shift,
    make_volunteer,
    set_values,
    sign_in_as,
)


@pytest.fixture
def me(client: FlaskClient) -> Volunteer:
    """A grown-up with everything on record, signed in."""
    volunteer = make_volunteer("王小明")
    sign_in_as(client, volunteer)
    return volunteer


def send(client: FlaskClient, shift: Shift, *, key: str = "", **more: Any) -> Any:
    data = {"key": key or secrets.token_hex(16), **more}
    return client.submit(f"/volunteer/shifts/{shift.id}/book", data, page="/account/")


def booking_of(volunteer: Volunteer) -> Booking:
    query = db.select(Booking).where(Booking.volunteer_id == volunteer.id).order_by(Booking.id.desc()).limit(1)
    return db.session.execute(query).scalar_one()


def hidden(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form that goes to ``action``."""
    form = next(part for part in page.split("<form")[1:] if f'action="{action}"' in part).split("</form>")[0]
    tags = re.findall(r'<input[^>]*type="hidden"[^>]*>', form)
    found = [(re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)) for tag in tags]
    return {name[1]: value[1] for name, value in found if name and value}


def test_the_whole_way_takes_three_taps(client: FlaskClient, me: Volunteer) -> None:
    shift = make_shift()
    page = client.get(f"/volunteer/shifts/{shift.id}").get_data(as_text=True)
    action = f"/volunteer/shifts/{shift.id}/book"
    answer = client.post(action, data=hidden(page, action))
    booking = booking_of(me)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/volunteer/bookings/{booking.id}")
    done = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "You are booked" in done and "ten minutes early" in done
    leave = f"/volunteer/bookings/{booking.id}/cancel"
    assert leave in done
    question = client.get(leave).get_data(as_text=True)
    assert "goes to the next in the line at once" in question
    gone = client.post(leave, data=hidden(question, leave))
    assert gone.headers["Location"] == f"/volunteer/bookings/{booking.id}" and fresh(booking).state == "cancelled"
    make_shift(shift.post, starts_in=60)
    after = client.get(gone.headers["Location"]).get_data(as_text=True)
    assert "You have cancelled" in after and "Another one, perhaps?" in after
    assert client.post(leave, data=hidden(question, leave)).headers["Location"] == gone.headers["Location"]


def test_the_same_form_books_once(client: FlaskClient, me: Volunteer) -> None:
    shift, key = make_shift(), secrets.token_hex(16)
    places = {send(client, shift, key=key).headers["Location"] for _ in range(3)}
    assert len(places) == 1 and fresh(shift).taken == 1
    assert db.session.execute(db.select(func.count(BookingEvent.id))).scalar_one() == 1


def test_a_form_sent_again_after_cancelling_books_nothing_behind_ones_back(client: FlaskClient, me: Volunteer) -> None:
    shift, key = make_shift(), secrets.token_hex(16)
    send(client, shift, key=key)
    client.submit(f"/volunteer/bookings/{booking_of(me).id}/cancel")
    answer = send(client, shift, key=key)
    assert answer.headers["Location"] == f"/volunteer/shifts/{shift.id}" and fresh(shift).taken == 0
    assert "You cancelled this booking before" in client.get(answer.headers["Location"]).get_data(as_text=True)
    assert send(client, shift).headers["Location"].startswith("/volunteer/bookings/")


def test_a_form_without_a_proper_key_is_refused(client: FlaskClient, me: Volunteer) -> None:
    token, action = client.token("/account/"), f"/volunteer/shifts/{make_shift().id}/book"
    for key in ("", "short", "x" * 80, "ключключключключ", "../../../../etc/pw"):
        assert client.post(action, data={"csrf_token": token, "key": key}).status_code == 422, key


def test_a_key_of_another_shift_is_refused(client: FlaskClient, me: Volunteer) -> None:
    key, post = secrets.token_hex(16), make_post()
    send(client, make_shift(post), key=key)
    assert send(client, make_shift(post, starts_in=72), key=key).status_code == 422


Case = Callable[[Volunteer], Shift]


def _busy(me: Volunteer) -> Shift:
    post = make_post()
    make_booking(make_shift(post), me)
    return make_shift(post)


def _taken(me: Volunteer) -> Shift:
    shift = make_shift(capacity=1)
    make_booking(shift)
    return shift


def _mine(me: Volunteer) -> Shift:
    shift = make_shift()
    make_booking(shift, me)
    return shift


def _without(**values: Any) -> Case:
    def make(me: Volunteer) -> Shift:
        set_values(me, **values)
        return make_shift(make_post("traffic_guide"))

    return make


def _care(me: Volunteer) -> Shift:
    return make_shift(make_post("elder_helper", care=True))


def _minor(me: Volunteer) -> Shift:
    today = clock.today()
    set_values(me, birth_day=today.replace(year=today.year - 16, day=1))
    return make_shift()


def _too_young(me: Volunteer) -> Shift:
    today = clock.today()
    set_values(me, birth_day=today.replace(year=today.year - 16, day=1))
    return make_shift(make_post("traffic_guide"))


CASES: dict[Reason, tuple[Case, str]] = {
    Reason.SUSPENDED: (_without(suspended_at=clock.now(), suspend_words="请先打电话"), "Your volunteering is paused"),
    Reason.TOO_YOUNG: (_too_young, "not old enough"),
    Reason.NO_CONSENT: (_minor, "guardian's consent is not on record"),
    Reason.NOT_BRIEFED: (_without(briefed_on=None), "needs the briefing first"),
    Reason.NOT_INSURED: (_without(insured_until=None), "needs accident insurance"),
    Reason.NOT_APPROVED: (_care, "Home visits need"),
    Reason.CANCELLED: (lambda me: make_shift(status="cancelled"), "This shift is cancelled"),
    Reason.TOO_EARLY: (lambda me: make_shift(starts_in=31 * 24), "Booking opens 30 days before"),
    Reason.TOO_LATE: (lambda me: make_shift(starts_in=-1), "has begun or is over"),
    Reason.ALREADY_IN: (_mine, "You are in already"),
    Reason.CLASH: (_busy, "overlaps with another shift of yours"),
    Reason.FULL: (_taken, "Just filled up"),
}


OF_THE_MOMENT = (Reason.CANCELLED, Reason.TOO_EARLY, Reason.TOO_LATE, Reason.ALREADY_IN, Reason.CLASH, Reason.FULL)


#: What would keep somebody out of the shift even if there were a place.
LASTING = (*(reason for reason in CASES if reason not in OF_THE_MOMENT), Reason.ALREADY_IN, Reason.CLASH)


def full_shift_for(me: Volunteer, reason: Reason) -> Shift:
    """The shift of the case, with every place taken."""
    shift = CASES[reason][0](me)
    set_values(shift, taken=shift.capacity)
    return shift


@pytest.mark.parametrize("reason", LASTING)
def test_nobody_is_invited_to_wait_in_vain(client: FlaskClient, me: Volunteer, reason: Reason) -> None:
    """The shift is full, and something else stands in the way as well: that is what has to be said."""
    page = send(client, full_shift_for(me, reason)).get_data(as_text=True).replace("&#39;", "'")
    assert CASES[reason][1] in page and "Just filled" not in page
    assert 'name="wait" value="1"' not in page


def test_without_a_second_look_they_would_be(
    client: FlaskClient, me: Volunteer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(outcome, "ensure_only_full", lambda *_: None)
    page = send(client, full_shift_for(me, Reason.TOO_YOUNG)).get_data(as_text=True)
    assert "Just filled" in page and 'name="wait" value="1"' in page


@pytest.mark.parametrize("reason", CASES)
def test_every_refusal_is_a_sentence_with_something_to_do(client: FlaskClient, me: Volunteer, reason: Reason) -> None:
    make, words = CASES[reason]
    shift = make(me)
    other = make_shift(shift.post, starts_in=100)
    before = fresh(shift).taken, fresh(shift).version
    answer = send(client, shift)
    page = answer.get_data(as_text=True).replace("&#39;", "'")
    assert answer.status_code == 409 and words in page
    assert ('name="wait" value="1"' in page) is (reason in CAN_WAIT)
    offered = f'href="/volunteer/shifts/{other.id}"' in page
    assert offered is (reason in OF_THE_MOMENT), "the same kind of shift is offered when it would be possible"
    assert 'href="/volunteer/"' in page
    assert (fresh(shift).taken, fresh(shift).version) == before
    twin = client.get(f"/volunteer/shifts/{shift.id}/why")
    if reason is Reason.ALREADY_IN:
        assert twin.headers["Location"] == f"/volunteer/bookings/{booking_of(me).id}"
    else:
        assert twin.status_code == 200 and words in twin.get_data(as_text=True).replace("&#39;", "'")


def test_who_lacks_the_briefing_is_offered_what_needs_none(client: FlaskClient, me: Volunteer) -> None:
    set_values(me, briefed_on=None)
    noon = (clock.now() + timedelta(days=3)).replace(hour=4, minute=0, second=0, microsecond=0)
    shift = make_shift(starts_at=noon)
    other = make_shift(make_post("market_steward"), starts_at=noon + timedelta(hours=5))
    assert f'href="/volunteer/shifts/{other.id}"' in send(client, shift).get_data(as_text=True)


def test_a_shift_of_a_team_is_for_the_team(client: FlaskClient, me: Volunteer) -> None:
    leader = make_volunteer()
    with transaction():
        team_id = teams.create(leader, teams.TeamDraft("红马甲队", "company")).id
    answer = send(client, make_shift(team_id=team_id))
    assert answer.status_code == 409 and "belongs to a team" in answer.get_data(as_text=True)


def test_without_a_profile_the_form_for_it_comes_first(client: FlaskClient) -> None:
    shift = make_shift()
    client.sign_in("resident@demo.invalid")  # type: ignore[attr-defined]
    client.get("/?lang=en")
    answer = send(client, shift)
    assert answer.headers["Location"] == f"/volunteer/join?shift={shift.id}"
    for path in ("party", "why"):
        assert client.get(f"/volunteer/shifts/{shift.id}/{path}").headers["Location"] == answer.headers["Location"]
    assert "Tell us first who you are" in client.get("/volunteer/mine").get_data(as_text=True)


def test_strangers_are_led_to_the_form(client: FlaskClient) -> None:
    shift = make_shift()
    answer = client.submit(f"/volunteer/shifts/{shift.id}/book", {"key": "k" * 32}, page="/volunteer/join")
    assert answer.headers["Location"] == f"/volunteer/join?shift={shift.id}"


def test_the_last_place_goes_to_one_and_the_other_sees_what_else_there_is(client: FlaskClient, me: Volunteer) -> None:
    post = make_post()
    shift = make_shift(post, capacity=1)
    others = [make_shift(post, starts_in=hours) for hours in (55, 60, 65, 70)]
    page = client.get(f"/volunteer/shifts/{shift.id}").get_data(as_text=True)
    action = f"/volunteer/shifts/{shift.id}/book"
    make_booking(shift)
    answer = client.post(action, data=hidden(page, action))
    lost = answer.get_data(as_text=True)
    assert answer.status_code == 409 and "Just filled up: all places are taken" in lost
    assert sum(f'href="/volunteer/shifts/{other.id}"' in lost for other in others) == 3
    waiting = client.post(action, data=hidden(lost, action))
    assert waiting.status_code == 303
    assert "Number 1 in the line" in client.get(waiting.headers["Location"]).get_data(as_text=True)
    assert (fresh(shift).taken, fresh(shift).waiting) == (1, 1)


@pytest.mark.both_databases
def test_of_four_who_press_at_once_one_gets_the_last_place(app: Flask) -> None:
    app.test_client_class = PageClient
    shift = make_shift(capacity=1)
    browsers = [sign_in_as(app.test_client(), make_volunteer()) for _ in range(4)]
    forms = [{"csrf_token": browser.token("/account/"), "key": secrets.token_hex(16)} for browser in browsers]
    start, action = Barrier(len(browsers)), f"/volunteer/shifts/{shift.id}/book"

    def press(browser: Any, form: dict[str, str]) -> tuple[int, bool]:
        start.wait()
        answer = browser.post(action, data=form)
        return answer.status_code, 'name="wait" value="1"' in answer.get_data(as_text=True)

    with ThreadPoolExecutor(len(browsers)) as pool:
        answers = sorted(pool.map(press, browsers, forms))
    assert answers == [(303, False), (409, True), (409, True), (409, True)]
    assert fresh(shift).taken == 1


def test_a_place_that_others_wait_for_is_not_taken_past_them(client: FlaskClient, me: Volunteer) -> None:
    shift = make_shift(capacity=2)
    first = make_booking(shift)
    make_booking(shift)
    child = make_volunteer(guardian_id=me.id, age=16, consent_on=clock.today())
    make_booking(shift)
    with transaction():
        service.cancel(first.id, by=coordinator())
    answer = send(client, shift, people=str(child.id))
    assert answer.status_code == 409 and 'name="wait" value="1"' in answer.get_data(as_text=True)


def test_a_fourth_line_on_one_day_is_too_many(client: FlaskClient, me: Volunteer) -> None:
    post = make_post()
    start = (clock.now() + timedelta(days=3)).replace(hour=1, minute=0, second=0, microsecond=0)
    shifts = [make_shift(post, starts_at=start + timedelta(hours=2 * n), capacity=1) for n in range(4)]
    shifts.append(make_shift(post, starts_at=start + timedelta(days=1), capacity=1))
    for shift in shifts:
        make_booking(shift)
    codes = [send(client, shift, wait="1").status_code for shift in shifts]
    assert codes == [303, 303, 303, 409, 303]
    assert "fourth wait list" in send(client, shifts[3], wait="1").get_data(as_text=True)


@pytest.fixture
def offered(client: FlaskClient, me: Volunteer) -> Booking:
    """A place that came free and is kept for me, while somebody else waits behind."""
    shift = make_shift(capacity=1)
    first, mine = make_booking(shift), make_booking(shift, me)
    make_booking(shift)
    with transaction():
        service.cancel(first.id, by=coordinator())
    return mine


def test_an_offer_is_taken(client: FlaskClient, offered: Booking) -> None:
    page = client.get("/volunteer/mine").get_data(as_text=True)
    assert "A place came free" in page
    action = f"/volunteer/bookings/{offered.id}/accept"
    for _ in range(2):
        assert client.post(action, data=hidden(page, action)).headers["Location"] == f"/volunteer/bookings/{offered.id}"
    assert fresh(offered).state == "confirmed"
    decline = client.submit(f"/volunteer/bookings/{offered.id}/decline", page="/account/")
    assert decline.status_code == 409, "what is taken is cancelled, not declined"


def test_an_offer_is_given_to_the_next(client: FlaskClient, offered: Booking) -> None:
    for _ in range(2):
        assert client.submit(f"/volunteer/bookings/{offered.id}/decline", page="/account/").status_code == 303
    assert fresh(offered).state == "declined"
    states = db.session.execute(db.select(Booking.state).order_by(Booking.id)).scalars().all()
    assert states == ["cancelled", "declined", "offered"]


@pytest.mark.parametrize("swept", [False, True])
def test_an_answer_that_comes_late_gets_a_kind_sentence(client: FlaskClient, offered: Booking, swept: bool) -> None:
    other = make_shift(db.session.get_one(Shift, offered.shift_id).post, starts_in=90)
    set_values(offered, offered_until=clock.now() - timedelta(seconds=1))
    if swept:
        with transaction():
            service.expire(offered.id, now=clock.now())
    answer = client.submit(f"/volunteer/bookings/{offered.id}/accept", page="/account/")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409 and "a little late" in page and f"/volunteer/shifts/{other.id}" in page
    assert fresh(offered).state == ("expired" if swept else "offered")


def moved_onto(me: Volunteer) -> tuple[Booking, Booking]:
    """A booking whose shift was moved onto another one of mine, and that other one."""
    post = make_post()
    one, two = make_shift(post), make_shift(post, starts_in=60)
    first, other = make_booking(one, me), make_booking(two, me)
    with transaction() as session:
        shift = session.get_one(Shift, one.id)
        shift.starts_at, shift.ends_at = two.starts_at, two.ends_at
        row = session.get_one(Booking, first.id)
        row.state, row.ask_again, row.offered_until = "offered", True, clock.now() + timedelta(hours=5)
    return fresh(first), fresh(other)


@pytest.mark.parametrize(
    ("choice", "states"), [("choose", ("confirmed", "cancelled")), ("decline", ("declined", "confirmed"))]
)
def test_after_a_move_one_of_two_shifts_is_chosen(
    client: FlaskClient, me: Volunteer, choice: str, states: tuple[str, str]
) -> None:
    moved, other = moved_onto(me)
    accept = client.submit(f"/volunteer/bookings/{moved.id}/accept", page="/account/")
    page = client.get(accept.headers["Location"]).get_data(as_text=True)
    assert "Which one do you take?" in page and fresh(moved).state == "offered"
    action = f"/volunteer/bookings/{moved.id}/{choice}"
    for _ in range(2):
        assert client.post(action, data=hidden(page, action)).status_code == 303
    assert (fresh(moved).state, fresh(other).state) == states


def test_a_choice_between_shifts_that_changed_is_asked_again(client: FlaskClient, me: Volunteer) -> None:
    moved, other = moved_onto(me)
    data = {"other": str(other.shift_id + 1)}
    answer = client.submit(f"/volunteer/bookings/{moved.id}/choose", data, page="/account/")
    assert answer.status_code == 303 and (fresh(moved).state, fresh(other).state) == ("offered", "confirmed")


def test_a_new_time_that_suits_is_said_once(client: FlaskClient, me: Volunteer) -> None:
    booking = make_booking(make_shift(), me)
    set_values(booking, ask_again=True)
    page = client.get("/volunteer/mine").get_data(as_text=True)
    action = f"/volunteer/bookings/{booking.id}/suits"
    for _ in range(2):
        assert client.post(action, data=hidden(page, action)).status_code == 303
    assert not fresh(booking).ask_again and "The time has changed" not in client.get("/volunteer/mine").get_data(
        as_text=True
    )
    notes = db.session.execute(db.select(BookingEvent.reason).where(BookingEvent.name == "ask_again")).scalars().all()
    assert notes == ["suits"]


def test_nobody_cancels_after_the_start(client: FlaskClient, me: Volunteer) -> None:
    booking = make_booking(make_shift(), me)
    now = clock.now()
    set_values(
        db.session.get_one(Shift, booking.shift_id),
        starts_at=now - timedelta(minutes=1),
        ends_at=now + timedelta(hours=1),
    )
    answer = client.submit(f"/volunteer/bookings/{booking.id}/cancel")
    assert answer.status_code == 409 and "tell its lead" in answer.get_data(as_text=True)


def link_of(client: FlaskClient, booking: Booking) -> str:
    page = client.get(f"/volunteer/bookings/{booking.id}/stand-in").get_data(as_text=True)
    found = re.search(r'value="[^"]*(/volunteer/stand-in/[^"]+)"', page)
    assert found
    return found[1]


def test_a_place_is_handed_over_by_a_link_that_works_once(client: FlaskClient, me: Volunteer, app: Flask) -> None:
    booking = make_booking(make_shift(capacity=1), me)
    link = link_of(client, booking)
    assert "This is your own place" in client.get(link).get_data(as_text=True)
    assert client.submit(link, page="/account/").headers["Location"] == f"/volunteer/bookings/{booking.id}"
    taker, third = make_volunteer(), make_volunteer()
    browser = app.test_client()
    stranger = browser.get(link + "?lang=en").get_data(as_text=True)
    assert "Sign in and take it" in stranger and "王小明" not in stranger
    sign_in_as(browser, taker)
    page = browser.get(link).get_data(as_text=True)
    answers = [browser.post(link, data=hidden(page, link)) for _ in range(2)]
    new = booking_of(taker)
    assert {answer.headers["Location"] for answer in answers} == {f"/volunteer/bookings/{new.id}"}
    assert (fresh(booking).state, fresh(new).state, fresh(db.session.get_one(Shift, booking.shift_id)).taken) == (
        "cancelled", "confirmed", 1,
    )  # fmt: skip
    late = app.test_client()
    sign_in_as(late, third)
    assert "taken over or given back already" in late.get(link).get_data(as_text=True)
    answer = late.submit(link, page="/account/")
    assert answer.status_code == 409 and "taken over" in answer.get_data(as_text=True)


def test_the_line_goes_before_a_link(client: FlaskClient, me: Volunteer, app: Flask) -> None:
    shift = make_shift(capacity=1)
    booking = make_booking(shift, me)
    link = link_of(client, booking)
    make_booking(shift)
    taker = make_volunteer()
    browser = app.test_client()
    sign_in_as(browser, taker)
    answer = browser.submit(link, page="/account/")
    assert answer.status_code == 409 and "Others wait for this place" in answer.get_data(as_text=True)
    assert fresh(booking).state == "confirmed"


def test_a_link_of_ones_own_making_leads_nowhere(client: FlaskClient, me: Volunteer) -> None:
    csrf = client.token("/account/")
    for token in ("x", "MQ.forged", "-", "²"):
        assert client.get(f"/volunteer/stand-in/{token}").status_code == 404
        assert client.post(f"/volunteer/stand-in/{token}", data={"csrf_token": csrf}).status_code == 404


def test_what_cannot_be_handed_over(client: FlaskClient, me: Volunteer) -> None:
    shift = make_shift(make_post("env_steward"), capacity=5)
    booking = make_booking(shift, me)
    link = link_of(client, booking)
    child = make_volunteer(guardian_id=me.id, age=9)
    along = make_booking(shift, child)
    assert client.get(f"/volunteer/bookings/{along.id}/stand-in").status_code == 409
    assert client.get(f"/volunteer/bookings/{booking.id}/stand-in").status_code == 409
    assert stand_ins.booking_id_of(link.rsplit("/", 1)[1]) == booking.id


STEPS = ("", "/cancel", "/stand-in")
POSTS = ("/cancel", "/accept", "/decline", "/choose", "/suits")


def test_other_peoples_bookings_do_not_exist(app: Flask) -> None:
    app.test_client_class = PageClient
    booking, other = make_booking(make_shift()), make_volunteer()
    events = db.select(func.count(BookingEvent.id))
    before = db.session.execute(events).scalar_one()
    for who in ("volunteer", "coordinator", "admin", "resident"):
        browser = app.test_client()
        if who == "volunteer":
            sign_in_as(browser, other)
        else:
            browser.sign_in(f"{who}@demo.invalid")
        token = browser.token("/account/")
        for id_ in (booking.id, 2**31):
            for step in STEPS:
                assert browser.get(f"/volunteer/bookings/{id_}{step}").status_code == 404, (who, id_, step)
            for step in POSTS:
                data = {"csrf_token": token, "party": "1", "other": "1"}
                answer = browser.post(f"/volunteer/bookings/{id_}{step}", data=data)
                assert answer.status_code == 404, (who, id_, step)
    db.session.rollback()
    assert db.session.execute(events).scalar_one() == before


def test_strangers_are_asked_to_sign_in(client: FlaskClient) -> None:
    booking = make_booking(make_shift())
    for step in STEPS:
        answer = client.get(f"/volunteer/bookings/{booking.id}{step}")
        assert answer.headers["Location"].startswith("/account/sign-in?next=/volunteer/bookings/")


def test_forms_without_a_token_change_nothing(client: FlaskClient, me: Volunteer) -> None:
    shift = make_shift()
    assert client.post(f"/volunteer/shifts/{shift.id}/book", data={"key": "k" * 32}).status_code == 400
    booking = make_booking(shift, me)
    for step in POSTS:
        assert client.post(f"/volunteer/bookings/{booking.id}{step}").status_code == 400
    assert fresh(booking).state == "confirmed"


def test_a_guardian_answers_for_a_child(client: FlaskClient, me: Volunteer) -> None:
    shift = make_shift(make_post("env_steward"), capacity=4)
    child = make_volunteer("小小", guardian_id=me.id, age=9)
    assert send(client, shift, people=str(child.id)).headers["Location"] == f"/volunteer/bookings/{booking_of(me).id}"
    theirs = booking_of(child)
    page = client.get(f"/volunteer/bookings/{theirs.id}").get_data(as_text=True)
    assert "小小" in page and "comes along with you" in page
    question = client.get(f"/volunteer/bookings/{booking_of(me).id}/cancel").get_data(as_text=True)
    assert "They leave with you" in question and "小小" in question
    client.submit(f"/volunteer/bookings/{theirs.id}/cancel")
    assert (fresh(theirs).state, fresh(booking_of(me)).state) == ("cancelled", "confirmed")


def test_the_clock_and_two_dates_stand_on_the_page(client: FlaskClient, me: Volunteer) -> None:
    start = (clock.now() + timedelta(days=5)).replace(hour=15, minute=0, second=0, microsecond=0)  # 23:00 in the county
    booking = make_booking(make_shift(starts_at=start, hours=3), me)
    page = client.get(f"/volunteer/bookings/{booking.id}").get_data(as_text=True)
    assert "23:00" in page and "02:00" in page and "22:50" in page


def test_event_of_a_cancellation_names_the_volunteer(client: FlaskClient, me: Volunteer) -> None:
    booking = make_booking(make_shift(), me)
    client.submit(f"/volunteer/bookings/{booking.id}/cancel")
    event = db.session.execute(db.select(BookingEvent).where(BookingEvent.name == "cancel")).scalar_one()
    assert (event.actor_id, event.actor_role) == by(me).pair
