"""Certificates of hours: issued from the part of the ledger that nobody doubts, revoked when hours in them are taken back.

Free of charge and without an ID number; a child's lies in the guardian's account.
"""

from __future__ import annotations

import hashlib
from datetime import date

from flask_babel import gettext as _

from citizen.certificates.models import Certificate
from citizen.certificates.rules import MAX_REASON, Fact, Kind, Statement, hours
from citizen.certificates.services import issue, revoke
from citizen.core.content import Words
from citizen.core.errors import InvalidInput, NotFound
from citizen.extensions import db
from citizen.volunteers.models import HoursEntry, Volunteer
from citizen.volunteers.queries.doubts import doubts_at, doubts_now
from citizen.volunteers.queries.hours import accounts_of, entries_of
from citizen.volunteers.rules.booking import By
from citizen.volunteers.rules.ledger import Line, certifiable, fingerprint, lines_of
from citizen.volunteers.services import messages
from citizen.volunteers.services.places import lock_volunteers

_SERVICES = Words.of("服务次数", "Times served")


def certify(volunteer_id: int, *, year: int | None, by: By) -> Certificate:
    """The certificate of a volunteer's undisputed hours, of one year or of all; the same figures give the same certificate.

    Asked for by the volunteer, or by a child's guardian. Raises NotFound for anybody else, InvalidInput when there is nothing
    to certify.
    """
    volunteer = lock_volunteers({volunteer_id})[volunteer_id]
    if by.person_id is None or by.person_id not in accounts_of(volunteer):
        raise NotFound()
    entries, bookings = doubts_now(volunteer.id)
    lines = certifiable(lines_of(entries_of(volunteer.id)), year=year, entries=entries, bookings=bookings)
    if not lines:
        raise InvalidInput(_("There is nothing to certify yet."))
    statement = Statement(
        kind=Kind.VOLUNTEERING,
        holder=volunteer.name,
        period=(lines[0].day, lines[-1].day),
        minutes=sum(line.minutes for line in lines),
        facts=(Fact(_SERVICES, Words(*[str(len(lines))] * 3)),),
    )
    certificate = issue(statement, person_id=by.person_id, dedupe_key=_key(volunteer, lines))
    values = {"cert": certificate.number, "hours": hours(statement.minutes or 0)}
    messages.say("certificate_issued", volunteer, values=values, key=f"certificate:{certificate.id}")
    return certificate


def _key(volunteer: Volunteer, lines: list[Line]) -> str:
    """hours:<volunteer>:<last entry>:<figures and name>:<how many certificates of these were revoked before>."""
    last = max(entry.id for line in lines for entry in line.entries)
    name = hashlib.sha256(volunteer.name.encode()).hexdigest()[:8]
    start = f"hours:{volunteer.id}:{last}:{fingerprint(lines)}-{name}:"
    revoked = db.select(Certificate.id).where(
        Certificate.dedupe_key.startswith(start, autoescape=True), Certificate.revoked_at.is_not(None)
    )
    return f"{start}{len(db.session.execute(revoked).all())}"


def revoke_touched(entry: HoursEntry, *, by_id: int) -> list[Certificate]:
    """Revoke the certificates that name hours which ``entry`` takes back; the owner is told and may get a new one."""
    live = db.select(Certificate).where(
        Certificate.dedupe_key.startswith(f"hours:{entry.volunteer_id}:", autoescape=True),
        Certificate.revoked_at.is_(None),
    )
    line = next(line for line in lines_of(entries_of(entry.volunteer_id)) if entry in line.entries)
    touched = [row for row in db.session.execute(live.order_by(Certificate.id)).scalars() if _names(row, line, entry)]
    volunteer = db.session.get_one(Volunteer, entry.volunteer_id)
    for certificate in touched:
        reason = _("Hours of %(day)s were taken back: %(reason)s", day=entry.day.isoformat(), reason=entry.reason)
        revoke(certificate.id, reason[:MAX_REASON], by_id=by_id)
        values = {"cert": certificate.number, "reason": entry.reason}
        messages.say("certificate_revoked", volunteer, values=values, key=f"certificate_revoked:{certificate.id}")
    return touched


def _names(certificate: Certificate, line: Line, entry: HoursEntry) -> bool:
    """Whether the certificate was issued with the line: entered before, within its days, and in no doubt at that moment."""
    last = int(str(certificate.dedupe_key).split(":")[2])
    first_day, last_day = (date.fromisoformat(certificate.snapshot[name]) for name in ("first_day", "last_day"))
    before = [row for row in line.entries if row.id <= last and row.id != entry.id]
    if not before or not first_day <= line.day <= last_day:
        return False
    entries, bookings = doubts_at(entry.volunteer_id, certificate.issued_at)
    return line.booking_id not in bookings and not any(row.id in entries for row in line.entries)
