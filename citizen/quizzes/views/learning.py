"""What a learner owns: days of practice, results, what is due again, the wrong-answer book, the name on boards."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core.database import transaction
from citizen.core.errors import InvalidInput, NotFound
from citizen.core.numbers import parse_int, parse_page
from citizen.quizzes.documents.learning import book_page, entry_rows, mine_page, shown_as
from citizen.quizzes.forms.learning import AppearanceForm
from citizen.quizzes.models import Attempt
from citizen.quizzes.queries import boards, taking
from citizen.quizzes.queries import learning as queries
from citizen.quizzes.services import learners
from citizen.quizzes.services import learning as services
from citizen.quizzes.services.attempts import AlreadyBegun
from citizen.quizzes.views.taker import current_taker
from citizen.web.access import signed_in

bp = Blueprint("learning", __name__)

LAST_ID = 2**31 - 1


@bp.after_request
def _never_kept(response: Response) -> Response:
    """These pages are different for everybody; a picture decides for itself how long it is kept."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@bp.get("/quizzes/mine")
@signed_in
def mine() -> ResponseReturnValue:
    """One's own practice."""
    before = parse_int(request.args.get("before"), 1, LAST_ID)
    page = mine_page(current_user.id, also=current_taker().also, before=before)
    return render_template("learning/mine.html", page=page, shown_as=shown_as(page["learner"]))


@bp.get("/quizzes/mine/wrong")
@signed_in
def wrong() -> ResponseReturnValue:
    """The wrong-answer book."""
    page = book_page(
        current_user.id,
        also=current_taker().also,
        learned=request.args.get("show") == "learned",
        topic=request.args.get("topic"),
        page=parse_page(request.args.get("page")),
    )
    return render_template("learning/wrong.html", page=page)


@bp.route("/quizzes/mine/wrong/<int:card_id>/remove", methods=["GET", "POST"])
@signed_in
def remove(card_id: int) -> ResponseReturnValue:
    """Ask once, then take the question out of the book."""
    entry = queries.card_of(current_user.id, card_id, current_taker().also) if card_id <= LAST_ID else None
    if entry is None:
        raise NotFound()
    if request.method != "POST":
        return render_template("learning/remove.html", row=entry_rows([entry])[0])
    with transaction():
        services.forget(current_user.id, card_id)
    flash(_("Taken out of the book."), "done")
    return redirect(url_for("learning.wrong"), 303)


@bp.post("/quizzes/mine/review")
@signed_in
def review() -> ResponseReturnValue:
    """Begin the review of what is due, or go on with the open one; a second tab lands in the first one's."""
    try:
        attempt = _review()
    except AlreadyBegun:
        attempt = _review()
    position = taking.first_unanswered(attempt)
    return redirect(url_for("attempts.question", token=attempt.token, position=position), 303)


@bp.get("/quizzes/mine/name")
@signed_in
def name() -> ResponseReturnValue:
    """How one appears on boards."""
    learner = boards.learner_of(current_user.id)
    return _name_page(AppearanceForm(formdata=None).show(learner))


@bp.post("/quizzes/mine/name")
@signed_in
def save_name() -> ResponseReturnValue:
    """Store nickname, community and whether the name is shown."""
    form = AppearanceForm().offer_choices()
    if form.validate():
        try:
            with transaction():
                learners.appear(current_user.id, form.appearance())
            flash(_("Saved. It holds on all boards, old ones too."), "done")
            return redirect(url_for("learning.name"), 303)
        except InvalidInput as error:
            form.refuse(error, "nickname")
    return _name_page(form), 422


@bp.route("/quizzes/mine/name/leave", methods=["GET", "POST"])
@signed_in
def leave() -> ResponseReturnValue:
    """Ask once, then leave all boards."""
    if request.method != "POST":
        return render_template("learning/leave.html")
    with transaction():
        learners.leave(current_user.id)
    flash(_("You are on no board any more."), "done")
    return redirect(url_for("learning.name"), 303)


def _review() -> Attempt:
    with transaction():
        return services.begin_review(current_taker())


def _name_page(form: AppearanceForm) -> str:
    learner = boards.learner_of(current_user.id)
    return render_template(
        "learning/name.html", form=form, form_errors=form.errors, learner=learner, shown_as=shown_as(learner)
    )
