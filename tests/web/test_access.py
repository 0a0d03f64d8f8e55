"""Every endpoint says who may call it, and nobody else can."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from citizen import app as application
from citizen.accounts.models import Person
from citizen.core.permissions import RULES, Permission, Role, allowed
from citizen.web.access import PUBLIC, SIGNED_IN, public, requires, undeclared
from tests.client import PageClient
from tests.web.walk import address, rules

PEOPLE = (
    "moderator", "leader", "head", "unit", "verifier", "coordinator", "inspector", "publisher", "admin", "resident",
)  # fmt: skip


def test_every_endpoint_declares_its_access(app: Flask) -> None:
    assert undeclared(app) == []


def test_an_endpoint_without_declaration_stops_the_application(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = Blueprint("bare", __name__)
    bare.get("/bare")(lambda: "x")
    register = application.register_features

    def with_bare(target: Flask) -> None:
        register(target)
        target.register_blueprint(bare)

    monkeypatch.setattr(application, "register_features", with_bare)
    with pytest.raises(RuntimeError, match=r"bare\."):
        application.create_app(app.config["SETTINGS"])


def test_an_endpoint_declares_once() -> None:
    with pytest.raises(RuntimeError, match="two kinds"):
        requires(Permission.TRIAGE)(public(lambda: "x"))


def plain_gets(app: Flask) -> list[tuple[str, str]]:
    """(address, access) of every page without arguments."""
    found = {
        (address(app, rule), str(app.view_functions[rule.endpoint].access))
        for rule in rules(app)
        if "GET" in (rule.methods or set()) and not rule.arguments - set(rule.defaults or {})
    }
    return sorted(found)


def test_strangers_are_asked_to_sign_in(app: Flask, client: FlaskClient) -> None:
    asked = 0
    for path, access in plain_gets(app):
        answer = client.get(path)
        if access == PUBLIC:
            assert "/account/sign-in?" not in answer.headers.get("Location", ""), path
        else:
            assert answer.status_code == 303, path
            assert answer.headers["Location"].startswith("/account/sign-in?next=/"), path
            asked += 1
    assert asked > 5


@pytest.mark.parametrize("name", PEOPLE)
def test_each_role_opens_what_the_table_says(app: Flask, people: dict[str, Person], name: str) -> None:
    app.test_client_class = PageClient
    client = app.test_client().sign_in(f"{name}@demo.invalid")
    viewer = people[name]
    for path, access in plain_gets(app):
        answer = client.get(path)
        assert "/account/sign-in?" not in answer.headers.get("Location", ""), path
        if access in (PUBLIC, SIGNED_IN) or allowed(viewer, Permission(access)):
            assert answer.status_code < 500 and answer.status_code not in (401, 403), (path, name)
        else:
            assert answer.status_code == 403, (path, name)


@pytest.mark.parametrize("name", PEOPLE)
def test_each_role_is_kept_out_of_everything_else(app: Flask, people: dict[str, Person], name: str) -> None:
    """Also behind arguments: nothing may answer 200, and no unsafe method may do more than refuse."""
    app.test_client_class = PageClient
    client = app.test_client().sign_in(f"{name}@demo.invalid")
    token = client.token("/account/")
    viewer = people[name]
    for rule in rules(app):
        access = str(app.view_functions[rule.endpoint].access)
        if access in (PUBLIC, SIGNED_IN) or allowed(viewer, Permission(access)):
            continue
        for method in sorted({"GET", "POST"} & (rule.methods or set())):
            data = {"csrf_token": token} if method == "POST" else None
            assert client.open(address(app, rule), method=method, data=data).status_code == 403, (rule, name)


def test_the_walker_would_notice_a_wide_open_table(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.sign_in("resident@demo.invalid")
    assert client.get("/office/audit").status_code == 403
    monkeypatch.setitem(RULES, Permission.READ_AUDIT, lambda viewer, thing: True)
    assert client.get("/office/audit").status_code == 200


def test_unsafe_requests_of_strangers_are_refused_without_a_redirect(app: Flask, client: FlaskClient) -> None:
    token = client.token("/account/sign-in")
    for rule in rules(app):
        access = app.view_functions[rule.endpoint].access
        if "POST" in (rule.methods or set()) and access != PUBLIC:
            answer = client.post(address(app, rule), data={"csrf_token": token})
            assert answer.status_code == 401, rule


def test_every_permission_and_role_is_in_the_table() -> None:
    assert set(RULES) == set(Permission)

    class Nobody:
        id = None
        unit_code = None
        roles: frozenset[Role] = frozenset()

    assert not any(allowed(Nobody(), permission) for permission in Permission)


@pytest.mark.parametrize("number", [2**31, 2**63, 10**30])
def test_a_number_that_no_row_can_have_is_a_page_not_found(app: Flask, client: FlaskClient, number: int) -> None:
    client.sign_in("coordinator@demo.invalid")  # type: ignore[attr-defined]
    for place in ("/volunteer/shifts/%d", "/volunteer/lead/shifts/%d", "/office/shifts/%d", "/office/volunteers/%d"):
        assert client.get(place % number).status_code == 404
