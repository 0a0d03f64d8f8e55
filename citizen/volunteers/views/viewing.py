"""Who looks at a page of the volunteers' section."""

from __future__ import annotations

from flask import current_app, request
from flask_login import current_user

from citizen.volunteers.models import Volunteer
from citizen.volunteers.queries.volunteers import volunteer_id_of, volunteer_of


def signed_in_id() -> int | None:
    """The id of the signed-in person; nobody is looked for when no session was sent."""
    if current_app.config["SESSION_COOKIE_NAME"] not in request.cookies:
        return None
    return int(current_user.id) if current_user.is_authenticated else None


def viewing_id() -> int | None:
    """The id of the volunteer who looks, where nothing else of them is needed."""
    return volunteer_id_of(signed_in_id())


def viewing() -> Volunteer | None:
    """The volunteer who looks, if the visitor is signed in and has said who they are."""
    return volunteer_of(signed_in_id())
