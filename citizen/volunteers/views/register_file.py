"""The register as a file: asked why, written to the trail, then made."""

from __future__ import annotations

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import InvalidInput
from citizen.core.exports import csv_lines, xlsx
from citizen.core.permissions import Permission
from citizen.volunteers.documents.register import address, joined, values_of
from citizen.volunteers.documents.register_file import header, rows
from citizen.volunteers.forms.register import ExportForm
from citizen.volunteers.queries.register import Wanted, how_many
from citizen.volunteers.services.approvals import note_file
from citizen.volunteers.views.register import bp, me, wanted_now
from citizen.web.access import requires
from citizen.web.limits import enforce

__all__ = ["bp"]

FILES = "20/hour"
#: A workbook takes a second for some five thousand rows; a longer one would keep the request waiting.
MOST_XLSX = 20_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/export")
@requires(Permission.MANAGE_SHIFTS)
def export() -> ResponseReturnValue:
    """What the file will hold, and the question what it is for."""
    return _ask(ExportForm(formdata=None), wanted_now())


@bp.post("/export")
@requires(Permission.MANAGE_SHIFTS)
def make() -> ResponseReturnValue:
    """Write the reason down, then give out the file."""
    form, wanted = ExportForm(), wanted_now()
    if form.validate() and form.kind.data == "xlsx" and how_many(wanted, today=clock.today()) > MOST_XLSX:
        form.refuse(InvalidInput(_("More than 20,000 people: choose the text file, or narrow the view.")), "kind")
    if form.errors:
        return _ask(form, wanted), 422
    enforce(FILES, "register-file", str(current_user.id))
    with transaction():
        note_file(form.reason.data or "", kind=form.kind.data, wanted=values_of(wanted), by=me())
    name = f"volunteers-{clock.today().isoformat()}"
    if form.kind.data == "csv":
        return _file("".join(csv_lines(header(), rows(wanted))), f"{name}.csv", "text/csv")
    return _file(xlsx(_("Register of volunteers"), header(), rows=rows(wanted)), f"{name}.xlsx", XLSX)


def _file(body: str | bytes, name: str, mimetype: str) -> Response:
    response = Response(body, mimetype=mimetype)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    response.headers["Cache-Control"] = "no-store"
    return response


def _ask(form: ExportForm, wanted: Wanted) -> str:
    return render_template(
        "register/export.html",
        form=form,
        form_errors=form.errors,
        n=how_many(wanted, today=clock.today()),
        columns=joined(header()),
        action=url_for("register.make", **values_of(wanted)),
        back_url=address(wanted),
    )
