"""Creating people and changing what they are; every change that takes something away ends their sessions."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from flask_babel import lazy_gettext as _l

from citizen.accounts.models import Person, StaffRole
from citizen.accounts.rules import Contact, contact_of, ensure_good_password
from citizen.accounts.services.devices import forget_all
from citizen.accounts.services.passwords import hash_password, matches
from citizen.core import clock
from citizen.core.audit import record
from citizen.core.content import content
from citizen.core.database import constraint_means, locked
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.permissions import STAFF, Role
from citizen.core.text import clean_name, is_blank, is_reserved
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.web.sessions import end_sessions_of

Actor = tuple[int | None, str]
CONSOLE: Actor = (None, "system")


def _taken() -> InvalidInput:
    return InvalidInput(_l("There is already an account with this. Please sign in instead."), "contact")


for _name in ("uq_people_email", "uq_people_phone", "people.email", "people.phone"):
    constraint_means(_name, _taken)


@lru_cache(maxsize=1)
def common_passwords() -> frozenset[str]:
    """The passwords that everybody tries first."""
    path = Path(__file__).resolve().parent.parent / "common_passwords.txt"
    return frozenset(path.read_text(encoding="utf-8").split())


def load(person_id: int) -> Person:
    """The person's row, fresh and locked for this transaction; raises NotFound."""
    person = locked(Person, Person.id == person_id)
    if person is None:
        raise NotFound()
    return person


def resident_name(raw: object, contact: Contact) -> str:
    """The typed name, else the masked contact; raises InvalidInput for a name that poses as the office."""
    if not isinstance(raw, str) or is_blank(raw):
        return contact.shown
    name = clean_name(raw, field="name")
    units = [unit.name_hans for unit in directory().units.values()]
    if is_reserved(name, [*content().site.get("reserved_names", []), *units]):
        raise InvalidInput(_l("This name looks like an office. Please choose another one."), "name")
    return name


def new_password_hash(password: str, *, contact: Contact, old: str = "") -> str:
    """The hash of an acceptable new password; raises InvalidInput at ``password``.

    Slow on purpose: call it before the transaction, so that no lock is held meanwhile.
    """
    ensure_new_password(password, contact=contact, old=old)
    return hash_password(password)


def ensure_new_password(password: str, *, contact: Contact, old: str = "") -> None:
    """Raise InvalidInput at ``password`` for one that cannot be taken: quick, since nothing is hashed."""
    ensure_good_password(password, common={*common_passwords(), old.casefold()}, contact=contact)


def sign_up(contact: Contact, password_hash: str, *, name: object = "") -> Person:
    """A new resident; raises InvalidInput at ``contact`` (taken) or ``name`` (reserved)."""
    person = Person(
        name=resident_name(name, contact),
        email=contact.email,
        phone=contact.phone,
        password_hash=password_hash,
        created_at=clock.now(),
    )
    db.session.add(person)
    db.session.flush()
    record("person.signed_up", "person", subject_id=person.id, actor=(person.id, "self"))
    return person


def change_profile(person_id: int, *, name: str, language: str | None) -> None:
    """Store name and language; raises InvalidInput at ``name``. Staff keep names that only staff may have."""
    person = load(person_id)
    contact = Contact(person.email, person.phone)
    if name != person.name:
        person.name = clean_name(name, field="name") if person.is_staff else resident_name(name, contact)
    person.language = language
    db.session.flush()


def ensure_password(person_id: int, old: str) -> None:
    """Raise InvalidInput at ``old_password`` unless it is the person's password."""
    if not matches(db.session.get_one(Person, person_id).password_hash, old):
        raise InvalidInput(_l("This is not your present password."), "old_password")


def set_password(person_id: int, password_hash: str, *, once: bool = False, actor: Actor | None = None) -> None:
    """Store a new password, end every session, forget every browser; ``once``: to be replaced at sign-in."""
    person = load(person_id)
    person.password_hash, person.must_change_password = password_hash, once
    end_sessions_of(person.id)
    forget_all(person.id)
    record("person.password_changed", "person", subject_id=person.id, actor=actor or (person.id, "self"))


def create_staff(
    email: str, password: str, *, name: str, roles: frozenset[Role], unit: str | None, post: str = ""
) -> Person:
    """A new member of staff, who must replace the password; raises InvalidInput, Conflict when taken."""
    contact = contact_of(email, field="email")
    if contact.email is None:
        raise InvalidInput(_l("Staff sign in by e-mail address."), "email")
    if _by_email(contact.email) is not None:
        raise Conflict(_l("There is already an account with this. Please sign in instead."))
    if unit is not None and unit not in directory().units:
        raise InvalidInput(_l("There is no unit with this code."), "unit")
    ensure_good_password(password, common=common_passwords(), contact=contact)
    person = Person(
        name=clean_name(name, 60),
        email=contact.email,
        password_hash=hash_password(password),
        must_change_password=True,
        unit_code=unit,
        post=clean_name(post, 60) if not is_blank(post) else "",
        created_at=clock.now(),
        grants=[StaffRole(role=role) for role in sorted(roles)],
    )
    db.session.add(person)
    db.session.flush()
    detail = {"roles": sorted(roles)}
    record("person.staff_created", "person", subject_id=person.id, actor=CONSOLE, detail=detail)
    return person


def grant(email: str, role: Role, *, actor: Actor = CONSOLE) -> None:
    """Give a role; raises NotFound for an unknown address, Conflict when it is held already."""
    person = _known(email)
    if role in person.roles:
        raise Conflict(_l("This role is held already."))
    person.grants.append(StaffRole(role=role))
    _changed(person, "person.role_granted", role, actor)


def revoke(email: str, role: Role, *, actor: Actor = CONSOLE) -> None:
    """Take a role away at once, in open sessions too; raises NotFound, Conflict when it is not held."""
    person = _known(email)
    held = [row for row in person.grants if row.role == role]
    if not held:
        raise Conflict(_l("This role is not held."))
    person.grants.remove(held[0])
    _changed(person, "person.role_revoked", role, actor)


def disable(email: str, *, actor: Actor = CONSOLE) -> None:
    """Close an account at once, in open sessions too; raises NotFound."""
    person = _known(email)
    person.disabled_at = clock.now()
    _changed(person, "person.disabled", None, actor)


def _changed(person: Person, action: str, role: Role | None, actor: Actor) -> None:
    db.session.flush()
    end_sessions_of(person.id)
    detail = {"role": str(role)} if role in STAFF else {}
    record(action, "person", subject_id=person.id, actor=actor, detail=detail)


def _by_email(email: str) -> Person | None:
    return locked(Person, Person.email == email)


def _known(email: str) -> Person:
    person = _by_email(contact_of(email).email or "")
    if person is None:
        raise NotFound(_l("No account has this e-mail address."))
    return person
