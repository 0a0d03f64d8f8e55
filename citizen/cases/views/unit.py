"""A unit's inbox, made for the phone of somebody who stands in the street."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.cases.forms.unit import HINTS, FixForm, SignForm
from citizen.cases.forms.uploads import uploads_of
from citizen.cases.models import Case
from citizen.cases.queries import unit as queries
from citizen.cases.rules import CaseState, ensure_version
from citizen.cases.services import fixing
from citizen.cases.views import unit_rows
from citizen.cases.views.steps import attempt
from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import NotFound
from citizen.core.permissions import Permission
from citizen.web.access import requires

bp = Blueprint("unit", __name__, url_prefix="/unit")


@bp.get("/")
@requires(Permission.READ_UNIT_CASE)
def inbox() -> ResponseReturnValue:
    """What the unit has to do, nearest deadline first."""
    unit_code, now = _own_unit(), clock.now()
    wanted = request.args.get("show", "")
    segment = wanted if wanted in queries.SEGMENTS else queries.TO_DO
    cases, after = queries.inbox(unit_code, segment, now=now, after=request.args.get("after", ""))
    counts = queries.counts(unit_code, now)
    return render_template(
        "unit/inbox.html",
        unit=unit_rows.unit_row(unit_code),
        now=now,
        segments=unit_rows.segments(counts, segment),
        segment=segment,
        closed=counts[queries.DONE],
        jobs=unit_rows.jobs(cases, now),
        after=after,
    )


@bp.get("/cases/<number>")
@requires(Permission.READ_UNIT_CASE)
def case(number: str) -> ResponseReturnValue:
    """One case as its unit sees it."""
    found = queries.unit_case(_own_unit(), number)
    form = SignForm(formdata=None, version=found.version)
    return render_template("unit/case.html", form=form, **unit_rows.case_page(found, clock.now()))


@bp.post("/cases/<number>/sign")
@requires(Permission.FIX_CASE)
def sign(number: str) -> ResponseReturnValue:
    """Take a case on; a second press, or one after the system signed, changes nothing."""
    form = SignForm()
    code = queries.unit_case(_own_unit(), number).number
    with transaction():
        found = fixing.lock_unit_case(code, current_user)
        if found.signed_at is None:
            ensure_version(form.version.data, found.version)
            fixing.sign(found, fixing.unit_hand(current_user))
    flash(_("Signed. The deadline stays as it was set at dispatch."), "done")
    return redirect(url_for("unit.case", number=code), 303)


@bp.get("/cases/<number>/fix")
@requires(Permission.FIX_CASE)
def fix(number: str) -> ResponseReturnValue:
    """Photos, result and words; a case that is not being worked on shows its own page instead."""
    found = queries.unit_case(_own_unit(), number)
    if found.state != CaseState.IN_PROGRESS:
        return redirect(url_for("unit.case", number=found.number), 303)
    collecting = fixing.collecting(found)
    note = collecting.note if collecting else ""
    return _fix_page(found, FixForm(formdata=None, note=note, resolution=request.args.get("result")))


@bp.post("/cases/<number>/fix")
@requires(Permission.FIX_CASE)
def hand_in(number: str) -> ResponseReturnValue:
    """Keep photos and words, and hand them in when that button was pressed; what was kept stays whatever fails."""
    code = queries.unit_case(_own_unit(), number).number
    form = FixForm()
    typed_well = form.validate()
    status = _keep(form, code)
    if not status and typed_well and request.form.get("do") != "hand_in":
        return redirect(url_for("unit.fix", number=code, result=form.resolution.data), 303)
    status = status or (0 if typed_well else 422)
    status = status or attempt(form, partial(_hand_in, form, code), fallback="note")
    if status:
        return _fix_page(queries.unit_case(_own_unit(), code), form), status
    flash(_("Handed in. Somebody of another unit, drawn by the system, will check it."), "done")
    return redirect(url_for("unit.case", number=code), 303)


def _own_unit() -> str:
    """The signed-in person's unit; raises NotFound for somebody who has none."""
    if current_user.unit_code is None:
        raise NotFound()
    return str(current_user.unit_code)


def _keep(form: FixForm, code: str) -> int:
    """Store words and pictures, each picture by itself, so that one bad file costs no other; 0 or a status."""
    uploads = uploads_of(request.form, request.files)
    status = attempt(form, partial(_keep_words, form, code), fallback="note")
    for upload in uploads if not status else ():
        status = attempt(form, partial(_keep_photo, code, upload), fallback="photos") or status
    return status


def _keep_words(form: FixForm, code: str) -> None:
    found = fixing.lock_unit_case(code, current_user)
    by = fixing.unit_hand(current_user)
    if fixing.is_repetition(found, resolution=form.resolution.data or "", note=form.note.data or "", by=by):
        return
    kept = fixing.open_fix(found, by)
    if not form.note.errors:
        kept.note = form.note.data or ""
    if request.form.get("remove"):
        fixing.remove_photo(kept, request.form["remove"])


def _keep_photo(code: str, upload: fixing.Upload) -> None:
    found = fixing.lock_unit_case(code, current_user)
    if found.state == CaseState.IN_PROGRESS:
        fixing.add_photo(fixing.open_fix(found, fixing.unit_hand(current_user)), upload)


def _hand_in(form: FixForm, code: str) -> None:
    found = fixing.lock_unit_case(code, current_user)
    by = fixing.unit_hand(current_user)
    resolution, note = form.resolution.data or "", form.note.data or ""
    if fixing.is_repetition(found, resolution=resolution, note=note, by=by):
        return
    ensure_version(form.version.data, found.version)
    fixing.hand_in(found, fixing.open_fix(found, by), resolution=resolution, note=note, by=by)


def _fix_page(found: Case, form: FixForm) -> str:
    form.version.data = str(found.version)
    values = unit_rows.fix_page(found, clock.now())
    return render_template("unit/fix.html", form=form, hints=HINTS, form_errors=form.errors, **values)
