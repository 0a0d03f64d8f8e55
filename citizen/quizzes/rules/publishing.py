"""What an office writes down of a quiz, what may still be changed, and what stands before its publication; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from random import Random

from flask_babel import lazy_gettext as _l

from citizen.core.content import Words
from citizen.core.errors import Conflict, InvalidInput
from citizen.quizzes.rules.quizzes import (
    Candidate,
    Feedback,
    Part,
    QuizKind,
    QuizState,
    draw,
    ensure_blueprint,
    ensure_settings,
    shortages,
)

MAX_TITLE, MAX_TITLE_EN, MAX_INTRO = 80, 160, 2_000
MAX_LINES, MAX_ATTEMPTS = 15, 20
#: What the desk makes; the kind of reviews is the site's own.
KINDS = (QuizKind.PRACTICE, QuizKind.CHALLENGE, QuizKind.DAILY)


class Step(StrEnum):
    """What a person does to a whole quiz."""

    PUBLISH = "publish"
    TAKE_BACK = "take_back"
    CLOSE = "close"


S = QuizState
#: Step → (from, to).
TRANSITIONS: dict[Step, tuple[QuizState, QuizState]] = {
    Step.PUBLISH: (S.DRAFT, S.PUBLISHED),
    Step.TAKE_BACK: (S.PUBLISHED, S.DRAFT),
    Step.CLOSE: (S.PUBLISHED, S.CLOSED),
}


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything that the office says of a quiz."""

    kind: QuizKind
    title: Words
    intro: Words
    parts: tuple[Part, ...]
    feedback: Feedback
    limit_seconds: int | None = None
    pass_mark: int | None = None
    attempts_allowed: int | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    account_needed: bool = False
    certificate: bool = False
    board: bool = False

    @property
    def size(self) -> int:
        """Questions of one attempt."""
        return sum(part.n for part in self.parts)


class Short(InvalidInput):
    """The bank cannot fill the blueprint: which lines lack, and how many questions there are for each."""

    def __init__(self, lines: Sequence[tuple[Part, int]]) -> None:
        super().__init__(_l("The bank has too few questions for this quiz today."), "blueprint")
        #: (line, how many questions fit it); empty when only the lines together want too many.
        self.lines = list(lines)


def ensure_transition(step: Step, state: str) -> QuizState:
    """The state that ``step`` leads to; raises Conflict when the quiz stands elsewhere."""
    source, target = TRANSITIONS[step]
    if state != source:
        raise Conflict(_l("Somebody else was faster: the quiz stands elsewhere now. Please look again."))
    return target


def settled(draft: Draft) -> Draft:
    """``draft`` with what follows from it: results that bear a name need an account, a daily quiz has one go a day."""
    return replace(
        draft,
        account_needed=draft.account_needed or draft.certificate or draft.board,
        attempts_allowed=None if draft.kind == QuizKind.DAILY else draft.attempts_allowed,
    )


def ensure_draft(draft: Draft) -> None:
    """Raise InvalidInput, with the field's name, for what not even a draft may be."""
    if draft.kind not in KINDS:
        raise InvalidInput(_l("Choose what kind of quiz it is"), "kind")
    if not draft.title.hans:
        raise InvalidInput(_l("Write the title in Chinese"), "title_hans")
    ensure_blueprint(draft.parts)
    if len(draft.parts) > MAX_LINES:
        raise InvalidInput(_l("At most %(most)s lines", most=MAX_LINES), "blueprint")
    ensure_settings(size=draft.size, limit_seconds=draft.limit_seconds, pass_mark=draft.pass_mark)
    if draft.opens_at and draft.closes_at and draft.opens_at >= draft.closes_at:
        raise InvalidInput(_l("It closes before it opens"), "closes_at")
    if draft.certificate and draft.pass_mark is None:
        raise InvalidInput(_l("A certificate needs a pass mark"), "pass_mark")
    if draft.feedback == Feedback.CLOSE and draft.closes_at is None:
        raise InvalidInput(_l("Explanations after closing need a closing time"), "closes_at")
    if draft.board and draft.closes_at is None:
        raise InvalidInput(_l("A board needs a closing time: it is final from then on"), "closes_at")


def frozen(state: str, attempts: int) -> bool:
    """Whether only the texts and a later closing may still be changed."""
    return state != QuizState.DRAFT or attempts > 0


def ensure_later(was: datetime | None, wanted: datetime | None, *, now: datetime) -> None:
    """Raise InvalidInput unless a published quiz's closing time stays or becomes a later one that is still to come."""
    if wanted == was:
        return
    if was is None:
        raise InvalidInput(_l("This quiz has no closing time. To end it, close it by hand."), "closes_at")
    if wanted is None or wanted < was:
        raise InvalidInput(_l("A published quiz can only close later than announced"), "closes_at")
    if was <= now:
        raise InvalidInput(_l("This quiz has closed already"), "closes_at")


def lacking_texts(title: Words, intro: Words) -> list[tuple[str, object]]:
    """(field, sentence) of the texts without which nothing is published; an introduction may be left out altogether."""
    found: list[tuple[str, object]] = []
    if not title.hans:
        found.append(("title_hans", _l("The title in Chinese is missing")))
    if not title.en:
        found.append(("title_en", _l("The title in English is missing")))
    if intro.hans and not intro.en:
        found.append(("intro_en", _l("The introduction in English is missing")))
    if intro.en and not intro.hans:
        found.append(("intro_hans", _l("The introduction in Chinese is missing")))
    return found


def ensure_texts(title: Words, intro: Words) -> None:
    """Raise InvalidInput for the first text that is missing."""
    for field, sentence in lacking_texts(title, intro):
        raise InvalidInput(sentence, field)


def ensure_window(closes_at: datetime | None, *, now: datetime) -> None:
    """Raise InvalidInput for a quiz that would be over before it begins."""
    if closes_at is not None and closes_at <= now:
        raise InvalidInput(_l("The closing time has passed"), "closes_at")


def short(parts: Sequence[Part], stock: Iterable[Candidate]) -> Short | None:
    """What the bank lacks for a blueprint; None when it can fill it.

    Lines that could be filled one by one may still want the same questions: then no line is named.
    """
    pool = list(stock)
    lines = shortages(parts, pool)
    if lines:
        return Short(lines)
    return Short([]) if draw(parts, pool, chance=Random(0)) is None else None  # noqa: S311 - only asks whether
