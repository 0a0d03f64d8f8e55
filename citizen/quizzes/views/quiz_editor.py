"""Writing a quiz: all of it while it is a draft, its texts and a later closing once it is published."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.core.permissions import Permission
from citizen.quizzes.documents.quiz_desk import differing, edit_page, is_frozen
from citizen.quizzes.forms.quizzes import QuizForm, TextsForm, values_of
from citizen.quizzes.models import Quiz
from citizen.quizzes.queries.desk import quiz_of
from citizen.quizzes.services import quizzes
from citizen.quizzes.views.quiz_desk import bp, seen_of
from citizen.web.access import requires
from citizen.web.idempotency import fingerprint, new_key, once

NEW = "quiz"
SILENT = frozenset({"csrf_token", "version", "once"})


@bp.get("/new")
@requires(Permission.MANAGE_QUIZ)
def new_form() -> ResponseReturnValue:
    """The form for a new quiz."""
    return _page(QuizForm(formdata=None, once=new_key()))


@bp.post("/new")
@requires(Permission.MANAGE_QUIZ)
def new() -> ResponseReturnValue:
    """Make a draft, once for each form; a button of the blueprint only changes its lines."""
    form = QuizForm()
    focus = form.blueprint.reshape(request.form.get("act", ""))
    if focus is not None:
        return _page(form, focus=focus)
    if not form.validate():
        return _page(form), 422
    try:
        with transaction():
            quiz_id = _create(form)
    except InvalidInput as error:
        form.refuse(error, form.FALLBACK)
        return _page(form), 422
    flash(_("The draft is kept. Publish it when it is ready."), "done")
    return redirect(url_for("quiz_desk.show", quiz_id=quiz_id), 303)


def _create(form: QuizForm) -> int:
    content = fingerprint(*(f"{field.name}={field.data}" for field in form if field.name not in SILENT))
    return int(
        once(
            NEW,
            form.once.data or "",
            content=content,
            make=lambda: quizzes.create(form.to_draft(), by=current_user.id).id,
        )
    )


@bp.get("/<int:quiz_id>/edit")
@requires(Permission.MANAGE_QUIZ)
def edit(quiz_id: int) -> ResponseReturnValue:
    """The form of a quiz as it stands."""
    quiz = quiz_of(quiz_id)
    kind = TextsForm if is_frozen(quiz) else QuizForm
    return _page(kind(formdata=None, **values_of(quiz)), quiz)


@bp.post("/<int:quiz_id>/edit")
@requires(Permission.MANAGE_QUIZ)
def save(quiz_id: int) -> ResponseReturnValue:
    """Keep what was changed, if nobody else changed it meanwhile."""
    quiz = quiz_of(quiz_id)
    form = TextsForm() if is_frozen(quiz) else QuizForm()
    focus = form.blueprint.reshape(request.form.get("act", "")) if isinstance(form, QuizForm) else None
    if focus is not None:
        return _page(form, quiz, focus=focus)
    seen = seen_of(form)
    if not form.validate():
        return _page(form, quiz), 422
    try:
        with transaction():
            _store(quizzes.locked_quiz(quiz_id, seen), form)
    except InvalidInput as error:
        form.refuse(error, form.FALLBACK)
        return _page(form, quiz_of(quiz_id)), 422
    except Conflict as error:
        return _stale(form, quiz_of(quiz_id), error), 409
    flash(_("Kept."), "done")
    return redirect(url_for("quiz_desk.show", quiz_id=quiz_id), 303)


def _store(quiz: Quiz, form: Any) -> None:
    if isinstance(form, QuizForm):
        quizzes.rewrite(quiz, form.to_draft(), by=current_user.id)
    else:
        quizzes.reword(quiz, form.title_words, form.intro_words, closes_at=form.closes_at.moment, by=current_user.id)


def _stale(form: Any, quiz: Quiz, error: Conflict) -> str:
    """What was typed, beside what is there now; sending it again decides against the present version."""
    theirs = differing(form, quiz)
    form.version.data = str(quiz.version)
    form.refuse(InvalidInput(error.message), form.FALLBACK)
    return _page(form, quiz, theirs=theirs)


def _page(form: Any, quiz: Quiz | None = None, **more: Any) -> str:
    return render_template("quiz_desk/edit.html", **edit_page(form, quiz, **more))
