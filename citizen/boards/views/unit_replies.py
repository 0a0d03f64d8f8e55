"""Where a unit replies to entries about its work, before and after they are shown."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.boards import queries
from citizen.boards.documents.desk import reply_desk
from citizen.boards.forms import ReplyForm
from citizen.boards.models import BoardEntry
from citizen.boards.services import entries, replies
from citizen.cases.models import Case
from citizen.core.database import transaction
from citizen.core.errors import InvalidInput, MissingVersion, NotFound
from citizen.core.permissions import Permission, ensure
from citizen.extensions import db
from citizen.web.access import requires

bp = Blueprint("unit_replies", __name__, url_prefix="/unit/replies")


@bp.get("/")
@requires(Permission.REPLY_ENTRY)
def index() -> ResponseReturnValue:
    """Entries that wait for the unit's reply."""
    rows = queries.entries_to_reply(current_user.unit_code or "")
    return render_template("unit_replies/index.html", jobs=[reply_desk(entry, case) for entry, case in rows])


@bp.get("/<number>")
@requires(Permission.REPLY_ENTRY)
def entry(number: str) -> ResponseReturnValue:
    """What would be shown, and the form for the reply."""
    return _page(_own(number), ReplyForm())


@bp.post("/<number>")
@requires(Permission.REPLY_ENTRY)
def reply(number: str) -> ResponseReturnValue:
    """Reply, or say that there will be no reply."""
    form = ReplyForm()
    if not form.validate():
        return _page(_own(number), form), 422
    silent = request.form.get("answer") == "none"
    try:
        with transaction():
            _own(number)
            row = entries.lock_entry(number, version=form.version.data)
            if not silent and not form.words.data:
                raise InvalidInput(_("Write a sentence, or choose not to reply"), "words")
            words = "" if silent else form.words.data or ""
            replies.reply(row, words, by_id=current_user.id, role="unit")
    except MissingVersion:
        raise
    except InvalidInput as error:
        form.refuse(error, "words")
        return _page(_own(number), form), 422
    flash(_("Thank you. The office has been told."), "done")
    return redirect(url_for("unit_replies.index"), 303)


def _own(number: str) -> BoardEntry:
    row = queries.by_number(number)
    if row is None or row.notified_at is None:
        raise NotFound()
    ensure(current_user, Permission.REPLY_ENTRY, db.session.get(Case, row.case_id))
    return row


def _page(row: BoardEntry, form: ReplyForm) -> str:
    case = db.session.get(Case, row.case_id)
    if case is None:
        raise NotFound()
    form.version.data = form.version.data or str(row.version)
    return render_template(
        "unit_replies/entry.html", form=form, job=reply_desk(row, case), entry=row, form_errors=form.errors
    )
