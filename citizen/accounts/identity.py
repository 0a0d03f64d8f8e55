"""Who the caller is: signing in and out of the server-side session.

The session's id changes whenever its rights do, so an id planted or seen before is worth nothing afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from flask import current_app, request, session
from flask_login import AnonymousUserMixin, UserMixin, current_user, login_user
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from citizen.accounts.models import Person, RoleHolder, StaffRole
from citizen.core import clock
from citizen.core.permissions import Permission, Role, allowed
from citizen.extensions import login_manager
from citizen.web.sessions import PERSON, ServerSession, read_along

PENDING = "second_factor"
#: How long the page for the code waits after the password, in seconds.
PENDING_SECONDS = 600
#: What belongs to one signing-in and never to the next.
OWN_KEYS = (PENDING, "_user_id", "_fresh", "_id", "csrf_token", "totp_setup", "recovery_codes")
DEVICE_SECONDS = 365 * 24 * 3600


class Stranger(AnonymousUserMixin):
    """Somebody who is not signed in; can be asked for permissions like everybody else."""

    id: int | None = None
    unit_code: str | None = None
    language: str | None = None
    name = ""
    roles: frozenset[Role] = frozenset()


login_manager.anonymous_user = Stranger


@dataclass(frozen=True, eq=False)
class SignedIn(RoleHolder, UserMixin):
    """Somebody who is signed in, as the request found them: what pages and permissions ask of a `Person`, for reading only."""

    id: int
    name: str
    email: str | None
    phone: str | None
    unit_code: str | None
    post: str
    language: str | None
    totp_secret: str | None
    must_change_password: bool
    roles: frozenset[Role]


_PEOPLE: Any = Person.__table__
_PLAIN = tuple(name for name in SignedIn.__dataclass_fields__ if name != "roles")
_ROLES = select(func.aggregate_strings(StaffRole.role, " ")).where(StaffRole.person_id == PERSON).scalar_subquery()
read_along(
    _PEOPLE,
    on=_PEOPLE.c.id == PERSON,
    columns={f"me_{name}": _PEOPLE.c[name] for name in (*_PLAIN, "disabled_at")} | {"me_roles": _ROLES},
)


@login_manager.user_loader
def load_person(user_id: str) -> SignedIn | None:
    """The session's person, unless the account was closed; the session's row must be theirs too."""
    mine = _session()
    if mine.of_person("me_id") is None or str(mine.of_person("me_id")) != user_id or mine.of_person("me_disabled_at"):
        return None
    roles = frozenset(map(Role, (mine.of_person("me_roles") or "").split()))
    return SignedIn(roles=roles, **{name: mine.of_person(f"me_{name}") for name in _PLAIN})


def _session() -> ServerSession:
    return cast(ServerSession, session._get_current_object())  # type: ignore[attr-defined]


def _move_to(person: Person) -> None:
    """Continue under a new session id that belongs to ``person``; drafts come along, but never another's."""
    mine = _session()
    if session.get("_user_id") not in (None, str(person.id)):
        session.clear()
    for key in OWN_KEYS:
        session.pop(key, None)
    mine.rotate(person_id=person.id, staff=person.is_staff)


def sign_in(person: Person) -> None:
    """The caller is ``person`` from now on."""
    _move_to(person)
    login_user(person)
    for key in ("_id", "_fresh"):
        session.pop(key, None)


def await_code(person: Person, target: str) -> None:
    """The caller knows the password of ``person`` and still has to show the second factor."""
    _move_to(person)
    until = clock.now().timestamp() + PENDING_SECONDS
    session[PENDING] = {"person": person.id, "until": until, "next": target}


def pending() -> dict[str, Any] | None:
    """Whose code is awaited ("person") and where to go then ("next"), or None when nobody's or too late."""
    found = session.get(PENDING)
    if not found or found["until"] < clock.now().timestamp() or _session().person_id != found["person"]:
        return None
    return cast("dict[str, Any]", found)


def sign_out(response: Response) -> Response:
    """End the session for good and let the browser forget its pages; copies of the cookie are dead.

    What interviewers have not sent yet is in the browser's storage and nowhere else, so theirs is left alone; their desk
    clears it when nothing waits any more. Nobody is signed in where the session ended by itself: it may have been theirs.
    """
    keep = not current_user.is_authenticated or allowed(current_user, Permission.INTERVIEW)
    _session().destroy()
    response.headers["Clear-Site-Data"] = '"cache"' if keep else '"cache", "storage"'
    return response


def _device_cookie() -> str:
    return "__Host-device" if current_app.config["SESSION_COOKIE_SECURE"] else "device"


def device_token() -> str | None:
    """The value by which this browser may be known, if plausible."""
    token = request.cookies.get(_device_cookie())
    return token if token and len(token) == 43 else None


def keep_device(response: Response, token: str) -> Response:
    """Let the browser carry ``token`` for a year."""
    response.set_cookie(
        _device_cookie(),
        token,
        max_age=DEVICE_SECONDS,
        path="/",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )
    return response
