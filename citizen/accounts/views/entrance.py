"""Signing up, in and out."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from citizen.accounts import entry, identity
from citizen.accounts.forms import CodeForm, SignInForm, SignUpForm
from citizen.accounts.rules import contact_of
from citizen.accounts.services import attempts, devices, people, second_factor
from citizen.accounts.views.blueprint import bp
from citizen.core.database import transaction
from citizen.core.errors import InvalidInput
from citizen.core.permissions import Viewer
from citizen.extensions import db
from citizen.web.access import public
from citizen.web.navigation import staff_items
from citizen.web.redirects import safe_next


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """The page for name and password."""
    form = SignInForm(next=request.args.get("next", ""))
    if request.method != "POST":
        if current_user.is_authenticated:
            return redirect(_destination(current_user, form.next.data), 303)
        return render_template("accounts/sign_in.html", form=form)
    person, refusal, status = entry.try_password(form.name.data or "", form.password.data or "")
    if person is None:
        form.password.errors = [refusal]
        return render_template("accounts/sign_in.html", form=form, form_errors=form.errors), status
    if person.totp_secret:
        identity.await_code(person, form.next.data or "")
        return redirect(url_for("accounts.code"), 303)
    return _enter(person.id, form.next.data)


def _enter(person_id: int, target: str | None) -> Response:
    """Sign in, go on to ``target``."""
    person, token = entry.enter(person_id)
    return identity.keep_device(redirect(_destination(person, target), 303), token)


def _destination(person: Viewer, target: str | None) -> str:
    """Where to go after signing in: what was asked for, else the first desk of staff, else one's own page."""
    if target and (wanted := safe_next(target)) != safe_next(None):
        return wanted
    areas = staff_items(person)
    return str(areas[0]["url"]) if areas else url_for("accounts.index")


@bp.route("/sign-in/code", methods=["GET", "POST"])
@public
def code() -> ResponseReturnValue:
    """The page for the second factor."""
    waiting = identity.pending()
    if waiting is None:
        return redirect(url_for("accounts.sign_in"), 303)
    form = CodeForm()
    if request.method != "POST":
        return render_template("accounts/code.html", form=form)
    device = devices.device_of(waiting["person"], identity.device_token())
    if not attempts.admit_code(waiting["person"], device):
        form.code.errors = [_("Too many tries. Wait an hour, or use a device on which you signed in before.")]
        return render_template("accounts/code.html", form=form, form_errors=form.errors), 429
    with transaction():
        active = people.load(waiting["person"]).is_active
        right = active and second_factor.use_code(waiting["person"], form.code.data)
    if right:
        return _enter(waiting["person"], waiting["next"])
    form.code.errors = [_("This code is not right, or it was used before. Wait for the next one.")]
    return render_template("accounts/code.html", form=form, form_errors=form.errors), 422


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End the session."""
    return identity.sign_out(redirect(safe_next(None), 303))


@bp.route("/sign-up", methods=["GET", "POST"])
@public
def sign_up() -> ResponseReturnValue:
    """The page for a new account."""
    form = SignUpForm(next=request.args.get("next", ""))
    if current_user.is_authenticated:
        return redirect(_destination(current_user, form.next.data), 303)
    if request.method != "POST":
        return render_template("accounts/sign_up.html", form=form)
    entry.count_sign_up()
    if form.validate():
        try:
            return _enter(_create(form), form.next.data)
        except InvalidInput as error:
            form.refuse(error, "contact")
    return render_template("accounts/sign_up.html", form=form, form_errors=form.errors), 422


def _create(form: SignUpForm) -> int:
    contact = contact_of(form.contact.data, field="contact")
    hashed = people.new_password_hash(form.password.data or "", contact=contact)
    with transaction():
        person = people.sign_up(contact, hashed, name=form.name.data)
    db.session.refresh(person)
    return person.id
