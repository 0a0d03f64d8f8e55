"""A verifier's list, and the page on which one fix is checked."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.cases.checklists import Findings
from citizen.cases.forms.uploads import uploads_of
from citizen.cases.forms.verify import CheckForm, answers_of, typed_answers
from citizen.cases.models import Check
from citizen.cases.queries import verify as queries
from citizen.cases.queries.verify import Drawn
from citizen.cases.rules import ensure_version
from citizen.cases.services import verification
from citizen.cases.services.door import lock_case
from citizen.cases.services.fixing import Upload, add_photo, remove_photo
from citizen.cases.views import verify_rows
from citizen.cases.views.steps import attempt
from citizen.core import clock
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.permissions import Permission
from citizen.web.access import requires

bp = Blueprint("verify", __name__, url_prefix="/verify")


@bp.get("/")
@requires(Permission.VERIFY_CASE)
def index() -> ResponseReturnValue:
    """The fixes that wait for this verifier."""
    now = clock.now()
    rows = verify_rows.jobs(queries.drawn_for(current_user.id), now)
    return render_template("verify/index.html", jobs=rows, now=now)


@bp.get("/<number>")
@requires(Permission.VERIFY_CASE)
def case(number: str) -> ResponseReturnValue:
    """One fix with its checklist and what was ticked so far."""
    drawn = queries.drawn_case(current_user.id, number)
    form = CheckForm(formdata=None, how=drawn.check.how or None, words=drawn.check.words)
    return _page(drawn, form, dict(drawn.check.items))


@bp.post("/<number>")
@requires(Permission.VERIFY_CASE)
def judge(number: str) -> ResponseReturnValue:
    """Keep answers and pictures, and decide when that button was pressed."""
    drawn = queries.newest_check(current_user.id, number)
    form = CheckForm()
    findings = _findings(form, drawn)
    if findings is None:
        return _again(drawn, form, 422)
    deciding = request.form.get("do") == "hand_in"
    if drawn.check.done_at is None:
        status = _keep(form, drawn, findings)
        if status or not deciding:
            return (
                _again(drawn, form, status)
                if status
                else redirect(url_for("verify.case", number=drawn.case.number), 303)
            )
    status = attempt(form, partial(_judge, form, drawn.case.number, findings), fallback="items")
    if status:
        return _again(drawn, form, status)
    return _done(number)


def _findings(form: CheckForm, drawn: Drawn) -> Findings | None:
    """What was answered, or None when words cannot be used; the form then says why."""
    valid = form.validate()
    try:
        items = answers_of(request.form, verification.items_of(drawn.case, drawn.fix))
    except InvalidInput as error:
        form.refuse(error, "items")
        return None
    return Findings(form.how.data or "", items, form.words.data or "") if valid else None


def _keep(form: CheckForm, drawn: Drawn, findings: Findings) -> int:
    """Store answers and pictures, each picture by itself; 0 or a status."""
    uploads = uploads_of(request.form, request.files)
    number = drawn.case.number
    status = attempt(form, partial(_keep_answers, number, findings), fallback="items")
    for upload in uploads if not status else ():
        status = attempt(form, partial(_keep_photo, number, upload), fallback="photos") or status
    return status


def _keep_answers(number: str, findings: Findings) -> None:
    found = lock_case(number, check=False)
    check = verification.open_check(found)
    if check is None:
        return  # a second press of the button: the first has decided, and the next step says so
    verification.keep_answers(found, check, findings=findings, by=verification.verifier_hand(current_user))
    if request.form.get("remove"):
        remove_photo(check, request.form["remove"])


def _keep_photo(number: str, upload: Upload) -> None:
    found = lock_case(number, check=False)
    check = verification.open_check(found)
    if check is not None and check.verifier_id == current_user.id:
        add_photo(check, upload)


def _judge(form: CheckForm, number: str, findings: Findings) -> None:
    found = lock_case(number, check=False)
    by = verification.verifier_hand(current_user)
    check = verification.open_check(found)
    if check is None or check.verifier_id != current_user.id:
        newest = queries.newest_check(current_user.id, number).check
        if verification.is_repetition(newest, findings=findings, by=by):
            return
        raise Conflict(_("This check is done already."))
    ensure_version(form.version.data, found.version)
    verification.judge(found, check, findings=findings, by=by)


def _done(number: str) -> ResponseReturnValue:
    check: Check = queries.newest_check(current_user.id, number).check
    if check.passed:
        flash(_("The case is closed. The reporters read your result."), "done")
    else:
        flash(_("The case goes back to the unit with a new deadline."), "done")
    return redirect(url_for("verify.index"), 303)


def _again(drawn: Drawn, form: CheckForm, status: int) -> ResponseReturnValue:
    """The page again with everything typed; a check that was decided meanwhile is not this verifier's any more."""
    fresh = queries.newest_check(current_user.id, drawn.case.number)
    if fresh.check.done_at is not None and status != 409:
        raise NotFound()
    asked = verification.items_of(fresh.case, fresh.fix)
    return _page(fresh, form, typed_answers(request.form, asked)), status


def _page(drawn: Drawn, form: CheckForm, answers: dict[str, dict[str, str]]) -> str:
    form.version.data = str(drawn.case.version)
    values = verify_rows.page(drawn, answers, clock.now())
    return render_template("verify/case.html", form=form, form_errors=form.errors, **values)
