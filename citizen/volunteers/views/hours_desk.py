"""The desk of hours: confirming what was served, alone or many at once, and sign-outs that are missing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core.database import transaction
from citizen.core.errors import Conflict, DomainError, InvalidInput, NotFound
from citizen.core.numbers import parse_int, parse_page
from citizen.core.permissions import Permission
from citizen.volunteers.documents.hours_desk import VIEWS, desk_page, results
from citizen.volunteers.forms.hours import EndForm, NoticeForm
from citizen.volunteers.queries.hours_desk import bookings_by_id
from citizen.volunteers.rules.booking import Actor, By
from citizen.volunteers.rules.hours import BULK
from citizen.volunteers.rules.sign_in import Span, moment_in
from citizen.volunteers.services.hours import confirm_booking, end_and_confirm
from citizen.web.access import requires
from citizen.web.idempotency import new_key

bp = Blueprint("hours_desk", __name__, url_prefix="/office/hours")

BIGGEST_ID = 2**31 - 1
MOST_BREAKS = 600
RESULTS = "hours_results"


@bp.get("/")
@requires(Permission.APPROVE_HOURS)
def index() -> ResponseReturnValue:
    """One view of the desk."""
    view = request.args.get("view", "confirm")
    return desk(view if view in VIEWS else "confirm")


@bp.post("/confirm")
@requires(Permission.APPROVE_HOURS)
def confirm() -> ResponseReturnValue:
    """Confirm the bookings that were ticked, each by itself; what came of each is shown next."""
    ticked = [parse_int(raw, 1, BIGGEST_ID) for raw in dict.fromkeys(request.form.getlist("booking"))]
    ids = [id_ for id_ in ticked if id_ is not None]
    if not ids or len(ids) > BULK:
        words = _("Tick at least one row.") if not ids else _("At most %(most)s rows at once.", most=BULK)
        return desk("confirm", sent=request.form, error=words), 422
    session[RESULTS] = [[id_, *_confirm_one(id_)] for id_ in ids]
    return redirect(url_for("hours_desk.confirmed"), 303)


@bp.get("/confirmed")
@requires(Permission.APPROVE_HOURS)
def confirmed() -> ResponseReturnValue:
    """What came of each row of the last go."""
    found = [(int(id_), str(state), str(words)) for id_, state, words in session.get(RESULTS, [])]
    rows = results(found, bookings_by_id({id_ for id_, _state, _words in found}))
    return render_template("hours_desk/results.html", rows=rows)


@bp.post("/<int:booking_id>/end")
@requires(Permission.APPROVE_HOURS)
def end(booking_id: int) -> ResponseReturnValue:
    """Enter a missing sign-out with a reason, and confirm."""
    form, booking_id = EndForm(), min(booking_id, BIGGEST_ID)
    try:
        if not form.validate():
            return desk("missing", end_form=form, end_id=booking_id), 422
        booking = bookings_by_id({booking_id}).get(booking_id)
        if booking is None:
            raise NotFound()
        ended_at = moment_in(Span(booking.shift.starts_at, booking.shift.ends_at), form.ended.data or "")
        if ended_at is None:
            raise InvalidInput(_("The end must be within the shift, or within the hour after it."), "ended")
        breaks, reason = form.breaks.number or 0, form.reason.data or ""
        with transaction():
            entry = end_and_confirm(booking_id, ended_at, reason=reason, by=me(), breaks=breaks)
            words = _("%(n)s minutes credited", n=entry.minutes)
    except (InvalidInput, Conflict) as error:
        form.refuse(InvalidInput(error.message, getattr(error, "field", None)), "ended")
        return desk("missing", end_form=form, end_id=booking_id), 409 if isinstance(error, Conflict) else 422
    flash(words, "done")
    return redirect(url_for("hours_desk.index", view="missing"), 303)


def me() -> By:
    """Whoever sits at the desk."""
    return By(int(current_user.id), Actor.COORDINATOR)


def desk(view: str, *, form_errors: Any = None, **more: Any) -> str:
    """The desk with one view open, and whatever form was sent."""
    page = desk_page(view, viewer_id=int(current_user.id), page=min(parse_page(request.args.get("page")), 10_000))
    errors = form_errors or next((form.errors for form in more.values() if getattr(form, "errors", None)), None)
    if view == "notices" and "notice_form" not in more:
        first, until = page["month"]
        more["notice_form"] = NoticeForm(formdata=None, key=new_key(), first=first, until=until)
    values = {"most": BULK, "tick_all": request.args.get("tick") == "all", "form_errors": errors, **more}
    return render_template("hours_desk/index.html", installed=current_app.view_functions, **page, **values)


def _confirm_one(booking_id: int) -> tuple[str, str]:
    """Confirm one row in a transaction of its own; a word of state and a sentence for the results."""
    breaks = parse_int(request.form.get(f"breaks-{booking_id}") or "0", 0, MOST_BREAKS)
    if breaks is None:
        return "overdue", _("Type the breaks as a number of minutes.")
    try:
        with transaction():
            entry = confirm_booking(booking_id, by=me(), breaks=breaks)
            minutes = entry.minutes if entry else None
    except DomainError as error:
        return "overdue", str(error.message) or _("Not found")
    if minutes is None:
        return "waiting", _("The sign-in or sign-out is missing.")
    return "done", _("%(n)s minutes credited", n=minutes)
