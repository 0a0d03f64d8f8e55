"""What the pages of a unit show of its cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from citizen.cases.checklists import complaint
from citizen.cases.forms.unit import RESULTS
from citizen.cases.models import Case, Check, Fix
from citizen.cases.queries import unit as queries
from citizen.cases.rules import CaseState
from citizen.cases.services.fixing import CHECK, FIX, collecting
from citizen.cases.services.telling import reports_of
from citizen.cases.views.due import deadline_words, due_of
from citizen.cases.views.pictures import address, picked, shown
from citizen.core.audit import history
from citizen.core.clock import local
from citizen.departments.models import Unit
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.photos.queries import photos_of, photos_of_many
from citizen.reports.models import Category
from citizen.web.locale import localised
from citizen.web.templating import when


def unit_row(unit_code: str) -> Unit | None:
    """The unit itself, for its name."""
    return directory().units.get(unit_code)


def segments(counts: dict[str, int], current: str) -> list[dict[str, Any]]:
    """The strip above the inbox."""
    words = {
        queries.TO_DO: _("To do"),
        queries.SIGN: _("To sign"),
        queries.DOING: _("In progress"),
        queries.REWORK: _("Again"),
        queries.OVERDUE: _("Overdue"),
        queries.CHECKING: _("Handed in"),
    }
    if current == queries.DONE:
        words[queries.DONE] = _("Closed")
    return [
        {"url": url_for("unit.inbox", show=name), "label": word, "count": counts[name], "current": name == current}
        for name, word in words.items()
    ]


def state_words(case: Case) -> tuple[str, str]:
    """(colour of the tag, its word) for a case as its unit sees it."""
    if case.state == CaseState.IN_PROGRESS and case.reopen_count:
        return "overdue", _("Reopened")
    if case.state == CaseState.IN_PROGRESS and case.rework_count:
        return "overdue", _("To be done again, time %(n)s", n=case.rework_count)
    known = {
        CaseState.DISPATCHED: ("waiting", _("To sign")),
        CaseState.IN_PROGRESS: ("working", _("In progress")),
        CaseState.SUSPENDED: ("held", _("Put off")),
        CaseState.TO_VERIFY: ("working", _("Being checked")),
        CaseState.CLOSED: ("done", _("Closed")),
    }
    return known[CaseState(case.state)]


def place_words(case: Case) -> str:
    """Area, then point or landmark."""
    snapshot = directory()
    area, point = snapshot.areas.get(case.area_code), snapshot.points.get(case.point_code or "")
    parts = (localised(area, "name") if area else "", localised(point, "name") if point else "", case.landmark)
    return " ".join(part for part in parts if part)


def geo_url(case: Case) -> str:
    """The address that map applications of phones open (RFC 5870, WGS-84), or ""."""
    return "" if case.lon is None or case.lat is None else f"geo:{case.lat:.6f},{case.lon:.6f}"


def jobs(cases: Sequence[Case], now: datetime) -> list[dict[str, Any]]:
    """Cards of the inbox; the first is the one at hand. Three queries however many there are."""
    photos = queries.report_photos(case.id for case in cases)
    checks = queries.last_checks(case.id for case in cases if case.rework_count)
    rows = []
    for index, case in enumerate(cases):
        state, word = state_words(case)
        first = next((address(photo, "thumb") for photo in photos.get(case.id, []) if address(photo, "thumb")), "")
        rows.append(
            {
                "number": case.number,
                "version": case.version,
                "url": url_for("unit.case", number=case.number),
                "title": queries.without_numbers(case.title),
                "due": due_of(case, now),
                "state": state,
                "word": word,
                "place": place_words(case),
                "extra": "",
                "thumb_url": first,
                "note": _note(case, checks.get(case.id)),
                "current": index == 0,
                "geo_url": geo_url(case),
                "sign": case.state == CaseState.DISPATCHED,
                "fix": case.state == CaseState.IN_PROGRESS,
            }
        )
    return rows


def _note(case: Case, check: Check | None) -> str:
    if case.state == CaseState.DISPATCHED and case.sign_due_at:
        until = deadline_words(case.sign_due_at)
        return str(_("If nobody signs until %(time)s, it counts as signed; the deadline runs on.", time=until))
    if case.state == CaseState.IN_PROGRESS and check is not None and check.passed is False:
        return str(_("Verifier: %(words)s", words=complaint(check.items, check.words)))
    return ""


def case_page(case: Case, now: datetime) -> dict[str, Any]:
    """Everything on the page of one case, and nothing that leads to the reporter."""
    state, word = state_words(case)
    category = db.session.get(Category, case.category_code) if case.category_code else None
    reports = reports_of(case)
    photos = photos_of_many("report", [report.id for report in reports])
    return {
        "case": case,
        "title": queries.without_numbers(case.title),
        "due": due_of(case, now),
        "state": state,
        "word": word,
        "category": localised(category, "name") if category else "",
        "place": place_words(case),
        "geo_url": geo_url(case),
        "said": [{"words": queries.without_numbers(report.words), "at": report.received_at} for report in reports],
        "before": shown(photos, _("Photo from the reporter")),
        "failed": failed_check(case),
        "fixes": _fixes(case),
        "trail": _trail(case),
    }


def failed_check(case: Case) -> dict[str, Any] | None:
    """What the last verifier found wrong, while it is still to be put right."""
    check = queries.last_checks([case.id]).get(case.id)
    if check is None or check.passed is not False or case.state != CaseState.IN_PROGRESS:
        return None
    pictures = shown(photos_of(CHECK, check.id), _("Photo from the verifier"))
    return {"words": complaint(check.items, check.words), "photos": pictures, "at": check.done_at}


def _fixes(case: Case) -> list[dict[str, Any]]:
    query = db.select(Fix).where(Fix.case_id == case.id, Fix.handed_in_at.is_not(None)).order_by(Fix.id.desc())
    found = db.session.execute(query).scalars().all()
    pictures: dict[int, list[Any]] = {}
    for photo in photos_of_many(FIX, [fix.id for fix in found]):
        pictures.setdefault(photo.owner_id, []).append(photo)
    words = dict(RESULTS)
    return [
        {
            "at": fix.handed_in_at,
            "result": words.get(fix.resolution or "", ""),
            "note": fix.note,
            "photos": shown(pictures.get(fix.id, []), _("Photo afterwards")),
        }
        for fix in found
    ]


def _trail(case: Case) -> list[dict[str, str]]:
    """How the case went from hand to hand; only the steps that concern a unit."""
    words = {
        "dispatch": _("Sent to the unit"),
        "sign": _("Signed"),
        "return": _("Returned to the office"),
        "finish": _("Handed in"),
        "rework": _("The check was not passed"),
        "close": _("Checked and closed"),
        "confirm_close": _("Checked and closed"),
        "reopen": _("Reopened"),
    }
    rows = []
    for event in history("case", case.id):
        if event.action in words:
            deemed = event.action == "sign" and event.detail.get("deemed")
            what = _("Counts as signed: two working hours passed") if deemed else words[event.action]
            rows.append({"what": what, "when": when(event.at), "iso": local(event.at).isoformat(timespec="minutes")})
    return rows


def fix_page(case: Case, now: datetime) -> dict[str, Any]:
    """What the page for handing in shows beside its form."""
    state, word = state_words(case)
    kept = collecting(case)
    before: Iterable[Any] = queries.report_photos([case.id]).get(case.id, [])
    return {
        "case": case,
        "title": queries.without_numbers(case.title),
        "due": due_of(case, now),
        "state": state,
        "word": word,
        "place": place_words(case),
        "before": shown(before, _("Photo from the reporter"))[:1],
        "stored": picked(photos_of(FIX, kept.id)) if kept else [],
        "failed": failed_check(case),
        "open": case.state == CaseState.IN_PROGRESS,
    }
