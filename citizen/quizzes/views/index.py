"""What there is to take, what one quiz is, and beginning it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, NotFound
from citizen.quizzes.documents.about import about_page
from citizen.quizzes.documents.index import index_page, place_of
from citizen.quizzes.queries.index import area_of, first_unseen, quiz_of
from citizen.quizzes.queries.taking import open_attempt
from citizen.quizzes.rules.attempts import STARTS, Taker
from citizen.quizzes.services import attempts
from citizen.quizzes.views.taker import current_taker, known_taker
from citizen.web.access import public
from citizen.web.cache import page_for_all
from citizen.web.limits import enforce, visitor

bp = Blueprint("quizzes", __name__, url_prefix="/quizzes")


@bp.get("/")
@public
def index() -> ResponseReturnValue:
    """Today's five, challenges, practice; for those who have begun something, the way back to it."""
    page = index_page(known_taker(), clock.now())
    return page_for_all(("quizzes/index.html", repr(page)), lambda: render_template("quizzes/index.html", **page))


@bp.get("/<int:quiz_id>")
@public
def show(quiz_id: int) -> ResponseReturnValue:
    """One quiz, and the step that is open to the viewer."""
    return _about(quiz_id)


def _about(quiz_id: int, refused: str = "") -> str:
    quiz = quiz_of(quiz_id)
    if quiz is None:
        raise NotFound()
    return render_template("quizzes/show.html", **about_page(quiz, known_taker(), now=clock.now(), refused=refused))


@bp.route("/<int:quiz_id>/start", methods=["GET", "POST"])
@public
def start(quiz_id: int) -> ResponseReturnValue:
    """Begin, or go on with what was begun: pressed twice, in two tabs, it leads to one attempt."""
    if request.method != "POST":
        return redirect(url_for("quizzes.show", quiz_id=quiz_id), 303)
    taker = current_taker()
    if taker.person_id is None:
        enforce(STARTS, "quiz-start", visitor())
    try:
        with transaction():
            attempt = attempts.start(quiz_id, taker, area_code=_area(taker))
            token, id_ = attempt.token, attempt.id
    except Conflict as error:
        # Whatever was in the way: another tab may have begun while this one looked.
        going_on = open_attempt(quiz_id, taker)
        if going_on is None:
            return _about(quiz_id, str(error.message)), 409
        token, id_ = going_on.token, going_on.id
    return redirect(place_of(token, first_unseen(id_)), 303)


def _area(taker: Taker) -> str | None:
    return area_of(taker.person_id) if taker.person_id is not None else None
