"""Codes work once, within their time, for whoever comes first; production asks staff for them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from citizen.accounts.models import Person, RecoveryCode
from citizen.accounts.rules import matching_step
from citizen.accounts.services import people, second_factor
from citizen.accounts.services.secrets import unseal
from citizen.app import create_app
from citizen.config import ConfigError
from citizen.core.database import transaction
from citizen.core.permissions import Role
from citizen.extensions import db
from tests import county
from tests.accounts.conftest import MODERATOR, code_of
from tests.client import PageClient

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOW = datetime(2026, 9, 1, 8, 0, 10, tzinfo=UTC)
STEP = int(NOW.timestamp()) // 30
Browser = Callable[[], FlaskClient]


@pytest.mark.parametrize(("offset", "expected"), [(-2, None), (-1, STEP - 1), (0, STEP), (1, STEP + 1), (2, None)])
def test_one_step_of_tolerance(offset: int, expected: int | None) -> None:
    code = pyotp.TOTP(SECRET).generate_otp(STEP + offset)
    assert matching_step(SECRET, code, now=NOW, last_step=0) == expected


def test_a_step_never_matches_again() -> None:
    code = pyotp.TOTP(SECRET).generate_otp(STEP)
    assert matching_step(SECRET, code, now=NOW, last_step=STEP - 1) == STEP, "control"
    assert matching_step(SECRET, code, now=NOW, last_step=STEP) is None


@given(st.text(max_size=40))
def test_nothing_typed_breaks_the_check(text: str) -> None:
    assert matching_step(SECRET, text, now=NOW, last_step=2**60) is None


def person() -> Person:
    return db.session.execute(db.select(Person).where(Person.email == MODERATOR)).scalar_one()


def enter(client: FlaskClient, code: str) -> int:
    return client.submit("/account/sign-in/code", {"code": code}).status_code


def test_the_same_code_signs_in_once(client: FlaskClient, browser: Browser, secret: str) -> None:
    code = code_of(secret)
    other = browser()
    for one in (client, other):
        one.sign_in(MODERATOR)
    assert enter(client, code) == 303
    assert enter(other, code) == 422
    assert enter(other, code_of(secret, 30)) == 303, "control: the next code works"


def test_full_width_digits_and_spaces_are_forgiven(client: FlaskClient, secret: str) -> None:
    client.sign_in(MODERATOR)
    code = code_of(secret)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code[:3])
    assert enter(client, f" {wide} {code[3:]} ") == 303


@pytest.mark.parametrize(
    "code", ["", "000000", "²²²²²²", "١٢٣٤٥٦", "1e5", "\x00" * 6, "9" * 5000, "'; --", "H7QD2-M9KXT"]
)
def test_wrong_codes_are_refused_kindly(client: FlaskClient, secret: str, code: str) -> None:
    client.sign_in(MODERATOR)
    assert enter(client, code) == 422


@pytest.mark.both_databases
def test_of_parallel_uses_one_succeeds(app: Flask, secret: str) -> None:
    person_id, code = person().id, code_of(secret)
    db.session.rollback()
    results: list[bool] = []
    start = threading.Barrier(4)

    def use() -> None:
        with app.app_context():
            start.wait()
            with transaction():
                results.append(second_factor.use_code(person_id, code))

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, False, False, True]


def set_up(client: FlaskClient) -> list[str]:
    """Walk through the pages; returns the recovery codes."""
    page = client.get("/account/two-step").get_data(as_text=True)
    found = re.search(r"<code[^>]*>([A-Z2-7-]+)</code>", page)
    assert found
    assert "<svg" in page
    code = code_of(found[1].replace("-", ""))
    assert client.submit("/account/two-step", {"code": "000000"}).status_code == 422
    assert client.submit("/account/two-step", {"code": code}).status_code == 303
    page = client.get("/account/two-step/codes").get_data(as_text=True)
    codes = re.findall(r"<li><code>([0-9A-Z-]+)</code></li>", page)
    assert client.submit("/account/two-step/codes").status_code == 303
    return codes


def test_setting_up_shows_ten_codes_once_and_stores_neither_secret_nor_codes(
    client: FlaskClient, browser: Browser
) -> None:
    other = browser().sign_in(MODERATOR)
    client.sign_in(MODERATOR)
    codes = set_up(client)
    assert len(set(codes)) == 10
    assert client.get("/account/two-step/codes").status_code == 303, "shown once"
    assert other.get("/account/").status_code == 303, "sessions from before are over"
    stored = person().totp_secret or ""
    assert unseal(stored)
    assert unseal(stored) not in stored
    hashes = db.session.execute(db.select(RecoveryCode.code_hash)).scalars().all()
    assert not {code.replace("-", "") for code in codes} & set(hashes)


def test_a_recovery_code_works_once(client: FlaskClient, browser: Browser) -> None:
    client.sign_in(MODERATOR)
    codes = set_up(client)
    one, two, three = browser(), browser(), browser()
    for each in (one, two, three):
        each.sign_in(MODERATOR)
    assert enter(one, codes[0].lower()) == 303
    assert enter(two, codes[0]) == 422
    assert enter(three, codes[1]) == 303, "control: another one works"
    assert second_factor.codes_left(person().id) == 8


def test_a_new_password_does_not_skip_the_second_factor(client: FlaskClient, secret: str) -> None:
    with transaction():
        people.set_password(person().id, people.hash_password("handed-out-26"), once=True)
    client.sign_in(MODERATOR, "handed-out-26")
    assert client.get("/account/password").status_code == 303, "still only half signed in"
    assert enter(client, code_of(secret)) == 303


def test_half_a_sign_in_ends_with_the_role(client: FlaskClient, secret: str) -> None:
    client.sign_in(MODERATOR)
    with transaction():
        people.revoke(MODERATOR, Role.MODERATOR)
    answer = client.get("/account/sign-in/code")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/sign-in")


def test_codes_cannot_be_guessed_without_end(client: FlaskClient, secret: str) -> None:
    client.sign_in(MODERATOR)
    answers = [enter(client, f"{number:06}") for number in range(12)]
    assert answers[:10].count(422) == 10
    assert answers[10:] == [429, 429]


@pytest.fixture
def production(tmp_path: Path, sqlite_url: str) -> Flask:
    """A production site whose demonstration accounts were turned into real ones."""
    demo = create_app(county.settings(tmp_path, sqlite_url))
    values = {
        "CITIZEN_ENV": "production",
        "CITIZEN_BASE_URL": "https://yunyi.example",
        "CITIZEN_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEF",
    }
    settings = county.settings(tmp_path, sqlite_url, **values)
    with pytest.raises(ConfigError, match="demonstration"):
        create_app(settings)
    with demo.app_context(), transaction() as session:
        session.execute(db.update(Person).values(demo=False))
    county.dispose(demo)
    return create_app(settings)


def test_production_leads_staff_to_the_second_factor_first(production: Flask) -> None:
    production.test_client_class = PageClient
    client = production.test_client()
    inside = {"base_url": "https://yunyi.example"}
    page = client.get("/account/sign-in", **inside).get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    form = {"csrf_token": token[1], "name": MODERATOR, "password": county.PASSWORD}
    sent = {"headers": {"Referer": "https://yunyi.example/account/sign-in"}, **inside}
    answer = client.post("/account/sign-in", data=form, **sent)
    cookies = answer.headers.getlist("Set-Cookie")
    assert any(re.match(r"__Host-session=.*Secure; HttpOnly; Path=/; SameSite=Lax", text) for text in cookies), cookies
    for path in ("/account/", "/office/audit", "/"):
        answer = client.get(path, **inside)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/account/two-step"), path
    assert client.get("/account/two-step", **inside).status_code == 200
    county.dispose(production)
