"""Handing a place to another volunteer by a link.

The link names the booking under the site's signature. It works once, since whoever uses it ends that booking, and until the
shift begins; it names nobody.
"""

from __future__ import annotations

from flask import current_app
from flask_babel import lazy_gettext as _l
from itsdangerous import BadData, URLSafeSerializer

from citizen.core import clock
from citizen.core.errors import Conflict, NotFound
from citizen.extensions import db
from citizen.volunteers.models import Booking, Volunteer
from citizen.volunteers.queries.mine import children_in, whole_booking
from citizen.volunteers.rules.booking import Actor, BookingState, By
from citizen.volunteers.services import messages
from citizen.volunteers.services.booking import stand_in


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SETTINGS"].secret_key, salt="volunteers.stand-in")


def ensure_can_hand_over(booking: Booking) -> None:
    """Raise Conflict for a place that no link can hand over: not confirmed, begun, a child's, or with children along."""
    if booking.state != BookingState.CONFIRMED or booking.shift.starts_at <= clock.now():
        raise Conflict(_l("Only a booked place can be handed over, and only before the shift begins."))
    if booking.volunteer.guardian_id is not None:
        raise Conflict(_l("A child's place is not handed over. Cancel it instead."))
    if children_in(booking):
        raise Conflict(_l("Your children come along with you, so your place cannot be handed over. Cancel instead."))


def link_token(booking: Booking) -> str:
    """The part of the link that stands for the booking; raises Conflict when it cannot be handed over."""
    ensure_can_hand_over(booking)
    return str(_signer().dumps(booking.id))


def booking_id_of(token: str) -> int:
    """The booking that a link stands for; raises NotFound for anything that was not signed here."""
    try:
        found = _signer().loads(token)
    except BadData:
        raise NotFound() from None
    if not isinstance(found, int):
        raise NotFound()
    return found


def key_of(booking_id: int, volunteer_id: int) -> str:
    """Under which key a place is taken over: following the link twice gives the same booking again."""
    return f"stand-in:{booking_id}:{volunteer_id}"


def take_over(booking_id: int, me: Volunteer) -> Booking:
    """Take the place of the booking, in one step with its giver's leaving, and tell the giver that nobody need come.

    Raises Refused with the reason (somebody waits, clash, not eligible …), Conflict when the link has been used.
    """
    key, given = key_of(booking_id, me.id), whole_booking(booking_id)
    if given is None:
        raise NotFound()
    if db.session.execute(db.select(Booking.id).where(Booking.key == key)).first() is None:
        ensure_can_hand_over(given)
    shift, giver = given.shift, given.volunteer
    new = stand_in(booking_id, me.id, key=key, by=By(me.person_id, Actor.VOLUNTEER))
    messages.say("stood_in", giver, values=messages.shift_values(shift), key=f"stood_in:{booking_id}")
    return new
