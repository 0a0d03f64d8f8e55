"""Signing in at the post, by six digits or behind the QR code; the same steps from a phone that was without network."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.exceptions import TooManyRequests

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, DomainError, InvalidInput, NotFound
from citizen.volunteers.documents.on_site import choices, nothing_now
from citizen.volunteers.forms.on_site import OnSiteForm
from citizen.volunteers.models import Post, Volunteer
from citizen.volunteers.queries.attendance import own_booking, post_at
from citizen.volunteers.queries.volunteers import volunteer_of
from citizen.volunteers.rules.sign_in import TRIES_PER_PERSON, WRONG_PER_VISITOR, Direction, Method
from citizen.volunteers.services.attendance import Answer, Ticket, check
from citizen.web.access import signed_in
from citizen.web.idempotency import new_key
from citizen.web.limits import count, enforce, exhausted, visitor
from citizen.web.templating import clock as wall

bp = Blueprint("attendance", __name__)

SCOPE = "sign-in"


@bp.get("/volunteer/sign-in")
@signed_in
def enter() -> ResponseReturnValue:
    """The field for the six digits, and which shift they are for."""
    return _page(OnSiteForm(formdata=None), None)


@bp.post("/volunteer/sign-in")
@signed_in
def enter_code() -> ResponseReturnValue:
    """Sign in or out by the six digits."""
    return _hand_in(Method.CODE, None)


@bp.get("/volunteer/at/<slug>")
@signed_in
def at(slug: str) -> ResponseReturnValue:
    """Where the QR code leads: the visitor's place there and one button. Looking changes nothing."""
    read = clock.now().isoformat(timespec="seconds")
    form = OnSiteForm(formdata=None, t=request.args.get("t", "")[:64], at=read)
    return _page(form, post_at(slug))


@bp.post("/volunteer/at/<slug>")
@signed_in
def at_post(slug: str) -> ResponseReturnValue:
    """Sign in or out by the QR code."""
    return _hand_in(Method.QR, post_at(slug))


def _page(form: OnSiteForm, post: Post | None, *, problem: str = "") -> str:
    """The page of the digits, or of the QR code at ``post``."""
    volunteer, now = volunteer_of(current_user.id), clock.now()
    rows = choices(volunteer, now, post=post, token=form.t.data or "") if volunteer else []
    return render_template(
        "attendance/at.html" if post else "attendance/enter.html",
        form=form,
        form_errors=form.errors,
        problem=problem,
        post=post,
        volunteer=volunteer,
        rows=rows,
        nothing="" if rows else nothing_now(volunteer, now),
        person=current_user.id,
        nonce=new_key(),
        installed=current_app.view_functions,
        kept=request.form.getlist("children") if form.errors else None,
    )


def _hand_in(method: Method, post: Post | None) -> ResponseReturnValue:
    """Check what was sent and say what came of it, as a page or, to the page's script, as data."""
    volunteer, form = volunteer_of(current_user.id), OnSiteForm()
    if volunteer is None:
        raise NotFound()
    try:
        form.validate()
        answer = _checked(volunteer, form.booking_id(), form.ticket(method, request.form.getlist("children")))
    except InvalidInput as error:
        form.refuse(error, "code")
        return _refused(form, post, error, 422)
    except Conflict as error:
        return _refused(form, post, error, 409)
    words, back = _words(answer), url_for("attendance.at", slug=post.slug) if post else url_for("attendance.enter")
    flash(words, "waiting" if answer.undecided else "done")
    return jsonify(words=words, url=back) if _by_script() else redirect(back, 303)


def _checked(volunteer: Volunteer, booking_id: int, ticket: Ticket) -> Answer:
    """Sign in or out, with the tries counted: all of a person's, the wrong ones of an address."""
    own_booking(booking_id, volunteer)
    volunteer_id = volunteer.id
    enforce(TRIES_PER_PERSON, SCOPE, f"person:{current_user.id}")
    if exhausted(WRONG_PER_VISITOR, SCOPE, visitor()):
        raise TooManyRequests()
    try:
        with transaction():
            return check(booking_id, ticket, volunteer_id=volunteer_id)
    except InvalidInput as error:
        if error.field == "code":
            count(WRONG_PER_VISITOR, SCOPE, visitor())
        raise


def _refused(form: OnSiteForm, post: Post | None, error: DomainError, status: int) -> ResponseReturnValue:
    if _by_script():
        return jsonify(words=str(error.message)), status
    return _page(form, post, problem=str(error.message) if status == 409 else ""), status


def _by_script() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _words(answer: Answer) -> str:
    """What happened, in a sentence."""
    at = wall(answer.mark.at)
    if answer.undecided:
        return str(_("Your sign-in at %(time)s has reached us. You had been marked absent; the lead decides.", time=at))
    coming = answer.mark.direction == Direction.IN
    if not answer.new:
        known = _("You signed in at %(time)s already.", time=at) if coming else ""
        return str(known or _("You signed out at %(time)s already.", time=at))
    said = _("You are signed in, %(time)s.", time=at) if coming else _("You are signed out, %(time)s.", time=at)
    if answer.new == 1:
        return str(said)
    children = ngettext("%(num)d child with you.", "%(num)d children with you.", answer.new - 1)
    return f"{said} {children}"
