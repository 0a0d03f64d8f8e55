"""The blueprint of tracking, and who may see which report: by its code, its device or its account."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, redirect, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from citizen.core import clock
from citizen.core.content import content
from citizen.core.numbers import normalise_report_number
from citizen.photos.models import Photo
from citizen.photos.queries import who_may_see
from citizen.reports.models import Report
from citizen.reports.queries import report_by_number
from citizen.reports.rules import KEEP_SENT_DRAFT
from citizen.tracking.queries import report_of_photo, reports_shown_fix
from citizen.tracking.rules import MOST_OPEN, OPEN_FOR

bp = Blueprint("tracking", __name__)
OPENED, RECEIPT = "tracking:", "receipt:"


@bp.after_request
def _never_kept(response: Response) -> Response:
    """A shared phone's history and caches must not show a report to whoever comes next."""
    response.headers["Cache-Control"] = "no-store"
    return response


def normalised(raw: object) -> str | None:
    """A report number as it is stored, however it was typed; None when it cannot be one."""
    return normalise_report_number(raw, content().site["report_prefix"])


def grant(report: Report) -> None:
    """Let this browser see ``report`` for a day; ended grants and the oldest of very many are forgotten."""
    held = sorted((str(session[name]), name) for name in session if name.startswith(OPENED))
    for _until, name in held[: max(0, len(held) - MOST_OPEN + 1)]:
        del session[name]
    session[OPENED + report.number] = (clock.now() + OPEN_FOR).isoformat()


def may_follow(report: Report) -> bool:
    """Whether the visitor is the sender of ``report``: by its code, its device or its account."""
    if report.person_id is not None and current_user.is_authenticated and current_user.id == report.person_id:
        return True
    if RECEIPT + report.number in session and clock.now() - report.received_at < KEEP_SENT_DRAFT:
        return True
    until = session.get(OPENED + report.number)
    return until is not None and clock.now() < datetime.fromisoformat(until)


def own_numbers() -> list[str]:
    """Numbers of the reports that this browser sent or opened."""
    names = [name for name in session if name.startswith((OPENED, RECEIPT))]
    return list(dict.fromkeys(name.split(":", 1)[1] for name in names))


def own_report(raw: str) -> Report | None:
    """The visitor's own report with this number; somebody else's and an unknown one are alike None."""
    number = normalised(raw)
    report = report_by_number(number) if number else None
    return report if report is not None and may_follow(report) else None


def ask_for_code(raw: str) -> ResponseReturnValue:
    """To the page that asks for the code; the same for a report of others and for one that never was."""
    return redirect(url_for("tracking.find", number=normalised(raw)), 303)


@who_may_see
def sender_sees(photo: Photo) -> bool:
    """Senders see their own photos, and the pictures of the repair once it was verified."""
    report = report_of_photo(photo)
    if report is not None:
        return may_follow(report)
    return photo.owner_kind == "fix" and any(may_follow(found) for found in reports_shown_fix(photo))
