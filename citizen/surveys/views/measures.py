"""The desk's definitions: numbers of measures, written in both languages, fixed once a survey opens with them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.core.numbers import parse_int
from citizen.core.permissions import Permission
from citizen.surveys.documents.measures import list_page, measure_page, sheet_page
from citizen.surveys.forms.measures import ItemRow, MeasureSheet
from citizen.surveys.models import Measure
from citizen.surveys.queries.measures import definition_of, measure_of
from citizen.surveys.services import measures
from citizen.web.access import requires
from citizen.web.idempotency import fingerprint, new_key, once, typed_key

bp = Blueprint("measures", __name__, url_prefix="/office/measures")
SCOPE = "measure"


@bp.get("/")
@requires(Permission.MANAGE_WAVE)
def index() -> ResponseReturnValue:
    """Every number of every measure."""
    return render_template("measures/index.html", **list_page())


@bp.get("/new")
@requires(Permission.MANAGE_WAVE)
def new_form() -> ResponseReturnValue:
    """The empty sheet."""
    return _editor(MeasureSheet(key=new_key(), items=[ItemRow.blank()]))


@bp.post("/new")
@requires(Permission.MANAGE_WAVE)
def new() -> ResponseReturnValue:
    """Add or remove a row, or make the measure, once for each form."""
    sheet = MeasureSheet.read(request.form)
    focus = sheet.reshape(request.form.get("act", ""))
    if focus is not None:
        return _editor(_unjudged(sheet), focus=focus)
    try:
        with transaction():
            measure_id = _create(sheet)
    except InvalidInput as error:
        _refuse(sheet, error)
        return _editor(sheet), 422
    flash(_("The definition is kept. A survey can open with it once nothing is missing."), "done")
    return redirect(url_for("measures.show", measure_id=measure_id), 303)


def _create(sheet: MeasureSheet) -> str:
    sheet.key = typed_key(sheet.key)
    content = fingerprint(sheet.typed)
    return once(
        SCOPE,
        sheet.key,
        content=content,
        make=lambda: measures.create_measure(sheet.code, sheet.to_definition(), by=me()).id,
    )


@bp.get("/<int:measure_id>")
@requires(Permission.MANAGE_WAVE)
def show(measure_id: int) -> ResponseReturnValue:
    """One number."""
    return render_template("measures/show.html", **measure_page(measure_of(measure_id)))


@bp.get("/<int:measure_id>/edit")
@requires(Permission.MANAGE_WAVE)
def edit_form(measure_id: int) -> ResponseReturnValue:
    """The sheet of a draft."""
    measure = measure_of(measure_id)
    if measure.fixed_at is not None:
        return redirect(url_for("measures.show", measure_id=measure_id), 303)
    sheet = MeasureSheet.of(definition_of(measure), code=measure.code, version=measure.version)
    return _editor(sheet, measure=measure)


@bp.post("/<int:measure_id>/edit")
@requires(Permission.MANAGE_WAVE)
def edit(measure_id: int) -> ResponseReturnValue:
    """Add or remove a row, or keep the draft."""
    measure, sheet = measure_of(measure_id), MeasureSheet.read(request.form)
    sheet.code = measure.code
    focus = sheet.reshape(request.form.get("act", ""))
    if focus is not None:
        return _editor(_unjudged(sheet), measure=measure, focus=focus)
    seen = parse_int(sheet.version, 0, 2**31 - 1) or 0
    try:
        with transaction():
            measures.rewrite_measure(
                measure_id, sheet.to_definition(), seen=seen, by=me(), change_anchors=sheet.change_anchors
            )
    except (InvalidInput, Conflict) as error:
        return _refused(sheet, error, measure_of(measure_id))
    flash(_("Kept."), "done")
    return redirect(url_for("measures.show", measure_id=measure_id), 303)


@bp.post("/<int:measure_id>/next")
@requires(Permission.MANAGE_WAVE)
def next_number(measure_id: int) -> ResponseReturnValue:
    """A draft of the next number, copied from this one."""
    with transaction():
        draft_id = measures.next_number(measure_id, by=me()).id
    flash(_("This is a copy. Leave the anchor questions as they are, so that surveys can be compared."), "info")
    return redirect(url_for("measures.edit_form", measure_id=draft_id), 303)


def me() -> int:
    """The signed-in person's id."""
    return int(current_user.id)


def _unjudged(sheet: MeasureSheet) -> MeasureSheet:
    """A row was added or removed: nothing is wrong with the rest yet, and rows have new numbers."""
    sheet.errors = {}
    return sheet


def _refuse(sheet: MeasureSheet, error: InvalidInput) -> None:
    if not sheet.errors:
        sheet.refuse(error)


def _refused(sheet: MeasureSheet, error: InvalidInput | Conflict, measure: Measure) -> ResponseReturnValue:
    """The sheet as it was typed; after a conflict sending it again decides against what stands now."""
    if isinstance(error, InvalidInput):
        _refuse(sheet, error)
        return _editor(sheet, measure=measure), 422
    sheet.version = str(measure.version)
    sheet.refuse(InvalidInput(error.message))
    return _editor(sheet, measure=measure), 409


def _editor(sheet: MeasureSheet, *, measure: Measure | None = None, focus: str = "") -> str:
    return render_template("measures/edit.html", **sheet_page(sheet, measure=measure, focus=focus))
