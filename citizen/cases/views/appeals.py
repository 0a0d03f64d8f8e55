"""The shift leader's desk for objections of reporters."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.cases.forms.appeals import DecideForm
from citizen.cases.queries import appeals as queries
from citizen.cases.queries.appeals import Objection
from citizen.cases.queries.verify import without_verifier
from citizen.cases.rules import ensure_version
from citizen.cases.services import appeals
from citizen.cases.services.deadlines import half_limit_from
from citizen.cases.services.door import lock_case_by_id
from citizen.cases.services.fixing import FIX as FIX_OWNER
from citizen.cases.services.fixing import last_handed_in
from citizen.cases.views.due import deadline_words, due_at
from citizen.cases.views.pictures import shown
from citizen.cases.views.steps import attempt
from citizen.cases.views.unit_rows import place_words
from citizen.core import clock
from citizen.core.content import content
from citizen.core.permissions import Permission
from citizen.departments.calendar import Clock
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.photos.queries import photos_of
from citizen.reports.models import Report
from citizen.web.access import requires
from citizen.web.locale import localised, page_language

bp = Blueprint("objections", __name__, url_prefix="/office/objections")


@bp.get("/")
@requires(Permission.DECIDE_OBJECTION)
def index() -> ResponseReturnValue:
    """What waits for a decision, what was decided lately, and the fixes nobody could be drawn to verify."""
    now = clock.now()
    waiting = [_row(found) for found in queries.open_objections()]
    decided = [_row(found) for found in queries.decided_objections(now)]
    return render_template(
        "objections/index.html", waiting=waiting, decided=decided, undrawn=without_verifier(), now=now
    )


@bp.get("/<appeal_id>")
@requires(Permission.DECIDE_OBJECTION)
def show(appeal_id: str) -> ResponseReturnValue:
    """One objection beside the decision it is about."""
    return _page(queries.objection(appeal_id), DecideForm(formdata=None))


@bp.post("/<appeal_id>")
@requires(Permission.DECIDE_OBJECTION)
def decide(appeal_id: str) -> ResponseReturnValue:
    """Uphold or reject, with words for the reporter."""
    form = DecideForm()
    way = request.form.get("do")
    if not form.validate() or way not in ("uphold", "reject"):
        return _page(queries.objection(appeal_id), form), 422
    step = partial(_decide, form, appeal_id, way == "uphold")
    status = attempt(form, step, fallback="words")
    if status:
        return _page(queries.objection(appeal_id), form), status
    flash(_("Decided. The reporter reads your answer with the report."), "done")
    return redirect(url_for("objections.index"), 303)


def _decide(form: DecideForm, appeal_id: str, upheld: bool) -> None:
    case = lock_case_by_id(queries.objection(appeal_id).case.id)
    found = queries.objection(appeal_id).appeal
    words = form.words.data or ""
    if appeals.is_repetition(found, upheld=upheld, words=words, person=current_user):
        return
    ensure_version(form.version.data, case.version)
    appeals.decide(case, found, upheld=upheld, words=words, person=current_user)


def _row(found: Objection) -> dict[str, Any]:
    appeal, case = found.appeal, found.case
    refusal = appeal.kind == appeals.REFUSAL
    return {
        "id": appeal.id,
        "number": case.number,
        "title": case.title,
        "url": url_for("objections.show", appeal_id=appeal.id),
        "kind_word": _("Objection to a refusal") if refusal else _("Not solved"),
        "words": appeal.words,
        "made_at": appeal.made_at,
        "due": None if appeal.decided_at else due_at(appeal.due_at, clock.now(), kind=Clock.WORKING_HOURS),
        "upheld": appeal.upheld,
        "decided_at": appeal.decided_at,
        "place": place_words(case),
    }


def _page(found: Objection, form: DecideForm) -> str:
    appeal, case = found.appeal, found.case
    form.version.data = str(case.version)
    role = appeals.deciding_role(case, appeal.kind)
    fix = last_handed_in(case.id) if appeal.kind == appeals.FIX else None
    unit = directory().units.get(case.unit_code or "")
    reason = content().reasons.get(case.reason_code or "")
    values = {
        "row": _row(found),
        "appeal": appeal,
        "case": case,
        "report": db.session.get(Report, appeal.report_id),
        "unit": localised(unit, "name") if unit else "",
        "fix": fix,
        "after": shown(photos_of(FIX_OWNER, fix.id), _("Photo afterwards")) if fix else [],
        "refusal": reason.name.in_language(page_language()) if reason else "",
        "until": deadline_words(half_limit_from(case, clock.now())) if case.limit_hours else "",
        "third": case.reopen_count >= appeals.REOPENED_BY_LEADER,
        "mine": role in current_user.roles and appeal.decided_at is None,
    }
    return render_template("objections/show.html", form=form, form_errors=form.errors, **values)
