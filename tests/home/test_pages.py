"""The front door and what machines ask for."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from citizen.boards.jobs import FIGURES
from citizen.core import clock
from citizen.core.database import transaction
from citizen.home.documents import home_figures, statement
from citizen.projection.services import release_figures
from citizen.web.templating import markdown

LANGUAGES = ("zh-Hans", "zh-Hant", "en")


def figures(received: int, *, fixed: int = 0, due: tuple[int, int] = (0, 0), days: int = 0) -> dict[str, object]:
    """Figures as the job works them out."""
    return {
        "received": {"n": received, "of": None, "value": None},
        "fixed": {"n": fixed, "of": None, "value": None},
        "on_time": {"n": due[0], "of": due[1], "value": round(100 * due[0] / due[1], 1) if due[1] else None},
        "median_days": {"n": days, "of": None, "value": 1.6 if days else None},
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/", "/help", "/privacy", "/accessibility", "/boards/", "/boards/red", "/search"])
@pytest.mark.parametrize("mode", ["standard", "elder"])
def test_pages_stand_in_every_language(client: FlaskClient, path: str, language: str, mode: str) -> None:
    answer = client.get(path, query_string={"lang": language, "mode": mode})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert f'<html lang="{language}" data-mode="{mode}"' in page
    assert "{operator" not in page and "{hotline" not in page and "<!-- lang" not in page


def test_an_empty_home_page_explains_itself(client: FlaskClient) -> None:
    page = client.get("/?lang=en").get_data(as_text=True)
    assert "From a photo to a repair" in page and "Just fixed" not in page and "The last 30 days" not in page
    assert 'method="post"' not in page, "a form to post would read the session"


def test_figures_carry_what_they_are_out_of(client: FlaskClient) -> None:
    with transaction():
        release_figures(FIGURES, figures(612, fixed=471, due=(439, 560), days=471), as_of=clock.now())
    page = client.get("/?lang=en").get_data(as_text=True)
    for words in ("612", "471", "78.4", "439 of the 560", "n = 471", "as of"):
        assert words in page


@pytest.mark.parametrize(
    ("received", "fixed", "due", "days", "rows"),
    [(4, 4, (4, 4), 4, 0), (5, 4, (4, 4), 4, 1), (9, 5, (1, 5), 5, 4)],
)
def test_few_cases_make_no_figure(
    app: Flask, received: int, fixed: int, due: tuple[int, int], days: int, rows: int
) -> None:
    with transaction():
        release_figures(FIGURES, figures(received, fixed=fixed, due=due, days=days), as_of=clock.now())
    with app.test_request_context("/"):
        found = home_figures()
    assert (len(found["rows"]) if found else 0) == rows


def test_machines(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json == {"status": "ready"}
    robots = client.get("/robots.txt").get_data(as_text=True)
    assert "Disallow: /office/" in robots and "Sitemap: http" in robots
    tree = ElementTree.fromstring(client.get("/sitemap.xml").data)
    assert len(tree) == 5
    manifest = client.get("/manifest.webmanifest")
    assert manifest.mimetype == "application/manifest+json" and json.loads(manifest.data)["start_url"] == "/"


def test_not_ready_without_a_database(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("the database is away")

    monkeypatch.setattr("citizen.home.views.text", broken)
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_help_is_searched_in_any_characters(client: FlaskClient) -> None:
    assert "怎么上报" in client.get("/help?q=註冊&lang=zh-Hans").get_data(as_text=True)
    nothing = client.get("/help?q=xyzzy&lang=en").get_data(as_text=True)
    assert "No answer holds these words" in nothing


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "[x](javascript:alert(1))", "<img src=x onerror=alert(1)>"]
)
def test_markdown_lets_no_script_through(hostile: str) -> None:
    html = str(markdown(hostile))
    assert "<script" not in html and "<img" not in html and 'href="javascript' not in html


def test_a_statement_in_traditional_characters_is_derived(app: Flask) -> None:
    with app.test_request_context("/?lang=zh-Hant"):
        assert statement("privacy.md")["title"] == "我們怎樣對待你的個人信息"
