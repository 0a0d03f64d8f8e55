"""The form of a stop."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from citizen.volunteers.forms.desk_fields import WallField, day_field
from citizen.volunteers.queries.stops import Reach
from citizen.volunteers.rules.shifts import moment_of
from citizen.volunteers.services.stops import StopDraft
from citizen.web.forms import Form, line

STOP_WORDS = {
    "heat": _l("Heat"),
    "storm": _l("Storm or heavy rain"),
    "air": _l("Bad air"),
    "other": _l("Another reason"),
}


class StopForm(Form):
    """Reason, time and reach."""

    FALLBACK = "reason"
    key = HiddenField()
    reason = RadioField(_l("Reason"), choices=[SelectChoice(code, word) for code, word in STOP_WORDS.items()])
    words = line(_l("A few words for the site"), 120)
    from_day = day_field(_l("From"))
    from_time = WallField(_l("Time"))
    until_day = day_field(_l("Until"))
    until_time = WallField(_l("Time"))
    area = SelectField(_l("Where"), validate_choice=False, default="")
    outdoors = RadioField(
        _l("Which posts"),
        choices=[SelectChoice("1", _l("Outdoor posts")), SelectChoice("0", _l("All posts, indoor ones too"))],
        default="1",
    )

    def to_draft(self) -> StopDraft:
        """What was typed, for the service; to be called on a valid form."""
        reach = Reach(
            starts_at=moment_of(self.from_day.day, self.from_time.data or ""),
            ends_at=moment_of(self.until_day.day, self.until_time.data or ""),
            area_code=self.area.data or None,
            outdoors_only=self.outdoors.data != "0",
        )
        return StopDraft(self.reason.data or "", self.words.data or "", reach)
