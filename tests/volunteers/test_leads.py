"""The pages of the day: signing in by digits and QR code, the lead's roster, and who may open what."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.audit import Event
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.volunteers.models import Attendance, Booking, HoursEntry, Shift, Volunteer
from citizen.volunteers.queries.attendance import marks_of
from citizen.volunteers.rules.booking import Actor, By
from citizen.volunteers.rules.sign_in import Direction, code_at, token_at
from citizen.volunteers.services.attendance import key_of
from citizen.volunteers.services.rosters import note_look
from tests.client import PageClient
from tests.volunteers.making import fresh, make_booking, make_person, make_post, make_shift, make_volunteer, served
from tests.web.walk import contents

MINUTE = timedelta(minutes=1)


class Day:
    """A shift with its lead, a volunteer who has booked it, and a client for each."""

    def __init__(self, app: Flask) -> None:
        app.test_client_class = PageClient
        self.app = app
        self.lead, self.person = make_person("带班人"), make_person("林晓")
        self.volunteer = make_volunteer("林晓", person=self.person)
        self.post = make_post(lead_id=self.lead.id)
        self.shift = make_shift(self.post, starts_in=1)
        self.booking = make_booking(self.shift, self.volunteer)
        self.roster = f"/volunteer/lead/shifts/{self.shift.id}"

    def client(self, person: Person) -> Any:
        """A browser in which ``person`` is signed in."""
        email = db.session.get_one(Person, person.id).email
        client: Any = self.app.test_client()
        return client.sign_in(email or "")

    def step(self, direction: str = "in") -> str:
        return f"{direction}-{self.booking.id}"

    def code(self) -> str:
        return code_at(key_of(db.session.get_one(Shift, self.shift.id)), clock.now())

    def token(self) -> str:
        return token_at(key_of(db.session.get_one(Shift, self.shift.id)), clock.now())


@pytest.fixture
def day(app: Flask) -> Day:
    return Day(app)


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the page's main form."""
    form = page[page.index('data-module="sign-in"') :]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[: form.index("</form>")]))


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def test_six_digits_sign_in_and_out_without_a_script(day: Day) -> None:
    with time_machine.travel(day.shift.starts_at, tick=False):
        client = day.client(day.person)
        sent = fields(text_of(client.get("/volunteer/sign-in")))
        assert sent["step"] == day.step()
        wrong = client.post("/volunteer/sign-in", data={**sent, "code": "12 34"})
        assert wrong.status_code == 422 and 'value="12 34"' in text_of(wrong) and 'id="errors"' in text_of(wrong)
        good = client.post("/volunteer/sign-in", data={**sent, "code": f"{day.code()[:3]} {day.code()[3:]}"})
        assert good.status_code == 303
        page = text_of(client.get("/volunteer/sign-in"))
        assert 'role="status"' in page and fields(page)["step"] == day.step("out")
    with time_machine.travel(day.shift.ends_at, tick=False):
        client.post("/volunteer/sign-in", data={**fields(page), "code": day.code()})
        assert "data-module" in (done := text_of(client.get("/volunteer/sign-in"))) and 'name="step"' not in done
    assert set(marks_of([day.booking.id])[day.booking.id]) == set(Direction)


def test_the_qr_code_leads_to_one_button_and_looking_changes_nothing(day: Day) -> None:
    with time_machine.travel(day.shift.starts_at, tick=False):
        client, address = day.client(day.person), f"/volunteer/at/{day.post.slug}"
        before = contents()
        poster = text_of(client.get(address))
        page = text_of(client.get(f"{address}?t={day.token()}"))
        for path in (f"{address}?t=zzz", "/volunteer/sign-in", f"{address}?t=" + "%00" * 40):
            assert client.get(path).status_code == 200
        assert client.get("/volunteer/at/unknown").status_code == 404
        assert contents() == before
        assert 'name="t"' not in poster, "the poster alone signs nobody in"
        sent = fields(page)
        refused = client.post(address, data={**sent, "t": ""})
        assert refused.status_code == 422
        assert client.post(address, data={**sent, "distance_m": "40"}).status_code == 303
        assert client.post(address, data=sent).status_code == 303
    mark = marks_of([day.booking.id])[day.booking.id][Direction.IN]
    assert (mark.method, mark.distance_m, mark.at) == ("qr", 40, day.shift.starts_at)


def test_the_page_waits_ten_minutes_with_the_time_at_which_it_was_opened(day: Day) -> None:
    address = f"/volunteer/at/{day.post.slug}"
    with time_machine.travel(day.shift.starts_at, tick=False):
        client = day.client(day.person)
        token = day.token()
        sent = fields(text_of(client.get(f"{address}?t={token}")))
    with time_machine.travel(day.shift.starts_at + 25 * MINUTE, tick=False):
        assert 'name="t"' not in text_of(client.get(f"{address}?t={token}")), "an old token opens no button"
        answer = client.post(address, data=sent, headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json["url"]) == (200, address)
    assert marks_of([day.booking.id])[day.booking.id][Direction.IN].at < day.shift.starts_at + MINUTE


def test_a_phone_gets_sentences_it_can_keep_or_throw_away(day: Day) -> None:
    with time_machine.travel(day.shift.starts_at, tick=False):
        client = day.client(day.person)
        sent = fields(text_of(client.get("/volunteer/sign-in")))
        script = {"Accept": "application/json"}
        for changes, status in (
            ({"code": "000000"}, 422),
            ({"code": ""}, 422),
            ({"step": "in-x", "code": day.code()}, 422),
            ({"nonce": "short", "code": day.code()}, 422),
            ({"step": day.step("out"), "code": day.code()}, 409),
        ):
            answer = client.post("/volunteer/sign-in", data={**sent, **changes}, headers=script)
            assert (answer.status_code, bool(answer.json["words"])) == (status, True), changes
        ok = client.post("/volunteer/sign-in", data={**sent, "code": day.code()}, headers=script)
        again = client.post("/volunteer/sign-in", data={**sent, "code": day.code()}, headers=script)
        assert ok.json["url"] == again.json["url"] == "/volunteer/sign-in"
    assert db.session.execute(db.select(db.func.count()).select_from(Attendance)).scalar_one() == 1


def test_somebody_elses_place_is_not_found_and_guessing_ends_soon(day: Day) -> None:
    stranger = make_person()
    make_volunteer(person=stranger)
    with time_machine.travel(day.shift.starts_at, tick=False):
        client = day.client(stranger)
        client.get("/volunteer/sign-in")
        data = {"csrf_token": client.token("/account/"), "nonce": "a" * 32, "step": day.step(), "code": day.code()}
        assert client.post("/volunteer/sign-in", data=data).status_code == 404
        guesser = day.client(day.person)
        sent = fields(text_of(guesser.get("/volunteer/sign-in")))
        wrong = f"{(int(day.code()) + 1) % 10**6:06d}"
        statuses = [guesser.post("/volunteer/sign-in", data={**sent, "code": wrong}).status_code for _ in range(15)]
        assert statuses == [422] * 15
        assert guesser.post("/volunteer/sign-in", data={**sent, "code": day.code()}).status_code == 429
    assert fresh(day.booking).state == "confirmed"


def test_only_the_lead_of_this_shift_and_coordinators_open_its_pages(day: Day, people: dict[str, Person]) -> None:
    other_lead = make_person()
    make_post(lead_id=other_lead.id)
    paths = [day.roster + end for end in ("", "/code", "/code/now", "/print", "/add", "/confirm", "/roll-call?way=in")]
    paths += [f"{day.roster}/people/{day.booking.id}", f"/volunteer/lead/posts/{day.post.id}/poster"]
    posts = [day.roster + end for end in ("/roll-call", "/absent", "/add", "/confirm", f"/people/{day.booking.id}")]
    with time_machine.travel(day.shift.starts_at, tick=False):
        for who in (other_lead, people["moderator"]):
            client = day.client(who)
            assert {client.get(path).status_code for path in paths} == {404}
            token = client.token("/account/")
            data = {"csrf_token": token, "people": day.booking.id, "way": "in", "act": "miss"}
            assert {client.post(path, data=data).status_code for path in posts} == {404}
        for who in (day.lead, people["coordinator"]):
            client = day.client(who)
            opened = [path for path in paths if not path.endswith("/now")]
            assert {client.get(path).status_code for path in opened} == {200}
            assert client.get(f"{day.roster}/people/{make_booking(make_shift(starts_in=5)).id}").status_code == 404
    assert fresh(day.booking).state == "confirmed"
    with time_machine.travel(day.shift.ends_at + timedelta(days=7, seconds=1), tick=False):
        assert day.client(day.lead).get(day.roster).status_code == 404
        assert day.client(people["coordinator"]).get(day.roster).status_code == 200


def test_a_look_at_names_and_numbers_is_recorded_once_a_day(day: Day, people: dict[str, Person]) -> None:
    def looks() -> list[tuple[int | None, str]]:
        query = db.select(Event.actor_id, Event.actor_role).where(Event.action == "roster.seen").order_by(Event.id)
        return [tuple(row) for row in db.session.execute(query)]

    with time_machine.travel(day.shift.starts_at - timedelta(days=1), tick=False):
        lead = day.client(day.lead)
        for path in (day.roster, f"{day.roster}/print", day.roster, f"{day.roster}/code"):
            lead.get(path)
        assert looks() == [(day.lead.id, "lead")]
        day.client(people["coordinator"]).get(day.roster)
    with time_machine.travel(day.shift.starts_at, tick=False):
        lead = day.client(day.lead)
        lead.get(day.roster)
        with transaction():  # a second request that looked before the first had written
            note_look(day.shift.id, by=By(day.lead.id, Actor.LEAD), now=clock.now())
    assert looks() == [(day.lead.id, "lead"), (people["coordinator"].id, "coordinator"), (day.lead.id, "lead")]


def test_the_roster_says_who_to_call_and_takes_the_roll_with_one_tap(day: Day) -> None:
    young = make_volunteer(
        "何小雨", age=16, guardian_name="何建国", guardian_phone="13800138123", consent_on=clock.today()
    )
    with transaction() as session:
        session.get_one(Person, young.person_id).phone = "13900139001"
    booking = make_booking(day.shift, young)
    with time_machine.travel(day.shift.starts_at + 16 * MINUTE, tick=False):
        client = day.client(day.lead)
        page = text_of(client.get(f"{day.roster}?lang=zh-Hans"))
        assert 'href="tel:13900139001"' in page and 'href="tel:13800138123"' in page and "何小雨" in page
        client.submit(f"{day.roster}/roll-call", {"people": booking.id, "way": "in"}, page=day.roster)
        assert (fresh(booking).state, fresh(day.booking).state) == ("attended", "confirmed")
        tick = text_of(client.get(f"{day.roster}/roll-call?way=in"))
        assert f'value="{day.booking.id}"' in tick and f'value="{booking.id}"' not in tick
        assert client.get(f"{day.roster}/roll-call?way=up").status_code == 404
        assert "16 minutes late" in text_of(client.get(f"{day.roster}?lang=en"))
    with time_machine.travel(day.shift.starts_at + 30 * MINUTE, tick=False):
        client.submit(f"{day.roster}/absent", page=day.roster)
        assert fresh(day.booking).state == "no_show"


def test_one_person_step_by_step(day: Day) -> None:
    path = f"{day.roster}/people/{day.booking.id}"
    with time_machine.travel(day.shift.ends_at + 5 * MINUTE, tick=False):
        client = day.client(day.lead)
        start = clock.local(day.shift.starts_at)

        def send(act: str, time: str = "", reason: str = "手机没电") -> int:
            return int(client.submit(path, {"act": act, "time": time, "reason": reason}).status_code)

        assert send("in", f"{start:%H:%M}", "") == 422
        assert send("in", "99:99") == 422
        kept = client.submit(path, {"act": "in", "time": "99:99", "reason": "手机没电"})
        assert 'value="99:99"' in text_of(kept) and 'href="#in-time"' in text_of(kept)
        assert send("early", f"{start:%H:%M}") == 409
        assert send("fly", f"{start:%H:%M}") == 404
        assert send("in", f"{start:%H:%M}") == 303
        assert send("out", f"{start + timedelta(minutes=95):%H:%M}") == 303
        assert "手机没电" in text_of(client.get(path))
        assert send("undo", reason="记错人") == 303
        assert send("miss") == 303
        assert send("late", f"{start + timedelta(minutes=50):%H:%M}") == 303
    assert marks_of([day.booking.id])[day.booking.id][Direction.IN].at == day.shift.starts_at + 50 * MINUTE


def test_the_code_appears_when_sign_in_opens_and_changes(day: Day) -> None:
    with time_machine.travel(day.shift.starts_at - 31 * MINUTE, tick=False):
        client = day.client(day.lead)
        assert "segno" not in text_of(client.get(f"{day.roster}/code"))
    with time_machine.travel(day.shift.starts_at, tick=False):
        page = text_of(client.get(f"{day.roster}/code"))
        assert day.code()[:3] in page and "segno" in page and 'class="js-none"' in page and 'data-module="live"' in page
        plain = FlaskClient(day.app)
        for cookie in client._cookies.values():
            plain.set_cookie(cookie.key, cookie.value)
        part = text_of(plain.get(f"{day.roster}/code/now"))
        assert day.code()[3:] in part and "<html" not in part


def test_somebody_registered_who_comes_without_booking(day: Day) -> None:
    walker = make_volunteer("路过的人")
    email = db.session.get_one(Person, walker.person_id).email
    with time_machine.travel(day.shift.starts_at + 5 * MINUTE, tick=False):
        client = day.client(day.lead)
        path = f"{day.roster}/add"
        assert client.submit(path, {"contact": "nobody@example.org"}).status_code == 422
        assert client.submit(path, {"contact": "??"}).status_code == 422
        key = re.search(r'name="key"[^>]*value="(\w+)"', text_of(client.get(path)))
        assert key
        for _ in range(2):
            assert client.submit(path, {"contact": email, "key": key[1]}).status_code == 303
        assert client.submit(path, {"contact": email, "key": "b" * 32}).status_code == 409
    booking = db.session.execute(db.select(Booking).where(Booking.volunteer_id == walker.id)).scalar_one()
    assert (booking.state, fresh(day.shift).taken) == ("attended", 2)


def test_the_lead_confirms_and_only_whole_services_are_credited(day: Day) -> None:
    post = make_post(lead_id=day.lead.id)
    shift = make_shift(post, starts_in=-4, capacity=4)
    own = make_volunteer("带班人自己", person=db.session.get_one(Person, day.lead.id))
    whole, short = served(shift, minutes=120, came=5), served(shift, minutes=20)
    open_ended, mine = served(shift, minutes=None), served(shift, own)
    client, path = day.client(day.lead), f"/volunteer/lead/shifts/{shift.id}/confirm"
    page = text_of(client.get(path))
    ticked = set(re.findall(r'name="people" value="(\d+)"', page))
    assert ticked == {str(whole.id), str(short.id)}
    data = {
        "people": [whole.id, short.id, open_ended.id, mine.id],
        f"breaks-{whole.id}": "15",
        f"breaks-{short.id}": "99",
    }
    answer = client.submit(path, data)
    assert answer.status_code == 409, "the breaks of one were longer than the service"
    assert client.submit(path, {"people": [whole.id, short.id]}).status_code == 303
    rows = {row.booking_id: row.minutes for row in db.session.execute(db.select(HoursEntry)).scalars()}
    assert rows == {whole.id: 105, short.id: 0}


def test_my_shifts_to_lead_today_first(day: Day, people: dict[str, Person]) -> None:
    elsewhere = make_shift(make_post(), starts_in=1)
    coming = make_shift(day.post, starts_in=72)
    lent = make_shift(make_post(), starts_in=100, lead_id=day.lead.id)
    taken_over = make_shift(day.post, starts_in=120, lead_id=people["coordinator"].id)
    with time_machine.travel(day.shift.starts_at, tick=False):
        page = text_of(day.client(day.lead).get("/volunteer/lead/"))
        found = [int(id_) for id_ in re.findall(r"/volunteer/lead/shifts/(\d+)\"", page)]
        assert found == [day.shift.id, coming.id, lent.id]
        assert "/shifts/" not in text_of(day.client(day.person).get("/volunteer/lead/"))
        everything = text_of(day.client(people["coordinator"]).get("/volunteer/lead/"))
        assert f"/shifts/{elsewhere.id}" in everything and f"/shifts/{taken_over.id}" in everything


def test_the_poster_is_for_the_post_and_never_for_a_home(day: Day, people: dict[str, Person]) -> None:
    home = make_post("elder_helper", care=True, lead_id=day.lead.id)
    client = day.client(day.lead)
    page = text_of(client.get(f"/volunteer/lead/posts/{day.post.id}/poster"))
    assert f"/volunteer/at/{day.post.slug}" in page and "segno" in page and day.post.qr_secret not in page
    assert client.get(f"/volunteer/lead/posts/{home.id}/poster").status_code == 404
    assert db.session.get_one(Volunteer, day.volunteer.id).name not in page
