"""The coordinator's desk for sections: writing them down, approving and refusing teams, ending a season."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, MissingVersion, NotFound
from citizen.core.numbers import parse_page
from citizen.core.permissions import Permission
from citizen.extensions import db
from citizen.volunteers.documents.adoptions import desk, section_desk, section_form
from citizen.volunteers.forms.sections import BIGGEST_ID, AnswerForm, SectionForm
from citizen.volunteers.models import Adoption
from citizen.volunteers.queries.sections import Listed, listed_section
from citizen.volunteers.rules.booking import Actor, By
from citizen.volunteers.services import adoptions
from citizen.volunteers.services.sections import create_section, draft_of, edit_section, mark
from citizen.web.access import requires
from citizen.web.idempotency import fingerprint, new_key, once

bp = Blueprint("adoptions", __name__, url_prefix="/office/sections")

SCOPE = "section"


@bp.get("/")
@requires(Permission.MANAGE_SHIFTS)
def index() -> ResponseReturnValue:
    """What has to be decided, and all sections."""
    page, area = parse_page(request.args.get("page")), request.args.get("area", "")
    return render_template("adoptions/index.html", **desk(area=area, page=page, viewer_id=current_user.id))


@bp.get("/new")
@requires(Permission.MANAGE_SHIFTS)
def new() -> ResponseReturnValue:
    """The form of a new section."""
    return render_template("adoptions/new.html", form=section_form(SectionForm(formdata=None, key=new_key()), None))


@bp.post("/new")
@requires(Permission.MANAGE_SHIFTS)
def create() -> ResponseReturnValue:
    """Write a new section down; the same form sent twice makes one."""
    form = SectionForm()
    content = fingerprint(repr(form.to_draft()))
    try:
        if form.validate():
            with transaction():
                known = once(
                    SCOPE,
                    form.key.data or "",
                    content=content,
                    make=lambda: create_section(form.to_draft(), by=_me()).id,
                )
            flash(_("The section is on the list."), "done")
            return redirect(url_for("adoptions.show", section_id=int(known)), 303)
    except InvalidInput as error:
        form.refuse(error, "name_hans")
    return render_template("adoptions/new.html", form=section_form(form, None), form_errors=form.errors), 422


@bp.get("/<int:section_id>")
@requires(Permission.MANAGE_SHIFTS)
def show(section_id: int) -> ResponseReturnValue:
    """One section with its request, its season and its past."""
    return _page(section_id)


@bp.post("/<int:section_id>/edit")
@requires(Permission.MANAGE_SHIFTS)
def edit(section_id: int) -> ResponseReturnValue:
    """Change a section."""
    form, known = SectionForm(), _known(section_id)
    if not form.validate():
        return _page(section_id, form=form), 422
    try:
        with transaction():
            edit_section(section_id, form.to_draft(), seen=form.seen.data or "", by=_me())
    except InvalidInput as error:
        form.refuse(error, "name_hans")
        return _page(section_id, form=form), 422
    except Conflict as error:
        form.seen.data = mark(draft_of(known.section))
        form.refuse(InvalidInput(error.message), "name_hans")
        return _page(section_id, form=form), 409
    flash(_("The section is changed."), "done")
    return redirect(url_for("adoptions.show", section_id=section_id), 303)


@bp.post("/adoptions/<int:adoption_id>/<any(approve, refuse, end):act>")
@requires(Permission.MANAGE_SHIFTS)
def decide(adoption_id: int, act: str) -> ResponseReturnValue:
    """Approve, refuse or end; the words go to the team."""
    form, number = AnswerForm(), min(adoption_id, BIGGEST_ID)
    row = db.session.get(Adoption, number)
    if row is None:
        raise NotFound()
    section_id = row.section_id
    try:
        if not form.validate():
            return _page(section_id, answer=form), 422
        with transaction():
            said = _act(act, number, form)
    except MissingVersion:
        raise
    except InvalidInput as error:
        form.refuse(error, "words")
        return _page(section_id, answer=form), 422
    flash(said, "done")
    return redirect(url_for("adoptions.show", section_id=section_id), 303)


def _act(act: str, adoption_id: int, form: AnswerForm) -> str:
    """Do it; returns what to tell the coordinator."""
    version, words, me = form.version.data, form.words.data or "", _me()
    if act == "approve":
        adoptions.approve(adoption_id, version=version, by=me)
        return str(_("Approved. The shifts are made and the leader is told."))
    if act == "refuse":
        adoptions.refuse(adoption_id, words, version=version, by=me)
        return str(_("Refused. The leader can read why."))
    n = adoptions.end(adoption_id, words, version=version, by=me)
    return str(_("The season has ended. Shifts cancelled: %(n)s. The members are told.", n=n))


def _me() -> By:
    return By(current_user.id, Actor.COORDINATOR)


def _known(section_id: int) -> Listed:
    found = listed_section(min(section_id, BIGGEST_ID))
    if found is None:
        raise NotFound()
    return found


def _page(section_id: int, *, form: SectionForm | None = None, answer: AnswerForm | None = None) -> str:
    page = section_desk(_known(section_id), form=form, answer=answer, viewer_id=current_user.id)
    errors = next((one.errors for one in (form, answer) if one is not None and one.errors), None)
    return render_template("adoptions/show.html", form_errors=errors, sent=[form, answer], **page)
