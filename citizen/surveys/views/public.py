"""Released surveys for everybody; what is not released is not there."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from citizen.departments.queries import directory
from citizen.surveys.documents.method_note import DOCX, method_note
from citizen.surveys.documents.results import list_rows, public_page
from citizen.surveys.queries.results import FOR_ALL, released, results_of, wave_with_results
from citizen.surveys.views.results import download
from citizen.web.access import public
from citizen.web.cache import page_for_all

bp = Blueprint("surveys", __name__, url_prefix="/surveys")


@bp.get("/")
@public
def index() -> ResponseReturnValue:
    """All released surveys with their rates."""
    waves = released()
    stamp = ("surveys", directory().stamp, [(wave.id, wave.version) for wave in waves])
    return page_for_all(stamp, lambda: render_template("surveys/index.html", rows=list_rows(waves)))


@bp.get("/<int:wave_id>")
@public
def show(wave_id: int) -> ResponseReturnValue:
    """One released survey: chart, tables and method."""
    wave = wave_with_results(wave_id, FOR_ALL)
    stamp = ("survey", wave.id, directory().stamp, [(row.id, row.version) for row in released()])
    return page_for_all(stamp, lambda: render_template("surveys/show.html", **public_page(results_of(wave))))


@bp.get("/<int:wave_id>/method-note.docx")
@public
def note_file(wave_id: int) -> ResponseReturnValue:
    """The method note, in the page's language."""
    found = results_of(wave_with_results(wave_id, FOR_ALL))
    return download(method_note(found), f"method-note-{wave_id}.docx", DOCX)
