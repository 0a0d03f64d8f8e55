"""Pictures on the pages of units and verifiers: masked sizes only, and only of the cases they work on."""

from __future__ import annotations

from collections.abc import Iterable

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from citizen.cases.models import Case, CaseReport, Check, Fix
from citizen.cases.queries.unit import OF_A_UNIT
from citizen.core.permissions import OFFICE, Permission, Role, allowed
from citizen.extensions import db
from citizen.photos.models import Photo
from citizen.photos.queries import who_may_see
from citizen.photos.rules import PhotoState
from citizen.reports.models import Message


@who_may_see
def seen_by_staff_of_the_case(photo: Photo) -> bool:
    """The office sees the pictures of every case, a unit those of its own, a verifier those of the drawn ones.

    A unit sees a verifier's pictures only once the check is done.
    """
    if not current_user.is_authenticated or not current_user.roles:
        return False
    case = _case_of(photo)
    if case is None or not allowed(current_user, Permission.SEE_STAFF_PHOTO, case):
        return False
    if current_user.roles & (OFFICE | {Role.ADMIN}) or case.verifier_id == current_user.id:
        return True
    return case.state in OF_A_UNIT and not (photo.owner_kind == "check" and _unfinished(photo.owner_id))


def _case_of(photo: Photo) -> Case | None:
    owner = photo.owner_id
    gathered = db.select(CaseReport.case_id)
    case_ids = {
        "report": gathered.where(CaseReport.report_id == owner),
        "message": gathered.join(Message, Message.report_id == CaseReport.report_id).where(Message.id == owner),
        "fix": db.select(Fix.case_id).where(Fix.id == owner),
        "check": db.select(Check.case_id).where(Check.id == owner),
    }
    query = case_ids.get(photo.owner_kind)
    return None if query is None else db.session.execute(db.select(Case).where(Case.id.in_(query))).scalar_one_or_none()


def _unfinished(check_id: int) -> bool:
    check = db.session.get(Check, check_id)
    return check is None or check.done_at is None


def address(photo: Photo, size: str) -> str:
    """Where the masked picture is, or "" while it is being prepared or when it was refused."""
    if photo.masked_key is None or photo.state == PhotoState.REFUSED:
        return ""
    return url_for("photos.private", token=photo.token, size=size)


def shown(photos: Iterable[Photo], words: str) -> list[dict[str, str]]:
    """What a page shows of pictures: {"url", "large", "alt"}; the ones that cannot be seen yet have no address."""
    return [
        {"url": address(photo, "medium"), "large": address(photo, "large"), "alt": photo.alt or f"{words} {number}"}
        for number, photo in enumerate(photos, start=1)
        if photo.state != PhotoState.REFUSED
    ]


def picked(photos: Iterable[Photo]) -> list[dict[str, str]]:
    """What the photo chooser shows of the pictures that are stored already."""
    rows = []
    for photo in photos:
        refused = photo.state == PhotoState.REFUSED
        status = "failed" if refused else "ready" if photo.masked_key else "processing"
        note = _("This picture cannot be used. Remove it and take another.") if refused else ""
        rows.append(
            {"id": photo.token, "thumb_url": address(photo, "thumb"), "alt": photo.alt, "status": status, "note": note}
        )
    return rows
