"""Single-use invitations: made for the cells of an open wave, made again when a file got lost, and what became of them."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.numbers import random_code
from citizen.extensions import db
from citizen.surveys.models import Invitation, Stratum, Wave
from citizen.surveys.queries.waves import strata_of, token_hash
from citizen.surveys.rules.waves import NOTABLE, USABLE, Channel, Disposition, WaveState
from citizen.surveys.services.waves import lock_wave

#: Characters of a code, 5 bits each. A card's is typed by hand; a link is only ever followed.
CODE_LENGTH = {Channel.CARD: 10, Channel.LINK: 20}
#: What one file may hold: fifty sheets of cards take five seconds to draw.
MOST = {Channel.CARD: 400, Channel.LINK: 20_000, Channel.INTERVIEW: 5_000}
MAX_FACTOR = 20


@dataclass(frozen=True, slots=True)
class Made:
    """One invitation as it is handed out. ``token`` is shown now and never again; none for interviewers' lists."""

    serial: int
    area: str
    ages: str
    token: str


def make_invitations(
    wave_id: int, channel: Channel, *, factor: float, areas: Collection[str], by: int
) -> tuple[datetime, list[Made]]:
    """Make (target × ``factor``, rounded up) invitations for each cell in ``areas``; returns (when, invitations).

    Raises NotFound, Conflict when the wave is not open, InvalidInput when it would be too many.
    """
    wave = _open(wave_id)
    wanted = _wanted(wave, factor, areas=areas)
    if not wanted:
        raise InvalidInput(_l("Choose at least one area that has a target."), "areas")
    if sum(n for _cell, n in wanted) > MOST[channel]:
        raise InvalidInput(_l("That is more than %(most)s at once. Choose fewer areas.", most=MOST[channel]), "factor")
    last = db.session.execute(
        db.select(db.func.coalesce(db.func.max(Invitation.serial), 0)).where(Invitation.wave_id == wave.id)
    ).scalar_one()
    # A whole second: the database gives it back as it was, and it names the batch in addresses.
    now, made, rows = clock.now().replace(microsecond=0), [], []
    for number, cell in enumerate((cell for cell, n in wanted for _one in range(n)), last + 1):
        token = _token(channel)
        made.append(Made(number, cell.area_code, cell.ages, token))
        rows.append(_row(cell, number, channel=channel, token=token, now=now))
    db.session.execute(db.insert(Invitation), rows)
    record(
        "wave.invite", "wave", subject_id=wave.id, actor=(by, "staff"), detail={"channel": channel, "made": len(made)}
    )
    return now, made


def make_again(wave_id: int, first: int, *, by: int) -> tuple[Channel, list[Made]]:
    """New tokens for those of a batch that may still be answered with; what was handed out of them opens nothing now.

    ``first`` is the first serial of the batch. Raises NotFound, Conflict when the wave is not open or none is left.
    """
    wave = _open(wave_id)
    head = db.session.execute(
        db.select(Invitation).where(Invitation.wave_id == wave.id, Invitation.serial == first)
    ).scalar()
    if head is None or head.channel not in CODE_LENGTH:
        raise NotFound()
    channel = Channel(head.channel)
    cells = {cell.id: cell for cell in strata_of(wave.id)}
    made = []
    for row in _usable_of(wave, head):
        token = _token(channel)
        row.token_hash = token_hash(token)
        made.append(Made(row.serial, cells[row.stratum_id].area_code, cells[row.stratum_id].ages, token))
    if not made:
        raise Conflict(_l("All invitations of these have been used."))
    db.session.flush()
    detail = {"channel": channel, "made": len(made), "first": first}
    record("wave.invite_again", "wave", subject_id=wave.id, actor=(by, "staff"), detail=detail)
    return channel, made


def note_disposition(wave_id: int, serials: Sequence[int], disposition: str, *, by: int) -> int:
    """Note what became of invitations that were not answered; how many were noted.

    Raises NotFound, Conflict when the wave is not open, InvalidInput naming a serial that is unknown or was answered:
    then none is noted.
    """
    wave = _open(wave_id)
    if disposition not in NOTABLE:
        raise InvalidInput(_l("Choose what became of them."), "disposition")
    if not serials:
        raise InvalidInput(_l("Type at least one serial number."), "serials")
    query = db.select(Invitation).where(Invitation.wave_id == wave.id, Invitation.serial.in_(serials))
    rows = db.session.execute(query.order_by(Invitation.id).with_for_update()).scalars().all()
    found = {row.serial: row for row in rows}
    for serial in serials:
        if serial not in found:
            raise InvalidInput(_l("There is no invitation %(serial)s.", serial=serial), "serials")
        if found[serial].disposition == Disposition.ANSWERED:
            raise InvalidInput(_l("Invitation %(serial)s has been answered.", serial=serial), "serials")
    for row in rows:
        row.disposition = disposition
        row.disposed_on = None if disposition == Disposition.UNUSED else clock.today()
    db.session.flush()
    detail = {"disposition": str(disposition), "noted": len(rows)}
    record("wave.dispositions", "wave", subject_id=wave.id, actor=(by, "staff"), detail=detail)
    return len(rows)


def _open(wave_id: int) -> Wave:
    wave = lock_wave(wave_id)
    if wave.state != WaveState.OPEN:
        raise Conflict(_l("The survey is not open."))
    return wave


def _wanted(wave: Wave, factor: float, *, areas: Collection[str]) -> list[tuple[Stratum, int]]:
    """How many for each cell; nobody is asked twice, so never more than live there."""
    sizes = db.session.execute(
        db.select(Invitation.stratum_id, db.func.count()).where(Invitation.wave_id == wave.id).group_by("stratum_id")
    )
    asked = {row[0]: row[1] for row in sizes}
    found = []
    for cell in strata_of(wave.id):
        if cell.area_code in areas and cell.target:
            left = cell.population - asked.get(cell.id, 0)
            found.append((cell, min(left, ceil(round(cell.target * factor, 6)))))
    return [(cell, n) for cell, n in found if n > 0]


def _row(cell: Stratum, serial: int, *, channel: Channel, token: str, now: datetime) -> dict[str, object]:
    return {
        "wave_id": cell.wave_id,
        "stratum_id": cell.id,
        "serial": serial,
        # Nobody is told a token for an interviewer's list; something has to be hashed, so it is thrown away here.
        "token_hash": token_hash(token or secrets.token_hex(20)),
        "channel": channel,
        "disposition": Disposition.UNUSED,
        "made_at": now,
    }


def _usable_of(wave: Wave, head: Invitation) -> Sequence[Invitation]:
    query = db.select(Invitation).where(
        Invitation.wave_id == wave.id,
        Invitation.channel == head.channel,
        Invitation.made_at == head.made_at,
        Invitation.disposition.in_(USABLE),
    )
    return db.session.execute(query.order_by(Invitation.serial).with_for_update()).scalars().all()


def _token(channel: Channel) -> str:
    return random_code(CODE_LENGTH[channel]) if channel in CODE_LENGTH else ""
