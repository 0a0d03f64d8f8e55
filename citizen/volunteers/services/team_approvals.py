"""Whether a team may act under its name: a coordinator approves or refuses it, never one who leads it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.database import locked
from citizen.core.errors import Conflict, NotFound
from citizen.extensions import db
from citizen.volunteers.models import Team, Volunteer
from citizen.volunteers.rules import approvals as rules
from citizen.volunteers.rules.booking import By
from citizen.volunteers.services import messages
from citizen.volunteers.services.approvals import is_own


def approve(team_id: int, *, version: object, by: By) -> Team:
    """Let the team act under its name.

    Raises NotFound, MissingVersion, Conflict when it changed, was decided already or is led by whoever decides.
    """
    team = _open(team_id, version=version, by=by)
    team.approved_at, team.approved_by = clock.now(), by.person_id
    _keep(team, "team.approved", words="", by=by)
    return team


def refuse(team_id: int, words: str, *, version: object, by: By) -> Team:
    """Close a team that cannot be approved, with words for its leader; raises as `approve`, InvalidInput without words."""
    rules.ensure_words(words, "words")
    team = _open(team_id, version=version, by=by)
    team.ended_at, team.join_code = clock.now(), None
    _keep(team, "team.refused", words=words.strip(), by=by)
    return team


def _open(team_id: int, *, version: object, by: By) -> Team:
    """The team, locked, while it waits for its approval."""
    team = locked(Team, Team.id == team_id)
    if team is None:
        raise NotFound()
    if is_own(db.session.get_one(Volunteer, team.leader_id), by.person_id):
        raise Conflict(_l("You lead this team. Another coordinator decides on it."))
    rules.ensure_version(version, team.version)
    if team.approved_at is not None or team.ended_at is not None:
        raise Conflict(_l("This team was decided on already."))
    return team


def _keep(team: Team, action: str, *, words: str, by: By) -> None:
    team.version += 1
    detail = {"words": words} if words else {}
    record(action, "team", subject_id=team.id, actor=by.pair, detail=detail)
    leader = db.session.get_one(Volunteer, team.leader_id)
    event = action.replace(".", "_")
    messages.say(event, leader, values={"team": team.name, **detail}, key=f"{event}:{team.id}")
