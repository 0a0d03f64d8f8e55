"""Released surveys for everybody; what is not released is not there."""

from __future__ import annotations

from collections import OrderedDict

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from citizen.departments.queries import directory
from citizen.surveys.documents.method_note import DOCX, method_note
from citizen.surveys.documents.results import list_rows, public_page
from citizen.surveys.models import Wave
from citizen.surveys.queries.results import FOR_ALL, released, results_of, wave_with_results
from citizen.surveys.views.results import download
from citizen.web.access import public
from citizen.web.cache import page_for_all
from citizen.web.locale import page_language

bp = Blueprint("surveys", __name__, url_prefix="/surveys")
#: Files that one process remembers.
MOST_NOTES = 30


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
    return download(_note(wave_with_results(wave_id, FOR_ALL)), f"method-note-{wave_id}.docx", DOCX)


def _note(wave: Wave) -> bytes:
    """The file, written once for each language and then remembered: it costs more than many pages, and anybody may ask."""
    notes: OrderedDict[object, bytes] = current_app.extensions.setdefault("citizen_method_notes", OrderedDict())
    stamp = (wave.id, wave.version, directory().stamp, page_language())
    found = notes.get(stamp)
    if found is None:
        found = notes[stamp] = method_note(results_of(wave))
        while len(notes) > MOST_NOTES:
            notes.popitem(last=False)
    return found
