"""What the sender of a report does with it; the caller's transaction has locked case and report."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from citizen.cases.models import Case, CaseReport
from citizen.cases.rules import Actor, CaseState, ensure_transition
from citizen.cases.services import appeals, triage
from citizen.cases.services.door import By, lock_case_by_id
from citizen.cases.services.fixing import Upload
from citizen.core import clock
from citizen.core.audit import record
from citizen.core.content import content
from citizen.core.database import locked
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.text import clean_text
from citizen.extensions import db
from citizen.photos.queries import photos_of, photos_of_many
from citizen.photos.services import discard, receive
from citizen.reports.models import Message, Report
from citizen.reports.services.messages import add_message
from citizen.tracking.queries import WITHDRAWN, case_of, follow, others_remain, standing
from citizen.tracking.rules import CONFIRMABLE, MAX_PHOTOS, MAX_WORDS, REVIVABLE, possible
from citizen.tracking.services.confirming import close_if_confirmed

#: Said above the page that shows how it stands now.
TOO_LATE = _l("This is not possible any more: the case has moved on. Below you see how it stands now.")
#: The reason that promises to delete photos, too.
PRIVACY = "privacy_worry"


@dataclass(frozen=True, slots=True)
class Said:
    """What the sender sent: words, photos and, where a choice was offered, the reason."""

    words: str = ""
    uploads: Sequence[Upload] = ()
    reason: str = ""


def lock_report(number: str) -> tuple[Case, Report]:
    """The report with this number and the case that gathers it, both locked.

    Raises NotFound, and Conflict when the report moved to another case in the same moment.
    """
    report = locked(Report, Report.number == number)
    link = case_of(report.id) if report else None
    if report is None or link is None:
        raise NotFound()
    case = lock_case_by_id(link.case_id)
    link = locked(CaseReport, CaseReport.report_id == report.id)
    if link is None or link.case_id != case.id:
        raise Conflict(_l("Your report was just put together with another one. Please load the page again."))
    return case, report


def ensure_possible(report: Report, verb: str) -> None:
    """Raise Conflict unless the sender may do ``verb`` now: the page offered it, then the case moved on."""
    followed = follow(report)
    if followed is None or verb not in possible(standing(followed), clock.now()):
        raise Conflict(TOO_LATE)


def add(case: Case, report: Report, said: Said) -> None:
    """More words or photos; marked in the queue until somebody looks. Raises InvalidInput without either."""
    _say(case, report, kind="addition", said=said)


def answer(case: Case, report: Report, said: Said) -> None:
    """Answer the open question: the case goes back to the queue and its clock goes on (3)."""
    message = _say(case, report, kind="answer", said=said)
    triage.answer(case, message.words, by=_hand(report))


def withdraw(case: Case, report: Report, said: Said) -> None:
    """Take the report back before a unit was sent (11); what names or reaches the sender is deleted at once.

    Where others reported the same thing, the case goes on without this sender.
    """
    reason = content().reasons.get(said.reason)
    if reason is None or reason.kind != "withdrawal":
        raise InvalidInput(_l("Choose a reason"), "reason")
    if others_remain(case.id, report.id):
        ensure_transition("withdraw", CaseState(case.state), Actor.REPORTER)
    else:
        triage.withdraw(case, reason_code=reason.code, by=_hand(report))
    record(
        WITHDRAWN,
        "report",
        subject_id=report.id,
        actor=(None, Actor.REPORTER.value),
        detail={"reason": reason.code},
    )
    _purge(report, with_photos=reason.code == PRIVACY)


def _purge(report: Report, *, with_photos: bool) -> None:
    report.contact_name, report.contact_phone_typed = "", ""
    report.contact_phone, report.contact_email = None, None
    if not with_photos:
        return
    added = db.session.execute(db.select(Message.id).where(Message.report_id == report.id)).scalars().all()
    for photo in (*photos_of("report", report.id), *photos_of_many("message", added)):
        discard(photo)


def object_to_refusal(case: Case, report: Report, said: Said) -> None:
    """Object to a refusal within five working days; somebody else decides."""
    _appeal(case, report, appeals.REFUSAL, said=said)


def dispute(case: Case, report: Report, said: Said) -> None:
    """Say within fifteen days that it is not solved; somebody else decides whether to reopen it (22)."""
    _appeal(case, report, appeals.FIX, said=said)


def _appeal(case: Case, report: Report, kind: str, *, said: Said) -> None:
    appeals.appeal(case, report, kind=kind, words=said.words)
    _say(case, report, kind="objection" if kind == appeals.REFUSAL else "dispute", said=said)


def revive(case: Case, report: Report, said: Said) -> None:
    """Bring a report that lacked facts back to the queue with more of them, once within fifteen days (7)."""
    if case.reason_code not in REVIVABLE:
        raise Conflict(_l("This refusal was not for want of facts. You may object to it."))
    _say(case, report, kind="addition", said=said)
    triage.revive(case, by=_hand(report))


def confirm(case: Case, report: Report, said: Said) -> None:
    """The sender saw that it is fixed; with two more people who saw it, a handed-in fix is closed (21)."""
    if case.state not in CONFIRMABLE:
        raise Conflict(TOO_LATE)
    _say(case, report, kind="confirm", said=said)
    record(
        "confirm",
        "case",
        subject_id=case.id,
        actor=(None, Actor.REPORTER.value),
        detail={"report": report.id},
    )
    close_if_confirmed(case)


def _say(case: Case, report: Report, *, kind: str, said: Said) -> Message:
    """Store words and photos as one message; a file sent twice counts once."""
    if len(said.uploads) > MAX_PHOTOS:
        raise InvalidInput(_l("Three photos are the most."), "photos")
    uploads = list({hashlib.sha256(upload.data).hexdigest(): upload for upload in said.uploads}.values())
    words = clean_text(said.words, MAX_WORDS, field="words")
    message = add_message(report, kind, words, photo_count=len(uploads))
    case.photo_count += len(uploads)
    for position, upload in enumerate(uploads):
        try:
            receive(
                upload.data,
                file_name=upload.file_name,
                owner=("message", message.id),
                position=position,
                browser=upload.browser,
            )
        except InvalidInput as error:
            raise InvalidInput(error.message, "photos") from error
    return message


def _hand(report: Report) -> By:
    return By(report.person_id, Actor.REPORTER)


#: Verb → what it does; the verbs of `citizen.tracking.rules`.
DEEDS: dict[str, Callable[[Case, Report, Said], None]] = {
    "add": add,
    "answer": answer,
    "confirm": confirm,
    "object": object_to_refusal,
    "revive": revive,
    "dispute": dispute,
    "withdraw": withdraw,
}
