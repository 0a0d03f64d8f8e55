"""Words for what the audit trail records."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Link:
    """How a subject is called and where it is shown."""

    text: str
    url: str


#: Kind of subject → finds the links of many ids at once; features above this one register theirs here.
links: dict[str, Callable[[Collection[int]], dict[int, Link]]] = {}

#: What an event can be about.
SUBJECTS = {
    "case": _l("Case"),
    "report": _l("Report"),
    "photo": _l("Photo"),
    "entry": _l("Board entry"),
    "objection": _l("Objection"),
    "person": _l("Person"),
}

#: In which capacity somebody acted, beside the staff roles.
CAPACITIES = {
    "system": _l("System"),
    "reporter": _l("Reporter"),
    "visitor": _l("Visitor"),
    "staff": _l("Staff"),
    "self": _l("For oneself"),
}

#: Frequent and sensitive actions; others show their code.
ACTIONS = {
    "submit": _l("Received"),
    "ask": _l("Asked the reporter"),
    "answer": _l("Reporter answered"),
    "accept": _l("Accepted"),
    "reject": _l("Rejected"),
    "merge": _l("Merged"),
    "unmerge": _l("Undid a merge"),
    "refer": _l("Referred to another body"),
    "withdraw": _l("Withdrew"),
    "dispatch": _l("Dispatched"),
    "sign": _l("Signed for"),
    "return": _l("Granted a return"),
    "suspend": _l("Suspended"),
    "resume": _l("Resumed"),
    "finish": _l("Said to be fixed"),
    "close": _l("Closed"),
    "rework": _l("Sent back for rework"),
    "reopen": _l("Reopened"),
    "takeover": _l("Took over"),
    "note": _l("Wrote a note"),
    "photo.looked": _l("Looked at an original photo"),
    "person.signed_in": _l("Signed in"),
    "person.signed_up": _l("Signed up"),
    "person.staff_created": _l("Created a staff account"),
    "person.role_granted": _l("Gave a role"),
    "person.role_revoked": _l("Took a role away"),
    "person.disabled": _l("Closed an account"),
    "person.password_changed": _l("Changed a password"),
    "person.second_factor_set": _l("Set up two-step sign-in"),
    "person.second_factor_removed": _l("Removed two-step sign-in"),
    "person.recovery_codes_renewed": _l("Made new recovery codes"),
    "person.recovery_code_used": _l("Used a recovery code"),
}

SENSITIVE = frozenset({"photo.looked", "takeover"}) | {
    code for code in ACTIONS if code.startswith("person.") and not code.startswith("person.signed_")
}


def action_word(code: str) -> str:
    """The words for an action, or its code."""
    return str(ACTIONS.get(code, code))


def subject_word(code: str) -> str:
    """The words for a kind of subject, or its code."""
    return str(SUBJECTS.get(code, code))


def detail_text(detail: dict[str, Any]) -> str:
    """An event's details on one line."""
    return "; ".join(f"{name}: {_plain(value)}" for name, value in detail.items())[:500]


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_plain(item) for item in value)
    return "–" if value is None else str(value)
