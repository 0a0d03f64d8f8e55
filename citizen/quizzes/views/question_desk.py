"""The bank's desk: finding questions, looking at one, approving several at once."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.numbers import parse_int, parse_page
from citizen.core.permissions import Permission
from citizen.quizzes.documents.bank_list import list_page, results, values_of, wanted_of
from citizen.quizzes.documents.bank_question import preview_page, question_page
from citizen.quizzes.forms.questions import NextForm, TickedForm, seen_in
from citizen.quizzes.models import BankQuestion
from citizen.quizzes.queries.bank import question_of, titles_of, versions_of
from citizen.quizzes.services import bank, reviewing
from citizen.web.access import requires
from citizen.web.forms import DecisionForm
from citizen.web.idempotency import fingerprint, new_key, store_answer, stored_answer

bp = Blueprint("question_desk", __name__, url_prefix="/office/questions")

BIGGEST = 2**31 - 1
RESULTS = "question_results"
NEXT = "question-version"


@bp.get("/")
@requires(Permission.WRITE_QUESTION)
def index() -> ResponseReturnValue:
    """One page of the bank."""
    return _list(TickedForm(formdata=None))


@bp.post("/review/approve")
@requires(Permission.REVIEW_QUESTION)
def approve_ticked() -> ResponseReturnValue:
    """Approve every ticked question; what came of each is shown next."""
    form = TickedForm()
    try:
        with transaction():
            found = reviewing.approve_all(_ticked(form), by=current_user.id)
    except InvalidInput as error:
        form.refuse(error, form.FALLBACK)
        return _list(form), 422
    session[RESULTS] = [[id_, outcome.value] for id_, outcome in found]
    return redirect(url_for("question_desk.approved", **values_of(wanted_of(request.args.to_dict()))), 303)


@bp.get("/approved")
@requires(Permission.REVIEW_QUESTION)
def approved() -> ResponseReturnValue:
    """What came of each question of the last approval."""
    found = [(int(id_), str(outcome)) for id_, outcome in session.get(RESULTS, [])]
    rows = results(found, titles_of(id_ for id_, _outcome in found))
    back_url = url_for("question_desk.index", **values_of(wanted_of(request.args.to_dict())))
    return render_template("question_desk/approved.html", rows=rows, back_url=back_url)


@bp.get("/<code>")
@requires(Permission.WRITE_QUESTION)
def show(code: str) -> ResponseReturnValue:
    """A question with its versions, or one of them as the address asks."""
    return _show(code)


@bp.get("/<code>/preview")
@requires(Permission.WRITE_QUESTION)
def preview(code: str) -> ResponseReturnValue:
    """A version as a taker meets it."""
    question = known(code)
    number = parse_int(request.args.get("version"), 1, BIGGEST)
    version = next((row for row in versions_of(question.id) if number in (None, row.number)), None)
    if version is None:
        raise NotFound()
    page = preview_page(question, version, request.args.get("text", ""))
    return render_template("question_desk/preview.html", **page)


@bp.post("/<code>/next")
@requires(Permission.WRITE_QUESTION)
def next_version(code: str) -> ResponseReturnValue:
    """Begin the next version as the one in use is; once for each form."""
    question, form = known(code), NextForm()
    key, content = form.once.data or "", fingerprint(code)
    try:
        with transaction():
            if stored_answer(NEXT, key, content=content) is None:
                bank.next_version(question.id, author_id=current_user.id)
                store_answer(NEXT, key, content=content, answer=code)
    except Conflict as error:
        return _show(code, str(error.message)), 409
    flash(_("A draft is begun. What is in use stays in use until the draft is approved."), "done")
    return redirect(url_for("question_desk.edit", code=code), 303)


def known(code: str) -> BankQuestion:
    """The question behind an address; raises NotFound."""
    question = question_of(code)
    if question is None:
        raise NotFound()
    return question


def seen_of(code: str, form: DecisionForm) -> tuple[int, int]:
    """(version id, version seen) of a form about the question ``code``.

    Raises MissingVersion when the form does not say, NotFound for another question's version.
    """
    version_id, seen = seen_in(form.version.data)
    if version_id not in {version.id for version in versions_of(known(code).id)}:
        raise NotFound()
    return version_id, seen


def _show(code: str, message: str = "") -> str:
    number = parse_int(request.args.get("version"), 1, BIGGEST)
    page = question_page(known(code), number, viewer_id=current_user.id)
    if page is None:
        raise NotFound()
    return render_template("question_desk/show.html", message=message, once=new_key(), **page)


def _ticked(form: TickedForm) -> list[tuple[int, int]]:
    """(version id, version seen) of the ticked rows, each once; one more than allowed is read, so that it is refused."""
    values = list(dict.fromkeys(form.ticked.data or []))[: reviewing.MOST_AT_ONCE + 1]
    return list({pair[0]: pair for pair in map(seen_in, values)}.values())


def _list(form: TickedForm) -> str:
    wanted = wanted_of(request.args.to_dict())
    page = list_page(wanted, page=parse_page(request.args.get("page")), viewer_id=current_user.id)
    action = url_for("question_desk.approve_ticked", **values_of(wanted))
    ticked = set(form.ticked.data or [])
    return render_template(
        "question_desk/index.html",
        form=form,
        form_errors=form.errors,
        action=action,
        ticked=ticked,
        installed=current_app.view_functions,
        **page,
    )
