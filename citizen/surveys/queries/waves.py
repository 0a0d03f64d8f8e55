"""Waves, their cells and what became of their invitations. Nothing here reads an answer."""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import current_app

from citizen.core.audit import Event
from citizen.core.errors import NotFound
from citizen.core.numbers import normalise_code, parse_int
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.surveys.models import Invitation, Measure, Stratum, Wave
from citizen.surveys.rules.waves import AGES, USABLE, Channel, Disposition, WaveState, answerable

#: Shorter than any code, so that the two are never taken for one another.
MAX_SERIAL = 999_999
#: What makes somebody an author of a wave.
WRITING = ("wave.draft", "wave.edit", "wave.strata")


@dataclass(frozen=True, slots=True)
class Batch:
    """Invitations that were made together."""

    channel: str
    made_at: datetime
    first: int
    last: int
    size: int
    #: How many of them may still be answered with.
    usable: int


def wave_of(wave_id: int) -> Wave:
    """The wave; raises NotFound."""
    found = db.session.get(Wave, wave_id)
    if found is None:
        raise NotFound()
    return found


def has_written(wave_id: int, person_id: int) -> bool:
    """Whether ``person_id`` made the wave, edited it or wrote its table, by the record of what was done."""
    query = db.select(Event.id).where(
        Event.subject == "wave", Event.subject_id == wave_id, Event.actor_id == person_id, Event.action.in_(WRITING)
    )
    return db.session.execute(query.limit(1)).first() is not None


def waves() -> Sequence[tuple[Wave, Measure]]:
    """All waves with their measures, the latest first."""
    query = db.select(Wave, Measure).join(Measure, Measure.id == Wave.measure_id)
    rows = db.session.execute(query.order_by(Wave.opens_on.desc(), Wave.id.desc())).all()
    return [(wave, measure) for wave, measure in rows]


def strata_of(wave_id: int) -> list[Stratum]:
    """The wave's cells in the county's order of areas, then youngest first."""
    rows = db.session.execute(db.select(Stratum).where(Stratum.wave_id == wave_id)).scalars()
    order = {code: number for number, code in enumerate(directory().areas)}
    return sorted(rows, key=lambda row: (order.get(row.area_code, len(order)), AGES.index(row.ages)))


def dispositions(wave_id: int) -> dict[int, dict[str, int]]:
    """{stratum id: {disposition: invitations}}."""
    query = db.select(Invitation.stratum_id, Invitation.disposition, db.func.count()).where(
        Invitation.wave_id == wave_id
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for stratum_id, disposition, n in db.session.execute(query.group_by(Invitation.stratum_id, Invitation.disposition)):
        found[stratum_id][disposition] = n
    return dict(found)


def totals(cells: dict[int, dict[str, int]]) -> dict[str, int]:
    """{disposition: invitations} over all cells, every disposition named."""
    return {kind.value: sum(cell.get(kind, 0) for cell in cells.values()) for kind in Disposition}


def batches(wave_id: int) -> list[Batch]:
    """What was made together, the latest first."""
    usable = db.func.sum(db.case((Invitation.disposition.in_(USABLE), 1), else_=0))
    serial = Invitation.serial
    query = (
        db.select(
            Invitation.channel, Invitation.made_at, db.func.min(serial), db.func.max(serial), db.func.count(), usable
        )
        .where(Invitation.wave_id == wave_id)
        .group_by(Invitation.channel, Invitation.made_at)
        .order_by(Invitation.made_at.desc(), db.func.min(serial).desc())
    )
    return [Batch(*row) for row in db.session.execute(query)]


def token_hash(token: str) -> str:
    """What the database keeps of a token: a keyed hash of the code as it is read, however it was typed."""
    secret: bytes = current_app.config["SETTINGS"].secret_bytes
    code = normalise_code(token, None) or ""
    return hmac.new(secret, f"invitation:{code}".encode(), hashlib.sha256).hexdigest()


def invitation_with(token: str) -> Invitation | None:
    """The invitation that ``token`` was made for, whatever became of it; None for an unknown one."""
    if normalise_code(token, None) is None:
        return None
    return db.session.execute(db.select(Invitation).where(Invitation.token_hash == token_hash(token))).scalar()


def usable_wave(token: str, *, today: date) -> Wave | None:
    """The wave that ``token`` opens today; None for a token that is unknown, used or out of its wave's days."""
    found = invitation_with(token)
    if found is None or found.disposition not in USABLE:
        return None
    wave = db.session.get_one(Wave, found.wave_id)
    opens = answerable(wave.state, opens_on=wave.opens_on, closes_on=wave.closes_on, today=today)
    return wave if opens else None


def interview_invitation(wave_id: int, typed: str) -> Invitation | None:
    """The invitation that an interviewer means: by its code, or by its serial where it is on an interviewer's list.

    A serial alone opens no card and no link, or whoever reads the list could answer for everybody who got one.
    """
    serial = parse_int(typed, 1, MAX_SERIAL)
    if serial is None:
        found = invitation_with(typed)
        return found if found is not None and found.wave_id == wave_id else None
    query = db.select(Invitation).where(
        Invitation.wave_id == wave_id, Invitation.serial == serial, Invitation.channel == Channel.INTERVIEW
    )
    return db.session.execute(query).scalar()


def interviewer_rows(wave_id: int) -> list[tuple[int, str, str, str]]:
    """(serial, area, age band, disposition) of everybody on the interviewers' lists, by serial."""
    query = (
        db.select(Invitation.serial, Stratum.area_code, Stratum.ages, Invitation.disposition)
        .join(Stratum, Stratum.id == Invitation.stratum_id)
        .where(Invitation.wave_id == wave_id, Invitation.channel == Channel.INTERVIEW)
        .order_by(Invitation.serial)
    )
    return [(row[0], row[1], row[2], row[3]) for row in db.session.execute(query)]


def open_waves() -> Sequence[Wave]:
    """Waves that take interviews, the one that ends first on top."""
    query = db.select(Wave).where(Wave.state == WaveState.OPEN).order_by(Wave.closes_on, Wave.id)
    return db.session.execute(query).scalars().all()
