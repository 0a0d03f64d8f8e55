"""One volunteer's ledger at the desk, changes that a coordinator asks for, and the ledger of some days as a file."""

from __future__ import annotations

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.exports import csv_lines, xlsx
from citizen.core.numbers import parse_int
from citizen.core.permissions import Permission
from citizen.extensions import db
from citizen.volunteers.documents.hours import service_of
from citizen.volunteers.documents.hours_desk import ledger_page
from citizen.volunteers.documents.hours_file import header, rows
from citizen.volunteers.forms.hours import ChangeForm
from citizen.volunteers.forms.shifts import PeriodFileForm
from citizen.volunteers.models import HoursEntry, Volunteer
from citizen.volunteers.queries.hours import booking_minutes
from citizen.volunteers.queries.hours_desk import bookings_by_id
from citizen.volunteers.rules.hours import Kind, ensure_span, last_month
from citizen.volunteers.services.corrections import Change, request_change
from citizen.volunteers.views.hours_decisions import BIGGEST_ID, bp, me
from citizen.web.access import requires
from citizen.web.idempotency import new_key, typed_key
from citizen.web.limits import enforce

#: The package takes the blueprint from the last module that adds pages to it.
__all__ = ["bp"]

FILES = "20/hour"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/volunteers/<int:volunteer_id>")
@requires(Permission.APPROVE_HOURS)
def ledger(volunteer_id: int) -> ResponseReturnValue:
    """One volunteer's ledger; the look itself goes on record."""
    volunteer = _volunteer(volunteer_id)
    with transaction():
        record("hours.looked", "volunteer", subject_id=volunteer.id, actor=me().pair)
    before = parse_int(request.args.get("before"), 1, BIGGEST_ID)
    page = ledger_page(_volunteer(volunteer_id), viewer_id=int(current_user.id), before=before)
    return render_template("hours_desk/ledger.html", installed=current_app.view_functions, **page)


@bp.get("/volunteers/<int:volunteer_id>/change")
@requires(Permission.APPROVE_HOURS)
def change_form(volunteer_id: int) -> ResponseReturnValue:
    """Where a coordinator asks for a correction of one entry, or for a service that was never entered."""
    return _change(_volunteer(volunteer_id), ChangeForm(formdata=None, key=new_key()))


@bp.post("/volunteers/<int:volunteer_id>/change")
@requires(Permission.APPROVE_HOURS)
def change(volunteer_id: int) -> ResponseReturnValue:
    """Ask for it; another person decides."""
    volunteer, form = _volunteer(volunteer_id), ChangeForm()
    if not form.validate():
        return _change(volunteer, form), 422
    try:
        wanted = _wanted(volunteer, form)
        with transaction():
            request_change(wanted, by=me())
    except (InvalidInput, Conflict) as error:
        form.refuse(InvalidInput(error.message, getattr(error, "field", None)), "reason")
        return _change(_volunteer(volunteer_id), form), 409 if isinstance(error, Conflict) else 422
    flash(_("Noted. Another person decides on it."), "done")
    return redirect(url_for("hours_desk.ledger", volunteer_id=volunteer_id), 303)


@bp.get("/file")
@requires(Permission.APPROVE_HOURS)
def file_form() -> ResponseReturnValue:
    """Of which days, and what for."""
    first, until = last_month(clock.today())
    form = PeriodFileForm(formdata=None, from_day=first, until_day=until)
    return render_template("hours_desk/file.html", form=form, columns=header())


@bp.post("/file")
@requires(Permission.APPROVE_HOURS)
def file() -> ResponseReturnValue:
    """Write the reason down, then give out the ledger of the days."""
    form = PeriodFileForm()
    first, until = form.from_day.data, form.until_day.data
    try:
        if not form.validate() or first is None or until is None:
            raise InvalidInput()
        ensure_span(first, until, clock.today())
    except InvalidInput as error:
        if error.message:
            form.refuse(InvalidInput(error.message), "until_day")
        return render_template("hours_desk/file.html", form=form, columns=header(), form_errors=form.errors), 422
    enforce(FILES, "hours-file", str(current_user.id))
    detail = {"from": first.isoformat(), "until": until.isoformat(), "reason": form.reason.data or ""}
    with transaction():
        record("hours.file", "person", subject_id=int(current_user.id), actor=me().pair, detail=detail)
    name = f"hours-{first.isoformat()}-{until.isoformat()}"
    if form.format.data == "csv":
        return _file("".join(csv_lines(header(), rows(first, until))), f"{name}.csv", "text/csv")
    return _file(xlsx(_("Ledger of hours"), header(), rows=rows(first, until)), f"{name}.xlsx", XLSX)


def _file(body: str | bytes, name: str, mimetype: str) -> Response:
    response = Response(body, mimetype=mimetype)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    response.headers["Cache-Control"] = "no-store"
    return response


def _volunteer(volunteer_id: int) -> Volunteer:
    found = db.session.get(Volunteer, min(volunteer_id, BIGGEST_ID))
    if found is None:
        raise NotFound()
    return found


def _entry(volunteer: Volunteer) -> HoursEntry | None:
    """The entry that the address names; none for a service that was never entered. Raises NotFound for another's."""
    raw = request.args.get("entry")
    if not raw:
        return None
    entry = db.session.get(HoursEntry, parse_int(raw, 1, BIGGEST_ID) or 0)
    if entry is None or entry.volunteer_id != volunteer.id:
        raise NotFound()
    return entry


def _wanted(volunteer: Volunteer, form: ChangeForm) -> Change:
    """What the form asks for; raises InvalidInput for a length that is missing."""
    entry, kind = _entry(volunteer), Kind(form.kind.data)
    reason, key = form.reason.data or "", typed_key(form.key.data)
    if entry is None:
        return Change(Kind.BACKFILL, volunteer.id, reason, key, minutes=form.total(), day=form.day.data)
    if kind is Kind.REVERSAL or entry.booking_id is None:
        return Change(Kind.REVERSAL, volunteer.id, reason, key, about_id=entry.id)
    return Change(Kind.ADJUST, volunteer.id, reason, key, minutes=form.total(), about_id=entry.booking_id)


def _change(volunteer: Volunteer, form: ChangeForm) -> str:
    entry = _entry(volunteer)
    booking_id = entry.booking_id if entry else None
    booking = bookings_by_id({booking_id}).get(booking_id) if booking_id is not None else None
    return render_template(
        "hours_desk/change.html",
        volunteer=volunteer,
        entry=entry,
        title=service_of(booking),
        now=booking_minutes(booking_id) if booking_id is not None else entry.minutes if entry else 0,
        form=form,
        form_errors=form.errors,
    )
