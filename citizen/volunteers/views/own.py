"""What belongs to the viewer: everything else is unknown to them."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from citizen.core.errors import NotFound
from citizen.volunteers.models import Booking, Volunteer
from citizen.volunteers.queries.mine import own_booking
from citizen.volunteers.rules.booking import Actor, By
from citizen.volunteers.views.viewing import viewing

LAST_ID = 2**31 - 1


def the_viewer() -> Volunteer:
    """The volunteer behind the account; raises NotFound for an account without a profile."""
    me = viewing()
    if me is None:
        raise NotFound()
    return me


def own(booking_id: int) -> tuple[Booking, Volunteer, By]:
    """A booking of the viewer or of a child in their care, the viewer, and the viewer acting; raises NotFound."""
    me = the_viewer()
    booking = own_booking(me, booking_id if booking_id <= LAST_ID else 0)
    return booking, me, By(me.person_id, Actor.VOLUNTEER)


def shown(booking_id: int) -> ResponseReturnValue:
    """On to the booking's page."""
    return redirect(url_for("bookings.show", booking_id=booking_id), 303)
