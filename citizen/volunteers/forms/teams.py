"""Founding and joining teams, and who of a team comes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from citizen.departments.queries import directory
from citizen.volunteers.rules.teams import KINDS
from citizen.volunteers.services.teams import TeamDraft
from citizen.web.forms import Form, line
from citizen.web.locale import localised


class TeamForm(Form):
    """A new team."""

    name = line(_l("Name of the team"), 30)
    kind = RadioField(_l("What kind of team is it?"), validate_choice=False)
    area_code = SelectField(_l("Where is it at home?"), validate_choice=False)

    def offer_choices(self) -> TeamForm:
        """Fill in what can be chosen, in the page's language."""
        self.kind.choices = [SelectChoice(code.value, str(words)) for code, words in KINDS.items()]
        areas = [SelectChoice(code, localised(area, "name")) for code, area in directory().areas.items()]
        self.area_code.choices = [SelectChoice("", str(_l("Anywhere in the county"))), *areas]
        return self

    def to_draft(self) -> TeamDraft:
        """What was typed, for the service."""
        return TeamDraft(self.name.data or "", self.kind.data or "", self.area_code.data or "")


class CodeForm(Form):
    """The code that a team's leader hands out."""

    code = line(_l("Code of the team"), 40)
