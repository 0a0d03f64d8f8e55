"""The form of a weekly pattern."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice

from citizen.core.numbers import parse_int
from citizen.volunteers.forms.desk_fields import (
    BIGGEST_ID,
    CountField,
    DaysField,
    Needed,
    WallField,
    day_field,
    minutes_between,
)
from citizen.volunteers.models import ShiftTemplate
from citizen.volunteers.rules.patterns import Pattern
from citizen.volunteers.rules.shifts import MAX_CAPACITY
from citizen.volunteers.services.templates import TemplateDraft
from citizen.web.forms import DecisionForm

WEEKDAYS = (
    _l("Monday"),
    _l("Tuesday"),
    _l("Wednesday"),
    _l("Thursday"),
    _l("Friday"),
    _l("Saturday"),
    _l("Sunday"),
)


class PatternForm(DecisionForm):
    """Weekdays, times and sizes; the same fields make a pattern and change one."""

    FALLBACK = "weekdays"
    weekdays = SelectMultipleField(
        _l("Weekdays"),
        choices=[SelectChoice(str(number), word) for number, word in enumerate(WEEKDAYS)],
        validators=[Needed(_l("Choose at least one weekday."))],
    )
    starts = WallField(_l("From"))
    ends = WallField(_l("Until"))
    capacity = CountField(_l("Places"), 1, high=MAX_CAPACITY, validators=[Needed(_l("Type a number."))])
    min_needed = CountField(_l("At least needed"), 0, high=MAX_CAPACITY, validators=[Needed(_l("Type a number."))])
    from_day = day_field(_l("First day"))
    until_day = day_field(_l("Last day"))
    exceptions = DaysField(_l("Not on these days"))

    def to_pattern(self) -> Pattern:
        """What was typed; to be called on a valid form. An end before the beginning lies on the next day."""
        return Pattern(
            weekdays=tuple(sorted(int(text) for text in self.weekdays.data or [])),
            starts=self.starts.data or "",
            minutes=minutes_between(self.starts.data or "", self.ends.data or ""),
            capacity=self.capacity.number or 0,
            min_needed=self.min_needed.number or 0,
            from_day=self.from_day.day,
            until_day=self.until_day.day,
            exceptions=self.exceptions.days,
        )


class NewTemplateForm(PatternForm):
    """A new pattern."""

    key = HiddenField()
    post = SelectField(_l("Post"), validate_choice=False, validators=[Needed(_l("Choose a post."))])
    drawn = BooleanField(_l("Places are drawn, five days before each shift"))
    team = SelectField(_l("Only for a team"), validate_choice=False, default="")

    def to_draft(self) -> TemplateDraft:
        """What was typed, for the service."""
        return TemplateDraft(
            post_id=parse_int(self.post.data, 1, BIGGEST_ID) or 0,
            pattern=self.to_pattern(),
            drawn=bool(self.drawn.data),
            team_id=parse_int(self.team.data, 1, BIGGEST_ID),
        )


class ChangeForm(PatternForm):
    """A changed pattern; ``move_booked`` lets shifts that people booked follow."""

    move_booked = BooleanField(_l("Also move the shifts that people have booked; everybody is asked again"))


def values_of(template: ShiftTemplate, *, ends: str) -> dict[str, Any]:
    """What the form shows of a stored pattern; ``ends`` is its wall clock of the end."""
    return {
        "weekdays": [str(number) for number in template.weekdays],
        "starts": template.starts,
        "ends": ends,
        "capacity": str(template.capacity),
        "min_needed": str(template.min_needed),
        "from_day": template.from_day,
        "until_day": template.until_day,
        "exceptions": "\n".join(template.exceptions),
        "version": str(template.version),
    }


def as_arguments(values: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The same for an address, so that a changed pattern can be looked at before it is kept."""
    merged = {**values, **changes}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in merged.items() if value}
