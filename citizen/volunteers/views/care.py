"""The address of a home visit: read by those who go, written by the coordinator, who cannot read it back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from citizen.accounts.queries import people_by_id
from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, MissingVersion, NotFound
from citizen.core.permissions import Permission
from citizen.extensions import db
from citizen.volunteers.forms.care import AddressForm
from citizen.volunteers.models import Shift
from citizen.volunteers.queries.care import VIEWED, address_events, going_to
from citizen.volunteers.rules.approvals import ensure_version
from citizen.volunteers.rules.booking import Actor, By
from citizen.volunteers.rules.care import WIPED_AFTER, shown_from
from citizen.volunteers.rules.shifts import CARE_PAIR
from citizen.volunteers.services.care import open_address
from citizen.volunteers.services.places import lock_shift
from citizen.volunteers.services.shifts import ensure_open, set_care_address
from citizen.web.access import requires, signed_in
from citizen.web.limits import enforce

bp = Blueprint("care", __name__)

BIGGEST_ID = 2**31 - 1
LOOKS = "120/hour"
WORDS: dict[str, Any] = {
    "shift.address_set": _l("Address written down"),
    "removed": _l("Address taken away"),
    "care.address_wiped": _l("Address wiped"),
    VIEWED: _l("Looked at the address"),
}


@bp.after_request
def _never_kept(response: Response) -> Response:
    """The address stays on the screen of whoever goes: no cache and no search engine keeps it."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@bp.get("/volunteer/shifts/<int:shift_id>/address")
@signed_in
def address(shift_id: int) -> ResponseReturnValue:
    """The address, for those who go, shortly before and during the visit; each look is on record."""
    enforce(LOOKS, "care-address", str(current_user.id))
    with transaction():
        opened = open_address(min(shift_id, BIGGEST_ID), current_user.id, now=clock.now())
        text, sight = opened.address, opened.sight
    shift = db.session.get_one(Shift, shift_id)
    return render_template(
        "care/address.html", shift=shift, sight=sight, address=text, shown_from=shown_from(shift.starts_at)
    )


@bp.get("/office/shifts/<int:shift_id>/address")
@requires(Permission.MANAGE_SHIFTS)
def desk(shift_id: int) -> ResponseReturnValue:
    """Whether there is an address, who goes, and who looked when."""
    return _desk(_visit(shift_id), AddressForm(formdata=None))


@bp.post("/office/shifts/<int:shift_id>/address")
@requires(Permission.MANAGE_SHIFTS)
def write(shift_id: int) -> ResponseReturnValue:
    """Write the address down, in place of the one before; the other button takes it away."""
    form, shift = AddressForm(), _visit(shift_id)
    removing = request.form.get("act") == "remove"
    try:
        if not form.validate():
            return _desk(shift, form), 422
        _write(shift.id, "" if removing else form.address.data or "", form=form, removing=removing)
    except MissingVersion:
        raise
    except InvalidInput as error:
        form.refuse(error, "address")
        return _desk(_visit(shift_id), form), 422
    except Conflict as error:
        form.refuse(InvalidInput(error.message), "address")
        return _desk(_visit(shift_id), form, changed=True), 409
    flash(_("The address is taken away.") if removing else _("The address is written down, sealed."), "done")
    return redirect(url_for("care.desk", shift_id=shift_id), 303)


def _write(shift_id: int, text: str, *, form: AddressForm, removing: bool) -> None:
    if not text and not removing:
        raise InvalidInput(_("Enter the address."), "address")
    with transaction():
        shift = lock_shift(shift_id)
        ensure_version(form.version.data, shift.version)
        ensure_open(shift)
        set_care_address(shift, text, by=By(current_user.id, Actor.COORDINATOR))


def _visit(shift_id: int) -> Shift:
    shift = db.session.get(Shift, min(shift_id, BIGGEST_ID))
    if shift is None or not shift.post.care:
        raise NotFound()
    return shift


def _desk(shift: Shift, form: AddressForm, *, changed: bool = False) -> str:
    if changed or not form.version.data:
        form.version.data = str(shift.version)
    events = address_events(shift.id)
    names = {id_: row.name for id_, row in people_by_id({e.actor_id for e in events if e.actor_id}).items()}
    rows = []
    for event in events:
        gone = event.action == "shift.address_set" and not event.detail.get("set")
        rows.append((event.at, WORDS["removed" if gone else event.action], names.get(event.actor_id or 0, "")))
    return render_template(
        "care/desk.html",
        shift=shift,
        form=form,
        form_errors=form.errors,
        going=going_to(shift.id),
        pair=CARE_PAIR,
        events=rows,
        shown_from=shown_from(shift.starts_at),
        wiped_at=shift.ends_at + WIPED_AFTER,
    )
