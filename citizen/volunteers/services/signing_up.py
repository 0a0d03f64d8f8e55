"""What volunteers book themselves: for themselves, for children in their care, for members of a team that they lead."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _

from citizen.core.clock import local
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.extensions import db
from citizen.volunteers.models import Booking, Shift
from citizen.volunteers.queries.mine import active_at, lines_on
from citizen.volunteers.queries.teams import who_may_be_signed_up
from citizen.volunteers.queries.volunteers import children_of
from citizen.volunteers.rules.booking import Actor, BookingState, By
from citizen.volunteers.rules.shifts import moment_of
from citizen.volunteers.rules.volunteers import LINES_A_DAY
from citizen.volunteers.services.booking import Wish, book

_KEY = re.compile(r"[0-9A-Za-z]{16,48}\Z")


@dataclass(frozen=True, slots=True)
class Asked:
    """A form: its key, whether to wait, who comes (ids of volunteers) and whether whoever sends it does."""

    shift_id: int
    key: str
    wait: bool = False
    people: tuple[int, ...] = ()
    myself: bool = True


def wish_of(my_id: int, asked: Asked) -> Wish:
    """What is asked for, with everybody checked: me, my children, members of a team of mine, in this order.

    Raises NotFound for somebody I may not book for, InvalidInput for nobody at all and for a form without a proper key.
    """
    if not _KEY.match(asked.key):
        raise InvalidInput(_("This page is incomplete. Please load it again and send once more."))
    children = [child.id for child in children_of(my_id) if child.id in asked.people] if asked.people else []
    others = set(asked.people) - {my_id, *children}
    members, team_id = _members(my_id, others)
    # Who is in already brings others along; sending the form a second time does, too.
    alone = not asked.people or active_at(my_id, asked.shift_id) is None
    everybody = ([my_id] if asked.myself and alone else []) + children + members
    if not everybody:
        raise InvalidInput(_("Choose who comes."), "people")
    return Wish(asked.shift_id, tuple(everybody), key=asked.key, wait=asked.wait, team_id=team_id)


def _members(my_id: int, ids: set[int]) -> tuple[list[int], int | None]:
    """The members as they are booked, and the team that all of them belong to."""
    if not ids:
        return [], None
    for team_id, members in who_may_be_signed_up(my_id).items():
        if ids <= members:
            return sorted(ids), team_id
    raise NotFound()


def sign_up(person_id: int, wish: Wish) -> list[Booking]:
    """Book what is wished for, as `citizen.volunteers.services.booking.book` does and with its refusals.

    Raises Conflict, too, when somebody would stand in a fourth line on one day, and for a key that was used for other people.
    """
    bookings = book(wish, by=By(person_id, Actor.VOLUNTEER))
    if {row.volunteer_id for row in bookings} != set(wish.volunteers):
        raise Conflict(_("This form was sent before for other people. Please load the page again."))
    waiting = [row.volunteer_id for row in bookings if row.state == BookingState.WAITING]
    if waiting:
        _ensure_few_lines(waiting, db.session.get_one(Shift, wish.shift_id))
    return bookings


def _ensure_few_lines(ids: Iterable[int], shift: Shift) -> None:
    day = local(shift.starts_at).date()
    span = (moment_of(day, "00:00"), moment_of(day + timedelta(days=1), "00:00"))
    if max(lines_on(set(ids), span, but=shift.id).values(), default=0) >= LINES_A_DAY:
        raise Conflict(_("That would be a fourth wait list on that day. Leave one of the other three first."))
