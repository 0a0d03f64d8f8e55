"""Who takes a quiz: the account of a request, or the random id that a visitor's session holds."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import replace

from flask import current_app, request, session
from flask_login import current_user

from citizen.core import clock
from citizen.quizzes.rules.attempts import Taker, key_of

#: Where a visitor's session keeps the id; signing in leaves it there.
SESSION_KEY = "quiz.taker"


def current_taker() -> Taker:
    """Whoever sends this request; a visitor without an id is given one, which writes to the session.

    The id follows from the session's form token, so that a button pressed twice before the first answer came back names
    one visitor, not two. Only whoever may begin something is given a ``device``: answers come ten times as often.
    """
    known = known_taker()
    if known is None:
        session[SESSION_KEY] = _new_id(str(session.get("csrf_token") or secrets.token_urlsafe(24)))
        known = _visitor(session[SESSION_KEY])
    return replace(known, device=_device())


def _new_id(source: str) -> str:
    """Pages show the form token: without the site's secret it says nothing of the id."""
    secret: bytes = current_app.config["SETTINGS"].secret_bytes
    return hmac.new(secret, f"quiz-taker:{source}".encode(), hashlib.sha256).hexdigest()


def known_taker() -> Taker | None:
    """Whoever sends this request if they can have taken a quiz before, else None; nothing is ever written."""
    return next(iter(takers()), None)


def takers() -> tuple[Taker, ...]:
    """Everybody that this session stands for: its account, and the visitor that it was before it signed in.

    An attempt begun without an account so stays with whoever signs in midway; signing in as somebody else, or out,
    clears the session and with it the visitor. Nothing is ever written.
    """
    if current_app.config["SESSION_COOKIE_NAME"] not in request.cookies:
        return ()
    held = session.get(SESSION_KEY)
    visitor = _visitor(held) if held else None
    if not current_user.is_authenticated:
        return (visitor,) if visitor else ()
    account = Taker(key_of(current_user.id), int(current_user.id))
    if visitor is None:
        return (account,)
    return replace(account, also=(visitor.key,)), replace(visitor, also=(account.key,))


def _visitor(held: str) -> Taker:
    """The database knows a hash only: whoever reads it cannot take over a session."""
    return Taker("v" + hashlib.sha256(held.encode()).hexdigest()[:32], None)


def _device() -> str:
    """A pseudonym of address and browser, different every day and useless without the site's secret."""
    secret: bytes = current_app.config["SETTINGS"].secret_bytes
    source = f"quiz-device:{clock.today()}:{request.remote_addr}:{request.user_agent.string}"
    return hmac.new(secret, source.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:24]
