"""The blueprint of accounts, and what staff must do before anything else."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

bp = Blueprint("accounts", __name__, url_prefix="/account")

#: What stays open to staff who still have to replace a password or set up a second factor.
OPEN = frozenset({
    "static", "accounts.sign_out", "accounts.password", "accounts.two_step", "accounts.recovery_codes",
    "accounts.keep_recovery_codes",
})  # fmt: skip


def unfinished() -> str | None:
    """The endpoint to go to first, or None: replace a handed-out password, then set up the second factor."""
    if not current_user.is_authenticated:
        return None
    if current_user.must_change_password:
        return "accounts.password"
    if current_app.config["SETTINGS"].production and current_user.roles and not current_user.totp_secret:
        return "accounts.two_step"
    return None


@bp.before_app_request
def finish_first() -> ResponseReturnValue | None:
    """Lead people whose sign-in is not as strong as it must be to the page where they make it so."""
    if request.endpoint is None or request.endpoint in OPEN:
        return None
    endpoint = unfinished()
    if endpoint is None:
        return None
    if request.method not in ("GET", "HEAD"):
        abort(403)
    return redirect(url_for(endpoint), 303)
