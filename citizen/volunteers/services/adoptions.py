"""A team takes a section for a season: asking, deciding, renewing, ending.

Locked in one order: the section, its adoption, the weekly pattern, shifts by id, volunteers by id. The section's lock makes two
teams that ask at once follow each other; a partial unique index holds the same rule.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.content import Words
from citizen.core.database import constraint_means, locked
from citizen.core.errors import Conflict, NotFound
from citizen.extensions import db
from citizen.volunteers.models import Adoption, Section, Shift, Team, TeamMember, Volunteer
from citizen.volunteers.queries.templates import pattern_of
from citizen.volunteers.rules import sections as rules
from citizen.volunteers.rules.approvals import ensure_version, ensure_words
from citizen.volunteers.rules.booking import SYSTEM, By
from citizen.volunteers.rules.patterns import Pattern
from citizen.volunteers.rules.sections import AdoptionState, Season
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.services import messages
from citizen.volunteers.services.approvals import is_own
from citizen.volunteers.services.places import lock_shifts
from citizen.volunteers.services.sections import lock_section
from citizen.volunteers.services.shifts import cancel_shift
from citizen.volunteers.services.templates import (
    TemplateDraft,
    create_template,
    edit_template,
    end_template,
    lock_template,
)

_TAKEN = _l("Another team was faster: this section is taken or asked for.")
for _name in ("ux_adoptions_held", "adoptions.section_id"):
    constraint_means(_name, lambda: Conflict(_TAKEN))


def ask(section_id: int, team_id: int, season: Season, *, by: By) -> Adoption:
    """Ask for a section for a season, as the leader of an approved team.

    Raises NotFound for a section that is not offered and for a team that ``by`` does not lead, InvalidInput for a season
    beyond the limits, Conflict when the section is taken or the team holds three already.
    """
    section = lock_section(section_id)
    if not section.active or not section.post.active:
        raise NotFound()
    team = _led(team_id, by)
    if team.approved_at is None:
        raise Conflict(_l("A coordinator has to approve the team first."))
    rules.ensure_season(season, clock.today())
    if db.session.execute(_held(Adoption.section_id == section.id)).scalar_one():
        raise Conflict(_TAKEN)
    if db.session.execute(_held(Adoption.team_id == team.id)).scalar_one() >= rules.MOST_SECTIONS:
        raise Conflict(_l("A team looks after at most three sections at a time."))
    return _add(Adoption(section_id=section.id, team_id=team.id, state=AdoptionState.ASKED), season, by=by)


def _held(*criteria: Any) -> Any:
    return db.select(func.count(Adoption.id)).where(Adoption.state.in_(rules.HELD), *criteria)


def _led(team_id: int, by: By) -> Team:
    """The team, locked, if ``by`` leads it; raises NotFound, as for one that does not exist."""
    team = locked(Team, Team.id == team_id)
    leader = db.session.get(Volunteer, team.leader_id) if team else None
    if team is None or team.ended_at is not None or leader is None or leader.person_id != by.person_id:
        raise NotFound()
    return team


def _add(row: Adoption, season: Season, *, by: By) -> Adoption:
    for name in Season.__slots__:
        setattr(row, name, getattr(season, name))
    row.created_at = clock.now()
    db.session.add(row)
    db.session.flush()
    record(f"adoption.{row.state}", "adoption", subject_id=row.id, actor=by.pair, states=(None, row.state))
    return row


def withdraw(adoption_id: int, *, version: object, by: By) -> Adoption:
    """Take a request back before it is decided; raises NotFound unless ``by`` leads the team, Conflict when it is too late."""
    row, _section = _lock(adoption_id)
    _led(row.team_id, by)
    ensure_version(version, row.version)
    if row.state not in rules.OPEN:
        rules.ensure_state(row.state, AdoptionState.ASKED)
    _move(row, AdoptionState.WITHDRAWN, by=by)
    return row


def ask_renewal(adoption_id: int, until_day: date | None, *, by: By) -> Adoption:
    """Ask for another season in the same rhythm; asking for the same once more changes nothing.

    Raises NotFound unless ``by`` leads the team, InvalidInput for its length, Conflict when it is too early or was asked.
    """
    row, section = _lock(adoption_id)
    _led(row.team_id, by)
    rules.ensure_renewal(row.state, row.until_day, clock.today())
    rules.ensure_end(until_day, row.until_day)
    known = renewal_of(section.id)
    if known is not None and known.until_day == until_day:
        return known
    if known is not None:
        raise Conflict(_l("Another season was asked for already."))
    season = Season(row.weekday, row.starts, row.minutes, row.capacity, from_day=row.until_day, until_day=until_day)
    return _add(Adoption(section_id=section.id, team_id=row.team_id, state=AdoptionState.RENEWAL), season, by=by)


def renewal_of(section_id: int) -> Adoption | None:
    """The request for another season that nobody has decided yet."""
    query = db.select(Adoption).where(Adoption.section_id == section_id, Adoption.state == AdoptionState.RENEWAL)
    return db.session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def approve(adoption_id: int, *, version: object, by: By) -> Adoption:
    """Give the section to the team, or the season that it asks for on top; its shifts are made at once.

    Raises NotFound, MissingVersion, Conflict when it was decided, has passed, or is the decider's own team.
    """
    row, section = _lock_to_decide(adoption_id, version=version, by=by)
    if row.until_day <= clock.today():
        raise Conflict(_l("This season has passed. Refuse it; the team can ask again."))
    if row.state == AdoptionState.RENEWAL:
        return _renew(row, section, by=by)
    rules.ensure_state(row.state, AdoptionState.ASKED)
    row.from_day = max(row.from_day, clock.today())
    pattern = Pattern(
        weekdays=(row.weekday,),
        starts=row.starts,
        minutes=row.minutes,
        capacity=row.capacity,
        min_needed=1,
        from_day=row.from_day,
        until_day=row.until_day,
    )
    template = create_template(TemplateDraft(section.post_id, pattern, team_id=row.team_id), by=by)
    row.template_id = template.id
    _decide(row, AdoptionState.RUNNING, "", by=by)
    _tell_leader("adoption_approved", row, section=section, day=row.from_day)
    return row


def _renew(row: Adoption, section: Section, *, by: By) -> Adoption:
    """Lengthen the running season by the one asked for; the rhythm stays as it is."""
    query = db.select(Adoption.id).where(Adoption.section_id == section.id, Adoption.state == AdoptionState.RUNNING)
    running_id = db.session.execute(query).scalar_one_or_none()
    running = locked(Adoption, Adoption.id == running_id) if running_id else None
    if running is None or running.team_id != row.team_id or running.template_id is None:
        raise Conflict(_l("The season that was to be renewed has ended. The team can ask for the section anew."))
    template = lock_template(running.template_id)
    if template.ended_at is not None:
        raise Conflict(_l("The season that was to be renewed has ended. The team can ask for the section anew."))
    pattern = replace(pattern_of(template), from_day=clock.today(), until_day=row.until_day)
    edit_template(template, pattern, move_booked=False, by=by)
    running.until_day = row.until_day
    running.version += 1
    _decide(row, AdoptionState.GRANTED, "", by=by)
    _tell_leader("adoption_renewed", row, section=section, day=row.until_day)
    return running


def refuse(adoption_id: int, words: str, *, version: object, by: By) -> Adoption:
    """Refuse a section, or another season of it, with words that the leader reads."""
    ensure_words(words, "words")
    row, section = _lock_to_decide(adoption_id, version=version, by=by)
    if row.state not in rules.OPEN:
        rules.ensure_state(row.state, AdoptionState.ASKED)
    _decide(row, AdoptionState.REFUSED, words.strip(), by=by)
    _tell_leader("adoption_refused", row, section=section, words=words.strip())
    return row


def end(adoption_id: int, words: str, *, version: object, by: By) -> int:
    """End a season early: coming shifts that nobody booked are cancelled, booked ones take place, all members are told.

    Returns how many were cancelled. Raises as `approve`, and InvalidInput without words.
    """
    ensure_words(words, "words")
    row, section = _lock_to_decide(adoption_id, version=version, by=by)
    rules.ensure_state(row.state, AdoptionState.RUNNING)
    cancelled = _end_shifts(row, words.strip(), by=by)
    row.until_day = max(row.from_day, min(row.until_day, clock.today()))
    _decide(row, AdoptionState.ENDED, words.strip(), by=by)
    _close_renewal(section.id, words.strip(), by=by)
    for member in _members(row.team_id):
        _tell(member, "adoption_ended", row=row, section=section, day=row.until_day, words=words.strip())
    return cancelled


def _end_shifts(row: Adoption, words: str, *, by: By) -> int:
    """Cancel what nobody booked and end the pattern; returns how many shifts were cancelled."""
    if row.template_id is None:
        return 0
    template = lock_template(row.template_id)
    coming = db.select(Shift.id).where(
        Shift.template_id == template.id, Shift.status == ShiftStatus.OPEN, Shift.starts_at > clock.now()
    )
    shifts = lock_shifts(db.session.execute(coming).scalars().all())
    free = [shift for shift in shifts.values() if shift.taken == 0 and shift.waiting == 0]
    for shift in free:
        cancel_shift(shift, words, by=by)
    db.session.flush()
    if template.ended_at is None:
        end_template(template, by=by)
    return len(free)


def _close_renewal(section_id: int, words: str, *, by: By) -> None:
    """A request to renew what has ended has no object any more."""
    renewal = renewal_of(section_id)
    if renewal is not None:
        _decide(renewal, AdoptionState.REFUSED, words, by=by)


def finish(adoption_id: int, today: date) -> bool:
    """End a season whose last day has passed, or a request that outlived its season; returns whether it was due."""
    row, section = _lock(adoption_id)
    if row.state not in rules.HELD or row.until_day >= today:
        return False
    _move(row, AdoptionState.ENDED, by=SYSTEM)
    _close_renewal(section.id, "", by=SYSTEM)
    return True


def _lock(adoption_id: int) -> tuple[Adoption, Section]:
    section_id = db.session.execute(db.select(Adoption.section_id).where(Adoption.id == adoption_id)).scalar()
    if section_id is None:
        raise NotFound()
    section = lock_section(section_id)
    row = locked(Adoption, Adoption.id == adoption_id)
    if row is None:
        raise NotFound()
    return row, section


def _lock_to_decide(adoption_id: int, *, version: object, by: By) -> tuple[Adoption, Section]:
    row, section = _lock(adoption_id)
    team = db.session.get_one(Team, row.team_id)
    if is_own(db.session.get_one(Volunteer, team.leader_id), by.person_id):
        raise Conflict(_l("You lead this team. Another coordinator decides on it."))
    ensure_version(version, row.version)
    return row, section


def _decide(row: Adoption, state: AdoptionState, words: str, *, by: By) -> None:
    row.decided_by, row.decided_at, row.words = by.person_id, clock.now(), words
    _move(row, state, by=by, words=words)


def _move(row: Adoption, state: AdoptionState, *, by: By, words: str = "") -> None:
    before, row.state = row.state, state
    row.version += 1
    detail = {"words": words} if words else {}
    record(f"adoption.{state}", "adoption", subject_id=row.id, actor=by.pair, states=(before, state), detail=detail)


def _members(team_id: int) -> list[Volunteer]:
    """Everybody in the team with an account; children hear it from their guardian."""
    query = db.select(Volunteer).join(TeamMember, TeamMember.volunteer_id == Volunteer.id)
    query = query.where(TeamMember.team_id == team_id, Volunteer.person_id.is_not(None))
    found = {row.id: row for row in db.session.execute(query.order_by(Volunteer.id)).scalars()}
    leader = db.session.get_one(Volunteer, db.session.get_one(Team, team_id).leader_id)
    return list({**found, leader.id: leader}.values())


def _tell_leader(event: str, row: Adoption, *, section: Section, **values: Any) -> None:
    leader = db.session.get_one(Volunteer, db.session.get_one(Team, row.team_id).leader_id)
    _tell(leader, event, row=row, section=section, **values)


def _tell(member: Volunteer, event: str, *, row: Adoption, section: Section, **values: Any) -> None:
    name = Words(section.name_hans, section.name_hant, section.name_en or section.name_hans)
    messages.say(event, member, values={"section": name, **values}, key=f"{event}:{row.id}:{member.id}")
