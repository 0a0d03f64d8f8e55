"""What is typed for a hall quiz: a code or an answer by a phone, a new round and the next step by its host."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation

from citizen.core.errors import InvalidInput
from citizen.core.numbers import parse_int
from citizen.core.text import fold_width
from citizen.quizzes.rules import live as rules
from citizen.quizzes.rules.live import Verb
from citizen.quizzes.rules.quizzes import MAX_SIZE, Part
from citizen.quizzes.services.live import Draft, Given
from citizen.web.forms import DecisionForm, Form, line, paragraph

#: Lines of a blueprint that the form offers.
LINES = (1, 2, 3)
_APART = re.compile(r"[\s,，、;；]+")


class JoinForm(Form):
    """The six digits on the screen."""

    code = line(_l("Six-digit code"), 40, required=_l("Type the six digits on the screen."))


class AnswerForm(Form):
    """One tap, or several ticks, for the question at ``position``."""

    position = HiddenField()
    choice = SelectMultipleField(choices=[], validate_choice=False)

    def given(self, arrived: datetime) -> Given:
        """What was sent, for the service; a position that no question has is 0."""
        return Given(parse_int(self.position.data, 1, MAX_SIZE) or 0, tuple(self.choice.data or ()), arrived)


class StepForm(DecisionForm):
    """The host's next step and the version of the round that it was pressed on."""

    verb = HiddenField()

    def step(self) -> Verb:
        """The step; raises InvalidInput for what no button of ours sends."""
        try:
            return Verb(self.verb.data or "")
        except ValueError:
            raise InvalidInput(_("This page is incomplete. Please load it again and send once more.")) from None

    def seen(self) -> int:
        """The version that was looked at; 0, which no round has, when there is none."""
        return parse_int(self.version.data, 1, 2**31 - 1) or 0


class SmallNumber(StringField):
    """A whole number within bounds, or nothing; what is none is an error and stays as typed."""

    def __init__(self, label: Any, low: int, *, high: int, **options: Any) -> None:
        super().__init__(label, **options)
        self.low, self.high = low, high

    @property
    def number(self) -> int | None:
        """The number; None when nothing was typed."""
        return parse_int(self.data, self.low, self.high)

    def pre_validate(self, form: Any) -> None:
        """Raise StopValidation for anything but a number within the bounds."""
        if (self.data or "").strip() and self.number is None:
            raise StopValidation(_("Type a number from %(low)s to %(high)s.", low=self.low, high=self.high))


def _topic() -> SelectField:
    return SelectField(_l("Topic"), choices=[], validate_choice=False, default="")


def _difficulty() -> SelectField:
    words = (("", _l("any difficulty")), ("1", _l("easy")), ("2", _l("middling")), ("3", _l("hard")))
    return SelectField(_l("Difficulty"), choices=[SelectChoice(*pair) for pair in words], default="")


def _number() -> SmallNumber:
    return SmallNumber(_l("How many questions"), 1, high=MAX_SIZE)


class RoundForm(Form):
    """A new round: drawn by up to three lines of a blueprint, or picked by the questions' codes."""

    key = HiddenField()
    title = line(_l("Title on the screen"), rules.MAX_TITLE, required=_l("Give the round a title."))
    seconds = SmallNumber(_l("Seconds for one question"), rules.SHORTEST, high=rules.LONGEST)
    codes = paragraph(_l("Codes of questions"), 1_500)
    topic_1, difficulty_1, number_1 = _topic(), _difficulty(), _number()
    topic_2, difficulty_2, number_2 = _topic(), _difficulty(), _number()
    topic_3, difficulty_3, number_3 = _topic(), _difficulty(), _number()

    def offer(self, topics: list[tuple[str, str]]) -> None:
        """Let the lines choose from ``topics``."""
        for n in LINES:
            self[f"topic_{n}"].choices = [SelectChoice(*pair) for pair in (("", _("all topics")), *topics)]

    def lines(self) -> list[tuple[Any, Any, Any]]:
        """(topic, difficulty, number) fields of each line of the blueprint."""
        return [(self[f"topic_{n}"], self[f"difficulty_{n}"], self[f"number_{n}"]) for n in LINES]

    def validate(self, extra_validators: Any = None) -> bool:
        """Also refuse both ways of choosing questions at once, and neither."""
        if not super().validate(extra_validators):
            return False
        drawn = any(number.number for _topic, _difficulty, number in self.lines())
        if drawn == bool(self._codes()):
            both = _("Either draw questions or name them by their codes, not both.")
            neither = _("Say how many questions are drawn, or name them by their codes.")
            self.number_1.errors = [both if drawn else neither]
            return False
        return True

    def _codes(self) -> tuple[str, ...]:
        return tuple(code.upper() for code in _APART.split(fold_width(self.codes.data or "")) if code)

    def to_draft(self) -> Draft:
        """What was typed, for the service; to be called on a valid form."""
        known = {choice.value for choice in self.topic_1.choices}
        parts = tuple(
            Part(
                topic.data if topic.data in known and topic.data else None,
                parse_int(difficulty.data, 1, 3),
                number.number,
            )
            for topic, difficulty, number in self.lines()
            if number.number
        )
        return Draft(self.title.data or "", self.seconds.number, self._codes(), parts)

    def refuse(self, error: InvalidInput, fallback: str) -> None:
        """A blueprint that the bank cannot fill is said at the first line's number."""
        super().refuse(
            InvalidInput(error.message, {"blueprint": "number_1"}.get(error.field or "", error.field)), fallback
        )
