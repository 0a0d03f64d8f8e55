"""The demonstration's quizzes: five questions a day, practice by topic, one challenge that is over and one that is open."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from citizen.core.content import Words
from citizen.extensions import db
from citizen.quizzes.models import Quiz
from citizen.quizzes.queries.bank import topics
from citizen.quizzes.rules.quizzes import Feedback, QuizKind, QuizState

#: Topics with enough questions for a practice, and how many it draws.
PRACTICE = {"traffic": 8, "waste": 8, "values": 5, "volunteer": 5, "pets": 4, "smoking": 4, "minors": 4}
DAILY = Words.of("每日五题", "Five questions a day")
DAILY_INTRO = Words.of(
    "每天五道题，大家的题一样。不限时间，做完就看解析。",
    "Five questions, the same for everybody. No time limit; explanations follow.",
)
SUMMER = Words.of("夏季文明知识挑战", "Summer civility challenge")
AUTUMN = Words.of("秋季文明知识挑战", "Autumn civility challenge")
CHALLENGE_INTRO = Words.of(
    "十道题，答对八道算通过，可以开证明。每人三次，取最好的一次；排名只看答对多少和交卷先后，不看快慢。",
    "Ten questions, eight right answers pass and earn a certificate. Three attempts each, the best one counts; speed never does.",
)
PRACTICE_INTRO = Words.of(
    "想练几次练几次，做完就看解析和依据。", "As often as you like; explanations with their sources follow."
)
#: The whole bank, the easy questions first among equals.
MIXED = [
    {"topic": None, "difficulty": 1, "n": 4},
    {"topic": None, "difficulty": 2, "n": 4},
    {"topic": None, "difficulty": None, "n": 2},
]


def add_quizzes(now: datetime, *, made_by: int) -> list[Quiz]:
    """Add all quizzes as they were sixty days ago: published, the summer's challenge not closed yet."""
    begun = now - timedelta(days=60)
    whole = [{"topic": None, "difficulty": None, "n": 5}]
    rows = [_quiz(QuizKind.DAILY, DAILY, DAILY_INTRO, whole)]
    for topic in topics():
        if topic.code in PRACTICE:
            rows.append(
                _quiz(
                    QuizKind.PRACTICE,
                    topic.words,
                    PRACTICE_INTRO,
                    [{"topic": topic.code, "difficulty": None, "n": PRACTICE[topic.code]}],
                )
            )
    for words, first, last in ((SUMMER, 50, 20), (AUTUMN, 10, -20)):
        challenge = _quiz(QuizKind.CHALLENGE, words, CHALLENGE_INTRO, MIXED)
        challenge.opens_at, challenge.closes_at = now - timedelta(days=first), now - timedelta(days=last)
        challenge.pass_mark, challenge.attempts_allowed = 8, 3
        challenge.account_needed = challenge.certificate = challenge.board = True
        rows.append(challenge)
    for row in rows:
        row.made_by, row.created_at, row.changed_at = made_by, begun, begun
    db.session.add_all(rows)
    db.session.flush()
    return rows


def _quiz(kind: QuizKind, title: Words, intro: Words, blueprint: list[dict[str, Any]]) -> Quiz:
    quiz = Quiz(kind=kind, state=QuizState.PUBLISHED, feedback=Feedback.SUBMIT, blueprint=blueprint)
    quiz.size = sum(part["n"] for part in blueprint)
    for language in ("hans", "hant", "en"):
        setattr(quiz, f"title_{language}", getattr(title, language))
        setattr(quiz, f"intro_{language}", getattr(intro, language))
    return quiz
