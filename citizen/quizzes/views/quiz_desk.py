"""The desk for quizzes: made, looked at, published, closed."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, MissingVersion
from citizen.core.numbers import parse_int
from citizen.core.permissions import Permission
from citizen.quizzes.documents.quiz_desk import list_page, show_page
from citizen.quizzes.forms.quizzes import CopyForm, StepForm
from citizen.quizzes.models import Quiz
from citizen.quizzes.queries.desk import BIGGEST_ID, open_ids, quiz_of
from citizen.quizzes.rules.publishing import Short
from citizen.quizzes.rules.quizzes import QuizState
from citizen.quizzes.services import closing, quizzes
from citizen.web.access import requires
from citizen.web.forms import DecisionForm
from citizen.web.idempotency import fingerprint, new_key, once

bp = Blueprint("quiz_desk", __name__, url_prefix="/office/quizzes")

COPY = "quiz-copy"


@bp.get("/")
@requires(Permission.MANAGE_QUIZ)
def index() -> ResponseReturnValue:
    """The quizzes of one state."""
    asked = request.args.get("state", "")
    state = QuizState(asked) if asked in list(QuizState) else QuizState.PUBLISHED
    before = parse_int(request.args.get("before"), 1, BIGGEST_ID)
    return render_template("quiz_desk/index.html", **list_page(state, before=before))


@bp.get("/<int:quiz_id>")
@requires(Permission.MANAGE_QUIZ)
def show(quiz_id: int) -> ResponseReturnValue:
    """One quiz."""
    return _page(quiz_of(quiz_id))


@bp.post("/<int:quiz_id>/publish")
@requires(Permission.MANAGE_QUIZ)
def publish(quiz_id: int) -> ResponseReturnValue:
    """Let people take it, if the bank can fill it and the texts are there."""
    form = StepForm()
    try:
        with transaction():
            quizzes.publish(quizzes.locked_quiz(quiz_id, seen_of(form)), by=current_user.id)
    except MissingVersion:
        raise
    except InvalidInput as error:
        return _page(quiz_of(quiz_id), error), 422
    except Conflict as error:
        return _page(quiz_of(quiz_id), error), 409
    flash(_("Published."), "done")
    return redirect(url_for("quiz_desk.show", quiz_id=quiz_id), 303)


@bp.post("/<int:quiz_id>/take-back")
@requires(Permission.MANAGE_QUIZ)
def take_back(quiz_id: int) -> ResponseReturnValue:
    """Make it a draft again while nobody has begun it."""
    form = StepForm()
    try:
        with transaction():
            quizzes.take_back(quizzes.locked_quiz(quiz_id, seen_of(form)), by=current_user.id)
    except Conflict as error:
        return _page(quiz_of(quiz_id), error), 409
    flash(_("It is a draft again; nobody sees it."), "done")
    return redirect(url_for("quiz_desk.show", quiz_id=quiz_id), 303)


@bp.get("/<int:quiz_id>/close")
@requires(Permission.MANAGE_QUIZ)
def close_form(quiz_id: int) -> ResponseReturnValue:
    """Asks once, with what becomes of attempts that go on."""
    return _close_page(quiz_of(quiz_id), StepForm(formdata=None))


@bp.post("/<int:quiz_id>/close")
@requires(Permission.MANAGE_QUIZ)
def close(quiz_id: int) -> ResponseReturnValue:
    """Close it now."""
    form = StepForm()
    try:
        with transaction():
            closing.close_now(quizzes.locked_quiz(quiz_id, seen_of(form)), by=current_user.id)
    except Conflict as error:
        return _close_page(quiz_of(quiz_id), form, error), 409
    flash(_("Closed. Nobody begins it any more."), "done")
    return redirect(url_for("quiz_desk.show", quiz_id=quiz_id), 303)


@bp.post("/<int:quiz_id>/copy")
@requires(Permission.MANAGE_QUIZ)
def copy(quiz_id: int) -> ResponseReturnValue:
    """A new draft with everything but the window, once for each form."""
    form = CopyForm()
    key, content = form.once.data or "", fingerprint("copy", str(quiz_id))
    with transaction():
        found = once(COPY, key, content=content, make=lambda: quizzes.copy(quiz_id, by=current_user.id).id)
    flash(_("This is the copy, a draft. Its window is empty."), "done")
    return redirect(url_for("quiz_desk.edit", quiz_id=int(found)), 303)


def seen_of(form: DecisionForm) -> str:
    """The version that a form's author looked at; raises MissingVersion."""
    if not form.version.data:
        raise MissingVersion(_("This page is incomplete. Please load it again and send once more."))
    return str(form.version.data)


def _page(quiz: Quiz, error: InvalidInput | Conflict | None = None) -> str:
    lacking = error.lines if isinstance(error, Short) else None
    page = show_page(quiz, lacking=lacking)
    return render_template("quiz_desk/show.html", error=error, key=new_key(), **page)


def _close_page(quiz: Quiz, form: StepForm, error: Conflict | None = None) -> str:
    form.version.data = str(quiz.version)
    page = show_page(quiz)
    return render_template("quiz_desk/close.html", form=form, error=error, left=len(open_ids(quiz.id)), **page)
