"""From a stranger on the page of a shift to a volunteer with a place, in one go; and what is on record about oneself."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import InvalidInput
from citizen.extensions import db
from citizen.volunteers.models import Booking, HoursEntry, Volunteer
from citizen.volunteers.rules.volunteers import birth_day_of
from citizen.volunteers.services import profiles
from tests.county import PASSWORD
from tests.volunteers.making import fresh, make_booking, make_post, make_shift, make_volunteer, served, sign_in_as

NASTY = json.loads((Path(__file__).parents[1] / "nasty.json").read_text())
GOOD = "river-lantern-bridge"
TODAY = date(2026, 9, 4)


def age(years: int) -> str:
    return date(clock.today().year - years, 1, 1).isoformat()


def typed(**more: str) -> dict[str, str]:
    values = {
        "contact": "138 0013 8000",
        "password": GOOD,
        "name": "王小明",
        "birth_day": "1990年5月3日",
        "agreed": "y",
    }
    return {**values, **more}


def form_of(client: FlaskClient, address: str) -> dict[str, str]:
    """The hidden fields of the form on the page, as a browser would send them."""
    page = client.get(address).get_data(as_text=True)
    fields = re.findall(r'<input[^>]*type="hidden"[^>]*>', page.split("<main", 1)[1])
    found = [(re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)) for tag in fields]
    return {name[1]: value[1] if value else "" for name, value in found if name}


def send(client: FlaskClient, address: str, **values: str) -> Any:
    return client.post("/volunteer/join", data={**form_of(client, address), **typed(**values)})


def bookings() -> list[Booking]:
    return list(db.session.execute(db.select(Booking).order_by(Booking.id)).scalars())


@pytest.mark.parametrize(
    "text",
    [
        "1990-05-03", "1990年5月3日", "19900503", "１９９０－０５－０３", "１９９０年５月３号", " 1990.5.3 ", "1990/05/03",
        "1990 5 3", "1990—5—3", "1990。5。3",
    ],
)  # fmt: skip
def test_days_of_birth_as_people_type_them(text: str) -> None:
    assert birth_day_of(text, today=TODAY) == date(1990, 5, 3)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\u3164",
        "90-5-3",
        "1990-13-01",
        "1990-02-30",
        "2026-09-05",
        "1899-01-01",
        "1990",
        "3.5.1990",
        "١٩٩٠٠٥٠٣",
        "1990-5-3-1",
        None,
    ],
)
def test_what_is_no_day_of_birth(text: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        birth_day_of(text, today=TODAY)
    assert caught.value.field == "birth_day"


def test_the_whole_way_of_a_stranger(client: FlaskClient, app: Flask) -> None:
    shift = make_shift(make_post("market_steward"))
    client.get("/?lang=en")
    page = client.get(f"/volunteer/shifts/{shift.id}").get_data(as_text=True)
    address = f"/volunteer/join?shift={shift.id}"
    assert address in page
    answer = send(client, address)
    assert answer.status_code == 303
    (booking,) = bookings()
    assert answer.headers["Location"] == f"/volunteer/bookings/{booking.id}"
    done = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "You are booked" in done and "ten minutes early" in done and "I cannot come" in done
    volunteer = db.session.get_one(Volunteer, booking.volunteer_id)
    person = db.session.get_one(Person, volunteer.person_id)
    assert (volunteer.name, volunteer.birth_day, person.phone) == ("王小明", date(1990, 5, 3), "13800138000")
    assert booking.state == "confirmed" and fresh(shift).taken == 1
    mine = client.get("/volunteer/mine").get_data(as_text=True)
    assert "You have a place" in mine and f"/volunteer/bookings/{booking.id}" in mine


def test_sending_the_form_again_leads_to_the_same_booking(client: FlaskClient, app: Flask) -> None:
    shift = make_shift(make_post("market_steward"))
    values = form_of(client, f"/volunteer/join?shift={shift.id}")
    first = client.post("/volunteer/join", data={**values, **typed()})
    # Back and once more, with the token that the session has now.
    token = client.token("/account/")
    again = client.post("/volunteer/join", data={**values, **typed(), "csrf_token": token})
    assert first.headers["Location"] == again.headers["Location"]
    client.submit("/account/sign-out", page="/account/")
    # A second press in a browser that never got the first answer: the password is the right one, so it goes on.
    fresh_token = client.token("/volunteer/join")
    third = client.post("/volunteer/join", data={**values, **typed(), "csrf_token": fresh_token})
    assert third.headers["Location"] == first.headers["Location"]
    assert len(bookings()) == 1 and len(db.session.execute(db.select(Volunteer)).all()) == 1


def test_a_known_contact_with_a_wrong_password_is_told_to_sign_in_and_tries_are_counted(client: FlaskClient) -> None:
    known = make_volunteer()
    mail = db.session.get_one(Person, known.person_id).email or ""
    client.get("/?lang=en")
    codes = [send(client, "/volunteer/join", contact=mail, password=f"{GOOD}{n}").status_code for n in range(11)]
    assert codes == [422] * 10 + [429]
    assert client.get("/volunteer/mine").status_code == 303, "nobody was signed in"


def test_sign_ups_share_the_limit_of_accounts(client: FlaskClient) -> None:
    values = {**form_of(client, "/volunteer/join"), **typed(contact="nonsense")}
    codes = [client.post("/volunteer/join", data=values).status_code for _ in range(21)]
    assert codes == [422] * 20 + [429]
    assert client.post("/account/sign-up", data={**values}).status_code == 429


WRONG = [
    ("contact", "nonsense", "Enter a mobile number"),
    ("password", "12345678", "Many people use this password"),
    ("name", " ", "Enter your name"),
    ("name", "管理员", "looks like an office"),
    ("birth_day", "", "Enter the day of birth"),
    ("birth_day", "1990-02-30", "does not exist"),
    ("birth_day", age(16), "tell us your guardian"),
    ("agreed", "", "Tick this box"),
]


def test_what_is_wrong_is_named_and_nothing_else_is_lost(client: FlaskClient) -> None:
    shift = make_shift(make_post("market_steward"))
    client.get("/?lang=en")
    hidden = form_of(client, f"/volunteer/join?shift={shift.id}")
    for field, value, words in WRONG:
        values = typed(**{field: value})
        sent = {name: text for name, text in values.items() if text}
        answer = client.post("/volunteer/join", data={**hidden, **sent})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422 and words in page, field
        assert GOOD not in page, "a password is never sent back"
        for name in ("contact", "name", "birth_day"):
            assert name == field or f'value="{values[name]}"' in page, (field, name)
        assert f'name="shift" type="hidden" value="{shift.id}"' in page
    assert not bookings() and db.session.execute(db.select(Person).where(Person.phone.is_not(None))).first() is None


def test_an_empty_form_says_everything_at_once(client: FlaskClient) -> None:
    client.get("/?lang=en")
    answer = client.post("/volunteer/join", data=form_of(client, "/volunteer/join"))
    page = answer.get_data(as_text=True)
    said = (
        "Enter your mobile number",
        "At least 8 characters",
        "Enter your name",
        "Enter the day of birth",
        "Tick this box",
    )
    assert answer.status_code == 422 and all(page.count(words) >= 2 for words in said), (
        "above the form and at the field"
    )
    both = {**form_of(client, "/volunteer/join"), **typed(contact="nonsense", birth_day=age(16))}
    page = client.post("/volunteer/join", data=both).get_data(as_text=True)
    assert "Enter a mobile number" in page and "tell us your guardian" in page and "Enter your name" not in page


def test_sixteen_year_olds_name_a_guardian_and_wait_for_the_consent(client: FlaskClient) -> None:
    shift = make_shift(make_post("env_steward"))
    client.get("/?lang=en")
    guardian = {"guardian_name": "王大明", "guardian_phone": "１３９ 0013 9000"}
    answer = send(client, f"/volunteer/join?shift={shift.id}", birth_day=age(16), **guardian)
    assert answer.headers["Location"] == f"/volunteer/shifts/{shift.id}/why"
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "guardian&#39;s consent is not on record yet" in page and "Your details are kept" in page
    volunteer = db.session.execute(db.select(Volunteer)).scalar_one()
    assert (volunteer.guardian_name, volunteer.guardian_phone) == ("王大明", "13900139000")


def test_children_are_asked_to_come_with_a_guardian_and_nothing_is_kept(client: FlaskClient) -> None:
    client.get("/?lang=en")
    answer = send(client, "/volunteer/join", birth_day=age(13))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "Come together with a grown-up" in page
    assert 'value="王小明"' in page, "whoever mistyped the year goes on from here"
    assert not db.session.execute(db.select(Volunteer)).first()
    assert not db.session.execute(db.select(Person).where(Person.phone.is_not(None))).first()


def test_what_is_missing_is_said_and_the_profile_stays(client: FlaskClient) -> None:
    shift = make_shift()  # needs the briefing
    client.get("/?lang=en")
    answer = send(client, f"/volunteer/join?shift={shift.id}")
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "This post needs the briefing first" in page and "12345" in page
    assert len(db.session.execute(db.select(Volunteer)).all()) == 1 and not bookings()


def test_a_shift_that_filled_up_meanwhile_gives_a_place_in_the_line(client: FlaskClient) -> None:
    shift = make_shift(make_post("market_steward"), capacity=1)
    client.get("/?lang=en")
    values = form_of(client, f"/volunteer/join?shift={shift.id}")
    make_booking(shift)
    answer = client.post("/volunteer/join", data={**values, **typed()})
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "Number 1 in the line" in page and "offered in order" in page


def test_somebody_signed_in_is_asked_only_who_they_are(client: FlaskClient) -> None:
    shift = make_shift(make_post("market_steward"))
    client.sign_in("resident@demo.invalid")
    client.get("/?lang=en")
    address = f"/volunteer/join?shift={shift.id}"
    page = client.get(address).get_data(as_text=True)
    assert 'name="password"' not in page and 'name="contact"' not in page
    answer = client.post(
        "/volunteer/join", data={**form_of(client, address), "name": "王", "birth_day": age(40), "agreed": "y"}
    )
    assert answer.headers["Location"] == f"/volunteer/bookings/{bookings()[0].id}"
    assert client.get(address).headers["Location"] == f"/volunteer/shifts/{shift.id}"


def test_an_impossible_shift_is_just_no_shift(client: FlaskClient) -> None:
    for shift in ("", "0", "²", "-1", "987654", "99999999999999999999", "' OR 1=1"):
        assert client.get("/volunteer/join", query_string={"shift": shift}).status_code == 200, shift


def test_next_leads_to_no_other_site(client: FlaskClient) -> None:
    client.sign_in("resident@demo.invalid")
    values = {
        **form_of(client, "/volunteer/join?next=//evil.example"),
        "name": "王",
        "birth_day": age(40),
        "agreed": "y",
    }
    assert client.post("/volunteer/join", data=values).headers["Location"] == "/volunteer/mine"


def test_no_name_breaks_a_page(client: FlaskClient) -> None:
    volunteer = make_volunteer()
    sign_in_as(client, volunteer)
    client.echoes = True  # type: ignore[attr-defined]
    values, hostile = form_of(client, "/volunteer/mine/profile"), "<script>alert(1)</script>"
    for text in (*NASTY["xss"], *NASTY["unicode"]):
        sent = text.encode("utf-8", "replace").decode()
        values["version"] = str(fresh(volunteer).version)
        answer = client.post(
            "/volunteer/mine/profile", data={**values, "name": sent, "birth_day": sent, "emergency_contact": sent}
        )
        assert answer.status_code == 422, text
        assert hostile not in answer.get_data(as_text=True)
    answer = client.post("/volunteer/mine/profile", data={**values, "name": hostile[:30], "birth_day": age(40)})
    assert answer.status_code == 303 and hostile[:20] not in client.get("/volunteer/mine").get_data(as_text=True)


PROFILE = {
    "name": "李四",
    "emergency_contact": "老伴 138",
    "skills": ["first_aid", "nonsense"],
    "areas": ["A1", "ZZ"],
    "times": ["weekend_morning"],
}


def save(client: FlaskClient, volunteer: Volunteer, **more: Any) -> Any:
    token = client.token("/volunteer/mine/profile")
    data = {"csrf_token": token, "version": str(fresh(volunteer).version), "birth_day": age(40), **PROFILE, **more}
    return client.post("/volunteer/mine/profile", data=data)


def test_a_profile_is_changed_by_its_owner(client: FlaskClient) -> None:
    volunteer = make_volunteer()
    sign_in_as(client, volunteer)
    assert save(client, volunteer, on_call="y").status_code == 303
    now = fresh(volunteer)
    assert (now.name, now.skills, now.areas, now.times) == ("李四", ["first_aid"], ["A1"], ["weekend_morning"])
    assert now.on_call and not now.reminders and now.version == 2
    page = client.get("/volunteer/mine/profile").get_data(as_text=True)
    assert "On record about you" in page and 'value="first_aid" checked' in page


def test_an_old_page_overwrites_nothing_and_keeps_what_was_typed(client: FlaskClient) -> None:
    volunteer = make_volunteer()
    sign_in_as(client, volunteer)
    answer = save(client, volunteer, version="0", emergency_contact="女儿 139")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409 and 'value="女儿 139"' in page and f'value="{fresh(volunteer).version}"' in page
    assert save(client, volunteer, version="").status_code == 422


def test_the_day_of_birth_is_fixed_once_hours_are_credited(client: FlaskClient, people: dict[str, Person]) -> None:
    volunteer = make_volunteer(age=40)
    booking = served(volunteer=volunteer)
    born = volunteer.birth_day
    sign_in_as(client, volunteer)
    assert save(client, volunteer, birth_day=age(41)).status_code == 303
    assert fresh(volunteer).birth_day != born
    with transaction() as session:
        values = {"volunteer_id": volunteer.id, "booking_id": booking.id, "kind": "auto", "minutes": 60}
        session.add(HoursEntry(**values, day=clock.today(), created_at=clock.now()))
    page = client.get("/volunteer/mine/profile").get_data(as_text=True)
    assert "only the coordinator changes" in page and 'name="birth_day"' not in page
    assert save(client, volunteer, birth_day=age(20)).status_code == 303
    assert fresh(volunteer).birth_day == date.fromisoformat(age(41))


def test_a_consent_that_was_seen_belongs_to_the_guardian_who_gave_it(client: FlaskClient) -> None:
    minor = make_volunteer(age=16, guardian_name="王大明", guardian_phone="13900139000", consent_on=clock.today())
    sign_in_as(client, minor)
    assert save(client, minor, guardian_name="别人", guardian_phone="13700137000", birth_day=age(30)).status_code == 303
    assert (fresh(minor).guardian_name, fresh(minor).birth_day) == ("王大明", date.fromisoformat(age(16)))


def test_nobody_becomes_a_child_by_a_new_day_of_birth(client: FlaskClient) -> None:
    volunteer = make_volunteer()
    sign_in_as(client, volunteer)
    assert save(client, volunteer, birth_day=age(12)).status_code == 422
    assert save(client, volunteer, birth_day=age(16)).status_code == 422, "a guardian is missing"


def add_child(client: FlaskClient, name: str, born: str) -> Any:
    data = {"child_name": name, "child_birth_day": born}
    return client.submit("/volunteer/mine/children", data, page="/volunteer/mine/profile")


def test_children_are_named_and_taken_off(client: FlaskClient) -> None:
    me, other = make_volunteer(), make_volunteer()
    theirs = make_volunteer(guardian_id=other.id, age=8)
    sign_in_as(client, me)
    for _ in range(2):
        assert add_child(client, "小小", age(9)).status_code == 303
    child = db.session.execute(db.select(Volunteer).where(Volunteer.guardian_id == me.id)).scalar_one()
    for name, born in (("", age(9)), ("小小", "nonsense"), ("大大", age(15))):
        assert add_child(client, name, born).status_code == 422
    assert "小小" in client.get("/volunteer/mine/profile").get_data(as_text=True)
    assert client.get(f"/volunteer/mine/children/{theirs.id}/remove").status_code == 404
    assert client.submit(f"/volunteer/mine/children/{child.id}/remove").status_code == 303
    assert db.session.execute(db.select(Volunteer.id).where(Volunteer.guardian_id == me.id)).first() is None


def test_a_child_with_past_service_leaves_its_name_behind_only_when_free(client: FlaskClient) -> None:
    me = make_volunteer()
    child = make_volunteer("小小", guardian_id=me.id, age=9)
    sign_in_as(client, me)
    past, shift = served(volunteer=child), make_shift()
    with transaction() as session:
        coming = Booking(
            shift_id=shift.id, volunteer_id=child.id, state="confirmed", key="k" * 16, created_at=clock.now(),
            changed_at=clock.now(),
        )  # fmt: skip
        session.add(coming)
    address = f"/volunteer/mine/children/{child.id}/remove"
    assert client.submit(address).status_code == 409
    with transaction() as session:
        session.get_one(Booking, coming.id).state = "cancelled"
    assert client.submit(address).status_code == 303
    assert (fresh(child).name, fresh(child).birth_day.month, fresh(past).volunteer_id) == ("", 1, child.id)
    assert "小小" not in client.get("/volunteer/mine/profile").get_data(as_text=True)
    assert client.get(address).status_code == 404


def test_seven_children_are_a_group(client: FlaskClient) -> None:
    me = make_volunteer()
    for n in range(6):
        make_volunteer(f"孩子{n}", guardian_id=me.id, age=9)
    sign_in_as(client, me)
    assert add_child(client, "第七", age(9)).status_code == 409


@pytest.mark.both_databases
def test_two_forms_at_once_make_one_profile(app: Flask, people: dict[str, Person]) -> None:
    person = people["resident"].id
    identity = profiles.Identity(name="王", birth_day="1990-05-03")
    ids = set()
    for _ in range(2):
        with transaction():
            ids.add(profiles.create(person, identity).id)
    assert len(ids) == 1


def test_staff_with_a_second_factor_are_asked_for_it(client: FlaskClient, people: dict[str, Person]) -> None:
    with transaction() as session:
        session.get_one(Person, people["resident"].id).totp_secret = "sealed"
    answer = send(client, "/volunteer/join", contact="resident@demo.invalid", password=PASSWORD)
    assert answer.headers["Location"] == "/account/sign-in/code"
    assert client.get("/volunteer/mine").status_code == 303, "not signed in yet"
