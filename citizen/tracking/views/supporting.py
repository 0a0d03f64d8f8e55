""" "Me too", for those who are about to report what is known already, and for readers of the board."""

from __future__ import annotations

import secrets

from flask import flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core.database import transaction
from citizen.core.errors import NotFound
from citizen.reports.models import Draft
from citizen.reports.queries import unfinished_draft
from citizen.tracking.queries import released
from citizen.tracking.rules import JOINS_PER_HOUR
from citizen.tracking.services import supporting
from citizen.tracking.views.door import bp, own_numbers
from citizen.web.access import public
from citizen.web.limits import enforce, visitor


@bp.get("/reports/nearby/<number>")
@public
def support(number: str) -> ResponseReturnValue:
    """What "me too" means, and how to take it back; unknown and withdrawn numbers are not found."""
    fact = released(number)
    if fact is None:
        raise NotFound()
    known = _known_by()
    joined = known is not None and supporting.supporter_of(fact.case_id, known) is not None
    return render_template("tracking/support.html", fact=fact, joined=joined, draft=_draft())


@bp.post("/reports/nearby/<number>/join")
@public
def join(number: str) -> ResponseReturnValue:
    """Count this person once."""
    if released(number) is None:
        raise NotFound()
    enforce(JOINS_PER_HOUR, "support", visitor())
    known = _known_by() or _remember_device()
    with transaction():
        added = supporting.join(number, known, own_reports=own_numbers())
    flash(
        _("Thank you. You have been added.") if added else _("You are among those who reported it already."),
        "done",
    )
    return redirect(url_for("tracking.support", number=number), 303)


@bp.post("/reports/nearby/<number>/leave")
@public
def leave(number: str) -> ResponseReturnValue:
    """Take it back."""
    known = _known_by()
    if released(number) is None or known is None:
        raise NotFound()
    with transaction():
        supporting.leave(number, known)
    flash(_("You have been taken out again."), "done")
    return redirect(url_for("tracking.support", number=number), 303)


@bp.post("/reports/nearby/<number>/confirm")
@public
def confirm(number: str) -> ResponseReturnValue:
    """A supporter saw that it is fixed."""
    known = _known_by()
    if known is None:
        raise NotFound()
    enforce(JOINS_PER_HOUR, "support", visitor())
    with transaction():
        supporting.saw_it_fixed(number, known, unit_code=getattr(current_user, "unit_code", None))
    flash(_("Thank you for looking and telling us."), "done")
    shown = released(number) is not None
    return redirect(url_for("tracking.support", number=number) if shown else url_for("boards.index"), 303)


def _known_by() -> str | None:
    """What tells this person from others: the account, else the device; None for a new device."""
    if current_user.is_authenticated:
        return f"person:{current_user.id}"
    device = session.get("device")
    return f"device:{device}" if device else None


def _remember_device() -> str:
    session["device"] = secrets.token_hex(16)
    return f"device:{session['device']}"


def _draft() -> Draft | None:
    """The report that this browser was writing when it found that others had reported the same."""
    keys = [name.removeprefix("draft:") for name in session if name.startswith("draft:")]
    return unfinished_draft(keys) if keys else None
