"""Signing in and out by the services: once, whoever sends how often; roll call, absences, entries afterwards, the job."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func

from citizen.core import clock
from citizen.core.audit import history
from citizen.core.database import transaction
from citizen.core.errors import Conflict, DomainError, InvalidInput, NotFound
from citizen.extensions import db
from citizen.volunteers.jobs.attendance import mark_absent
from citizen.volunteers.models import Attendance, Booking, BookingEvent, HoursEntry, Shift, Volunteer
from citizen.volunteers.queries.attendance import marks_of
from citizen.volunteers.rules.booking import Actor, By
from citizen.volunteers.rules.eligibility import Reason, Refused
from citizen.volunteers.rules.sign_in import Direction, Method, code_at
from citizen.volunteers.services import roll_call, walk_in
from citizen.volunteers.services.attendance import Answer, Ticket, check, key_of
from citizen.volunteers.services.booking import Wish, book
from citizen.volunteers.services.hours import confirm_booking
from tests.volunteers.making import (
    by,
    coordinator,
    fresh,
    make_booking,
    make_person,
    make_post,
    make_shift,
    make_volunteer,
)

MINUTE = timedelta(minutes=1)
IN, OUT = Direction.IN, Direction.OUT


def ticket(shift: Shift, direction: Direction = IN, *, nonce: str = "", **more: Any) -> Ticket:
    """What somebody hands in who reads the digits now."""
    nonce = nonce or secrets.token_hex(16)
    return Ticket(direction, Method.CODE, more.pop("text", code_at(key_of(shift), clock.now())), nonce, **more)


def hand_in(booking: Booking, sent: Ticket) -> Answer:
    with transaction():
        return check(booking.id, sent, volunteer_id=booking.volunteer_id)


def do(act: Any, *args: Any, **named: Any) -> Any:
    """One of the lead's steps in a transaction of its own."""
    with transaction():
        return act(*args, **named)


def booked(**more: Any) -> tuple[Shift, Booking]:
    shift = make_shift(starts_in=1, **more)
    return shift, make_booking(shift)


def entry(direction: Direction, shift: Shift, minutes: float, reason: str = "手机没电") -> roll_call.Entry:
    return roll_call.Entry(direction, shift.starts_at + minutes * MINUTE, reason)


def marks() -> int:
    return int(db.session.execute(db.select(func.count()).select_from(Attendance)).scalar_one())


def test_in_and_out_once_however_often_it_is_sent(app: Flask) -> None:
    shift, booking = booked()
    with time_machine.travel(shift.starts_at - 10 * MINUTE, tick=False):
        sent = ticket(shift, distance_m=1500)
        assert hand_in(booking, sent).new == 1
        assert fresh(booking).state == "attended"
        again = hand_in(booking, sent)
        other = hand_in(booking, ticket(shift, text="000000"))
        assert (again.new, other.new, again.mark.id) == (0, 0, other.mark.id)
        with pytest.raises(InvalidInput):
            hand_in(booking, ticket(shift, OUT, nonce=sent.nonce))
        with pytest.raises(Conflict):
            hand_in(booking, ticket(shift, OUT))
    with time_machine.travel(shift.ends_at + 5 * MINUTE, tick=False):
        hand_in(booking, ticket(shift, OUT))
    found = marks_of([booking.id])[booking.id]
    assert [found[IN].at, found[OUT].at] == [shift.starts_at - 10 * MINUTE, shift.ends_at + 5 * MINUTE]
    assert (found[IN].distance_m, fresh(shift).taken, marks()) == (1500, 1, 2)
    names = db.session.execute(db.select(BookingEvent.name).order_by(BookingEvent.id)).scalars().all()
    assert names == ["book", "sign_in", "sign_out"]


@pytest.mark.both_databases
def test_many_at_the_same_moment_count_once(app: Flask) -> None:
    """Three send the same form again, three send one of their own."""
    shift, booking = booked()
    id_, volunteer_id, nonce = booking.id, booking.volunteer_id, secrets.token_hex(16)
    with time_machine.travel(shift.starts_at, tick=False):
        tickets = [ticket(shift, nonce=nonce if n % 2 else "") for n in range(6)]
        db.session.rollback()

        def send(sent: Ticket) -> int:
            with app.app_context():
                try:
                    with transaction():
                        return check(id_, sent, volunteer_id=volunteer_id).new
                finally:
                    db.session.remove()

        with ThreadPoolExecutor(6) as pool:
            assert sorted(pool.map(send, tickets)) == [0, 0, 0, 0, 0, 1]
    assert marks() == 1
    assert db.session.execute(db.select(func.count()).where(BookingEvent.name == "sign_in")).scalar_one() == 1


@pytest.mark.both_databases
def test_one_nonce_raced_for_two_shifts_counts_once(app: Flask) -> None:
    shift, first = booked()
    other = make_shift(starts_in=1)
    second = make_booking(other)
    with time_machine.travel(shift.starts_at, tick=False):
        nonce = secrets.token_hex(16)
        plans = [(b.id, b.volunteer_id, ticket(s, nonce=nonce)) for s, b in ((shift, first), (other, second))]
        db.session.rollback()

        def send(plan: tuple[int, int, Ticket]) -> str:
            with app.app_context():
                try:
                    with transaction():
                        return str(check(plan[0], plan[2], volunteer_id=plan[1]).new)
                except InvalidInput:
                    return "refused"
                finally:
                    db.session.remove()

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(send, plans)) == ["1", "refused"]
    assert marks() == 1


def test_a_phone_without_network_hands_in_later_with_the_original_time(app: Flask) -> None:
    shift, booking = booked()
    came, went = shift.starts_at + 20 * MINUTE, shift.ends_at
    codes = {way: code_at(key_of(shift), at) for way, at in ((IN, came), (OUT, went))}
    with time_machine.travel(shift.ends_at + timedelta(hours=11), tick=False):
        hand_in(booking, ticket(shift, text=codes[IN], claimed=came))
        hand_in(booking, ticket(shift, OUT, text=codes[OUT], claimed=went))
    found = marks_of([booking.id])[booking.id]
    assert (found[IN].at, found[OUT].at) == (came, went)
    assert found[IN].received_at == shift.ends_at + timedelta(hours=11)
    with time_machine.travel(shift.ends_at + timedelta(hours=12, seconds=1), tick=False), pytest.raises(Conflict):
        hand_in(make_late_booking(shift), ticket(shift, text=codes[IN], claimed=came))


def make_late_booking(shift: Shift) -> Booking:
    volunteer = make_volunteer()
    with transaction() as session:
        row = Booking(
            shift_id=shift.id, volunteer_id=volunteer.id, key=secrets.token_hex(8), created_at=clock.now(), changed_at=clock.now()
        )  # fmt: skip
        session.add(row)
        session.get_one(Shift, shift.id).taken += 1
    return row


def test_what_arrives_for_somebody_marked_absent_is_kept_and_the_lead_decides(app: Flask) -> None:
    shift, booking = booked()
    lead = coordinator()
    came = shift.starts_at + 2 * MINUTE
    text = code_at(key_of(shift), came)
    with time_machine.travel(shift.starts_at + 31 * MINUTE, tick=False):
        do(roll_call.close, shift.id, by=lead, now=clock.now())
        answer = hand_in(booking, ticket(shift, text=text, claimed=came))
        assert (answer.undecided, fresh(booking).state, fresh(shift).taken) == (True, "no_show", 0)
        do(roll_call.accept, booking.id, by=lead)
    assert (fresh(booking).state, fresh(shift).taken) == ("attended", 1)
    assert marks_of([booking.id])[booking.id][IN].at == came


def test_wrong_codes_other_peoples_bookings_and_wrong_times_change_nothing(app: Flask) -> None:
    shift, booking = booked()
    other = make_volunteer()
    for moment, act, error in (
        (shift.starts_at - 31 * MINUTE, lambda: hand_in(booking, ticket(shift)), Conflict),
        (shift.starts_at, lambda: hand_in(booking, ticket(shift, text="123456x")), InvalidInput),
        (shift.starts_at, lambda: hand_in(booking, ticket(make_shift(shift.post, starts_in=1))), InvalidInput),
        (shift.starts_at, lambda: do(check, booking.id, ticket(shift), volunteer_id=other.id), NotFound),
        (shift.starts_at, lambda: hand_in(booking, ticket(shift, OUT)), Conflict),
        (shift.ends_at + MINUTE, lambda: hand_in(booking, ticket(shift)), Conflict),
    ):
        with time_machine.travel(moment, tick=False), pytest.raises(error):
            act()
    assert (marks(), fresh(booking).state) == (0, "confirmed")


def test_a_guardian_signs_in_the_children_who_came_along(app: Flask) -> None:
    shift = make_shift(make_post("env_steward"), starts_in=1)
    parent = make_volunteer()
    kids = [make_volunteer(guardian_id=parent.id, age=9) for _ in range(2)]
    stranger = make_volunteer(guardian_id=make_volunteer().id, age=9)
    with transaction():
        rows = book(Wish(shift.id, (parent.id, *(kid.id for kid in kids)), key=secrets.token_hex(8)), by=by(parent))
    mine, first, second = [db.session.get_one(Booking, row.id) for row in rows]
    with time_machine.travel(shift.starts_at, tick=False):
        assert hand_in(mine, ticket(shift, children=frozenset({kids[0].id, stranger.id}))).new == 2
        assert [fresh(row).state for row in (mine, first, second)] == ["attended", "attended", "confirmed"]
        assert hand_in(mine, ticket(shift, children=frozenset({kids[1].id}))).new == 1, "who comes after the others"
        assert hand_in(mine, ticket(shift, OUT, children=frozenset(kid.id for kid in kids))).new == 3
        with pytest.raises(NotFound):
            do(check, first.id, ticket(shift), volunteer_id=parent.id)
    assert marks() == 6


def test_roll_call_of_several_and_what_was_done_before(app: Flask) -> None:
    shift, booking = booked()
    others, lead = [make_booking(shift), make_booking(shift)], coordinator()
    elsewhere = make_booking(make_shift(starts_in=1))
    with time_machine.travel(shift.starts_at, tick=False):
        hand_in(booking, ticket(shift))
        ids = [booking.id, others[0].id]
        assert [row.id for row in do(roll_call.roll_call, shift.id, ids, direction=IN, by=lead)] == [others[0].id]
        with pytest.raises(NotFound):
            do(roll_call.roll_call, shift.id, [others[1].id, elsewhere.id], direction=IN, by=lead)
        assert fresh(others[1]).state == "confirmed"
        with pytest.raises(Conflict):
            do(roll_call.roll_call, shift.id, [others[1].id], direction=OUT, by=lead)
        assert len(do(roll_call.roll_call, shift.id, ids, direction=OUT, by=lead)) == 2
    mark = marks_of([others[0].id])[others[0].id][IN]
    assert (mark.method, mark.entered_by) == ("roll_call", lead.person_id)
    with time_machine.travel(shift.ends_at + 61 * MINUTE, tick=False), pytest.raises(Conflict):
        do(roll_call.roll_call, shift.id, [others[1].id], direction=OUT, by=lead)


def test_what_a_lead_enters_afterwards_has_a_reason_and_leaves_a_trace(app: Flask) -> None:
    shift, booking = booked()
    lead = coordinator()
    with time_machine.travel(shift.ends_at + timedelta(days=1), tick=False):
        for wrong in (entry(IN, shift, 5, " "), entry(IN, shift, -31), entry(IN, shift, 121), entry(OUT, shift, 181)):
            with pytest.raises(InvalidInput):
                do(roll_call.enter, booking.id, wrong, by=lead)
        with pytest.raises(Conflict):
            do(roll_call.enter, booking.id, entry(OUT, shift, 100), by=lead)
        do(roll_call.enter, booking.id, entry(IN, shift, 5), by=lead)
        with pytest.raises(InvalidInput):
            do(roll_call.enter, booking.id, entry(OUT, shift, 4), by=lead)
        do(roll_call.enter, booking.id, entry(OUT, shift, 110), by=lead)
        do(roll_call.enter, booking.id, entry(OUT, shift, 115, "看错了"), by=lead)
        do(confirm_booking, booking.id, by=lead)
        with pytest.raises(Conflict):
            do(roll_call.undo, booking.id, "错人", by=lead)
    found = marks_of([booking.id])[booking.id]
    assert (found[OUT].at, found[OUT].reason, found[OUT].method) == (shift.starts_at + 115 * MINUTE, "看错了", "lead")
    detail = next(event.detail for event in history("booking", booking.id) if event.action == "attendance.corrected")
    assert detail["was"] == (shift.starts_at + 110 * MINUTE).isoformat()
    assert db.session.execute(db.select(HoursEntry.minutes)).scalars().all() == [110]


def test_leaving_early_coming_after_all_and_taking_a_sign_in_back(app: Flask) -> None:
    shift, booking = booked()
    away, lead = make_booking(shift), coordinator()
    with time_machine.travel(shift.starts_at + 40 * MINUTE, tick=False):
        sent = ticket(shift)
        hand_in(booking, sent)
        do(roll_call.undo, booking.id, "点错了人", by=lead)
        assert (fresh(booking).state, marks()) == ("confirmed", 0)
        with pytest.raises(Conflict):
            hand_in(booking, sent)
        do(roll_call.miss, away.id, by=lead)
        assert fresh(shift).taken == 1
    with time_machine.travel(shift.starts_at + 60 * MINUTE, tick=False):
        hand_in(booking, ticket(shift))  # a code read after that counts
        do(roll_call.leave_early, booking.id, entry(OUT, shift, 60, "家里有事"), by=lead)
        do(roll_call.come_late, away.id, entry(IN, shift, 55, "走错了路口"), by=lead)
    assert (fresh(booking).state, fresh(away).state, fresh(shift).taken) == ("left_early", "attended", 2)
    assert marks_of([booking.id])[booking.id][OUT].at == shift.starts_at + 60 * MINUTE


def test_who_excuses_themselves_before_the_start_frees_the_place_for_the_next(app: Flask) -> None:
    shift, booking = booked(capacity=1)
    waiting = make_booking(shift)
    with time_machine.travel(shift.starts_at - 20 * MINUTE, tick=False):
        with pytest.raises(Conflict):
            do(roll_call.miss, booking.id, by=coordinator())
        do(roll_call.excuse, booking.id, "打来电话", by=coordinator())
        assert (fresh(booking).state, fresh(waiting).state) == ("excused", "offered")


def test_an_absent_persons_place_can_go_to_somebody_who_came(app: Flask) -> None:
    shift, booking = booked(capacity=1)
    lead, volunteer = By(make_person().id, Actor.LEAD), make_volunteer()
    young, busy = make_volunteer(age=15), make_volunteer()
    make_booking(make_shift(starts_in=1.5), busy)
    with time_machine.travel(shift.starts_at + 31 * MINUTE, tick=False):
        add = lambda who: do(walk_in.add, shift.id, who.id, key="k" * 16, by=lead)  # noqa: E731
        with pytest.raises(Refused) as full:
            add(volunteer)
        do(roll_call.miss, booking.id, by=lead)
        for who, reason in ((young, Reason.TOO_YOUNG), (busy, Reason.CLASH)):
            with pytest.raises(Refused) as refused:
                add(who)
            assert refused.value.reason is reason
        assert add(volunteer).id == add(volunteer).id
        assert (full.value.reason, fresh(shift).taken, marks()) == (Reason.FULL, 1, 1)
        with pytest.raises(Refused):
            do(roll_call.come_late, booking.id, entry(IN, shift, 30), by=lead)
    walked = db.session.execute(db.select(Booking).where(Booking.volunteer_id == volunteer.id)).scalar_one()
    assert (walked.state, history("booking", walked.id)[-1].actor_role) == ("attended", "lead")


def test_before_the_start_a_place_goes_to_those_who_wait(app: Flask) -> None:
    shift, booking = booked(capacity=1)
    waiting = make_booking(shift)
    with time_machine.travel(shift.starts_at - 10 * MINUTE, tick=False):
        do(roll_call.excuse, booking.id, "打来电话", by=coordinator())
        with pytest.raises(Refused):
            do(walk_in.add, shift.id, make_volunteer().id, key="w" * 16, by=coordinator())
    assert fresh(waiting).state == "offered"


@pytest.mark.both_databases
def test_the_job_punishes_nobody_for_a_place_without_network(app: Flask) -> None:
    silent, quiet = booked()
    called, there = booked()
    absent = make_booking(called)
    by_phone, came = booked()
    missing = make_booking(by_phone)
    with time_machine.travel(silent.starts_at, tick=False):
        do(roll_call.roll_call, called.id, [there.id], direction=IN, by=coordinator())
        hand_in(came, ticket(by_phone))
    rows = (quiet, absent, missing, there, came)
    for after, expected in (
        (30 * MINUTE - timedelta(seconds=1), ["confirmed", "confirmed", "confirmed", "attended", "attended"]),
        (30 * MINUTE, ["confirmed", "no_show", "confirmed", "attended", "attended"]),
        (14 * 60 * MINUTE - timedelta(seconds=1), ["confirmed", "no_show", "confirmed", "attended", "attended"]),
        (14 * 60 * MINUTE, ["no_show", "no_show", "no_show", "attended", "attended"]),
    ):
        with time_machine.travel(silent.starts_at + after, tick=False):
            mark_absent({})
            mark_absent({})
        assert [fresh(row).state for row in rows] == expected, after
    assert [fresh(shift).taken for shift in (silent, called, by_phone)] == [0, 1, 1]
    events = db.session.execute(db.select(BookingEvent.actor_role).where(BookingEvent.name == "miss")).scalars().all()
    assert events == ["system"] * 3


def test_steps_that_are_not_possible_are_refused_with_a_sentence(app: Flask) -> None:
    shift, booking = booked()
    lead = coordinator()
    with time_machine.travel(shift.starts_at + 5 * MINUTE, tick=False):
        for act in (
            lambda: do(roll_call.close, shift.id, by=lead, now=clock.now()),
            lambda: do(roll_call.accept, booking.id, by=lead),
            lambda: do(roll_call.leave_early, booking.id, entry(OUT, shift, 3), by=lead),
            lambda: do(roll_call.enter, booking.id, entry(IN, shift, 6), by=lead),
            lambda: do(roll_call.excuse, booking.id, "", by=lead),
            lambda: do(roll_call.undo, booking.id, "无", by=by(db.session.get_one(Volunteer, booking.volunteer_id))),
        ):
            with pytest.raises(DomainError) as refused:
                act()
            assert str(refused.value)
    assert fresh(booking).state == "confirmed"
