"""Making a report: the one way in for residents, staff, imports and the demonstration."""

from __future__ import annotations

import logging
import secrets
from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.content import content
from citizen.core.database import locked
from citizen.core.errors import InvalidInput, NotFound
from citizen.core.numbers import format_report_number, random_code
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.notifications.services import notify
from citizen.photos.queries import photos_of
from citizen.photos.services import adopt
from citizen.reports.models import Draft, Report
from citizen.reports.queries import chosen_category, groups
from citizen.reports.rules import (
    INTAKE_WORKING_DAYS,
    UNSURE,
    Contact,
    NewReport,
    PlaceChoice,
    first_missing,
    known_answers,
)
from citizen.reports.services.codes import code_hash, query_code
from citizen.reports.signals import report_submitted

log = logging.getLogger(__name__)

#: Six random characters are a thousand million numbers a year; ten collisions in a row are no chance.
_TRIES = 10


class Incomplete(InvalidInput):
    """A draft was sent that lacks a step; ``field`` is the step's name."""


def submit_report(key: str, contact: Contact, *, language: str, answers: dict[str, str] | None = None) -> Report:
    """Turn the draft into a report, once: sending it again, in whatever way, returns the report it became.

    Call it inside the transaction that is to store the report: the draft's row is locked first, so of several
    attempts at once one creates and the others find. Raises NotFound for an unknown draft, Incomplete for an
    unfinished one.
    """
    draft = locked(Draft, Draft.key == key)
    if draft is None:
        raise NotFound()
    if draft.report_id is not None:
        return db.session.get_one(Report, draft.report_id)
    photos = photos_of("draft", draft.id)
    missing = first_missing(draft.data, len(photos))
    if missing:
        raise Incomplete(_l("Something is still missing."), missing)
    new = _from_draft(draft, answers or {})
    report = create_report(replace(new, contact=contact, language=language))
    adopt(photos, new_owner=("report", report.id))
    draft.report_id, draft.data, draft.updated_at = report.id, {}, report.received_at
    report_submitted.send(report, photo_count=len(photos))
    _acknowledge(report)
    return report


def _acknowledge(report: Report) -> None:
    """Write to the sender, if they left an address; a county's broken template must not cost a report."""
    due = directory().calendar.add_working_days(report.received_at, INTAKE_WORKING_DAYS)
    try:
        notify("acknowledge", report=report, values={"day": due})
    except InvalidInput:
        log.exception("report %s could not be acknowledged", report.number)


def _from_draft(draft: Draft, answers: dict[str, str]) -> NewReport:
    what: dict[str, Any] = draft.data["what"]
    return NewReport(
        words=what.get("words", ""),
        place=PlaceChoice.from_data(draft.data["place"]),
        group=what.get("group"),
        category=what.get("category"),
        answers={**what.get("answers", {}), **answers},
        person_id=draft.person_id,
    )


def submit_on_behalf(new: NewReport, *, source: str) -> Report:
    """A report that staff, an import or the demonstration makes for somebody; those who listen are told."""
    report = create_report(replace(new, source=source))
    report_submitted.send(report, photo_count=0)
    return report


def create_report(new: NewReport) -> Report:
    """Store a report with a number of its own and the keyed hash of its query code, and record the event.

    Photos are the caller's business, and so is telling others (`report_submitted`). An unknown category or
    group is stored as none; answers that the category does not ask for are dropped.
    """
    category = chosen_category(new.category)
    report = Report(
        words=new.words,
        category_code=category.code if category else None,
        resident_group=_group(new, category.resident_group if category else None),
        answers=known_answers(category.questions, new.answers) if category else {},
        contact_name=new.contact.name,
        contact_phone=new.contact.phone,
        contact_phone_typed=new.contact.phone_typed,
        contact_email=new.contact.email,
        language=new.language,
        person_id=new.person_id,
        source=new.source,
        received_at=new.received_at or clock.now(),
        **_place_columns(new.place),
    )
    _number(report)
    detail = {"source": new.source, "area": new.place.area, "category": report.category_code}
    record("report.submitted", "report", subject_id=report.id, actor=(None, "reporter"), detail=detail)
    return report


def _group(new: NewReport, of_category: str | None) -> str | None:
    """The category's own group, else the chosen one; "not sure" is none."""
    chosen = of_category or new.group
    return chosen if chosen != UNSURE and chosen in groups() else None


def _place_columns(place: PlaceChoice) -> dict[str, Any]:
    return {
        "area_code": place.area,
        "grid_code": place.grid,
        "point_code": place.point,
        "landmark": place.landmark,
        "lon": place.lon,
        "lat": place.lat,
        "datum": place.datum,
        "place_source": place.source,
        "accuracy": place.accuracy,
    }


def _number(report: Report) -> None:
    """Give ``report`` a free number with salt and hash, and insert it; the constraint decides what is
    free."""
    year = clock.local(report.received_at).year
    for attempt in range(_TRIES):
        report.number = format_report_number(content().site["report_prefix"], year, random_code(6))
        report.salt = secrets.token_hex(16)
        report.code_hash = code_hash(report.number, query_code(report.number, report.salt))
        try:
            with db.session.begin_nested():
                db.session.add(report)
                db.session.flush()
            return
        except IntegrityError:
            if attempt == _TRIES - 1 or not _taken(report.number):
                raise


def _taken(number: str) -> bool:
    return db.session.execute(db.select(Report.id).where(Report.number == number)).first() is not None
