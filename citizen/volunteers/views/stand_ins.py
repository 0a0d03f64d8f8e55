"""Handing one's place to another volunteer by a link, and taking it over."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core.database import transaction
from citizen.core.errors import Conflict, NotFound
from citizen.volunteers.documents.bookings import shift_facts
from citizen.volunteers.documents.cards import cards_of, full_span, shift_title
from citizen.volunteers.models import Booking, Volunteer
from citizen.volunteers.queries.alternatives import alternatives
from citizen.volunteers.queries.mine import active_at, whole_booking
from citizen.volunteers.rules.eligibility import Refused
from citizen.volunteers.services import stand_ins
from citizen.volunteers.views.booking import bp
from citizen.volunteers.views.outcome import refusal
from citizen.volunteers.views.own import own, shown
from citizen.volunteers.views.viewing import signed_in_id, viewing
from citizen.web.access import public, signed_in
from citizen.web.limits import enforce
from citizen.web.templating import qr_svg

__all__ = ["bp"]

__all__ = ["bp"]

#: Links that one account may try in an hour.
TRIES = "60/hour"


@bp.get("/volunteer/bookings/<int:booking_id>/stand-in")
@signed_in
def stand_in(booking_id: int) -> ResponseReturnValue:
    """The link for whoever comes instead, and what it does."""
    booking, _me, _by = own(booking_id)
    token = stand_ins.link_token(booking)
    link = current_app.config["SETTINGS"].base_url + url_for("bookings.take_over", token=token)
    page = {"title": shift_title(booking.shift), "span": full_span(booking.shift.starts_at, booking.shift.ends_at)}
    qr = qr_svg(link, _("QR code of the link"))
    return render_template("bookings/stand_in.html", booking=booking, link=link, qr=qr, **page)


@bp.get("/volunteer/stand-in/<token>")
@public
def take_over(token: str) -> ResponseReturnValue:
    """The shift that somebody offers to hand over, and the button to take it."""
    return _shown(_offered(token), viewing(), token=token)


@bp.post("/volunteer/stand-in/<token>")
@public
def take(token: str) -> ResponseReturnValue:
    """Take the place over, with its giver's leaving, in one step."""
    booking, me = _offered(token), viewing()
    if me is None or me.person_id is None:
        return _shown(booking, None, token=token), 409
    enforce(TRIES, "stand-in", str(me.person_id))
    if booking.volunteer_id == me.id:
        return shown(booking.id)
    try:
        with transaction():
            new_id = stand_ins.take_over(booking.id, me).id
    except Refused as error:
        return refusal(me, booking.shift_id, error), 409
    except Conflict:
        return _shown(_offered(token), me, token=token), 409
    return shown(new_id)


def _offered(token: str) -> Booking:
    """The booking of a link, with its shift; raises NotFound for a link that was not made here."""
    booking = whole_booking(stand_ins.booking_id_of(token))
    if booking is None:
        raise NotFound()
    return booking


def _shown(booking: Booking, me: Volunteer | None, *, token: str) -> str:
    return render_template("bookings/take_over.html", **_page(booking, me, token=token))


def _page(booking: Booking, me: Volunteer | None, *, token: str) -> dict[str, Any]:
    """What the link's page shows; it names nobody."""
    shift = booking.shift
    try:
        stand_ins.ensure_can_hand_over(booking)
        gone = ""
    except Conflict:
        gone = _("This place has been taken over or given back already, or the shift has begun.")
    mine = active_at(me.id, shift.id) if me else None
    return {
        "token": token,
        "here": request.path,
        "title": shift_title(shift),
        "span": full_span(shift.starts_at, shift.ends_at),
        "facts": shift_facts(shift),
        "shift": shift,
        "gone": gone,
        "me": me,
        "signed_in": signed_in_id() is not None,
        "own": me is not None and booking.volunteer_id == me.id,
        "mine": mine,
        "instead": cards_of(alternatives(shift, me)) if gone else [],
    }
