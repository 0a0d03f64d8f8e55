"""Forms of the survey desk: the wave, its table of areas and ages, invitations, what became of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import StopValidation

from citizen.core.errors import InvalidInput
from citizen.core.numbers import parse_int
from citizen.surveys.forms.fields import FactorField, serials_of
from citizen.surveys.models import Wave
from citizen.surveys.rules.waves import NOTABLE, Channel
from citizen.surveys.services.invitations import MAX_FACTOR
from citizen.surveys.services.waves import WaveDraft
from citizen.web.fields import DayField
from citizen.web.forms import DecisionForm, Form, line, paragraph

MAX_SERIALS = 500


class WaveForm(DecisionForm):
    """A survey's own words and days."""

    FALLBACK = "title_hans"
    key = HiddenField()
    measure = SelectField(_l("What is measured"), validate_choice=False)
    title_hans = line(_l("Title in Chinese"), 80)
    title_en = line(_l("Title in English"), 160)
    opens_on = DayField(_l("First day"), needed=True)
    closes_on = DayField(_l("Last day"), needed=True)
    sampling_hans = paragraph(_l("How people are drawn, in Chinese"), 1_000)
    sampling_en = paragraph(_l("How people are drawn, in English"), 2_000)

    def to_draft(self) -> WaveDraft:
        """What was typed; raises InvalidInput for a missing day."""
        return WaveDraft(
            measure_id=parse_int(self.measure.data, 1, 2**31 - 1) or 0,
            title=(self.title_hans.data or "", self.title_en.data or ""),
            sampling=(self.sampling_hans.data or "", self.sampling_en.data or ""),
            opens_on=_day(self.opens_on),
            closes_on=_day(self.closes_on),
        )


def _day(field: Any) -> date:
    if not isinstance(field.data, date):
        raise InvalidInput(_l("Choose a day."), field.name)
    return field.data


def values_of(wave: Wave) -> dict[str, Any]:
    """What the form shows of a stored wave."""
    names = ("title_hans", "title_en", "sampling_hans", "sampling_en", "opens_on", "closes_on", "version")
    return {"measure": str(wave.measure_id), **{name: getattr(wave, name) for name in names}}


class TableFileForm(DecisionForm):
    """A file with the table of areas and ages."""

    FALLBACK = "file"
    file = FileField(_l("File (CSV)"))


class InvitationsForm(Form):
    """How many invitations, of which kind, for which areas."""

    FALLBACK = "channel"
    key = HiddenField()
    channel = RadioField(_l("How people are invited"), validate_choice=False, default=Channel.CARD.value)
    factor = FactorField(_l("Invitations for each answer wanted"), high=MAX_FACTOR, default="2")
    areas = SelectMultipleField(_l("Areas"), validate_choice=False)

    def validate_channel(self, field: Any) -> None:
        """Raise StopValidation for a kind that there is not."""
        if field.data not in set(Channel):
            raise StopValidation(_l("Choose how people are invited"))


class DispositionForm(Form):
    """What became of some invitations, by their serial numbers."""

    FALLBACK = "serials"
    serials = line(_l("Serial numbers"), 2_000)
    disposition = SelectField(_l("What became of them"), validate_choice=False)

    def validate_serials(self, field: Any) -> None:
        """Raise StopValidation for what holds no serial numbers."""
        if not serials_of(field.data or "", MAX_SERIALS):
            raise StopValidation(_l("Type serial numbers such as 3, 8, 12-15, at most %(most)s.", most=MAX_SERIALS))

    def validate_disposition(self, field: Any) -> None:
        """Raise StopValidation for what nobody notes."""
        if field.data not in NOTABLE:
            raise StopValidation(_l("Choose what became of them."))

    @property
    def numbers(self) -> list[int]:
        """The serial numbers of a valid form."""
        return serials_of(self.serials.data or "", MAX_SERIALS) or []


class CodeForm(Form):
    """The code of an invitation, as it stands on the card."""

    FALLBACK = "code"
    code = line(_l("Code on the card"), 60, required=_l("Type the code on the card"))


class InterviewForm(Form):
    """The head of an interview: which invitation, and the key of this rendering of the form."""

    FALLBACK = "code"
    key = HiddenField()
    code = line(_l("Serial number or code"), 60, required=_l("Type the serial number or the code"))
