"""The office's publication pages: one writes, another reviews, then the entry is shown."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.boards import queries
from citizen.boards.documents.desk import entry_desk, list_desk
from citizen.boards.forms import BIGGEST_ID, DraftForm, VerdictForm, WithdrawForm
from citizen.boards.models import BoardEntry
from citizen.boards.services import entries, objections
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, MissingVersion, NotFound
from citizen.core.numbers import parse_int
from citizen.core.permissions import Permission
from citizen.web.access import requires
from citizen.web.forms import DecisionForm

bp = Blueprint("publication", __name__, url_prefix="/office/publication")


@bp.get("/")
@requires(Permission.REVIEW_ENTRY)
def index() -> ResponseReturnValue:
    """The entries of one tab."""
    tab = request.args.get("tab", "candidate")
    tab = tab if tab in queries.TABS else "candidate"
    return render_template(
        "publication/index.html",
        **list_desk(tab, before=parse_int(request.args.get("before"), 1, BIGGEST_ID) or 0),
    )


@bp.get("/<number>")
@requires(Permission.REVIEW_ENTRY)
def entry(number: str) -> ResponseReturnValue:
    """One entry with everything that can be done with it now."""
    return _page(_known(number))


@bp.post("/<number>/draft")
@requires(Permission.DRAFT_ENTRY)
def draft(number: str) -> ResponseReturnValue:
    """Write the entry's words and choose its pictures."""
    form = DraftForm()
    if not form.validate():
        return _page(_known(number), draft=form), 422
    try:
        with transaction():
            row = entries.lock_entry(number, version=form.version.data)
            entries.draft(row, form.to_draft(), by_id=current_user.id)
    except MissingVersion:
        raise
    except InvalidInput as error:
        form.refuse(error, "title_hans")
        return _page(_known(number), draft=form), 422
    except Conflict as error:
        # What was typed stays; saved once more, it replaces the version that the author now knows of.
        row = _known(number)
        form.version.data = str(row.version)
        form.refuse(InvalidInput(error.message), "title_hans")
        return _page(row, draft=form), 409
    return _done(number, _("The draft is kept. Another person must review it."))


@bp.post("/<number>/review")
@requires(Permission.REVIEW_ENTRY)
def review(number: str) -> ResponseReturnValue:
    """A second person approves; the unit is told."""
    with transaction():
        entries.review(_locked(number), by_id=current_user.id)
    return _done(number, _("Reviewed. The unit has been told and may reply."))


@bp.post("/<number>/publish")
@requires(Permission.REVIEW_ENTRY)
def publish(number: str) -> ResponseReturnValue:
    """Show the entry to everybody."""
    with transaction():
        entries.publish(_locked(number), by_id=current_user.id)
    return _done(number, _("The entry is on the board now."))


@bp.post("/<number>/recall")
@requires(Permission.REVIEW_ENTRY)
def recall(number: str) -> ResponseReturnValue:
    """Take the entry off the board to correct it."""
    with transaction():
        entries.recall(_locked(number), by_id=current_user.id)
    return _done(number, _("The entry is off the board. Correct it below; it returns after a new review."))


@bp.post("/<number>/withdraw")
@requires(Permission.REVIEW_ENTRY)
def withdraw(number: str) -> ResponseReturnValue:
    """Take the entry back for good."""
    form = WithdrawForm()
    try:
        with transaction():
            entries.withdraw(_locked(number), form.reason.data or "", by_id=current_user.id)
    except MissingVersion:
        raise
    except InvalidInput as error:
        form.refuse(error, "reason")
        return _page(_known(number), withdraw=form), 422
    return _done(number, _("The entry was withdrawn. It and its pictures are gone for the public."))


@bp.post("/<number>/objections/<int:objection_id>")
@requires(Permission.DECIDE_OBJECTION)
def decide(number: str, objection_id: int) -> ResponseReturnValue:
    """The leader's decision on an objection."""
    form = VerdictForm()
    if not form.validate():
        return _page(_known(number), verdict=form), 422
    upheld = form.verdict.data == "uphold"
    with transaction():
        row = objections.decide(
            min(objection_id, BIGGEST_ID),
            version=form.version.data,
            upheld=upheld,
            reason=form.reason.data or "",
            by_id=current_user.id,
        )
        if row.number != number:
            abort(404)
    return _done(number, _("Decided. The person who objected can read your reason."))


def _locked(number: str) -> BoardEntry:
    return entries.lock_entry(number, version=DecisionForm().version.data)


def _known(number: str) -> BoardEntry:
    found = queries.by_number(number)
    if found is None:
        raise NotFound()
    return found


def _done(number: str, words: str) -> ResponseReturnValue:
    flash(words, "done")
    return redirect(url_for("publication.entry", number=number), 303)


def _page(row: BoardEntry, **forms: Any) -> str:
    errors = next((form.errors for form in forms.values() if form.errors), None)
    return render_template("publication/entry.html", form_errors=errors, **entry_desk(row, forms, viewer=current_user))
