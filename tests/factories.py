"""Reports and cases in any state, made by the services themselves; to be used inside an application context."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime
from typing import Any

from citizen.accounts.models import Person
from citizen.cases.checklists import PASS, VISITED, Findings
from citizen.cases.models import Case, CaseReport
from citizen.cases.rules import Actor
from citizen.cases.services import dispatch as dispatching
from citizen.cases.services import fixing, merging, triage, verification
from citizen.cases.services.door import SYSTEM, By, lock_case
from citizen.core.database import transaction
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.photos.services import receive
from citizen.reports.models import Report
from citizen.reports.rules import Contact, NewReport, PlaceChoice
from citizen.reports.services.submission import create_report
from citizen.reports.signals import report_submitted
from tests.county import people
from tests.photos.corpus import encoded, picture

#: A photo whose file tells neither time nor place.
PHOTO = encoded(picture(), "JPEG")
REPORTER = By(None, Actor.REPORTER)


def make_report(
    words: str = "东门的垃圾桶满了三天，没有人来收",
    *,
    category: str | None = "SAN-01",
    point: str | None = "P001",
    photos: int = 0,
    area: str | None = None,
    **more: Any,
) -> Report:
    """A report, and with it the case that intake opens. ``more``: phone, email, group, language, person_id, received_at.

    ``point=None`` leaves a report with an area only.
    """
    with transaction():
        report = create_report(_new_report(words, category, place=_place(point, area), more=more))
        for position in range(photos):
            receive(PHOTO, file_name="a.jpg", owner=("report", report.id), position=position)
        report_submitted.send(report, photo_count=photos)
    return db.session.get_one(Report, report.id)


def _place(point: str | None, area: str | None) -> PlaceChoice:
    if point is None:
        return PlaceChoice(area=area or "A1", landmark="老槐树下")
    row = directory().points[point]
    return PlaceChoice(area or row.area_code, row.grid_code, point, lon=row.lon, lat=row.lat, source="point")


def _new_report(words: str, category: str | None, *, place: PlaceChoice, more: dict[str, Any]) -> NewReport:
    phone = more.pop("phone", None)
    contact = Contact(phone=phone, phone_typed=phone or "", email=more.pop("email", None))
    moved = {name: more.pop(name) for name in ("lon", "lat") if name in more}
    return NewReport(words=words, category=category, place=dataclasses.replace(place, **moved), contact=contact, **more)


def case_of(report: Report) -> Case:
    """The case that gathers ``report``."""
    query = db.select(Case).join(CaseReport, CaseReport.case_id == Case.id).where(CaseReport.report_id == report.id)
    return db.session.execute(query).scalar_one()


def by(name: str = "moderator", actor: Actor = Actor.MODERATOR) -> By:
    """One of the demonstration's people, acting."""
    email = Person.email == f"{name}@demo.invalid"
    return By(db.session.execute(db.select(Person.id).where(email)).scalar_one(), actor)


def in_transaction(case: Case, act: Callable[[Case], Any]) -> Case:
    """Do ``act`` with the case, locked, in a transaction of its own."""
    with transaction():
        act(lock_case(case.number, check=False))
    return db.session.get_one(Case, case.id, populate_existing=True)


def make_case(
    state: str = "submitted", *, unit: str = "sanitation", received_at: datetime | None = None, **report: Any
) -> Case:
    """A case that the services drove to ``state`` (any of CaseState); ``report`` goes to `make_report`.

    From "dispatched" on it is with ``unit``.
    """
    case = case_of(make_report(received_at=received_at, **report))
    for step in _WAY[state]:
        case = in_transaction(case, lambda locked, step=step: _STEPS[step](locked, unit))
    return case


_WAY: dict[str, tuple[str, ...]] = {
    "submitted": (),
    "need_info": ("ask",),
    "rejected": ("reject",),
    "merged": ("merge",),
    "referred": ("refer",),
    "withdrawn": ("withdraw",),
    "accepted": ("accept",),
    "dispatched": ("accept", "dispatch"),
    "in_progress": ("accept", "dispatch", "sign"),
    "to_verify": ("accept", "dispatch", "sign", "hand_in"),
    "closed": ("accept", "dispatch", "sign", "hand_in", "pass"),
}


def _accept(case: Case, _unit: str) -> None:
    category = case.category_code or "SAN-01"
    triage.accept(case, category_code=category, area_code=case.area_code, by=by(), compared=True)


def _merge(case: Case, _unit: str) -> None:
    other = db.session.execute(db.select(Case).where(Case.id != case.id).order_by(Case.id)).scalars().first()
    assert other is not None, "make another case first"
    merging.merge(case, other, reason_code="same_spot", by=by())


def clerk_of(unit: str) -> Person:
    """Somebody who works for ``unit``."""
    return next(person for person in people().values() if person.unit_code == unit and person.roles & fixing.UNIT)


def _hand_in(case: Case, unit: str) -> None:
    hand = fixing.unit_hand(clerk_of(unit))
    fix = fixing.open_fix(case, hand)
    fixing.add_photo(fix, fixing.Upload(PHOTO, "after.jpg"))
    fixing.hand_in(case, fix, resolution="fixed", note="已清运并冲洗", by=hand)


def _pass(case: Case, _unit: str) -> None:
    check = verification.open_check(case)
    assert check is not None and case.verifier_id is not None
    fix = fixing.last_handed_in(case.id)
    assert fix is not None
    answers = {item.id: {"value": PASS, "why": ""} for item in verification.items_of(case, fix)}
    receive(PHOTO, file_name="check.jpg", owner=("check", check.id))
    verification.judge(case, check, findings=Findings(VISITED, answers), by=By(case.verifier_id, Actor.VERIFIER))


_STEPS: dict[str, Callable[[Case, str], Any]] = {
    "ask": lambda case, _unit: triage.ask(case, "坏的是第几根灯杆？", by=by()),
    "reject": lambda case, _unit: triage.reject(case, reason_code="test_submission", words="", by=by()),
    "merge": _merge,
    "refer": lambda case, _unit: triage.refer(case, body="12345热线", number="0001", by=by()),
    "withdraw": lambda case, _unit: triage.withdraw(case, reason_code="sent_by_mistake", by=REPORTER),
    "accept": _accept,
    "dispatch": lambda case, unit: dispatching.dispatch(case, unit, by=by()),
    "sign": lambda case, unit: fixing.sign(case, fixing.unit_hand(clerk_of(unit))),
    "hand_in": _hand_in,
    "pass": _pass,
}

__all__ = [
    "PHOTO",
    "REPORTER",
    "SYSTEM",
    "by",
    "case_of",
    "clerk_of",
    "in_transaction",
    "make_case",
    "make_report",
]
