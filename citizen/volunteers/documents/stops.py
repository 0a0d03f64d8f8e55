"""Stops in words: when, where, how far they have got, and what one would do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from citizen.accounts.queries import people_by_id
from citizen.volunteers.documents.cards import area_name, full_span
from citizen.volunteers.documents.shift_board import row_of, sections
from citizen.volunteers.documents.shift_desk import masked
from citizen.volunteers.forms.stops import STOP_WORDS
from citizen.volunteers.models import Stop
from citizen.volunteers.queries import stops as queries
from citizen.volunteers.queries.stops import Reach
from citizen.web.templating import when


def list_page(now: datetime) -> dict[str, Any]:
    """The stops, newest first."""
    rows = queries.stops()
    far = queries.progress([row.id for row in rows])
    people = people_by_id({row.created_by for row in rows})
    shown = [_row(row, now, far=far[row.id], by=people[row.created_by].name) for row in rows]
    return {"rows": shown, "sections": sections("stops")}


def _row(stop: Stop, now: datetime, *, far: tuple[int, int], by: str) -> dict[str, Any]:
    look, word = _state(stop, now)
    return {
        "id": stop.id,
        "reason": STOP_WORDS[stop.reason],
        "words": stop.words,
        "span": full_span(stop.starts_at, stop.ends_at),
        "where": area_name(stop.area_code) if stop.area_code else _("the whole county"),
        "what": _("outdoor posts") if stop.outdoors_only else _("all posts"),
        "shifts": far[0],
        "left": far[1],
        "look": look,
        "word": word,
        "by": by,
        "at": when(stop.created_at),
        "may_lift": stop.lifted_at is None and stop.ends_at > now,
    }


def _state(stop: Stop, now: datetime) -> tuple[str, str]:
    if stop.lifted_at is not None:
        return "none", _("Lifted")
    if stop.ends_at <= now:
        return "none", _("Over")
    return ("overdue", _("In force")) if stop.starts_at <= now else ("waiting", _("To come"))


def preview_of(reach: Reach, now: datetime) -> dict[str, Any]:
    """How many shifts and people a stop would reach, and whose shifts have begun already."""
    found = queries.preview(reach, now=now)
    leads = people_by_id({shift.leads for shift in found.running if shift.leads})
    return {
        "shifts": found.shifts,
        "people": found.people,
        "running": [{**row_of(shift, now), "lead": _lead(leads.get(shift.leads or 0))} for shift in found.running],
        "span": full_span(reach.starts_at, reach.ends_at),
    }


def _lead(person: Any) -> str:
    return f"{person.name} {masked(person)}" if person else ""
