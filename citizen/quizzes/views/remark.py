"""Correcting a key: looked at first, then confirmed with the numbers that were seen."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from flask_login import current_user

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.core.permissions import Permission
from citizen.quizzes.documents.remark import remark_page
from citizen.quizzes.forms.remark import ConfirmForm, RemarkForm
from citizen.quizzes.models import QuestionVersion
from citizen.quizzes.queries.keys import keys_of
from citizen.quizzes.queries.remarking import corrections
from citizen.quizzes.services import remarking
from citizen.quizzes.services.remarking import Wanted
from citizen.quizzes.views.quiz_desk import bp
from citizen.quizzes.views.statistics import version_of
from citizen.web.access import requires
from citizen.web.idempotency import fingerprint, new_key, once

SCOPE = "remark"


@bp.get("/remark/<int:version_id>")
@requires(Permission.MANAGE_QUIZ)
def remark(version_id: int) -> ResponseReturnValue:
    """The form; with values in the address, what they would change: nothing is changed yet."""
    version = version_of(version_id)
    if "reason" not in request.args:
        counting = keys_of([version.id])[version.id][1]
        return _page(version, RemarkForm(formdata=None, key=counting, nobody=not counting))
    form = ConfirmForm(formdata=request.args, meta={"csrf": False})
    if not form.validate():
        return _page(version, form), 422
    return _look(version, form)


@bp.post("/remark/<int:version_id>")
@requires(Permission.MANAGE_QUIZ)
def remark_now(version_id: int) -> ResponseReturnValue:
    """Write the correction down and mark again, once for each form."""
    version, form = version_of(version_id), ConfirmForm()
    wanted = form.to_wanted()
    if not form.validate():
        return _page(version, form), 422
    try:
        with transaction():
            changed = _correct(version_id, form, wanted)
    except Conflict as error:
        return _look(version_of(version_id), form, error)
    except InvalidInput as error:
        form.refuse(error, form.FALLBACK)
        return _page(version_of(version_id), form), 422
    flash(
        ngettext(
            "The key is corrected. %(num)d result changes.", "The key is corrected. %(num)d results change.", changed
        ),
        "done",
    )
    return redirect(url_for("quiz_desk.remark", version_id=version_id), 303)


def _correct(version_id: int, form: ConfirmForm, wanted: Wanted) -> int:
    key = form.once.data or ""
    content = fingerprint(str(version_id), *sorted(wanted.key), wanted.reason, str(wanted.last))
    return int(
        once(
            SCOPE, key, content=content, make=lambda: remarking.correct(version_id, wanted, by=current_user.id).changed
        )
    )


def _look(version: QuestionVersion, form: ConfirmForm, error: Conflict | None = None) -> tuple[str, int]:
    """What the form would change now, to be confirmed; after a conflict with the new numbers and everything typed."""
    now = clock.now()
    try:
        effect = remarking.look(version.id, form.key.data or [], until=now)
    except InvalidInput as refused:
        form.refuse(refused, form.FALLBACK)
        return _page(version, form), 422
    known = corrections(version.id)
    form.version.data, form.looked_at.data = str(known[0].id if known else 0), now.isoformat()
    form.attempts.data, form.changed.data = str(effect.attempts), str(effect.changed)
    form.once.data = new_key()
    return _page(version, form, effect=effect, error=error), 409 if error else 200


def _page(version: QuestionVersion, form: Any, *, effect: Any = None, error: Conflict | None = None) -> str:
    return render_template("quiz_desk/remark.html", error=error, **remark_page(version, form, effect))
