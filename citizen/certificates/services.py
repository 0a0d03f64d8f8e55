"""Issuing, revoking and checking certificates. A feature that certifies something calls `issue` in its own transaction."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from citizen.accounts.models import Person
from citizen.certificates import rules
from citizen.certificates.models import Certificate
from citizen.certificates.rules import Issuer, Standing, Statement
from citizen.core import clock
from citizen.core.audit import record
from citizen.core.content import content
from citizen.core.database import constraint_means, locked
from citizen.core.errors import Conflict, NotFound
from citizen.core.text import clean_name
from citizen.extensions import db

_ELSEWHERE = _l("This has been certified already, in another account.")
for _name in ("uq_certificates_dedupe_key", "certificates.dedupe_key"):
    constraint_means(_name, lambda: Conflict(_ELSEWHERE))


def issue(
    statement: Statement, *, person_id: int, by_id: int | None = None, dedupe_key: str | None = None
) -> Certificate:
    """The certificate of ``statement`` in the account ``person_id``; issued by ``by_id``, or by the site itself.

    With a ``dedupe_key`` (at most 120 characters, naming what is certified) a repetition gives the certificate of the
    first time, a revoked one too: what was revoked returns only under another key. Raises NotFound for an unknown
    person, InvalidInput when there is nothing to certify or the name cannot be printed, Conflict when the key belongs
    to somebody else's certificate.
    """
    rules.ensure_statement(statement)
    # The person's lock makes two equal requests follow each other, so that the second finds what the first issued.
    if locked(Person, Person.id == person_id) is None:
        raise NotFound()
    known = _issued_before(dedupe_key)
    if known is not None:
        if known.person_id != person_id:
            raise Conflict(_ELSEWHERE)
        return known
    return _add(statement, person_id=person_id, by_id=by_id, dedupe_key=dedupe_key)


def revoke(certificate_id: int, reason: str, *, by_id: int) -> Certificate:
    """Take a certificate back for good; from this transaction on the check page says so.

    Raises NotFound, Conflict when it is revoked already, InvalidInput for a missing or too long reason.
    """
    certificate = locked(Certificate, Certificate.id == certificate_id)
    if certificate is None:
        raise NotFound()
    rules.ensure_can_be_revoked(certificate.revoked_at, reason.strip())
    certificate.revoked_at, certificate.revoked_by = clock.now(), by_id
    certificate.revoke_reason = reason.strip()
    _record("certificate.revoked", certificate, by_id=by_id)
    return certificate


def check(certificate: Certificate) -> bool:
    """Whether everything that was printed is still as it was on the day of issue."""
    if not isinstance(certificate.snapshot, dict) or certificate.snapshot.get("kind") != certificate.kind:
        return False
    printed = rules.fingerprint(
        certificate.number,
        certificate.token,
        holder=certificate.holder,
        snapshot=certificate.snapshot,
        issued_at=certificate.issued_at,
    )
    return printed == certificate.hash


def standing_of(certificate: Certificate) -> Standing:
    """Valid, revoked or altered."""
    return rules.standing(intact=check(certificate), revoked_at=certificate.revoked_at)


def _issued_before(dedupe_key: str | None) -> Certificate | None:
    if dedupe_key is None:
        return None
    query = db.select(Certificate).where(Certificate.dedupe_key == dedupe_key)
    return db.session.execute(query).scalar_one_or_none()


def _add(statement: Statement, *, person_id: int, by_id: int | None, dedupe_key: str | None) -> Certificate:
    now, site = clock.now(), content().site
    holder = clean_name(statement.holder, rules.MAX_HOLDER, field="holder")
    snapshot = rules.snapshot_of(statement, Issuer(site["office"], site["county"]))
    number, token = _free_number(clock.local(now).year), rules.new_token()
    certificate = Certificate(
        number=number,
        token=token,
        kind=statement.kind.value,
        person_id=person_id,
        holder=holder,
        snapshot=snapshot,
        hash=rules.fingerprint(number, token, holder=holder, snapshot=snapshot, issued_at=now),
        issued_at=now,
        issued_by=by_id,
        dedupe_key=dedupe_key,
    )
    db.session.add(certificate)
    db.session.flush()
    _record("certificate.issued", certificate, by_id=by_id)
    return certificate


def _free_number(year: int) -> str:
    """A number that no certificate has; one in a thousand million is taken, so the second try is for the books."""
    while True:
        number = rules.new_number(year)
        if db.session.execute(db.select(Certificate.id).where(Certificate.number == number)).first() is None:
            return number


def _record(action: str, certificate: Certificate, *, by_id: int | None) -> None:
    """The hash stands in the chained trail too: who rewrites the row and its hash is found out there."""
    record(
        action,
        "certificate",
        subject_id=certificate.id,
        actor=(by_id, "staff" if by_id is not None else "system"),
        detail={"number": certificate.number, "hash": certificate.hash},
    )
