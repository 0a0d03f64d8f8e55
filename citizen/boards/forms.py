"""Forms of the boards: an author's draft, decisions, a unit's reply, anybody's objection."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from citizen.boards.services.entries import Draft
from citizen.core.numbers import parse_int
from citizen.web.forms import DecisionForm, Form, line, paragraph

BIGGEST_ID = 2**31 - 1


class DraftForm(DecisionForm):
    """An author's words; which pictures there are is told by the view."""

    title_hans = line(_l("Title in Chinese"), 60, required=_l("Write a title that names the place and the problem"))
    title_en = line(_l("Title in English"), 120)
    text_hans = paragraph(_l("A few words in Chinese"), 600)
    text_en = paragraph(_l("A few words in English"), 1_200)
    precision = RadioField(
        _l("How precisely is the place shown?"),
        choices=[
            SelectChoice("point", _l("The point itself")),
            SelectChoice("street", _l("Its surroundings")),
            SelectChoice("area", _l("Only the area")),
        ],
        default="street",
    )
    before_photo = RadioField(_l("Picture from before"), validate_choice=False, default="")
    after_photo = RadioField(_l("Picture of the repair"), validate_choice=False, default="")
    before_alt = line(_l("What the picture from before shows"), 120)
    after_alt = line(_l("What the picture of the repair shows"), 120)

    def to_draft(self) -> Draft:
        """What was typed, for the service."""
        return Draft(
            title_hans=self.title_hans.data or "",
            title_en=self.title_en.data or "",
            text_hans=self.text_hans.data or "",
            text_en=self.text_en.data or "",
            precision=self.precision.data or "",
            before=(parse_int(self.before_photo.data, 1, BIGGEST_ID), self.before_alt.data or ""),
            after=(parse_int(self.after_photo.data, 1, BIGGEST_ID), self.after_alt.data or ""),
        )


class WithdrawForm(DecisionForm):
    """Why an entry is taken back."""

    reason = SelectField(_l("Reason"), validate_choice=False)


class VerdictForm(DecisionForm):
    """The leader's decision on an objection."""

    verdict = RadioField(
        _l("Decision"),
        choices=[
            SelectChoice("uphold", _l("Uphold: the entry stays off the board")),
            SelectChoice("reject", _l("Reject: the entry is shown again")),
        ],
    )
    reason = paragraph(_l("Why"), 600, required=_l("Say why; the person who objected will read it"))


class ReplyForm(DecisionForm):
    """A unit's reply; the button says whether there is one."""

    words = paragraph(_l("Your reply"), 300)


class ObjectionForm(Form):
    """What somebody objects to."""

    key = HiddenField()
    words = paragraph(_l("What is wrong?"), 1_000, required=_l("Say in a few words what you object to"))
    contact = line(_l("Phone or e-mail"), 200)


class TokenForm(Form):
    """The token of an objection."""

    token = line(_l("Token"), 60, required=_l("Type the token that you were given"))
