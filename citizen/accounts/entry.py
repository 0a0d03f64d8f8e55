"""Coming in by password or by a new account, for every page that offers it: one set of limits, one way into the session."""

from __future__ import annotations

import logging

from flask_babel import gettext as _

from citizen.accounts import identity
from citizen.accounts.models import Person
from citizen.accounts.queries import person_of
from citizen.accounts.rules import Contact, contact_of
from citizen.accounts.services import attempts, devices, people
from citizen.accounts.services.passwords import matches
from citizen.accounts.services.secrets import keyed_hash
from citizen.core.audit import record
from citizen.core.database import transaction
from citizen.core.errors import InvalidInput
from citizen.web.limits import enforce, visitor

log = logging.getLogger(__name__)

SIGN_UPS = "20/hour"


def try_password(name: str, password: str) -> tuple[Person | None, str, int]:
    """The person whose password it is, else what to say and with which status.

    Whether the name exists shows neither in the words nor in the time: every step is taken for both.
    """
    contact = _contact(name)
    person = person_of(contact)
    device = devices.device_of(person.id if person else None, identity.device_token())
    if not attempts.admit(str(contact), visitor=visitor(), device=device):
        wait = _("Too many tries. Wait an hour, or use a device on which you signed in before.")
        return None, wait, 429
    right = matches(person.password_hash if person else None, password)
    if person is None or not right or not person.is_active:
        attempts.failed(visitor=visitor())
        log.info("sign-in refused for %s", keyed_hash("log", str(contact))[:12])
        return None, _("The name or the password is not right. Please check both."), 422
    if device is None:
        attempts.succeeded(str(contact))
    return person, "", 303


def _contact(name: str) -> Contact:
    """What was typed as a name; something impossible is looked for like anything else, and never found."""
    try:
        return contact_of(name)
    except InvalidInput:
        return Contact(email=f"?{keyed_hash('name', name)}")


def count_sign_up() -> None:
    """Count one try at a new account from the caller's address; raises TooManyRequests beyond the limit."""
    enforce(SIGN_UPS, "sign-up", visitor())


def enter(person_id: int) -> tuple[Person, str]:
    """Remember the browser and sign the person in; returns the person and the token for `identity.keep_device`."""
    with transaction():
        token = devices.remember(person_id, identity.device_token())
        person = people.load(person_id)
        if person.is_staff:
            record("person.signed_in", "person", subject_id=person.id, actor=(person.id, "staff"))
    identity.sign_in(person)
    return person, token
