"""What first attempts say of questions."""

from __future__ import annotations

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core.errors import NotFound
from citizen.core.exports import xlsx
from citizen.core.permissions import Permission
from citizen.extensions import db
from citizen.quizzes.documents.statistics import file_name, file_rows, header, quiz_page, table_page, version_page
from citizen.quizzes.models import QuestionVersion, VersionStatistics
from citizen.quizzes.queries.desk import BIGGEST_ID, quiz_of
from citizen.quizzes.views.quiz_desk import bp
from citizen.web.access import requires

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/statistics")
@requires(Permission.MANAGE_QUIZ)
def statistics() -> ResponseReturnValue:
    """Every version that somebody answered, doubts first."""
    page = table_page(request.args.get("sort", ""), request.args.get("page"))
    return render_template("quiz_desk/statistics.html", **page)


@bp.get("/statistics.xlsx")
@requires(Permission.MANAGE_QUIZ)
def statistics_file() -> ResponseReturnValue:
    """The same as a file; it holds no personal data."""
    response = Response(xlsx(_("Statistics"), header(), rows=file_rows()), mimetype=XLSX)
    response.headers["Content-Disposition"] = f"attachment; filename={file_name()}"
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/statistics/<int:version_id>")
@requires(Permission.MANAGE_QUIZ)
def version(version_id: int) -> ResponseReturnValue:
    """One version: each answer with how often it was chosen."""
    row = version_of(version_id)
    found = db.session.get(VersionStatistics, row.id)
    if found is None:
        raise NotFound()
    return render_template("quiz_desk/version.html", **version_page(row, found))


@bp.get("/<int:quiz_id>/statistics")
@requires(Permission.MANAGE_QUIZ)
def quiz_statistics(quiz_id: int) -> ResponseReturnValue:
    """One quiz: its scores and its questions."""
    return render_template("quiz_desk/quiz_statistics.html", **quiz_page(quiz_of(quiz_id)))


def version_of(version_id: int) -> QuestionVersion:
    """A version of a question; raises NotFound."""
    row = db.session.get(QuestionVersion, version_id) if version_id <= BIGGEST_ID else None
    if row is None:
        raise NotFound()
    return row
