"""Who looks at a page of the volunteers' section."""

from __future__ import annotations

from typing import cast

from flask import current_app, request, session
from flask_login import current_user

from citizen.volunteers.models import Volunteer
from citizen.volunteers.queries.volunteers import volunteer_id_of, volunteer_of
from citizen.web.sessions import PERSON, ServerSession, read_along

read_along(Volunteer.__table__, on=Volunteer.person_id == PERSON, columns={"volunteer_id": Volunteer.id})


def signed_in_id() -> int | None:
    """The id of the signed-in person; nobody is looked for when no session was sent."""
    if current_app.config["SESSION_COOKIE_NAME"] not in request.cookies:
        return None
    return int(current_user.id) if current_user.is_authenticated else None


def viewing_id() -> int | None:
    """The id of the volunteer who looks, where nothing else of them is needed."""
    person_id = signed_in_id()
    if person_id is None:
        return None
    known: int | None = cast(ServerSession, session).of_person("volunteer_id")
    return known or volunteer_id_of(person_id)  # the profile may be of this very request


def viewing() -> Volunteer | None:
    """The volunteer who looks, if the visitor is signed in and has said who they are."""
    return volunteer_of(signed_in_id())
