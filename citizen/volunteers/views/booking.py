"""Booking, and everything that can be done with one's own booking until the shift begins."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.volunteers.documents.bookings import booking_page
from citizen.volunteers.documents.parties import party_page
from citizen.volunteers.forms.booking import asked_from
from citizen.volunteers.models import Booking
from citizen.volunteers.queries.mine import company, own_booking
from citizen.volunteers.queries.standing import standings
from citizen.volunteers.rules.booking import BookingState
from citizen.volunteers.rules.eligibility import Refused
from citizen.volunteers.services import booking as service
from citizen.volunteers.services import offers
from citizen.volunteers.views.outcome import attempt, known_shift, refusal, refused
from citizen.volunteers.views.own import own, shown, the_viewer
from citizen.volunteers.views.viewing import viewing, viewing_id
from citizen.web.access import public, signed_in

bp = Blueprint("bookings", __name__)


@bp.post("/volunteer/shifts/<int:shift_id>/book")
@public
def book(shift_id: int) -> ResponseReturnValue:
    """Book the shift, or join its line; strangers and people without a profile are led to the form for both at once."""
    my_id = viewing_id()
    if my_id is None:
        return redirect(url_for("joining.join", shift=known_shift(shift_id).id), 303)
    asked = asked_from(shift_id, request.form)
    try:
        return attempt(my_id, asked)
    except (Conflict, InvalidInput) as error:
        return refused(the_viewer(), asked, error)


@bp.get("/volunteer/shifts/<int:shift_id>/why")
@signed_in
def why(shift_id: int) -> ResponseReturnValue:
    """Why the viewer cannot take the shift right now; where nothing is in the way, the shift itself."""
    shift, me = known_shift(shift_id), viewing()
    if me is None:
        return redirect(url_for("joining.join", shift=shift_id), 303)
    standing = standings(me, [shift])[shift.id]
    if standing.booking is not None:
        return shown(standing.booking.booking_id)
    if standing.reason is None:
        return redirect(url_for("volunteers.shift", shift_id=shift_id), 303)
    clash = standing.clash.shift_id if standing.clash else None
    return refusal(me, shift_id, Refused(standing.reason, shift_id=clash))


@bp.route("/volunteer/shifts/<int:shift_id>/party", methods=["GET", "POST"])
@signed_in
def party(shift_id: int) -> ResponseReturnValue:
    """Come with children or with a team: everybody gets a place, or nobody does."""
    shift, me = known_shift(shift_id), viewing()
    if me is None:
        return redirect(url_for("joining.join", shift=shift_id), 303)
    if request.method != "POST":
        return render_template("bookings/party.html", **party_page(shift, me))
    asked, wrong = asked_from(shift_id, request.form), _("Choose who comes along.")
    try:
        if asked.people:
            return attempt(me.id, asked)
    except Conflict as error:
        return refused(me, asked, error)
    except InvalidInput as error:
        wrong = str(error.message)
    page = party_page(known_shift(shift_id), me, error=wrong, chosen=asked.people)
    return render_template("bookings/party.html", **page), 422


@bp.get("/volunteer/bookings/<int:booking_id>")
@signed_in
def show(booking_id: int) -> ResponseReturnValue:
    """One's own booking: how it stands, when and where to be, what can still be done."""
    booking, me, _by = own(booking_id)
    page = booking_page(booking, me)
    return render_template("bookings/show.html", installed=current_app.view_functions, **page)


@bp.get("/volunteer/bookings/<int:booking_id>/cancel")
@signed_in
def cancel_form(booking_id: int) -> ResponseReturnValue:
    """What happens when one cannot come, and the button for it."""
    booking, me, _by = own(booking_id)
    if booking.state not in (BookingState.CONFIRMED, BookingState.WAITING):
        return shown(booking_id)
    page = booking_page(booking, me)
    return render_template("bookings/cancel.html", installed=current_app.view_functions, **page)


@bp.post("/volunteer/bookings/<int:booking_id>/cancel")
@signed_in
def cancel(booking_id: int) -> ResponseReturnValue:
    """Leave the shift or its line; the next page offers other shifts."""
    booking, _me, by = own(booking_id)
    if booking.state == BookingState.CANCELLED:
        return shown(booking_id)
    everybody = request.form.get("party") == "1" and bool(company(booking))
    with transaction():
        service.cancel(booking_id, by=by, party=everybody)
    return shown(booking_id)


@bp.post("/volunteer/bookings/<int:booking_id>/accept")
@signed_in
def accept(booking_id: int) -> ResponseReturnValue:
    """Take the place that is kept."""
    booking, me, by = own(booking_id)
    if booking.state == BookingState.CONFIRMED:
        return shown(booking_id)
    if _lapsed(booking):
        return refusal(me, booking.shift_id, Conflict(_lapsed_words())), 409
    if booking.state == BookingState.OFFERED and booking_page(booking, me)["other"]:
        return shown(booking_id)
    try:
        with transaction():
            service.accept(booking_id, by=by)
    except Refused as error:
        return refusal(me, own_booking(me, booking_id).shift_id, error), 409
    return shown(booking_id)


def _lapsed(booking: Booking) -> bool:
    until = booking.offered_until
    over = booking.state == BookingState.OFFERED and until is not None and until <= clock.now()
    return over or booking.state == BookingState.EXPIRED


def _lapsed_words() -> str:
    return str(_("Your answer came a little late: the offer has lapsed, and the place goes to the next in the line."))


@bp.post("/volunteer/bookings/<int:booking_id>/decline")
@signed_in
def decline(booking_id: int) -> ResponseReturnValue:
    """Give the place that is kept to the next in the line."""
    booking, _me, by = own(booking_id)
    if booking.state in (BookingState.DECLINED, BookingState.EXPIRED):
        return shown(booking_id)
    with transaction():
        service.decline(booking_id, by=by)
    return shown(booking_id)


@bp.post("/volunteer/bookings/<int:booking_id>/choose")
@signed_in
def choose(booking_id: int) -> ResponseReturnValue:
    """After a shift was moved onto another one: take this one and leave the other."""
    booking, me, by = own(booking_id)
    if booking.state == BookingState.CONFIRMED:
        return shown(booking_id)
    other = booking_page(booking, me)["other"]
    if not other or str(other["id"]) != request.form.get("other"):
        flash(_("Your shifts have changed in the meantime. Please look at them again."), "info")
        return shown(booking_id)
    with transaction():
        offers.keep_this(booking_id, other["id"], by=by)
    return shown(booking_id)


@bp.post("/volunteer/bookings/<int:booking_id>/suits")
@signed_in
def suits(booking_id: int) -> ResponseReturnValue:
    """The moved shift still suits."""
    _booking, _me, by = own(booking_id)
    with transaction():
        offers.suits(booking_id, by=by)
    return shown(booking_id)
