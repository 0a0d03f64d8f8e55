"""How many minutes are credited, by whom, and that nobody does it for themselves."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, DomainError, InvalidInput, NotFound
from citizen.core.outbox import Job
from citizen.extensions import db
from citizen.volunteers.models import Attendance, Booking, HoursEntry, HoursRequest, Party, Shift, Team, Volunteer
from citizen.volunteers.queries import hours as queries
from citizen.volunteers.rules import hours as rules
from citizen.volunteers.rules.booking import Actor, By
from citizen.volunteers.rules.hours import Kind
from citizen.volunteers.services.corrections import Change, decide, request_change
from citizen.volunteers.services.hours import confirm_booking, end_and_confirm
from tests.volunteers.making import by, coordinator, fresh, make_person, make_post, make_shift, make_volunteer, served

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@given(
    before=st.integers(-600, 600),
    length=st.integers(0, 2_000),
    seconds=st.integers(0, 59),
    scheduled=st.integers(30, 960),
    breaks=st.integers(0, 300),
    used=st.integers(0, 600),
)
def test_never_more_than_was_served_nor_than_the_schedule_and_the_allowance(
    before: int, length: int, seconds: int, scheduled: int, breaks: int, used: int
) -> None:
    start = NOON + timedelta(minutes=before)
    span = (start, start + timedelta(minutes=length, seconds=seconds))
    minutes = rules.credited(span, scheduled=scheduled, breaks=breaks, used=used)
    assert 0 <= minutes <= max(0, min(length - breaks, scheduled + rules.ALLOWANCE))
    assert minutes + used <= max(rules.DAILY_CAP, used)
    if min(length - breaks, scheduled + rules.ALLOWANCE) < rules.SHORTEST:
        assert minutes == 0
    elif used == 0:
        assert minutes == min(length - breaks, scheduled + rules.ALLOWANCE, rules.DAILY_CAP)


@pytest.mark.parametrize(
    ("came", "left", "breaks", "used", "expected"),
    [
        (0, 120, 0, 0, 120),
        (-60, 120, 0, 0, 150),  # an hour early counts within the allowance only
        (0, 200, 0, 0, 150),
        (0, 200, 20, 0, 150),
        (0, 100, 15, 0, 85),
        (0, 29, 0, 0, 0),
        (0, 30, 0, 0, 30),
        (0, 45, 20, 0, 0),
        (0, 120, 0, 400, 80),
        (0, 120, 0, 470, 10),  # what is left of the day is credited, however little
        (0, 120, 0, 480, 0),
    ],
)
def test_minutes(came: int, left: int, breaks: int, used: int, expected: int) -> None:
    span = (NOON + timedelta(minutes=came), NOON + timedelta(minutes=left))
    assert rules.credited(span, scheduled=120, breaks=breaks, used=used) == expected


def test_the_countys_numbers_are_read_from_its_file(app: Flask) -> None:
    assert queries.hour_rules() == rules.HourRules(480, (100, 300, 600, 1000, 1500))
    assert rules.HourRules.of({"stars": [50, 20], "daily_cap_minutes": 300}) == rules.HourRules(300, (20, 50))
    assert rules.HourRules.of({}) == rules.HourRules(480, ())
    assert [rules.star_of(n * 60, (100, 300)) for n in (0, 99, 100, 299, 300, 999)] == [0, 0, 1, 1, 2, 2]
    assert rules.last_month(date(2026, 3, 15)) == (date(2026, 2, 1), date(2026, 2, 28))


def confirmed(booking: Booking, who: By | None = None, **more: Any) -> HoursEntry | None:
    with transaction():
        return confirm_booking(booking.id, by=who or coordinator(), **more)


def refused(call: Callable[[], object]) -> DomainError:
    with pytest.raises(DomainError) as caught, transaction():
        call()
    return caught.value


@pytest.mark.both_databases
def test_one_entry_and_one_message_however_often_it_is_confirmed(app: Flask) -> None:
    booking = served(minutes=100)
    first = confirmed(booking, breaks=10)
    assert first is not None and (first.kind, first.minutes, first.approved_by) == (Kind.AUTO, 90, None)
    again = confirmed(booking)
    assert again is not None and (again.id, again.minutes) == (first.id, 90)
    told = db.session.execute(db.select(Job.payload).where(Job.dedupe_key == f"say:hours:{booking.id}")).scalars().all()
    assert [(row["event"], row["values"]["hours"]) for row in told] == [("hours_credited", "1.5")]
    assert queries.total_minutes(booking.volunteer_id) == 90


@pytest.mark.both_databases
def test_two_who_confirm_at_the_same_moment_make_one_entry(app: Flask, people: dict[str, Person]) -> None:
    booking = served(minutes=100)
    who = [By(people[name].id, Actor.COORDINATOR) for name in ("coordinator", "head")] * 3
    gate = Barrier(len(who))

    def confirm(by: By) -> int:
        with app.app_context():
            gate.wait()
            with transaction():
                entry = confirm_booking(booking_id, by=by)
                assert entry is not None
                return entry.id

    booking_id = booking.id
    with ThreadPoolExecutor(len(who)) as pool:
        ids = set(pool.map(confirm, who))
    assert len(ids) == 1
    db.session.rollback()
    assert db.session.execute(db.select(HoursEntry.minutes)).scalars().all() == [100]


@pytest.mark.both_databases
def test_the_ledger_refuses_a_second_automatic_entry_and_every_change(app: Flask) -> None:
    entry = confirmed(served(minutes=100))
    assert entry is not None
    with pytest.raises(Conflict), transaction() as session:
        session.add(
            HoursEntry(
                volunteer_id=entry.volunteer_id, booking_id=entry.booking_id, kind="auto", minutes=1, day=entry.day,
                created_at=clock.now(),
            )
        )  # fmt: skip
    for statement in (db.update(HoursEntry).values(minutes=1), db.delete(HoursEntry)):
        with pytest.raises(Exception, match="append-only"), transaction() as session:
            session.execute(statement)


def test_nothing_is_credited_without_sign_out_until_an_end_is_entered_with_a_reason(app: Flask) -> None:
    booking = served(minutes=None)
    assert confirmed(booking) is None
    start = queries.presence_of(booking.id)["in"]
    end = start + timedelta(minutes=75)
    for ended, reason in ((end, " "), (start, "忘记签退"), (clock.now() + timedelta(hours=1), "忘记签退")):
        call = lambda ended=ended, reason=reason: end_and_confirm(  # noqa: E731
            booking.id, ended, reason=reason, by=coordinator()
        )
        assert isinstance(refused(call), InvalidInput)
    with transaction():
        entry = end_and_confirm(booking.id, end, reason="忘记签退，组长证明", by=coordinator())
    assert (entry.minutes, entry.reason) == (75, "忘记签退，组长证明")
    row = db.session.execute(db.select(Attendance).where(Attendance.direction == "out")).scalar_one()
    assert (row.method, row.at, row.entered_by) == ("lead", end, coordinator().person_id)
    assert isinstance(refused(lambda: end_and_confirm(booking.id, end, reason="再来一次", by=coordinator())), Conflict)


def test_a_sign_out_without_sign_in_credits_nothing(app: Flask) -> None:
    booking = served(minutes=100)
    with transaction() as session:
        session.execute(db.delete(Attendance).where(Attendance.direction == "in"))
    assert confirmed(booking) is None


def test_only_those_who_were_there_are_credited(app: Flask) -> None:
    booking = served(minutes=100)
    with transaction() as session:
        session.execute(db.update(Booking).values(state="no_show"))
    assert isinstance(refused(lambda: confirm_booking(booking.id, by=coordinator())), Conflict)
    assert isinstance(refused(lambda: confirm_booking(987, by=coordinator())), NotFound)


def test_breaks_must_fit_and_times_run_forward(app: Flask) -> None:
    booking = served(minutes=40)
    for breaks in (-1, 41):
        assert isinstance(
            refused(lambda b=breaks: confirm_booking(booking.id, by=coordinator(), breaks=b)), InvalidInput
        )
    with transaction() as session:
        session.execute(
            db.update(Attendance).where(Attendance.direction == "out").values(at=NOON - timedelta(days=900))
        )
    assert isinstance(refused(lambda: confirm_booking(booking.id, by=coordinator())), Conflict)


def test_a_day_has_eight_hours_and_ends_at_the_countys_midnight(app: Flask) -> None:
    person = make_volunteer()
    # 23:00 in the county: the service belongs to the day on which it began, though most of it lies in the next one.
    late = datetime(2026, 5, 4, 15, tzinfo=UTC)
    for start, minutes, expected in (
        (late - timedelta(hours=14), 300, 300),
        (late - timedelta(hours=8), 150, 150),
        (late, 120, 30),
        (late + timedelta(hours=3), 120, 120),
    ):
        shift = make_shift(starts_at=start, hours=5)
        entry = confirmed(served(shift, person, minutes=minutes))
        assert entry is not None and entry.minutes == expected
    assert queries.day_minutes(person.id, date(2026, 5, 4)) == 480
    assert queries.day_minutes(person.id, date(2026, 5, 5)) == 120


def decided(request: HoursRequest, who: By, *, approve: bool = True) -> HoursRequest:
    with transaction():
        return decide(request.id, approve, words="看过签到表", by=who, version=request.version)


def asked(change: Change, who: By) -> HoursRequest:
    with transaction():
        return request_change(change, by=who)


def change(booking: Booking, kind: Kind = Kind.ADJUST, minutes: int = 60, **more: Any) -> Change:
    about = {"about_id": booking.id} if kind is Kind.ADJUST else {}
    day = {"day": clock.today()} if kind is Kind.BACKFILL else {}
    return Change(kind, booking.volunteer_id, "时间记错了", secrets.token_hex(8), minutes, **{**about, **day, **more})


@pytest.fixture
def head(people: dict[str, Person]) -> By:
    return By(people["head"].id, Actor.COORDINATOR)


def test_a_correction_adds_the_difference_and_both_figures_stay(app: Flask, head: By) -> None:
    booking = served(minutes=100)
    confirmed(booking)
    volunteer = db.session.get_one(Volunteer, booking.volunteer_id)
    request = asked(change(booking, minutes=130), by(volunteer))
    assert queries.total_minutes(volunteer.id) == 100
    decided(request, head)
    rows = queries.entries_of(volunteer.id)
    assert [(row.kind, row.minutes) for row in rows] == [("auto", 100), ("adjust", 30)]
    assert (rows[1].entered_by, rows[1].approved_by) == (volunteer.person_id, head.person_id)
    decided(asked(change(booking, minutes=45), coordinator()), head)
    assert queries.booking_minutes(booking.id) == 45
    assert isinstance(refused(lambda: decide(request.id, True, words="", by=head, version=2)), Conflict)


def test_backfill_and_reversal(app: Flask, head: By) -> None:
    booking = served(minutes=100)
    entry = confirmed(booking)
    assert entry is not None
    decided(asked(change(booking, Kind.BACKFILL, 240), coordinator()), head)
    back = change(booking, Kind.REVERSAL, about_id=entry.id)
    decided(asked(back, coordinator()), head)
    rows = queries.entries_of(booking.volunteer_id)
    assert [(row.kind, row.minutes, row.reverses_id) for row in rows] == [
        ("auto", 100, None), ("backfill", 240, None), ("reversal", -100, entry.id),
    ]  # fmt: skip
    again = change(booking, Kind.REVERSAL, about_id=entry.id)
    assert isinstance(refused(lambda: request_change(again, by=coordinator())), Conflict)
    of_reversal = change(booking, Kind.REVERSAL, about_id=rows[2].id)
    assert isinstance(refused(lambda: request_change(of_reversal, by=coordinator())), Conflict)
    # The booking has its automatic entry for good; what it should come to is a correction from now on.
    assert confirmed(booking) is not None and queries.booking_minutes(booking.id) == 0
    decided(asked(change(booking, minutes=80), coordinator()), head)
    assert queries.booking_minutes(booking.id) == 80


def test_a_correction_before_the_confirmation_settles_the_booking(app: Flask, head: By) -> None:
    booking = served(minutes=None)
    decided(asked(change(booking, minutes=90), coordinator()), head)
    assert isinstance(refused(lambda: confirm_booking(booking.id, by=coordinator())), Conflict)
    assert queries.total_minutes(booking.volunteer_id) == 90


@pytest.mark.parametrize(
    ("kind", "minutes"), [(Kind.ADJUST, 151), (Kind.ADJUST, -1), (Kind.BACKFILL, 481), (Kind.BACKFILL, 29)]
)
def test_corrections_have_the_bounds_of_the_rules(app: Flask, kind: Kind, minutes: int) -> None:
    booking = served(minutes=100)
    confirmed(booking)
    assert isinstance(refused(lambda: request_change(change(booking, kind, minutes), by=coordinator())), InvalidInput)


def test_a_day_cannot_be_corrected_beyond_its_cap(app: Flask, head: By) -> None:
    booking = served(minutes=100)
    confirmed(booking)
    day = queries.entries_of(booking.volunteer_id)[0].day
    request = asked(change(booking, Kind.BACKFILL, 400, day=day), coordinator())
    assert isinstance(refused(lambda: decide(request.id, True, words="", by=head, version=1)), Conflict)
    with transaction():
        decide(request.id, False, words="当天已满八小时", by=head, version=1)
    assert queries.total_minutes(booking.volunteer_id) == 100


def test_volunteers_ask_within_thirty_days_and_for_their_own_bookings_only(app: Flask) -> None:
    booking = served(make_shift(starts_in=-24 * 31, hours=2), minutes=100)
    volunteer, other = db.session.get_one(Volunteer, booking.volunteer_id), make_volunteer()
    assert isinstance(refused(lambda: request_change(change(booking), by=by(volunteer))), Conflict)
    confirmed(booking)  # thirty days count from the day on which the figure was there to be seen
    assert isinstance(refused(lambda: request_change(change(booking), by=by(other))), NotFound)
    stolen = change(booking)
    stolen = Change(stolen.kind, other.id, stolen.reason, stolen.key, stolen.minutes, about_id=booking.id)
    assert isinstance(refused(lambda: request_change(stolen, by=by(other))), NotFound)
    for kind, more in ((Kind.BACKFILL, {}), (Kind.REVERSAL, {"about_id": queries.entries_of(volunteer.id)[0].id})):
        wanted = change(booking, kind, **more)
        assert isinstance(refused(lambda w=wanted: request_change(w, by=by(volunteer))), Conflict)
    first = asked(change(booking), by(volunteer))
    assert isinstance(refused(lambda: request_change(change(booking), by=by(volunteer))), Conflict)
    same = Change(Kind.ADJUST, volunteer.id, "时间记错了", first.key, 60, about_id=booking.id)
    assert asked(same, by(volunteer)).id == first.id


def _guardian_and_child(person: Person) -> tuple[Volunteer, Volunteer]:
    guardian = make_volunteer(person=person)
    return guardian, make_volunteer(guardian_id=guardian.id, age=9)


def _lead_of(person: Person) -> Shift:
    return make_shift(make_post(lead_id=person.id), starts_in=-48)


#: Every path on which somebody could credit, correct or keep hours of their own; each must be refused.
def _lead_own(person: Person) -> Callable[[], object]:
    booking = served(_lead_of(person), make_volunteer(person=person), minutes=100)
    return lambda: confirm_booking(booking.id, by=By(person.id, Actor.LEAD))


def _lead_child(person: Person) -> Callable[[], object]:
    _guardian, child = _guardian_and_child(person)
    booking = served(_lead_of(person), child, minutes=100)
    return lambda: confirm_booking(booking.id, by=By(person.id, Actor.LEAD))


def _lead_own_end(person: Person) -> Callable[[], object]:
    booking = served(_lead_of(person), make_volunteer(person=person), minutes=None)
    end = queries.presence_of(booking.id)["in"] + timedelta(hours=1)
    return lambda: end_and_confirm(booking.id, end, reason="忘记签退", by=By(person.id, Actor.LEAD))


def _other_lead(person: Person) -> Callable[[], object]:
    booking = served(_lead_of(make_person()), minutes=100)
    return lambda: confirm_booking(booking.id, by=By(person.id, Actor.LEAD))


def _volunteer_confirms(person: Person) -> Callable[[], object]:
    booking = served(volunteer=make_volunteer(person=person), minutes=100)
    return lambda: confirm_booking(booking.id, by=By(person.id, Actor.VOLUNTEER))


def _coordinator_own(person: Person) -> Callable[[], object]:
    booking = served(volunteer=make_volunteer(person=person), minutes=100)
    return lambda: confirm_booking(booking.id, by=By(person.id, Actor.COORDINATOR))


def _coordinator_child(person: Person) -> Callable[[], object]:
    booking = served(volunteer=_guardian_and_child(person)[1], minutes=100)
    return lambda: confirm_booking(booking.id, by=By(person.id, Actor.COORDINATOR))


def _coordinator_teenager(person: Person) -> Callable[[], object]:
    with transaction() as session:
        session.get_one(Person, person.id).phone = "0000-00123"
    booking = served(
        volunteer=make_volunteer(age=15, consent_on=clock.today(), guardian_phone="0000 00123"), minutes=90
    )
    return lambda: confirm_booking(booking.id, by=By(person.id, Actor.COORDINATOR))


def _nobody(person: Person) -> Callable[[], object]:
    booking = served(minutes=100)
    return lambda: confirm_booking(booking.id, by=By(None, Actor.COORDINATOR))


def _request_own(kind: Kind, *, child: bool) -> Callable[[Person], Callable[[], object]]:
    def stage(person: Person) -> Callable[[], object]:
        guardian, young = _guardian_and_child(person)
        booking = served(volunteer=young if child else guardian, minutes=100)
        entry = confirmed(booking, By(make_person().id, Actor.COORDINATOR))
        assert entry is not None
        more = {"about_id": entry.id} if kind is Kind.REVERSAL else {}
        wanted = change(booking, kind, **more)
        return lambda: request_change(wanted, by=By(person.id, Actor.COORDINATOR))

    return stage


def _approve(*, requester: str, child: bool = False) -> Callable[[Person], Callable[[], object]]:
    def stage(person: Person) -> Callable[[], object]:
        guardian, young = _guardian_and_child(person)
        booking = served(volunteer=(young if child else guardian) if requester != "same" else None, minutes=100)
        colleague = By(make_person().id, Actor.COORDINATOR)
        me = By(person.id, Actor.COORDINATOR)
        confirmed(booking, colleague)
        who = {"same": me, "colleague": colleague, "volunteer": By(person.id, Actor.VOLUNTEER)}[requester]
        request = asked(change(booking, minutes=20), who)
        return lambda: decide(request.id, True, words="", by=me, version=request.version)

    return stage


def _approve_as_lead(person: Person) -> Callable[[], object]:
    booking = served(_lead_of(person), minutes=100)
    request = asked(change(booking), coordinator())
    return lambda: decide(request.id, True, words="", by=By(person.id, Actor.LEAD), version=1)


@pytest.mark.parametrize(
    "stage",
    [
        _lead_own, _lead_child, _lead_own_end, _other_lead, _volunteer_confirms, _coordinator_own, _coordinator_child,
        _coordinator_teenager, _nobody, _approve_as_lead,
        *(_request_own(kind, child=child) for kind in (Kind.ADJUST, Kind.BACKFILL, Kind.REVERSAL) for child in (False, True)),
        _approve(requester="same"), _approve(requester="colleague"), _approve(requester="volunteer"),
        _approve(requester="colleague", child=True), _approve(requester="volunteer", child=True),
    ],
)  # fmt: skip
def test_nobody_credits_their_own_hours(app: Flask, stage: Callable[[Person], Callable[[], object]]) -> None:
    step = stage(make_person())
    before = db.session.execute(db.select(HoursEntry.id)).all()
    assert isinstance(refused(step), Conflict)
    assert db.session.execute(db.select(HoursEntry.id)).all() == before


@pytest.mark.parametrize("actor", [Actor.LEAD, Actor.COORDINATOR])
def test_the_same_steps_are_possible_for_others(app: Flask, actor: Actor) -> None:
    """The control: what is refused above is refused because of who asks."""
    person = make_person()
    booking = served(_lead_of(person), minutes=100)
    assert confirmed(booking, By(person.id, actor)) is not None
    request = asked(change(booking, minutes=20), coordinator())
    assert decided(request, By(person.id, Actor.COORDINATOR)).state == "approved"
    assert fresh(request).words == "看过签到表"


@pytest.mark.both_databases
def test_the_database_itself_refuses_one_person_twice(app: Flask) -> None:
    booking = served(minutes=100)
    me = coordinator().person_id
    with pytest.raises(Exception, match="two_people"), transaction() as session:
        session.add(
            HoursEntry(
                volunteer_id=booking.volunteer_id, kind="backfill", minutes=60, day=clock.today(), entered_by=me,
                approved_by=me, created_at=clock.now(),
            )
        )  # fmt: skip
    with pytest.raises(Exception, match="approved"), transaction() as session:
        session.add(
            HoursEntry(
                volunteer_id=booking.volunteer_id, kind="backfill", minutes=60, day=clock.today(), entered_by=me,
                created_at=clock.now(),
            )
        )  # fmt: skip


@pytest.mark.both_databases
def test_a_double_click_asks_once_and_two_decisions_make_one_entry(app: Flask, people: dict[str, Person]) -> None:
    booking = served(minutes=100)
    confirmed(booking)
    wanted, staff = change(booking, minutes=130), coordinator()
    others = [By(people["head"].id, Actor.COORDINATOR), By(make_person().id, Actor.COORDINATOR)] * 2
    gate = Barrier(len(others))

    def meet(step: Callable[[], HoursRequest]) -> int | str:
        with app.app_context():
            gate.wait()
            try:
                with transaction():
                    return step().id
            except Conflict:
                return "conflict"

    with ThreadPoolExecutor(len(others)) as pool:
        asked_ids = set(pool.map(meet, [lambda: request_change(wanted, by=staff)] * len(others)))
        (request_id,) = asked_ids
        steps = [
            lambda who=who: decide(int(request_id), True, words="", by=who, version=1)  # type: ignore[misc]
            for who in others
        ]
        results = list(pool.map(meet, steps))
    db.session.rollback()
    assert sorted(map(str, results)) == sorted([str(request_id), "conflict", "conflict", "conflict"])
    assert queries.total_minutes(booking.volunteer_id) == 130


def test_a_team_is_credited_with_its_shifts_and_with_parties_it_brought(app: Flask) -> None:
    leader = make_volunteer()
    with transaction() as session:
        teams = [
            Team(name=name, kind="school", leader_id=leader.id, created_at=clock.now())
            for name in ("一中", "二中", "空")
        ]
        session.add_all(teams)
    first, second, third = (team.id for team in teams)
    own, elsewhere = make_shift(starts_in=-48, team_id=first), make_shift(starts_in=-72)
    brought = served(elsewhere, minutes=60)
    with transaction() as session:
        party = Party(shift_id=elsewhere.id, leader_id=leader.id, team_id=second, created_at=clock.now())
        session.add(party)
        session.flush()
        session.get_one(Booking, brought.id).party_id = party.id
    for booking in (served(own, minutes=100), served(own, minutes=90), brought, served(elsewhere, minutes=45)):
        confirmed(booking)
    assert queries.team_minutes([first, second, third]) == {first: 190, second: 60, third: 0}
