"""Bringing questions into the bank from a file: read and kept first, taken over once its author has seen what that does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.content import content as county_content
from citizen.core.database import constraint_means, locked
from citizen.core.errors import Conflict, NotFound
from citizen.extensions import db
from citizen.quizzes.formats.county import read_county
from citizen.quizzes.formats.draft import Read, as_json, from_json, to_content
from citizen.quizzes.formats.reading import read
from citizen.quizzes.models import BankQuestion, QuestionImport
from citizen.quizzes.queries.imports import Planned, counted, known, plan, signature
from citizen.quizzes.rules.importing import KEPT, MAX_FILE_NAME, Format, Verdict, ensure_decided, ensure_seen
from citizen.quizzes.services import bank, reviewing

SUBJECT = "question_import"

for _name in ("uq_bank_questions_code", "bank_questions.code"):
    constraint_means(
        _name, lambda: Conflict(_l("The bank has changed since you looked. Please look at the list again."))
    )


@dataclass(frozen=True, slots=True)
class Upload:
    """What an author sent, and what they said for formats that have no place for it."""

    data: bytes
    file_name: str = ""
    #: None lets the content decide.
    format: Format | None = None
    topic: str = ""
    difficulty: int = 0


def look_at(upload: Upload) -> tuple[Format, Read]:
    """The format of a file and what it holds, keeping nothing. Raises InvalidInput for one too large or empty.

    A long file takes seconds, so that it is read before the transaction that keeps it begins.
    """
    return read(upload.data, upload.file_name, wanted=upload.format, known=known(upload.topic, upload.difficulty))


def keep(file_name: str, looked: tuple[Format, Read], *, by: int) -> QuestionImport:
    """Keep what `look_at` found in a file, questions and problems; the bank is not touched."""
    format_, found = looked
    row = QuestionImport(
        file_name=file_name[:MAX_FILE_NAME],
        format=format_,
        rows=[as_json(draft) for draft in found.drafts],
        errors=[problem.as_json() for problem in found.problems],
        made_by=by,
        made_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row


def planned_of(row: QuestionImport) -> list[Planned]:
    """What taking the import over would do now."""
    return plan([from_json(raw) for raw in row.rows])


def take_over(import_id: int, *, seen: str, leave_out: bool, by: int) -> dict[str, int]:
    """Write the import's questions as drafts of its author; what came of it. Taken over already, it changes nothing.

    ``seen`` is the `signature` of the plan that the author looked at. Raises NotFound for somebody else's import,
    InvalidInput while problems are not decided on, Conflict when the bank has changed meanwhile.
    """
    row = locked(QuestionImport, QuestionImport.id == import_id)
    if row is None or row.made_by != by:
        raise NotFound()
    if row.outcome is not None:
        return dict(row.outcome)
    planned = planned_of(row)
    ensure_seen(seen, signature(planned))
    numbers = counted(planned)
    blocked = numbers[Verdict.BLOCKED]
    ensure_decided(len(row.errors) + blocked, leave_out=leave_out, questions=len(planned) - blocked)
    for step in planned:
        _write(step, by)
    row.outcome = {verdict.value: numbers[verdict] for verdict in (Verdict.NEW, Verdict.CHANGED, Verdict.SAME)}
    row.rows, row.done_at = [], clock.now()
    detail: dict[str, Any] = {**row.outcome, "format": row.format}
    record("question.import", SUBJECT, subject_id=row.id, actor=(by, "staff"), detail=detail)
    return dict(row.outcome)


def _write(step: Planned, author_id: int) -> None:
    if step.content is None or step.verdict not in (Verdict.NEW, Verdict.CHANGED):
        return
    if step.over is not None:
        bank.rewrite(step.over.id, step.content, seen=step.over.version, author_id=author_id)
        return
    found = db.session.get(BankQuestion, step.question_id) if step.question_id else None
    bank.draft(found or bank.new_question(step.code), step.content, author_id=author_id)


def sweep(now: datetime) -> None:
    """Forget imports that were kept for thirty days, inside the current transaction."""
    db.session.execute(db.delete(QuestionImport).where(QuestionImport.made_at <= now - KEPT))


def take_over_county(author_id: int, reviewer_id: int) -> int:
    """Bring the county's own questions into use, written by one person and approved by another; how many were new.

    A question of which any version is ready or open is left alone, so that doing it twice changes nothing.
    """
    drafts = read_county(county_content().yaml("quiz_questions.yaml"))
    standing = set(db.session.execute(db.select(BankQuestion.code)).scalars())
    fresh = [draft for draft in drafts if draft.code not in standing]
    for draft in fresh:
        version = bank.draft(bank.new_question(draft.code), to_content(draft), author_id=author_id)
        reviewing.hand_in(version.id, seen=version.version, by=author_id)
        reviewing.approve(version.id, seen=version.version, by=reviewer_id)
    return len(fresh)
