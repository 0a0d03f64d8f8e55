"""The page where somebody chooses who comes along."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask_babel import gettext as _

from citizen.volunteers.documents.cards import full_span, shift_title, why_not
from citizen.volunteers.models import Shift, Volunteer
from citizen.volunteers.queries.mine import active_at, booked_at
from citizen.volunteers.queries.standing import family
from citizen.volunteers.queries.teams import members_of, teams_signing_up
from citizen.web.idempotency import new_key


def party_page(shift: Shift, me: Volunteer, *, error: str = "", chosen: Collection[int] = ()) -> dict[str, Any]:
    """The viewer's children and the members of teams whom they may sign up, with those who cannot come and why."""
    return {
        "shift": shift,
        "title": shift_title(shift),
        "span": full_span(shift.starts_at, shift.ends_at),
        "groups": [group for group in (_children(shift, me), *_teams(shift, me)) if group["people"]],
        "myself": active_at(me.id, shift.id) is None,
        "key": new_key(),
        "error": error,
        "chosen": chosen,
        "form_errors": error,
    }


def _children(shift: Shift, me: Volunteer) -> dict[str, Any]:
    people = [
        {"id": child.id, "name": child.name, "why": "" if standing.can_wait else why_not(standing)}
        for child, standing in family(me, shift)
    ]
    return {"title": _("My children"), "people": people}


def _teams(shift: Shift, me: Volunteer) -> list[dict[str, Any]]:
    """Of members nothing is told but that they are in already: what else stands in the way is their own business."""
    inside = booked_at(shift.id)
    words = _("In already")
    return [
        {
            "title": team.name,
            "people": [
                {"id": member.id, "name": member.name, "why": words if member.id in inside else ""}
                for member in members_of(team.id)
                if member.id != me.id
            ],
        }
        for team in teams_signing_up(me.id)
    ]
