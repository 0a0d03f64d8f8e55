"""Teams: one's own, founding, joining by a code; what the leader does."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.numbers import group_code, parse_int
from citizen.volunteers.forms.teams import CodeForm, TeamForm
from citizen.volunteers.models import Team, Volunteer
from citizen.volunteers.queries.teams import led_team, members_of, own_team, size_of, teams_with
from citizen.volunteers.rules.teams import KINDS, TeamKind, may_sign_up
from citizen.volunteers.services import teams as service
from citizen.volunteers.views.own import LAST_ID, the_viewer
from citizen.volunteers.views.viewing import viewing
from citizen.web.access import signed_in
from citizen.web.limits import enforce

bp = Blueprint("teams", __name__, url_prefix="/volunteer/teams")

#: Codes that one account may try.
TRIES = "20/hour"


@bp.get("/")
@signed_in
def index() -> ResponseReturnValue:
    """My teams, and the two ways to another one."""
    return _index(viewing(), CodeForm(formdata=None))


def _index(me: Volunteer | None, form: CodeForm) -> str:
    teams = teams_with(me.id) if me else []
    return render_template("teams/index.html", me=me, teams=teams, kinds=KINDS, form=form, form_errors=form.errors)


@bp.post("/join")
@signed_in
def join() -> ResponseReturnValue:
    """Join the team of a code."""
    me, form = the_viewer(), CodeForm()
    enforce(TRIES, "team-code", str(me.person_id))
    if form.validate():
        try:
            with transaction():
                team_id = service.join(me, form.code.data or "").id
            flash(_("You are in the team now."), "done")
            return redirect(url_for("teams.show", team_id=team_id), 303)
        except InvalidInput as error:
            form.refuse(error, "code")
        except Conflict as error:
            form.refuse(InvalidInput(error.message), "code")
    return _index(the_viewer(), form), 422


@bp.route("/new", methods=["GET", "POST"])
@signed_in
def new() -> ResponseReturnValue:
    """Found a team."""
    me = viewing()
    if me is None:
        return redirect(url_for("joining.join_form", next=url_for("teams.new")), 303)
    form = TeamForm(formdata=None).offer_choices()
    if request.method != "POST":
        return render_template("teams/new.html", form=form, form_errors={})
    form, status = TeamForm().offer_choices(), 422
    if form.validate():
        try:
            with transaction():
                team_id = service.create(me, form.to_draft()).id
            return redirect(url_for("teams.show", team_id=team_id), 303)
        except InvalidInput as error:
            form.refuse(error, "name")
        except Conflict as error:
            status = 409
            form.refuse(InvalidInput(error.message), "name")
    return render_template("teams/new.html", form=form, form_errors=form.errors), status


@bp.get("/<int:team_id>")
@signed_in
def show(team_id: int) -> ResponseReturnValue:
    """One's own team; the list of members is the leader's."""
    me = the_viewer()
    team = own_team(me, _known(team_id))
    leads = team.leader_id == me.id
    return render_template(
        "teams/show.html",
        team=team,
        me=me,
        leads=leads,
        kind=KINDS[TeamKind(team.kind)],
        size=size_of(team.id),
        members=members_of(team.id) if leads else [],
        code=group_code(team.join_code, 4) if leads and team.join_code else "",
        ready=may_sign_up(team.kind, approved=team.approved_at is not None),
    )


def _known(team_id: int) -> int:
    if team_id > LAST_ID:
        raise NotFound()
    return team_id


@bp.route("/<int:team_id>/leave", methods=["GET", "POST"])
@signed_in
def leave(team_id: int) -> ResponseReturnValue:
    """Ask once, then leave."""
    me = the_viewer()
    team = own_team(me, _known(team_id))
    if request.method != "POST":
        return render_template("teams/leave.html", team=team, last=size_of(team.id) == 1)
    with transaction():
        service.leave(me, team.id)
    flash(_("You have left the team."), "done")
    return redirect(url_for("teams.index"), 303)


@bp.route("/<int:team_id>/members/<int:member_id>/<any('lead', 'out'):what>", methods=["GET", "POST"])
@signed_in
def member(team_id: int, member_id: int, what: str) -> ResponseReturnValue:
    """Ask once, then let a member lead, or take the member out."""
    me = the_viewer()
    team, other = _member(me, team_id, member_id)
    if request.method != "POST":
        return render_template("teams/member.html", team=team, other=other, what=what)
    act = service.hand_over if what == "lead" else service.take_out
    with transaction():
        act(me, team.id, other.id)
    return redirect(url_for("teams.show", team_id=team_id), 303)


def _member(me: Volunteer, team_id: int, member_id: int) -> tuple[Team, Volunteer]:
    """A team that I lead and another member of it; raises NotFound."""
    team = led_team(me, _known(team_id))
    other = next((row for row in members_of(team.id) if row.id == member_id and row.id != me.id), None)
    if other is None:
        raise NotFound()
    return team, other


@bp.post("/<int:team_id>/code")
@signed_in
def code(team_id: int) -> ResponseReturnValue:
    """A new code, or none."""
    me = the_viewer()
    led_team(me, _known(team_id))
    opened = parse_int(request.form.get("open"), 0, 1) == 1
    with transaction():
        service.renew_code(me, team_id, open_=opened)
    return redirect(url_for("teams.show", team_id=team_id), 303)
