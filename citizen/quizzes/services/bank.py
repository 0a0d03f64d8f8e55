"""Writing questions: a draft of a new question, or the next version of one that exists."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.content import Words, to_traditional
from citizen.core.database import constraint_means, locked
from citizen.core.errors import Busy, Conflict, InvalidInput, NotFound
from citizen.core.numbers import random_code
from citizen.extensions import db
from citizen.quizzes.models import BankQuestion, QuestionVersion
from citizen.quizzes.queries.bank import topics
from citizen.quizzes.queries.keys import counting
from citizen.quizzes.rules.questions import Content, VersionState, ensure_content, fingerprint

BEGUN = _l("Somebody else has begun the next version of this question.")
MAX_CODE = 20
TRIES = 50
#: Words that stand where a code would in the desk's addresses.
TAKEN_WORDS = frozenset({"new", "approve", "approved", "import", "export"})

for _name in (
    "ux_question_versions_open",
    "uq_question_versions_question_id_number",
    "question_versions.question_id",
):
    constraint_means(_name, lambda: Conflict(BEGUN))


def traditional(words: Words) -> Words:
    """``words`` with their Traditional form derived anew; nobody writes it by hand."""
    return Words(words.hans, to_traditional(words.hans), words.en)


def new_question(code: str = "") -> BankQuestion:
    """A question without a version yet; ``code`` is made where none is given.

    Raises InvalidInput for a code in use, and for one that no address could carry.
    """
    if len(code) > MAX_CODE or "/" in code or code.partition(".")[0].casefold() in TAKEN_WORDS:
        raise InvalidInput(_l("A code has at most 20 letters and digits, such as Q001."), "code")
    if code and db.session.execute(db.select(BankQuestion.id).where(BankQuestion.code == code)).first():
        raise InvalidInput(_l("This code is in use already."), "code")
    question = BankQuestion(code=code or _free_code(), created_at=clock.now())
    db.session.add(question)
    db.session.flush()
    return question


_CODED = db.select(BankQuestion.id).where(BankQuestion.code == db.bindparam("code"))


def _free_code() -> str:
    """A code that no question has; among ten thousand questions every third thousand would meet a taken one."""
    for _try in range(TRIES):
        code = f"Q-{random_code(5)}"
        if db.session.execute(_CODED, {"code": code}).first() is None:
            return code
    raise Busy()


def draft(question: BankQuestion, content: Content, *, author_id: int) -> QuestionVersion:
    """The next version of ``question`` as a draft; raises Conflict when one is open, InvalidInput for bad content."""
    _ensure(content)
    last = db.session.execute(
        db.select(db.func.max(QuestionVersion.number)).where(QuestionVersion.question_id == question.id)
    ).scalar()
    now = clock.now()
    version = QuestionVersion(
        question_id=question.id,
        number=(last or 0) + 1,
        state=VersionState.DRAFT,
        author_id=author_id,
        created_at=now,
        changed_at=now,
    )
    _fill(version, content)
    db.session.add(version)
    db.session.flush()
    record(
        "question.draft",
        "question",
        subject_id=question.id,
        actor=(author_id, "staff"),
        states=(None, "draft"),
        detail={"version": version.number},
    )
    return version


def next_version(question_id: int, *, author_id: int) -> QuestionVersion:
    """A draft that begins as the ready version does, option ids and all; as the last one where none is ready.

    It has the key that counts now, and none where the version counts for nobody: its author has to mark it anew.
    Raises NotFound for a question without versions, Conflict when a draft or a review is open already.
    """
    question = locked(BankQuestion, BankQuestion.id == question_id)
    query = db.select(QuestionVersion).where(QuestionVersion.question_id == question_id)
    versions = db.session.execute(query.order_by(QuestionVersion.number.desc())).scalars().all()
    if question is None or not versions:
        raise NotFound()
    if versions[0].state in (VersionState.DRAFT, VersionState.REVIEW):
        raise Conflict(BEGUN)
    base = next((version for version in versions if version.state == VersionState.READY), versions[0])
    return draft(question, counting(base), author_id=author_id)


def rewrite(version_id: int, content: Content, *, seen: int, author_id: int) -> QuestionVersion:
    """Save a draft over what was ``seen`` of it (its ``version``); whoever saves becomes its author, for the trail as well.

    Raises NotFound, Conflict when it is no draft any more or was changed meanwhile, InvalidInput for bad content.
    """
    _ensure(content)
    version = locked(QuestionVersion, QuestionVersion.id == version_id)
    if version is None:
        raise NotFound()
    if version.state != VersionState.DRAFT or version.version != seen:
        raise Conflict(_l("Somebody else changed this question meanwhile."), current=version)
    _fill(version, content)
    version.author_id, version.changed_at = author_id, clock.now()
    version.version += 1
    db.session.flush()
    record(
        "question.rewrite",
        "question",
        subject_id=version.question_id,
        actor=(author_id, "staff"),
        states=("draft", "draft"),
        detail={"version": version.number},
    )
    return version


def _ensure(content: Content) -> None:
    ensure_content(content)
    if content.topic not in {topic.code for topic in topics()}:
        raise InvalidInput(_l("Choose a topic"), "topic")


def _fill(version: QuestionVersion, content: Content) -> None:
    version.kind, version.topic, version.difficulty = content.kind, content.topic, content.difficulty
    version.tags, version.key = list(content.tags), sorted(content.key)
    version.valid_from, version.valid_to = content.valid_from, content.valid_to
    version.fingerprint = fingerprint(content)
    for field in ("stem", "explanation", "source"):
        words = traditional(getattr(content, field))
        for language in ("hans", "hant", "en"):
            setattr(version, f"{field}_{language}", getattr(words, language))
    version.options = [
        {
            "id": option.id,
            **{language: getattr(traditional(option.words), language) for language in ("hans", "hant", "en")},
        }
        for option in content.options
    ]
