"""The form of a corrected key: looked at by its address first, then confirmed with the numbers that were seen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectMultipleField
from wtforms.validators import StopValidation

from citizen.core.errors import InvalidInput, MissingVersion
from citizen.core.numbers import parse_int
from citizen.quizzes.rules.remarking import LONGEST_REASON, ensure_reason
from citizen.quizzes.services.remarking import Wanted
from citizen.web.forms import Cleaned, Form, paragraph

BIGGEST = 2**31 - 1


class RemarkForm(Form):
    """What counts from now on, and why."""

    FALLBACK = "key"
    key = SelectMultipleField(_l("What counts as right from now on"), validate_choice=False)
    nobody = BooleanField(_l("The question counts for nobody"))
    reason = paragraph(_l("What was wrong"), LONGEST_REASON)

    def validate_key(self, field: Any) -> None:
        """Raise StopValidation unless either answers are ticked or the question shall count for nobody."""
        if bool(field.data) == bool(self.nobody.data):
            raise StopValidation(_l("Tick what is right, or let the question count for nobody"))

    def validate_reason(self, field: Any) -> None:
        """Raise StopValidation for a reason that explains nothing."""
        try:
            field.data = ensure_reason(field.data or "")
        except InvalidInput as error:
            raise StopValidation(error.message) from error


class ConfirmForm(RemarkForm):
    """The same, with what its author saw."""

    once = HiddenField()
    #: The last correction when they looked; 0 for none.
    version = HiddenField()
    looked_at = HiddenField(validators=[Cleaned(40)])
    attempts, changed = HiddenField(), HiddenField()

    def to_wanted(self) -> Wanted:
        """What was asked for; raises MissingVersion when a part of what was seen is missing."""
        numbers = [parse_int(field.data, 0, BIGGEST) for field in (self.version, self.attempts, self.changed)]
        try:
            looked_at = datetime.fromisoformat(self.looked_at.data or "")
        except ValueError:
            looked_at = datetime.min
        last, attempts, changed = numbers
        if looked_at.tzinfo is None or last is None or attempts is None or changed is None:
            raise MissingVersion(_l("This page is incomplete. Please load it again and send once more."))
        return Wanted(self.key.data or [], self.reason.data or "", last, looked_at, attempts, changed)
