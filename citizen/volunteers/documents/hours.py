"""A volunteer's hours as a page: every entry with the total that it led to, what waits, and what is certified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from citizen.certificates.rules import hours
from citizen.core import clock
from citizen.core.content import content
from citizen.volunteers.documents.cards import shift_title, span
from citizen.volunteers.models import Booking, HoursEntry, HoursRequest, Volunteer
from citizen.volunteers.queries.attendance import Marks, marks_of
from citizen.volunteers.queries.doubts import doubts_now
from citizen.volunteers.queries.hours import entries_of, hour_rules, presence_of
from citizen.volunteers.queries.hours_desk import Waiting, bookings_by_id, requests_of, unconfirmed_of
from citizen.volunteers.queries.volunteers import children_of
from citizen.volunteers.rules.hours import (
    CORRECTION,
    KIND_WORDS,
    REQUEST_WORDS,
    Kind,
    RequestState,
    most_for,
    star_of,
)
from citizen.volunteers.rules.ledger import certifiable, lines_of
from citizen.volunteers.rules.sign_in import Direction
from citizen.web.templating import day

#: Entries on a page.
PAGE = 60
_STATES = {RequestState.PENDING: "waiting", RequestState.APPROVED: "done", RequestState.REFUSED: "held"}


def signed(minutes: int) -> str:
    """Minutes with their sign: +90, −30, 0."""
    return f"{'+' if minutes > 0 else '−' if minutes < 0 else ''}{abs(minutes)}"


def service_of(booking: Booking | None) -> str:
    """What was served where; entries without a booking say so."""
    return shift_title(booking.shift) if booking is not None else _("Service without a shift here")


def mine_page(me: Volunteer, who: Volunteer, *, before: int | None) -> dict[str, Any]:
    """Everything of the page about the hours of ``who``: the viewer or a child in their care."""
    entries, now = entries_of(who.id), clock.now()
    rows, older = entry_rows(entries, before=before)
    requests = requests_of(who.id)
    return {
        "who": who,
        "family": _family(me, who),
        "summary": _summary(entries),
        "rows": rows,
        "older": url_for("hours.mine", of=who.id, before=older) if older else "",
        "newest": url_for("hours.mine", of=who.id) if before else "",
        "waiting": [_waiting(row, now) for row in unconfirmed_of(who.id)],
        "requests": request_rows(requests, entries),
        "certificate": _certificate(who, entries),
    }


def _family(me: Volunteer, who: Volunteer) -> list[dict[str, Any]]:
    people = [(me, _("Mine")), *((child, child.name) for child in children_of(me.id))]
    if len(people) == 1:
        return []
    return [
        {"label": word, "url": url_for("hours.mine", of=row.id), "current": row.id == who.id} for row, word in people
    ]


def _summary(entries: Sequence[HoursEntry]) -> list[dict[str, str]]:
    total, year = sum(row.minutes for row in entries), clock.today().year
    this_year = sum(row.minutes for row in entries if row.day.year == year)
    served = sum(line.minutes > 0 for line in lines_of(entries))
    rows = [
        {"label": _("Credited so far"), "value": _("%(hours)s hours", hours=hours(total)), "note": _exact(total)},
        {"label": _("This year"), "value": _("%(hours)s hours", hours=hours(this_year)), "note": _exact(this_year)},
        {"label": _("Times served"), "value": str(served), "note": ""},
    ]
    steps = hour_rules().stars
    stars = star_of(total, steps)
    if stars:
        words = _("%(hours)s hours reached", hours=steps[stars - 1])
        rows.append({"label": _("County stars"), "value": "★" * stars, "note": words})
    return rows


def _exact(minutes: int) -> str:
    return str(_("exactly %(minutes)s minutes", minutes=minutes))


def entry_rows(entries: Sequence[HoursEntry], *, before: int | None = None) -> tuple[list[dict[str, Any]], int | None]:
    """One page of entries, the latest first, each with the total after it; and where the next page begins."""
    totals, total = {}, 0
    for row in entries:
        total += row.minutes
        totals[row.id] = total
    shown = [row for row in reversed(entries) if before is None or row.id < before]
    older = shown[PAGE - 1].id if len(shown) > PAGE else None
    shown = shown[:PAGE]
    bookings = bookings_by_id({row.booking_id for row in shown if row.booking_id is not None})
    first = {line.booking_id: line.entry_id for line in lines_of(entries) if line.booking_id is not None}
    marks = marks_of(bookings.keys())
    pages = [_entry(row, bookings.get(row.booking_id or 0), totals[row.id]) for row in shown]
    for page, row in zip(pages, shown, strict=True):
        page["time"] = _time(marks.get(row.booking_id or 0, {})) if row.kind == Kind.AUTO else ""
        page["can_ask"] = row.kind == Kind.AUTO and _in_time(row) and first.get(row.booking_id or 0) == row.id
    return pages, older


def _in_time(entry: HoursEntry) -> bool:
    return clock.now() <= entry.created_at + CORRECTION


def _entry(entry: HoursEntry, booking: Booking | None, total: int) -> dict[str, Any]:
    return {
        "id": entry.id,
        "booking_id": entry.booking_id,
        "day": day(entry.day),
        "title": service_of(booking),
        "kind": str(KIND_WORDS[entry.kind]),
        "minutes": signed(entry.minutes),
        "total": str(total),
        "reason": entry.reason,
    }


def _time(marks: Marks) -> str:
    whole = Direction.IN in marks and Direction.OUT in marks
    return span(marks[Direction.IN].at, marks[Direction.OUT].at) if whole else ""


def _waiting(row: Waiting, now: datetime) -> dict[str, Any]:
    shift = row.booking.shift
    over = shift.ends_at <= now
    if row.left is None:
        words = _("You have not signed out. The lead enters the end.") if over else _("Under way")
    else:
        words = _("Waits for the lead or the coordinator to confirm it.")
    return {
        "booking_id": row.booking.id,
        "title": shift_title(shift),
        "day": day(shift.starts_at),
        "words": words,
        "can_ask": over and now <= shift.ends_at + CORRECTION,
    }


def request_rows(requests: Sequence[HoursRequest], entries: Sequence[HoursEntry]) -> list[dict[str, Any]]:
    """Corrections with both figures."""
    bookings = bookings_by_id({row.booking_id for row in requests if row.booking_id is not None})
    return [
        {
            "day": day(row.day),
            "title": service_of(bookings.get(row.booking_id or 0)),
            "kind": str(KIND_WORDS[row.kind]),
            "now": figure_now(row, entries),
            "asked": row.minutes,
            "reason": row.reason,
            "state": _STATES[RequestState(row.state)],
            "word": str(REQUEST_WORDS[row.state]),
            "pending": row.state == RequestState.PENDING,
            "words": row.words,
        }
        for row in requests
    ]


def figure_now(request: HoursRequest, entries: Sequence[HoursEntry]) -> int:
    """What the ledger says without the request's own entry: of the booking, or of the entry to be taken back."""
    others = [row for row in entries if row.request_id != request.id]
    if request.booking_id is not None:
        return sum(row.minutes for row in others if row.booking_id == request.booking_id)
    return sum(row.minutes for row in others if row.id == request.entry_id)


def _certificate(who: Volunteer, entries: Sequence[HoursEntry]) -> dict[str, Any]:
    doubted, bookings = doubts_now(who.id)
    lines = lines_of(entries)
    ready = certifiable(lines, year=None, entries=doubted, bookings=bookings)
    years: Mapping[int, int] = {
        year: sum(line.minutes for line in ready if line.day.year == year)
        for year in sorted({line.day.year for line in ready}, reverse=True)
    }
    total = sum(years.values())
    periods = [("all", _("All of it"), hours(total)), *((str(year), str(year), hours(n)) for year, n in years.items())]
    return {
        "periods": periods if total else [],
        "doubted": sum(line.minutes > 0 for line in lines) - len(ready),
        "office": content().site["office"],
    }


def correction_page(booking: Booking, entries: Sequence[HoursEntry]) -> dict[str, Any]:
    """What a volunteer sees who asks for a correction."""
    shift, presence = booking.shift, presence_of(booking.id)
    minutes = sum(row.minutes for row in entries if row.booking_id == booking.id)
    return {
        "booking": booking,
        "title": shift_title(shift),
        "day": day(shift.starts_at),
        "planned": span(shift.starts_at, shift.ends_at),
        "came": presence.get("in"),
        "left": presence.get("out"),
        "now": minutes,
        "most": most_for(shift.minutes, hour_rules().daily_cap),
    }
