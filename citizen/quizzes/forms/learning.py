"""What a learner types: the name for boards, the name on a certificate."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice

from citizen.certificates.rules import MAX_HOLDER
from citizen.departments.queries import directory
from citizen.quizzes.models import Learner
from citizen.quizzes.services.learners import Appearance
from citizen.web.forms import Form, line
from citizen.web.locale import localised


class AppearanceForm(Form):
    """How somebody appears on boards. The nickname's own rules are the service's."""

    nickname = line(_l("Nickname"), 60, required=_l("Choose a nickname"))
    area = SelectField(_l("My community"), validate_choice=False)
    hidden = BooleanField(_l("Hide my nickname"))

    def offer_choices(self) -> AppearanceForm:
        """Fill in the communities, in the page's language."""
        areas = directory().areas.items()
        none = SelectChoice("", _("Rather not say"))
        self.area.choices = [none, *(SelectChoice(code, localised(area, "name")) for code, area in areas)]
        return self

    def show(self, learner: Learner | None) -> AppearanceForm:
        """Fill in what is on record."""
        if learner is not None:
            self.nickname.data, self.hidden.data = learner.nickname, learner.hidden
            self.area.data = learner.area_code or ""
        return self.offer_choices()

    def appearance(self) -> Appearance:
        """What was typed, for the service."""
        return Appearance(self.nickname.data or "", area_code=self.area.data or "", hidden=self.hidden.data)


class HolderForm(Form):
    """The name that is printed on a certificate."""

    holder = line(
        _l("Name on the certificate"), MAX_HOLDER, required=_l("Enter the name that is printed on the certificate")
    )
