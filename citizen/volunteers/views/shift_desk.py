"""The desk of one shift: its page, its size, words, time, draw and end."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from citizen.core import clock
from citizen.core.clock import local
from citizen.core.errors import Conflict, InvalidInput
from citizen.core.permissions import Permission
from citizen.volunteers.documents.desk_words import BOOKINGS, reason_word
from citizen.volunteers.documents.shift_board import sections
from citizen.volunteers.documents.shift_desk import desk_page, head
from citizen.volunteers.forms.shifts import CancelForm, DrawForm, EditForm, MoveForm, PlacesForm, span_of
from citizen.volunteers.models import Shift
from citizen.volunteers.queries.roster import roster_of
from citizen.volunteers.rules.booking import BookingState
from citizen.volunteers.rules.patterns import DRAW_BEFORE
from citizen.volunteers.rules.shifts import moment_of
from citizen.volunteers.services import shifts
from citizen.volunteers.services.draw import announce
from citizen.volunteers.services.moving import Moved, ensure_movable, move_shift, verdicts
from citizen.volunteers.services.posts import lead_with
from citizen.volunteers.views.deciding import decide, me, shift_of, subject_of
from citizen.volunteers.views.shifts import bp
from citizen.web.access import requires


@bp.get("/<int:shift_id>")
@requires(Permission.MANAGE_SHIFTS)
def show(shift_id: int) -> ResponseReturnValue:
    """Roster, line, history and everything that can be done."""
    shift = shift_of(shift_id)
    form = PlacesForm(version=shift.version, capacity=str(shift.capacity), min_needed=str(shift.min_needed))
    return _desk(shift_id, form)


@bp.post("/<int:shift_id>/places")
@requires(Permission.MANAGE_SHIFTS)
def places(shift_id: int) -> ResponseReturnValue:
    """More or fewer places; free ones go to the line at once."""
    form = PlacesForm()
    return decide(
        subject_of(shift_id),
        form,
        act=lambda shift: shifts.set_places(
            shift, form.capacity.number or 0, min_needed=form.min_needed.number or 0, by=me()
        ),
        page=lambda: _desk(shift_id, form),
        done=lambda asked: _("Kept. %(n)s of those who wait were offered a place.", n=len(asked)),
    )


def _desk(shift_id: int, form: PlacesForm) -> str:
    page = desk_page(shift_of(shift_id), now=clock.now())
    return render_template("shifts/show.html", form=form, form_errors=form.errors, sections=sections(""), **page)


@bp.get("/<int:shift_id>/edit")
@requires(Permission.MANAGE_SHIFTS)
def edit_form(shift_id: int) -> ResponseReturnValue:
    """The form for words and lead."""
    shift = shift_of(shift_id)
    return _page("edit", shift_id, EditForm(version=shift.version, note=shift.note))


@bp.post("/<int:shift_id>/edit")
@requires(Permission.MANAGE_SHIFTS)
def edit(shift_id: int) -> ResponseReturnValue:
    """Keep words and lead."""
    form = EditForm()
    return decide(
        subject_of(shift_id),
        form,
        act=lambda shift: _edit(shift, form),
        page=lambda: _page("edit", shift_id, form),
        done=lambda _result: _("Kept."),
    )


def _edit(shift: Shift, form: EditForm) -> None:
    lead_id = lead_with(form.lead.data).id if form.lead.data else shift.lead_id
    shifts.edit_shift(shift, note=form.note.data or "", lead_id=None if form.no_lead.data else lead_id, by=me())


@bp.get("/<int:shift_id>/move")
@requires(Permission.MANAGE_SHIFTS)
def move_form(shift_id: int) -> ResponseReturnValue:
    """The form for another time; with a time in the address, what would become of whom."""
    shift = shift_of(shift_id)
    if "starts" not in request.args:
        start, end = local(shift.starts_at), local(shift.ends_at)
        shown = {"day": start.date(), "starts": f"{start:%H:%M}", "ends": f"{end:%H:%M}"}
        return _page("move", shift_id, MoveForm(version=shift.version, **shown), preview=None)
    form = MoveForm(formdata=request.args, meta={"csrf": False})
    form.version.data = str(shift.version)
    preview, status = _preview(shift, form) if form.validate() else (None, 422)
    return _page("move", shift_id, form, preview=preview), status


def _preview(shift: Shift, form: MoveForm) -> tuple[list[dict[str, Any]] | None, int]:
    """What would become of each booking, or None when the shift cannot be moved there."""
    try:
        ensure_movable(shift, span_of(form))
    except InvalidInput as error:
        form.refuse(error, form.FALLBACK)
        return None, 422
    except Conflict as error:
        form.refuse(InvalidInput(error.message), form.FALLBACK)
        return None, 409
    found, roster = verdicts(shift, span_of(form)), roster_of(shift)
    return [
        {"name": place.volunteer.name, "now": BOOKINGS[place.booking.state], "then": _then(place.booking, found)}
        for place in (*roster.holding, *roster.line)
    ], 200


def _then(booking: Any, found: dict[int, str]) -> str:
    reason = found[booking.id]
    if booking.state == BookingState.WAITING:
        return str(_("keeps the number in the line"))
    if reason:
        return str(_("is asked, the place is kept: %(reason)s", reason=reason_word(reason)))
    return str(_("keeps the offer") if booking.state == BookingState.OFFERED else _("stays and is told"))


@bp.post("/<int:shift_id>/move")
@requires(Permission.MANAGE_SHIFTS)
def move(shift_id: int) -> ResponseReturnValue:
    """Move the shift; the report stands on its page."""
    form = MoveForm()
    return decide(
        subject_of(shift_id),
        form,
        act=lambda shift: move_shift(shift, *span_of(form), by=me()),
        page=lambda: _page("move", shift_id, form, preview=None),
        done=_moved,
    )


def _moved(result: Moved) -> str:
    counts = {
        "kept": len(result.kept) + len(result.offered),
        "asked": len(result.asked),
        "waiting": len(result.waiting),
    }
    return str(_("Moved. %(kept)s stay, %(asked)s must choose, %(waiting)s wait as before.", **counts))


@bp.get("/<int:shift_id>/cancel")
@requires(Permission.MANAGE_SHIFTS)
def cancel_form(shift_id: int) -> ResponseReturnValue:
    """Asks once, with the number of people who would be told."""
    return _page("cancel", shift_id, CancelForm(version=shift_of(shift_id).version))


@bp.post("/<int:shift_id>/cancel")
@requires(Permission.MANAGE_SHIFTS)
def cancel(shift_id: int) -> ResponseReturnValue:
    """Call the shift off."""
    form = CancelForm()
    return decide(
        subject_of(shift_id),
        form,
        act=lambda shift: shifts.cancel_shift(shift, form.words.data or "", by=me()),
        page=lambda: _page("cancel", shift_id, form),
        done=lambda told: ngettext("Cancelled. %(num)d person is told.", "Cancelled. %(num)d people are told.", told),
    )


@bp.get("/<int:shift_id>/draw")
@requires(Permission.MANAGE_SHIFTS)
def draw_form(shift_id: int) -> ResponseReturnValue:
    """The form for the time of a draw."""
    shift = shift_of(shift_id)
    day = local(max(shift.starts_at - DRAW_BEFORE, clock.now())).date()
    return _page("draw", shift_id, DrawForm(version=shift.version, day=day))


@bp.post("/<int:shift_id>/draw")
@requires(Permission.MANAGE_SHIFTS)
def draw(shift_id: int) -> ResponseReturnValue:
    """Let the places be drawn; the seed is published from now on."""
    form = DrawForm()
    return decide(
        subject_of(shift_id),
        form,
        act=lambda shift: _draw(shift, form),
        page=lambda: _page("draw", shift_id, form),
        done=lambda _result: _("The draw is announced; its seed is public."),
    )


def _draw(shift: Shift, form: DrawForm) -> None:
    shifts.ensure_open(shift)
    announce(shift, moment_of(form.day.day, form.time.data or ""), by=me())


def _page(name: str, shift_id: int, form: Any, **more: Any) -> str:
    """The page of one act, with what stands above every page of a shift."""
    shift = shift_of(shift_id)
    counts = {"told": shift.taken + shift.waiting, "own_lead": shift.lead_id is not None}
    return render_template(
        f"shifts/{name}.html",
        form=form,
        form_errors=form.errors,
        shift=head(shift, clock.now()),
        sections=sections(""),
        **counts,
        **more,
    )
