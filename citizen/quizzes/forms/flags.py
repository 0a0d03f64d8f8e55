"""The forms of a person who looks at odd attempts."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from citizen.core.errors import InvalidInput
from citizen.quizzes.rules.flags import LONGEST_NOTE, LONGEST_REASON, ensure_reason
from citizen.web.forms import DecisionForm, paragraph


class VerdictForm(DecisionForm):
    """What was looked at; the pressed button says whether the flag is dismissed or confirmed."""

    FALLBACK = "note"
    note = paragraph(_l("What you looked at"), LONGEST_NOTE, required=_l("Say in a few words what you looked at"))


class SetAsideForm(DecisionForm):
    """Why an attempt counts for nothing any more; the taker reads it."""

    FALLBACK = "reason"
    reason = paragraph(_l("Why, for the person who took it"), LONGEST_REASON)

    def validate_reason(self, field: Any) -> None:
        """Raise StopValidation for a reason that says nothing."""
        try:
            field.data = ensure_reason(field.data or "")
        except InvalidInput as error:
            raise StopValidation(error.message) from error
