"""No form of somebody else's is ever accepted, and no GET changes anything."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from citizen.web import security
from tests.client import PageClient
from tests.web.walk import UNSAFE, address, contents, rules

WAYS: dict[str, Callable[[str, str], dict[str, object]]] = {
    "without a token": lambda _own, _foreign: {"data": {"x": "1"}},
    "with junk": lambda _own, _foreign: {"data": {"csrf_token": "junk"}},
    "with somebody else's token": lambda _own, foreign: {"data": {"csrf_token": foreign}},
    "as JSON": lambda _own, _foreign: {"json": {"x": 1}},
    "cross-site with the right token": lambda own, _foreign: {
        "data": {"csrf_token": own},
        "headers": {"Sec-Fetch-Site": "cross-site"},
    },
    "from a sibling host": lambda own, _foreign: {
        "data": {"csrf_token": own},
        "headers": {"Sec-Fetch-Site": "same-site"},
    },
    "from a foreign origin": lambda own, _foreign: {
        "data": {"csrf_token": own},
        "headers": {"Origin": "https://evil.example"},
    },
    "from no origin": lambda own, _foreign: {"data": {"csrf_token": own}, "headers": {"Origin": "null"}},
}


@pytest.mark.parametrize("who", ["", "leader@demo.invalid"])
def test_every_unsafe_endpoint_refuses_every_foreign_form(app: Flask, who: str) -> None:
    app.test_client_class = PageClient
    client, stranger = app.test_client(), app.test_client()
    foreign = stranger.token("/account/sign-in")
    if who:
        client.sign_in(who)
    own = client.token("/account/" if who else "/account/sign-in")
    before = contents()
    walked = 0
    for rule in rules(app):
        for method in sorted(UNSAFE & (rule.methods or set())):
            for name, way in WAYS.items():
                answer = client.open(address(app, rule), method=method, **way(own, foreign))
                assert answer.status_code == 400, (rule, method, name, answer.status_code)
                walked += 1
    assert walked > 50
    assert contents() == before


def test_the_walker_would_notice_an_endpoint_without_the_check(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    monkeypatch.setitem(app.config, "WTF_CSRF_CHECK_DEFAULT", False)
    form = {"contact": "new@example.com", "password": "river-lantern-bridge"}
    before = contents()
    assert client.post("/account/sign-up", data=form).status_code == 303
    assert contents() != before


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "http://localhost"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "Cross-Site"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://localhost.evil.example"}, False),
        ({"Origin": "https://localhost"}, False),
        ({"Origin": ""}, False),
    ],
)
def test_where_a_form_may_come_from(client: FlaskClient, headers: dict[str, str], passes: bool) -> None:
    form = {"csrf_token": client.token("/account/sign-up"), "contact": "new@example.com"}
    answer = client.post("/account/sign-up", data=form, headers=headers)
    assert answer.status_code == (422 if passes else 400)


def test_a_foreign_form_is_not_offered_again_with_a_good_token(client: FlaskClient) -> None:
    form = {"contact": "evil@example.com"}
    answer = client.post("/account/sign-up", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert b"evil@example.com" not in answer.data
    assert not answer.headers.getlist("Set-Cookie"), "and it does not replace the visitor's session"
    own = client.post("/account/sign-up", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert (own.status_code, b"evil@example.com" in own.data) == (400, True), "control: an old page of ours is"


def test_an_expired_page_never_repeats_a_password(client: FlaskClient) -> None:
    client.sign_in("moderator@demo.invalid")
    form = {"old_password": "secret-one", "password": "secret-two", "code": "secret-three"}
    answer = client.post("/account/password", data=form)
    assert answer.status_code == 400
    assert b"secret-" not in answer.data


@pytest.mark.parametrize("who", ["", "leader@demo.invalid"])
def test_get_and_head_change_nothing_and_do_not_post(app: Flask, who: str) -> None:
    app.test_client_class = PageClient
    client = app.test_client()
    if who:
        client.sign_in(who)
    before = contents()
    readable = {str(rule) for rule in rules(app) if "GET" in (rule.methods or set())}
    for rule in rules(app):
        where = address(app, rule)
        for method in ("GET", "HEAD"):
            answer = client.open(where, method=method)
            if str(rule) not in readable:
                assert answer.status_code in (404, 405), (rule, method)
    assert client.get("/account/sign-out").status_code == 405
    after = contents()
    assert {name for name in before if before[name] != after[name]} <= {"search_misses"}


def test_head_is_no_back_door(client: FlaskClient) -> None:
    """HEAD needs no token, so it must never do what POST does."""
    client.sign_in("moderator@demo.invalid")
    before = contents()
    for path in (
        "/account/",
        "/account/password",
        "/account/two-step",
        "/account/sign-in",
        "/account/sign-up",
    ):
        assert client.head(path, data={"name": "x", "old_password": "y", "code": "z"}).status_code in (
            200,
            303,
        )
    assert client.get("/account/").status_code == 200, "still signed in"
    assert contents() == before


def test_the_origin_is_checked_before_the_token(app: Flask) -> None:
    assert app.before_request_funcs[None][0] is security._refuse_foreign
