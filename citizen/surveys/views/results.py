"""Results of a wave for the office: from its closing on, with files and with what follows from weak topics."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core.database import transaction
from citizen.core.errors import Conflict
from citizen.core.exports import csv_lines, xlsx
from citizen.core.permissions import Permission, allowed
from citizen.surveys.documents.method_note import DOCX, method_note
from citizen.surveys.documents.results import office_page
from citizen.surveys.documents.results_file import header, rows
from citizen.surveys.documents.shares import area_name, topic_name
from citizen.surveys.forms.notes import NoteForm
from citizen.surveys.queries.results import FOR_THE_OFFICE, Results, results_of, wave_with_results
from citizen.surveys.queries.topics import note_at
from citizen.surveys.services.notes import ensure_asked, keep_note, version_of
from citizen.web.access import requires

bp = Blueprint("wave_results", __name__, url_prefix="/office/waves")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/<int:wave_id>/results")
@requires(Permission.MANAGE_WAVE)
def show(wave_id: int) -> ResponseReturnValue:
    """Everything that may be shown of a wave, also single questions."""
    return render_template("wave_results/show.html", **office_page(_found(wave_id), FOR_THE_OFFICE), **_doors())


@bp.get("/<int:wave_id>/method-note.docx")
@requires(Permission.MANAGE_WAVE)
def note_file(wave_id: int) -> ResponseReturnValue:
    """The method note, in the page's language."""
    return download(method_note(_found(wave_id)), f"method-note-{wave_id}.docx", DOCX)


@bp.get("/<int:wave_id>/results.<any(xlsx, csv):kind>")
@requires(Permission.MANAGE_WAVE)
def table(wave_id: int, kind: str) -> ResponseReturnValue:
    """The results as a spreadsheet; what is not shown is empty there too."""
    found = _found(wave_id)
    if kind == "csv":
        return download("".join(csv_lines(header(), rows(found))), f"survey-{wave_id}.csv", "text/csv")
    return download(xlsx(_("Results"), header(), rows=rows(found)), f"survey-{wave_id}.xlsx", XLSX)


@bp.get("/<int:wave_id>/notes/<area>/<topic>")
@requires(Permission.MANAGE_WAVE)
def note_form(wave_id: int, area: str, topic: str) -> ResponseReturnValue:
    """The form for what follows from one topic in one area."""
    found = wave_with_results(wave_id, FOR_THE_OFFICE)
    note = note_at(found.id, area, topic)
    return _note_page(
        wave_id, (area, topic), NoteForm(formdata=None, words=note.words if note else "", version=version_of(note))
    )


@bp.post("/<int:wave_id>/notes/<area>/<topic>")
@requires(Permission.MANAGE_WAVE)
def keep(wave_id: int, area: str, topic: str) -> ResponseReturnValue:
    """Keep what follows; the next wave will stand beside it."""
    form, place = NoteForm(), (area, topic)
    if not form.validate():
        return _note_page(wave_id, place, form), 422
    words = form.words.data or ""
    try:
        with transaction():
            keep_note(wave_id, place, words=words, seen=form.version.data or "", by=int(current_user.id))
    except Conflict as error:
        return _note_page(wave_id, place, form, conflict=str(error.message)), 409
    flash(_("Kept. The next survey of this measure shows here what changed."), "done")
    return redirect(url_for("wave_results.show", wave_id=wave_id), 303)


def _found(wave_id: int) -> Results:
    return results_of(wave_with_results(wave_id, FOR_THE_OFFICE))


def _note_page(wave_id: int, place: tuple[str, str], form: NoteForm, *, conflict: str = "") -> str:
    """The form; after a conflict with the words that stand there now and their version."""
    wave = wave_with_results(wave_id, FOR_THE_OFFICE)
    ensure_asked(wave, *place)
    note = note_at(wave.id, *place)
    if conflict:
        form.version.data = version_of(note)
    names = {"area": area_name(place[0]), "topic": topic_name(place[1])}
    values = {"wave": wave, "place": place, "conflict": conflict, "theirs": note.words if note and conflict else ""}
    return render_template("wave_results/note.html", form=form, form_errors=form.errors, **names, **values, **_doors())


def _doors() -> dict[str, object]:
    """Which neighbouring desks there are to link to for whoever looks."""
    installed = current_app.view_functions
    return {
        "waves_desk": "waves.show" in installed,
        "can_plan": "shifts.new_form" in installed and allowed(current_user, Permission.MANAGE_SHIFTS),
    }


def download(body: str | bytes, name: str, mimetype: str) -> Response:
    """``body`` as a file that nobody keeps on the way."""
    response = Response(body, mimetype=mimetype)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    response.headers["Cache-Control"] = "no-store"
    return response
