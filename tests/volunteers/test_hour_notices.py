"""Public notices of hours: masked names for five working days, objections from anybody, totals only afterwards."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.extensions import db
from citizen.volunteers.jobs.objections import forget_contacts
from citizen.volunteers.models import HoursEntry, HoursNotice, HoursObjection, HoursRequest, Volunteer
from citizen.volunteers.queries import hour_notices as queries_of_notices
from citizen.volunteers.queries import hours as queries
from citizen.volunteers.rules.booking import Actor, By
from citizen.volunteers.services import hour_notices
from citizen.volunteers.services.corrections import decide
from citizen.volunteers.services.hour_certificates import certify
from citizen.volunteers.services.hours import confirm_booking
from tests.client import PageClient
from tests.volunteers.making import by, coordinator, fresh, make_post, make_shift, make_volunteer, served

LIST, DESK = "/volunteer/hours-notices/", "/office/hours/"


def credited(volunteer: Volunteer, days: int = 3, **more: Any) -> HoursEntry:
    """An entry of a hundred minutes, some days ago."""
    booking = served(make_shift(more.get("post") or make_post(), starts_in=-24 * days), volunteer, minutes=100)
    with transaction():
        entry = confirm_booking(booking.id, by=coordinator())
    assert entry is not None
    return entry


def open_one(days: int = 20) -> HoursNotice:
    today = clock.today()
    with transaction():
        notice = hour_notices.open_notice(today - timedelta(days=days), today, by=coordinator())
    return db.session.get_one(HoursNotice, notice.id)


def objected(notice: HoursNotice, entry: HoursEntry, key: str = "") -> HoursObjection:
    with transaction():
        row = hour_notices.object_to(
            notice.slug, entry.id, words="那天下午没有人", contact="", key=key or secrets.token_hex(16)
        )
    return db.session.get_one(HoursObjection, row.id)


def send(client: Any, notice: HoursNotice, entry: HoursEntry, **more: Any) -> Any:
    path = f"{LIST}{notice.slug}/object/{entry.id}"
    sent = {"key": secrets.token_hex(16), "words": "那天下午没有人", "contact": "", **more}
    return client.submit(path, sent)


def test_a_notice_closes_after_five_working_days(app: Flask) -> None:
    with time_machine.travel(datetime(2026, 4, 29, 2, tzinfo=UTC), tick=False):
        person = make_volunteer()
        credited(person)
        notice = open_one()
    assert clock.local(notice.closes_at).date() == date(2026, 5, 9)


def test_lines_have_masked_names_and_no_search_engine_keeps_them(app: Flask, client: FlaskClient) -> None:
    adult = make_volunteer("欧阳明月")
    child = make_volunteer("林小满", guardian_id=adult.id, age=9)
    care = make_post("elder_helper", care=True, place_hans="云园新村3栋", place_hant="雲園新村3棟", place_en="Block 3")
    credited(adult), credited(child, 4), credited(adult, 5, post=care)
    notice = open_one()
    answer = client.get(f"{LIST}{notice.slug}")
    page = answer.get_data(as_text=True)
    assert "欧***" in page and "欧阳" not in page
    assert "林" not in page.replace("林**", "") or "林小满" not in page
    assert "未满" in page
    assert "云园新村" not in page
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow" and answer.headers["Cache-Control"] == "no-store"
    assert '<meta name="robots" content="noindex' in page
    assert page.count(f"{LIST}{notice.slug}/object/") == 3
    assert notice.slug in client.get(LIST).get_data(as_text=True)


def test_after_it_closes_only_totals_stay(app: Flask, client: FlaskClient) -> None:
    adult = make_volunteer("欧阳明月")
    entry = credited(adult)
    notice = open_one()
    with time_machine.travel(notice.closes_at + timedelta(seconds=1), tick=False):
        page = client.get(f"{LIST}{notice.slug}").get_data(as_text=True)
        assert "欧" not in page and "/object/" not in page
        assert "1.7" in page
        assert client.get(f"{LIST}{notice.slug}/object/{entry.id}").status_code == 409
        with pytest.raises(Conflict), transaction():
            hour_notices.object_to(notice.slug, entry.id, words="太晚了吗", contact="", key=secrets.token_hex(16))
    with time_machine.travel(notice.closes_at - timedelta(seconds=1), tick=False):
        assert "欧***" in client.get(f"{LIST}{notice.slug}").get_data(as_text=True)


def test_totals_count_what_is_not_taken_back_and_pages_hold_the_rest(app: Flask, monkeypatch: Any) -> None:
    one, two = make_volunteer("甲"), make_volunteer("乙")
    kept = [credited(one, days) for days in (3, 4, 5)]
    gone = credited(two, 6)
    rows = [(kept[0], -40, "adjust"), (gone, -100, "adjust")]
    with transaction() as session:
        for entry, minutes, kind in rows:
            values = {
                "volunteer_id": entry.volunteer_id,
                "booking_id": entry.booking_id,
                "day": entry.day,
                "kind": kind,
            }
            people = {"entered_by": coordinator().person_id, "approved_by": entry.volunteer_id}
            session.add(HoursEntry(minutes=minutes, created_at=clock.now(), **values, **people))
    first, last = clock.today() - timedelta(days=20), clock.today()
    assert queries_of_notices.totals_between(first, last) == queries_of_notices.Totals(1, 3, 260)
    pages = [queries_of_notices.served_between(first, last, limit=2, offset=offset) for offset in (0, 2, 4)]
    assert [[(row.line.minutes, row.line.booking_id) for row in page] for page in pages] == [
        [(100, kept[2].booking_id), (100, kept[1].booking_id)],
        [(60, kept[0].booking_id)],
        [],
    ]


def test_the_address_of_whoever_objected_is_forgotten(app: Flask) -> None:
    entry = credited(make_volunteer())
    open_, decided = objected(open_one(), entry), objected(open_one(), entry)
    with transaction():
        for row in (open_, decided):
            db.session.merge(row).contact = "a@example.org"
        hour_notices.dismiss(decided.id, words="有签到记录", by=coordinator(), version=decided.version)
    for days, left in ((89, ["a@example.org"] * 2), (91, ["", "a@example.org"])):
        with time_machine.travel(clock.now() + timedelta(days=days), tick=False):
            forget_contacts({})
        found = db.session.execute(db.select(HoursObjection.contact)).scalars()
        assert sorted(found) == left


def test_anybody_objects_once_for_each_form(app: Flask, client: FlaskClient) -> None:
    entry = credited(make_volunteer())
    notice = open_one()
    key = secrets.token_hex(16)
    assert send(client, notice, entry, words=" ").status_code == 422
    for _ in range(2):
        assert send(client, notice, entry, key=key).status_code == 303
    assert send(client, notice, entry, key=key, words="换了一种说法").status_code == 422
    rows = db.session.execute(db.select(HoursObjection)).scalars().all()
    assert [(row.entry_id, row.state) for row in rows] == [(entry.id, "open")]
    for _ in range(4):
        send(client, notice, entry)
    assert send(client, notice, entry).status_code == 429


def test_only_lines_of_the_notice_can_be_objected_to(app: Flask, client: FlaskClient) -> None:
    inside, outside = credited(make_volunteer(), 3), credited(make_volunteer(), 40)
    notice = open_one(20)
    for entry_id in (outside.id, 987654, 10**30):
        assert client.get(f"{LIST}{notice.slug}/object/{entry_id}").status_code == 404
    assert client.get(f"{LIST}zzzz/object/{inside.id}").status_code == 404
    with pytest.raises(NotFound), transaction():
        hour_notices.object_to(notice.slug, outside.id, words="不在公示里", contact="", key=secrets.token_hex(16))


@pytest.mark.both_databases
def test_hours_in_doubt_count_for_no_certificate(app: Flask, people: dict[str, Person]) -> None:
    person = make_volunteer()
    doubted, kept = credited(person, 3), credited(person, 5)
    notice = open_one()
    objection = objected(notice, doubted)

    def certified() -> int:
        with transaction():
            return int(certify(person.id, year=None, by=by(person)).snapshot["minutes"])

    assert certified() == kept.minutes
    with transaction():
        request = hour_notices.uphold(objection.id, 30, words="只来了半小时", by=coordinator(), version=1)
    # Upheld is not yet taken back: until a second person agrees, the hours stay in the ledger and in doubt.
    assert queries.total_minutes(person.id) == 200 and certified() == kept.minutes
    with pytest.raises(Conflict), transaction():
        decide(request.id, True, words="", by=coordinator(), version=1)
    with transaction():
        decide(request.id, True, words="", by=By(people["head"].id, Actor.COORDINATOR), version=1)
    assert queries.total_minutes(person.id) == 130 == certified()
    assert fresh(objection).state == "upheld"


def test_a_dismissed_objection_lets_the_hours_count_again(app: Flask) -> None:
    person = make_volunteer()
    entry = credited(person)
    objection = objected(open_one(), entry)
    with pytest.raises(InvalidInput), transaction():
        certify(person.id, year=None, by=by(person))
    with pytest.raises(InvalidInput), transaction():
        hour_notices.dismiss(objection.id, words=" ", by=coordinator(), version=1)
    with transaction():
        hour_notices.dismiss(objection.id, words="签到表和照片都在", by=coordinator(), version=1)
    with transaction():
        assert certify(person.id, year=None, by=by(person)).snapshot["minutes"] == 100
    with pytest.raises(Conflict), transaction():
        hour_notices.dismiss(objection.id, words="再驳回一次", by=coordinator(), version=2)


@pytest.mark.parametrize("child", [False, True])
def test_nobody_decides_on_objections_to_their_own_hours(app: Flask, people: dict[str, Person], child: bool) -> None:
    own = make_volunteer(person=people["head"])
    who = make_volunteer(guardian_id=own.id, age=9) if child else own
    credited(who)
    objection = objected(open_one(), queries.entries_of(who.id)[0])
    head = By(people["head"].id, Actor.COORDINATOR)
    for step in (
        lambda: hour_notices.dismiss(objection.id, words="没有问题", by=head, version=1),
        lambda: hour_notices.uphold(objection.id, 0, words="没有来过", by=head, version=1),
    ):
        with pytest.raises(Conflict), transaction():
            step()
    assert fresh(objection).state == "open"


def test_upholding_asks_for_less_or_takes_back_as_a_whole(app: Flask) -> None:
    entry = credited(make_volunteer())
    objection = objected(open_one(), entry)
    for minutes in (100, 120):
        with pytest.raises(InvalidInput), transaction():
            hour_notices.uphold(objection.id, minutes, words="没有那么久", by=coordinator(), version=1)
    with transaction():
        hour_notices.uphold(objection.id, 0, words="没有来过", by=coordinator(), version=1)
    request = db.session.execute(db.select(HoursRequest)).scalar_one()
    assert (request.kind, request.entry_id, request.minutes) == ("reversal", entry.id, 0)


def test_a_notice_is_opened_at_the_desk_for_days_with_hours(app: Flask, client: FlaskClient) -> None:
    client.sign_in("coordinator@demo.invalid")  # type: ignore[attr-defined]
    view, today = f"{DESK}?view=notices", clock.today()
    page = client.get(view).get_data(as_text=True)
    first = today.replace(day=1) - timedelta(days=1)
    assert f'value="{first.replace(day=1).isoformat()}"' in page and f'value="{first.isoformat()}"' in page
    key = re.search(r'name="key"[^>]*value="(\w+)"', page)
    assert key
    sent = {"key": key[1], "first": (today - timedelta(days=9)).isoformat(), "until": today.isoformat()}
    desk: Any = client
    assert desk.submit(f"{DESK}notices", sent, page=view).status_code == 422  # no hours on these days
    credited(make_volunteer())
    later = (today + timedelta(days=1)).isoformat()
    for wrong in ({"until": later}, {"until": "2020-01-01"}, {"first": "x"}):
        assert desk.submit(f"{DESK}notices", {**sent, **wrong}, page=view).status_code == 422
    answers = [desk.submit(f"{DESK}notices", sent, page=view) for _ in range(2)]
    assert [row.status_code for row in answers] == [303, 303]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert len(db.session.execute(db.select(HoursNotice)).all()) == 1


def test_objections_are_decided_at_the_desk(app: Flask, client: FlaskClient) -> None:
    entry = credited(make_volunteer())
    notice = open_one()
    objections = [objected(notice, entry), objected(notice, entry)]
    desk: PageClient = client.sign_in("coordinator@demo.invalid")  # type: ignore[attr-defined]
    view = f"{DESK}?view=objections"
    assert "那天下午没有人" in desk.get(view).get_data(as_text=True)
    path = f"{DESK}objections/{objections[0].id}"
    sent = {"version": "1", "verdict": "uphold", "words": "核实过，只有半小时", "hours": "0", "minutes": "30"}
    assert desk.submit(path, {**sent, "words": ""}, page=view).status_code == 422
    wrong = desk.submit(path, {**sent, "hours": "", "minutes": ""}, page=view)
    assert wrong.status_code == 422 and "核实过" in wrong.get_data(as_text=True)
    assert desk.submit(path, {**sent, "hours": "3"}, page=view).status_code == 422
    assert desk.submit(path, sent, page=view).status_code == 303
    assert desk.submit(path, sent, page=view).status_code == 409
    dismissed = {"version": "1", "verdict": "dismiss", "words": "同一件事，已处理", "hours": "x", "minutes": ""}
    second = f"{DESK}objections/{objections[1].id}"
    assert desk.submit(second, {**dismissed, "hours": ""}, page=view).status_code == 303
    assert [fresh(row).state for row in objections] == ["upheld", "dismissed"]
