"""Bringing questions in from a file: choose or paste, look at what it would do, take it over."""

from __future__ import annotations

from hashlib import sha256

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.numbers import parse_page
from citizen.core.permissions import Permission
from citizen.extensions import db
from citizen.quizzes.documents.imports import import_page, index_page, template
from citizen.quizzes.forms.imports import ImportForm, TakeOverForm
from citizen.quizzes.models import QuestionImport
from citizen.quizzes.services import importing
from citizen.quizzes.services.importing import Upload
from citizen.web.access import requires
from citizen.web.idempotency import fingerprint, new_key, once
from citizen.web.limits import enforce

bp = Blueprint("imports", __name__, url_prefix="/office/questions/import")

SCOPE = "question-import"
FILES = "60/hour"
BIGGEST_ID = 2**31 - 1
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/")
@requires(Permission.WRITE_QUESTION)
def index() -> ResponseReturnValue:
    """The form, and one's last imports."""
    return _index(ImportForm(formdata=None, once=new_key()))


@bp.post("/")
@requires(Permission.WRITE_QUESTION)
def receive() -> ResponseReturnValue:
    """Read what was sent and keep it; the bank is not touched yet."""
    form = ImportForm()
    enforce(FILES, SCOPE, str(current_user.id))
    try:
        if not form.validate():
            return _index(form), 422
        import_id = _received(form.to_upload(), form.once.data or "")
    except InvalidInput as error:
        form.refuse(error, form.FALLBACK)
        return _index(form), 422
    return redirect(url_for("imports.show", import_id=import_id), 303)


@bp.get("/template.xlsx")
@requires(Permission.WRITE_QUESTION)
def template_file() -> ResponseReturnValue:
    """The workbook that authors fill in."""
    response = Response(template(), mimetype=XLSX)
    response.headers["Content-Disposition"] = "attachment; filename=questions-template.xlsx"
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/<int:import_id>")
@requires(Permission.WRITE_QUESTION)
def show(import_id: int) -> ResponseReturnValue:
    """What taking it over would do, or did."""
    return _show(import_id, TakeOverForm(formdata=None))


@bp.post("/<int:import_id>")
@requires(Permission.WRITE_QUESTION)
def take_over(import_id: int) -> ResponseReturnValue:
    """Write the questions as drafts; done twice, it is done once."""
    form = TakeOverForm()
    seen, leave_out = form.seen.data or "", bool(form.leave_out.data)
    try:
        with transaction():
            importing.take_over(min(import_id, BIGGEST_ID), seen=seen, leave_out=leave_out, by=current_user.id)
    except InvalidInput as error:
        form.refuse(error, form.FALLBACK)
        return _show(import_id, form), 422
    except Conflict as error:
        return _show(import_id, form, str(error.message)), 409
    flash(_("Taken over. The drafts are in the bank; hand them in when they are complete."), "done")
    return redirect(url_for("imports.show", import_id=import_id), 303)


def _received(upload: Upload, key: str) -> str:
    """The id of the import; of the one that the same form made before when it is sent twice."""
    said = (str(upload.format or ""), upload.topic, str(upload.difficulty), upload.file_name)
    content = fingerprint(sha256(upload.data).hexdigest(), *said)
    looked = importing.look_at(upload)
    with transaction():
        known = once(
            SCOPE, key, content=content, make=lambda: importing.keep(upload.file_name, looked, by=current_user.id).id
        )
    return known


def _index(form: ImportForm) -> str:
    return render_template(
        "question_imports/index.html", form=form, form_errors=form.errors, **index_page(current_user.id)
    )


def _show(import_id: int, form: TakeOverForm, message: str = "") -> str:
    row = db.session.get(QuestionImport, min(import_id, BIGGEST_ID))
    if row is None or row.made_by != current_user.id:
        raise NotFound()
    planned = importing.planned_of(row)
    page = import_page(row, planned, view=request.args.get("view", ""), page=parse_page(request.args.get("page")))
    return render_template("question_imports/show.html", form=form, form_errors=form.errors, message=message, **page)
