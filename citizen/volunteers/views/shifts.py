"""The coordinator's boards, and making single shifts."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.core.numbers import parse_page
from citizen.core.permissions import Permission
from citizen.volunteers.documents.posts import post_choices
from citizen.volunteers.documents.shift_board import coverage_page, filter_of, list_page, sections, week_page
from citizen.volunteers.forms.shifts import NewShiftForm
from citizen.volunteers.queries.board import VIEWS, Filter
from citizen.volunteers.rules.coverage import monday_of
from citizen.volunteers.services import shifts
from citizen.volunteers.views.deciding import kept_of, me
from citizen.web.access import requires
from citizen.web.idempotency import fingerprint, new_key, once

bp = Blueprint("shifts", __name__, url_prefix="/office/shifts")

SCOPE = "shift"


@bp.get("/")
@requires(Permission.MANAGE_SHIFTS)
def index() -> ResponseReturnValue:
    """The week, or one of the lists whose numbers stand above it."""
    view, now = request.args.get("view", ""), clock.now()
    if view in VIEWS:
        page = parse_page(request.args.get("page"))
        return render_template("shifts/list.html", **list_page(view, _filter(), now=now, page=page))
    first = _day("from") or clock.today()
    lacking = request.args.get("lacking") == "1"
    return render_template("shifts/index.html", **week_page(_filter(), first=first, lacking=lacking, now=now))


@bp.get("/coverage")
@requires(Permission.MANAGE_SHIFTS)
def coverage() -> ResponseReturnValue:
    """Minutes in which posts stood empty, by week."""
    monday = monday_of(_day("week") or clock.today())
    return render_template("shifts/coverage.html", **coverage_page(_filter(), monday=monday, now=clock.now()))


@bp.get("/new")
@requires(Permission.MANAGE_SHIFTS)
def new_form() -> ResponseReturnValue:
    """The form for a single shift."""
    return _new_page(NewShiftForm(key=new_key(), post=request.args.get("post", ""), day=_day("day")))


@bp.post("/new")
@requires(Permission.MANAGE_SHIFTS)
def new() -> ResponseReturnValue:
    """Make a single shift, once for each form."""
    form = NewShiftForm()
    if not form.validate():
        return _new_page(form), 422
    try:
        with transaction():
            shift_id = _create(form)
    except (InvalidInput, Conflict) as error:
        form.refuse(error if isinstance(error, InvalidInput) else InvalidInput(error.message), form.FALLBACK)
        return _new_page(form), 422 if isinstance(error, InvalidInput) else 409
    flash(_("The shift is made."), "done")
    return redirect(url_for("shifts.show", shift_id=shift_id), 303)


def _create(form: NewShiftForm) -> str:
    key, content = form.key.data or "", fingerprint(*(str(row["values"]) for row in kept_of(form)))
    return once(SCOPE, key, content=content, make=lambda: shifts.create_shift(form.to_draft(), by=me()).id)


def _new_page(form: NewShiftForm) -> str:
    form.post.choices = post_choices()
    return render_template("shifts/new.html", form=form, form_errors=form.errors, sections=sections(""))


def _filter() -> Filter:
    return filter_of(request.args.get("area", ""), request.args.get("kind", ""))


def _day(name: str) -> date | None:
    """A day of the address within what calendars hold, or None."""
    try:
        found = date.fromisoformat(request.args.get(name, "")[:10])
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None
