"""Imports as their makers find them again, and what taking one over would do to the bank."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import defer

from citizen.core.errors import InvalidInput
from citizen.extensions import db
from citizen.quizzes.formats.draft import Draft, differences, says_the_same, to_content
from citizen.quizzes.formats.entry import Known, topic_name
from citizen.quizzes.models import BankQuestion, QuestionImport, QuestionVersion
from citizen.quizzes.queries.bank import content_of, topics
from citizen.quizzes.rules.importing import Verdict
from citizen.quizzes.rules.questions import Content, VersionState, ensure_content, fingerprint

#: Imports shown on the page.
PAGE = 20
#: Values in one question to the database.
CHUNK = 500
_OPEN = frozenset({VersionState.DRAFT, VersionState.REVIEW})


@dataclass(slots=True)
class Planned:
    """What taking over does with one draft; nothing but `verdict` counts where that is SAME."""

    draft: Draft
    verdict: Verdict
    #: Code of the question in the bank.
    code: str = ""
    content: Content | None = None
    question_id: int | None = None
    #: The draft that is written over: its id, the version seen of it, and who wrote it.
    over: QuestionVersion | None = None
    reason: Any = ""
    #: Parts of a changed question that differ from the bank's, see `formats.draft.differences`.
    differs: tuple[str, ...] = ()


@dataclass(slots=True)
class _Known:
    """A question of the bank with its versions, the newest first."""

    id: int
    code: str
    versions: list[QuestionVersion] = field(default_factory=list)

    @property
    def open(self) -> QuestionVersion | None:
        """The version that is being written or reviewed."""
        return next((version for version in self.versions if version.state in _OPEN), None)

    @property
    def current(self) -> list[QuestionVersion]:
        """The versions that somebody works with, and the newest in any case."""
        living = [version for version in self.versions if version.state != VersionState.RETIRED]
        return living or self.versions[:1]


def known(topic: str = "", difficulty: int = 0) -> Known:
    """What readers need to know of the county; every topic goes by its code and by its name in any language."""
    names: dict[str, str] = {}
    for row in topics():
        for name in (row.words.en, row.words.hant, row.words.hans, row.code):
            names[topic_name(name)] = row.code
    return Known(names, topic, difficulty)


def plan(drafts: Sequence[Draft]) -> list[Planned]:
    """What taking over ``drafts`` would do now, one answer for each in their order."""
    by_code = _by_code({draft.code.lower() for draft in drafts if draft.code})
    contents = [None if "hans" in draft.unsaid else to_content(draft) for draft in drafts]
    prints = {place: fingerprint(content) for place, content in enumerate(contents) if content}
    twins = _by_fingerprint(set(prints.values()))
    found = []
    for place, draft in enumerate(drafts):
        question = by_code.get(draft.code.lower()) if draft.code else None
        content = contents[place]
        if question and question.versions:
            found.append(_of_known(draft, question))
        elif content is None:
            reason = _l("The bank has no question with this code, and the Chinese text is missing.")
            found.append(Planned(draft, Verdict.BLOCKED, reason=reason))
        elif prints[place] in twins:
            found.append(Planned(draft, Verdict.SAME, code=twins[prints[place]]))
        else:
            question_id = question.id if question else None
            found.append(Planned(draft, Verdict.NEW, code=draft.code, content=content, question_id=question_id))
    return found


def _of_known(draft: Draft, question: _Known) -> Planned:
    """A draft whose code the bank has."""
    planned = Planned(draft, Verdict.SAME, code=question.code, question_id=question.id)
    if any(says_the_same(draft, content_of(version)) for version in question.current):
        return planned
    over = question.open
    if over is not None and over.state == VersionState.REVIEW:
        planned.verdict = Verdict.BLOCKED
        planned.reason = _l("This question is being reviewed. Import it again once that is decided.")
        return planned
    planned.verdict, planned.over = Verdict.CHANGED, over
    base = content_of(question.current[0])
    planned.content, planned.differs = to_content(draft, base), differences(draft, base)
    try:
        ensure_content(planned.content)
    except InvalidInput as error:
        planned.verdict, planned.reason = Verdict.BLOCKED, error.message
    return planned


def signature(planned: Sequence[Planned]) -> str:
    """A stand-in for the plan: it changes when somebody changes the bank in a way that matters to it."""
    lines = [
        (row.draft.row, row.verdict.value, row.question_id, row.over and (row.over.id, row.over.version))
        for row in planned
    ]
    return hashlib.sha256(json.dumps(lines).encode()).hexdigest()[:32]


def counted(planned: Iterable[Planned]) -> dict[Verdict, int]:
    """How many there are of each verdict."""
    numbers = Counter(row.verdict for row in planned)
    return {verdict: numbers.get(verdict, 0) for verdict in Verdict}


def mine(person_id: int) -> Sequence[QuestionImport]:
    """The person's last imports, the newest first, without their questions."""
    query = db.select(QuestionImport).where(QuestionImport.made_by == person_id).order_by(QuestionImport.id.desc())
    heavy = (defer(QuestionImport.rows, raiseload=True), defer(QuestionImport.errors, raiseload=True))
    return db.session.execute(query.limit(PAGE).options(*heavy)).scalars().all()


def _by_code(codes: set[str]) -> dict[str, _Known]:
    found: dict[int, _Known] = {}
    for chunk in _chunks(sorted(codes)):
        for version, id_, code in _rows(func.lower(BankQuestion.code).in_(chunk)):
            known_question = found.setdefault(id_, _Known(id_, code))
            if version is not None:
                known_question.versions.append(version)
    return {question.code.lower(): question for question in found.values()}


def _rows(condition: ColumnElement[bool]) -> Iterator[tuple[QuestionVersion | None, int, str]]:
    query = (
        db.select(QuestionVersion, BankQuestion.id, BankQuestion.code)
        .select_from(BankQuestion)
        .outerjoin(QuestionVersion, QuestionVersion.question_id == BankQuestion.id)
        .where(condition)
        .order_by(BankQuestion.id, QuestionVersion.number.desc())
        .execution_options(populate_existing=True)
    )
    yield from db.session.execute(query)


def _by_fingerprint(prints: set[str]) -> dict[str, str]:
    """Fingerprint → code of the question that has, or once had, this content."""
    found: dict[str, str] = {}
    for chunk in _chunks(sorted(prints)):
        query = (
            db.select(QuestionVersion.fingerprint, BankQuestion.code)
            .join(BankQuestion, BankQuestion.id == QuestionVersion.question_id)
            .where(QuestionVersion.fingerprint.in_(chunk))
            .order_by(QuestionVersion.id.desc())
        )
        found |= dict(db.session.execute(query).all())
    return found


def _chunks(values: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
