"""Nothing that was not released reaches a public page, whatever state it is in."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from citizen.accounts.models import Person
from citizen.boards import queries
from citizen.boards.jobs import work_out_figures
from citizen.boards.services import entries, objections
from citizen.cases.models import Case
from citizen.core import worker
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.photos.models import Photo
from citizen.projection import services as projection
from citizen.projection.queries import BOARD
from citizen.reports.models import Report
from citizen.search import services as search
from tests.boards.conftest import entry_for, step
from tests.factories import make_case

CANARY = "金丝雀九七三"
LATIN = "canary973"
STATES = (
    "submitted",
    "need_info",
    "rejected",
    "referred",
    "withdrawn",
    "accepted",
    "dispatched",
    "in_progress",
    "to_verify",
    "closed",
)

PATHS = (
    "/",
    "/boards/",
    "/boards/red",
    "/boards/?status=working",
    f"/search?q={CANARY}",
    f"/search?q={LATIN}",
    "/sitemap.xml",
    "/robots.txt",
    "/manifest.webmanifest",
    "/help",
    "/boards/entries/B26-000000",
    "/nowhere",
    "/reports/nearby-places?lon=102.417&lat=39.9033",
)


def everything_public(client: FlaskClient, app: Flask, *more: str) -> str:
    """The bodies and headers of all public pages; nearby suggestions too, where they are installed."""
    found = []
    for path in (*PATHS, *more):
        for language in ("zh-Hans", "en"):
            answer = client.get(path, headers={"Accept-Language": language})
            body = answer.get_data(as_text=True)
            # A search page repeats what was typed into it; only what it found counts.
            found.append(body.replace(f'value="{CANARY}"', "").replace(f'value="{LATIN}"', "") + str(answer.headers))
    return "\n".join(found)


def hits(text: str) -> int:
    """How often the canary sings, its page titles of searches and links between languages left out."""
    lines = [
        line
        for line in text.splitlines()
        if "<title>" not in line and "hreflang" not in line and "site__mode" not in line
    ]
    return sum(CANARY in line or LATIN in line for line in lines)


@pytest.mark.parametrize("state", STATES)
def test_words_of_a_report_are_in_no_public_page(
    app: Flask, client: FlaskClient, people: dict[str, Person], state: str
) -> None:
    make_case(state, words=f"{CANARY} {LATIN} 东门的垃圾桶满了", photos=1 if state == "closed" else 0)
    worker.run_until_idle()
    work_out_figures({})
    with app.app_context():
        search.rebuild()
    assert hits(everything_public(client, app)) == 0


@pytest.mark.parametrize("end", ["candidate", "drafted", "notified", "withdrawn", "hidden", "recalled"])
def test_an_entry_that_is_not_shown_is_in_no_public_page(
    app: Flask, client: FlaskClient, people: dict[str, Person], end: str
) -> None:
    case = make_case("closed", photos=1)
    made = "published" if end in ("withdrawn", "hidden", "recalled") else end
    entry = entry_for(case, made, title=f"{CANARY}{LATIN}堆放杂物")
    worker.run_until_idle()
    if made == "published":
        assert hits(everything_public(client, app)) > 0, "the control: while it is shown it is found"
    if end == "withdrawn":
        step(entry, lambda row: entries.withdraw(row, "wrong", by_id=people["leader"].id))
    elif end == "recalled":
        step(entry, lambda row: entries.recall(row, by_id=people["leader"].id))
    elif end == "hidden":
        with transaction():
            objections.object_to(entry.number, words="不对", contact="")
    assert hits(everything_public(client, app, f"/boards/entries/{entry.number}")) == 0, "in the very next answer"
    worker.run_until_idle()
    assert hits(everything_public(client, app, f"/boards/entries/{entry.number}")) == 0


def test_the_reporter_does_not_show(app: Flask, client: FlaskClient, people: dict[str, Person]) -> None:
    case = make_case("closed", photos=1, phone="13800138000", words=f"{CANARY}的垃圾桶满了")
    entry = entry_for(case, "published")
    report = db.session.execute(db.select(Report)).scalars().first()
    assert report is not None
    page = client.get(f"/boards/entries/{entry.number}?lang=zh-Hans").get_data(as_text=True)
    tokens = db.session.execute(db.select(Photo.token)).scalars().all()
    for secret in (report.number, case.number, "13800138000", CANARY, f"{report.received_at:%H:%M}", *tokens):
        assert secret not in page
    assert queries.by_number(entry.number) is not None


def test_the_canary_would_be_heard(app: Flask, client: FlaskClient, people: dict[str, Person]) -> None:
    """The control of everything above: released by mistake, the words are found on the home page, the
    board and in the search.
    """
    case = make_case("closed", photos=1)
    entry = entry_for(case, "published")
    with transaction():
        row = db.session.get_one(Case, case.id)
        fact = projection.withdraw(BOARD, entry.number)
        assert fact is True
        shown = queries.by_number(entry.number)
        assert shown is not None
        shown.title_hans = f"{CANARY}被写进了标题"
        entries.refresh(shown, row)
    worker.run_until_idle()
    for path in ("/boards/", f"/search?q={CANARY}", f"/boards/entries/{entry.number}"):
        assert hits(client.get(path, headers={"Accept-Language": "zh-Hans"}).get_data(as_text=True)) > 0, path
