"""What the page of one case shows, put together from the queries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from flask import session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from citizen.cases.models import Case
from citizen.cases.queries import case as queries
from citizen.cases.queries.near import Near, near
from citizen.cases.queries.queue import next_number, thumbs
from citizen.cases.rules import LEASE, OPEN, find_hints
from citizen.cases.services import claims
from citizen.cases.services.release import public_number
from citizen.cases.views.due import deadline_words
from citizen.cases.views.panel import dispatching, endpoint, forms_for, verbs
from citizen.cases.views.pictures import address
from citizen.cases.views.queue import claim_of, marks
from citizen.cases.views.story import story
from citizen.cases.views.words import (
    area_name,
    category_name,
    due,
    place_words,
    source_word,
    state_tag,
    unit_name,
)
from citizen.core import clock
from citizen.core.permissions import Permission, Role, allowed
from citizen.departments.drawing import county_drawing
from citizen.departments.queries import directory
from citizen.photos.models import Photo
from citizen.photos.rules import PhotoState
from citizen.reports.models import Report

CONTACT_SHOWN = timedelta(minutes=10)
PHOTO_STATES: dict[str, tuple[str, Any]] = {
    PhotoState.SEALED: ("held", _l("being prepared")),
    PhotoState.SANITISED: ("held", _l("being prepared")),
    PhotoState.MASKED: ("waiting", _l("masks to be checked")),
    PhotoState.CHECKED: ("done", _l("checked")),
    PhotoState.PUBLIC: ("done", _l("public")),
    PhotoState.REFUSED: ("none", _l("not to be shown")),
}


def page(case: Case, filled: dict[str, Any] | None = None) -> dict[str, Any]:
    """The variables of templates/cases/show.html; ``filled`` are forms that were sent and could not be done."""
    now = clock.now()
    desk = queries.desk(case)
    can = verbs(case, current_user)
    return {
        "case": case,
        "now": now,
        "can": can,
        "endpoint": endpoint,
        "tag": state_tag(case),
        "due": due(case, now),
        "marks": list(marks(case)),
        "source": source_word(case.source),
        "received": deadline_words(case.received_at),
        "reports": [_report(report) for report in desk.reports],
        "facts": _facts(case, desk.reports),
        "drawing": _drawing(case),
        "photos": [_photo(photo, number, case) for number, photo in enumerate(desk.photos, start=1)],
        "near": _near(case),
        "events": story(case, desk),
        "contacts": _contacts(case, desk.reports),
        "next_number": next_number(case),
        "public_number": public_number(case) if case.released_at else None,
        "dispatching": dispatching(case, now) if can & {"accept", "dispatch"} else None,
        **_claiming(case, now),
        **forms_for(case, desk.photos, can=can, filled=filled or {}),
    }


def _claiming(case: Case, now: datetime) -> dict[str, Any]:
    """Who holds the case, and what the person who looks may do about it."""
    holder = claims.holders([case.id]).get(case.id)
    return {
        "may_claim": allowed(current_user, Permission.TRIAGE, case) and case.state in OPEN,
        "may_take_over": Role.LEADER in current_user.roles,
        "held": holder is not None and holder.person_id == current_user.id,
        "claim": claim_of(holder, now, viewer_id=current_user.id),
        "lease": int(LEASE.total_seconds()),
    }


def _report(report: Report) -> dict[str, Any]:
    return {
        "number": report.number,
        "pieces": list(_pieces(report.words)),
        "received": deadline_words(report.received_at),
        "hints": len(find_hints(report.words)),
        "anonymous": not (report.contact_name or report.contact_phone or report.contact_email or report.person_id),
    }


def _pieces(words: str) -> Iterator[tuple[str, bool]]:
    """``words`` in pieces, each with whether it is a hint."""
    at = 0
    for hint in find_hints(words):
        yield words[at : hint.start], False
        yield words[hint.start : hint.end], True
        at = hint.end
    yield words[at:], False


def _facts(case: Case, reports: Any) -> list[tuple[str, str]]:
    grid = directory().grids.get(case.grid_code or "")
    accuracy = next((report.accuracy for report in reports if report.accuracy), None)
    rows = [
        (_("Category"), category_name(case.category_code) or _("none yet")),
        (_("Place"), place_words(case)),
        (_("Landmark"), case.landmark if case.point_code else ""),
        (_("Point"), case.point_code or ""),
        (_("Grid"), " · ".join(part for part in (case.grid_code or "", area_name(case.area_code)) if part)),
        (
            _("Coordinates"),
            f"{case.lon:.5f}, {case.lat:.5f}" if case.lon is not None and case.lat is not None else "",
        ),
        (_("Accuracy"), _("about %(metres)s m", metres=accuracy) if accuracy else ""),
        (_("Responsible for the grid"), grid.leader if grid else ""),
        (_("Unit in charge"), unit_name(case.unit_code)),
        (_("Passed to"), case.referred_to),
    ]
    return [(label, value) for label, value in rows if value]


def _drawing(case: Case) -> dict[str, Any] | None:
    """A window of the county's drawing around the case."""
    if case.lon is None or case.lat is None:
        return None
    county = county_drawing()
    x, y = county.at(case.lon, case.lat)
    return {"county": county, "x": round(x, 1), "y": round(y, 1), "box": f"{x - 60:.0f} {y - 34:.0f} 120 68"}


def _photo(photo: Photo, number: int, case: Case) -> dict[str, Any]:
    tag, word = PHOTO_STATES[photo.state]
    return {
        "id": photo.id,
        "token": photo.token,
        "number": number,
        "thumb": address(photo, "thumb"),
        "medium": address(photo, "medium"),
        "large": address(photo, "large"),
        "alt": photo.alt or _("Photo %(number)s", number=number),
        "boxes": len(photo.boxes),
        "tag": tag,
        "word": word,
        "desk": photo.state not in (PhotoState.SEALED, PhotoState.REFUSED),
        "desk_url": url_for("photos.desk", token=photo.token, next=url_for("cases.show", number=case.number)),
    }


def _near(case: Case) -> list[dict[str, Any]]:
    rows: list[Near] = near(case)
    pictures = thumbs([row.case.id for row in rows]) if rows else {}
    return [
        {
            "number": row.case.number,
            "url": url_for("cases.show", number=row.case.number),
            "title": row.case.title,
            "metres": row.metres,
            "why": _("same category") if row.same_category else _("same group"),
            "strong": row.strong,
            "tag": state_tag(row.case),
            "received": deadline_words(row.case.received_at),
            "thumb": address(pictures[row.case.id], "thumb") if row.case.id in pictures else "",
            "open": row.case.state in OPEN,
        }
        for row in rows
    ]


def _contacts(case: Case, reports: Any) -> dict[str, Any]:
    """Whether there is contact data, and the data itself for ten minutes after it was asked for and recorded."""
    given = [report for report in reports if report.contact_name or report.contact_phone or report.contact_email]
    if not given or not allowed(current_user, Permission.SEE_CONTACT, case):
        return {"any": False, "rows": []}
    asked = session.get(f"contact:{case.id}") or [0, 0]
    passed = clock.now().timestamp() - asked[1]
    shown = asked[0] == current_user.id and 0 <= passed < CONTACT_SHOWN.total_seconds()
    rows = [
        {
            "number": r.number,
            "name": r.contact_name,
            "phone": r.contact_phone_typed or r.contact_phone or "",
            "email": r.contact_email or "",
        }
        for r in given
    ]
    return {"any": True, "rows": rows if shown else []}
