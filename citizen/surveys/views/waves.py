"""The survey desk: a wave from its draft over its opening and closing to its release."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.core.exports import csv_lines
from citizen.core.numbers import parse_int
from citizen.core.permissions import Permission
from citizen.surveys.documents.desk import area_names
from citizen.surveys.documents.waves import (
    disposition_choices,
    frame,
    list_page,
    measure_choices,
    table_page,
    wave_page,
)
from citizen.surveys.forms.strata import HEADER, CellRow, cells_of, file_rows, read_file, stored_table, typed_table
from citizen.surveys.forms.waves import DispositionForm, TableFileForm, WaveForm, values_of
from citizen.surveys.models import Wave
from citizen.surveys.queries.waves import strata_of, wave_of
from citizen.surveys.services import waves
from citizen.web.access import requires
from citizen.web.forms import DecisionForm
from citizen.web.idempotency import fingerprint, new_key, once, typed_key

bp = Blueprint("waves", __name__, url_prefix="/office/waves")
SCOPE = "wave"


@bp.get("/")
@requires(Permission.MANAGE_WAVE)
def index() -> ResponseReturnValue:
    """All surveys."""
    return render_template("waves/index.html", **list_page())


@bp.get("/new")
@requires(Permission.MANAGE_WAVE)
def new_form() -> ResponseReturnValue:
    """The form for a new survey."""
    return _form_page(WaveForm(key=new_key(), measure=request.args.get("measure", "")))


@bp.post("/new")
@requires(Permission.MANAGE_WAVE)
def new() -> ResponseReturnValue:
    """Make a survey as a draft, once for each form."""
    form = WaveForm()
    try:
        if not form.validate():
            return _form_page(form), 422
        with transaction():
            wave_id = _create(form)
    except InvalidInput as error:
        form.refuse(error, form.FALLBACK)
        return _form_page(form), 422
    flash(_("The survey is kept as a draft. Next: the table of areas and ages."), "done")
    return redirect(url_for("waves.table", wave_id=wave_id), 303)


def _create(form: WaveForm) -> str:
    draft, key = form.to_draft(), typed_key(form.key.data)
    content = fingerprint(repr(draft))
    return once(SCOPE, key, content=content, make=lambda: waves.create_wave(draft, by=me()).id)


@bp.get("/<int:wave_id>")
@requires(Permission.MANAGE_WAVE)
def show(wave_id: int) -> ResponseReturnValue:
    """One survey as it stands."""
    return show_page(wave_of(wave_id), _noting(DispositionForm(formdata=None)))


def show_page(wave: Wave, noting: DispositionForm) -> str:
    """The page of a survey with the form that notes what became of invitations."""
    own = waves.is_own(wave, me())
    return render_template("waves/show.html", form=noting, form_errors=noting.errors, own=own, **wave_page(wave))


def _noting(form: DispositionForm) -> DispositionForm:
    form.disposition.choices = disposition_choices()
    return form


@bp.get("/<int:wave_id>/edit")
@requires(Permission.MANAGE_WAVE)
def edit_form(wave_id: int) -> ResponseReturnValue:
    """The form of a draft."""
    wave = wave_of(wave_id)
    return _form_page(WaveForm(formdata=None, **values_of(wave)), wave)


@bp.post("/<int:wave_id>/edit")
@requires(Permission.MANAGE_WAVE)
def edit(wave_id: int) -> ResponseReturnValue:
    """Keep what was changed in a draft."""
    form = WaveForm()
    try:
        if not form.validate():
            return _form_page(form, wave_of(wave_id)), 422
        with transaction():
            waves.edit_wave(wave_id, form.to_draft(), seen=seen(form), by=me())
    except InvalidInput as error:
        form.refuse(error, form.FALLBACK)
        return _form_page(form, wave_of(wave_id)), 422
    except Conflict as error:
        form.refuse(InvalidInput(error.message), form.FALLBACK)
        form.version.data = str(wave_of(wave_id).version)
        return _form_page(form, wave_of(wave_id)), 409
    flash(_("Kept."), "done")
    return redirect(url_for("waves.show", wave_id=wave_id), 303)


def _form_page(form: WaveForm, wave: Wave | None = None) -> str:
    form.measure.choices = [("", _("Choose")), *measure_choices(wave.measure_id if wave else 0)]
    shown = frame(wave) if wave else {"sections": list_page()["sections"], "wave": None}
    return render_template("waves/form.html", form=form, form_errors=form.errors, **shown)


@bp.get("/<int:wave_id>/table")
@requires(Permission.MANAGE_WAVE)
def table(wave_id: int) -> ResponseReturnValue:
    """The table of areas and ages."""
    wave = wave_of(wave_id)
    return _table_page(wave, stored_table(strata_of(wave.id)))


@bp.post("/<int:wave_id>/table")
@requires(Permission.MANAGE_WAVE)
def table_keep(wave_id: int) -> ResponseReturnValue:
    """Keep the table as it was typed; a row that cannot be used keeps none."""
    rows = typed_table(request.form)
    cells = cells_of(rows)
    if any(row.error for row in rows):
        return _table_page(wave_of(wave_id), rows), 422
    try:
        with transaction():
            waves.set_strata(wave_id, cells, seen=seen(DecisionForm()), by=me())
    except Conflict as error:
        return _table_page(wave_of(wave_id), rows, more=[("", error.message)]), 409
    flash(_("The table is kept."), "done")
    return redirect(url_for("waves.show", wave_id=wave_id), 303)


@bp.get("/<int:wave_id>/table.csv")
@requires(Permission.MANAGE_WAVE)
def table_file(wave_id: int) -> ResponseReturnValue:
    """The table as a file, to fill in and bring back."""
    lines = csv_lines(HEADER, file_rows(strata_of(wave_of(wave_id).id), area_names()))
    return download("".join(lines), f"survey-{wave_id}-areas.csv", "text/csv")


@bp.post("/<int:wave_id>/table.csv")
@requires(Permission.MANAGE_WAVE)
def table_import(wave_id: int) -> ResponseReturnValue:
    """Take the whole table from a file, or name every row that cannot be used and change nothing."""
    sent = request.files.get("file")
    cells, wrong = read_file(sent.read() if sent and sent.filename else b"")
    if wrong:
        wave = wave_of(wave_id)
        return _table_page(wave, stored_table(strata_of(wave.id)), more=[("file", text) for text in wrong[:30]]), 422
    with transaction():
        waves.set_strata(wave_id, cells, seen=seen(DecisionForm()), by=me())
    flash(_("The table is taken from the file."), "done")
    return redirect(url_for("waves.table", wave_id=wave_id), 303)


def _table_page(wave: Wave, rows: list[CellRow], *, more: list[tuple[str, Any]] | None = None) -> str:
    page = table_page(wave, rows)
    wrong = page["wrong"] + (more or [])
    form = TableFileForm(formdata=None, version=str(wave.version))
    return render_template("waves/table.html", form=form, form_errors=wrong, **{**page, "wrong": wrong})


def me() -> int:
    """The signed-in person's id."""
    return int(current_user.id)


def seen(form: Any) -> int:
    """The version of the wave that the form was made from; 0, which no wave has, for none."""
    return parse_int(form.version.data, 0, 2**31 - 1) or 0


def download(body: str | bytes, name: str, mimetype: str) -> Response:
    """``body`` as a file that nobody keeps on the way."""
    response = Response(body, mimetype=mimetype)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def today_stamp() -> str:
    """The county's day for names of files."""
    return clock.today().isoformat()
