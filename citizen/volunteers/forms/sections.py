"""Forms of the sections: a team asks, a coordinator decides and writes the sections down."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from citizen.core.numbers import parse_int
from citizen.core.text import fold_width
from citizen.volunteers.rules.sections import Season, SectionKind
from citizen.volunteers.services.sections import SectionDraft
from citizen.web.fields import DayField
from citizen.web.forms import DecisionForm, Form, line

BIGGEST_ID = 2**31 - 1
WEEKDAYS = (
    _l("Monday"),
    _l("Tuesday"),
    _l("Wednesday"),
    _l("Thursday"),
    _l("Friday"),
    _l("Saturday"),
    _l("Sunday"),
)
KIND_WORDS = {
    SectionKind.ROAD: _l("Street or road"),
    SectionKind.COMPOUND: _l("Housing compound"),
    SectionKind.RIVERSIDE: _l("Riverside"),
}


class AdoptForm(Form):
    """A season that a team proposes; which teams there are is told by the view."""

    key = HiddenField()
    team_id = SelectField(_l("Team"), validate_choice=False)
    weekday = SelectField(
        _l("Weekday"),
        choices=[SelectChoice(str(number), name) for number, name in enumerate(WEEKDAYS)],
        default="5",
        validate_choice=False,
    )
    starts = line(_l("Begins at"), 5)
    minutes = line(_l("Minutes"), 4)
    capacity = line(_l("People"), 3)
    from_day = DayField(_l("First day"))
    until_day = DayField(_l("Last day"))

    def to_season(self) -> Season:
        """What was typed, for the service; what is no number is none."""
        return Season(
            weekday=parse_int(self.weekday.data, 0, 6),
            starts=fold_width(self.starts.data or "").strip().rjust(5, "0"),
            minutes=parse_int(self.minutes.data, 0, 9_999),
            capacity=parse_int(self.capacity.data, 0, 999),
            from_day=self.from_day.data,
            until_day=self.until_day.data,
        )


class RenewForm(Form):
    """Until when a team wants to go on."""

    until_day = DayField(_l("Last day"))


class VersionForm(DecisionForm):
    """An act that needs no words."""


class AnswerForm(DecisionForm):
    """A coordinator's answer; which button was pressed says whether yes or no."""

    words = line(_l("Words for the team"), 200)


class SectionForm(Form):
    """A section as the coordinator writes it; ``seen`` is the mark of what its author looked at."""

    key = HiddenField()
    seen = HiddenField()
    kind = RadioField(
        _l("Kind"),
        choices=[SelectChoice(code.value, word) for code, word in KIND_WORDS.items()],
        default=SectionKind.ROAD.value,
        validate_choice=False,
    )
    name_hans = line(_l("Name in Chinese"), 60, required=_l("Enter the name in Chinese."))
    name_en = line(_l("Name in English"), 120)
    extent_hans = line(_l("From where to where, in Chinese"), 120)
    extent_en = line(_l("From where to where, in English"), 200)
    metres = line(_l("Length in metres"), 7)
    post_id = SelectField(_l("Post of its shifts"), validate_choice=False)
    active = BooleanField(_l("Offered to teams"), default=True)

    def to_draft(self) -> SectionDraft:
        """What was typed, for the service; a length that is no number is -1, which no section has."""
        metres = parse_int(self.metres.data, 0, 10**6)
        return SectionDraft(
            kind=self.kind.data or "",
            name_hans=self.name_hans.data or "",
            name_en=self.name_en.data or "",
            extent_hans=self.extent_hans.data or "",
            extent_en=self.extent_en.data or "",
            metres=None if not self.metres.data else -1 if metres is None else metres,
            post_id=parse_int(self.post_id.data, 1, BIGGEST_ID),
            active=bool(self.active.data),
        )
