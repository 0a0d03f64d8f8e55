"""Forms of a unit: signing for a case and handing in what was done."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import MultipleFileField, RadioField
from wtforms.fields.choices import SelectChoice

from citizen.cases.rules import Resolution
from citizen.web.forms import DecisionForm, paragraph

NOTE_LIMIT = 500

#: In the order shown; only the first two may be called solved.
RESULTS = (
    (Resolution.FIXED.value, _l("Put right")),
    (Resolution.SELF_RESOLVED.value, _l("Already gone when we came")),
    (Resolution.EDUCATED.value, _l("Spoke to the people there (not counted as solved)")),
    (Resolution.NOT_FOUND.value, _l("Not found at this place")),
    (Resolution.CANNOT_FIX.value, _l("Cannot be put right")),
)
HINTS = {
    Resolution.FIXED.value: _l("The problem is gone; at least one photo of the place afterwards"),
    Resolution.NOT_FOUND.value: _l("Say where you looked"),
    Resolution.CANNOT_FIX.value: _l("Say why, and by which rule"),
}


class SignForm(DecisionForm):
    """Taking a case on."""


class FixForm(DecisionForm):
    """What was done. The service judges the result, so that one sentence says what is missing."""

    resolution = RadioField(_l("Result"), choices=[SelectChoice(*row) for row in RESULTS], validate_choice=False)
    note = paragraph(_l("What was done (the reporter will read it)"), NOTE_LIMIT)
    photos = MultipleFileField(_l("Photos of the place afterwards"))
