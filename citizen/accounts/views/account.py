"""One's own page: name, language, password."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from citizen.accounts import identity
from citizen.accounts.forms import PasswordForm, ProfileForm
from citizen.accounts.queries import people_by_id
from citizen.accounts.rules import Contact
from citizen.accounts.services import devices, people
from citizen.accounts.views.blueprint import bp
from citizen.core.database import transaction
from citizen.core.errors import InvalidInput
from citizen.departments.queries import directory
from citizen.web.access import signed_in
from citizen.web.limits import enforce


@bp.route("/", methods=["GET", "POST"])
@signed_in
def index() -> ResponseReturnValue:
    """Who one is here."""
    form = ProfileForm(name=current_user.name, language=current_user.language or "")
    if request.method == "POST" and form.validate():
        try:
            with transaction():
                language = form.language.data or None
                people.change_profile(current_user.id, name=form.name.data, language=language)
            flash(_("Your changes are saved."), "done")
            return _follow_account(redirect(url_for("accounts.index"), 303))
        except InvalidInput as error:
            form.refuse(error, "name")
    status = 422 if form.errors else 200
    return render_template("accounts/index.html", form=form, form_errors=form.errors, unit=_unit()), status


def _follow_account(response: Response) -> Response:
    """The account's language now decides: a choice that the browser remembered gives way to it."""
    response.delete_cookie("lang")
    return response


def _unit() -> object:
    return directory().units.get(current_user.unit_code) if current_user.unit_code else None


@bp.route("/password", methods=["GET", "POST"])
@signed_in
def password() -> ResponseReturnValue:
    """Changing the password; all other browsers are signed out by it."""
    form = PasswordForm()
    if request.method != "POST":
        return render_template("accounts/password.html", form=form)
    person_id = current_user.id
    enforce("20/hour", "password-change", str(person_id))
    try:
        _replace_password(form)
    except InvalidInput as error:
        form.refuse(error, "password")
        return render_template("accounts/password.html", form=form, form_errors=form.errors), 422
    with transaction():
        token = devices.remember(person_id, None)
    identity.sign_in(people_by_id([person_id])[person_id])
    flash(_("Your password is changed. Everywhere else you are signed out."), "done")
    return identity.keep_device(redirect(url_for("accounts.index"), 303), token)


def _replace_password(form: PasswordForm) -> None:
    person_id, old, new = current_user.id, form.old_password.data or "", form.password.data or ""
    people.ensure_password(person_id, old)
    contact = Contact(current_user.email, current_user.phone)
    hashed = people.new_password_hash(new, contact=contact, old=old)
    with transaction():
        people.set_password(person_id, hashed)
