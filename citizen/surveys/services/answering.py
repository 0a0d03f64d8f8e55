"""Taking an answer: the first one of an invitation, stored without anything that leads back to it.

The invitation learns that it was used; the answer learns its cell. No row, event, moment or number is common to both.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.database import constraint_means, locked
from citizen.core.errors import Conflict, InvalidInput
from citizen.extensions import db
from citizen.surveys.models import Invitation, Measure, Response, Wave
from citizen.surveys.queries.measures import items_of
from citizen.surveys.queries.waves import interview_invitation, invitation_with
from citizen.surveys.rules.measures import counts, ensure_answers
from citizen.surveys.rules.waves import USABLE, Channel, Disposition, WaveState, answerable, day_of_interview


class KeyTaken(Conflict):
    """Two answers with one key came at the same moment; whoever sends again learns what became of this one."""


for _name in ("uq_survey_responses_key", "survey_responses.key"):
    constraint_means(_name, lambda: KeyTaken(_l("This was sent twice at the same moment. Please send it once more.")))


class Outcome(StrEnum):
    """What became of an answer that was sent."""

    STORED = "stored"
    #: This invitation was answered, by the same form.
    ALREADY = "already"
    #: Somebody answered or declined with this invitation.
    USED = "used"
    #: The wave takes no answers now.
    CLOSED = "closed"
    #: No invitation has this code.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sent:
    """Answers as they come in; ``key`` was made where they were typed."""

    key: str
    #: {item id as text: option id or "unknown"}
    answers: Mapping[str, str]


def answer(token: str, sent: Sent) -> Outcome:
    """Store what a resident answered with the invitation of ``token``; a repetition of the same form changes nothing.

    Raises InvalidInput for answers to what was not asked, or none at all, and KeyTaken.
    """
    return _take(invitation_with(token), sent, today=clock.today(), channel=None)


def interview(wave_id: int, typed: str, sent: Sent, *, on: date) -> Outcome:
    """Store an interview held ``on`` a day, with the invitation whose code or serial was ``typed``.

    It is taken as long as the wave is open, if that day was one of the wave's. Raises InvalidInput as `answer`.
    """
    return _take(interview_invitation(wave_id, typed), sent, today=on, channel=Channel.INTERVIEW)


def decline(token: str) -> bool:
    """Note that somebody does not want to take part; False when the invitation cannot be used. Declining twice is once."""
    found = invitation_with(token)
    wave = _shared(found.wave_id) if found is not None else None
    if found is None or wave is None or not _answerable(wave):
        return False
    invitation = locked(Invitation, Invitation.id == found.id)
    if invitation is None or invitation.disposition not in (*USABLE, Disposition.REFUSED):
        return False
    invitation.disposition, invitation.disposed_on = Disposition.REFUSED, clock.today()
    db.session.flush()
    return True


def _take(found: Invitation | None, sent: Sent, *, today: date, channel: Channel | None) -> Outcome:
    _ensure_key(sent.key)
    if found is None:
        return Outcome.UNKNOWN
    wave = _shared(found.wave_id)
    invitation = locked(Invitation, Invitation.id == found.id)
    if invitation is None:
        return Outcome.UNKNOWN
    if invitation.disposition not in USABLE:
        same = invitation.disposition == Disposition.ANSWERED and _same_form(invitation, sent, channel)
        return Outcome.ALREADY if same else Outcome.USED
    on = _day(wave, today, channel)
    if on is None:
        return Outcome.CLOSED
    _store(wave, invitation, sent, on=on, channel=channel or Channel(invitation.channel))
    return Outcome.STORED


def _same_form(invitation: Invitation, sent: Sent, channel: Channel | None) -> bool:
    """Whether the answer with this key is in the invitation's cell, so that what is sent came before.

    An interview has to say the same too: of another one with the same key, nobody may hear that it is stored.
    """
    query = db.select(Response.answers).where(Response.key == sent.key, Response.stratum_id == invitation.stratum_id)
    row = db.session.execute(query).first()
    given = {name: value for name, value in sent.answers.items() if value}
    return row is not None and (channel is None or row[0] == given)


def _store(wave: Wave, invitation: Invitation, sent: Sent, *, on: date, channel: Channel) -> None:
    items = items_of(wave.measure_id)
    answers = ensure_answers(items, sent.answers)
    # No day either: on a day with a single answer in a cell it would name the invitation.
    invitation.disposition, invitation.disposed_on = Disposition.ANSWERED, None
    db.session.add(
        Response(
            id=secrets.token_hex(16),
            wave_id=wave.id,
            stratum_id=invitation.stratum_id,
            # A page that was gone back to brings the key of the interview before; that one keeps it.
            key=secrets.token_hex(16) if _known(sent.key) else sent.key,
            channel=channel,
            answers=answers,
            counts=counts(db.session.get_one(Measure, wave.measure_id).needed, items, answers),
            answered_on=on,
        )
    )
    db.session.flush()


def _shared(wave_id: int) -> Wave:
    """The wave, which nobody closes while this transaction runs; many answers may come at once."""
    query = db.select(Wave).where(Wave.id == wave_id).with_for_update(read=True)
    found: Wave = db.session.execute(query.execution_options(populate_existing=True)).scalar_one()
    return found


def _answerable(wave: Wave) -> bool:
    return answerable(wave.state, opens_on=wave.opens_on, closes_on=wave.closes_on, today=clock.today())


def _day(wave: Wave, today: date, channel: Channel | None) -> date | None:
    """The day that is stored, None when the wave does not take the answer."""
    if channel is None:
        return today if _answerable(wave) else None
    if wave.state != WaveState.OPEN:
        return None
    return day_of_interview(today, opens_on=wave.opens_on, closes_on=wave.closes_on, today=clock.today())


def _known(key: str) -> bool:
    return db.session.execute(db.select(Response.id).where(Response.key == key)).first() is not None


def _ensure_key(key: str) -> None:
    if not (16 <= len(key) <= 64 and key.isascii() and key.isalnum()):
        raise InvalidInput(_l("This page is incomplete. Please load it again and send once more."))
