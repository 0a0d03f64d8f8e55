"""Who may see a photo: its sender, the office, the unit of the case, its verifier; nobody else."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask

from citizen.cases.models import Check, Fix
from citizen.cases.queries.photos import case_of_photo
from citizen.core.worker import run_until_idle
from citizen.extensions import db
from citizen.photos import queries
from citizen.photos.queries import photos_of
from citizen.reports.models import Message
from tests.factories import PHOTO, make_case
from tests.tracking.conftest import Browser, do, merge_cases, open_report, report_of


@pytest.fixture
def pictures(app: Flask, browser: Browser) -> dict[str, Any]:
    """A closed case with one prepared photo of each kind, and browsers that hold the reports."""
    target = make_case("accepted")
    case = make_case("closed", photos=1)
    report = report_of(case)
    other = make_case(photos=1)
    client = browser()
    open_report(client, report)
    added = make_case("accepted", words="另一处")
    adder = browser()
    open_report(adder, report_of(added))
    do(adder, report_of(added).number, "add", photos=[(io.BytesIO(PHOTO), "m.jpg")])
    run_until_idle()
    fix = db.session.execute(db.select(Fix).where(Fix.case_id == case.id)).scalar_one()
    check = db.session.execute(db.select(Check).where(Check.case_id == case.id)).scalar_one()
    message = db.session.execute(db.select(Message)).scalar_one()
    return {
        "report": photos_of("report", report.id)[0],
        "fix": photos_of("fix", fix.id)[0],
        "check": photos_of("check", check.id)[0],
        "other": photos_of("report", report_of(other).id)[0],
        "message": photos_of("message", message.id)[0],
        "client": client,
        "adder": adder,
        "case": case,
        "other_case": other,
        "target": target,
        "check_row": check,
    }


def sees(client: Any, photo: Any) -> bool:
    """Whether each size is served, and never in part: all or none."""
    statuses = {client.get(f"/photos/{photo.token}/{size}").status_code for size in ("thumb", "medium", "large")}
    assert statuses in ({200}, {404})
    return statuses == {200}


def seen_by(client: Any, pictures: dict[str, Any]) -> set[str]:
    return {kind for kind in ("report", "fix", "check", "other", "message") if sees(client, pictures[kind])}


def test_who_sees_what(app: Flask, browser: Browser, pictures: dict[str, Any], people: dict[str, Any]) -> None:
    assert pictures["report"].masked_key, "the worker prepared the photos"
    assert seen_by(pictures["client"], pictures) == {"report", "fix"}
    assert seen_by(pictures["adder"], pictures) == {"message"}
    assert seen_by(browser(), pictures) == set()
    verifier_id = pictures["check_row"].verifier_id
    verifier = next(name for name, person in people.items() if person.id == verifier_id)
    another = next(
        n for n, p in people.items() if "verifier" in p.roles and n != verifier and p.unit_code != "sanitation"
    )
    table = {
        "moderator": {"report", "fix", "check", "other", "message"},
        "unit": {"report", "fix", "check"},
        "unit-urban-mgmt": set(),
        verifier: {"report", "fix", "check"},
        another: set(),
        "resident": set(),
    }
    for name, kinds in table.items():
        client = browser()
        client.sign_in(f"{name}@demo.invalid")
        assert seen_by(client, pictures) == kinds, name


def test_pictures_of_the_repair_wait_for_the_check(app: Flask, browser: Browser) -> None:
    case = make_case("to_verify")
    run_until_idle()
    fix = db.session.execute(db.select(Fix).where(Fix.case_id == case.id)).scalar_one()
    client = browser()
    open_report(client, report_of(case))
    (photo,) = photos_of("fix", fix.id)
    assert photo.masked_key and not sees(client, photo)
    page = client.get(f"/reports/track/{report_of(case).number}").get_data(as_text=True)
    assert photo.token not in page


def test_a_merged_report_belongs_to_the_unit_of_the_other_case(
    app: Flask, browser: Browser, pictures: dict[str, Any]
) -> None:
    merge_cases(pictures["other_case"], pictures["target"])
    found = case_of_photo(pictures["other"])
    assert found is not None and found.id == pictures["target"].id


def test_drafts_belong_to_no_case(app: Flask, pictures: dict[str, Any]) -> None:
    photo = pictures["report"]
    photo.owner_kind = "draft"
    assert case_of_photo(photo) is None
    db.session.rollback()


def test_photos_that_are_not_ready_are_announced(app: Flask, browser: Browser) -> None:
    case = make_case(photos=1)
    client = browser()
    open_report(client, report_of(case))
    (photo,) = photos_of("report", report_of(case).id)
    page = client.get(f"/reports/track/{report_of(case).number}?lang=en").get_data(as_text=True)
    assert photo.token not in page and "Being prepared" in page
    assert not sees(client, photo)


def test_the_matrix_would_see_an_open_door(
    app: Flask, browser: Browser, pictures: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with a rule that lets everybody in, a stranger sees everything."""
    monkeypatch.setattr(queries, "_may_see", [*queries._may_see, lambda _photo: True])
    assert seen_by(browser(), pictures) == {"report", "fix", "check", "other", "message"}
