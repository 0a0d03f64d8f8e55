"""The forms of the quiz desk."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.fields.choices import SelectChoice

from citizen.core.content import Words
from citizen.quizzes.forms.quiz_fields import BlueprintField, MomentField, NumberField, typed_lines, typed_moment
from citizen.quizzes.models import Quiz
from citizen.quizzes.queries.desk import draft_of
from citizen.quizzes.rules.publishing import MAX_ATTEMPTS, MAX_INTRO, MAX_TITLE, MAX_TITLE_EN, Draft
from citizen.quizzes.rules.quizzes import LONGEST_LIMIT, MAX_SIZE, Feedback, QuizKind
from citizen.web.forms import DecisionForm, Form, line, paragraph

KINDS: dict[QuizKind, Any] = {
    QuizKind.PRACTICE: _l("Practice"),
    QuizKind.CHALLENGE: _l("Challenge"),
    QuizKind.DAILY: _l("Daily questions"),
}
FEEDBACKS: dict[Feedback, Any] = {
    Feedback.SUBMIT: _l("After handing in"),
    Feedback.EACH: _l("After each question"),
    Feedback.CLOSE: _l("After the quiz has closed"),
}
_NUMBER = {"inputmode": "numeric", "maxlength": 3}


class TextsForm(DecisionForm):
    """What may still be changed once a quiz is published."""

    FALLBACK = "title_hans"
    title_hans = line(_l("Title in Chinese"), MAX_TITLE, required=_l("Write the title in Chinese"))
    title_en = line(_l("Title in English"), MAX_TITLE_EN)
    intro_hans = paragraph(_l("Introduction in Chinese"), MAX_INTRO)
    intro_en = paragraph(_l("Introduction in English"), MAX_INTRO)
    closes_at = MomentField(_l("Closes"))

    @property
    def title_words(self) -> Words:
        """The title; its Traditional form is derived."""
        return Words(self.title_hans.data or "", "", self.title_en.data or "")

    @property
    def intro_words(self) -> Words:
        """The introduction; its Traditional form is derived."""
        return Words(self.intro_hans.data or "", "", self.intro_en.data or "")


class QuizForm(TextsForm):
    """A whole quiz."""

    once = HiddenField()
    kind = RadioField(
        _l("Kind"),
        choices=[SelectChoice(code.value, word) for code, word in KINDS.items()],
        default=QuizKind.PRACTICE.value,
    )
    blueprint = BlueprintField(_l("Questions of one attempt"))
    limit_minutes = NumberField(_l("Time limit in minutes"), 1, high=LONGEST_LIMIT // 60, render_kw=_NUMBER)
    feedback = RadioField(
        _l("Answers and explanations are shown"),
        choices=[SelectChoice(code.value, word) for code, word in FEEDBACKS.items()],
        default=Feedback.SUBMIT.value,
    )
    pass_mark = NumberField(_l("Right answers needed to pass"), 1, high=MAX_SIZE, render_kw=_NUMBER)
    attempts_allowed = NumberField(_l("Attempts for each person"), 1, high=MAX_ATTEMPTS, render_kw=_NUMBER)
    opens_at = MomentField(_l("Opens"))
    account_needed = BooleanField(_l("Only with an account"))
    certificate = BooleanField(_l("Certificate for those who pass"))
    board = BooleanField(_l("Board of the best, of people and communities"))

    def to_draft(self) -> Draft:
        """What was typed, to be called on a valid form."""
        minutes = self.limit_minutes.number
        return Draft(
            kind=QuizKind(self.kind.data),
            title=self.title_words,
            intro=self.intro_words,
            parts=self.blueprint.parts,
            feedback=Feedback(self.feedback.data),
            limit_seconds=minutes * 60 if minutes else None,
            pass_mark=self.pass_mark.number,
            attempts_allowed=self.attempts_allowed.number,
            opens_at=self.opens_at.moment,
            closes_at=self.closes_at.moment,
            account_needed=bool(self.account_needed.data),
            certificate=bool(self.certificate.data),
            board=bool(self.board.data),
        )


def values_of(quiz: Quiz) -> dict[str, Any]:
    """What the forms show of a stored quiz."""
    draft = draft_of(quiz)
    return {
        "version": str(quiz.version),
        "title_hans": draft.title.hans,
        "title_en": draft.title.en,
        "intro_hans": draft.intro.hans,
        "intro_en": draft.intro.en,
        "kind": draft.kind.value,
        "blueprint": typed_lines(draft.parts),
        "limit_minutes": str(draft.limit_seconds // 60) if draft.limit_seconds else "",
        "feedback": draft.feedback.value,
        "pass_mark": str(draft.pass_mark or ""),
        "attempts_allowed": str(draft.attempts_allowed or ""),
        "opens_at": typed_moment(draft.opens_at),
        "closes_at": typed_moment(draft.closes_at),
        "account_needed": draft.account_needed,
        "certificate": draft.certificate,
        "board": draft.board,
    }


def shown(form: Any, name: str, value: Any, lines: Any) -> str:
    """A value of ``values_of`` in words; ``lines`` puts a blueprint into words."""
    if name == "blueprint":
        return str(lines(value))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    words = {str(row[0]): str(row[1]) for row in form[name].iter_choices()} if hasattr(form[name], "choices") else {}
    return words.get(str(value), str(value).replace("T", " ") if name.endswith("_at") else str(value))


class StepForm(DecisionForm):
    """Only the version: there is nothing to type."""

    FALLBACK = "version"


class CopyForm(Form):
    """A copy, once for each form."""

    once = HiddenField()
