"""The desk of one shift: its facts, roster, line, history and what can be done now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _

from citizen.accounts.models import Person
from citizen.accounts.queries import people_by_id
from citizen.accounts.rules import Contact
from citizen.core.audit import Event, history
from citizen.core.clock import local
from citizen.extensions import db
from citizen.volunteers.documents.cards import area_name, full_span
from citizen.volunteers.documents.desk_words import ACTORS, BOOKINGS, EVENTS, reason_word, shift_tag
from citizen.volunteers.documents.shift_board import title
from citizen.volunteers.models import Shift, ShiftTemplate, Stop, Team
from citizen.volunteers.queries.roster import Place, events_of, roster_of
from citizen.volunteers.rules.booking import Actor, BookingState
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.web.templating import clock, when


def head(shift: Shift, now: datetime) -> dict[str, Any]:
    """What stands above every page of a shift."""
    look, word = shift_tag(shift, now)
    return {
        "id": shift.id,
        "version": shift.version,
        "title": title(shift),
        "when": full_span(shift.starts_at, shift.ends_at),
        "area": area_name(shift.area_code),
        "look": look,
        "word": word,
        "url": url_for("shifts.show", shift_id=shift.id),
    }


def masked(person: Person | None) -> str:
    """Enough of a phone number or address to tell people apart."""
    return Contact(email=person.email, phone=person.phone).shown if person and (person.phone or person.email) else "–"


def desk_page(shift: Shift, *, now: datetime) -> dict[str, Any]:
    """Everything of the page."""
    roster = roster_of(shift)
    open_ = shift.status == ShiftStatus.OPEN
    coming = open_ and shift.starts_at > now
    return {
        "shift": head(shift, now),
        "facts": _facts(shift),
        "places": {
            "taken": shift.taken,
            "capacity": shift.capacity,
            "needed": shift.min_needed,
            "waiting": shift.waiting,
        },
        "holding": [_line(place) for place in roster.holding],
        "line": [_line(place) for place in roster.line],
        "out": [_line(place) for place in roster.out],
        "events": _events(shift),
        "moved": _last_move(shift, roster.holding + roster.line + roster.out),
        "coming": coming,
        "may_change": open_ and shift.ends_at > now,
        "may_draw": coming and shift.draw_at is None and not shift.taken and not shift.waiting,
        "draw_at": shift.draw_at,
        "drawn": shift.drawn_at is not None,
        "seed": shift.draw_seed,
        "cancel_words": shift.cancel_words,
        "links": _links(shift),
    }


def _links(shift: Shift) -> list[tuple[str, str]]:
    """Pages of other parts of the feature about the same shift, as far as they are installed."""
    pages = [("volunteers.shift", _("See it as everybody does")), ("leads.roster", _("Roll call"))]
    pages += [("care.desk", _("Address of the home visit"))] if shift.post.care else []
    return [(url_for(name, shift_id=shift.id), word) for name, word in pages if name in current_app.view_functions]


def _facts(shift: Shift) -> list[dict[str, Any]]:
    """Lead, origin and words of a shift."""
    lead = people_by_id({shift.leads}).get(shift.leads) if shift.leads else None
    template = db.session.get(ShiftTemplate, shift.template_id) if shift.template_id else None
    team = db.session.get(Team, shift.team_id) if shift.team_id else None
    own = _("for this shift only") if shift.lead_id else ""
    rows = [
        (_("Area"), area_name(shift.area_code), ""),
        (_("Post"), title(shift), url_for("shifts.post", post_id=shift.post_id)),
        (_("Lead"), " ".join(part for part in (lead.name, masked(lead), own) if part) if lead else _("none"), ""),
        (_("Pattern"), _("weekly pattern"), url_for("shifts.template", template_id=template.id)) if template else None,
        (_("Team"), team.name, "") if team else None,
        (_("Stopped by"), _("a stop"), url_for("shifts.stops")) if db.session.get(Stop, shift.stop_id or 0) else None,
        (_("Note"), shift.note, "") if shift.note else None,
    ]
    return [{"label": row[0], "value": row[1], "href": row[2]} for row in rows if row]


def _line(place: Place) -> dict[str, Any]:
    """One person of the roster or the line."""
    booking, volunteer = place.booking, place.volunteer
    look, word = BOOKINGS[booking.state]
    profile = "register.show" in current_app.view_functions
    return {
        "id": booking.id,
        "name": volunteer.name,
        "profile": url_for("register.show", volunteer_id=volunteer.id) if profile else "",
        "phone": masked(place.person),
        "guardian": place.guardian.name if place.guardian else "",
        "look": look,
        "word": _("Number %(n)s", n=booking.wait_no)
        if booking.wait_no and booking.state == BookingState.WAITING
        else word,
        "notes": _notes(place),
        "came": clock(place.came.at) if place.came else "",
        "went": clock(place.went.at) if place.went else "",
        "may_leave": booking.state in (BookingState.CONFIRMED, BookingState.OFFERED, BookingState.WAITING),
        "out_url": url_for("shifts.take_out", booking_id=booking.id),
    }


def _notes(place: Place) -> list[str]:
    booking = place.booking
    notes = [
        _("keeps the place until %(when)s", when=when(booking.offered_until)) if booking.offered_until else "",
        _("asked whether the new time suits") if booking.ask_again else "",
        _("condition set aside: %(words)s", words=booking.override) if booking.override else "",
        _("passed over: %(reason)s", reason=reason_word(place.skipped)) if place.skipped else "",
        _("enters the draw") if booking.state == BookingState.WAITING and booking.wait_no is None else "",
        _("group") if booking.party_id else "",
    ]
    return [note for note in notes if note]


def _events(shift: Shift) -> list[dict[str, Any]]:
    """What happened to the bookings, newest first; staff by name, volunteers as such."""
    rows = events_of(shift)
    staff = (Actor.COORDINATOR, Actor.LEAD)
    people = people_by_id({event.actor_id for event, _name in rows if event.actor_id and event.actor_role in staff})
    return [
        {
            "iso": local(event.at).isoformat(),
            "when": when(event.at),
            "name": name,
            "what": EVENTS.get(event.name, event.name),
            "why": reason_word(event.reason),
            "by": _who(people.get(event.actor_id or 0), event.actor_role),
        }
        for event, name in rows
    ]


def _who(person: Person | None, role: str) -> str:
    word = str(ACTORS.get(role, role))
    return f"{word} {person.name}" if person else word


def _last_move(shift: Shift, places: list[Place]) -> dict[str, Any] | None:
    """What became of whom when the shift was last moved; None for one that never was."""
    events: list[Event] = [event for event in history("shift", shift.id) if event.action == "shift.moved"]
    if not events:
        return None
    names = {place.booking.id: place.volunteer.name for place in places}
    detail = events[-1].detail
    was = [datetime.fromisoformat(text) for text in detail["from"]]
    return {
        "was": full_span(was[0], was[1]),
        "at": when(events[-1].at),
        "kept": [names.get(id_, "") for id_ in detail["kept"]],
        "asked": [(names.get(int(id_), ""), reason_word(reason)) for id_, reason in detail["asked"].items()],
        "offered": [names.get(id_, "") for id_ in detail["offered"]],
        "waiting": [names.get(id_, "") for id_ in detail["waiting"]],
    }
