"""What the sender of a report may know: the case, its story across mergers, what was added, pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from citizen.cases.models import Appeal, Case, CaseReport, Fix, Question
from citizen.cases.queries.appeals import appeals_of
from citizen.cases.rules import CaseState
from citizen.cases.services.appeals import FIX, REFUSAL, last_day
from citizen.cases.services.fixing import last_handed_in
from citizen.cases.services.triage import open_question
from citizen.core.audit import Event, history
from citizen.extensions import db
from citizen.photos.models import Photo
from citizen.photos.queries import photos_of, photos_of_many
from citizen.projection.models import ReleasedFact
from citizen.projection.queries import fact
from citizen.reports.models import Message, Report
from citizen.tracking.rules import Standing

#: A report that was merged more often than this was merged in a circle.
_DEEPEST = 20
#: What a sender said, as events of the report.
WITHDRAWN = "report.withdrawn"
SURFACES = ("nearby", "board")


@dataclass(frozen=True, slots=True)
class Story:
    """Events that concern one report, oldest first; those of other cases only since they were merged."""

    events: list[Event]
    #: Merge event → the dispatch that the case it went to had had by then.
    dispatched: dict[int, Event] = field(default_factory=dict)
    #: Numbers of the cases that the report itself went through.
    numbers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Followed:
    """One report as its sender may know it."""

    report: Report
    case: Case
    story: Story
    messages: dict[int, Message]
    appeals: dict[int, Appeal]
    #: Everything the office asked in the cases of the story, oldest first.
    questions: Sequence[Question]
    question: Question | None
    photos: Sequence[Photo]
    #: Pictures of the verified repair; none while the case is open.
    after: Sequence[Photo]

    @property
    def taken_back(self) -> bool:
        """Whether the sender took the report back while the case went on."""
        return any(event.action == WITHDRAWN for event in self.story.events)


def case_of(report_id: int) -> CaseReport | None:
    """Which case gathers the report, and which one intake opened for it."""
    return db.session.execute(db.select(CaseReport).where(CaseReport.report_id == report_id)).scalar_one_or_none()


def others_remain(case_id: int, report_id: int) -> bool:
    """Whether the case gathers a report, besides this one, whose sender has not taken it back."""
    gone = db.select(Event.subject_id).where(Event.subject == "report", Event.action == WITHDRAWN)
    query = db.select(CaseReport.id).where(CaseReport.case_id == case_id, CaseReport.report_id != report_id)
    return db.session.execute(query.where(CaseReport.report_id.not_in(gone)).limit(1)).first() is not None


def follow(report: Report) -> Followed | None:
    """Everything its sender may know of ``report``; None when no case was opened for it."""
    link = case_of(report.id)
    if link is None:
        return None
    case = db.session.get_one(Case, link.case_id)
    story = _story(report, link.origin_id)
    messages = db.session.execute(
        db.select(Message).where(Message.report_id == report.id).order_by(Message.id)
    ).scalars()
    by_id = {message.id: message for message in messages}
    asked = db.select(Question).where(Question.case_id.in_({e.subject_id for e in story.events if e.subject == "case"}))
    return Followed(
        report=report,
        case=case,
        story=story,
        messages=by_id,
        appeals={appeal.id: appeal for appeal in appeals_of(report.id)},
        questions=db.session.execute(asked.order_by(Question.id)).scalars().all(),
        question=open_question(case) if case.state == CaseState.NEED_INFO else None,
        photos=[*photos_of("report", report.id), *photos_of_many("message", by_id)],
        after=after_photos(case),
    )


def after_photos(case: Case) -> Sequence[Photo]:
    """Pictures of the repair that was verified: none unless the case is closed."""
    fix = last_handed_in(case.id) if case.state == CaseState.CLOSED else None
    return photos_of("fix", fix.id) if fix else []


def standing(followed: Followed) -> Standing:
    """What decides the sender's rights."""
    case = followed.case
    return Standing(
        state=CaseState(case.state),
        reason_code=case.reason_code,
        rejected_at=case.rejected_at,
        closed_at=case.closed_at,
        object_until=last_day(case, REFUSAL),
        revived=case.revived,
        objected=_appealed(followed, REFUSAL, case.rejected_at),
        disputed=_appealed(followed, FIX, case.closed_at),
        confirmed=_confirmed(followed),
        taken_back=followed.taken_back,
    )


def _appealed(followed: Followed, kind: str, since: datetime | None) -> bool:
    return any(row.kind == kind and (since is None or row.made_at >= since) for row in followed.appeals.values())


def _confirmed(followed: Followed) -> bool:
    since = followed.case.fixed_at or followed.report.received_at
    return any(row.kind == "confirm" and row.at >= since for row in followed.messages.values())


def _story(report: Report, origin_id: int) -> Story:
    numbers: set[str] = set()
    dispatched: dict[int, Event] = {}
    events = [*history("report", report.id)]
    front: list[tuple[int, int, int | None]] = [(origin_id, 0, None)]
    for _step in range(_DEEPEST):
        if not front:
            break
        case_id, after, before = front.pop()
        number = db.session.execute(db.select(Case.number).where(Case.id == case_id)).scalar_one()
        numbers.add(number)
        whole = history("case", case_id)
        mine = [event for event in whole if event.id > after and (before is None or event.id < before)]
        events.extend(mine)
        for event, target_id, until in _mergers(mine, before):
            front.append((target_id, event.id, until))
            known = [e for e in history("case", target_id) if e.action == "dispatch" and e.id < event.id]
            dispatched.update({event.id: known[-1]} if known else {})
    return Story(sorted(events, key=lambda event: event.id), dispatched, frozenset(numbers))


def _mergers(events: Sequence[Event], before: int | None) -> list[tuple[Event, int, int | None]]:
    """Each merge among ``events``: the event, the case it led to, and the event that ended it if any."""
    found = []
    for event in events:
        if event.action != "merge":
            continue
        query = db.select(Case.id).where(Case.number == str(event.detail.get("target", "")))
        target_id = db.session.execute(query).scalar_one_or_none()
        if target_id is not None:
            undone = (e.id for e in events if e.action == "unmerge" and e.id > event.id)
            found.append((event, target_id, next(undone, before)))
    return found


def report_of_photo(photo: Photo) -> Report | None:
    """The report that a sender's own photo belongs to, directly or through something added later."""
    if photo.owner_kind == "report":
        return db.session.get(Report, photo.owner_id)
    if photo.owner_kind == "message":
        message = db.session.get(Message, photo.owner_id)
        return db.session.get(Report, message.report_id) if message else None
    return None


def reports_shown_fix(photo: Photo) -> Sequence[Report]:
    """The reports whose senders may see this after-photo: those of the closed case that it shows."""
    fix = db.session.get(Fix, photo.owner_id) if photo.owner_kind == "fix" else None
    case = db.session.get(Case, fix.case_id) if fix else None
    if case is None or photo.id not in {shown.id for shown in after_photos(case)}:
        return []
    reports = db.select(Report).join(CaseReport, CaseReport.report_id == Report.id).where(CaseReport.case_id == case.id)
    return db.session.execute(reports).scalars().all()


def released(number: str) -> ReleasedFact | None:
    """The fact that is public under ``number`` right now, to people nearby or on the board."""
    if not (0 < len(number) <= 20 and number.isascii() and number.replace("-", "").isalnum()):
        return None
    return next((found for surface in SURFACES if (found := fact(surface, number))), None)
