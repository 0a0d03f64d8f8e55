"""A volunteer's own hours, and the children's: what is credited, corrections, certificates."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.numbers import parse_int
from citizen.volunteers.documents.hours import correction_page, mine_page
from citizen.volunteers.forms.hours import CorrectionForm
from citizen.volunteers.models import Booking, Volunteer
from citizen.volunteers.queries.hours import entries_of
from citizen.volunteers.queries.volunteers import children_of
from citizen.volunteers.rules.booking import Actor, By
from citizen.volunteers.rules.hours import Kind
from citizen.volunteers.services.corrections import Change, request_change
from citizen.volunteers.services.hour_certificates import certify
from citizen.volunteers.views.own import own, the_viewer
from citizen.volunteers.views.viewing import viewing
from citizen.web.access import signed_in
from citizen.web.idempotency import new_key, typed_key
from citizen.web.limits import enforce

bp = Blueprint("hours", __name__, url_prefix="/volunteer/mine/hours")

BIGGEST_ID = 2**31 - 1
#: Every new certificate stays on record for good.
CERTIFICATES = "20/hour"
REQUESTS = "30/hour"


@bp.get("")
@signed_in
def mine() -> ResponseReturnValue:
    """The ledger of the viewer, or of a child in their care."""
    me = viewing()
    if me is None:
        return render_template("hours/none.html")
    return _page(me, _who(me, request.args.get("of")))


@bp.get("/<int:booking_id>/correction")
@signed_in
def correct_form(booking_id: int) -> ResponseReturnValue:
    """Where a volunteer asks for another figure."""
    booking, _me, _by = own(booking_id)
    return _correction(booking, CorrectionForm(formdata=None, key=new_key()))


@bp.post("/<int:booking_id>/correction")
@signed_in
def correct(booking_id: int) -> ResponseReturnValue:
    """Ask for another figure; a coordinator decides."""
    booking, me, by = own(booking_id)
    form = CorrectionForm()
    if not form.validate():
        return _correction(booking, form), 422
    enforce(REQUESTS, "hours-request", str(me.person_id))
    try:
        change = Change(
            Kind.ADJUST, booking.volunteer_id, form.reason.data or "", typed_key(form.key.data), form.total(), booking.id
        )  # fmt: skip
        with transaction():
            request_change(change, by=by)
    except (InvalidInput, Conflict) as error:
        form.refuse(InvalidInput(error.message, getattr(error, "field", None)), "hours")
        return _correction(own(booking_id)[0], form), 409 if isinstance(error, Conflict) else 422
    flash(_("Noted. The coordinator looks at it; both figures stay on record."), "done")
    return redirect(url_for("hours.mine", of=change.volunteer_id), 303)


@bp.post("/certificate")
@signed_in
def certificate() -> ResponseReturnValue:
    """Issue the certificate of all hours or of one year, and show it."""
    me = the_viewer()
    who, by = _who(me, request.form.get("of")), By(me.person_id, Actor.VOLUNTEER)
    enforce(CERTIFICATES, "hours-certificate", str(me.person_id))
    try:
        with transaction():
            number = certify(who.id, year=parse_int(request.form.get("period"), 2000, 2999), by=by).number
    except InvalidInput as error:
        return _page(the_viewer(), _who(the_viewer(), request.form.get("of")), error=str(error.message)), 422
    return redirect(url_for("certificates.show", number=number), 303)


def _who(me: Volunteer, raw: str | None) -> Volunteer:
    """The viewer, or the child whose id is asked for; raises NotFound for anybody else."""
    wanted = parse_int(raw, 1, BIGGEST_ID) if raw else me.id
    found = next((row for row in (me, *children_of(me.id)) if row.id == wanted), None)
    if found is None:
        raise NotFound()
    return found


def _page(me: Volunteer, who: Volunteer, error: str = "") -> str:
    page = mine_page(me, who, before=parse_int(request.args.get("before"), 1, BIGGEST_ID))
    return render_template("hours/mine.html", installed=current_app.view_functions, error=error, **page)


def _correction(booking: Booking, form: CorrectionForm) -> str:
    page = correction_page(booking, entries_of(booking.volunteer_id))
    return render_template("hours/correct.html", form=form, form_errors=form.errors, **page)
