"""One lecture in the hall, three weeks ago: six questions, eighty-six phones."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from citizen.demo.chance import pick, u
from citizen.extensions import db
from citizen.quizzes.models import LiveAnswer, LiveItem, LiveRound, QuestionVersion
from citizen.quizzes.rules.live import LiveState
from citizen.quizzes.rules.questions import Kind, VersionState

PHONES, QUESTIONS = 86, 6
TITLE = "道德讲堂：邻里之间"


def tell_round(now: datetime, *, host_id: int) -> None:
    """Add the round with all its answers, ended."""
    at = now - timedelta(days=21, hours=-10)
    round_ = LiveRound(
        code="000000", title=TITLE, host_id=host_id, state=LiveState.ENDED, position=QUESTIONS, size=QUESTIONS,
        created_at=at, asked_at=at + timedelta(minutes=25), ended_at=at + timedelta(minutes=30), version=2 * QUESTIONS + 2,
    )  # fmt: skip
    db.session.add(round_)
    db.session.flush()
    query = db.select(QuestionVersion).where(
        QuestionVersion.state == VersionState.READY, QuestionVersion.kind == Kind.SINGLE
    )
    drawn = db.session.execute(query.order_by(QuestionVersion.id).limit(QUESTIONS)).scalars().all()
    answers = []
    for position, version in enumerate(drawn, start=1):
        order = [option["id"] for option in version.options]
        db.session.add(LiveItem(round_id=round_.id, position=position, version_id=version.id, order=order))
        for phone in range(PHONES):
            if u("hall", position, phone) < 0.93:
                right = u("hall", position, phone, "right") < 0.9 - 0.1 * position
                chosen = list(version.key) if right else [pick(order, "hall", position, phone)]
                answers.append(
                    {
                        "round_id": round_.id,
                        "position": position,
                        "phone": sha256(f"demo phone {phone}".encode()).hexdigest()[:32],
                        "answer": chosen,
                        "answered_at": at + timedelta(minutes=4 * position, seconds=int(20 * u("hall", phone))),
                    }
                )
    db.session.execute(db.insert(LiveAnswer), answers)
