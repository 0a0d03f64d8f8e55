"""The demonstration's sign-ins: one account for every role, all under demo.invalid."""

from __future__ import annotations

from typing import Any

from citizen.accounts.models import Person, StaffRole
from citizen.accounts.services.passwords import hash_password
from citizen.core import clock
from citizen.core.content import Content
from citizen.core.permissions import Role
from citizen.extensions import db

#: The roster's words for roles → ours; a unit's account both answers at the desk and works in the field.
ROLES: dict[str, tuple[Role, ...]] = {
    "moderator": (Role.MODERATOR,),
    "shift_leader": (Role.LEADER,),
    "leader": (Role.LEADER,),
    "head": (Role.HEAD,),
    "office_head": (Role.HEAD,),
    "unit": (Role.CLERK, Role.WORKER),
    "unit_clerk": (Role.CLERK, Role.WORKER),
    "clerk": (Role.CLERK, Role.WORKER),
    "field_worker": (Role.WORKER,),
    "verifier": (Role.VERIFIER,),
    "coordinator": (Role.COORDINATOR,),
    "inspector": (Role.INSPECTOR,),
    "publisher": (Role.PUBLISHER,),
    "admin": (Role.ADMIN,),
    "administrator": (Role.ADMIN,),
}


def add_people(files: Content, password: str) -> int:
    """Add the roster's accounts that are missing, all with ``password``; returns how many were added.

    Flushes; the caller's transaction commits.
    """
    known = set(db.session.execute(db.select(Person.email)).scalars())
    hashed = hash_password(password)
    added = 0
    for row in files.yaml("units.yaml")["staff"]:
        if row["sign_in"] not in known:
            db.session.add(_person(row, hashed))
            added += 1
    db.session.flush()
    return added


def _person(row: dict[str, Any], password_hash: str) -> Person:
    return Person(
        name=row["name_zh"],
        email=row["sign_in"],
        password_hash=password_hash,
        unit_code=row.get("unit"),
        post=row.get("post_zh", ""),
        demo=True,
        created_at=clock.now(),
        grants=[StaffRole(role=role) for role in ROLES.get(row["role"], ())],
    )
