"""Making, changing and publishing quizzes; each verb expects a row that `locked_quiz` gave and writes one event."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.content import Words
from citizen.core.database import locked
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.extensions import db
from citizen.quizzes.models import Quiz
from citizen.quizzes.queries.bank import topics
from citizen.quizzes.queries.desk import begun, draft_of, quiz_of
from citizen.quizzes.queries.drawing import stock
from citizen.quizzes.rules import publishing as rules
from citizen.quizzes.rules.publishing import Draft, Step
from citizen.quizzes.rules.quizzes import Part, QuizKind, QuizState
from citizen.quizzes.services.bank import traditional
from citizen.quizzes.services.closing import retime


def create(draft: Draft, *, by: int) -> Quiz:
    """A new quiz as a draft. Raises InvalidInput, with the field's name, for what no draft may be."""
    now = clock.now()
    quiz = Quiz(state=QuizState.DRAFT, made_by=by, created_at=now, changed_at=now)
    _take_over(quiz, _checked(draft))
    db.session.add(quiz)
    db.session.flush()
    _note(quiz, "created", by, states=(None, QuizState.DRAFT))
    return quiz


def locked_quiz(quiz_id: int, seen: str) -> Quiz:
    """The quiz, fresh and locked, at the version that was ``seen``; raises NotFound, and Conflict for an older one."""
    quiz = locked(Quiz, Quiz.id == quiz_id)
    if quiz is None or quiz.kind == QuizKind.REVIEW:
        raise NotFound()
    if str(quiz.version) != seen:
        raise Conflict(_l("Somebody else changed this quiz meanwhile."), current=quiz)
    return quiz


def rewrite(quiz: Quiz, draft: Draft, *, by: int) -> None:
    """Save a draft over what was there. Raises InvalidInput, and Conflict once it is published or was begun."""
    if rules.frozen(quiz.state, begun(quiz.id)):
        raise Conflict(_l("This quiz is published: only its texts and a later closing can be changed."))
    _take_over(quiz, _checked(draft))
    _changed(quiz)
    _note(quiz, "rewritten", by)


def reword(quiz: Quiz, title: Words, intro: Words, *, closes_at: Any, by: int) -> None:
    """Change the texts of a published quiz and let it close later; attempts that are going on get the longer time.

    Raises InvalidInput for a missing text and for a closing time that is not later.
    """
    rules.ensure_texts(title, intro)
    rules.ensure_later(quiz.closes_at, closes_at, now=clock.now())
    moved = closes_at != quiz.closes_at
    if moved and quiz.state != QuizState.PUBLISHED:
        raise InvalidInput(_l("This quiz has closed already"), "closes_at")
    _write(quiz, title, intro)
    quiz.closes_at = closes_at
    _changed(quiz)
    if moved:
        retime(quiz)
    _note(quiz, "reworded", by, detail={"closes_at": closes_at.isoformat() if moved else None})


def copy(quiz_id: int, *, by: int) -> Quiz:
    """A new draft with everything of another quiz but its window and what came of it; raises NotFound."""
    draft = draft_of(quiz_of(quiz_id))
    english = _named(draft.title.en, " (copy)", rules.MAX_TITLE_EN) if draft.title.en else ""
    title = Words(_named(draft.title.hans, "（副本）", rules.MAX_TITLE), "", english)
    made = Quiz(state=QuizState.DRAFT, made_by=by, created_at=clock.now(), changed_at=clock.now())
    _take_over(made, replace(draft, title=title, opens_at=None, closes_at=None))
    db.session.add(made)
    db.session.flush()
    _note(made, "created", by, states=(None, QuizState.DRAFT), detail={"copy_of": quiz_id})
    return made


def _named(text: str, end: str, most: int) -> str:
    return text if text.endswith(end) else text[: most - len(end)] + end


def publish(quiz: Quiz, *, by: int) -> None:
    """Let people take a draft. Raises InvalidInput for missing texts, a closing in the past, a draft that cannot be, and
    `rules.publishing.Short` when the bank cannot fill the blueprint today."""
    target = rules.ensure_transition(Step.PUBLISH, quiz.state)
    draft = _checked(draft_of(quiz))
    rules.ensure_texts(draft.title, draft.intro)
    rules.ensure_window(draft.closes_at, now=clock.now())
    lacking = shortage(draft.parts)
    if lacking:
        raise lacking
    quiz.state = target
    _changed(quiz)
    _note(quiz, "published", by, states=(QuizState.DRAFT, target), detail={"blueprint": quiz.blueprint})


def take_back(quiz: Quiz, *, by: int) -> None:
    """Make a published quiz a draft again while nobody has begun it; raises Conflict otherwise."""
    target = rules.ensure_transition(Step.TAKE_BACK, quiz.state)
    if begun(quiz.id):
        raise Conflict(_l("Somebody has begun this quiz: it can only be closed."))
    quiz.state = target
    _changed(quiz)
    _note(quiz, "taken_back", by, states=(QuizState.PUBLISHED, target))


def shortage(parts: tuple[Part, ...]) -> rules.Short | None:
    """What the bank lacks today for a blueprint; None when it can fill it."""
    return rules.short(parts, stock(clock.today()))


def _checked(draft: Draft) -> Draft:
    rules.ensure_draft(draft)
    known = {topic.code for topic in topics()}
    if any(part.topic is not None and part.topic not in known for part in draft.parts):
        raise InvalidInput(_l("Choose a topic"), "blueprint")
    return rules.settled(draft)


def _take_over(quiz: Quiz, draft: Draft) -> None:
    _write(quiz, draft.title, draft.intro)
    quiz.kind, quiz.feedback, quiz.size = draft.kind, draft.feedback, draft.size
    quiz.blueprint = [{"topic": part.topic, "difficulty": part.difficulty, "n": part.n} for part in draft.parts]
    for name in ("limit_seconds", "pass_mark", "attempts_allowed", "opens_at", "closes_at"):
        setattr(quiz, name, getattr(draft, name))
    for name in ("account_needed", "certificate", "board"):
        setattr(quiz, name, getattr(draft, name))


def _write(quiz: Quiz, title: Words, intro: Words) -> None:
    for name, words in (("title", traditional(title)), ("intro", traditional(intro))):
        for language in ("hans", "hant", "en"):
            setattr(quiz, f"{name}_{language}", getattr(words, language))


def _changed(quiz: Quiz) -> None:
    quiz.version += 1
    quiz.changed_at = clock.now()
    db.session.flush()


def _note(
    quiz: Quiz,
    action: str,
    by: int,
    *,
    states: tuple[str | None, str | None] = (None, None),
    detail: dict[str, Any] | None = None,
) -> None:
    record(f"quiz.{action}", "quiz", subject_id=quiz.id, actor=(by, "staff"), states=states, detail=detail)
