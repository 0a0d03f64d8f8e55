"""What residents see before they book: the list, its calendar and its map, the page of a shift, the groups."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from citizen.core.errors import NotFound
from citizen.volunteers.documents.calendar import calendar_page, leaf_of
from citizen.volunteers.documents.finding import list_page, map_page
from citizen.volunteers.documents.groups import groups_page
from citizen.volunteers.documents.shift import shift_page
from citizen.volunteers.forms.finding import day_from, wanted_from
from citizen.volunteers.queries.shift_page import shift_with_post
from citizen.volunteers.queries.volunteers import volunteer_of
from citizen.volunteers.views.viewing import signed_in_id, viewing
from citizen.web.access import public
from citizen.web.cache import page_for_all
from citizen.web.fragments import remembered

bp = Blueprint("volunteers", __name__)

#: The greatest number that a row can have.
LAST_ID = 2**31 - 1


@bp.get("/volunteer/")
@public
def index() -> ResponseReturnValue:
    """What I can take: the shifts of the days asked for, with those I cannot take greyed and the reason."""
    page = list_page(wanted_from(request.args), viewing())
    return _shown("volunteers/index.html", page)


@bp.get("/volunteer/map")
@public
def map() -> ResponseReturnValue:
    """The same shifts by area, as circles and as a list."""
    return _shown("volunteers/map.html", map_page(wanted_from(request.args)))


@bp.get("/volunteer/calendar")
@public
def calendar() -> ResponseReturnValue:
    """The same shifts by day: a month in figures or a week shift by shift."""
    leaf = leaf_of(request.args.get("view", ""), day_from(request.args.get("from", "")))
    return _shown("volunteers/calendar.html", calendar_page(wanted_from(request.args), leaf, viewing()))


@bp.get("/volunteer/groups")
@public
def teams() -> ResponseReturnValue:
    """Groups and organisations that volunteer together, without names of persons."""
    page = groups_page()
    return _shown("volunteers/teams.html", {**page, "stamp": repr(page)})


@bp.get("/volunteer/shifts/<int:shift_id>")
@public
def shift(shift_id: int) -> ResponseReturnValue:
    """One shift, in whatever state, and the step that is open to the viewer."""
    row = shift_with_post(shift_id) if shift_id <= LAST_ID else None
    if row is None:
        raise NotFound()
    person_id = signed_in_id()
    page = shift_page(row, volunteer_of(person_id), signed_in=person_id is not None)
    return _shown("volunteers/shift.html", page)


def _shown(template: str, page: dict[str, Any]) -> ResponseReturnValue:
    """The page; what was read for it is its stamp, so that a place taken shows in the very next answer."""
    stamp = page.pop("stamp")
    return page_for_all(
        (template, stamp),
        lambda: render_template(template, installed=current_app.view_functions, remembered=remembered, **page),
    )
