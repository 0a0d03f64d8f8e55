"""Taking a quiz: one question a page, the overview, more time, handing in. None of it is ever kept by a cache."""

from __future__ import annotations

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.quizzes.documents.index import place_of
from citizen.quizzes.documents.overview import overview_page
from citizen.quizzes.documents.question import question_page
from citizen.quizzes.forms.attempts import Go, Sent, position_from, sent_from
from citizen.quizzes.queries.place import Place, place_in
from citizen.quizzes.queries.taking import asked
from citizen.quizzes.services import attempts
from citizen.quizzes.services.attempts import Answer, Stored
from citizen.quizzes.views.taker import takers
from citizen.web.access import public

bp = Blueprint("attempts", __name__, url_prefix="/quizzes/attempts")

#: Set by the script that saves an answer as soon as it is chosen; the answer is JSON then.
AUTOSAVE = "X-Autosave"


@bp.after_request
def keep_private(response: Response) -> Response:
    """What stands here is one person's own, and says something else a moment later."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def own(token: str) -> Place:
    """The attempt behind an address; raises NotFound for everybody but its taker."""
    found = place_in(token, takers())
    if found is None:
        raise NotFound()
    return found


@bp.get("/<token>/<int:position>")
@public
def question(token: str, position: int) -> ResponseReturnValue:
    """One question; of an attempt that is over, its result."""
    at = own(token)
    if not 1 <= position <= at.attempt.size:
        raise NotFound()
    return _elsewhere(at) or _page(at, position)


def _elsewhere(at: Place) -> ResponseReturnValue | None:
    """Where an attempt leads that takes no answers any more."""
    if not at.is_open:
        return redirect(url_for("attempts.result", token=at.attempt.token), 303)
    if at.is_overdue(clock.now()):
        return redirect(url_for("attempts.check", token=at.attempt.token), 303)
    return None


def _page(at: Place, position: int, error: str = "") -> str:
    found = asked(at.attempt, position)
    if found is None:
        raise NotFound()
    page = question_page(at, found, now=clock.now(), error=error)
    return render_template("quizzes/question.html", form_errors=error, **page)


@bp.post("/<token>/<int:position>")
@public
def answer(token: str, position: int) -> ResponseReturnValue:
    """Store the answer, whatever button was pressed, and go where it leads."""
    arrived, sent = clock.now(), sent_from(request.form)
    given = Answer(position, sent.chosen, arrived, close=sent.go == Go.CLOSE)
    try:
        if not sent.chosen and sent.go in (Go.NEXT, Go.CLOSE) and not _by_script():
            raise InvalidInput(_("Choose an answer, or leave the question for now."))
        with transaction():
            stored = attempts.answer(token, *takers(), given=given)
    except InvalidInput as error:
        return _refused(token, position, error)
    except Conflict as error:
        return _late(token, position, error)
    if _by_script():
        return jsonify(saved=True)
    return redirect(_next(token, position, stored=stored, sent=sent), 303)


def _by_script() -> bool:
    return AUTOSAVE in request.headers


def _next(token: str, position: int, *, stored: Stored, sent: Sent) -> str:
    if stored.closed:
        return place_of(token, position)
    step = position - 1 if sent.go == Go.PREVIOUS else position + 1
    return place_of(token, step if sent.go != Go.OVERVIEW and 1 <= step <= stored.size else None)


def _refused(token: str, position: int, error: InvalidInput) -> ResponseReturnValue:
    """Say what was wrong with the answer; the one that was stored before is still there."""
    if _by_script():
        return jsonify(saved=False), 422
    at = own(token)
    return _elsewhere(at) or (_page(at, position, str(error.message)), 422)


def _late(token: str, position: int, error: Conflict) -> ResponseReturnValue:
    """The answer came when none is taken any more: words, and the page where it stands."""
    at = own(token)
    target = place_of(token, position)
    if not at.is_open or at.is_overdue(clock.now()):
        target = url_for("attempts.result", token=token)
        with transaction():
            attempts.hand_in(token, at.taker)
    if _by_script():
        return jsonify(saved=False, go=target), 409
    flash(str(error.message), "waiting")
    return redirect(target, 303)


@bp.get("/<token>/check")
@public
def check(token: str) -> ResponseReturnValue:
    """All answers before handing in; once the time is over, only the way to the result."""
    at = own(token)
    if not at.is_open:
        return redirect(url_for("attempts.result", token=token), 303)
    return render_template("quizzes/overview.html", **overview_page(at, clock.now()))


@bp.post("/<token>/hand-in")
@public
def hand_in(token: str) -> ResponseReturnValue:
    """End the attempt; pressed twice, or after the clock did it, it leads to the same result."""
    with transaction():
        attempts.hand_in(token, *takers())
    return redirect(url_for("attempts.result", token=token), 303)


@bp.post("/<token>/extend")
@public
def extend(token: str) -> ResponseReturnValue:
    """Ten times the time, once, and back to where it was asked for."""
    target = place_of(token, position_from(request.form))
    try:
        with transaction():
            attempts.extend(token, *takers())
    except Conflict as error:
        flash(str(error.message), "waiting")
    else:
        flash(_("You have more time now."), "done")
    return redirect(target, 303)
