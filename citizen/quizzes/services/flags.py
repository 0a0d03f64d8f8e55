"""Flags: found by the site, decided by a person. Setting an attempt aside is an act of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.database import locked
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptFlag
from citizen.quizzes.queries.flags import SET_ASIDE, crowds, sheets, speeds
from citizen.quizzes.rules import flags as rules
from citizen.quizzes.rules.attempts import ensure_transition
from citizen.quizzes.rules.flags import FlagKind, FlagState
from citizen.quizzes.services.statistics import outdate
from citizen.quizzes.services.telling import say_corrected

#: Attempts are looked at until so long after their result; the mark of a device lives for a day.
WINDOW = timedelta(hours=25)


#: (attempt, kind) → what was counted.
Found = dict[tuple[int, FlagKind], dict[str, Any]]


def odd(quiz_id: int, *, now: datetime) -> Found:
    """What is odd about the latest attempts at a challenge; reads only."""
    since = now - WINDOW
    found: Found = {}
    for speed in speeds(quiz_id, since=since):
        median = rules.too_fast(speed.seconds, size=speed.size, score=speed.score, counted=speed.counted)
        if median is not None:
            found[speed.attempt_id, FlagKind.SPEED] = {
                "seconds": median,
                "score": speed.score,
                "counted": speed.counted,
            }
    for people, ids in crowds(quiz_id, since=since):
        found |= {(id_, FlagKind.DEVICE): {"people": people, "attempts": ids} for id_ in ids}
    for pair in rules.same_wrong_answers(sheets(quiz_id)):
        numbers = {"same": pair.same, "shared": pair.shared, "chance": pair.chance}
        for mine, theirs in ((pair.first, pair.second), (pair.second, pair.first)):
            detail = found.setdefault((mine, FlagKind.PATTERN), {**numbers, "attempts": []})
            detail["attempts"] = [*detail["attempts"], theirs]
    return found


def write_down(found: Found) -> int:
    """Write flags down; returns how many are new.

    An attempt has at most one flag of each kind, ever: what a person dismissed does not come back. A flag changes nothing
    but its own row.
    """
    return sum(_flag(attempt_id, kind, detail) for (attempt_id, kind), detail in sorted(found.items()))


def _flag(attempt_id: int, kind: FlagKind, detail: dict[str, Any]) -> bool:
    known = locked(AttemptFlag, AttemptFlag.attempt_id == attempt_id, AttemptFlag.kind == kind)
    if known is not None:
        if known.state == FlagState.OPEN:
            known.detail = detail  # more people may have come to the same device
        return False
    db.session.add(
        AttemptFlag(
            attempt_id=attempt_id, kind=kind, detail=detail, state=FlagState.OPEN, found_at=clock.now(), note=""
        )
    )
    db.session.flush()
    return True


def locked_flag(flag_id: int, seen: str) -> AttemptFlag:
    """The flag, fresh and locked, in the state that was ``seen``; raises NotFound, and Conflict for another state."""
    flag = locked(AttemptFlag, AttemptFlag.id == flag_id)
    if flag is None:
        raise NotFound()
    if flag.state != seen:
        raise Conflict(_l("Somebody has decided on this already. Please look again."), current=flag)
    return flag


def decide(flag: AttemptFlag, verb: str, *, note: str, by: int) -> None:
    """Dismiss or confirm a locked flag, with a note for colleagues. The attempt stays as it is, whatever the verdict.

    Raises Conflict when somebody has decided, InvalidInput without a note.
    """
    if not note:
        raise InvalidInput(_l("Say in a few words what you looked at"), "note")
    was, flag.state = flag.state, rules.ensure_verdict(verb, flag.state)
    flag.note, flag.decided_by, flag.decided_at = note, by, clock.now()
    db.session.flush()
    record(
        f"flag.{verb}",
        "attempt",
        subject_id=flag.attempt_id,
        actor=(by, "staff"),
        states=(was, flag.state),
        detail={"kind": flag.kind, "note": note},
    )


def set_aside(attempt_id: int, *, seen: str, reason: str, by: int) -> Attempt:
    """Let an attempt count for nothing any more; its taker is told with these words. A final board stays as it is.

    A certificate that was issued for it stays valid until somebody revokes it.

    Raises NotFound, Conflict when it stands elsewhere than ``seen``, InvalidInput for a reason that says nothing.
    """
    attempt, words = locked(Attempt, Attempt.id == attempt_id), rules.ensure_reason(reason)
    if attempt is None:
        raise NotFound()
    if attempt.state != seen:
        raise Conflict(_l("This attempt has changed meanwhile. Please look again."), current=attempt)
    was, attempt.state = attempt.state, ensure_transition("set_aside", attempt.state)
    db.session.flush()
    outdate(db.select(Attempt.id).where(Attempt.id == attempt.id))
    record(
        SET_ASIDE,
        "attempt",
        subject_id=attempt.id,
        actor=(by, "staff"),
        states=(was, attempt.state),
        detail={"quiz": attempt.quiz_id, "reason": words},
    )
    say_corrected([attempt.id], reason=words, key=f"aside:{attempt.id}")
    return attempt
