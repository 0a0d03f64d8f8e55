"""The confirmation at the end of a shift: whose service is complete and goes to the ledger, and what is missing for the rest."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from citizen.volunteers.documents.roster import people, shift_head
from citizen.volunteers.models import Shift
from citizen.volunteers.queries.leads import roster
from citizen.volunteers.rules.booking import PRESENT, BookingState, By
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.rules.sign_in import NO_SHOW_AFTER


def confirm_page(shift: Shift, now: datetime, *, by: By) -> dict[str, Any]:
    """Everything of the page."""
    on_it = roster(shift)
    mine = {row.booking.id for row in on_it if row.volunteer.person_id == by.person_id}
    rows = people(shift, on_it)
    there = [row for row in rows if row["state"] in PRESENT and not row["ledger"]]
    whole = [row for row in there if row["came"] and row["went"]]
    missing = [row for row in rows if row["state"] == BookingState.CONFIRMED]
    return {
        "shift": shift_head(shift),
        "ready": [{**row, "length": _length(row)} for row in whole if row["id"] not in mine],
        "own": [row for row in whole if row["id"] in mine],
        "no_out": [row for row in there if not row["went"]],
        "missing": missing,
        "undecided": [row for row in rows if row["undecided"]],
        "done": [row for row in rows if row["ledger"]],
        "can_close": bool(missing) and now >= shift.starts_at + NO_SHOW_AFTER and shift.status == ShiftStatus.OPEN,
        "running": now < shift.ends_at,
    }


def _length(row: dict[str, Any]) -> str:
    minutes = int((row["went"].at - row["came"].at).total_seconds() // 60)
    return str(_("%(n)s minutes", n=minutes))
