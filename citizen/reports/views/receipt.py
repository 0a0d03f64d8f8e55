"""The receipt: number and query code, for the device that sent the report."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core.errors import NotFound
from citizen.core.numbers import group_code
from citizen.departments.queries import directory
from citizen.photos.queries import photos_of
from citizen.reports.models import Report
from citizen.reports.queries import report_of
from citizen.reports.rules import INTAKE_WORKING_DAYS, PlaceChoice
from citizen.reports.services.codes import known_code
from citizen.reports.views.check import kind_line, photo_count, pin_line, place_line
from citizen.reports.views.door import bp, may_reopen, own_draft, to_step
from citizen.web.access import public
from citizen.web.templating import qr_svg, when


@bp.get("/reports/new/<key>/receipt")
@public
def receipt(key: str) -> ResponseReturnValue:
    """Number, code and what comes next; the code is derived anew and stands in no address."""
    draft = own_draft(key)
    report = report_of(draft)
    if report is None:
        return to_step(draft, "check")
    if not may_reopen(report):
        raise NotFound()
    code = group_code(known_code(report) or "")
    return render_template(
        "reports/receipt.html",
        report=report,
        code=code,
        qr=qr_svg(f"{report.number} {code}", _("QR code of the number and the query code")) if code else "",
        rows=_rows(report),
        steps=_steps(report),
        track_url=url_for("tracking.find") if "tracking.find" in current_app.view_functions else "",
    )


def _rows(report: Report) -> list[dict[str, Any]]:
    place = PlaceChoice(area=report.area_code, point=report.point_code, landmark=report.landmark)
    photos = len(photos_of("report", report.id))
    return [
        {"label": _("Place"), "value": place_line(place), "note": pin_line(report.lon, report.lat)},
        {"label": _("Problem"), "value": kind_line(report.resident_group, report.category_code)},
        {"label": _("Photos"), "value": photo_count(photos)},
    ]


def _steps(report: Report) -> list[dict[str, str]]:
    due = directory().calendar.add_working_days(report.received_at, INTAKE_WORKING_DAYS)
    return [
        {"what": _("Received, waiting for a decision"), "when": when(report.received_at), "state": "working"},
        {
            "what": _("You learn whether it is accepted, and which unit gets it"),
            "when": _("By %(day)s", day=when(due)),
            "state": "next",
        },
        {
            "what": _("The unit puts it right; if it is late, we write “overdue”"),
            "when": _("The day is named when it is sent"),
            "state": "next",
        },
        {
            "what": _("Somebody from another unit goes and looks"),
            "when": _("Within 1 working day after the unit reports"),
            "state": "next",
        },
    ]
