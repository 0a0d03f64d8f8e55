"""The forms of signing in and of one's own account."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from citizen.web.forms import Form, line
from citizen.web.locale import NAMES


class SignInForm(Form):
    """By what and with which password; both are taken as typed."""

    name = StringField(_l("Phone or e-mail"))
    password = PasswordField(_l("Password"))
    next = HiddenField()


class SignUpForm(Form):
    """A new account."""

    contact = StringField(_l("Phone or e-mail"))
    password = PasswordField(_l("Password"))
    name = line(_l("How should we call you?"), 30)
    next = HiddenField()


class CodeForm(Form):
    """A code of the authenticator app, or a recovery code."""

    code = StringField(_l("Code"))


class ProfileForm(Form):
    """What can be changed about oneself."""

    name = line(_l("Your name"), 60)
    language = SelectField(
        _l("Language"),
        choices=[
            SelectChoice("", _l("As the browser asks")),
            *(SelectChoice(code, title) for code, (_short, title) in NAMES.items()),
        ],
    )


class PasswordForm(Form):
    """The old password and the new one."""

    old_password = PasswordField(_l("Present password"))
    password = PasswordField(_l("New password"))
