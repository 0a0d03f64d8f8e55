"""Sections for everybody; a team's leader asks for one, for another season, or takes the request back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.numbers import parse_int, parse_page
from citizen.volunteers.documents.sections import list_page, offer_teams, section_page
from citizen.volunteers.forms.sections import BIGGEST_ID, AdoptForm, RenewForm, VersionForm
from citizen.volunteers.models import Volunteer
from citizen.volunteers.queries.sections import Listed, listed_section
from citizen.volunteers.queries.volunteers import volunteer_of
from citizen.volunteers.rules.booking import Actor, By
from citizen.volunteers.services import adoptions
from citizen.web.access import public, signed_in
from citizen.web.idempotency import fingerprint, new_key, store_answer, stored_answer
from citizen.web.limits import enforce

bp = Blueprint("sections", __name__, url_prefix="/volunteer/sections")

SCOPE = "adoption"
#: What a new form proposes: a half year of Saturday mornings, beginning in a week.
SOON, SEASON = timedelta(days=7), timedelta(days=182)


@bp.get("/")
@public
def index() -> ResponseReturnValue:
    """All sections that teams can look after, and the map with the same rows."""
    values = {name: request.args.get(name, "")[:40] for name in ("area", "kind", "state")}
    page = list_page(values, page=parse_page(request.args.get("page")))
    return render_template("sections/index.html", **page)


@bp.get("/<int:section_id>")
@public
def show(section_id: int) -> ResponseReturnValue:
    """One section: who looks after it, and what was done there so far."""
    return _page(_known(section_id))


@bp.get("/<int:section_id>/adopt")
@signed_in
def adopt_form(section_id: int) -> ResponseReturnValue:
    """The question which season and rhythm a team proposes; or how to come by a team."""
    first = clock.today() + SOON
    values: dict[str, Any] = {"minutes": "90", "capacity": "10", "starts": "08:30", "weekday": "5"}
    form = AdoptForm(key=new_key(), from_day=first, until_day=first + SEASON, **values)
    return _adopt_page(_known(section_id), form)


@bp.post("/<int:section_id>/adopt")
@signed_in
def adopt(section_id: int) -> ResponseReturnValue:
    """Ask for the section; the same form sent twice asks once."""
    form = AdoptForm()
    known = _known(section_id)
    if not form.validate():
        return _adopt_page(known, form), 422
    enforce("30/hour", SCOPE, str(current_user.id))
    season, team_id = form.to_season(), parse_int(form.team_id.data, 1, BIGGEST_ID) or 0
    content = fingerprint(str(section_id), str(team_id), repr(season))
    try:
        with transaction():
            if stored_answer(SCOPE, form.key.data or "", content=content) is None:
                row = adoptions.ask(section_id, team_id, season, by=_me())
                store_answer(SCOPE, form.key.data or "", content=content, answer=str(row.id))
    except (InvalidInput, Conflict) as error:
        field = getattr(error, "field", None) or "team_id"
        form.refuse(InvalidInput(error.message, field), "team_id")
        return _adopt_page(_known(section_id), form), 409 if isinstance(error, Conflict) else 422
    flash(_("Asked. The coordinator decides and tells you."), "done")
    return redirect(url_for("sections.show", section_id=section_id), 303)


@bp.post("/requests/<int:adoption_id>/withdraw")
@signed_in
def withdraw(adoption_id: int) -> ResponseReturnValue:
    """Take a request back that nobody has decided yet."""
    with transaction():
        row = adoptions.withdraw(min(adoption_id, BIGGEST_ID), version=VersionForm().version.data, by=_me())
        section_id = row.section_id
    flash(_("The request is taken back."), "done")
    return redirect(url_for("sections.show", section_id=section_id), 303)


@bp.post("/<int:section_id>/renew")
@signed_in
def renew(section_id: int) -> ResponseReturnValue:
    """Ask for another season in the same rhythm."""
    form, known = RenewForm(), _known(section_id)
    if known.adoption is None:
        raise NotFound()
    if not form.validate():
        return _page(known, renew=form), 422
    try:
        with transaction():
            adoptions.ask_renewal(known.adoption.id, form.until_day.data, by=_me())
    except InvalidInput as error:
        form.refuse(error, "until_day")
        return _page(_known(section_id), renew=form), 422
    flash(_("Asked. The coordinator decides and tells you."), "done")
    return redirect(url_for("sections.show", section_id=section_id), 303)


def _known(section_id: int) -> Listed:
    found = listed_section(min(section_id, BIGGEST_ID))
    if found is None or (not found.section.active and found.adoption is None):
        raise NotFound()
    return found


def _me() -> By:
    return By(current_user.id, Actor.VOLUNTEER)


def _volunteer() -> Volunteer | None:
    return volunteer_of(current_user.id) if current_user.is_authenticated else None


def _page(known: Listed, *, renew: RenewForm | None = None) -> str:
    page = section_page(known, volunteer=_volunteer())
    form = renew or RenewForm(formdata=None)
    if renew is None and page["own"]:
        form.until_day.data = page["own"].until_day + SEASON
    return render_template("sections/show.html", renew=form, form_errors=form.errors, **page)


def _adopt_page(known: Listed, form: AdoptForm) -> str:
    volunteer = _volunteer()
    teams = offer_teams(form, volunteer)
    page = section_page(known, volunteer=volunteer)
    return render_template("sections/adopt.html", form=form, form_errors=form.errors, teams=teams, **page)
