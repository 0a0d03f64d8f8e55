"""Shapes of the tracking pages; what the values mean is decided by the services."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, MultipleFileField, RadioField

from citizen.tracking.rules import MAX_WORDS
from citizen.web.forms import Cleaned, Form, line, paragraph


class FindForm(Form):
    """Number and query code, typed in any way."""

    number = line(_l("Report number"), 60, required=_l("Write the number of your report."))
    code = line(_l("Query code"), 60, required=_l("Write the query code."))


class SayForm(Form):
    """Words, sent once: ``key`` makes a repetition harmless. Only taking back asks for a ``reason``."""

    key = HiddenField(validators=[Cleaned(64)])
    reason = RadioField(_l("Why do you take it back?"), validate_choice=False)
    words = paragraph(_l("In your words"), MAX_WORDS)
    photos = MultipleFileField(_l("Photos"))
