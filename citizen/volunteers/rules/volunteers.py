"""What volunteers say of themselves: codes with their words, days of birth as people type them, limits."""

from __future__ import annotations

import re
from datetime import date

from flask_babel import lazy_gettext as _l

from citizen.core.errors import InvalidInput
from citizen.core.text import fold_width
from citizen.volunteers.rules.eligibility import ADULT, MAX_AGE, OWN_ACCOUNT_AGE, age_on

#: What somebody is good at.
SKILLS = {
    "first_aid": _l("First aid"),
    "care": _l("Looking after old people"),
    "children": _l("Being with children"),
    "phone_help": _l("Showing others how to use a phone"),
    "dialect": _l("The local dialect"),
    "sign_language": _l("Sign language"),
    "english": _l("English"),
    "photos": _l("Taking pictures, writing"),
    "repairs": _l("Water and electric repairs"),
    "plants": _l("Plants and gardens"),
}

#: When somebody usually has time.
TIMES = {
    "workday_morning": _l("Working days, before noon"),
    "workday_afternoon": _l("Working days, in the afternoon"),
    "workday_evening": _l("Working days, in the evening"),
    "weekend_morning": _l("Weekends, before noon"),
    "weekend_afternoon": _l("Weekends, in the afternoon"),
    "weekend_evening": _l("Weekends, in the evening"),
}

#: Children that one guardian can name; more come with a team.
MOST_CHILDREN = 6
#: Places in lines for shifts of one day. Whoever holds more keeps others waiting while offers lapse one after another.
LINES_A_DAY = 3

_GAP = r"\s*[-\u2010-\u2015\u2212./,、。\s]\s*"
_PARTED = re.compile(rf"([0-9]{{4}})(?:\s*年\s*|{_GAP})([0-9]{{1,2}})(?:\s*月\s*|{_GAP})([0-9]{{1,2}})\s*[日号號]?\Z")
_PLAIN = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})\Z")


def birth_day_of(raw: object, *, today: date, field: str = "birth_day") -> date:
    """The day behind any common way of typing it: 1990-05-03, 1990年5月3日, 1990.5.3, 19900503, full width.

    Raises InvalidInput when nothing was typed, when it cannot be read, and for a day on which nobody alive was born.
    """
    text = fold_width(raw[:40]).strip() if isinstance(raw, str) else ""
    if not text:
        raise InvalidInput(_l("Enter the day of birth."), field)
    found = _PARTED.match(text) or _PLAIN.match(text)
    if found is None:
        raise InvalidInput(_l("Type the day of birth as year, month, day, such as 1990-05-03 or 19900503."), field)
    try:
        day = date(*(int(part) for part in found.groups()))
    except ValueError:
        raise InvalidInput(_l("This day does not exist. Please check month and day."), field) from None
    if day > today or age_on(day, today) > MAX_AGE:
        raise InvalidInput(_l("Please check the year of birth."), field)
    return day


def is_child(birth_day: date, today: date) -> bool:
    """Whether somebody is too young for an account of their own."""
    return age_on(birth_day, today) < OWN_ACCOUNT_AGE


def needs_guardian(birth_day: date, today: date) -> bool:
    """Whether somebody with an account has to name a guardian: from fourteen to seventeen."""
    return OWN_ACCOUNT_AGE <= age_on(birth_day, today) < ADULT


def ensure_own_account(birth_day: date, today: date) -> None:
    """Raise InvalidInput for somebody too young for an account of their own."""
    if is_child(birth_day, today):
        raise InvalidInput(
            _l("Children under 14 have no account of their own: they come with their guardian."), "birth_day"
        )


def ensure_guardian(birth_day: date, today: date, *, name: str, phone: str) -> None:
    """Raise InvalidInput when somebody of fourteen to seventeen names no guardian, or no number to call."""
    if not needs_guardian(birth_day, today):
        return
    if not name:
        raise InvalidInput(_l("You are under 18: tell us your guardian's name."), "guardian_name")
    if not phone:
        raise InvalidInput(_l("You are under 18: tell us your guardian's phone number."), "guardian_phone")
