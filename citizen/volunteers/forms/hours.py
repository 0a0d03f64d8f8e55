"""Forms about hours: a volunteer's, the coordinator's, and the objection that anybody may send."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import TextInput

from citizen.core.errors import InvalidInput
from citizen.volunteers.forms.desk_fields import CountField, WallField, day_field
from citizen.volunteers.rules.hours import MAX_WORDS, Kind
from citizen.web.fields import DayField
from citizen.web.forms import DecisionForm, Form, line, paragraph


class LengthForm(Form):
    """How long a service should count, as hours and minutes."""

    hours = CountField(_l("Full hours"), 0, high=16, widget=TextInput())
    minutes = CountField(_l("Minutes"), 0, high=59, widget=TextInput())

    def total(self) -> int:
        """The length in minutes; raises InvalidInput when nothing was typed."""
        if self.hours.number is None and self.minutes.number is None:
            raise InvalidInput(_l("Say how long it should count."), "hours")
        return (self.hours.number or 0) * 60 + (self.minutes.number or 0)


class CorrectionForm(LengthForm):
    """A volunteer's wish to have a figure corrected."""

    key = HiddenField()
    reason = paragraph(_l("What happened"), MAX_WORDS, required=_l("Say why; it stays on record."))


class ChangeForm(CorrectionForm):
    """The same from a coordinator, who may also take an entry back or enter a service that has no booking."""

    kind = RadioField(
        _l("What is to be done"),
        choices=[
            SelectChoice(Kind.ADJUST.value, _l("Let this service count as long as typed below")),
            SelectChoice(Kind.REVERSAL.value, _l("Take this entry back as a whole")),
        ],
        default=Kind.ADJUST.value,
    )
    day = DayField(_l("Day of the service"))


class EndForm(Form):
    """When somebody who forgot to sign out really left."""

    ended = WallField(_l("Left at"))
    breaks = CountField(_l("Breaks, minutes"), 0, high=600)
    reason = line(_l("How you know"), MAX_WORDS, required=_l("Say why; it stays on record."))


class VerdictForm(DecisionForm):
    """A decision on a correction."""

    words = line(_l("Words for the volunteer"), MAX_WORDS)


class ObjectionVerdictForm(DecisionForm, LengthForm):
    """A decision on an objection; the length counts only when it is upheld."""

    words = line(_l("Reason"), MAX_WORDS, required=_l("Say why; it stays on record."))


class NoticeForm(Form):
    """The days of a public notice."""

    key = HiddenField()
    first: DayField = day_field(_l("From"))
    until: DayField = day_field(_l("To and including"))


class ObjectionForm(Form):
    """Why hours in a public notice are not right; contact only if the sender wishes."""

    key = HiddenField()
    words = paragraph(_l("What is not right"), MAX_WORDS, required=_l("Say in a sentence what is not right"))
    contact = line(_l("Phone or e-mail"), 200)
