"""Judging a question: approving it, sending it back, taking it out of use; always by its version."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, MissingVersion
from citizen.core.permissions import Permission
from citizen.quizzes.documents.bank_question import review_page
from citizen.quizzes.forms.questions import RetireForm, ReviewForm, mark_of
from citizen.quizzes.models import BankQuestion, QuestionVersion
from citizen.quizzes.queries.bank import versions_of
from citizen.quizzes.rules.questions import VersionState
from citizen.quizzes.services import reviewing
from citizen.quizzes.views.bank_editor import bp
from citizen.quizzes.views.question_desk import known, seen_of
from citizen.web.access import requires

__all__ = ["bp"]

Found = tuple[BankQuestion, QuestionVersion]


@bp.get("/<code>/review")
@requires(Permission.WRITE_QUESTION)
def review(code: str) -> ResponseReturnValue:
    """What a second person judges; the question's page where nothing is in review."""
    _question, version = _standing(code, VersionState.REVIEW)
    if version is None:
        return redirect(url_for("question_desk.show", code=code), 303)
    return _review_page(code, ReviewForm(formdata=None, version=mark_of(version)))


@bp.post("/<code>/review")
@requires(Permission.REVIEW_QUESTION)
def judge(code: str) -> ResponseReturnValue:
    """Approve a version, or send it back with words."""
    form, approving = ReviewForm(), request.form.get("verdict") == "approve"

    def act(version_id: int, seen: int) -> None:
        if approving:
            reviewing.approve(version_id, seen=seen, by=current_user.id)
        else:
            reviewing.send_back(version_id, form.note.data or "", seen=seen, by=current_user.id)

    done = _("Approved. It is in use now.") if approving else _("Sent back. The author reads your words.")
    return _decide(code, form, act=act, page=lambda: _review_page(code, form), done=done)


@bp.get("/<code>/retire")
@requires(Permission.WRITE_QUESTION)
def retire_form(code: str) -> ResponseReturnValue:
    """The question why; the question's page where nothing is in use."""
    _question, ready = _standing(code, VersionState.READY)
    if ready is None:
        return redirect(url_for("question_desk.show", code=code), 303)
    return _retire_page(code, RetireForm(formdata=None, version=mark_of(ready)))


@bp.post("/<code>/retire")
@requires(Permission.REVIEW_QUESTION)
def retire(code: str) -> ResponseReturnValue:
    """Take the version in use out of use."""
    form = RetireForm()

    def act(version_id: int, seen: int) -> None:
        reviewing.retire(version_id, form.reason.data or "", seen=seen, by=current_user.id)

    done = _("It is out of use. Attempts that hold it go on with it.")
    return _decide(code, form, act=act, page=lambda: _retire_page(code, form), done=done)


def _decide(
    code: str, form: ReviewForm | RetireForm, *, act: Callable[[int, int], None], page: Callable[[], str], done: str
) -> ResponseReturnValue:
    """Check the form and do ``act`` with the version that was looked at; what was typed is never lost."""
    try:
        version_id, seen = seen_of(code, form)
        if not form.validate():
            return page(), 422
        with transaction():
            act(version_id, seen)
    except MissingVersion:
        raise
    except InvalidInput as error:
        form.refuse(error, form.FALLBACK)
        return page(), 422
    except Conflict as error:
        form.refuse(InvalidInput(error.message), form.FALLBACK)
        return page(), 409
    flash(done, "done")
    return redirect(url_for("question_desk.show", code=code), 303)


def _standing(code: str, state: VersionState) -> tuple[BankQuestion, QuestionVersion | None]:
    question = known(code)
    return question, next((row for row in versions_of(question.id) if row.state == state), None)


def _newest(code: str) -> Found:
    question = known(code)
    return question, versions_of(question.id)[0]


def _review_page(code: str, form: ReviewForm) -> str:
    question, version = _newest(code)
    page = review_page(question, version, viewer_id=current_user.id)
    form.version.data = form.version.data if not form.errors else mark_of(version)
    return render_template(
        "question_desk/review.html",
        form=form,
        form_errors=form.errors,
        can_decide=version.state == VersionState.REVIEW and not page["wrote"],
        **page,
    )


def _retire_page(code: str, form: RetireForm) -> str:
    question, ready = _standing(code, VersionState.READY)
    if ready is not None and form.errors:
        form.version.data = mark_of(ready)
    return render_template(
        "question_desk/retire.html", question=question, code=code, ready=ready, form=form, form_errors=form.errors
    )
