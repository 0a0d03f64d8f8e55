"""The pages about hours: a volunteer's own, and the desk where they are confirmed and corrected."""

from __future__ import annotations

import io
import re
import secrets
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from citizen.accounts.models import Person
from citizen.certificates.models import Certificate
from citizen.core import clock
from citizen.core.audit import Event
from citizen.core.database import transaction
from citizen.core.outbox import Job
from citizen.extensions import db
from citizen.volunteers.models import Booking, HoursEntry, HoursRequest, Volunteer
from citizen.volunteers.queries import hours as queries
from citizen.volunteers.rules.booking import Actor, By
from citizen.volunteers.rules.hours import Kind
from citizen.volunteers.services.corrections import Change, decide, request_change
from citizen.volunteers.services.hour_certificates import certify
from citizen.volunteers.services.hours import confirm_booking
from tests.client import PageClient
from tests.volunteers.making import by, coordinator, make_shift, make_volunteer, served

MINE, DESK = "/volunteer/mine/hours", "/office/hours/"


@pytest.fixture
def me(people: dict[str, Person]) -> Volunteer:
    """The demonstration's resident as a volunteer."""
    return make_volunteer("林晓", person=people["resident"])


@pytest.fixture
def mine(app: Flask, me: Volunteer) -> PageClient:
    """The resident, signed in."""
    app.test_client_class = PageClient
    return app.test_client().sign_in("resident@demo.invalid")  # type: ignore[attr-defined, no-any-return]


@pytest.fixture
def desk(app: Flask) -> PageClient:
    """The coordinator, signed in."""
    app.test_client_class = PageClient
    return app.test_client().sign_in("coordinator@demo.invalid")  # type: ignore[attr-defined, no-any-return]


def credit(booking: Booking) -> HoursEntry:
    with transaction():
        entry = confirm_booking(booking.id, by=coordinator())
    assert entry is not None
    return entry


def reverse(entry: HoursEntry, head: Person) -> None:
    with transaction():
        change = Change(Kind.REVERSAL, entry.volunteer_id, "签到人不是本人", secrets.token_hex(8), about_id=entry.id)
        request = request_change(change, by=coordinator())
        decide(request.id, True, words="", by=By(head.id, Actor.COORDINATOR), version=1)


def text(answer: Any) -> str:
    """The words of a page, one space between them."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def test_somebody_who_is_no_volunteer_is_told_how_to_become_one(client: FlaskClient) -> None:
    client.sign_in("resident@demo.invalid")  # type: ignore[attr-defined]
    assert client.get(MINE).status_code == 200


def test_the_page_shows_every_entry_with_the_total_of_the_ledger(mine: PageClient, me: Volunteer) -> None:
    for day in (5, 4, 3):
        credit(served(make_shift(starts_in=-24 * day), me, minutes=100))
    served(make_shift(starts_in=-48), me, minutes=60)
    page = mine.get(MINE).get_data(as_text=True)
    totals = [int(n) for n in re.findall(r'data-label="[^"]*" class="r num">(\d+)</td></tr>', page)]
    assert totals == [300, 200, 100] and totals[0] == queries.total_minutes(me.id)
    assert page.count('class="r num">+100<') == 3
    assert "5.0" in page and "★" not in page
    assert len(re.findall(rf"{MINE}/\d+/correction", page)) == 4


def test_long_ledgers_have_pages_and_each_total_is_right(mine: PageClient, me: Volunteer) -> None:
    now, first = clock.now(), clock.today() - timedelta(days=200)
    staff = coordinator().person_id
    with transaction() as session:
        session.add_all(
            HoursEntry(
                volunteer_id=me.id, kind="backfill", minutes=60, day=first + timedelta(days=n), entered_by=staff,
                approved_by=me.person_id, created_at=now,
            )
            for n in range(110)
        )  # fmt: skip
    page = mine.get(MINE).get_data(as_text=True)
    totals = [int(n) for n in re.findall(r'class="r num">(\d+)</td></tr>', page)]
    assert (totals[0], totals[-1], len(totals)) == (6600, 3060, 60)
    assert "★" in page  # 110 hours: the first of the county's steps
    older = re.search(r'href="([^"]+before=[^"]+)"', page)
    assert older
    totals = [
        int(n)
        for n in re.findall(
            r'class="r num">(\d+)</td></tr>', mine.get(older[1].replace("&amp;", "&")).get_data(as_text=True)
        )
    ]
    assert (totals[0], totals[-1]) == (3000, 60)


def test_a_guardian_sees_a_childs_hours_and_nobody_elses(mine: PageClient, me: Volunteer) -> None:
    child, stranger = make_volunteer("林小满", guardian_id=me.id, age=8), make_volunteer()
    credit(served(volunteer=child, minutes=100))
    assert "+100" not in mine.get(MINE).get_data(as_text=True)
    page = mine.get(f"{MINE}?of={child.id}")
    assert "+100" in page.get_data(as_text=True) and "林小满" in text(page)
    for wrong in (stranger.id, 99999, "x", 10**30):
        assert mine.get(f"{MINE}?of={wrong}").status_code == 404


def test_asking_for_a_correction(mine: PageClient, me: Volunteer, desk: PageClient, people: dict[str, Person]) -> None:
    booking = served(volunteer=me, minutes=100)
    credit(booking)
    path = f"{MINE}/{booking.id}/correction"
    key = re.search(r'name="key"[^>]*value="(\w+)"', mine.get(path).get_data(as_text=True))
    assert key
    sent = {"key": key[1], "hours": "2", "minutes": "", "reason": "我五点才走，组长看见了"}
    assert mine.submit(path, {**sent, "hours": ""}).status_code == 422
    assert mine.submit(path, {**sent, "hours": "9"}).status_code == 422
    again = mine.submit(path, {**sent, "minutes": "x"})
    assert again.status_code == 422 and "我五点才走" in again.get_data(as_text=True)
    for _ in range(2):
        assert mine.submit(path, sent).status_code == 303
    request = db.session.execute(db.select(HoursRequest)).scalar_one()
    assert (request.minutes, request.state) == (120, "pending")
    other = mine.submit(path, {**sent, "key": secrets.token_hex(16)})
    assert other.status_code == 409 and "我五点才走" in other.get_data(as_text=True)
    page = text(desk.get(f"{DESK}?view=corrections"))
    assert "林晓" in page and "我五点才走" in page
    answer = desk.submit(
        f"{DESK}corrections/{request.id}",
        {"verdict": "approve", "version": "1", "words": ""},
        page=f"{DESK}?view=corrections",
    )
    assert answer.status_code == 303
    assert queries.total_minutes(me.id) == 120
    page = text(mine.get(MINE))
    assert "+100" in page and "+20" in page
    stale = desk.submit(
        f"{DESK}corrections/{request.id}", {"verdict": "refuse", "version": "1", "words": "看过了"}, page="/account/"
    )
    assert stale.status_code == 409


def test_strangers_bookings_cannot_be_corrected(mine: PageClient, me: Volunteer) -> None:
    booking = served(minutes=100)
    assert mine.get(f"{MINE}/{booking.id}/correction").status_code == 404
    sent = {"key": secrets.token_hex(16), "hours": "1", "reason": "不是我的"}
    assert mine.submit(f"{MINE}/{booking.id}/correction", sent, page="/account/").status_code == 404


def get_certificate(browser: PageClient, who: Volunteer, period: str = "all") -> Any:
    return browser.submit(f"{MINE}/certificate", {"of": str(who.id), "period": period}, page=f"{MINE}?of={who.id}")


def test_a_certificate_is_issued_once_for_the_same_figures(mine: PageClient, me: Volunteer) -> None:
    assert mine.submit(f"{MINE}/certificate", {"of": str(me.id)}, page="/account/").status_code == 422
    credit(served(volunteer=me, minutes=100))
    first, second = get_certificate(mine, me), get_certificate(mine, me)
    assert first.status_code == 303 and first.headers["Location"] == second.headers["Location"]
    assert get_certificate(mine, me, str(clock.today().year)).headers["Location"] == first.headers["Location"]
    assert mine.get(first.headers["Location"]).status_code == 200
    credit(served(make_shift(starts_in=-72), me, minutes=110))
    assert get_certificate(mine, me).headers["Location"] != first.headers["Location"]
    rows = db.session.execute(db.select(Certificate).order_by(Certificate.id)).scalars().all()
    assert [(row.snapshot["minutes"], row.person_id) for row in rows] == [(100, me.person_id), (210, me.person_id)]
    told = db.session.execute(db.select(Job.payload).where(Job.dedupe_key.like("say:certificate:%"))).scalars().all()
    assert [row["values"]["hours"] for row in told] == ["1.7", "3.5"]


def test_a_childs_certificate_lies_in_the_guardians_account(mine: PageClient, me: Volunteer) -> None:
    child, stranger = make_volunteer("林小满", guardian_id=me.id, age=8), make_volunteer()
    credit(served(volunteer=child, minutes=100))
    credit(served(make_shift(starts_in=-72), stranger, minutes=100))
    assert get_certificate(mine, child).status_code == 303
    row = db.session.execute(db.select(Certificate)).scalar_one()
    assert (row.holder, row.person_id) == ("林小满", me.person_id)
    wrong = mine.submit(f"{MINE}/certificate", {"of": str(stranger.id), "period": "all"}, page="/account/")
    assert wrong.status_code == 404


def test_hours_taken_back_revoke_the_certificate_and_a_new_one_can_be_had(
    app: Flask, me: Volunteer, people: dict[str, Person]
) -> None:
    kept, gone = (credit(served(make_shift(starts_in=-24 * n), me, minutes=100)) for n in (9, 4))
    last_year = make_volunteer()

    def certificate() -> Certificate:
        with transaction():
            return certify(me.id, year=None, by=by(me))

    first = certificate()
    number = first.number
    credit(served(volunteer=last_year, minutes=100))
    with transaction():
        other = certify(last_year.id, year=None, by=by(last_year)).number
    reverse(gone, people["head"])
    rows = {row.number: row for row in db.session.execute(db.select(Certificate)).scalars()}
    assert rows[number].revoked_at is not None and "签到人不是本人" in rows[number].revoke_reason
    assert rows[other].revoked_at is None
    second = certificate()
    assert second.number != number and second.snapshot["minutes"] == kept.minutes
    # What is added does not make an older certificate wrong.
    credit(served(make_shift(starts_in=-24 * 2), me, minutes=100))
    assert db.session.get_one(Certificate, second.id).revoked_at is None


def test_hours_that_were_doubted_when_it_was_issued_do_not_revoke_it(
    app: Flask, me: Volunteer, people: dict[str, Person]
) -> None:
    credit(served(make_shift(starts_in=-24 * 9), me, minutes=100))
    doubted = credit(served(make_shift(starts_in=-24 * 8), me, minutes=110))
    credit(served(make_shift(starts_in=-24 * 7), me, minutes=120))
    with transaction():
        change = Change(Kind.REVERSAL, me.id, "签到人不是本人", secrets.token_hex(8), about_id=doubted.id)
        request = request_change(change, by=coordinator())
    with transaction():
        certificate = certify(me.id, year=None, by=by(me))
    assert certificate.snapshot["minutes"] == 220
    with transaction():
        decide(request.id, True, words="", by=By(people["head"].id, Actor.COORDINATOR), version=1)
    assert db.session.get_one(Certificate, certificate.id).revoked_at is None
    with transaction():
        assert certify(me.id, year=None, by=by(me)).id == certificate.id


def test_many_are_confirmed_at_once_with_a_result_for_each(desk: PageClient, people: dict[str, Person]) -> None:
    good, bad = served(minutes=100), served(make_shift(starts_in=-72), minutes=100)
    own = served(make_shift(starts_in=-96), make_volunteer(person=people["coordinator"]), minutes=100)
    page = desk.get(DESK).get_data(as_text=True)
    assert f'value="{good.id}"' in page and f'name="booking" value="{own.id}"' not in page
    assert desk.get(f"{DESK}?tick=all").get_data(as_text=True).count(" checked") == 2
    sent = {
        "booking": [str(good.id), str(bad.id), str(own.id), "x"],
        f"breaks-{good.id}": "20",
        f"breaks-{bad.id}": "many",
    }
    answer = desk.submit(f"{DESK}confirm", sent, page=DESK)
    assert answer.status_code == 303
    page = text(desk.get(answer.headers["Location"]))
    assert "80" in page
    assert [row.minutes for row in db.session.execute(db.select(HoursEntry)).scalars()] == [80]
    for wrong in ([], [str(n) for n in range(1, 60)]):
        assert desk.submit(f"{DESK}confirm", {"booking": wrong}, page=DESK).status_code == 422


def test_a_missing_sign_out_is_entered_at_the_desk(desk: PageClient) -> None:
    shift = make_shift(starts_in=-48)
    booking = served(shift, minutes=None)
    view, path = f"{DESK}?view=missing", f"{DESK}{booking.id}/end"
    assert path in desk.get(view).get_data(as_text=True) and f'value="{booking.id}"' not in desk.get(DESK).get_data(
        as_text=True
    )
    left = clock.local(shift.starts_at + timedelta(minutes=90))
    sent = {"ended": f"{left:%H:%M}", "reason": "组长看见他离开", "breaks": ""}
    for wrong in (
        {"ended": "25:00"},
        {"reason": ""},
        {"breaks": "900"},
        {"ended": f"{left + timedelta(hours=8):%H:%M}"},
    ):
        answer = desk.submit(path, {**sent, **wrong}, page=view)
        assert answer.status_code == 422 and ("组长看见他离开" in answer.get_data(as_text=True)) == (
            "reason" not in wrong
        )
    assert desk.submit(path, sent, page=view).status_code == 303
    assert queries.booking_minutes(booking.id) == 90
    assert desk.submit(path, sent, page="/account/").status_code == 409


def test_a_coordinator_asks_for_changes_on_a_volunteers_ledger(desk: PageClient, people: dict[str, Person]) -> None:
    person = make_volunteer()
    entry = credit(served(volunteer=person, minutes=100))
    path = f"{DESK}volunteers/{person.id}"
    assert f"{path}/change?entry={entry.id}" in desk.get(path).get_data(as_text=True)
    looks = db.select(Event).where(Event.action == "hours.looked", Event.subject_id == person.id)
    assert db.session.execute(looks).scalars().one().actor_id == people["coordinator"].id
    day = clock.today().isoformat()
    for address, sent, kind in (
        ("/change", {"day": day, "hours": "3", "kind": "adjust"}, "backfill"),
        (f"/change?entry={entry.id}", {"hours": "1", "minutes": "30", "kind": "adjust"}, "adjust"),
    ):
        form = {"key": secrets.token_hex(16), "reason": "补记：台风值守", **sent}
        assert desk.submit(path + address, {**form, "reason": ""}).status_code == 422
        assert desk.submit(path + address, form).status_code == 303
        newest = db.session.execute(db.select(HoursRequest).order_by(HoursRequest.id.desc())).scalars().first()
        assert newest is not None and newest.kind == kind
    reversal = {"key": secrets.token_hex(16), "reason": "不是本人", "kind": "reversal"}
    assert desk.submit(f"{path}/change?entry={entry.id}", reversal).status_code == 409  # one is pending
    assert desk.get(f"{path}/change?entry=99999").status_code == 404
    assert desk.get(f"{DESK}volunteers/999999999999999").status_code == 404
    page = desk.get(f"{DESK}?view=corrections").get_data(as_text=True)
    assert page.count('name="verdict"') == 0  # both were asked for by the one who looks


def test_the_file_asks_why_and_is_written_to_the_trail(desk: PageClient) -> None:
    volunteer = make_volunteer("=SUM(1)")
    entry = credit(served(volunteer=volunteer, minutes=100))
    sent = {
        "from_day": entry.day.isoformat(),
        "until_day": entry.day.isoformat(),
        "format": "xlsx",
        "reason": "月度核对",
    }
    path = f"{DESK}file"
    for wrong in ({"reason": ""}, {"until_day": "2020-01-01"}, {"from_day": "x"}):
        assert desk.submit(path, {**sent, **wrong}).status_code == 422
    answer = desk.submit(path, sent)
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    rows = list(load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))
    assert rows[1][1] == "=SUM(1)" and rows[1][5] == 100
    event = db.session.execute(db.select(Event).where(Event.action == "hours.file")).scalar_one()
    assert event.detail["reason"] == "月度核对"
    assert "'=SUM(1)" in desk.submit(path, {**sent, "format": "csv"}).get_data(as_text=True)


def test_the_desk_is_for_those_who_may_approve_hours(app: Flask, client: FlaskClient) -> None:
    client.sign_in("moderator@demo.invalid")  # type: ignore[attr-defined]
    for path in (DESK, f"{DESK}file", f"{DESK}volunteers/1", f"{DESK}confirmed"):
        assert client.get(path).status_code == 403
    head = app.test_client().sign_in("head@demo.invalid")  # type: ignore[attr-defined]
    for view in ("confirm", "missing", "corrections", "objections", "notices", "nonsense"):
        assert head.get(f"{DESK}?view={view}&page=-1").status_code == 200
