"""The desk of hours: what is to be confirmed, corrections with both figures, objections, notices, one volunteer's ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.extensions import db
from citizen.volunteers.documents.cards import full_span, shift_title, span
from citizen.volunteers.documents.hour_notices import notice_row, post_name
from citizen.volunteers.documents.hours import entry_rows, figure_now, request_rows, service_of
from citizen.volunteers.models import HoursObjection, HoursRequest, Volunteer
from citizen.volunteers.queries import hours_desk as queries
from citizen.volunteers.queries.hour_notices import notices, open_objections, posts_of
from citizen.volunteers.queries.hours import day_minutes, entries_of, hour_rules, own_people, total_minutes
from citizen.volunteers.queries.hours_desk import Waiting, bookings_by_id
from citizen.volunteers.rules.hours import BULK, KIND_WORDS, Kind, credited, last_month
from citizen.volunteers.rules.ledger import lines_of
from citizen.web.templating import clock as wall
from citizen.web.templating import day, when

#: The views of the desk, in the order shown.
VIEWS: dict[str, Any] = {
    "confirm": _l("To confirm"),
    "missing": _l("Sign-out missing"),
    "corrections": _l("Corrections"),
    "objections": _l("Objections"),
    "notices": _l("Public notices"),
}


def desk_page(view: str, *, viewer_id: int, page: int = 1) -> dict[str, Any]:
    """The views with their counts, and the rows of the one that is open."""
    now = clock.now()
    counts = queries.counts(now)
    tabs = [
        {
            "label": word,
            "url": url_for("hours_desk.index", view=code),
            "current": code == view,
            "count": counts.get(code),
        }
        for code, word in VIEWS.items()
    ]
    rows: dict[str, Any] = {
        "confirm": lambda: _to_confirm(viewer_id, page),
        "missing": lambda: {"rows": [_missing(row, viewer_id) for row in queries.without_end(now)]},
        "corrections": lambda: {"rows": _corrections(viewer_id)},
        "objections": lambda: {"rows": _objections(viewer_id)},
        "notices": lambda: {
            "rows": [notice_row(row, now) for row in notices()],
            "month": last_month(clock.today()),
        },
    }
    return {"view": view, "tabs": tabs, **rows[view]()}


def _to_confirm(viewer_id: int, page: int) -> dict[str, Any]:
    found = queries.to_confirm(page=page)
    return {
        "rows": [_ready(row, viewer_id) for row in found[:BULK]],
        "prev": url_for("hours_desk.index", view="confirm", page=page - 1) if page > 1 else "",
        "next": url_for("hours_desk.index", view="confirm", page=page + 1) if len(found) > BULK else "",
    }


def _waiting(row: Waiting, viewer_id: int) -> dict[str, Any]:
    shift, volunteer = row.booking.shift, row.booking.volunteer
    return {
        "id": row.booking.id,
        "name": volunteer.name,
        "url": url_for("hours_desk.ledger", volunteer_id=volunteer.id),
        "title": shift_title(shift),
        "span": full_span(shift.starts_at, shift.ends_at),
        "came": wall(row.came),
        "own": viewer_id in own_people(volunteer),
    }


def _ready(row: Waiting, viewer_id: int) -> dict[str, Any]:
    shift, left = row.booking.shift, row.left or row.came
    on = clock.local(shift.starts_at).date()
    used, cap = day_minutes(row.booking.volunteer_id, on), hour_rules().daily_cap
    return {
        **_waiting(row, viewer_id),
        "times": span(row.came, left),
        "present": int((left - row.came).total_seconds() // 60),
        "scheduled": shift.minutes,
        "credit": credited((row.came, left), scheduled=shift.minutes, used=used, cap=cap),
    }


def _missing(row: Waiting, viewer_id: int) -> dict[str, Any]:
    return {**_waiting(row, viewer_id), "usual_end": wall(row.booking.shift.ends_at)}


def _names(ids: set[int]) -> dict[int, str]:
    rows = db.session.execute(db.select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _corrections(viewer_id: int) -> list[dict[str, Any]]:
    requests = queries.pending_requests()
    names = _names({row.requested_by for row in requests})
    bookings = bookings_by_id({row.booking_id for row in requests if row.booking_id is not None})
    return [_correction(row, bookings, viewer_id=viewer_id, by=names.get(row.requested_by, "")) for row in requests]


def _correction(request: HoursRequest, bookings: Mapping[int, Any], *, viewer_id: int, by: str) -> dict[str, Any]:
    volunteer = db.session.get_one(Volunteer, request.volunteer_id)
    own, booking = own_people(volunteer), bookings.get(request.booking_id or 0)
    return {
        "id": request.id,
        "version": request.version,
        "name": volunteer.name,
        "url": url_for("hours_desk.ledger", volunteer_id=volunteer.id),
        "title": service_of(booking),
        "when": full_span(booking.shift.starts_at, booking.shift.ends_at) if booking else day(request.day),
        "kind": str(KIND_WORDS[request.kind]),
        "now": figure_now(request, entries_of(volunteer.id)),
        "asked": request.minutes,
        "reason": request.reason,
        "by": _("the volunteer") if request.requested_by in own else by,
        "at": when(request.requested_at),
        "barred": _barred(viewer_id, request, own),
    }


def _barred(viewer_id: int, request: HoursRequest, own: frozenset[int]) -> str:
    """Why the viewer does not decide; empty when nothing speaks against it."""
    if request.requested_by == viewer_id:
        return str(_("You asked for this correction, so another person decides on it."))
    return str(_("These are your own hours or your child's: a colleague decides.")) if viewer_id in own else ""


def _objections(viewer_id: int) -> list[dict[str, Any]]:
    found = open_objections()
    posts = posts_of({entry.booking_id for _row, entry, _who in found if entry.booking_id is not None})
    return [
        {
            **_objection(objection, volunteer, viewer_id=viewer_id),
            "title": post_name(posts.get(entry.booking_id or 0)),
            "day": day(entry.day),
            "now": next(line.minutes for line in lines_of(entries_of(volunteer.id)) if entry in line.entries),
            "booked": entry.booking_id is not None,
        }
        for objection, entry, volunteer in found
    ]


def _objection(objection: HoursObjection, volunteer: Volunteer, *, viewer_id: int) -> dict[str, Any]:
    return {
        "id": objection.id,
        "version": objection.version,
        "name": volunteer.name,
        "url": url_for("hours_desk.ledger", volunteer_id=volunteer.id),
        "words": objection.words,
        "contact": objection.contact,
        "at": when(objection.created_at),
        "own": viewer_id in own_people(volunteer),
    }


def ledger_page(volunteer: Volunteer, *, viewer_id: int, before: int | None) -> dict[str, Any]:
    """One volunteer's ledger as the desk sees it."""
    entries = entries_of(volunteer.id)
    rows, older = entry_rows(entries, before=before)
    back = {row.reverses_id for row in entries}
    kinds = {row.id: row for row in entries}
    for row in rows:
        entry = kinds[row["id"]]
        row["can_change"] = entry.kind != Kind.REVERSAL and entry.id not in back and bool(entry.minutes)
    return {
        "volunteer": volunteer,
        "total": total_minutes(volunteer.id),
        "rows": rows,
        "older": url_for("hours_desk.ledger", volunteer_id=volunteer.id, before=older) if older else "",
        "requests": request_rows(queries.requests_of(volunteer.id), entries),
        "own": viewer_id in own_people(volunteer),
    }


def results(found: Sequence[tuple[int, str, str]], bookings: Mapping[int, Any]) -> list[dict[str, str]]:
    """What came of each row of the last go: (booking, state, words)."""
    return [
        {
            "name": bookings[id_].volunteer.name if id_ in bookings else "–",
            "title": shift_title(bookings[id_].shift) if id_ in bookings else "",
            "when": day(bookings[id_].shift.starts_at) if id_ in bookings else "",
            "state": state,
            "words": words,
        }
        for id_, state, words in found
    ]
