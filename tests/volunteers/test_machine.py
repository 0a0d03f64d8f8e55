"""A thousand random histories of booking against a plain model: every state, number, deadline and count must agree."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, ClassVar

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.extensions import db
from citizen.volunteers.jobs.line import end_offers
from citizen.volunteers.models import Booking, BookingEvent, Shift, Volunteer
from citizen.volunteers.rules.booking import HOLDING, By
from citizen.volunteers.rules.eligibility import Refused
from citizen.volunteers.rules.sign_in import Direction
from citizen.volunteers.services import booking as booking_service
from citizen.volunteers.services import line, roll_call
from citizen.volunteers.services.booking import Wish, book
from citizen.volunteers.services.moving import move_shift
from citizen.volunteers.services.places import lock_shift
from citizen.volunteers.services.shifts import cancel_shift, set_capacity
from tests.volunteers.ledger_of_places import Model, Plan, Seat
from tests.volunteers.making import by, coordinator, make_post

START = datetime(2026, 9, 3, 1, 0, tzinfo=UTC)
PEOPLE, SHIFTS = 4, 3
BORN = date(1990, 1, 1)
#: Hours after the beginning of the history; the first two overlap.
STARTS = (3.0, 4.0, 9.0)
SEATS = (
    db.select(
        Booking.shift_id, Booking.volunteer_id, Booking.state, Booking.wait_no, Booking.offered_until, Booking.ask_again
    )
    .where(Booking.shift_id.in_(db.bindparam("ids", expanding=True)))
    .order_by(Booking.id)
)
COUNTS = db.select(Shift.id, Shift.taken, Shift.waiting, Shift.capacity).where(
    Shift.id.in_(db.bindparam("ids", expanding=True))
)
people, shifts = st.integers(0, PEOPLE - 1), st.integers(0, SHIFTS - 1)
picks = st.integers(0, 11)
#: Hours after the beginning, and minutes that pass; the last pause lasts until shortly before the next start.
MOVES = (2.0, 3.0, 4.5, 8.0, 10.5, 12.0)
PAUSES = (1, 14, 20, 45, 90, 0)
SHORTLY = timedelta(minutes=10)
WEIGHTS = {
    "book": 5,
    "cancel": 4,
    "answer": 4,
    "time": 4,
    "call_off": 1,
    "resize": 2,
    "move": 2,
    "stop": 1,
    "sign_in": 2,
}
acts = st.sampled_from([act for act, weight in WEIGHTS.items() for _ in range(weight)])


class Histories(RuleBasedStateMachine):
    """Four people, three shifts, a clock; every rule does the same to the services and to the model."""

    ids: ClassVar[list[int]] = []
    post: ClassVar[dict[str, Any]]
    desk: ClassVar[By]
    moment: ClassVar[datetime] = START

    @initialize(sizes=st.tuples(*[st.integers(1, 2)] * SHIFTS), wishes=st.lists(st.tuples(people, shifts), max_size=8))
    def begin(self, sizes: tuple[int, ...], wishes: list[tuple[int, int]]) -> None:
        """New people and shifts, some in and some in the line; nobody is removed from the tables, but the cost of a history
        does not grow with those before it.
        """
        type(self).moment = START
        spans = [(START + timedelta(hours=h), START + timedelta(hours=h + 2)) for h in STARTS]
        with transaction() as session:
            session.execute(db.update(Shift).where(Shift.id.in_(self.ids)).values(status="cancelled"))
            rows = [
                Shift(**self.post, starts_at=a, ends_at=b, capacity=n) for (a, b), n in zip(spans, sizes, strict=True)
            ]
            session.add_all(rows)
            self.volunteers = self.newcomers()
        type(self).ids = [row.id for row in rows]
        self.model = Model([Plan(a, b, n) for (a, b), n in zip(spans, sizes, strict=True)], START)
        for who, shift in wishes:
            self.book(who, shift, wait=True)

    @staticmethod
    def newcomers() -> list[tuple[int, By]]:
        """People without a past, and how each acts."""
        names = [secrets.token_hex(6) for _ in range(PEOPLE)]
        people = [Person(name=name, email=f"{name}@example.org", password_hash="-", created_at=START) for name in names]
        db.session.add_all(people)
        db.session.flush()
        rows = [
            Volunteer(person_id=one.id, name=one.name, birth_day=BORN, briefed_on=START.date(), created_at=START)
            for one in people
        ]
        db.session.add_all(rows)
        db.session.flush()
        return [(row.id, by(row)) for row in rows]

    @rule(act=acts, pick=picks, who=people, shift=shifts, number=st.integers(0, 5))
    def step(self, act: str, pick: int, who: int, shift: int, number: int) -> None:
        """One act; a single rule, since Hypothesis would leave some of several out of most histories."""
        if act in ("cancel", "call_off", "sign_in"):
            getattr(self, act)(pick)
        elif act == "answer":
            self.answer(pick, yes=number % 2 == 0)
        elif act == "book":
            self.book(who, shift, wait=number > 0)
        elif act == "resize":
            self.resize(shift, number)
        elif act == "move":
            self.move(shift, MOVES[number])
        elif act == "stop":
            self.stop(shift)
        else:
            self.time_passes(PAUSES[number], worker=pick > 3)

    def both(self, expected: str, act: Callable[[], Any]) -> None:
        """Do ``act`` in a transaction and compare its refusal with the model's."""
        try:
            with transaction():
                act()
            answer = ""
        except Refused as refused:
            answer = refused.reason.value
        except (Conflict, NotFound):
            answer = "conflict"
        except InvalidInput:
            answer = "invalid"
        assert answer == expected

    def pick(self, pick: int, *states: str) -> tuple[int, int]:
        """Somebody in one of ``states`` and the shift; now and then, and when there is nobody, anybody."""
        able = [(seat.who, n) for n, plan in enumerate(self.model.plans) for seat in plan.seats if seat.state in states]
        return able[pick % len(able)] if able and pick else (pick % PEOPLE, pick % SHIFTS)

    def number(self, who: int, shift: int) -> int:
        """The id of somebody's active booking, else of the last one, else of none."""
        query = db.select(Booking.id, Booking.state).where(
            Booking.shift_id == self.ids[shift], Booking.volunteer_id == self.volunteers[who][0]
        )
        rows = db.session.execute(query.order_by(Booking.id)).all()
        active = [row.id for row in rows if row.state in HOLDING or row.state == "waiting"]
        return int((active or [row.id for row in rows] or [0])[-1])

    def book(self, who: int, shift: int, wait: bool) -> None:
        """Somebody wants a place, or a number."""
        wish = Wish(self.ids[shift], (self.volunteers[who][0],), key=secrets.token_hex(8), wait=wait)
        expected = self.model.book(who, self.model.plans[shift], wait=wait)
        self.both(expected, lambda: book(wish, by=self.volunteers[who][1]))

    def cancel(self, pick: int) -> None:
        """Somebody cannot come."""
        who, shift = self.pick(pick, *("confirmed", "waiting"))
        expected = self.model.leave(who, self.model.plans[shift])
        id_ = self.number(who, shift)
        self.both(expected, lambda: booking_service.cancel(id_, by=self.volunteers[who][1]))

    def answer(self, pick: int, yes: bool) -> None:
        """Somebody answers an offer, or what is none."""
        who, shift = self.pick(pick, *("offered",))
        expected = self.model.answer(who, self.model.plans[shift], yes=yes)
        id_ = self.number(who, shift)
        act = booking_service.accept if yes else booking_service.decline
        self.both(expected, lambda: act(id_, by=self.volunteers[who][1]))

    def call_off(self, pick: int) -> None:
        """The coordinator takes somebody out."""
        who, shift = self.pick(pick, *("confirmed", "waiting", "offered"))
        expected = self.model.call_off(who, self.model.plans[shift])
        id_ = self.number(who, shift)
        self.both(expected, lambda: booking_service.call_off(id_, by=self.desk, reason="x"))

    def resize(self, shift: int, capacity: int) -> None:
        """More places, or fewer."""
        expected = self.model.resize(self.model.plans[shift], capacity)
        self.both(expected, lambda: set_capacity(lock_shift(self.ids[shift]), capacity, by=self.desk))

    def move(self, shift: int, hours: float) -> None:
        """The shift takes place at another time."""
        start = START + timedelta(hours=hours)
        expected = self.model.move(self.model.plans[shift], start)
        end = start + timedelta(hours=2)
        self.both(expected, lambda: move_shift(lock_shift(self.ids[shift]), start, end, by=self.desk))

    def stop(self, shift: int) -> None:
        """A shift is cancelled."""
        expected = self.model.cancel(self.model.plans[shift])
        self.both(expected, lambda: cancel_shift(lock_shift(self.ids[shift]), "x", by=self.desk))

    def sign_in(self, pick: int) -> None:
        """The lead calls the roll."""
        who, shift = self.pick(pick, *("confirmed",))
        expected = self.model.sign_in(who, self.model.plans[shift])
        id_ = self.number(who, shift)
        call = roll_call.roll_call
        self.both(expected, lambda: call(self.ids[shift], [id_], direction=Direction.IN, by=self.desk))

    def time_passes(self, minutes: int, worker: bool) -> None:
        """The clock goes on; the worker may or may not have run."""
        coming = min((plan.start for plan in self.model.plans if plan.start - SHORTLY > self.moment), default=None)
        if not minutes and coming is not None:
            type(self).moment = coming - SHORTLY
        type(self).moment += timedelta(minutes=minutes)
        self.model.now = self.moment
        if worker:
            self.model.sweep()
            end_offers({})

    @invariant()
    def agrees(self) -> None:
        """The database holds what the model says, and the counters what the rows say."""
        if not hasattr(self, "model"):
            return
        db.session.rollback()
        seen: dict[int, list[Seat]] = {id_: [] for id_ in self.ids}
        for row in db.session.execute(SEATS, {"ids": self.ids}):
            seen[row.shift_id].append(Seat(self.who(row), row.state, row.wait_no, row.offered_until, row.ask_again))
        counts = {row.id: row for row in db.session.execute(COUNTS, {"ids": self.ids})}
        for plan, id_ in zip(self.model.plans, self.ids, strict=True):
            expected = [replace(seat, order=0) for seat in sorted(plan.seats, key=lambda seat: seat.order)]
            assert seen[id_] == expected
            row = counts[id_]
            assert (row.taken, row.waiting, row.capacity) == (plan.held(), len(plan.line()), plan.capacity)
            assert 0 <= row.taken <= row.capacity
        for who in range(PEOPLE):
            bound = [plan for plan in self.model.plans if not plan.cancelled and binds(plan.of(who))]
            spans = sorted((plan.start, plan.end) for plan in bound)
            assert all(a[1] <= b[0] for a, b in pairwise(spans))

    def who(self, row: Any) -> int:
        """The number of a booking's volunteer in the model."""
        return [id_ for id_, _by in self.volunteers].index(row.volunteer_id)


def binds(seat: Seat | None) -> bool:
    """Whether a booking keeps its person from being elsewhere."""
    return seat is not None and (
        seat.state in ("confirmed", "attended") or (seat.state == "offered" and not seat.asked)
    )


def set_the_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    """People and a post that all histories share, and a clock that stands still unless a rule moves it."""
    monkeypatch.setattr(clock, "now", lambda: Histories.moment)
    Histories.moment, Histories.ids = START, []
    post = make_post("market_steward")
    Histories.post = {"post_id": post.id, "area_code": post.area_code, "kind_code": post.kind_code}
    Histories.desk = coordinator()
    db.session.remove()
    if db.engine.dialect.name == "sqlite":  # nothing is killed here, so nothing needs to reach the disk
        connection = db.engine.raw_connection()
        connection.cursor().execute("PRAGMA synchronous=OFF")
        connection.close()


def walk(histories: int, *phases: Phase) -> None:
    """Run so many histories of up to eight steps."""
    chosen = settings(
        max_examples=histories,
        stateful_step_count=8,
        deadline=None,
        database=None,
        derandomize=not phases,  # a control must go red every time
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, *phases),
    )
    run_state_machine_as_test(Histories, settings=chosen)


@pytest.mark.long
@pytest.mark.both_databases
def test_a_thousand_histories(app: Flask, monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    """Four hundred that are the same in every run, so that all that they are about is reached for certain, and others."""
    set_the_stage(monkeypatch)
    everything = database_url.startswith("sqlite")
    walk(400 if everything else 30)
    walk(600 if everything else 30, Phase.shrink)
    names = set(db.session.execute(db.select(BookingEvent.name).distinct()).scalars())
    wanted = {
        "book",
        "wait",
        "offer",
        "accept",
        "decline",
        "expire",
        "cancel",
        "call_off",
        "question",
        "skip",
        "sign_in",
    }
    assert names >= (wanted if everything else {"book", "offer"})


@pytest.mark.parametrize("broken", ["order", "clash"])
def test_a_broken_line_is_noticed(app: Flask, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """The control: the walk above goes red when the line is served backwards or without a look at clashes."""
    set_the_stage(monkeypatch)
    if broken == "order":
        served = line.waiting_line
        monkeypatch.setattr(line, "waiting_line", lambda shift: served(shift)[::-1])
    else:
        monkeypatch.setattr(line, "clash_of", lambda _who, _shift: None)
    with pytest.raises(AssertionError):
        walk(400)
