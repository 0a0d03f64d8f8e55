"""Who of the staff may see the masked sizes of a photo: those who may see its case."""

from __future__ import annotations

from flask_login import current_user

from citizen.cases.models import Case, CaseReport, Check, Fix
from citizen.cases.queries.unit import OF_A_UNIT
from citizen.core.permissions import OFFICE, Permission, Role, allowed
from citizen.extensions import db
from citizen.photos.models import Photo
from citizen.photos.queries import who_may_see
from citizen.reports.models import Message


def case_of_photo(photo: Photo) -> Case | None:
    """The case that a photo belongs to now, through the report, addition, fix or check it was sent with.

    A report that was merged counts for the case that gathers it. None for drafts, which no case knows.
    """
    ids = {
        "report": db.select(CaseReport.case_id).where(CaseReport.report_id == photo.owner_id),
        "message": db.select(CaseReport.case_id)
        .join(Message, Message.report_id == CaseReport.report_id)
        .where(Message.id == photo.owner_id),
        "fix": db.select(Fix.case_id).where(Fix.id == photo.owner_id),
        "check": db.select(Check.case_id).where(Check.id == photo.owner_id),
    }.get(photo.owner_kind)
    if ids is None:
        return None
    return db.session.execute(db.select(Case).where(Case.id.in_(ids))).scalar_one_or_none()


@who_may_see
def staff_on_the_case(photo: Photo) -> bool:
    """The office sees photos of every case, a unit those of its own, a verifier those drawn for them.

    A case is a unit's from dispatch on; a verifier's pictures are shown to it once the check is done.
    """
    if not current_user.is_authenticated or not current_user.roles:
        return False
    case = case_of_photo(photo)
    # Asked without a case the table would answer for the area as a whole.
    if case is None or not allowed(current_user, Permission.SEE_STAFF_PHOTO, case):
        return False
    if current_user.roles & (OFFICE | {Role.ADMIN}) or case.verifier_id == current_user.id:
        return True
    return case.state in OF_A_UNIT and not (photo.owner_kind == "check" and _unfinished(photo.owner_id))


def _unfinished(check_id: int) -> bool:
    check = db.session.get(Check, check_id)
    return check is None or check.done_at is None
