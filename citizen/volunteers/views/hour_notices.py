"""Public notices of hours, and objections to them, for anybody."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.numbers import parse_page
from citizen.volunteers.documents.hour_notices import line, notice_page, notice_row
from citizen.volunteers.forms.hours import ObjectionForm
from citizen.volunteers.models import HoursNotice
from citizen.volunteers.queries.hour_notices import is_open, notice_with, notices, served_at
from citizen.volunteers.services.hour_notices import object_to
from citizen.web.access import public
from citizen.web.idempotency import fingerprint, new_key, store_answer, stored_answer
from citizen.web.limits import enforce, visitor

bp = Blueprint("hour_notices", __name__, url_prefix="/volunteer/hours-notices")

SCOPE = "hours-objection"
OBJECTIONS = "6/hour"
BIGGEST_ID = 2**31 - 1


@bp.after_request
def _not_found_by_search(response: Response) -> Response:
    """Names, though masked, are for those who look here, not for search engines and their caches."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@bp.get("/")
@public
def index() -> ResponseReturnValue:
    """The notices, the newest first."""
    now = clock.now()
    return render_template("hour_notices/index.html", rows=[notice_row(row, now) for row in notices()])


@bp.get("/<slug>")
@public
def show(slug: str) -> ResponseReturnValue:
    """One notice: its lines while it is open, totals only afterwards."""
    page = parse_page(request.args.get("page"))
    return render_template("hour_notices/show.html", **notice_page(_known(slug), clock.now(), page=page))


@bp.get("/<slug>/object/<int:entry_id>")
@public
def object_form(slug: str, entry_id: int) -> ResponseReturnValue:
    """Where anybody says that a line is not right."""
    return _form(slug, entry_id, ObjectionForm(formdata=None, key=new_key()))


@bp.post("/<slug>/object/<int:entry_id>")
@public
def object(slug: str, entry_id: int) -> ResponseReturnValue:
    """Take the objection; the hours count for no certificate until it is decided."""
    form = ObjectionForm()
    if not form.validate():
        return _form(slug, entry_id, form), 422
    enforce(OBJECTIONS, SCOPE, visitor())
    words, contact, key = form.words.data or "", form.contact.data or "", form.key.data or ""
    content = fingerprint(slug, str(entry_id), words, contact)
    try:
        with transaction():
            if stored_answer(SCOPE, key, content=content) is None:
                object_to(slug, min(entry_id, BIGGEST_ID), words=words, contact=contact, key=key)
                store_answer(SCOPE, key, content=content, answer=slug)
    except InvalidInput as error:
        form.refuse(error, "words")
        return _form(slug, entry_id, form), 422
    flash(_("Thank you. The coordinator looks at it; until then these hours count for no certificate."), "done")
    return redirect(url_for("hour_notices.show", slug=slug), 303)


def _known(slug: str) -> HoursNotice:
    notice = notice_with(slug[:16])
    if notice is None:
        raise NotFound()
    return notice


def _form(slug: str, entry_id: int, form: ObjectionForm) -> str:
    """The form below its line; raises NotFound when the notice does not show that line, Conflict once it is closed."""
    notice = _known(slug)
    if not is_open(notice, clock.now()):
        raise Conflict(_("The time for objections is over. Please call the coordinator."))
    row = served_at(notice, min(entry_id, BIGGEST_ID))
    if row is None:
        raise NotFound()
    return render_template(
        "hour_notices/object.html", notice=notice, row=line(row, notice), form=form, form_errors=form.errors
    )
