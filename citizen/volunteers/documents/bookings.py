"""Bookings as their owners see them: in a list, and each on a page of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.volunteers.documents.cards import area_name, cards_of, full_span, shift_title
from citizen.volunteers.models import Booking, Shift, Volunteer
from citizen.volunteers.queries.alternatives import alternatives
from citizen.volunteers.queries.clashes import clash_of
from citizen.volunteers.queries.mine import children_in, company, last_reason, ranks_of
from citizen.volunteers.rules.booking import BookingState as S
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.web.locale import localised
from citizen.web.templating import clock as time_of
from citizen.web.templating import when

#: So long before the start people should be there.
EARLY = timedelta(minutes=10)

#: (kind of the tag, words) by state; a waiting booking's words say its number.
STATES = {
    S.CONFIRMED: ("done", _l("You have a place")),
    S.WAITING: ("waiting", _l("In the line")),
    S.OFFERED: ("waiting", _l("Kept for you")),
    S.DECLINED: ("none", _l("You gave the place to the next")),
    S.EXPIRED: ("none", _l("No place came free in time")),
    S.CANCELLED: ("none", _l("You cancelled")),
    S.CANCELLED_BY_ORGANISER: ("overdue", _l("Cancelled by the office")),
    S.ATTENDED: ("done", _l("You were there")),
    S.LEFT_EARLY: ("working", _l("You left early")),
    S.NO_SHOW: ("overdue", _l("You did not come")),
    S.EXCUSED: ("held", _l("Excused")),
}


def state_of(booking: Booking, rank: int | None) -> tuple[str, str]:
    """The tag of a booking: its kind and its words, with the number in the line."""
    kind, words = STATES[S(booking.state)]
    if booking.state == S.WAITING:
        return kind, _("Number %(n)s in the line", n=rank) if rank else _("Waits for the draw")
    if booking.state == S.CONFIRMED and clock.now() >= booking.shift.ends_at:
        return "none", _("Not entered yet")
    if booking.state == S.EXPIRED and was_offered(booking):
        return kind, _("Not answered in time")
    return kind, str(words)


def was_offered(booking: Booking) -> bool:
    """Whether a lapsed booking had been offered a place, or only waited until the shift began."""
    return booking.state == S.EXPIRED and last_reason(booking) == "no_answer"


def booking_rows(bookings: Sequence[Booking], me: Volunteer, *, minutes: Mapping[int, int]) -> list[dict[str, Any]]:
    """The rows of a list, with post and kind loaded; a child's rows carry the child's name."""
    ranks = ranks_of(bookings)
    leaves = zip(bookings, cards_of(row.shift for row in bookings), strict=True)
    return [_row(row, me, leaf=leaf, rank=ranks.get(row.id), minutes=minutes) for row, leaf in leaves]


def _row(booking: Booking, me: Volunteer, *, leaf: Any, rank: int | None, minutes: Mapping[int, int]) -> dict[str, Any]:
    kind, words = state_of(booking, rank)
    return {
        **{name: getattr(leaf, name) for name in ("month", "day", "weekday", "title", "time")},
        "url": url_for("bookings.show", booking_id=booking.id),
        "booking_id": booking.id,
        "shift_id": booking.shift_id,
        "state": booking.state,
        "tag": kind,
        "word": words,
        "child": booking.volunteer.name if booking.volunteer_id != me.id else "",
        "moved": booking.ask_again,
        "until": when(booking.offered_until) if booking.offered_until else "",
        "asks": booking.state == S.OFFERED or (booking.ask_again and booking.state == S.CONFIRMED),
        "minutes": minutes.get(booking.id),
        "words": booking.shift.cancel_words if booking.state == S.CANCELLED_BY_ORGANISER else "",
    }


def booking_page(booking: Booking, me: Volunteer) -> dict[str, Any]:
    """Everything on the page of one booking: how it stands, what comes next, what can still be done."""
    shift = booking.shift
    kind, words = state_of(booking, ranks_of([booking]).get(booking.id))
    ended = booking.state not in (S.CONFIRMED, S.WAITING, S.OFFERED, S.ATTENDED, S.LEFT_EARLY)
    return {
        "booking": booking,
        "title": shift_title(shift),
        "span": full_span(shift.starts_at, shift.ends_at),
        "tag_kind": kind,
        "word": words,
        "heading": heading(booking, me),
        "facts": shift_facts(shift),
        "child": booking.volunteer.name if booking.volunteer_id != me.id else "",
        "children": [row.volunteer.name for row in children_in(booking)],
        "party": [row.volunteer.name for row in company(booking)],
        "with_me": names_along(booking),
        "words": _office_words(booking),
        "until": when(booking.offered_until) if booking.offered_until else "",
        "other": choice_for(booking),
        "begun": clock.now() >= shift.starts_at,
        "draw": when(shift.draw_at) if shift.draw_at and shift.drawn_at is None else "",
        "instead": cards_of(alternatives(shift, me)) if ended else [],
    }


def heading(booking: Booking, me: Volunteer) -> str:
    """The page's headline, in words to the reader."""
    if booking.volunteer_id != me.id:
        return str(_("%(name)s's booking", name=booking.volunteer.name))
    waits = _("You wait, and are told when a place is free")
    drawing = booking.shift.draw_at is not None and booking.shift.drawn_at is None
    titles = {
        S.CONFIRMED: _("You are booked. See you there"),
        S.WAITING: _("You are in the draw") if drawing else waits,
        S.OFFERED: _("A place is kept for you"),
        S.CANCELLED: _("You have cancelled. Thank you for saying so"),
        S.DECLINED: _("You gave the place to the next in the line"),
        S.EXPIRED: _("The offer has lapsed") if was_offered(booking) else _("No place came free this time"),
        S.CANCELLED_BY_ORGANISER: _("This booking was cancelled by the office"),
    }
    if booking.state == S.OFFERED and booking.ask_again:
        return str(_("The shift was moved. Does it still suit you?"))
    return str(titles.get(S(booking.state)) or _("Your booking"))


def shift_facts(shift: Shift) -> list[dict[str, str]]:
    """When, where and by when to be there; a home visit's address is told elsewhere, shortly before."""
    post = shift.post
    area = area_name(shift.area_code)
    where = area if post.care else _(", ").join((localised(post, "place"), area))
    return [
        {"icon": "cal", "label": _("When"), "value": full_span(shift.starts_at, shift.ends_at)},
        {"icon": "pin", "label": _("Where"), "value": where},
        {"icon": "clock", "label": _("Be there at"), "value": time_of(shift.starts_at - EARLY)},
    ]


def names_along(booking: Booking) -> list[str]:
    """Who comes along and leaves along: one's children, and the party for whoever leads it."""
    rows = {row.id: row.volunteer.name for row in (*children_in(booking), *company(booking))}
    return list(rows.values())


def _office_words(booking: Booking) -> str:
    """What the organiser wrote when the booking was taken out."""
    if booking.state != S.CANCELLED_BY_ORGANISER:
        return ""
    return booking.shift.cancel_words if booking.shift.status == ShiftStatus.CANCELLED else last_reason(booking)


def choice_for(booking: Booking) -> dict[str, Any]:
    """The shift that a moved one overlaps with now, when its holder must choose between the two; else empty."""
    if booking.state != S.OFFERED or not booking.ask_again:
        return {}
    other = clash_of(booking.volunteer_id, booking.shift)
    if other is None:
        return {}
    return {"id": other.id, "title": shift_title(other), "span": full_span(other.starts_at, other.ends_at)}
