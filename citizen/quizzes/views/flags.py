"""Odd attempts: looked at and decided by a person; setting one aside is an act of its own, asked twice."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.numbers import parse_int
from citizen.core.permissions import Permission
from citizen.quizzes.documents.flags import attempt_page, flag_page, list_page
from citizen.quizzes.forms.flags import SetAsideForm, VerdictForm
from citizen.quizzes.models import Attempt, Quiz
from citizen.quizzes.queries.desk import BIGGEST_ID
from citizen.quizzes.queries.flags import attempt_with_quiz, flag_of
from citizen.quizzes.rules.attempts import AttemptState
from citizen.quizzes.rules.flags import VERDICTS, FlagState
from citizen.quizzes.services import flags as services
from citizen.quizzes.views.quiz_desk import bp, seen_of
from citizen.web.access import requires


@bp.get("/flags/")
@requires(Permission.MANAGE_QUIZ)
def flags() -> ResponseReturnValue:
    """What waits to be looked at, or what has been decided."""
    asked = request.args.get("state", "")
    state = FlagState(asked) if asked in list(FlagState) else FlagState.OPEN
    page = list_page(state, before=parse_int(request.args.get("before"), 1, BIGGEST_ID))
    return render_template("quiz_desk/flags.html", **page)


@bp.get("/flags/<int:flag_id>")
@requires(Permission.MANAGE_QUIZ)
def flag(flag_id: int) -> ResponseReturnValue:
    """One flag with its attempt."""
    found, attempt, quiz = flag_of(flag_id)
    form = VerdictForm(formdata=None, version=found.state)
    return render_template("quiz_desk/flag.html", **flag_page(found, attempt, quiz, form=form))


@bp.post("/flags/<int:flag_id>")
@requires(Permission.MANAGE_QUIZ)
def decide(flag_id: int) -> ResponseReturnValue:
    """Dismiss or confirm it; the attempt stays as it is."""
    form, verb = VerdictForm(), request.form.get("verdict", "")
    flag_of(flag_id)
    seen, status = seen_of(form), 422
    try:
        if form.validate() and verb not in VERDICTS:
            raise InvalidInput(_("Choose what you make of it"))
        if not form.errors:
            with transaction():
                row = services.locked_flag(flag_id, seen)
                services.decide(row, verb, note=form.note.data or "", by=current_user.id)
            flash(_("Noted. The attempt itself is unchanged."), "done")
            return redirect(url_for("quiz_desk.flags"), 303)
    except (InvalidInput, Conflict) as error:
        form.refuse(InvalidInput(error.message), form.FALLBACK)
        status = 409 if isinstance(error, Conflict) else 422
    found, attempt, quiz = flag_of(flag_id)
    return render_template("quiz_desk/flag.html", **flag_page(found, attempt, quiz, form=form)), status


@bp.get("/attempts/<int:attempt_id>")
@requires(Permission.MANAGE_QUIZ)
def attempt(attempt_id: int) -> ResponseReturnValue:
    """One attempt that is over, without the name of its taker."""
    row, quiz = _over(attempt_id)
    return render_template("quiz_desk/attempt.html", **attempt_page(row, quiz))


@bp.get("/attempts/<int:attempt_id>/set-aside")
@requires(Permission.MANAGE_QUIZ)
def set_aside_form(attempt_id: int) -> ResponseReturnValue:
    """Asks for the reason; with one in the address, asks once more: nothing is changed yet."""
    row, _quiz = _over(attempt_id)
    if "reason" not in request.args:
        return _ask(attempt_id, SetAsideForm(formdata=None, version=row.state))
    form = SetAsideForm(formdata=request.args, meta={"csrf": False})
    if not form.validate():
        return _ask(attempt_id, form), 422
    form.version.data = row.state
    return _ask(attempt_id, form, sure=True)


@bp.post("/attempts/<int:attempt_id>/set-aside")
@requires(Permission.MANAGE_QUIZ)
def set_aside(attempt_id: int) -> ResponseReturnValue:
    """Let it count for nothing any more; its taker reads why."""
    form = SetAsideForm()
    _over(attempt_id)
    seen = seen_of(form)
    if not form.validate():
        return _ask(attempt_id, form), 422
    try:
        with transaction():
            services.set_aside(attempt_id, seen=seen, reason=form.reason.data or "", by=current_user.id)
    except Conflict as error:
        form.refuse(InvalidInput(error.message), form.FALLBACK)
        return _ask(attempt_id, form), 409
    flash(_("The attempt is set aside. The person who took it reads why."), "done")
    return redirect(url_for("quiz_desk.attempt", attempt_id=attempt_id), 303)


def _ask(attempt_id: int, form: SetAsideForm, *, sure: bool = False) -> str:
    page = attempt_page(*_over(attempt_id))
    return render_template("quiz_desk/set_aside.html", form=form, form_errors=form.errors, sure=sure, **page)


def _over(attempt_id: int) -> tuple[Attempt, Quiz]:
    """An attempt that is over, with its quiz; raises NotFound for one that goes on: its keys are shown to nobody."""
    row, quiz = attempt_with_quiz(attempt_id)
    if row.state == AttemptState.OPEN:
        raise NotFound()
    return row, quiz
