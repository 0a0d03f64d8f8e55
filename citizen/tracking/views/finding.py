"""Number and code, and the page they open."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core import clock
from citizen.reports.models import Report
from citizen.reports.services.codes import check_code
from citizen.tracking.documents import page_of
from citizen.tracking.forms import FindForm
from citizen.tracking.queries import follow
from citizen.tracking.rules import TRIES_PER_NUMBER, TRIES_PER_VISITOR
from citizen.tracking.views.door import ask_for_code, bp, grant, normalised, own_report
from citizen.web.access import public
from citizen.web.limits import count, exhausted, visitor


@bp.get("/reports/track")
@public
def find() -> ResponseReturnValue:
    """Ask for number and code; ``?number=`` is filled in, the code never stands in an address."""
    form = FindForm(formdata=None, number=normalised(request.args.get("number")) or "")
    return render_template("tracking/find.html", form=form)


@bp.post("/reports/track")
@public
def look_up() -> ResponseReturnValue:
    """Open the report for this browser. A wrong code and an unknown number get the same answer.

    Only failures count towards the limits, so that nobody is shut out by looking at their own report.
    """
    form = FindForm()
    if not form.validate():
        return render_template("tracking/find.html", form=form, form_errors=form.errors), 422
    limits = _limits(form.number.data)
    if any(exhausted(limit, *keys) for limit, *keys in limits):
        return render_template("errors/429.html", retry_minutes=60), 429, {"Retry-After": "3600"}
    report = check_code(form.number.data, form.code.data)
    if report is None:
        for limit, *keys in limits:
            count(limit, *keys)
        form.code.errors = [_("Number and query code do not belong together. Please compare both with your receipt.")]
        return render_template("tracking/find.html", form=form, form_errors=form.errors), 422
    grant(report)
    return redirect(url_for("tracking.show", number=report.number), 303)


def _limits(number_raw: str) -> list[tuple[str, ...]]:
    """What is counted: the visitor, and the number; unreadable ones are each visitor's own."""
    number = normalised(number_raw) or f"unreadable-{visitor()}"
    return [(TRIES_PER_VISITOR, "track-visitor", visitor()), (TRIES_PER_NUMBER, "track-number", number)]


@bp.get("/reports/track/<number>")
@public
def show(number: str) -> ResponseReturnValue:
    """The progress of the visitor's own report."""
    report = own_report(number)
    return ask_for_code(number) if report is None else progress(report)


def progress(report: Report, *, problem: str = "") -> str:
    """The page of a report; ``problem`` says above it why the last step was not made."""
    followed = follow(report)
    page: dict[str, Any] = page_of(followed, clock.now()) if followed else {}
    return render_template(
        "tracking/show.html",
        report=report,
        page=page,
        problem=problem,
        form=FindForm(formdata=None),
        form_errors=bool(problem),
    )
