"""Reads of one case for the moderators' desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from citizen.accounts.models import Person
from citizen.cases.models import Case, CaseReport, Note, Question
from citizen.core.audit import Event, history
from citizen.core.errors import NotFound
from citizen.core.numbers import normalise_case_number
from citizen.extensions import db
from citizen.photos.models import Photo
from citizen.photos.queries import photos_of_many
from citizen.reports.models import Message, Report


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that lies on the desk beside the case itself."""

    reports: Sequence[Report]
    photos: Sequence[Photo]
    events: Sequence[Event]
    notes: Sequence[Note]
    questions: Sequence[Question]
    messages: Sequence[Message]
    #: Names of the staff who appear above, by id.
    names: dict[int, str]


def find(number: object) -> Case:
    """The case with this number, however it is typed; raises NotFound."""
    code = normalise_case_number(number)
    query = db.select(Case).where(Case.number == code)
    case: Case | None = db.session.execute(query).scalar_one_or_none() if code else None
    if case is None:
        raise NotFound()
    return case


def desk(case: Case) -> Desk:
    """Reports, photos, events, notes, questions and messages of ``case``, each oldest first; seven queries."""
    reports = _reports(case)
    ids = [report.id for report in reports]
    events, notes, questions = history("case", case.id), _notes(case), _questions(case)
    people = {event.actor_id for event in events} | {note.author_id for note in notes}
    people |= {question.asked_by for question in questions}
    return Desk(
        reports,
        photos_of_many("report", ids),
        events,
        notes,
        questions,
        _messages(ids),
        names({key for key in people if key is not None}),
    )


def names(person_ids: set[int]) -> dict[int, str]:
    """Names by id."""
    query = db.select(Person.id, Person.name).where(Person.id.in_(person_ids))
    return {row.id: row.name for row in db.session.execute(query)} if person_ids else {}


def _reports(case: Case) -> Sequence[Report]:
    query = db.select(Report).join(CaseReport, CaseReport.report_id == Report.id).where(CaseReport.case_id == case.id)
    return db.session.execute(query.order_by(Report.received_at, Report.id)).scalars().all()


def _notes(case: Case) -> Sequence[Note]:
    return db.session.execute(db.select(Note).where(Note.case_id == case.id).order_by(Note.id)).scalars().all()


def _questions(case: Case) -> Sequence[Question]:
    query = db.select(Question).where(Question.case_id == case.id).order_by(Question.id)
    return db.session.execute(query).scalars().all()


def _messages(report_ids: list[int]) -> Sequence[Message]:
    query = db.select(Message).where(Message.report_id.in_(report_ids)).order_by(Message.id)
    return db.session.execute(query).scalars().all()


def last_change(case: Case) -> tuple[str, datetime] | None:
    """Who changed the case last (a name, or "" for reporters and the system) and when."""
    query = db.select(Event).where(Event.subject == "case", Event.subject_id == case.id, Event.from_state.is_not(None))
    event = db.session.execute(query.order_by(Event.id.desc()).limit(1)).scalar_one_or_none()
    if event is None:
        return None
    return names({event.actor_id} if event.actor_id else set()).get(event.actor_id or 0, ""), event.at


def unanswered(now: datetime) -> list[int]:
    """Ids of the cases whose question was not answered in time, for the job that gives up on them."""
    late = (Question.answered_at.is_(None)) & (Question.answer_by <= now)
    query = db.select(Case.id).join(Question, Question.case_id == Case.id).where(Case.state == "need_info", late)
    return list(db.session.execute(query.distinct().order_by(Case.id)).scalars())
