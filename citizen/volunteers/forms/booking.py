"""Who is to be booked, out of a form."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from citizen.core.numbers import parse_int
from citizen.volunteers.services.signing_up import Asked

LAST_ID = 2**31 - 1
#: More than any party is; what comes after is not looked at.
_MOST = 600


def asked_from(shift_id: int, form: MultiDict[str, str]) -> Asked:
    """What a form asks for; ids that are none are left out, unknown ones are found out later."""
    numbers = (parse_int(raw, 1, LAST_ID) for raw in form.getlist("people")[:_MOST])
    return Asked(
        shift_id=shift_id,
        key=form.get("key", "")[:64],
        wait=form.get("wait") == "1",
        people=tuple(dict.fromkeys(number for number in numbers if number)),
        myself=form.get("myself", "1") == "1",
    )
