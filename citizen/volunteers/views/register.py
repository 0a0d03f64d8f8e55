"""The register of volunteers: finding people, looking at one, putting approvals on record."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, MissingVersion
from citizen.core.numbers import parse_int
from citizen.core.permissions import Permission
from citizen.core.text import clean_line
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.volunteers.documents.record import record_page
from citizen.volunteers.documents.register import list_page, results
from citizen.volunteers.forms.register import ACTS, RecordForm, RosterForm, TeamVerdictForm
from citizen.volunteers.models import Volunteer
from citizen.volunteers.queries.register import Wanted
from citizen.volunteers.rules.approvals import MOST_TICKED, Narrowing
from citizen.volunteers.rules.booking import Actor, By
from citizen.volunteers.rules.teams import KINDS
from citizen.volunteers.rules.volunteers import SKILLS
from citizen.volunteers.services import approvals, team_approvals
from citizen.volunteers.services.approvals import Decision
from citizen.web.access import requires

bp = Blueprint("register", __name__, url_prefix="/office/volunteers")

BIGGEST_ID = 2**31 - 1
RESULTS = "briefing_results"


@bp.get("/")
@requires(Permission.MANAGE_SHIFTS)
def index() -> ResponseReturnValue:
    """One page of the register, and above it what waits for approval."""
    return _list(wanted_now(), form=RosterForm(formdata=None, briefed_on=clock.today()))


@bp.post("/")
@requires(Permission.MANAGE_SHIFTS)
def briefed() -> ResponseReturnValue:
    """Record the briefing of everybody ticked; what came of each row is shown next."""
    form = RosterForm()
    try:
        if not form.validate():
            return _list(wanted_now(), form=form), 422
        with transaction():
            found = approvals.brief_all(_ticked(), form.briefed_on.data, by=me())
    except InvalidInput as error:
        form.refuse(error, "briefed_on")
        return _list(wanted_now(), form=form), 422
    session[RESULTS] = [[id_, outcome.value] for id_, outcome in found]
    return redirect(url_for("register.results_page"), 303)


@bp.get("/briefed")
@requires(Permission.MANAGE_SHIFTS)
def results_page() -> ResponseReturnValue:
    """What came of each row of the last roster."""
    found = [(int(id_), str(code)) for id_, code in session.get(RESULTS, [])]
    query = db.select(Volunteer).where(Volunteer.id.in_([id_ for id_, _code in found]))
    people = {row.id: row for row in db.session.execute(query).scalars()} if found else {}
    return render_template("register/results.html", rows=results(found, people))


@bp.get("/<int:volunteer_id>")
@requires(Permission.MANAGE_SHIFTS)
def show(volunteer_id: int) -> ResponseReturnValue:
    """A volunteer's whole record; the look itself goes on record."""
    return _page(volunteer_id, {})


@bp.post(f"/<int:volunteer_id>/<any({', '.join(ACTS)}):act>")
@requires(Permission.MANAGE_SHIFTS)
def decide(volunteer_id: int, act: str) -> ResponseReturnValue:
    """Put one decision on record."""
    form = ACTS[act]()
    if not form.validate():
        return _page(volunteer_id, {act: form}), 422
    try:
        with transaction():
            form.decide(Decision(volunteer_id, form.version.data, me()))
    except MissingVersion:
        raise
    except InvalidInput as error:
        form.refuse(error, form.first)
        return _page(volunteer_id, {act: form}), 422
    except Conflict as error:
        form.refuse(InvalidInput(error.message), form.first)
        return _page(volunteer_id, {act: form}, changed=True), 409
    flash(_("It is on record."), "done")
    return redirect(url_for("register.show", volunteer_id=volunteer_id), 303)


@bp.post("/teams/<int:team_id>")
@requires(Permission.MANAGE_SHIFTS)
def team(team_id: int) -> ResponseReturnValue:
    """Approve a team, or refuse it with words."""
    form = TeamVerdictForm()
    approving = request.form.get("verdict") == "approve"
    try:
        with transaction():
            if approving:
                team_approvals.approve(team_id, version=form.version.data, by=me())
            elif form.validate():
                team_approvals.refuse(team_id, form.words.data or "", version=form.version.data, by=me())
    except MissingVersion:
        raise
    except InvalidInput as error:
        form.refuse(error, "words")
    if form.errors:
        return _list(
            Wanted(), form=RosterForm(formdata=None, briefed_on=clock.today()), team_form=form, team_id=team_id
        ), 422
    flash(_("The team is approved.") if approving else _("The team is refused. Its leader can read why."), "done")
    return redirect(url_for("register.index"), 303)


def wanted_now() -> Wanted:
    """The view that the address asks for; what means nothing is passed over."""
    narrow, area, skill = (request.args.get(name, "") for name in ("view", "area", "skill"))
    try:
        words = clean_line(request.args.get("q", ""), 60)
    except InvalidInput:
        words = ""
    return Wanted(
        words=words,
        narrow=narrow if narrow in list(Narrowing) else "",
        area=area if area in directory().areas else "",
        skill=skill if skill in SKILLS else "",
    )


def _ticked() -> list[tuple[int, str]]:
    """(id, version) of the ticked rows, each once; one more than allowed is read, so that too many are refused."""
    pairs = (value.partition("-") for value in list(dict.fromkeys(request.form.getlist("person")))[: MOST_TICKED + 1])
    found = ((parse_int(id_, 1, BIGGEST_ID), version) for id_, _dash, version in pairs)
    return list({id_: (id_, version) for id_, version in found if id_}.values())


def me() -> By:
    """Whoever is signed in, as a coordinator."""
    return By(current_user.id, Actor.COORDINATOR)


def _list(wanted: Wanted, *, form: RosterForm, **team: Any) -> str:
    before = parse_int(request.args.get("before"), 1, BIGGEST_ID)
    page = list_page(wanted, before=before, viewer_id=current_user.id)
    return render_template(
        "register/index.html",
        form=form,
        form_errors=form.errors,
        ticked=set(request.form.getlist("person")),
        query=request.args.to_dict(),
        kinds=KINDS,
        blank_team_form=TeamVerdictForm(formdata=None),
        installed=current_app.view_functions,
        **page,
        **team,
    )


def _page(volunteer_id: int, sent: dict[str, RecordForm], *, changed: bool = False) -> str:
    number = min(volunteer_id, BIGGEST_ID)
    with transaction():
        approvals.look(number, by=me())
    volunteer = db.session.get_one(Volunteer, number)
    for form in sent.values():
        # What was typed stays; saved once more, it replaces the version that the coordinator now knows of.
        form.version.data = str(volunteer.version) if changed else form.version.data
    page = record_page(volunteer, sent, viewer_id=current_user.id)
    errors = next((form.errors for form in sent.values() if form.errors), None)
    return render_template("register/show.html", form_errors=errors, sent=sent, **page)
