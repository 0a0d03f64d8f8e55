"""Decisions before a unit is concerned. Every function takes a case that the caller's transaction has locked."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from citizen.cases.models import Case, Question
from citizen.cases.queries.near import strong_duplicates
from citizen.cases.rules import ANSWER_WITHIN, OBJECT_WITHIN_WORKING_DAYS, REVIVE_WITHIN, Actor, find_hints
from citizen.cases.services.clocks import minutes_left, resume_intake
from citizen.cases.services.door import By, move, run_clock, stop_clock
from citizen.cases.services.intake import intake_due
from citizen.cases.services.release import unrelease
from citizen.cases.services.telling import tell
from citizen.core import clock
from citizen.core.content import Reason, Words, content
from citizen.core.errors import Conflict, InvalidInput
from citizen.core.text import clean_line, clean_text
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.reports.models import Category
from citizen.reports.queries import chosen_category

QUESTION_LIMIT = 300
WORDS_LIMIT = 500
BODY_LIMIT = 80
NUMBER_LIMIT = 30


def ask(case: Case, words: str, *, by: By) -> Question:
    """Ask the reporter for more: the clock rests for up to five days. Raises InvalidInput without a question."""
    text = clean_text(words, QUESTION_LIMIT, field="words")
    if len(text) < 2:
        raise InvalidInput(_l("Write what you want to know; the reporter reads it."), "words")
    now = clock.now()
    move(case, "ask", by=by)
    stop_clock(case, minutes_left=minutes_left(case, now=now))
    question = Question(case_id=case.id, words=text, asked_by=by.person_id, asked_at=now, answer_by=now + ANSWER_WITHIN)
    db.session.add(question)
    db.session.flush()
    tell(case, "ask_back", {"question": text, "day": question.answer_by})
    return question


def open_question(case: Case) -> Question | None:
    """The question that waits for its answer."""
    query = db.select(Question).where(Question.case_id == case.id, Question.answered_at.is_(None))
    return db.session.execute(query.order_by(Question.id.desc()).limit(1)).scalar_one_or_none()


def answer(case: Case, words: str, *, by: By) -> None:
    """The reporter answers: the case is back in the queue and its clock goes on from where it rested.

    Call it with the words that were stored as the report's message. Raises Conflict when nothing was asked.
    """
    move(case, "answer", by=by)
    question = open_question(case)
    if question is not None:
        question.answer, question.answered_at = words, clock.now()
    case.answered = True
    case.hinted = case.hinted or bool(find_hints(words))
    resume_intake(case, now=clock.now())


def give_up(case: Case, *, by: By) -> None:
    """No answer came; the system may say so only after five days. The reporter may revive the case once."""
    question = open_question(case)
    if by.actor is Actor.SYSTEM and question is not None and question.answer_by > clock.now():
        raise Conflict(_l("There is still time to answer."))
    move(case, "give_up", by=by, detail={"reason": "no_reply"})
    _refuse(case, content().reasons["no_reply"], "")
    _tell_refusal(case)


def accept(case: Case, *, category_code: str, area_code: str, by: By, compared: bool = False) -> None:
    """Make it a case of ours: category and area are set, and the limit in force is frozen on it.

    ``compared`` says that a person looked at an open case of the same category within fifty metres and found it to
    be another problem. Raises InvalidInput without it, and for an unknown category or area.
    """
    category = chosen_category(category_code)
    if category is None:
        raise InvalidInput(_l("Choose a category"), "category")
    if area_code not in directory().areas:
        raise InvalidInput(_l("Choose an area"), "area")
    if not compared and strong_duplicates(case, category_code=category.code):
        raise InvalidInput(
            _l("An open case of the same category is very near. Merge, or tick that you compared them."),
            "compared",
        )
    move(
        case,
        "accept",
        by=by,
        detail={"category": category.code, "area": area_code, "limit_version": category.limit_version},
    )
    _classify(case, category, area_code)
    tell(case, "accepted", {"day": case.due_at or clock.now()})


def _classify(case: Case, category: Category, area_code: str) -> None:
    case.category_code, case.urgency = category.code, category.urgency
    case.urgency_rank = 0 if category.urgency == "emergency" else 1
    if area_code != case.area_code:
        case.area_code, case.grid_code = area_code, None
    case.limit_version, case.limit_hours, case.limit_clock = (
        category.limit_version,
        category.limit_hours,
        category.clock,
    )
    sooner = intake_due(clock.now(), emergency=True)
    if case.urgency_rank == 0 and (case.due_at is None or case.due_at > sooner):
        run_clock(case, sooner)
    case.answered = False


def reject(case: Case, *, reason_code: str, words: str, by: By) -> None:
    """Do not accept, with a reason of the county's list and words for the reporter (the list's own when empty)."""
    reason = content().reasons.get(reason_code)
    if reason is None or reason.kind != "refusal":
        raise InvalidInput(_l("Choose a reason"), "reason")
    text = clean_text(words, WORDS_LIMIT, field="words")
    move(case, "reject", by=by, detail={"reason": reason.code, "words": text})
    _refuse(case, reason, text)
    _tell_refusal(case)


def _refuse(case: Case, reason: Reason, words: str) -> None:
    case.reason_code, case.reason_words, case.rejected_at = reason.code, words, clock.now()
    case.answered = False
    stop_clock(case)
    unrelease(case)


def _tell_refusal(case: Case) -> None:
    until = directory().calendar.add_working_days(clock.now(), OBJECT_WITHIN_WORKING_DAYS)
    standard = content().reasons[case.reason_code or ""].words
    words = Words(case.reason_words, case.reason_words, case.reason_words) if case.reason_words else standard
    tell(case, "refused", {"words": words, "day": until})


def may_revive(case: Case) -> bool:
    """Whether a refused case may still come back: once, within fifteen days."""
    return not case.revived and case.rejected_at is not None and clock.now() <= case.rejected_at + REVIVE_WITHIN


def revive(case: Case, *, by: By) -> None:
    """Back to the queue with the original time of receipt, and a new working day for the decision."""
    if case.state == "rejected" and not may_revive(case):
        raise Conflict(_l("A refused report can come back once, within 15 days."))
    move(case, "revive", by=by)
    case.revived = True
    case.answered = True
    case.reason_code, case.reason_words, case.rejected_at = None, "", None
    run_clock(case, intake_due(clock.now(), emergency=case.urgency_rank == 0))


def refer(case: Case, *, body: str, number: str, by: By) -> None:
    """Hand over to a body outside our reach, with the number it gave: the end for our clock."""
    receiving = clean_line(body, BODY_LIMIT, field="body")
    given = clean_line(number, NUMBER_LIMIT, field="number")
    if not receiving:
        raise InvalidInput(_l("Write who takes it over"), "body")
    if not given:
        raise InvalidInput(_l("Write the number that they gave"), "number")
    named = f"{receiving}, {given}" if receiving.isascii() else f"{receiving}，{given}"
    move(case, "refer", by=by, detail={"body": receiving, "number": given})
    case.referred_to = named
    case.answered = False
    stop_clock(case)
    unrelease(case)
    tell(case, "referred", {"body": named, "day": clock.now()})


def withdraw(case: Case, *, reason_code: str, by: By) -> None:
    """The reporter takes it back, before a unit has been sent."""
    reason = content().reasons.get(reason_code)
    if reason is None or reason.kind != "withdrawal":
        raise InvalidInput(_l("Choose a reason"), "reason")
    move(case, "withdraw", by=by, detail={"reason": reason.code})
    case.reason_code = reason.code
    case.answered = False
    stop_clock(case)
    unrelease(case)
    tell(case, "withdrawn")
