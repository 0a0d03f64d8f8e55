"""Writing a question: the editor of a new one and of a draft, with rows that come and go without any script."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, MissingVersion
from citizen.core.permissions import Permission
from citizen.quizzes.documents.bank_question import standing
from citizen.quizzes.documents.editor import conflict, edit_page, new_page
from citizen.quizzes.forms.questions import QuestionForm, mark_of
from citizen.quizzes.models import BankQuestion, QuestionVersion
from citizen.quizzes.queries.bank import content_of, versions_of
from citizen.quizzes.rules.questions import VersionState
from citizen.quizzes.services import bank, reviewing
from citizen.quizzes.services.reviewing import Incomplete
from citizen.quizzes.views.question_desk import bp, known, seen_of
from citizen.web.access import requires
from citizen.web.idempotency import fingerprint, new_key, store_answer, stored_answer

__all__ = ["bp"]

SCOPE = "question"
HAND_IN = "hand_in"
#: Fields that are not what a person typed.
SILENT = frozenset({"csrf_token", "version", "once"})


@bp.get("/new")
@requires(Permission.WRITE_QUESTION)
def new_form() -> ResponseReturnValue:
    """The editor of a question that is not in the bank yet."""
    return _new_page(QuestionForm(formdata=None, once=new_key()).blank_rows())


@bp.post("/new")
@requires(Permission.WRITE_QUESTION)
def new() -> ResponseReturnValue:
    """Put a new question into the bank, once for each form."""
    form, act = QuestionForm(), request.form.get("act", "save")
    if (focus := form.reshape(act)) is not None:
        return _new_page(form, focus)
    try:
        if not form.validate():
            return _new_page(form), 422
        with transaction():
            code = _create(form, hand_in=act == HAND_IN)
    except Incomplete as error:
        form.refuse_lacking(error.found)
        return _new_page(form), 422
    except InvalidInput as error:
        form.refuse(error, form.FALLBACK)
        return _new_page(form), 422
    return _kept(code, handed_in=act == HAND_IN)


@bp.get("/<code>/edit")
@requires(Permission.WRITE_QUESTION)
def edit(code: str) -> ResponseReturnValue:
    """The editor of the question's draft; the question's page where it has none."""
    question = known(code)
    version, _ready = standing(versions_of(question.id))
    if version is None or version.state != VersionState.DRAFT:
        return redirect(url_for("question_desk.show", code=code), 303)
    form = QuestionForm(formdata=None).fill(content_of(version), mark_of(version))
    return _edit_page(question, version, form)


@bp.post("/<code>/edit")
@requires(Permission.WRITE_QUESTION)
def save(code: str) -> ResponseReturnValue:
    """Save the draft and, if asked, hand it in; whoever saves is its author from then on."""
    question, form, act = known(code), QuestionForm(), request.form.get("act", "save")
    version = _latest(question)
    if (focus := form.reshape(act)) is not None:
        return _edit_page(question, version, form, focus=focus)
    try:
        version_id, seen = seen_of(code, form)
        if not form.validate():
            return _edit_page(question, version, form), 422
        with transaction():
            _rewrite(version_id, form, seen=seen, hand_in=act == HAND_IN)
    except Incomplete as error:
        form.refuse_lacking(error.found)
        return _edit_page(question, _latest(question), form), 422
    except MissingVersion:
        raise
    except InvalidInput as error:
        form.refuse(error, form.FALLBACK)
        return _edit_page(question, _latest(question), form), 422
    except Conflict as error:
        return _conflict_page(question, form, error), 409
    return _kept(code, handed_in=act == HAND_IN)


def _rewrite(version_id: int, form: QuestionForm, *, seen: int, hand_in: bool) -> None:
    me = current_user.id
    version = bank.rewrite(version_id, form.to_content(), seen=seen, author_id=me)
    if hand_in:
        reviewing.hand_in(version.id, seen=version.version, by=me)


def _create(form: QuestionForm, *, hand_in: bool) -> str:
    key = form.once.data or ""
    content = fingerprint(*(f"{field.name}={field.data}" for field in form if field.name not in SILENT))
    code = stored_answer(SCOPE, key, content=content)
    if code is not None:
        return code
    question = bank.new_question()
    version = bank.draft(question, form.to_content(), author_id=current_user.id)
    if hand_in:
        reviewing.hand_in(version.id, seen=version.version, by=current_user.id)
    store_answer(SCOPE, key, content=content, answer=question.code)
    return question.code


def _kept(code: str, *, handed_in: bool) -> ResponseReturnValue:
    """To where the work goes on."""
    if handed_in:
        flash(_("Handed in. A colleague reviews it; until then nobody can change it."), "done")
        return redirect(url_for("question_desk.show", code=code), 303)
    flash(_("The draft is saved."), "done")
    return redirect(url_for("question_desk.edit", code=code), 303)


def _latest(question: BankQuestion) -> QuestionVersion:
    """The newest version as it stands in the bank now, whatever a refused transaction had made of it."""
    return versions_of(question.id)[0]


def _new_page(form: QuestionForm, focus: str = "") -> str:
    return render_template("question_desk/edit.html", **new_page(form, focus=focus))


def _edit_page(question: BankQuestion, version: QuestionVersion, form: QuestionForm, *, focus: str = "") -> str:
    page = edit_page(question, version, form, viewer_id=current_user.id, focus=focus)
    return render_template("question_desk/edit.html", **page)


def _conflict_page(question: BankQuestion, form: QuestionForm, error: Conflict) -> str:
    version = _latest(question)
    stale = conflict(question, version, form, error)
    page = edit_page(question, version, form, viewer_id=current_user.id)
    return render_template("question_desk/edit.html", **{**page, "conflict": stale})
