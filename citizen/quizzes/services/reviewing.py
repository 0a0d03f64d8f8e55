"""From a draft to a question in use and out of use again: every step once, the deciding one by a second person."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.database import locked
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.extensions import db
from citizen.quizzes.models import BankQuestion, QuestionVersion
from citizen.quizzes.queries.bank import content_of, writers_of
from citizen.quizzes.rules.questions import VersionState, ensure_transition, lacking

MAX_WORDS = 500
#: Questions that one person approves in one go; more are no longer read.
MOST_AT_ONCE = 50


class Incomplete(InvalidInput):
    """A draft that may not be handed in yet; ``found`` is what `rules.questions.lacking` says of it."""

    def __init__(self, found: Sequence[tuple[str, object]]) -> None:
        super().__init__(_l("Something is still missing before somebody else can review it."), found[0][0])
        self.found = list(found)


class Outcome(StrEnum):
    """What came of one of several approvals."""

    DONE = "done"
    OWN = "own"
    STALE = "stale"
    GONE = "gone"


def hand_in(version_id: int, *, seen: int, by: int) -> QuestionVersion:
    """Give a draft to a second person; from here on its wording is frozen.

    Raises Incomplete with everything that is lacking, Conflict when it is no draft any more or has changed, NotFound.
    """
    version = _lock(version_id, seen)
    target = ensure_transition("hand_in", version.state, own=version.author_id == by)
    found = lacking(content_of(version))
    if found:
        raise Incomplete(found)
    _move(version, target, "question.hand_in", by=by)
    return version


def send_back(version_id: int, note: str, *, seen: int, by: int) -> QuestionVersion:
    """Make a version in review a draft again, with words for its author.

    Raises InvalidInput without words, Conflict for a version that ``by`` wrote in or one that stands elsewhere now,
    NotFound.
    """
    version = _lock(version_id, seen)
    target = ensure_transition("send_back", version.state, own=_wrote(version, by))
    version.review_note = _words(note, "note", _l("Say what has to change; the author reads it."))
    _move(version, target, "question.send_back", by=by, note=version.review_note)
    return version


def approve(version_id: int, *, seen: int, by: int) -> QuestionVersion:
    """Bring a version in review into use; what was in use before is retired in the same moment.

    Raises Conflict for a version that ``by`` wrote in or one that stands elsewhere now, NotFound.
    """
    version = _lock(version_id, seen)
    target = ensure_transition("approve", version.state, own=_wrote(version, by))
    replaced = _replace(version)
    version.reviewer_id, version.reviewed_at = by, clock.now()
    _move(version, target, "question.approve", by=by, **({"replaced": replaced} if replaced else {}))
    return version


def approve_all(ticked: Sequence[tuple[int, int]], *, by: int) -> list[tuple[int, Outcome]]:
    """Approve every ticked (version id, version seen); one result for each, in their order.

    What cannot be approved holds up nothing else. Raises InvalidInput for nothing ticked and for more than fifty.
    """
    if not ticked:
        raise InvalidInput(_l("Tick at least one question."), "ticked")
    if len(ticked) > MOST_AT_ONCE:
        raise InvalidInput(_l("Tick at most %(most)s questions at once.", most=MOST_AT_ONCE), "ticked")
    ids = [version_id for version_id, _seen in ticked]
    query = db.select(QuestionVersion.id, QuestionVersion.question_id).where(QuestionVersion.id.in_(ids))
    questions = dict(db.session.execute(query).all())
    # Two people who approve at once lock the questions in the same order, so that neither waits for the other for ever.
    ordered = sorted(ticked, key=lambda pair: (questions.get(pair[0], 0), pair[0]))
    found = {version_id: _approve_one(version_id, seen, by=by) for version_id, seen in ordered}
    return [(version_id, found[version_id]) for version_id in ids]


def retire(version_id: int, reason: str, *, seen: int, by: int) -> QuestionVersion:
    """Take the version in use out of use without another in its place; attempts that hold it go on with it.

    Raises InvalidInput without a reason, Conflict when it stands elsewhere now, NotFound.
    """
    version = _lock(version_id, seen)
    target = ensure_transition("retire", version.state, own=version.author_id == by)
    words = _words(reason, "reason", _l("Say why it is taken out of use."))
    _move(version, target, "question.retire", by=by, reason=words)
    return version


def _approve_one(version_id: int, seen: int, *, by: int) -> Outcome:
    try:
        version = approve(version_id, seen=seen, by=by)
    except NotFound:
        return Outcome.GONE
    except Conflict:
        # Refused before anything was changed, so the others of the same transaction are not touched by it.
        version = db.session.get_one(QuestionVersion, version_id)
        own = version.state == VersionState.REVIEW and _wrote(version, by)
        return Outcome.OWN if own else Outcome.STALE
    return Outcome.DONE


def _wrote(version: QuestionVersion, by: int) -> bool:
    """Whether ``by`` wrote in ``version`` before it was handed in, even if somebody else saved it last."""
    return by in writers_of([version])[version.id]


def _lock(version_id: int, seen: int) -> QuestionVersion:
    """The version, with its question locked first: all steps of one question stand in one queue."""
    query = db.select(QuestionVersion.question_id).where(QuestionVersion.id == version_id)
    question_id = db.session.execute(query).scalar()
    if question_id is None or locked(BankQuestion, BankQuestion.id == question_id) is None:
        raise NotFound()
    version = locked(QuestionVersion, QuestionVersion.id == version_id)
    if version is None:
        raise NotFound()
    if version.version != seen:
        raise Conflict(_l("Somebody else changed this question meanwhile."), current=version)
    return version


def _replace(version: QuestionVersion) -> int:
    """Retire the question's ready version, first because a question has at most one; its number, or 0 without one."""
    ready = locked(
        QuestionVersion,
        QuestionVersion.question_id == version.question_id,
        QuestionVersion.state == VersionState.READY,
    )
    if ready is None:
        return 0
    ready.state = ensure_transition("replace", ready.state, own=False)
    ready.changed_at = clock.now()
    ready.version += 1
    db.session.flush()
    return ready.number


def _move(version: QuestionVersion, target: VersionState, action: str, *, by: int, **detail: object) -> None:
    before, version.state = version.state, target
    version.changed_at = clock.now()
    version.version += 1
    db.session.flush()
    record(
        action,
        "question",
        subject_id=version.question_id,
        actor=(by, "staff"),
        states=(before, target),
        detail={"version": version.number, **detail},
    )


def _words(text: str, field: str, missing: object) -> str:
    words = text.strip()
    if not words:
        raise InvalidInput(missing, field)
    if len(words) > MAX_WORDS:
        raise InvalidInput(_l("This is too long: at most %(limit)s characters.", limit=MAX_WORDS), field)
    return words
