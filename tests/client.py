"""A client that reads every page it fetches as a strict reader would, so that each test also tests the page."""

from __future__ import annotations

import contextvars
import re
from typing import Any

from flask import has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from citizen.extensions import db

LANGS = ("zh-Hans", "zh-Hant", "en")


class PageClient(FlaskClient):
    """Runs each request in a context of its own, as a server does, and inspects HTML answers."""

    #: Tests of error handling may allow a status that no page should have.
    allow_500 = False
    #: Tests that send hostile texts may see them again, rightly escaped, on the page.
    echoes = False

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request; fails when the page breaks a rule that holds for all pages."""
        kwargs.setdefault("follow_redirects", False)
        response = contextvars.Context().run(super().open, *args, **kwargs)
        if has_app_context():
            db.session.rollback()  # the test's own session forgets what it read before
        if not self.allow_500:
            assert response.status_code < 500 or response.status_code == 503, response.get_data(as_text=True)[-3000:]
        if (
            response.mimetype == "text/html"
            and response.status_code != 304
            and response.request.method != "HEAD"
            and not response.headers.get("Location")
        ):
            inspect_page(response, echoes=self.echoes)
        return response

    def token(self, path: str) -> str:
        """The form token of the page at ``path``."""
        page = self.get(path).get_data(as_text=True)
        match = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert match, f"no form on {path}"
        return match[1]

    def submit(
        self, path: str, data: dict[str, Any] | None = None, *, page: str | None = None, **kwargs: Any
    ) -> TestResponse:
        """POST ``data`` to ``path`` with the token of ``page`` (of ``path`` itself by default), as a browser would."""
        values = {"csrf_token": self.token(page or path), **(data or {})}
        return self.post(path, data=values, headers={"Sec-Fetch-Site": "same-origin"}, **kwargs)

    def sign_in(self, email: str, password: str | None = None) -> PageClient:
        """Sign in by the form and return the client."""
        from tests.county import PASSWORD

        response = self.submit("/account/sign-in", {"name": email, "password": password or PASSWORD})
        assert response.status_code == 303, response.get_data(as_text=True)[-2000:]
        return self


def inspect_page(response: TestResponse, *, echoes: bool = False) -> None:
    """What holds for every HTML page of the site; with ``echoes`` its words may be a visitor's own."""
    page = response.get_data(as_text=True)
    language = re.search(r'<html lang="([^"]+)"', page)
    assert language and language[1] in LANGS, "the page names no language"
    assert len(re.findall(r"<h1[\s>]", page)) == 1, "a page has exactly one h1"
    assert "<title>" in page and "<title></title>" not in page
    policy = response.headers["Content-Security-Policy"]
    nonce = re.search(r"'nonce-([^']+)'", policy)
    assert nonce and "unsafe" not in policy
    for script in re.findall(r"<script\b[^>]*>", page):
        assert f'nonce="{nonce[1]}"' in script, f"a script without nonce: {script}"
    bare = re.sub(r'="[^"]*"', '=""', page)  # what somebody typed stands in values and may look like anything
    assert not re.search(r"<[a-z][^>]*\s(?:style|on[a-z]+)=", bare), "inline style or handler"
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids)), f"repeated ids: {sorted({i for i in ids if ids.count(i) > 1})}"
    if echoes:
        return
    assert "None" not in re.sub(r"<[^>]+>", " ", page).split(), "a missing value is printed as None"
    assert not re.search(r"%\([a-z_]+\)[sd]", page), "a placeholder was not filled"
