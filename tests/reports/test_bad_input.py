"""Whatever is sent in whichever field: a page or a sentence, never a failure, and what was typed is not lost."""

from __future__ import annotations

import contextvars
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from werkzeug.test import TestResponse

from citizen.extensions import db
from tests.client import PageClient
from tests.reports.flow import begin, other_browser, ready, reports, send

NASTY = json.loads((Path(__file__).parents[1] / "nasty.json").read_text(encoding="utf-8"))
KINDS = ("xss", "sql", "unicode", "numbers", "names", "headers", "fts")
ANSWERS = {303, 422}


def values(kind: str) -> Iterator[str]:
    """The payloads of one kind, and one of each that is five thousand characters long."""
    for value in NASTY[kind]:
        # A form cannot carry a lone surrogate: browsers and the server replace it.
        yield str(value).encode("utf-8", "replace").decode()
    yield (str(NASTY[kind][-1]).encode("utf-8", "replace").decode() * 5_000)[:5_000]


class PlainClient(PageClient):
    """Does not inspect pages: payloads such as "None" and "%(x)s" come back on them and look like faults."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = contextvars.Context().run(FlaskClient.open, self, *args, **kwargs)
        db.session.rollback()
        assert response.status_code < 500, (args, response.status_code)
        return response


FIELDS = {
    "place": ("area", "landmark", "q", "point", "photo", "lon", "lat", "accuracy", "source", "datum"),
    "what": ("group", "category", "find", "words", "ask-x"),
    "check": ("name", "phone", "email", "website", "ask-x"),
    "photos": ("remove", "token", "taken_at"),
}


@pytest.mark.parametrize(
    ("step", "kind"),
    [(step, kind) for step in FIELDS for kind in KINDS if step == "what" or kind in ("unicode", "numbers")],
)
def test_every_field(app: Flask, monkeypatch: pytest.MonkeyPatch, step: str, kind: str) -> None:
    """All fields of a page at once: sent, only searched with, and the page as it then looks."""
    app.test_client_class = PlainClient
    client = app.test_client()
    assert isinstance(client, PageClient)
    for name in ("photos.DRAFTS_PER_HOUR", "check.PER_HOUR", "check.PER_DAY"):
        monkeypatch.setattr(f"citizen.reports.views.{name}", "100000/hour")
    path = f"/reports/new/{ready(client)}/{step}"
    token = client.token(path)
    for value in values(kind):
        sent = {"csrf_token": token, **dict.fromkeys(FIELDS[step], value)}
        assert client.post(path, data=sent).status_code in ANSWERS, (step, value[:50])
        if step in ("place", "what"):
            assert client.post(path, data={**sent, "search": "1"}).status_code in ANSWERS, (step, value[:50])
        if client.get(path).status_code == 303:  # it was accepted and sent
            path = f"/reports/new/{ready(client)}/{step}"


@pytest.mark.parametrize("value", [*NASTY["numbers"], *NASTY["unicode"][:5]])
def test_numbers_in_addresses(client: PageClient, value: str) -> None:
    text = str(value).encode("utf-8", "replace").decode()
    for query in (
        {"lon": text, "lat": "39.9"},
        {"lon": "102.4", "lat": text},
        {"lon": "102.4", "lat": "39.9", "datum": text},
    ):
        assert client.get("/reports/nearby-places", query_string=query).status_code in {200, 400}
    assert client.get("/reports/nearby-places").status_code == 400
    assert client.get(f"/reports/new/{text.replace('/', '')[:40] or 'x'}/place").status_code in {404, 308}


@pytest.mark.parametrize("value", NASTY["xss"])
def test_what_was_typed_comes_back_escaped(app: Flask, value: str) -> None:
    app.test_client_class = PlainClient
    client = app.test_client()
    assert isinstance(client, PageClient)
    key = begin(client)
    client.submit(f"/reports/new/{key}/place", {"area": "A3", "landmark": value})
    answer = client.submit(f"/reports/new/{key}/what", {"words": value})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert str(escape(" ".join(value.split()))) in " ".join(page.split()) or len(value) < 2
    if "<" in value:
        assert value not in page


def test_fields_that_nobody_offers_change_nothing(client: PageClient) -> None:
    extra = {
        "status": "approved",
        "role": "admin",
        "person_id": "1",
        "points": "999",
        "number": "YY26-0000-00",
        "source": "staff",
    }
    key = ready(client)
    client.submit(f"/reports/new/{key}/place?back=check", {"area": "A3", "landmark": "药店", **extra})
    send(client, key, **extra)
    report = reports()[0]
    assert (report.person_id, report.source) == (None, "web") and report.number != extra["number"]


def test_markup_in_words_is_shown_as_text_on_every_page(app: Flask, client: PageClient) -> None:
    canary = "<script>alert(1)</script>"
    key = begin(client)
    client.submit(f"/reports/new/{key}/place", {"area": "A3", "landmark": canary})
    client.submit(f"/reports/new/{key}/what", {"group": "clean", "words": canary})
    for step in ("place", "what", "check"):
        page = client.get(f"/reports/new/{key}/{step}").get_data(as_text=True)
        assert canary not in page
    send(client, key, name=canary)
    assert canary not in client.get(f"/reports/new/{key}/receipt").get_data(as_text=True)
    assert other_browser(app).get(f"/reports/new/{key}/receipt").status_code == 404
