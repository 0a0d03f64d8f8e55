"""Forms of the shift desk."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice

from citizen.core.numbers import parse_int
from citizen.volunteers.forms.desk_fields import BIGGEST_ID, CountField, Needed, WallField, day_field, minutes_between
from citizen.volunteers.rules.eligibility import OVERRIDABLE, Override, Reason
from citizen.volunteers.rules.shifts import MAX_CAPACITY, moment_of
from citizen.volunteers.services.roster_message import MAX_WORDS
from citizen.volunteers.services.shifts import ShiftDraft
from citizen.web.forms import DecisionForm, Form, line, paragraph

FORMATS = [SelectChoice("xlsx", _l("Excel (.xlsx)")), SelectChoice("csv", _l("CSV, for other programs"))]


class NewShiftForm(Form):
    """A single shift."""

    FALLBACK = "post"
    key = HiddenField()
    post = SelectField(_l("Post"), validate_choice=False, validators=[Needed(_l("Choose a post."))])
    day = day_field(_l("Day"))
    starts = WallField(_l("From"))
    ends = WallField(_l("Until"))
    capacity = CountField(_l("Places"), 1, high=MAX_CAPACITY, default="4")
    min_needed = CountField(_l("At least needed"), 0, high=MAX_CAPACITY, default="1")
    note = paragraph(_l("Note for those who book"), 500)

    def to_draft(self) -> ShiftDraft:
        """What was typed, for the service; an end before the beginning lies on the next day."""
        starts_at, ends_at = span_of(self)
        return ShiftDraft(
            post_id=parse_int(self.post.data, 1, BIGGEST_ID) or 0,
            starts_at=starts_at,
            ends_at=ends_at,
            capacity=self.capacity.number or 0,
            min_needed=self.min_needed.number or 0,
            note=self.note.data or "",
        )


class MoveForm(DecisionForm):
    """Another time for a shift."""

    FALLBACK = "day"
    day = day_field(_l("Day"))
    starts = WallField(_l("From"))
    ends = WallField(_l("Until"))


def span_of(form: NewShiftForm | MoveForm) -> tuple[datetime, datetime]:
    """Beginning and end that a valid form asks for; an end that is not later than the beginning lies on the next day."""
    start = moment_of(form.day.day, form.starts.data or "")
    return start, start + timedelta(minutes=minutes_between(form.starts.data or "", form.ends.data or ""))


class PlacesForm(DecisionForm):
    """How many a shift takes and needs."""

    FALLBACK = "capacity"
    capacity = CountField(_l("Places"), 1, high=MAX_CAPACITY, validators=[Needed(_l("Type a number."))])
    min_needed = CountField(_l("At least needed"), 0, high=MAX_CAPACITY, validators=[Needed(_l("Type a number."))])


class EditForm(DecisionForm):
    """Words and lead."""

    FALLBACK = "note"
    note = paragraph(_l("Note for those who book"), 500)
    lead = line(_l("Lead of this shift: phone or e-mail"), 200)
    no_lead = BooleanField(_l("No lead of its own: the post's lead has it"))


class CancelForm(DecisionForm):
    """Why a shift does not take place."""

    FALLBACK = "words"
    words = paragraph(_l("Why it does not take place"), 300, required=_l("Write a few words for those who booked."))


class DrawForm(DecisionForm):
    """When places are drawn."""

    FALLBACK = "day"
    day = day_field(_l("Day of the draw"))
    time = WallField(_l("Time of the draw"), default="20:00")


class MessageForm(Form):
    """Words to the roster."""

    FALLBACK = "words"
    key = HiddenField()
    words = paragraph(_l("What they should know"), MAX_WORDS, required=_l("Write what they should know."))


class TakeOutForm(Form):
    """Why somebody loses the place."""

    FALLBACK = "words"
    words = paragraph(_l("Why, in words for the volunteer"), 200, required=_l("Say why; the volunteer reads it."))


class CallUpForm(Form):
    """Whom to ask."""

    people = SelectMultipleField(_l("People on call"), validate_choice=False)

    @property
    def ids(self) -> list[int]:
        """The ids of the ticked volunteers."""
        found = (parse_int(text, 1, BIGGEST_ID) for text in (self.people.data or [])[:200])
        return [id_ for id_ in found if id_]


class AddForm(Form):
    """A volunteer for a shift; conditions are set aside by name and with words."""

    key = HiddenField()
    volunteer = HiddenField()
    wait = HiddenField()
    aside = SelectMultipleField(_l("Set aside"), validate_choice=False)
    words = line(_l("Why the condition is set aside"), 200)

    @property
    def override(self) -> Override | None:
        """What was ticked; raises InvalidInput without words, or for a condition that nobody may set aside."""
        ticked = frozenset(Reason(text) for text in self.aside.data or [] if text in list(Reason))
        return Override(ticked, self.words.data or "") if ticked else None

    @staticmethod
    def can_set_aside(reasons: list[Reason]) -> bool:
        """Whether a coordinator may set all of these aside."""
        return bool(reasons) and set(reasons) <= OVERRIDABLE


class FileForm(Form):
    """Which file, and what for."""

    FALLBACK = "reason"
    format = RadioField(_l("File"), choices=FORMATS, default="xlsx")
    reason = line(
        _l("What it is needed for"), 200, required=_l("Say what the file is needed for; it is kept on record.")
    )


class PeriodFileForm(FileForm):
    """A file of the shifts of some days."""

    from_day = day_field(_l("From"))
    until_day = day_field(_l("To and including"))
