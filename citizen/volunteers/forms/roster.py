"""What a lead writes down about one person of a shift."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from citizen.core.errors import InvalidInput
from citizen.core.text import fold_width
from citizen.volunteers.models import Shift
from citizen.volunteers.rules.sign_in import Direction, moment_in
from citizen.volunteers.services.attendance import span_of
from citizen.volunteers.services.roll_call import Entry
from citizen.web.forms import Form, line


class PersonForm(Form):
    """One step with a person; which fields it needs depends on the step."""

    act = HiddenField()
    time = line(_l("Time"), 5)
    reason = line(_l("Reason"), 200)

    def entry(self, shift: Shift, direction: Direction) -> Entry:
        """Time and reason, for the service; raises InvalidInput for a time that is none of this shift."""
        wall = fold_width(self.time.data or "").strip()
        at = moment_in(span_of(shift), wall.zfill(5) if ":" in wall else wall)
        if at is None:
            raise InvalidInput(_l("Write a time of this shift, such as 08:30."), "time")
        return Entry(direction, at, self.reason.data or "")


class WalkInForm(Form):
    """By what somebody at the post is known to the site."""

    key = HiddenField()
    contact = line(_l("Phone or e-mail of the volunteer"), 200)
