"""What a volunteer sends from the post: a code or a token, for one of their places."""

from __future__ import annotations

import re
from datetime import datetime

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from citizen.core.errors import InvalidInput
from citizen.core.numbers import parse_int
from citizen.volunteers.rules.sign_in import Direction, Method
from citizen.volunteers.services.attendance import Ticket
from citizen.web.forms import Form, line

_STEP = re.compile(r"(in|out)-([0-9]{1,10})\Z")
_LAST_ID = 2**31 - 1
#: Farther than any post from anybody in the county.
_FARTHEST = 500_000
_MOST_CHILDREN = 20


class OnSiteForm(Form):
    """``step`` names the place and what to do ("in-12"), ``at`` the phone's time of reading the code, if it told one."""

    nonce = HiddenField()
    at = HiddenField()
    distance_m = HiddenField()
    t = HiddenField()
    step = HiddenField(_l("Shift"))
    code = line(_l("Six-digit code"), 40)

    def booking_id(self) -> int:
        """The place that was chosen; raises InvalidInput when none was."""
        return self._step()[1]

    def ticket(self, method: Method, children: list[str]) -> Ticket:
        """What was sent, for the service; raises InvalidInput for what no page of ours sends."""
        nonce = (self.nonce.data or "").strip()
        if not (16 <= len(nonce) <= 40 and nonce.isascii() and nonce.isalnum()):
            raise InvalidInput(_l("This page is incomplete. Please load it again and send once more."))
        text = self.t.data if method is Method.QR else self.code.data
        if not text:
            raise InvalidInput(_l("Type the six digits that the lead shows."), "code")
        ids = (parse_int(raw, 1, _LAST_ID) for raw in children[:_MOST_CHILDREN])
        return Ticket(
            direction=self._step()[0],
            method=method,
            text=text[:64],
            nonce=nonce,
            claimed=moment_from(self.at.data),
            distance_m=parse_int(self.distance_m.data, 0, _FARTHEST),
            children=frozenset(id_ for id_ in ids if id_),
        )

    def _step(self) -> tuple[Direction, int]:
        found = _STEP.match(self.step.data or "")
        id_ = parse_int(found[2], 1, _LAST_ID) if found else None
        if found is None or id_ is None:
            raise InvalidInput(_l("Choose the shift."), "step")
        return Direction(found[1]), id_


def moment_from(raw: str | None) -> datetime | None:
    """The moment that a phone wrote down, such as 2026-09-05T00:02:11.000Z; None for anything without a zone."""
    try:
        moment = datetime.fromisoformat((raw or "")[:40])
    except ValueError:
        return None
    return moment if moment.tzinfo is not None and 2000 < moment.year < 2200 else None
