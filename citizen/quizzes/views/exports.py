"""The bank as a file: asked why, since it holds the right answers, written to the trail, then made."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.database import transaction
from citizen.core.errors import InvalidInput
from citizen.core.permissions import Permission
from citizen.quizzes.documents.bank_list import address, values_of
from citizen.quizzes.documents.exports import LANGUAGES, asked_for, gift_file, view_words, xlsx_file
from citizen.quizzes.forms.imports import ExportForm
from citizen.quizzes.queries.bank_list import Wanted
from citizen.quizzes.queries.exports import how_many
from citizen.quizzes.rules.importing import MAX_QUESTIONS
from citizen.web.access import requires
from citizen.web.limits import enforce

bp = Blueprint("exports", __name__, url_prefix="/office/questions")

FILES = "20/hour"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/export.xlsx", defaults={"kind": "xlsx"})
@bp.get("/export.gift", defaults={"kind": "gift"})
@requires(Permission.WRITE_QUESTION)
def ask(kind: str) -> ResponseReturnValue:
    """What the file will hold, and the question what it is for."""
    return _ask(ExportForm(formdata=None), _wanted(), kind=kind)


@bp.post("/export.xlsx", defaults={"kind": "xlsx"})
@bp.post("/export.gift", defaults={"kind": "gift"})
@requires(Permission.WRITE_QUESTION)
def make(kind: str) -> ResponseReturnValue:
    """Write the reason down, then give out the file."""
    form, wanted, language = ExportForm(), _wanted(), _language()
    n = how_many(wanted, today=clock.today())
    if form.validate() and n > MAX_QUESTIONS:
        sentence = _("More than %(most)s questions: narrow the list first.", most=MAX_QUESTIONS)
        form.refuse(InvalidInput(sentence), "reason")
    if form.errors:
        return _ask(form, wanted, kind=kind), 422
    enforce(FILES, "question-file", str(current_user.id))
    detail = {**values_of(wanted), "kind": kind, "language": language, "n": n, "reason": form.reason.data or ""}
    with transaction():
        record(
            "question.exported", "person", subject_id=current_user.id, actor=(current_user.id, "staff"), detail=detail
        )
    day = clock.today().isoformat()
    if kind == "xlsx":
        return _file(xlsx_file(wanted), f"questions-{day}.xlsx", XLSX)
    return _file(gift_file(wanted, LANGUAGES[language]), f"questions-{language}-{day}.gift", "text/plain")


def _wanted() -> Wanted:
    return asked_for(request.args.to_dict())


def _language() -> str:
    asked = request.args.get("in", "")
    return asked if asked in LANGUAGES else "zh-Hans"


def _file(body: str | bytes, name: str, mimetype: str) -> Response:
    response = Response(body, mimetype=mimetype)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _ask(form: ExportForm, wanted: Wanted, *, kind: str) -> str:
    values, language = values_of(wanted), _language()
    words = {"zh-Hans": _("Chinese"), "en": _("English")}
    more: dict[str, Any] = {"in": language} if kind == "gift" else {}
    return render_template(
        "question_imports/export.html",
        form=form,
        form_errors=form.errors,
        kind=kind,
        n=how_many(wanted, today=clock.today()),
        view=view_words(wanted),
        languages=[_language_link(code, word, values, current=code == language) for code, word in words.items()],
        others=[(code, url_for("exports.ask", kind=code, **values)) for code in ("xlsx", "gift") if code != kind],
        action=url_for("exports.make", kind=kind, **values, **more),
        back_url=address(wanted),
    )


def _language_link(code: str, word: str, values: dict[str, Any], *, current: bool) -> dict[str, Any]:
    sent: dict[str, Any] = {**values, "in": code}
    return {"url": url_for("exports.ask", kind="gift", **sent), "label": word, "current": current}
