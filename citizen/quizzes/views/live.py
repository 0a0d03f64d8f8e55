"""A hall's phones: they type six digits, see the question that the host has opened, and answer it. No account, no name."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from flask import (
    Blueprint,
    Response,
    get_template_attribute,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.numbers import parse_int
from citizen.quizzes.documents.live import own_part, shared_part, state_json
from citizen.quizzes.forms.live import AnswerForm, JoinForm
from citizen.quizzes.queries.live import Standing, standing
from citizen.quizzes.rules.live import TRIED_PER_VISITOR, WRONG_PER_VISITOR, LiveState, typed_code
from citizen.quizzes.services import live
from citizen.web.access import public
from citizen.web.fragments import Part, remembered
from citizen.web.limits import count, enforce, exhausted, forget, visitor
from citizen.web.locale import LOCALES, page_language, speaking

bp = Blueprint("live", __name__, url_prefix="/quizzes/live")

#: The session's random bits, and the round that it was let into last.
PHONE, LET_IN = "live.phone", "live.in"
SCOPE, TRIED = "live-code", "live-tried"


@bp.get("/")
@public
def join() -> ResponseReturnValue:
    """The field for the six digits."""
    return render_template("live/join.html", form=JoinForm(formdata=None), form_errors=None)


@bp.post("/")
@public
def join_code() -> ResponseReturnValue:
    """Let a phone in. A right code forgives the wrong ones before it, since a whole hall may share one address."""
    form = JoinForm()
    if not form.validate():
        return render_template("live/join.html", form=form, form_errors=form.errors), 422
    now = standing(typed_code(form.code.data) or "")
    _count_tries(now)
    if now is None:
        form.code.errors = [_("No round has this code now. Please look at the screen again.")]
        return render_template("live/join.html", form=form, form_errors=form.errors), 422
    forget(WRONG_PER_VISITOR, SCOPE, visitor())
    with transaction():
        live.come_in(now, _phone(now))
    return redirect(url_for("live.phone", code=now.code), 303)


@bp.get("/<code>")
@public
def phone(code: str) -> ResponseReturnValue:
    """What the round shows this phone now."""
    return _page(_let_in(code, fresh=True))


@bp.get("/<code>/state")
@public
def state(code: str) -> ResponseReturnValue:
    """Where the round stands, the same for all phones: no session, no viewer, hardly ever a look into the database."""
    now = _ticketed(code)
    tag = f"{now.ticket}-{now.version}"
    unchanged = request.if_none_match.contains_weak(tag)
    response = Response(status=304) if unchanged else jsonify(state_json(now))
    response.set_etag(tag, weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@bp.get("/<code>/part")
@public
def part(code: str) -> ResponseReturnValue:
    """The part of the page that changes with a step, drawn once for all phones of a language."""
    now = _ticketed(code, version=parse_int(request.args.get("v"), 1, 2**31 - 1) or 0)
    language = request.args.get("l", "")
    with speaking(language if language in LOCALES else page_language()):
        macro = get_template_attribute("live/_part.html", "part")
        html = remembered(macro, Part((now.ticket, now.version), lambda: shared_part(now)))
    response = jsonify({**state_json(now), "html": html})
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@bp.post("/<code>/here")
@public
def here(code: str) -> ResponseReturnValue:
    """Count a phone that came by the QR code; its script says so, since looking at a page changes nothing."""
    now = _let_in(code)
    with transaction():
        live.come_in(now, _phone(now))
    return _nothing()


@bp.post("/<code>/answer")
@public
def answer(code: str) -> ResponseReturnValue:
    """Take an answer; a script gets 204, a plain form the page again."""
    arrived, form = clock.now(), AnswerForm()
    given = form.given(arrived)
    now = _let_in(code, position=given.position)
    try:
        with transaction():
            live.answer(now, _phone(now), given=given)
    except (Conflict, InvalidInput) as error:
        status = 409 if isinstance(error, Conflict) else 422
        if _by_script():
            return jsonify(message=str(error.message)), status
        return _page(_let_in(code, fresh=True), str(error.message)), status
    return _nothing() if _by_script() else redirect(url_for("live.phone", code=now.code), 303)


def _nothing() -> Response:
    return Response(status=204, mimetype="application/json")


def _by_script() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _page(now: Standing, problem: str = "") -> Response:
    shown = own_part(now, _phone(now))
    waits = shown["state"] == LiveState.ASKING and (shown["multiple"] or not shown["own"])
    values: dict[str, Any] = {
        "code": now.code,
        "ticket": now.ticket,
        "part": shown,
        "problem": problem,
        # A page that loads itself again would take away what somebody is about to tick.
        "renews": shown["state"] != LiveState.ENDED and not waits,
    }
    response = make_response(render_template("live/phone.html", **values))
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _phone(now: Standing) -> str:
    """The phone's name in this round: a hash of random bits, so that two rounds do not know of each other."""
    if PHONE not in session:
        session[PHONE] = secrets.token_hex(16)
    if session.get(LET_IN) != now.ticket:
        session[LET_IN] = now.ticket
    return hashlib.sha256(f"{now.ticket}:{session[PHONE]}".encode()).hexdigest()[:32]


def _let_in(code: str, *, fresh: bool = False, position: int = 0) -> Standing:
    """The round, for a phone that was let in before, has the screen's ticket, or still may try codes.

    ``position`` asks for a standing that may have it open. Raises NotFound for a wrong code, which is counted, and
    TooManyRequests beyond the limit.
    """
    now = standing(code, fresh=fresh)
    if now is not None and position and (now.place.position, now.place.state) != (position, LiveState.ASKING):
        now = standing(code, fresh=True)
    if now is not None and (session.get(LET_IN) == now.ticket or _has_ticket(now)):
        return now
    _count_tries(now)
    if now is None:
        raise NotFound()
    return now


def _count_tries(now: Standing | None) -> None:
    """Count a code that led to no round; raises TooManyRequests for a wrong one too many.

    A right one passes, until so many wrong ones came from the same address that somebody must be trying them all.
    """
    if now is None:
        count(TRIED_PER_VISITOR, TRIED, visitor())
        enforce(WRONG_PER_VISITOR, SCOPE, visitor())
    elif exhausted(TRIED_PER_VISITOR, TRIED, visitor()):
        raise TooManyRequests()


def _has_ticket(now: Standing) -> bool:
    return hmac.compare_digest(request.args.get("k", "").encode(), now.ticket.encode())


def _ticketed(code: str, *, version: int = 0) -> Standing:
    """The round for a script that a page of ours started; raises NotFound for all others, so that no code is tried here."""
    now = standing(code)
    if now is not None and now.version < version:
        now = standing(code, fresh=True)
    if now is None or not _has_ticket(now):
        raise NotFound()
    return now
