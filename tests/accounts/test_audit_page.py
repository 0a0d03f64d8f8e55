"""The audit trail: complete, in order, for those who may read it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from citizen.accounts.models import Person
from citizen.core import anchors
from citizen.core.audit import record
from citizen.core.database import transaction
from citizen.extensions import db

ADMIN = "admin@demo.invalid"


def fill(number: int, subject: str = "photo", action: str = "photo.looked") -> None:
    with transaction():
        for index in range(number):
            record(action, subject, subject_id=index + 1, detail={"nth": f"n{index:04}"})


def shown(page: str) -> list[int]:
    return [int(number) for number in re.findall(r"nth: n(\d{4})", page)]


def test_paging_shows_every_event_once_newest_first(client: FlaskClient) -> None:
    fill(120)
    client.sign_in(ADMIN)
    path, seen = "/office/audit?subject=photo", []
    pages = 0
    while path:
        page = client.get(path).get_data(as_text=True)
        seen += shown(page)
        pages += 1
        older = re.search(r'<a href="([^"]+)" rel="next"', page)
        path = older[1].replace("&amp;", "&") if older else ""
    assert seen == list(range(119, -1, -1))
    assert pages == 3
    newer = re.search(r'<a href="([^"]+)" rel="prev"', page)
    assert newer
    assert shown(client.get(newer[1].replace("&amp;", "&")).get_data(as_text=True)) == list(range(69, 19, -1))


def test_filters(client: FlaskClient) -> None:
    fill(3)
    fill(2, "report", "report.submitted")
    client.sign_in(ADMIN)
    assert len(shown(client.get("/office/audit").get_data(as_text=True))) == 5, "control"
    assert len(shown(client.get("/office/audit?subject=report").get_data(as_text=True))) == 2
    assert len(shown(client.get("/office/audit?action=photo.looked").get_data(as_text=True))) == 3
    assert shown(client.get("/office/audit?action=photo.looked&subject=report").get_data(as_text=True)) == []


@pytest.mark.parametrize(
    "value", ["²", "９９", "-1", "1e9", str(2**63), str(2**70), "\x00", "' OR 1=1", "x" * 5000, "nan"]
)
@pytest.mark.parametrize("name", ["before", "after", "subject", "action"])
def test_hostile_values(client: FlaskClient, name: str, value: str) -> None:
    client.sign_in(ADMIN)
    assert client.get("/office/audit", query_string={name: value}).status_code == 200


def test_staff_by_name_residents_not(client: FlaskClient, people: dict[str, Person]) -> None:
    with transaction():
        for name in ("leader", "resident"):
            record("note", "case", subject_id=1, actor=(people[name].id, "staff"))
    client.sign_in(ADMIN)
    page = client.get("/office/audit?subject=case").get_data(as_text=True)
    assert people["leader"].name in page
    assert people["resident"].name not in page


def test_the_last_check_is_shown(app: Flask, client: FlaskClient) -> None:
    folder = Path(app.config["SETTINGS"].data_dir) / "audit"
    secret = app.config["SETTINGS"].secret_bytes
    fill(3)
    client.sign_in(ADMIN)
    assert "notice--info" in client.get("/office/audit").get_data(as_text=True)
    assert anchors.check(folder, secret) == []
    assert "notice--done" in client.get("/office/audit").get_data(as_text=True)
    with db.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER events_no_update"))
        connection.execute(text("UPDATE events SET action = 'forged' WHERE id = 2"))
    assert anchors.check(folder, secret)
    assert "notice--overdue" in client.get("/office/audit").get_data(as_text=True)
    (folder / "last-check.json").write_text("{broken")
    assert client.get("/office/audit").status_code == 200
