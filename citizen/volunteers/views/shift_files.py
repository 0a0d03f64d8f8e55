"""Files of rosters and shifts: asked for with a reason, which stays on record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.database import transaction
from citizen.core.errors import InvalidInput
from citizen.core.permissions import Permission
from citizen.volunteers.documents.shift_board import sections
from citizen.volunteers.documents.shift_desk import head
from citizen.volunteers.documents.shift_files import file_of, roster_table, shifts_table
from citizen.volunteers.forms.shifts import FileForm, PeriodFileForm
from citizen.volunteers.queries.board import Filter, shifts_between
from citizen.volunteers.queries.roster import roster_of
from citizen.volunteers.views.deciding import me, shift_of
from citizen.volunteers.views.shifts import bp
from citizen.web.access import requires

LONGEST = timedelta(days=366)


@bp.get("/<int:shift_id>/export")
@requires(Permission.MANAGE_SHIFTS)
def roster_form(shift_id: int) -> ResponseReturnValue:
    """Asks what the roster is needed for."""
    return _roster_page(shift_id, FileForm())


@bp.post("/<int:shift_id>/export")
@requires(Permission.MANAGE_SHIFTS)
def roster_file(shift_id: int) -> ResponseReturnValue:
    """The roster with full phone numbers; who asked and why is written down before the file goes out."""
    form = FileForm()
    if not form.validate():
        return _roster_page(shift_id, form), 422
    with transaction():
        roster = roster_of(shift_of(shift_id))
        detail = {"reason": form.reason.data, "people": len(roster.holding) + len(roster.line)}
        record("shift.roster_exported", "shift", subject_id=shift_id, actor=me().pair, detail=detail)
    header, rows = roster_table(roster_of(shift_of(shift_id)))
    return file_of(form.format.data, f"roster-{shift_id}", header=header, rows=rows)


def _roster_page(shift_id: int, form: Any) -> str:
    shift = head(shift_of(shift_id), clock.now())
    return render_template(
        "shifts/roster_file.html", form=form, form_errors=form.errors, shift=shift, sections=sections("")
    )


@bp.get("/export")
@requires(Permission.MANAGE_SHIFTS)
def period_form() -> ResponseReturnValue:
    """Which days, and what the file is needed for."""
    today = clock.today()
    return _period_page(PeriodFileForm(from_day=today.replace(day=1), until_day=today))


@bp.post("/export")
@requires(Permission.MANAGE_SHIFTS)
def period_file() -> ResponseReturnValue:
    """The shifts of some days with their numbers; no names."""
    form = PeriodFileForm()
    if not form.validate() or not _ensure_period(form):
        return _period_page(form), 422
    first, last = form.from_day.day, form.until_day.day
    with transaction():
        detail = {"reason": form.reason.data, "from": first.isoformat(), "until": last.isoformat()}
        record("shift.period_exported", "shift", subject_id=0, actor=me().pair, detail=detail)
    header, rows = shifts_table(shifts_between(first, last, Filter()), clock.now())
    return file_of(form.format.data, f"shifts-{first}-{last}", header=header, rows=rows)


def _ensure_period(form: PeriodFileForm) -> bool:
    """Whether the days make a period; says at the field what is wrong."""
    if not form.from_day.day <= form.until_day.day <= form.from_day.day + LONGEST:
        form.refuse(InvalidInput(_("Choose at most one year, the first day first."), "until_day"), "until_day")
        return False
    return True


def _period_page(form: Any) -> str:
    return render_template("shifts/period_file.html", form=form, form_errors=form.errors, sections=sections(""))
