"""Setting up the second factor."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.accounts import identity
from citizen.accounts.forms import CodeForm
from citizen.accounts.queries import people_by_id
from citizen.accounts.services import attempts, second_factor
from citizen.accounts.services.secrets import seal, unseal
from citizen.accounts.views.blueprint import bp
from citizen.core.content import content
from citizen.core.database import transaction
from citizen.core.errors import InvalidInput
from citizen.core.numbers import group_code
from citizen.web.access import signed_in
from citizen.web.templating import qr_svg, words

SETUP = "totp_setup"
CODES = "recovery_codes"


@bp.route("/two-step", methods=["GET", "POST"])
@signed_in
def two_step() -> ResponseReturnValue:
    """Set up the authenticator app, or, when it is set up, make new recovery codes."""
    form = CodeForm()
    if request.method != "POST":
        return _page(form)
    person_id = current_user.id
    if not attempts.admit_code(person_id, None):
        form.code.errors = [_("Too many tries. Please wait an hour.")]
        return _page(form), 429
    try:
        codes = _confirm(person_id, form.code.data)
    except InvalidInput as error:
        form.refuse(error, "code")
        return _page(form), 422
    identity.sign_in(people_by_id([person_id])[person_id])
    session[CODES] = seal(" ".join(codes))
    return redirect(url_for("accounts.recovery_codes"), 303)


def _confirm(person_id: int, code: str | None) -> list[str]:
    """New recovery codes once the app's code is right; sets the app up when there is none yet."""
    refusal = _("This code is not right. Check your phone's clock, and wait for the next code.")
    done, secret = bool(current_user.totp_secret), unseal(session.get(SETUP))
    with transaction():
        if done:
            return second_factor.renew_codes(person_id, code=code, refusal=refusal)
        if secret is None:
            raise InvalidInput(_("This page was open for too long. Please scan the new picture."), "code")
        return second_factor.set_up(person_id, secret, code=code, refusal=refusal)


def _page(form: CodeForm) -> str:
    if current_user.totp_secret:
        left = second_factor.codes_left(current_user.id)
        values = {"form": form, "form_errors": form.errors, "left": left, "secret": "", "qr": ""}
        return render_template("accounts/two_step.html", **values)
    secret = unseal(session.get(SETUP))
    if secret is None:
        secret = second_factor.new_secret()
        session[SETUP] = seal(secret)
    site = words(content().site["name"])
    address = second_factor.app_address(secret, account=current_user.email or current_user.phone, site=site)
    return render_template(
        "accounts/two_step.html",
        form=form,
        form_errors=form.errors,
        left=0,
        secret=group_code(secret, 4),
        qr=qr_svg(address, _("QR code for the authenticator app")),
    )


@bp.get("/two-step/codes")
@signed_in
def recovery_codes() -> ResponseReturnValue:
    """The new recovery codes, until the person says that they are kept."""
    text = unseal(session.get(CODES))
    if text is None:
        return redirect(url_for("accounts.two_step"), 303)
    return render_template("accounts/recovery_codes.html", codes=[group_code(code) for code in text.split()])


@bp.post("/two-step/codes")
@signed_in
def keep_recovery_codes() -> ResponseReturnValue:
    """The codes are written down: never show them again."""
    session.pop(CODES, None)
    flash(_("Signing in now takes two steps."), "done")
    return redirect(url_for("accounts.index"), 303)
