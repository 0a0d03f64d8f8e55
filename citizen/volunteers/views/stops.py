"""The desk's stops: heat, storm, bad air; looked at before, called by one act, lifted by another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import InvalidInput
from citizen.core.permissions import Permission
from citizen.volunteers.documents.posts import area_choices
from citizen.volunteers.documents.shift_board import sections
from citizen.volunteers.documents.stops import list_page, preview_of
from citizen.volunteers.forms.desk_fields import BIGGEST_ID
from citizen.volunteers.forms.stops import StopForm
from citizen.volunteers.services import stops
from citizen.volunteers.views.deciding import kept_of, me
from citizen.volunteers.views.shifts import bp
from citizen.web.access import requires
from citizen.web.idempotency import fingerprint, new_key, store_answer, stored_answer

SCOPE = "stop"


@bp.get("/stops", endpoint="stops")
@requires(Permission.MANAGE_SHIFTS)
def stops_list() -> ResponseReturnValue:
    """Stops in force, to come and past, with how far they have got."""
    return render_template("shifts/stops.html", **list_page(clock.now()))


@bp.get("/stops/new")
@requires(Permission.MANAGE_SHIFTS)
def stop_new() -> ResponseReturnValue:
    """The form; with values in the address, how many shifts and people it would reach."""
    now = clock.local(clock.now())
    if "reason" not in request.args:
        later = now + timedelta(hours=12)
        hours = {"from_time": f"{now:%H}:00", "until_time": f"{later:%H}:00"}
        return _page(StopForm(from_day=now.date(), until_day=later.date(), **hours))
    form = StopForm(formdata=request.args, meta={"csrf": False})
    if not form.validate() or not _possible(form):
        return _page(form), 422
    form.key.data = new_key()
    return _page(form, preview=preview_of(form.to_draft().reach, clock.now()))


def _possible(form: StopForm) -> bool:
    try:
        stops.ensure_stop(form.to_draft())
    except InvalidInput as error:
        form.refuse(error, form.FALLBACK)
        return False
    return True


@bp.post("/stops/new")
@requires(Permission.MANAGE_SHIFTS)
def stop_call() -> ResponseReturnValue:
    """Stop everything within reach, once for each form."""
    form = StopForm()
    if not form.validate() or not _possible(form):
        return _page(form), 422
    content = fingerprint(*(str(row["values"]) for row in kept_of(form)))
    try:
        with transaction():
            if stored_answer(SCOPE, form.key.data or "", content=content) is None:
                stop = stops.call_stop(form.to_draft(), by=me())
                store_answer(SCOPE, form.key.data or "", content=content, answer=str(stop.id))
    except InvalidInput as error:
        form.refuse(error, form.FALLBACK)
        return _page(form), 422
    flash(_("Stopped. Nobody can book any more; everybody concerned is being told."), "done")
    return redirect(url_for("shifts.stops"), 303)


@bp.post("/stops/<int:stop_id>/lift")
@requires(Permission.MANAGE_SHIFTS)
def stop_lift(stop_id: int) -> ResponseReturnValue:
    """Let new shifts of the time take place again."""
    with transaction():
        stops.lift_stop(min(stop_id, BIGGEST_ID), by=me())
    flash(_("Lifted. What was cancelled stays cancelled; make new shifts where they are needed."), "done")
    return redirect(url_for("shifts.stops"), 303)


def _page(form: StopForm, *, preview: Any = None) -> str:
    form.area.choices = area_choices(_("The whole county"))
    return render_template(
        "shifts/stop_new.html",
        form=form,
        form_errors=form.errors,
        preview=preview,
        kept=kept_of(form),
        sections=sections("stops"),
    )
