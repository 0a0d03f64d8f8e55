"""People of one shift: putting somebody on it, taking somebody out, writing to all, asking those on call."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.core.numbers import parse_int
from citizen.core.permissions import Permission
from citizen.core.text import log_safe
from citizen.extensions import db
from citizen.volunteers.documents.desk_words import OBSTACLES
from citizen.volunteers.documents.shift_board import sections
from citizen.volunteers.documents.shift_desk import head, masked
from citizen.volunteers.forms.desk_fields import BIGGEST_ID
from citizen.volunteers.forms.shifts import AddForm, CallUpForm, MessageForm, TakeOutForm
from citizen.volunteers.models import Booking, Volunteer
from citizen.volunteers.queries.adding import suitors
from citizen.volunteers.queries.call_up import asked_before, candidates
from citizen.volunteers.rules.booking import BookingState
from citizen.volunteers.rules.eligibility import CAN_WAIT, OVERRIDABLE, Refused
from citizen.volunteers.services.booking import Wish, book, call_off
from citizen.volunteers.services.calling_up import call_up as ask
from citizen.volunteers.services.line import is_moving
from citizen.volunteers.services.places import lock_shift
from citizen.volunteers.services.roster_message import send_to_roster
from citizen.volunteers.views.deciding import known, me, shift_of
from citizen.volunteers.views.shifts import bp
from citizen.web.access import requires
from citizen.web.idempotency import fingerprint, new_key, store_answer, stored_answer

SCOPE = "shift-message"


@bp.get("/<int:shift_id>/add")
@requires(Permission.MANAGE_SHIFTS)
def add_form(shift_id: int) -> ResponseReturnValue:
    """Search for a volunteer; each hit says what stands against it."""
    return _add_page(shift_id, AddForm(key=new_key()))


@bp.post("/<int:shift_id>/add")
@requires(Permission.MANAGE_SHIFTS)
def add(shift_id: int) -> ResponseReturnValue:
    """Put a volunteer on the shift or into its line; conditions hold unless each is set aside with a reason."""
    form = AddForm()
    volunteer_id = parse_int(form.volunteer.data, 1, BIGGEST_ID) or 0
    if not form.validate():
        return _add_page(shift_id, form), 422
    try:
        wish = Wish(
            shift_of(shift_id).id,
            (volunteer_id,),
            key=f"desk-{(form.key.data or '')[:40]}",
            wait=form.wait.data == "1",
            override=form.override,
        )
        with transaction():
            booking = book(wish, by=me())[0]
    except InvalidInput as error:
        form.refuse(error, "words")
        return _add_page(shift_id, form), 422
    except Conflict as error:
        return _refused(shift_id, form, error)
    words = _("On the roster.") if booking.state == BookingState.CONFIRMED else _("In the line.")
    flash(words, "done")
    return redirect(url_for("shifts.show", shift_id=shift_id), 303)


def _refused(shift_id: int, form: AddForm, error: Conflict) -> ResponseReturnValue:
    """The same page with the reason as the desk says it; a full shift offers the line."""
    words = OBSTACLES[error.reason] if isinstance(error, Refused) else error.message
    form.refuse(InvalidInput(_("Not possible: %(reason)s.", reason=words)), "words")
    line = isinstance(error, Refused) and error.reason in CAN_WAIT
    return _add_page(shift_id, form, line=line), 409


def _add_page(shift_id: int, form: AddForm, *, line: bool = False) -> str:
    shift = shift_of(shift_id)
    text = log_safe(request.values.get("q", ""), 60).strip()
    chosen = parse_int(form.volunteer.data, 1, BIGGEST_ID)
    rows = [
        {
            "id": found.volunteer.id,
            "name": found.volunteer.name,
            "phone": masked(found.person),
            "child": found.volunteer.guardian_id is not None,
            "firm": [OBSTACLES[reason] for reason in found.firm],
            "soft": [(reason.value, OBSTACLES[reason]) for reason in found.reasons if reason in OVERRIDABLE],
            "chosen": found.volunteer.id == chosen,
        }
        for found in suitors(shift, text)
    ]
    now = clock.now()
    return render_template(
        "shifts/add.html",
        form=form,
        form_errors=form.errors,
        shift=head(shift, now),
        sections=sections(""),
        q=text,
        rows=rows,
        key=new_key() if form.errors else form.key.data,
        closed=shift.status != "open" or shift.starts_at <= now,
        line=line or shift.free == 0 or not is_moving(shift, now),
    )


@bp.get("/bookings/<int:booking_id>/out")
@requires(Permission.MANAGE_SHIFTS)
def take_out(booking_id: int) -> ResponseReturnValue:
    """Asks once why somebody loses the place."""
    return _out_page(known(Booking, booking_id), TakeOutForm())


@bp.post("/bookings/<int:booking_id>/out")
@requires(Permission.MANAGE_SHIFTS)
def take_out_now(booking_id: int) -> ResponseReturnValue:
    """Take somebody out; the place goes to the next in line."""
    booking, form = known(Booking, booking_id), TakeOutForm()
    shift_id = booking.shift_id
    if not form.validate():
        return _out_page(booking, form), 422
    try:
        with transaction():
            call_off(booking_id, by=me(), reason=form.words.data or "")
    except Conflict as error:
        form.refuse(InvalidInput(error.message), form.FALLBACK)
        return _out_page(known(Booking, booking_id), form), 409
    flash(_("Taken out and told. A free place goes to the next in line."), "done")
    return redirect(url_for("shifts.show", shift_id=shift_id), 303)


def _out_page(booking: Booking, form: TakeOutForm) -> str:
    shift, person = shift_of(booking.shift_id), db.session.get_one(Volunteer, booking.volunteer_id)
    values = {"shift": head(shift, clock.now()), "name": person.name, "booking_id": booking.id}
    return render_template("shifts/take_out.html", form=form, form_errors=form.errors, sections=sections(""), **values)


@bp.get("/<int:shift_id>/message")
@requires(Permission.MANAGE_SHIFTS)
def message_form(shift_id: int) -> ResponseReturnValue:
    """The form for words to the roster."""
    return _message_page(shift_id, MessageForm(key=new_key()))


@bp.post("/<int:shift_id>/message")
@requires(Permission.MANAGE_SHIFTS)
def message(shift_id: int) -> ResponseReturnValue:
    """Write to everybody on the roster, once for each press."""
    form = MessageForm()
    if not form.validate():
        return _message_page(shift_id, form), 422
    try:
        with transaction():
            told = _send(shift_id, form)
    except InvalidInput as error:
        form.refuse(error, form.FALLBACK)
        return _message_page(shift_id, form), 422
    except Conflict as error:
        form.refuse(InvalidInput(error.message), form.FALLBACK)
        return _message_page(shift_id, form), 409
    flash(ngettext("Sent to %(num)d person.", "Sent to %(num)d people.", told), "done")
    return redirect(url_for("shifts.show", shift_id=shift_id), 303)


def _send(shift_id: int, form: MessageForm) -> int:
    key, words = form.key.data or "", form.words.data or ""
    shift = lock_shift(shift_of(shift_id).id)
    content = fingerprint(str(shift_id), words)
    known_answer = stored_answer(SCOPE, key, content=content)
    if known_answer is not None:
        return int(known_answer)
    told = send_to_roster(shift, words, key=key, by=me())
    store_answer(SCOPE, key, content=content, answer=str(told))
    return told


def _message_page(shift_id: int, form: MessageForm) -> str:
    shift = head(shift_of(shift_id), clock.now())
    return render_template(
        "shifts/message.html", form=form, form_errors=form.errors, shift=shift, sections=sections("")
    )


@bp.get("/<int:shift_id>/call-up")
@requires(Permission.MANAGE_SHIFTS)
def call_up_form(shift_id: int) -> ResponseReturnValue:
    """Who is on call and could take the shift, the best suited first."""
    return _call_up_page(shift_id, CallUpForm())


@bp.post("/<int:shift_id>/call-up")
@requires(Permission.MANAGE_SHIFTS)
def call_up(shift_id: int) -> ResponseReturnValue:
    """Ask the ticked ones, each of them once for a shift."""
    form = CallUpForm()
    form.validate()
    try:
        with transaction():
            asked = ask(lock_shift(shift_of(shift_id).id), form.ids, by=me())
    except InvalidInput as error:
        form.refuse(error, "people")
        return _call_up_page(shift_id, form), 422
    except Conflict as error:
        form.refuse(InvalidInput(error.message), "people")
        return _call_up_page(shift_id, form), 409
    flash(ngettext("%(num)d person is asked.", "%(num)d people are asked.", len(asked)), "done")
    return redirect(url_for("shifts.show", shift_id=shift_id), 303)


def _call_up_page(shift_id: int, form: Any) -> str:
    shift = shift_of(shift_id)
    before = asked_before(shift.id)
    able = is_moving(shift, clock.now()) and shift.free > 0
    rows = [
        {
            "id": found.volunteer.id,
            "name": found.volunteer.name,
            "near": found.near,
            "fits": found.fits,
            "asked": found.volunteer.id in before,
        }
        for found in (candidates(shift) if able else [])
    ]
    values = {"shift": head(shift, clock.now()), "rows": rows, "able": able, "free": shift.free}
    return render_template("shifts/call_up.html", form=form, form_errors=form.errors, sections=sections(""), **values)
