"""What a unit does with a case: sign for it, photograph the repair, hand it in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l

from citizen.accounts.models import Person
from citizen.cases.models import Case, Check, Fix
from citizen.cases.queries.unit import OF_A_UNIT
from citizen.cases.rules import Actor, CaseState, ensure_resolution, ensure_transition
from citizen.cases.services.deadlines import verification_due
from citizen.cases.services.door import SYSTEM, By, lock_case, move, run_clock
from citizen.cases.services.drawing import assign_verifier
from citizen.core import clock
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.permissions import UNIT, Role, Viewer
from citizen.extensions import db
from citizen.photos.evidence import Evidence
from citizen.photos.models import Photo
from citizen.photos.queries import evidence_of, photos_of
from citizen.photos.rules import PhotoState
from citizen.photos.services import discard, receive

MAX_PHOTOS = 3
FIX, CHECK = "fix", "check"


@dataclass(frozen=True, slots=True)
class Upload:
    """One chosen file, and what the sender's page read from it before it was made smaller."""

    data: bytes
    file_name: str
    browser: Evidence | None = None


def unit_hand(person: Viewer) -> By:
    """In which capacity a member of a unit acts: clerk before field worker; raises NotFound for anybody else."""
    if not person.roles & UNIT:
        raise NotFound()
    return By(person.id, Actor.CLERK if Role.CLERK in person.roles else Actor.WORKER)


def ensure_of_unit(case: Case, by: By) -> None:
    """Raise NotFound unless ``by`` is an active member of the unit that the case is with."""
    person = db.session.get(Person, by.person_id) if by.person_id else None
    if person is None or not person.is_active or person.unit_code is None or person.unit_code != case.unit_code:
        raise NotFound()
    if not person.roles & UNIT:
        raise NotFound()


def lock_unit_case(number: str, person: Viewer) -> Case:
    """The case of the person's own unit, locked for this transaction; raises NotFound for every other."""
    case = lock_case(number, check=False)
    if case.state not in OF_A_UNIT:
        raise NotFound()
    ensure_of_unit(case, unit_hand(person))
    return case


def sign(case: Case, by: By) -> None:
    """The unit takes a dispatched case on (13); the deadline stays where the dispatch put it.

    Raises NotFound for people of other units, Conflict when the case is not waiting for a signature.
    """
    ensure_of_unit(case, by)
    move(case, "sign", by=by)
    case.signed_at, case.deemed_signed = clock.now(), False


def signature_overdue(case: Case, now: datetime) -> bool:
    """Whether the unit let the two working hours pass in which it had to sign."""
    return case.state == CaseState.DISPATCHED and case.sign_due_at is not None and case.sign_due_at <= now


def deem_signed(case: Case) -> None:
    """The system signs for a unit that did not (13): not signing stops no clock.

    Raises Conflict before the two working hours are over.
    """
    if not signature_overdue(case, clock.now()):
        raise Conflict(_l("The unit still has time to sign."))
    move(case, "sign", by=SYSTEM, detail={"deemed": True})
    case.signed_at, case.deemed_signed = case.sign_due_at, True


def open_fix(case: Case, by: By) -> Fix:
    """The one fix that the case's unit is collecting photos for, opened on first use, on a locked case.

    Raises NotFound for people of other units, Conflict when the case is not being worked on.
    """
    ensure_of_unit(case, by)
    ensure_transition("finish", CaseState(case.state), by.actor)
    fix = collecting(case)
    if fix is None:
        fix = Fix(case_id=case.id, unit_code=case.unit_code, author_id=by.person_id, created_at=clock.now())
        db.session.add(fix)
        db.session.flush()
    return fix


def collecting(case: Case) -> Fix | None:
    """The fix that is not handed in yet, of the unit that has the case now."""
    query = db.select(Fix).where(Fix.case_id == case.id, Fix.handed_in_at.is_(None), Fix.unit_code == case.unit_code)
    return db.session.execute(query.order_by(Fix.id.desc()).limit(1)).scalar_one_or_none()


def last_handed_in(case_id: int) -> Fix | None:
    """The newest fix of a case that was handed in."""
    query = db.select(Fix).where(Fix.case_id == case_id, Fix.handed_in_at.is_not(None))
    return db.session.execute(query.order_by(Fix.id.desc()).limit(1)).scalar_one_or_none()


def add_photo(owner: Fix | Check, upload: Upload) -> Photo:
    """Store one picture for a fix or a check; the same file sent twice is stored once.

    Raises InvalidInput for a file that is no photo and for one too many.
    """
    kind = FIX if isinstance(owner, Fix) else CHECK
    known = photos_of(kind, owner.id)
    digest = hashlib.sha256(upload.data).hexdigest()
    for photo in known:
        if photo.sha256 == digest:
            return photo
    if len(known) >= MAX_PHOTOS:
        raise InvalidInput(_l("Three photos are the most. Remove one to add another."), "photos")
    try:
        return receive(
            upload.data, file_name=upload.file_name, owner=(kind, owner.id), position=len(known), browser=upload.browser
        )
    except InvalidInput as error:
        raise InvalidInput(error.message, "photos") from error


def remove_photo(owner: Fix | Check, token: str) -> None:
    """Take back a picture before its fix or check is handed in; one that is gone already is no error."""
    kind = FIX if isinstance(owner, Fix) else CHECK
    for photo in photos_of(kind, owner.id):
        if photo.token == token:
            discard(photo)


def hand_in(case: Case, fix: Fix, *, resolution: str, note: str, by: By) -> None:
    """The unit says the work is done (18): a verifier is drawn and the verification's working day begins.

    Raises InvalidInput for an unknown resolution, missing words, a missing after-photo or one taken too early;
    NotFound for people of other units; Conflict when the case has moved on.
    """
    ensure_of_unit(case, by)
    ensure_transition("finish", CaseState(case.state), by.actor)
    photos = _after_photos(case, fix)
    found = ensure_resolution(resolution, has_after_photo=bool(photos), reason=note)
    if len(note.strip()) < 2:
        raise InvalidInput(_l("Say in a few words what you did; the reporter will read it"), "note")
    now = clock.now()
    fix.resolution, fix.note, fix.handed_in_at, fix.author_id = found, note, now, by.person_id or fix.author_id
    case.first_fixed_at, case.fixed_at = case.first_fixed_at or now, now
    move(case, "finish", by=by, detail={"resolution": found, "words": note, "fix": fix.id})
    run_clock(case, verification_due(now))
    assign_verifier(case, fix)


def is_repetition(case: Case, *, resolution: str, note: str, by: By) -> bool:
    """Whether this very result was handed in by the same person already: a second press of the same button."""
    last = last_handed_in(case.id)
    if case.state != CaseState.TO_VERIFY or last is None or last.author_id != by.person_id:
        return False
    return (last.resolution, last.note) == (resolution, note)


def _after_photos(case: Case, fix: Fix) -> Sequence[Photo]:
    """The usable pictures of the fix; raises InvalidInput when one was taken before the work could have been done.

    A picture that tells no time is believed by its upload, since fixes are opened only after dispatch.
    """
    begin = _work_began(case)
    usable = [photo for photo in photos_of(FIX, fix.id) if photo.state != PhotoState.REFUSED]
    told = evidence_of(photo.id for photo in usable)
    for photo in usable:
        taken = told[photo.id].taken_at if photo.id in told else None
        if begin and (photo.uploaded_at < begin or (taken and taken < begin)):
            raise InvalidInput(
                _l("A photo was taken before this case came to you. Remove it and take a new one."), "photos"
            )
    return usable


def _work_began(case: Case) -> datetime | None:
    """Dispatch, or the hand-in before this one: a photo from before a failed check proves nothing new."""
    last = last_handed_in(case.id)
    moments = [case.dispatched_at, last.handed_in_at if last else None]
    return max((moment for moment in moments if moment is not None), default=None)
