"""The boards as everybody sees them. Read from released facts only, without a session and without a form
to post.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.boards.documents.pages import board_page, entry_page
from citizen.boards.forms import ObjectionForm, TokenForm
from citizen.boards.services import objections
from citizen.core.database import transaction
from citizen.core.errors import InvalidInput, NotFound
from citizen.core.numbers import group_code, parse_page
from citizen.projection import queries as projection
from citizen.projection.documents import card
from citizen.web.access import public
from citizen.web.cache import page_for_all
from citizen.web.idempotency import fingerprint, new_key, store_answer, stored_answer
from citizen.web.limits import enforce, visitor

bp = Blueprint("boards", __name__)

SCOPE = "objection"


@bp.get("/boards/", defaults={"board": "exposure"})
@bp.get("/boards/<any(exposure, red):board>")
@public
def index(board: str) -> ResponseReturnValue:
    """One of the two boards: the list, its filters and the map with the same rows."""
    page = parse_page(request.args.get("page"))
    wanted = {name: request.args.get(name, "")[:40] for name in ("area", "group", "status")}
    return page_for_all(
        ("boards", projection.stamps()),
        lambda: render_template("boards/index.html", **board_page(board, wanted, page=page)),
    )


@bp.get("/boards/entries/<number>")
@public
def entry(number: str) -> ResponseReturnValue:
    """One released entry; unknown, hidden, withdrawn and expired ones are the same 404."""
    fact = projection.board_entry(number)
    if fact is None:
        raise NotFound()
    return page_for_all(
        ("entry", fact.id, projection.stamps()),
        lambda: render_template("boards/entry.html", **entry_page(fact)),
    )


@bp.get("/boards/entries/<number>/object")
@public
def object_form(number: str) -> ResponseReturnValue:
    """The form to object to an entry, for anybody."""
    return _objection_page(number, ObjectionForm(key=new_key())), 200


@bp.post("/boards/entries/<number>/object")
@public
def object(number: str) -> ResponseReturnValue:
    """Hide the entry at once and give the token that opens the decision."""
    form = ObjectionForm()
    if not form.validate():
        return _objection_page(number, form), 422
    enforce("6/hour", SCOPE, visitor())
    words, contact, key = form.words.data or "", form.contact.data or "", form.key.data or ""
    content = fingerprint(number, words, contact)
    try:
        with transaction():
            if stored_answer(SCOPE, key, content=content) is None:
                token = objections.object_to(number, words=words, contact=contact)
                store_answer(SCOPE, key, content=content, answer=number)
                session["objection_token"] = token
    except InvalidInput as error:
        form.refuse(error, "words")
        return _objection_page(number, form), 422
    return redirect(url_for("boards.objection_made"), 303)


@bp.get("/boards/objections/made")
@public
def objection_made() -> ResponseReturnValue:
    """The token, shown once, and what happens now."""
    token = session.pop("objection_token", None) if "objection_token" in session else None
    return render_template("boards/objection_made.html", token=group_code(token, 4) if token else "")


@bp.get("/boards/objections")
@public
def objection() -> ResponseReturnValue:
    """Where the token is typed."""
    return render_template("boards/objection.html", form=TokenForm(), found=None)


@bp.post("/boards/objections")
@public
def objection_show() -> ResponseReturnValue:
    """What was decided on the objection of a token."""
    form, found = TokenForm(), None
    if not form.validate():
        return render_template("boards/objection.html", form=form, found=None, form_errors=form.errors), 422
    enforce("20/hour", "objection-token", visitor())
    try:
        found = objections.by_token(form.token.data)
    except NotFound:
        form.refuse(InvalidInput(_("There is no objection with this token"), "token"), "token")
        return render_template("boards/objection.html", form=form, found=None, form_errors=form.errors), 422
    form.token.data = ""
    return render_template("boards/objection.html", form=form, found=found)


def _objection_page(number: str, form: ObjectionForm) -> str:
    fact = projection.board_entry(number)
    if fact is None:
        raise NotFound()
    return render_template("boards/object.html", form=form, fact=card(fact), number=number, form_errors=form.errors)
