"""Residents open accounts by phone or e-mail; weak passwords and official-looking names are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from citizen.accounts.models import Person
from citizen.accounts.rules import Contact, contact_of, ensure_good_password
from citizen.accounts.services.people import common_passwords
from citizen.core.audit import Event
from citizen.core.errors import InvalidInput
from citizen.extensions import db

NASTY = json.loads((Path(__file__).parents[1] / "nasty.json").read_text())
GOOD = "river-lantern-bridge"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("13800138000", Contact(phone="13800138000")),
        ("+86 138 0013 8000", Contact(phone="13800138000")),
        ("１３８００１３８０００", Contact(phone="13800138000")),
        ("Wang@Example.COM", Contact(email="wang@example.com")),
        ("wang＠example.com", Contact(email="wang@example.com")),
    ],
)
def test_contacts(typed: str, expected: Contact) -> None:
    assert contact_of(typed) == expected


@pytest.mark.parametrize(
    "typed", ["", " ", "\u3164", "abc", "12345", "a@", "@b.com", "a@b", "138001380001", None, "a\r\nb@c.com"]
)
def test_no_contacts(typed: object) -> None:
    with pytest.raises(InvalidInput):
        contact_of(typed)


@pytest.mark.parametrize(
    "password",
    [
        "short12",
        "password123",
        "PASSWORD123",
        "12345678",
        "87654321",
        "abcdefgh",
        "aaaaaaaab",
        "x" * 129,
        "5201314520",
    ],
)
def test_passwords_that_are_guessed_first(password: str) -> None:
    with pytest.raises(InvalidInput):
        ensure_good_password(password, common=common_passwords(), contact=Contact(email="w@example.com"))


@pytest.mark.parametrize("password", [GOOD, "路灯坏了三天没人修", "        four words in spaces", "ÿ🚮-okay-26"])
def test_passwords_that_are_fine(password: str) -> None:
    ensure_good_password(password, common=common_passwords(), contact=Contact(email="w@example.com"))


def test_the_contact_itself_is_no_password() -> None:
    with pytest.raises(InvalidInput):
        ensure_good_password("wang.lei.1990", common=(), contact=Contact(email="wang.lei.1990@example.com"))


def person(**found: str) -> Person:
    return db.session.execute(db.select(Person).filter_by(**found)).scalar_one()


def test_by_phone_and_in_again(client: FlaskClient) -> None:
    answer = client.submit("/account/sign-up", {"contact": "138 0013 8000", "password": GOOD})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/")
    assert "13800138000" in client.get("/account/").get_data(as_text=True)
    made = person(phone="13800138000")
    assert (made.name, made.roles) == ("138****8000", frozenset())
    client.submit("/account/sign-out", page="/account/")
    client.sign_in("+8613800138000", GOOD)
    events = db.session.execute(db.select(Event).where(Event.subject == "person")).scalars().all()
    assert events
    assert "8000" not in str([event.detail for event in events]), "the trail holds no personal data"


def test_by_mail_with_a_name(client: FlaskClient) -> None:
    values = {"contact": "Wang@Example.com", "password": GOOD, "name": "王 小 明"}
    assert client.submit("/account/sign-up", values).status_code == 303
    assert person(email="wang@example.com").name == "王 小 明"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("contact", "moderator@demo.invalid"),
        ("contact", "nonsense"),
        ("contact", ""),
        ("password", "12345678"),
        ("password", ""),
        ("name", "管理员"),
        ("name", "a" * 31),
    ],
)
def test_refusals_name_the_field_and_keep_the_rest(client: FlaskClient, field: str, value: str) -> None:
    values = {"contact": "new@example.com", "password": GOOD, "name": "小明", field: value}
    answer = client.submit("/account/sign-up", values)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in page
    assert GOOD not in page, "passwords are never sent back"
    assert client.get("/account/").status_code == 303, "nobody is signed in by a refusal"


def test_roles_cannot_be_taken_by_extra_fields(client: FlaskClient) -> None:
    values = {
        "contact": "new@example.com",
        "password": GOOD,
        "roles": "admin",
        "role": "admin",
        "demo": "1",
        "id": "1",
    }
    assert client.submit("/account/sign-up", values).status_code == 303
    made = person(email="new@example.com")
    assert (made.roles, made.demo, made.unit_code) == (frozenset(), False, None)


def test_no_name_breaks_the_page(client: FlaskClient) -> None:
    client.submit("/account/sign-up", {"contact": "new@example.com", "password": GOOD})
    token = client.token("/account/")
    for text in (*NASTY["xss"], *NASTY["unicode"]):
        if text == "%(x)s":  # a faithful copy of it looks like a placeholder that was not filled
            continue
        sent = text.encode("utf-8", "replace").decode()
        answer = client.post("/account/", data={"csrf_token": token, "name": sent, "language": ""})
        assert answer.status_code in (303, 422), text
        for page in (answer.get_data(as_text=True), client.get("/account/").get_data(as_text=True)):
            assert "<script>alert" not in page
            assert "<img" not in page


def test_language_of_the_account_decides_over_an_older_choice(client: FlaskClient) -> None:
    client.submit("/account/sign-up", {"contact": "new@example.com", "password": GOOD})
    client.get("/account/?lang=en")
    assert '<html lang="en"' in client.get("/account/").get_data(as_text=True)
    assert client.submit("/account/", {"name": "小明", "language": "zh-Hant"}).status_code == 303
    assert '<html lang="zh-Hant"' in client.get("/account/").get_data(as_text=True)


def test_unknown_language_is_refused(client: FlaskClient) -> None:
    client.submit("/account/sign-up", {"contact": "new@example.com", "password": GOOD})
    assert client.submit("/account/", {"name": "小明", "language": "xx"}).status_code == 422


def test_sign_ups_from_one_address_are_limited(client: FlaskClient, app: Flask) -> None:
    answers = []
    token = client.token("/account/sign-up")
    for number in range(21):
        form = {"csrf_token": token, "contact": "nonsense", "password": f"{GOOD}{number}"}
        answers.append(client.post("/account/sign-up", data=form).status_code)
    assert answers == [422] * 20 + [429]
