"""The loaded volunteering keeps every promise of the services, and shows what a visitor should find."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask

from citizen.accounts.models import Person
from citizen.accounts.services.secrets import unseal
from citizen.certificates.models import Certificate
from citizen.certificates.services import standing_of
from citizen.core import clock
from citizen.core.audit import Event
from citizen.core.clock import local
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.volunteers.models import (
    Adoption,
    Attendance,
    Booking,
    BookingEvent,
    HoursEntry,
    HoursNotice,
    HoursObjection,
    HoursRequest,
    Party,
    Post,
    PostKind,
    Shift,
    ShiftTemplate,
    Stop,
    Team,
    TeamMember,
    Volunteer,
)
from citizen.volunteers.queries.stops import reach_of, reached
from citizen.volunteers.queries.volunteers import facts_of, needs_of, teams_of
from citizen.volunteers.rules.booking import ACTIVE, HOLDING, PRESENT, TRANSITIONS, Actor
from citizen.volunteers.rules.draw import Entry, order, ticket_of
from citizen.volunteers.rules.eligibility import Reason, obstacles
from citizen.volunteers.rules.hours import credited
from citizen.volunteers.rules.ledger import fingerprint, lines_of
from citizen.volunteers.rules.shifts import BOOKING_OPENS, ShiftStatus
from citizen.volunteers.services.templates import horizon, lock_template, make_shifts
from tests.demo.conftest import NOW

pytestmark = pytest.mark.both_databases


def all_of(model: Any) -> list[Any]:
    return list(db.session.execute(db.select(model).order_by(model.id)).scalars())


def by_id(model: Any) -> dict[int, Any]:
    """All rows by id, held, so that none is read twice."""
    return {row.id: row for row in all_of(model)}


def star() -> Volunteer:
    query = db.select(Volunteer).join(Person, Person.id == Volunteer.person_id)
    return db.session.execute(query.where(Person.email == "volunteer@demo.invalid")).scalar_one()


def test_counters_and_events_are_those_of_the_bookings(loaded: Flask) -> None:
    seats: dict[int, Counter[str]] = defaultdict(Counter)
    numbers: dict[int, list[int]] = defaultdict(list)
    events: dict[int, list[BookingEvent]] = defaultdict(list)
    for event in all_of(BookingEvent):
        events[event.booking_id].append(event)
    steps: Counter[int] = Counter()
    bookings = all_of(Booking)
    for booking in bookings:
        seats[booking.shift_id][booking.state] += 1
        numbers[booking.shift_id] += [booking.wait_no] if booking.wait_no is not None else []
        steps[booking.shift_id] += replay(booking, events[booking.id])
    assert len(bookings) > 1_500 and not set(events) - {row.id for row in bookings}
    for shift in all_of(Shift):
        found = seats[shift.id]
        assert shift.taken == sum(found[state] for state in HOLDING) <= shift.capacity
        assert shift.waiting == found["waiting"]
        assert sorted(numbers[shift.id]) == list(range(1, shift.next_wait_no))
        assert shift.version > steps[shift.id]
        if shift.waiting and shift.drawn_at is None and shift.draw_at is None:
            assert shift.free == 0, "nobody waits while a place is free"
    with pytest.raises(AssertionError):  # the control: a missing event is noticed
        long = next(row for row in bookings if len(events[row.id]) > 2)
        replay(long, events[long.id][:1] + events[long.id][2:])


def replay(booking: Booking, events: list[BookingEvent]) -> int:
    """How many steps the booking made; fails when one does not follow from the one before or was not its actor's."""
    state, moved, at = None, 0, booking.created_at
    assert events and events[0].at == booking.created_at <= NOW
    for event in events:
        assert event.from_state == state and event.at >= at
        if event.name in TRANSITIONS:
            row = TRANSITIONS[event.name]
            assert event.to_state == row.target and Actor(event.actor_role) in row.actors
            assert (state in row.sources) if row.sources else state is None
            moved, changed = moved + 1, event.at
        else:
            assert event.to_state == state and event.name in ("sign_out", "ask_again")
        state, at = event.to_state, event.at
    assert (state, changed) == (booking.state, booking.changed_at) and at <= NOW
    return moved


def test_nobody_is_in_two_places_and_everybody_may_be_there(loaded: Flask) -> None:
    bound: dict[int, list[tuple[Any, Any]]] = defaultdict(list)
    active: Counter[tuple[int, int]] = Counter()
    people, shifts, posts, kinds = (
        by_id(Volunteer),
        by_id(Shift),
        all_of(Post),
        db.session.execute(db.select(PostKind)).all(),
    )
    teams = teams_of(people)
    for booking in all_of(Booking):
        shift, person = shifts[booking.shift_id], people[booking.volunteer_id]
        assert shift.starts_at - BOOKING_OPENS <= booking.created_at < shift.starts_at
        found = obstacles(facts_of(person, teams=teams[person.id], with_guardian=True), needs_of(shift))
        if person.suspended_at is not None and shift.starts_at < person.suspended_at:
            found = [reason for reason in found if reason is not Reason.SUSPENDED]
        assert not found, (booking.id, found)
        if booking.state in ACTIVE:
            active[shift.id, person.id] += 1
        if booking.state in HOLDING:
            bound[person.id].append((shift.starts_at, shift.ends_at))
    assert posts and kinds and max(active.values()) == 1
    for spans in bound.values():
        assert all(a[1] <= b[0] for a, b in pairwise(sorted(spans)))


def test_children_come_with_their_guardian(loaded: Flask) -> None:
    parties = by_id(Party)
    people = by_id(Volunteer)
    children = [row for row in all_of(Booking) if people[row.volunteer_id].guardian_id]
    assert len(parties) >= 5 and children
    for booking in children:
        assert parties[booking.party_id].leader_id == people[booking.volunteer_id].guardian_id


def test_hours_are_those_of_the_attendance(loaded: Flask) -> None:
    marks: dict[int, dict[str, Any]] = defaultdict(dict)
    for mark in all_of(Attendance):
        marks[mark.booking_id][mark.direction] = mark.at
    days: Counter[tuple[int, Any]] = Counter()
    autos: Counter[int] = Counter()
    people, bookings, shifts = by_id(Volunteer), by_id(Booking), by_id(Shift)
    for entry in all_of(HoursEntry):
        person = people[entry.volunteer_id]
        own = {person.person_id, person.guardian_id and people[person.guardian_id].person_id} - {None}
        days[entry.volunteer_id, entry.day] += entry.minutes
        if entry.kind != "auto":
            assert entry.entered_by != entry.approved_by and entry.approved_by not in own and entry.reason
            continue
        autos[entry.booking_id] += 1
        booking = bookings[entry.booking_id]
        shift = shifts[booking.shift_id]
        assert booking.state in PRESENT and entry.entered_by not in own and entry.created_at <= NOW
        assert entry.day == local(shift.starts_at).date()
        span = (marks[booking.id]["in"], marks[booking.id]["out"])
        assert entry.minutes <= credited(span, scheduled=shift.minutes)
    assert len(autos) > 1_000 and max(autos.values()) == 1
    assert min(days.values()) >= 0 and max(days.values()) <= 480
    for booking in bookings.values():
        assert ("in" in marks[booking.id]) == (booking.state in PRESENT)


def test_corrections_are_agreed_to_by_another_person(loaded: Flask) -> None:
    requests = all_of(HoursRequest)
    assert {(row.kind, row.state) for row in requests} == {
        ("adjust", "approved"),
        ("adjust", "pending"),
        ("reversal", "approved"),
        ("backfill", "approved"),
    }
    made = {row.request_id: row for row in all_of(HoursEntry) if row.request_id}
    assert set(made) == {row.id for row in requests if row.state == "approved"}
    for request in requests:
        assert request.decided_by != request.requested_by
    opened, closed = sorted(all_of(HoursNotice), key=lambda row: row.closes_at, reverse=True)
    assert closed.closes_at < NOW < opened.closes_at
    for objection in all_of(HoursObjection):
        notice, entry = (
            db.session.get_one(HoursNotice, objection.notice_id),
            db.session.get_one(HoursEntry, objection.entry_id),
        )
        assert notice.from_day <= entry.day <= notice.until_day
        assert notice.opens_at <= objection.created_at < min(notice.closes_at, NOW)
    assert Counter(row.state for row in all_of(HoursObjection)) == {"open": 1, "dismissed": 1}


def test_the_demonstration_s_volunteer_has_something_of_everything(loaded: Flask) -> None:
    me = star()
    bookings = [row for row in all_of(Booking) if row.volunteer_id == me.id]
    shifts = {row.id: db.session.get_one(Shift, row.shift_id) for row in bookings}
    assert Counter(row.state for row in bookings) == {"attended": 9, "confirmed": 1, "waiting": 1, "offered": 1}
    coming = {row.state: shifts[row.id] for row in bookings if row.state != "attended"}
    assert local(coming["confirmed"].starts_at).date() == local(NOW).date() + timedelta(days=1)
    assert coming["waiting"].free == coming["offered"].free == 0
    offer = next(row for row in bookings if row.state == "offered")
    assert offer.offered_until is not None and NOW < offer.offered_until < coming["offered"].starts_at
    entries = [row for row in all_of(HoursEntry) if row.volunteer_id == me.id]
    assert sum(row.minutes for row in entries) > 600


def test_the_certificate_is_what_the_site_would_have_issued(loaded: Flask) -> None:
    (certificate,), me = all_of(Certificate), star()
    assert certificate.person_id == me.person_id and standing_of(certificate).value == "valid"
    before = [row for row in all_of(HoursEntry) if row.volunteer_id == me.id and row.created_at < certificate.issued_at]
    lines = lines_of(before)
    assert certificate.snapshot["minutes"] == sum(line.minutes for line in lines)
    last = max(entry.id for entry in before)
    assert certificate.dedupe_key == f"hours:{me.id}:{last}:{fingerprint(lines)}:0"


def test_draws_can_be_worked_out_again(loaded: Flask) -> None:
    shifts = [row for row in all_of(Shift) if row.draw_at is not None]
    drawn = [row for row in shifts if row.drawn_at is not None]
    assert drawn and len(drawn) < len(shifts)
    told = {
        event.subject_id: event.detail
        for event in db.session.execute(db.select(Event).where(Event.action == "shift.drawn")).scalars()
    }
    bookings = all_of(Booking)
    for shift in shifts:
        rows = [row for row in bookings if row.shift_id == shift.id]
        if shift.drawn_at is None:
            assert all(row.state == "waiting" and row.wait_no is None for row in rows) and shift.draw_at > NOW
            continue
        entries = [Entry(ticket_of(shift.post.qr_secret, shift.id, row.volunteer_id), row.weight, 1) for row in rows]
        tickets = [entry.ticket for entry in order(shift.draw_seed, entries)]
        assert told[shift.id]["tickets"] == tickets
        lucky = set(tickets[: shift.capacity])
        assert {
            ticket_of(shift.post.qr_secret, shift.id, row.volunteer_id) for row in rows if row.wait_no is None
        } == lucky


def test_stops_reach_what_they_say(loaded: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    stops = all_of(Stop)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    assert len(stops) == 2 and stops[0].ends_at < NOW < stops[1].starts_at
    for stop in stops:
        gone = [row for row in all_of(Shift) if row.stop_id == stop.id]
        assert gone and all(row.status == ShiftStatus.CANCELLED and row.taken == row.waiting == 0 for row in gone)
        assert not db.session.execute(reached(reach_of(stop), now=stop.created_at)).all()
    called_off = [row for row in all_of(Booking) if row.state == "cancelled_by_organiser"]
    assert {db.session.get_one(Shift, row.shift_id).stop_id for row in called_off} == {stop.id for stop in stops}


def test_there_is_something_of_everything(loaded: Flask) -> None:
    shifts, today = all_of(Shift), local(NOW).date()
    posts = {row.id: row for row in all_of(Post)}
    kinds = {row.code: row for row in db.session.execute(db.select(PostKind)).scalars()}
    assert 38 <= len(posts) <= 44 and {post.kind_code for post in posts.values()} == set(kinds)
    people = all_of(Volunteer)
    assert 100 <= len(people) <= 130 and len(all_of(Team)) == 12
    assert {row.volunteer_id for row in db.session.execute(db.select(TeamMember)).scalars()} & {
        row.id for row in people if row.guardian_id
    }
    assert min(local(row.starts_at).date() for row in shifts) == today - timedelta(days=60)
    assert max(local(row.starts_at).date() for row in shifts) == today + timedelta(days=42)
    coming = [row for row in shifts if row.starts_at > NOW]
    assert sum(row.waiting > 0 and row.free == 0 and row.draw_at is None for row in coming) >= 6
    assert any(0 < row.taken < row.capacity for row in coming)
    assert any(local(row.starts_at).date() != local(row.ends_at).date() for row in coming)
    assert any(row.team_id and row.taken for row in coming)
    sealed = [row for row in shifts if row.care_address]
    assert len(sealed) == 2 and all(row.taken == 2 and posts[row.post_id].care for row in sealed)
    assert all("演示" in (unseal(row.care_address) or "") for row in sealed)
    assert Counter(row.state for row in all_of(Adoption)) == {"running": 2, "asked": 1, "ended": 1}
    moved = [row for row in coming if row.template_id and differs(row)]
    assert len(moved) == 1 and any(row.ask_again for row in all_of(Booking) if row.shift_id == moved[0].id)
    fitting = {post.id for post in posts.values() if not post.care}
    points = db.metadata.tables["points"]
    types = dict(db.session.execute(db.select(points.c.code, points.c.type_code)).all())
    assert all(types[posts[id_].point_code] in kinds[posts[id_].kind_code].place_types for id_ in fitting)


def differs(shift: Shift) -> bool:
    """Whether a shift stands at another time than its pattern says."""
    template = db.session.get_one(ShiftTemplate, shift.template_id)
    return f"{local(shift.starts_at):%H:%M}" != template.starts


def test_the_worker_goes_on_where_the_load_stopped(loaded: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    for template in all_of(ShiftTemplate)[::8]:
        with transaction():
            assert make_shifts(lock_template(template.id), horizon(clock.today())) == []


def test_the_trail_tells_of_it(loaded: Flask) -> None:
    told = Counter(db.session.execute(db.select(Event.action)).scalars())
    assert told["hours.credited"] == sum(row.kind == "auto" for row in all_of(HoursEntry))
    assert told["post.created"] == len(all_of(Post)) and told["template.created"] == len(all_of(ShiftTemplate))
    for action in ("volunteer.joined", "team.approved", "stop.called", "shift.moved", "certificate.issued"):
        assert told[action], action
