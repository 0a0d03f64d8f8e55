"""A session begins, changes its id and ends when it should; a copied cookie dies with it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_login import current_user

from citizen.accounts.models import Person
from citizen.accounts.services import people as services
from citizen.accounts.services.passwords import hash_password
from citizen.core.database import transaction
from citizen.core.permissions import Role
from citizen.extensions import db
from citizen.web import sessions
from tests.accounts.conftest import MODERATOR, code_of, csrf_of
from tests.county import PASSWORD

Browser = Callable[[], FlaskClient]


def cookie(client: FlaskClient) -> str:
    found = client.get_cookie("session")
    return found.value if found else ""


def replay(browser: Browser, value: str) -> FlaskClient:
    """Somebody else's browser with a copied cookie."""
    thief = browser()
    thief.set_cookie("session", value)
    return thief


def is_in(client: FlaskClient) -> bool:
    return client.get("/account/").status_code == 200


def test_the_id_changes_at_sign_in_and_a_planted_one_is_dead(client: FlaskClient, browser: Browser) -> None:
    client.token("/account/sign-in")
    planted = cookie(client)
    assert planted
    client.sign_in(MODERATOR)
    assert cookie(client) != planted
    assert is_in(client)
    assert not is_in(replay(browser, planted))


def test_the_id_changes_at_the_second_factor(client: FlaskClient, browser: Browser, secret: str) -> None:
    client.sign_in(MODERATOR)
    half = cookie(client)
    assert not is_in(client), "the password alone opens nothing"
    assert client.submit("/account/sign-in/code", {"code": code_of(secret)}).status_code == 303
    assert is_in(client)
    assert cookie(client) != half
    assert not is_in(replay(browser, half))


def test_a_copied_cookie_works_until_sign_out_and_not_after(client: FlaskClient, browser: Browser) -> None:
    client.sign_in(MODERATOR)
    copied = cookie(client)
    assert is_in(replay(browser, copied)), "control: the copy works while the session lives"
    response = client.submit("/account/sign-out", page="/account/")
    assert response.status_code == 303
    assert '"cache"' in response.headers["Clear-Site-Data"]
    assert not is_in(client)
    assert not is_in(replay(browser, copied))
    assert replay(browser, copied).post("/account/").status_code in (400, 401)


def change_password(_app: Flask, client: FlaskClient) -> None:
    new = {"old_password": PASSWORD, "password": "an-entirely-new-one-26"}
    assert client.submit("/account/password", new).status_code == 303


def revoke_role(_app: Flask, _client: FlaskClient) -> None:
    with transaction():
        services.revoke(MODERATOR, Role.MODERATOR)


def grant_role(_app: Flask, _client: FlaskClient) -> None:
    with transaction():
        services.grant(MODERATOR, Role.ADMIN)


def disable(_app: Flask, _client: FlaskClient) -> None:
    with transaction():
        services.disable(MODERATOR)


@pytest.mark.both_databases
@pytest.mark.parametrize("change", [change_password, revoke_role, grant_role, disable])
def test_sessions_end_with_what_they_stood_on(
    app: Flask, client: FlaskClient, browser: Browser, change: Callable[[Flask, FlaskClient], None]
) -> None:
    client.sign_in(MODERATOR)
    other = browser().sign_in(MODERATOR)
    copied = cookie(client)
    assert is_in(other)
    assert is_in(replay(browser, copied)), "control"
    change(app, client)
    assert not is_in(other)
    assert not is_in(replay(browser, copied))


def test_without_the_ending_the_old_session_would_live(
    app: Flask, client: FlaskClient, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "end_sessions_of", lambda person_id: None)
    client.sign_in(MODERATOR)
    grant_role(app, client)
    assert is_in(client), "control: the defence is what ends the session"


def test_a_closed_account_is_out_even_if_its_session_row_stayed(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "end_sessions_of", lambda person_id: None)
    client.sign_in(MODERATOR)
    with transaction():
        services.disable(MODERATOR)
    assert not is_in(client)


@pytest.mark.both_databases
def test_whoever_is_signed_in_has_all_their_roles(app: Flask, client: FlaskClient) -> None:
    with transaction():
        services.grant(MODERATOR, Role.COORDINATOR)
    client.sign_in(MODERATOR)
    with app.test_request_context("/", headers={"Cookie": f"session={cookie(client)}"}):
        assert current_user.roles == {Role.MODERATOR, Role.COORDINATOR}


def test_a_session_row_of_somebody_else_opens_nothing(client: FlaskClient, people: dict[str, Person]) -> None:
    client.sign_in(MODERATOR)
    with transaction() as session:
        session.execute(db.update(sessions.SessionRow).values(person_id=people["admin"].id))
    assert not is_in(client)


def test_drafts_come_along_at_sign_in_and_go_at_sign_out(client: FlaskClient, people: dict[str, Person]) -> None:
    client.token("/account/sign-in")
    with client.session_transaction() as session:
        session["draft:k"] = "words"
    client.sign_in(MODERATOR)
    with client.session_transaction() as session:
        assert session["draft:k"] == "words"
        assert "_id" not in session, "no fingerprint of address and browser is stored"
    client.submit("/account/sign-out", page="/account/")
    with client.session_transaction() as session:
        assert "draft:k" not in session


def test_one_persons_drafts_never_reach_the_next_on_a_shared_phone(client: FlaskClient) -> None:
    client.sign_in(MODERATOR)
    with client.session_transaction() as session:
        session["draft:k"] = "words"
    page = client.get("/account/").get_data(as_text=True)
    form = {"csrf_token": csrf_of(page), "name": "leader@demo.invalid", "password": PASSWORD}
    assert client.post("/account/sign-in", data=form).status_code == 303
    assert "leader@demo.invalid" in client.get("/account/").get_data(as_text=True)
    with client.session_transaction() as session:
        assert "draft:k" not in session


def test_a_handed_out_password_is_replaced_before_anything_else(client: FlaskClient, app: Flask) -> None:
    with transaction():
        person = db.session.execute(db.select(Person).where(Person.email == MODERATOR)).scalar_one()
        services.set_password(person.id, hash_password("handed-out-26"), once=True)
    client.sign_in(MODERATOR, "handed-out-26")
    answer = client.get("/account/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/password")
    new = {"old_password": "handed-out-26", "password": "an-entirely-new-one-26"}
    assert client.submit("/account/password", new).status_code == 303
    assert is_in(client)
