"""One person of a shift, somebody who came without a booking, and the confirmation at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from citizen.accounts.queries import person_of
from citizen.accounts.rules import contact_of
from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.numbers import parse_int
from citizen.volunteers.documents.confirming import confirm_page
from citizen.volunteers.documents.person import person_page
from citizen.volunteers.documents.roster import shift_head
from citizen.volunteers.forms.roster import PersonForm, WalkInForm
from citizen.volunteers.models import Shift
from citizen.volunteers.queries.leads import on_roster
from citizen.volunteers.queries.volunteers import volunteer_of
from citizen.volunteers.rules.booking import By
from citizen.volunteers.rules.sign_in import Direction
from citizen.volunteers.services import roll_call, walk_in
from citizen.volunteers.services.hours import confirm_booking
from citizen.volunteers.views.lead_door import led, looked_at
from citizen.volunteers.views.leads import bp
from citizen.web.access import signed_in
from citizen.web.idempotency import new_key
from citizen.web.limits import enforce

#: The package takes the blueprint from the last module that adds pages to it.
__all__ = ["bp"]

#: So many numbers may a lead try on one day: enough for a busy post, too few to find out who volunteers.
LOOK_UPS = "40/day"
MOST_BREAKS = 600

Step = Callable[[int, PersonForm, Shift, By], Any]

STEPS: dict[str, Step] = {
    "in": lambda id_, form, shift, by: roll_call.enter(id_, form.entry(shift, Direction.IN), by=by),
    "out": lambda id_, form, shift, by: roll_call.enter(id_, form.entry(shift, Direction.OUT), by=by),
    "early": lambda id_, form, shift, by: roll_call.leave_early(id_, form.entry(shift, Direction.OUT), by=by),
    "late": lambda id_, form, shift, by: roll_call.come_late(id_, form.entry(shift, Direction.IN), by=by),
    "accept": lambda id_, _form, shift, by: roll_call.accept(id_, by=by),
    "miss": lambda id_, _form, shift, by: roll_call.miss(id_, by=by),
    "excuse": lambda id_, form, shift, by: roll_call.excuse(id_, form.reason.data or "", by=by),
    "undo": lambda id_, form, shift, by: roll_call.undo(id_, form.reason.data or "", by=by),
}


@bp.get("/shifts/<int:shift_id>/people/<int:booking_id>")
@signed_in
def person(shift_id: int, booking_id: int) -> ResponseReturnValue:
    """One person: whom to call, when they came and went, and what can be entered."""
    shift, _by = looked_at(shift_id)
    return _person_page(shift, booking_id)


@bp.post("/shifts/<int:shift_id>/people/<int:booking_id>")
@signed_in
def step(shift_id: int, booking_id: int) -> ResponseReturnValue:
    """Make one step with a person."""
    shift, by = led(shift_id)
    on_roster(shift, booking_id)
    form = PersonForm()
    form.validate()
    act = STEPS.get(form.act.data or "")
    if act is None:
        raise NotFound()
    try:
        if form.errors:
            raise InvalidInput(next(iter(form.errors.values()))[0], next(iter(form.errors)))
        with transaction():
            act(booking_id, form, shift, by)
    except InvalidInput as error:
        return _person_page(shift, booking_id, form=form, error=error), 422
    except Conflict as error:
        return _person_page(shift, booking_id, form=form, error=error), 409
    flash(_("Written down."), "done")
    return redirect(url_for("leads.person", shift_id=shift_id, booking_id=booking_id), 303)


def _person_page(
    shift: Shift, booking_id: int, *, form: PersonForm | None = None, error: InvalidInput | Conflict | None = None
) -> str:
    page = person_page(shift, on_roster(shift, booking_id), clock.now())
    field = getattr(error, "field", None) or "reason"
    return render_template("leads/person.html", **page, sent=form, error=error, error_field=field, form_errors=error)


@bp.get("/shifts/<int:shift_id>/add")
@signed_in
def walk_in_form(shift_id: int) -> ResponseReturnValue:
    """Somebody stands here without a booking."""
    shift, _by = led(shift_id)
    return _walk_in_page(shift, WalkInForm(formdata=None, key=new_key()))


@bp.post("/shifts/<int:shift_id>/add")
@signed_in
def add(shift_id: int) -> ResponseReturnValue:
    """Give them a free place and sign them in."""
    shift, by = led(shift_id)
    form = WalkInForm()
    form.validate()
    try:
        volunteer_id = _volunteer_behind(form)
        with transaction():
            walk_in.add(shift_id, volunteer_id, key=(form.key.data or "")[:64], by=by)
    except InvalidInput as error:
        form.refuse(error, "contact")
        return _walk_in_page(shift, form), 422
    except Conflict as error:
        return _walk_in_page(shift, form, problem=str(error.message)), 409
    flash(_("Added and signed in."), "done")
    return redirect(url_for("leads.roster", shift_id=shift_id), 303)


def _volunteer_behind(form: WalkInForm) -> int:
    """The volunteer with this phone or mail address; raises InvalidInput when nobody registered has it."""
    contact = contact_of(form.contact.data, field="contact")
    enforce(LOOK_UPS, "walk-in", f"person:{current_user.id}")
    person = person_of(contact)
    volunteer = volunteer_of(person.id) if person else None
    if volunteer is None:
        raise InvalidInput(
            _("Nobody who volunteers has this number or address. They can register on their phone."), "contact"
        )
    return volunteer.id


def _walk_in_page(shift: Shift, form: WalkInForm, *, problem: str = "") -> str:
    page = {"shift": shift_head(shift), "free": shift.free, "form": form, "form_errors": form.errors}
    return render_template("leads/add.html", **page, problem=problem)


@bp.get("/shifts/<int:shift_id>/confirm")
@signed_in
def confirm(shift_id: int) -> ResponseReturnValue:
    """Whose service is complete, whose is not, before the hours go to the ledger."""
    shift, by = looked_at(shift_id)
    return render_template("leads/confirm.html", **confirm_page(shift, clock.now(), by=by), problems=[])


@bp.post("/shifts/<int:shift_id>/confirm")
@signed_in
def confirm_people(shift_id: int) -> ResponseReturnValue:
    """Confirm the service of those ticked; each is a transaction of its own, so that one that cannot be stops no other."""
    shift, by = led(shift_id)
    names = {row["id"]: row["name"] for row in confirm_page(shift, clock.now(), by=by)["ready"]}
    done, problems = 0, []
    for id_ in [id_ for id_ in names if str(id_) in request.form.getlist("people")]:
        try:
            with transaction():
                confirm_booking(id_, by=by, breaks=_breaks(request.form.get(f"breaks-{id_}")))
            done += 1
        except (Conflict, InvalidInput) as error:
            problems.append((names[id_], str(error.message)))
    said = ngettext("%(num)d person confirmed.", "%(num)d people confirmed.", done)
    if problems:
        page = confirm_page(shift, clock.now(), by=by)
        return render_template("leads/confirm.html", **page, problems=problems, said=said if done else ""), 409
    flash(said if done else _("Nobody was ticked."), "done" if done else "info")
    return redirect(url_for("leads.confirm", shift_id=shift_id), 303)


def _breaks(raw: str | None) -> int:
    """The minutes typed; nothing is none. Raises InvalidInput for anything else."""
    minutes = parse_int(raw or "0", 0, MOST_BREAKS)
    if minutes is None:
        raise InvalidInput(_("Write the breaks in minutes, such as 10."))
    return minutes
