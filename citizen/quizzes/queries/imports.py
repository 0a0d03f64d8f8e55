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
from citizen.quizzes.queries.bank import topics
from citizen.quizzes.queries.keys import contents_of
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
    #: No version of the bank's question is in use or in work any more.
    retired: bool = False


@dataclass(slots=True)
class _Known:
    """A question of the bank with its versions, the newest first."""

    id: int
    code: str
    versions: list[QuestionVersion] = field(default_factory=list)
    #: Version → what it says with the key that counts now.
    contents: dict[int, Content] = field(default_factory=dict)

    @property
    def open(self) -> QuestionVersion | None:
        """The version that is being written or reviewed."""
        return next((version for version in self.versions if version.state in _OPEN), None)

    @property
    def current(self) -> list[QuestionVersion]:
        """The versions that somebody works with, and the newest in any case."""
        return self.living or self.versions[:1]

    @property
    def living(self) -> list[QuestionVersion]:
        """The versions that are in use or in work."""
        return [version for version in self.versions if version.state != VersionState.RETIRED]

    def says(self, draft: Draft) -> bool:
        """Whether one of the current versions says what ``draft`` says."""
        return any(says_the_same(draft, self.contents[version.id]) for version in self.current)


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
    taken = {question.id for question in by_code.values()}
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
            found.append(_of_twin(draft, twins[prints[place]], taken))
        else:
            question_id = question.id if question else None
            found.append(Planned(draft, Verdict.NEW, code=draft.code, content=content, question_id=question_id))
    return found


def _of_twin(draft: Draft, twins: Sequence[_Known], taken: set[int]) -> Planned:
    """A draft of which the bank has the question and its answers under other codes.

    The twin that says the same counts, else one that somebody works with. ``taken`` are questions that the file means
    already; what is written is added to them.
    """
    question = min(twins, key=lambda twin: (not twin.living, not twin.says(draft), twin.id))
    planned = _of_known(draft, question)
    if planned.verdict == Verdict.CHANGED and question.id in taken:
        planned.verdict = Verdict.BLOCKED
        planned.reason = _l("Another row of the file means the same question, %(code)s.", code=question.code)
    taken.add(question.id)
    return planned


def _of_known(draft: Draft, question: _Known) -> Planned:
    """A draft that the bank has a question for."""
    planned = Planned(draft, Verdict.SAME, code=question.code, question_id=question.id, retired=not question.living)
    if question.says(draft):
        return planned
    over = question.open
    if over is not None and over.state == VersionState.REVIEW:
        planned.verdict = Verdict.BLOCKED
        planned.reason = _l("This question is being reviewed. Import it again once that is decided.")
        return planned
    planned.verdict, planned.over = Verdict.CHANGED, over
    base = question.contents[question.current[0].id]
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
        found |= _questions(func.lower(BankQuestion.code).in_(chunk))
    return {question.code.lower(): question for question in found.values()}


def _questions(condition: ColumnElement[bool]) -> dict[int, _Known]:
    """Id → the question, of those that ``condition`` names."""
    found: dict[int, _Known] = {}
    for version, id_, code in _rows(condition):
        question = found.setdefault(id_, _Known(id_, code))
        if version is not None:
            question.versions.append(version)
    contents = contents_of(version for question in found.values() for version in question.current)
    for question in found.values():
        question.contents = {version.id: contents[version.id] for version in question.current}
    return found


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


def _by_fingerprint(prints: set[str]) -> dict[str, list[_Known]]:
    """Fingerprint → questions that have, or once had, this content."""
    found: dict[str, list[_Known]] = {}
    for chunk in _chunks(sorted(prints)):
        version = QuestionVersion
        query = db.select(version.fingerprint, version.question_id).where(version.fingerprint.in_(chunk)).distinct()
        pairs = db.session.execute(query).all()
        questions = _questions(BankQuestion.id.in_({question_id for _print, question_id in pairs}))
        for print_, question_id in pairs:
            found.setdefault(print_, []).append(questions[question_id])
    return found


def _chunks(values: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
