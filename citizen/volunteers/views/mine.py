"""A volunteer's own page: what comes, what was, and the doors to everything else of theirs."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from citizen.volunteers.documents.mine import mine_page
from citizen.volunteers.views.viewing import viewing
from citizen.web.access import signed_in

bp = Blueprint("volunteering", __name__)


@bp.get("/volunteer/mine")
@signed_in
def mine() -> ResponseReturnValue:
    """My shifts, those of my children, my hours."""
    me = viewing()
    page = mine_page(me) if me is not None else None
    return render_template("volunteering/mine.html", installed=current_app.view_functions, me=me, page=page)
