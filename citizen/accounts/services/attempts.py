"""How often a password or a code may be tried, without letting strangers lock anybody out.

Counted are tries on one account by unknown browsers, failures from one network address (generously: a whole
village may share one), and failures on the whole site; beyond the last, unknown browsers are let in one after
another. A browser in which this person signed in before has a count of its own that strangers cannot use up.
Nothing here may run inside a transaction: the counts have their own.
"""

from __future__ import annotations

from citizen.accounts.services.secrets import keyed_hash
from citizen.web.limits import count, exhausted, forget

PER_ACCOUNT = "10/hour"
PER_DEVICE = "20/hour"
PER_VISITOR = "60/hour"
EVERYBODY = "600/10 minutes"
TRICKLE = "30/minute"


def admit(name: str, *, visitor: str, device: str | None) -> bool:
    """Count one try at a password for ``name`` (existing or not); False when it must wait."""
    account = keyed_hash("attempts", name)
    if device and count(PER_DEVICE, "sign-in-device", device, account):
        return True
    if exhausted(PER_VISITOR, "sign-in-visitor", visitor):
        return False
    if exhausted(EVERYBODY, "sign-in-everybody") and not count(TRICKLE, "sign-in-trickle"):
        return False
    return count(PER_ACCOUNT, "sign-in-account", account)


def failed(*, visitor: str) -> None:
    """Count one failure for its address and for the site."""
    count(PER_VISITOR, "sign-in-visitor", visitor)
    count(EVERYBODY, "sign-in-everybody")


def succeeded(name: str) -> None:
    """Somebody who knew the password came in: the account's own count starts again."""
    forget(PER_ACCOUNT, "sign-in-account", keyed_hash("attempts", name))


def admit_code(person_id: int, device: str | None) -> bool:
    """Count one try at a second factor; False when it must wait."""
    if device and count(PER_DEVICE, "code-device", device, str(person_id)):
        return True
    return count(PER_ACCOUNT, "code-account", str(person_id))
