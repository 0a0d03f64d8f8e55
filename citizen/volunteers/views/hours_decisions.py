"""Decisions at the desk of hours: corrections, objections, and the public notices."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, MissingVersion
from citizen.core.permissions import Permission
from citizen.volunteers.forms.hours import NoticeForm, ObjectionVerdictForm, VerdictForm
from citizen.volunteers.services import hour_notices
from citizen.volunteers.services.corrections import decide
from citizen.volunteers.views.hours_desk import BIGGEST_ID, bp, desk, me
from citizen.web.access import requires
from citizen.web.idempotency import fingerprint, once

#: The package takes the blueprint from the last module that adds pages to it.
__all__ = ["BIGGEST_ID", "bp", "me"]

SCOPE = "hours-notice"


@bp.post("/corrections/<int:request_id>")
@requires(Permission.APPROVE_HOURS)
def decide_request(request_id: int) -> ResponseReturnValue:
    """Agree to a correction, or refuse it with words."""
    form, request_id = VerdictForm(), min(request_id, BIGGEST_ID)
    approve = request.form.get("verdict") == "approve"
    try:
        if not form.validate():
            return desk("corrections", verdict=form, verdict_id=request_id), 422
        with transaction():
            decide(request_id, approve, words=form.words.data or "", by=me(), version=form.version.data)
    except MissingVersion:
        raise
    except (InvalidInput, Conflict) as error:
        form.refuse(InvalidInput(error.message, getattr(error, "field", None)), "words")
        return desk("corrections", verdict=form, verdict_id=request_id), 409 if isinstance(error, Conflict) else 422
    words = _("Agreed: the ledger has one more entry.") if approve else _("Refused. The volunteer can read why.")
    flash(words, "done")
    return redirect(url_for("hours_desk.index", view="corrections"), 303)


@bp.post("/objections/<int:objection_id>")
@requires(Permission.APPROVE_HOURS)
def decide_objection(objection_id: int) -> ResponseReturnValue:
    """Uphold an objection, which asks for a correction, or dismiss it with a reason."""
    form, objection_id = ObjectionVerdictForm(), min(objection_id, BIGGEST_ID)
    uphold, words, version = request.form.get("verdict") == "uphold", form.words.data or "", form.version.data
    try:
        if not form.validate():
            return desk("objections", verdict=form, verdict_id=objection_id), 422
        with transaction():
            if uphold:
                hour_notices.uphold(objection_id, form.total(), words=words, by=me(), version=version)
            else:
                hour_notices.dismiss(objection_id, words=words, by=me(), version=version)
    except MissingVersion:
        raise
    except (InvalidInput, Conflict) as error:
        form.refuse(InvalidInput(error.message, getattr(error, "field", None)), "words")
        return desk("objections", verdict=form, verdict_id=objection_id), 409 if isinstance(error, Conflict) else 422
    done = _("Upheld. Another person decides on the correction.") if uphold else _("Dismissed. The hours count again.")
    flash(done, "done")
    return redirect(url_for("hours_desk.index", view="objections"), 303)


@bp.post("/notices")
@requires(Permission.APPROVE_HOURS)
def open_notice() -> ResponseReturnValue:
    """Show the hours of some days to everybody for five working days."""
    form = NoticeForm()
    first, until, key = form.first.data, form.until.data, form.key.data or ""
    try:
        if not form.validate() or first is None or until is None:
            return desk("notices", notice_form=form), 422
        content = fingerprint(first.isoformat(), until.isoformat())
        with transaction():
            slug = once(SCOPE, key, content=content, make=lambda: hour_notices.open_notice(first, until, by=me()).slug)
    except InvalidInput as error:
        form.refuse(error, "first")
        return desk("notices", notice_form=form), 422
    flash(_("The notice is open for five working days."), "done")
    return redirect(url_for("hour_notices.show", slug=slug), 303)
