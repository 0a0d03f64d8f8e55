"""The host's pages: rounds, a new one, and the screen of the hall with its buttons."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from citizen.core.database import transaction
from citizen.core.errors import InvalidInput, NotFound
from citizen.core.permissions import Permission
from citizen.extensions import db
from citizen.quizzes.documents.live import list_page, screen_json, screen_page, topic_choices
from citizen.quizzes.forms.live import RoundForm, StepForm
from citizen.quizzes.models import LiveRound
from citizen.quizzes.services import live
from citizen.web.access import requires
from citizen.web.idempotency import fingerprint, new_key, once

bp = Blueprint("rounds", __name__, url_prefix="/office/rounds")

SCOPE = "round"
SILENT = frozenset({"csrf_token", "key"})


@bp.get("/")
@requires(Permission.HOST_ROUND)
def index() -> ResponseReturnValue:
    """The rounds that are kept."""
    return render_template("rounds/index.html", **list_page())


@bp.get("/new")
@requires(Permission.HOST_ROUND)
def new_form() -> ResponseReturnValue:
    """The form for a new round."""
    return _new_page(RoundForm(formdata=None, key=new_key(), number_1="5"))


@bp.post("/new")
@requires(Permission.HOST_ROUND)
def new() -> ResponseReturnValue:
    """Open a round, once for each form."""
    form = RoundForm()
    form.offer(topic_choices())
    if not form.validate():
        return _new_page(form), 422
    try:
        with transaction():
            round_id = _opened(form)
    except InvalidInput as error:
        form.refuse(error, "title")
        return _new_page(form), 422
    return redirect(url_for("rounds.screen", round_id=round_id), 303)


@bp.get("/<int:round_id>/screen")
@requires(Permission.HOST_ROUND)
def screen(round_id: int) -> ResponseReturnValue:
    """The page for the projector."""
    return _no_store(make_response(render_template("rounds/screen.html", **screen_page(_round(round_id)))))


@bp.get("/<int:round_id>/state")
@requires(Permission.HOST_ROUND)
def state(round_id: int) -> ResponseReturnValue:
    """The numbers on the screen that grow while the hall answers."""
    return _no_store(jsonify(screen_json(_round(round_id))))


@bp.post("/<int:round_id>/step")
@requires(Permission.HOST_ROUND)
def step(round_id: int) -> ResponseReturnValue:
    """Move the round on. A second click on the same button finds the round moved already and only shows it."""
    form = StepForm()
    verb = form.step()
    with transaction():
        live.step(round_id, verb, seen=form.seen(), by=int(current_user.id))
    return redirect(url_for("rounds.screen", round_id=round_id), 303)


def _opened(form: RoundForm) -> str:
    content = fingerprint(*(f"{field.name}={field.data}" for field in form if field.name not in SILENT))
    return once(
        SCOPE,
        form.key.data or "",
        content=content,
        make=lambda: live.open_round(form.to_draft(), by=int(current_user.id)).id,
    )


def _new_page(form: RoundForm) -> str:
    form.offer(topic_choices())
    return render_template("rounds/new.html", form=form, form_errors=form.errors)


def _round(round_id: int) -> LiveRound:
    round_ = db.session.get(LiveRound, round_id)
    if round_ is None:
        raise NotFound()
    return round_


def _no_store(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
