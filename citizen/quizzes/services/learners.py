"""How a person appears on boards: a nickname of their own, hidden, or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.content import content, to_traditional
from citizen.core.database import constraint_means, locked
from citizen.core.errors import InvalidInput, NotFound
from citizen.core.text import to_simplified
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.quizzes.models import Learner
from citizen.quizzes.rules import naming


def _taken() -> InvalidInput:
    # Also said of somebody's real name: who has an account here is nobody's business.
    return InvalidInput(_l("This name cannot be had. Please choose another one"), "nickname")


for _name in ("uq_learners_nickname", "learners.nickname"):
    constraint_means(_name, _taken)


@dataclass(frozen=True, slots=True)
class Appearance:
    """What a person says of themselves for the boards."""

    nickname: object
    area_code: str = ""
    hidden: bool = False


def appear(person_id: int, wanted: Appearance) -> Learner:
    """Write how the person appears from now on, on frozen boards too.

    Raises NotFound for an unknown person, InvalidInput for a nickname that is taken, gives somebody away or poses as the
    office, and for a community that does not exist.
    """
    person = locked(Person, Person.id == person_id)
    if person is None:
        raise NotFound()
    nickname = naming.clean_nickname(wanted.nickname)
    if wanted.area_code and wanted.area_code not in directory().areas:
        raise InvalidInput(_l("Choose a community from the list"), "area")
    learner = locked(Learner, Learner.person_id == person_id)
    if learner is None or learner.nickname != nickname:
        _ensure_free(nickname, person)
    if learner is None:
        learner = Learner(person_id=person_id)
    learner.nickname, learner.hidden = nickname, wanted.hidden
    learner.area_code, learner.changed_at = wanted.area_code or None, clock.now()
    db.session.add(learner)
    db.session.flush()
    return learner


def leave(person_id: int) -> None:
    """Forget nickname and community: the person stands on no board any more, not even on frozen ones."""
    learner = locked(Learner, Learner.person_id == person_id)
    if learner is not None:
        db.session.delete(learner)
        db.session.flush()


def _ensure_free(nickname: str, person: Person) -> None:
    units = [unit.name_hans for unit in directory().units.values()]
    naming.ensure_nickname(
        nickname,
        own_name=person.name,
        contacts=[contact for contact in (person.phone, person.email) if contact],
        reserved=[*content().site.get("reserved_names", []), *units],
    )
    alike = {form.casefold() for form in (nickname, to_simplified(nickname), to_traditional(nickname))}
    taken = db.select(Learner.person_id).where(
        db.func.lower(Learner.nickname).in_(alike), Learner.person_id != person.id
    )
    somebody = db.select(Person.id).where(db.func.lower(Person.name).in_(alike))
    if db.session.execute(taken.limit(1)).first() or db.session.execute(somebody.limit(1)).first():
        raise _taken()
