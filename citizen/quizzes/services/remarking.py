"""Correcting a key for everybody who met the version: looked at first, then done once, then marked again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l

from citizen.core import clock, outbox
from citizen.core.audit import record
from citizen.core.database import locked
from citizen.core.errors import Conflict, NotFound
from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptItem, KeyCorrection, QuestionVersion
from citizen.quizzes.queries.keys import keys_of
from citizen.quizzes.queries.remarking import Judged, corrections, held, judged, marked_ids
from citizen.quizzes.rules import remarking as rules
from citizen.quizzes.rules.attempts import MARKED
from citizen.quizzes.rules.remarking import Effect
from citizen.quizzes.services import learning
from citizen.quizzes.services.marking import mark
from citizen.quizzes.services.statistics import outdate, recompute, shape_of
from citizen.quizzes.services.telling import say_corrected

JOB = "quizzes.remark"
#: No request takes longer from judging an answer to its commit.
MARGIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for, and what they saw when they did."""

    key: Collection[str]
    reason: str
    #: The last correction when they looked; 0 for none.
    last: int
    #: The moment of the look, and what it would have changed then.
    looked_at: datetime
    attempts: int
    changed: int


def look(version_id: int, key: Collection[str], *, until: datetime) -> Effect:
    """What a key would change in results handed in up to ``until``; writes nothing.

    Raises NotFound, and InvalidInput for a key that cannot be or that counts already.
    """
    version, counting = _version(version_id)
    wanted = rules.ensure_key(version.kind, key, options=shape_of(version, frozenset()).options, counting=counting)
    return rules.effect(held(version_id, until=until), kind=version.kind, key=wanted)


def correct(version_id: int, wanted: Wanted, *, by: int) -> KeyCorrection:
    """Write the correction down and mark again everybody who met the version; many of them in the background.

    Results handed in after the look are marked by it too. Raises NotFound, InvalidInput, and Conflict when somebody
    corrected the version meanwhile or when the look shows other numbers now.
    """
    if locked(QuestionVersion, QuestionVersion.id == version_id) is None:
        raise NotFound()
    reason, known = rules.ensure_reason(wanted.reason), corrections(version_id)
    if (known[0].id if known else 0) != wanted.last:
        raise Conflict(_l("Somebody else has corrected this question meanwhile. Look again."))
    now, before = clock.now(), keys_of([version_id])[version_id][1]
    seen = look(version_id, wanted.key, until=min(wanted.looked_at, now))
    if (seen.attempts, seen.changed) != (wanted.attempts, wanted.changed):
        raise Conflict(_l("The numbers have changed meanwhile. Look at them again before you decide."))
    found = look(version_id, wanted.key, until=now)
    correction = KeyCorrection(
        version_id=version_id,
        key=sorted(set(wanted.key)),
        reason=reason,
        attempts=found.attempts,
        changed=found.changed,
        decided_by=by,
        decided_at=now,
    )
    db.session.add(correction)
    db.session.flush()
    _note(correction, before, by)
    if found.attempts > rules.AT_ONCE:
        _go_on(correction.id, after=0)
    else:
        remark(correction.id, after=0, most=rules.AT_ONCE + 1)
    # Whoever hands in at this very moment may still be judged by the old key: they are looked at once more.
    _go_on(correction.id, after=0, late=True)
    return correction


def remark(correction_id: int, *, after: int, most: int = rules.BATCH, late: bool = False) -> bool:
    """Mark the next attempts again by the keys as they are now, in the order of ids; False once none is left.

    With ``late`` only those that were handed in about the moment of the correction or after it. Doing it twice gives the
    same results. Whose result changes is told, and the cards of those whose answer turned are worked out again. Boards
    that are final are not touched.
    """
    correction = db.session.get_one(KeyCorrection, correction_id)
    since = correction.decided_at - MARGIN if late else None
    ids = marked_ids(correction.version_id, after=after, most=most, since=since)
    before = judged(correction.version_id, ids)
    changed = [id_ for id_ in ids if _mark_again(id_)]
    db.session.flush()
    _follow(correction.version_id, before, changed)
    if len(ids) == most:
        _go_on(correction_id, after=ids[-1], late=late)
        return True
    # What others got right in the rest of the quiz has changed too: their questions are computed again within the hour.
    outdate(db.select(AttemptItem.attempt_id).where(AttemptItem.version_id == correction.version_id))
    recompute([correction.version_id])
    return False


def _mark_again(attempt_id: int) -> bool:
    """Whether its result is another one now."""
    attempt = locked(Attempt, Attempt.id == attempt_id)
    if attempt is None or attempt.state not in MARKED:
        return False
    before = (attempt.score, attempt.counted, attempt.passed)
    mark(attempt)
    return before != (attempt.score, attempt.counted, attempt.passed)


def _follow(version_id: int, before: Mapping[int, Judged], changed: Sequence[int]) -> None:
    """What follows from new results: words to their people, and cards that know what was right."""
    counting = corrections(version_id)[0]
    say_corrected(changed, reason=counting.reason, key=f"key:{counting.id}")
    after = judged(version_id, list(before))
    turned: dict[int, bool] = {}
    for id_, row in after.items():
        if row.person_id is not None and row.right is not before[id_].right:
            turned[row.person_id] = row.right is False or turned.get(row.person_id, False)
    if turned:
        learning.relearn(db.session.get_one(QuestionVersion, version_id).question_id, turned)


def _go_on(correction_id: int, *, after: int, late: bool = False) -> None:
    payload = {"correction": correction_id, "after": after, "late": late}
    key = f"{JOB}:{correction_id}:{'late' if late else 'all'}:{after}"
    outbox.enqueue(JOB, payload, dedupe_key=key, run_at=clock.now() + MARGIN if late else None)


def _version(version_id: int) -> tuple[QuestionVersion, list[str]]:
    version = db.session.get(QuestionVersion, version_id)
    if version is None:
        raise NotFound()
    return version, keys_of([version_id])[version_id][1]


def _note(correction: KeyCorrection, before: list[str], by: int) -> None:
    version = db.session.get_one(QuestionVersion, correction.version_id)
    record(
        "question.remarked",
        "question",
        subject_id=version.question_id,
        actor=(by, "staff"),
        detail={
            "version": version.number,
            "was": before,
            "now": correction.key,
            "reason": correction.reason,
            "attempts": correction.attempts,
            "changed": correction.changed,
        },
    )
