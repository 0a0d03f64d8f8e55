"""What a volunteer sees after trying to book: the booking's page, or why not and what instead."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core.database import transaction
from citizen.core.errors import Conflict, DomainError, InvalidInput, NotFound
from citizen.volunteers.documents.refusal import refusal_page
from citizen.volunteers.models import Shift, Volunteer
from citizen.volunteers.queries.mine import active_at
from citizen.volunteers.queries.shift_page import shift_with_post
from citizen.volunteers.rules.booking import ACTIVE
from citizen.volunteers.rules.eligibility import Reason, Refused
from citizen.volunteers.services.rush import ensure_only_full, ensure_worth_trying
from citizen.volunteers.services.signing_up import Asked, sign_up, wish_of
from citizen.volunteers.views.viewing import signed_in_id

LAST_ID = 2**31 - 1


def known_shift(shift_id: int) -> Shift:
    """The shift with its post; raises NotFound."""
    shift = shift_with_post(shift_id) if shift_id <= LAST_ID else None
    if shift is None:
        raise NotFound()
    return shift


def attempt(my_id: int, asked: Asked) -> ResponseReturnValue:
    """Book what the viewing volunteer asked for and go to the booking's page; a form that was sent before leads to the same page.

    Raises Conflict (Refused with the reason) when it is not possible; nothing is written then.
    """
    wish = wish_of(my_id, asked)
    ensure_worth_trying(wish)
    person_id = signed_in_id() or 0
    with transaction():
        bookings = sign_up(person_id, wish)
        first, ended = bookings[0].id, not any(row.state in ACTIVE for row in bookings)
        mine = next((row.id for row in bookings if row.volunteer_id == my_id), None)
    if ended:
        flash(_("You cancelled this booking before. If you want to come after all, book once more."), "info")
        return redirect(url_for("volunteers.shift", shift_id=asked.shift_id), 303)
    if mine is None:
        own = active_at(my_id, asked.shift_id)
        mine = own.id if own else first
    return redirect(url_for("bookings.show", booking_id=mine), 303)


def refused(me: Volunteer, asked: Asked, error: Conflict | InvalidInput) -> ResponseReturnValue:
    """The reason, what to do and three other shifts, with status 409; with 422 for what no shift could give."""
    if isinstance(error, Refused) and error.reason is Reason.FULL:
        error = _graver(me, asked) or error
    page = refusal(me, asked.shift_id, error, people=asked.people, myself=asked.myself)
    return page, 409 if isinstance(error, Conflict) else 422


def _graver(me: Volunteer, asked: Asked) -> Refused | None:
    """What would keep them out of the shift even if it were not full."""
    try:
        ensure_only_full(known_shift(asked.shift_id), wish_of(me.id, asked))
    except Refused as refused:
        return refused
    return None


def refusal(
    me: Volunteer, shift_id: int, error: DomainError, *, people: tuple[int, ...] = (), myself: bool = True
) -> str:
    """The page that says why the shift cannot be taken."""
    page = refusal_page(known_shift(shift_id), me, error, people=people, myself=myself)
    return render_template("bookings/refused.html", installed=current_app.view_functions, **page)
