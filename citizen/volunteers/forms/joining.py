"""Who somebody is and what they want: signing up as a volunteer, one's own profile, children."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, PasswordField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from citizen.core.numbers import parse_int
from citizen.departments.queries import directory
from citizen.volunteers.models import Volunteer
from citizen.volunteers.rules.volunteers import SKILLS, TIMES
from citizen.volunteers.services.profiles import Identity, Wishes
from citizen.web.forms import DecisionForm, Form, line
from citizen.web.locale import localised

LAST_ID = 2**31 - 1


class _ContactForm(Form):
    """By what somebody will sign in; declared first, since fields keep the order of their making."""

    contact = StringField(_l("Phone or e-mail"))
    password = PasswordField(_l("Password"))


class IdentityForm(Form):
    """The name on the roster, the day of birth, and a guardian for those under eighteen."""

    name = line(_l("Name on the roster"), 60)
    birth_day = line(_l("Day of birth"), 40)
    guardian_name = line(_l("Guardian's name"), 60)
    guardian_phone = line(_l("Guardian's phone"), 60)

    def identity(self) -> Identity:
        """What was typed, for the service."""
        return Identity(
            name=self.name.data or "",
            birth_day=self.birth_day.data or "",
            guardian_name=self.guardian_name.data or "",
            guardian_phone=self.guardian_phone.data or "",
        )

    @property
    def guardian_open(self) -> bool:
        """Whether the guardian's fields are shown without being asked for."""
        fields = (self.guardian_name, self.guardian_phone)
        return any(field.data or field.errors for field in fields)


class JoinForm(IdentityForm):
    """Becoming a volunteer for somebody who is signed in; ``shift`` is what they want to take."""

    agreed = BooleanField(
        _l("I agree"),
        validators=[InputRequired(_l("Tick this box if you agree; without it we may not keep your data."))],
    )
    key = HiddenField()
    shift = HiddenField()
    next = HiddenField()

    @property
    def shift_id(self) -> int:
        """The id of the shift, or 0."""
        return parse_int(self.shift.data, 1, LAST_ID) or 0


class NewcomerForm(JoinForm, _ContactForm):
    """The same for somebody without an account."""


class ProfileForm(IdentityForm, DecisionForm):
    """Everything that volunteers say of themselves."""

    skills = SelectMultipleField(_l("What are you good at?"), validate_choice=False)
    areas = SelectMultipleField(_l("Where would you like to help?"), validate_choice=False)
    times = SelectMultipleField(_l("When do you usually have time?"), validate_choice=False)
    emergency_contact = line(_l("Whom should we call in an emergency?"), 80)
    on_call = BooleanField(_l("You may ask me when a shift lacks people"))
    reminders = BooleanField(_l("Remind me before my shifts"))

    def offer_choices(self) -> ProfileForm:
        """Fill in what can be chosen, in the page's language."""
        self.skills.choices = [SelectChoice(code, str(words)) for code, words in SKILLS.items()]
        self.times.choices = [SelectChoice(code, str(words)) for code, words in TIMES.items()]
        areas = directory().areas.items()
        self.areas.choices = [SelectChoice(code, localised(area, "name")) for code, area in areas]
        return self

    def show(self, volunteer: Volunteer) -> ProfileForm:
        """Fill in what is on record."""
        self.process(obj=volunteer)
        self.birth_day.data = volunteer.birth_day.isoformat()
        return self.offer_choices()

    def wishes(self) -> Wishes:
        """What was chosen, for the service."""
        return Wishes(
            skills=self.skills.data or (),
            areas=self.areas.data or (),
            times=self.times.data or (),
            emergency_contact=self.emergency_contact.data or "",
            on_call=self.on_call.data,
            reminders=self.reminders.data,
        )


class ChildForm(Form):
    """A child who comes along."""

    child_name = line(_l("The child's name"), 30)
    child_birth_day = line(_l("The child's day of birth"), 40)
