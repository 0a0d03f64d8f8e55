"""Security headers on every answer, errors included; hosts and proxies that are not ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import InternalServerError

from citizen.app import create_app
from citizen.web import limits
from citizen.web.security import ALWAYS
from tests import county
from tests.client import PageClient

PAGES = ("/account/sign-in", "/nowhere", "/account/sign-out")


def nonce(policy: str) -> str:
    found = re.search(r"'nonce-([^']+)'", policy)
    assert found
    return found[1]


def broken(app: Flask, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A client of a site where one page fails."""

    def fail() -> str:
        raise ZeroDivisionError

    fail.access = "public"  # type: ignore[attr-defined]
    monkeypatch.setitem(app.view_functions, "accounts.sign_up", fail)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.test_client_class = PageClient
    client = app.test_client()
    client.allow_500 = True
    return client


def test_each_response_has_its_own_nonce_and_error_pages_have_one(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client = broken(app, monkeypatch)
    answers = [client.get(path) for path in (*PAGES, *PAGES, "/account/sign-up")]
    assert [answer.status_code for answer in answers] == [200, 404, 405, 200, 404, 405, 500]
    policies = [answer.headers["Content-Security-Policy"] for answer in answers]
    assert len({nonce(policy) for policy in policies}) == len(policies)
    for policy in policies:
        for part in (
            "default-src 'none'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        ):
            assert part in policy
        assert "unsafe-inline" not in policy


def test_a_failure_shows_no_trace(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    page = broken(app, monkeypatch).get("/account/sign-up").get_data(as_text=True)
    assert "ZeroDivisionError" not in page
    assert "Traceback" not in page
    assert InternalServerError.description not in page


@pytest.mark.parametrize("path", [*PAGES, "/static/css/base.css", "/account/"])
def test_headers_everywhere(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert [headers.getlist(name) for name in ALWAYS] == [[value] for value in ALWAYS.values()], "each of them once"


def test_a_page_may_say_otherwise(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"referrer-policy": "no-referrer", "content-security-policy": "sandbox", "cache-control": "no-transform"}

    def page() -> tuple[str, dict[str, str]]:
        return "", own

    page.access = "public"  # type: ignore[attr-defined]
    monkeypatch.setitem(app.view_functions, "accounts.sign_up", page)
    app.test_client_class = FlaskClient
    headers = app.test_client().get("/account/sign-up").headers
    assert {name: headers.getlist(name) for name in own} == {name: [value] for name, value in own.items()}
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_what_looked_at_the_session_is_not_stored(client: FlaskClient) -> None:
    client.sign_in("admin@demo.invalid")
    for path in ("/account/", "/office/audit", "/"):
        headers = client.get(path).headers
        assert headers["Cache-Control"] == "no-store", path
        assert "Cookie" in headers["Vary"]


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "a b"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_foreign_hosts_get_nothing(client: FlaskClient, host: str, method: str) -> None:
    answer = client.open("/account/sign-in", method=method, headers={"Host": host})
    assert answer.status_code == 400
    assert b"evil" not in answer.data
    assert "evil" not in str(answer.headers)


def test_forwarded_hosts_are_not_believed(client: FlaskClient) -> None:
    headers = {
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "host=evil.example",
        "X-Forwarded-Proto": "https",
    }
    answer = client.get("/account/", headers=headers)
    assert b"evil" not in answer.data
    assert "evil" not in str(answer.headers)
    assert client.get("/account/sign-in", base_url="http://localhost").status_code == 200, "control"


@pytest.mark.parametrize(
    "path",
    [
        "/console",
        "/.git/HEAD",
        "/.env",
        "/static/../wsgi.py",
        "/static/%2e%2e/wsgi.py",
        "/static/js/main.js.map",
    ],
)
def test_nothing_of_the_workshop_is_served(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def statuses(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seven sign-ups, each claiming another address, where five are allowed."""
    token = client.token("/account/sign-up")
    found = []
    for number in range(7):
        headers = {"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}"}
        form = {"csrf_token": token, "contact": "nonsense"}
        found.append(client.post("/account/sign-up", data=form, headers=headers).status_code)
    return found


@pytest.fixture
def five_only(monkeypatch: pytest.MonkeyPatch) -> None:
    parse = limits._parsed
    monkeypatch.setattr(limits, "_parsed", lambda limit: parse("5/hour" if limit == "20/hour" else limit))


@pytest.mark.usefixtures("five_only")
def test_a_made_up_address_evades_no_limit(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert statuses(client, monkeypatch) == [422] * 5 + [429] * 2


@pytest.mark.usefixtures("five_only")
def test_behind_a_trusted_proxy_the_last_hop_counts(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(county.settings(tmp_path, sqlite_url, CITIZEN_TRUSTED_PROXIES="1"))
    app.test_client_class = PageClient
    client = app.test_client()
    assert statuses(client, monkeypatch) == [422] * 7, "control: visitors behind the proxy are told apart"
    token = client.token("/account/sign-up")
    found = []
    for number in range(7):
        headers = {"X-Forwarded-For": f"203.0.113.{number}, 198.51.100.9"}
        form = {"csrf_token": token, "contact": "nonsense"}
        found.append(client.post("/account/sign-up", data=form, headers=headers).status_code)
    assert found == [422] * 5 + [429] * 2, "what the visitor claims before the proxy's own word is ignored"
    county.dispose(app)
