"""What a coordinator puts on record about a volunteer, and within which limits.

Nobody decides on their own record, nor on that of a child in their care; every decision names the version it was made on.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from citizen.core.errors import Conflict, InvalidInput, MissingVersion
from citizen.volunteers.rules.eligibility import ADULT, MAX_AGE, OWN_ACCOUNT_AGE, age_on

#: Insurance that ends within so many days is worth a call.
INSURANCE_SOON = timedelta(days=30)
#: Nobody is insured for longer ahead; a later day is a slip of the finger.
INSURANCE_AHEAD = timedelta(days=3 * 366)
#: A briefing or a consent that is older than this is a slip of the finger, too.
LONG_AGO = timedelta(days=10 * 366)
#: So many are ticked off after one briefing.
MOST_TICKED = 50


class Narrowing(StrEnum):
    """Views of the register: what is missing or due."""

    CONSENT = "consent"
    BRIEFING = "briefing"
    INSURANCE = "insurance"
    SUSPENDED = "suspended"
    ON_CALL = "on_call"
    MINORS = "minors"


class AgeGroup(StrEnum):
    """What a list or a file tells of somebody's age."""

    CHILD = "child"
    MINOR = "minor"
    ADULT = "adult"
    SENIOR = "senior"


SENIOR = 60


def age_group(birth_day: date, today: date) -> AgeGroup:
    """Under 14, 14 to 17, 18 to 59, or 60 and older."""
    age = age_on(birth_day, today)
    if age < OWN_ACCOUNT_AGE:
        return AgeGroup.CHILD
    if age < ADULT:
        return AgeGroup.MINOR
    return AgeGroup.ADULT if age < SENIOR else AgeGroup.SENIOR


def born_by(today: date, years: int) -> date:
    """The last birth day of those who are at least ``years`` old ``today``; the rule of `eligibility.age_on`."""
    try:
        return today.replace(year=today.year - years)
    except ValueError:  # the 29th of February in a year that has none: who was born on the 28th is old enough
        return date(today.year - years, 2, 28)


def needs_consent(birth_day: date, today: date) -> bool:
    """Whether a guardian's consent counts at this age; younger children come along with their guardian."""
    return age_group(birth_day, today) is AgeGroup.MINOR


def ensure_version(sent: object, current: int) -> None:
    """Raise MissingVersion when a decision carries none, Conflict when the record changed since its author looked."""
    text = str(sent or "")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise MissingVersion(_l("This page is incomplete. Please load it again."))
    if int(text) != current:
        raise Conflict(_l("Somebody changed this record while you were looking at it. Check it and save again."))


def ensure_past(day: date | None, today: date, field: str) -> None:
    """Raise InvalidInput unless ``day`` is today or one of the last ten years; none is fine."""
    if day is not None and not today - LONG_AGO <= day <= today:
        raise InvalidInput(_l("Choose a day that is not in the future."), field)


def ensure_insurance(until: date | None, today: date) -> None:
    """Raise InvalidInput unless insurance that is put on record still runs, and for at most three years."""
    if until is not None and not today <= until <= today + INSURANCE_AHEAD:
        raise InvalidInput(_l("Choose the last insured day, between today and three years from now."), "insured_until")


def ensure_guardian(birth_day: date, today: date, *, seen: date | None, name: str, phone: str) -> None:
    """Raise Conflict when no guardian's consent counts at this age, InvalidInput for a consent of nobody."""
    if not needs_consent(birth_day, today):
        raise Conflict(_l("A guardian's consent is recorded for those of 14 to 17 only."))
    ensure_past(seen, today, "consent_on")
    if seen is not None and not name:
        raise InvalidInput(_l("Say who gave the consent."), "guardian_name")
    if seen is not None and not phone:
        raise InvalidInput(_l("Enter the guardian's phone number."), "guardian_phone")


def ensure_care(birth_day: date, today: date) -> None:
    """Raise Conflict for somebody under eighteen: home visits are made by grown-ups."""
    if age_on(birth_day, today) < ADULT:
        raise Conflict(_l("Home visits are for those of 18 and older."))


def ensure_birth_day(birth_day: date | None, today: date, *, has_account: bool) -> None:
    """Raise InvalidInput for a day on which no volunteer of this kind can have been born."""
    if birth_day is None or birth_day > today or age_on(birth_day, today) > MAX_AGE:
        raise InvalidInput(_l("Choose the day of birth."), "birth_day")
    if has_account and age_on(birth_day, today) < OWN_ACCOUNT_AGE:
        raise InvalidInput(_l("Somebody under 14 has no account of their own."), "birth_day")


def ensure_words(words: str, field: str) -> None:
    """Raise InvalidInput when a decision that needs a reason has none."""
    if not words.strip():
        raise InvalidInput(_l("Say why."), field)


def ensure_roster(ticked: int, day: date | None, today: date) -> None:
    """Raise InvalidInput for a briefing without a day or people, or with more than fifty of them."""
    if day is None:
        raise InvalidInput(_l("Choose the day of the briefing."), "briefed_on")
    ensure_past(day, today, "briefed_on")
    if not 1 <= ticked <= MOST_TICKED:
        raise InvalidInput(_l("Tick between 1 and %(most)s people.", most=MOST_TICKED))
