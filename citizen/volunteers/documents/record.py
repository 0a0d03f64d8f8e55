"""What a volunteer's own page in the register shows, and the words of its history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from citizen.accounts.models import Person
from citizen.accounts.queries import people_by_id
from citizen.core import clock
from citizen.core.audit import Event
from citizen.extensions import db
from citizen.projection.documents import area_name
from citizen.volunteers.documents.register import AGE_WORDS, joined
from citizen.volunteers.forms.register import ACTS, RecordForm
from citizen.volunteers.models import Volunteer
from citizen.volunteers.queries import register as queries
from citizen.volunteers.queries.hours import total_minutes
from citizen.volunteers.queries.teams import teams_with
from citizen.volunteers.queries.volunteers import children_of, facts_of, needs_of, teams_of
from citizen.volunteers.rules.approvals import age_group, needs_consent
from citizen.volunteers.rules.booking import BookingState
from citizen.volunteers.rules.eligibility import ADULT, OWN_ACCOUNT_AGE, WORDS, age_on, obstacles
from citizen.volunteers.rules.volunteers import SKILLS, TIMES
from citizen.volunteers.services.approvals import VIEWED, is_own
from citizen.web.locale import localised
from citizen.web.templating import clock as time_of_day
from citizen.web.templating import day, when

CHANGES, LOOKS = 60, 20
ACTIONS: dict[str, Any] = {
    "volunteer.briefed_on": _l("Briefing recorded"),
    "volunteer.insured_until": _l("Insurance recorded"),
    "volunteer.consent_on": _l("Guardian's consent recorded"),
    "volunteer.care_approved_on": _l("Home visits decided"),
    "volunteer.suspended": _l("Paused"),
    "volunteer.resumed": _l("May go on"),
    "volunteer.corrected": _l("Name or day of birth corrected"),
    VIEWED: _l("Looked at"),
}
FIELDS: dict[str, Any] = {"name": _l("Full name"), "birth_day": _l("Day of birth")}
STATES: dict[str, tuple[str, Any]] = {
    BookingState.CONFIRMED: ("done", _l("Confirmed")),
    BookingState.OFFERED: ("waiting", _l("Asked, no answer yet")),
    BookingState.WAITING: ("none", _l("On the wait list")),
}


def record_page(volunteer: Volunteer, sent: dict[str, RecordForm], *, viewer_id: int) -> dict[str, Any]:
    """Everything on a volunteer's page; ``sent`` are forms that were refused, by their act."""
    today = clock.today()
    account = db.session.get(Person, volunteer.person_id) if volunteer.person_id else None
    own = is_own(volunteer, viewer_id)
    return {
        "volunteer": volunteer,
        "age": _age(volunteer.birth_day, today),
        "own": own,
        "facts": _facts(volunteer, account, today),
        "forms": {} if own else _forms(volunteer, sent, today),
        "bookings": _bookings(volunteer),
        "teams": joined(team.name for team, _members in teams_with(volunteer.id)),
        "children": children_of(volunteer.id),
        "events": _events(queries.changes_of(volunteer.id, but=VIEWED, most=CHANGES)),
        "looks": _events(queries.looks_at(volunteer.id, action=VIEWED, most=LOOKS)),
    }


def _age(birth_day: date, today: date) -> str:
    return str(_("%(age)s years old", age=age_on(birth_day, today)))


def _facts(volunteer: Volunteer, account: Person | None, today: date) -> list[tuple[str, str]]:
    rows = [
        (_("Age"), f"{_age(volunteer.birth_day, today)} · {AGE_WORDS[age_group(volunteer.birth_day, today)]}"),
        (_("Day of birth"), volunteer.birth_day.isoformat()),
        (_("Phone"), account.phone if account and account.phone else ""),
        (_("E-mail"), account.email if account and account.email else ""),
        (_("Guardian"), _guardian(volunteer)),
        (_("In an emergency"), volunteer.emergency_contact),
        (_("Areas"), joined(area_name(code) for code in volunteer.areas)),
        (_("Good at"), joined(SKILLS.get(code, code) for code in volunteer.skills)),
        (_("Usually free"), joined(TIMES.get(code, code) for code in volunteer.times)),
        (_("On call"), _("yes") if volunteer.on_call else ""),
        (_("Credited so far"), _("%(hours)s hours", hours=f"{total_minutes(volunteer.id) / 60:.1f}")),
        (_("Registered"), day(volunteer.created_at)),
    ]
    return [(str(label), str(value)) for label, value in rows if value]


def _guardian(volunteer: Volunteer) -> str:
    if volunteer.guardian_id is not None:
        return db.session.get_one(Volunteer, volunteer.guardian_id).name
    return " ".join(filter(None, (volunteer.guardian_name, volunteer.guardian_phone)))


def _forms(volunteer: Volunteer, sent: dict[str, RecordForm], today: date) -> dict[str, RecordForm]:
    """The forms of the decisions that make sense for this person now, filled in with what is on record."""
    age = age_on(volunteer.birth_day, today)
    sensible = {
        "briefing": age >= OWN_ACCOUNT_AGE,
        "insurance": True,
        "consent": needs_consent(volunteer.birth_day, today),
        "care": age >= ADULT,
        "suspend": volunteer.suspended_at is None,
        "resume": volunteer.suspended_at is not None,
        "correct": True,
    }
    known = {
        **{name: getattr(volunteer, name) for name in ("briefed_on", "insured_until", "consent_on")},
        **{name: getattr(volunteer, name) for name in ("guardian_name", "guardian_phone", "name", "birth_day")},
        "care": "yes" if volunteer.care_approved_on else "no",
        "call_off": True,
        "version": str(volunteer.version),
    }
    return {act: sent.get(act) or ACTS[act](formdata=None, **known) for act, shown in sensible.items() if shown}


def _bookings(volunteer: Volunteer) -> list[dict[str, Any]]:
    """Coming shifts, each with what now stands against it: a condition may have changed since it was booked."""
    teams = teams_of([volunteer.id])[volunteer.id]
    facts = facts_of(volunteer, teams=teams, with_guardian=True)
    rows = []
    for booking, shift in queries.coming_bookings(volunteer.id, clock.now()):
        against = [] if booking.override else obstacles(facts, needs_of(shift))
        shape, word = STATES[booking.state]
        rows.append(
            {
                "url": url_for("shifts.show", shift_id=shift.id) if "shifts.show" in _installed() else "",
                "title": f"{localised(shift.post.kind, 'name')} · {localised(shift.post, 'place')}",
                "when": f"{when(shift.starts_at)}–{time_of_day(shift.ends_at)}",
                "state": shape,
                "word": word,
                "against": WORDS[against[0]] if against else "",
            }
        )
    return rows


def _installed() -> Any:
    return current_app.view_functions


def _events(events: Sequence[Event]) -> list[dict[str, Any]]:
    people = people_by_id({event.actor_id for event in events if event.actor_id})

    def who(event: Event) -> str:
        return people[event.actor_id].name if event.actor_id in people else ""

    return [
        {
            "when": when(event.at),
            "iso": clock.local(event.at).isoformat(timespec="minutes"),
            "what": str(ACTIONS.get(event.action, event.action)),
            "text": " · ".join(filter(None, (who(event), _detail(event.detail)))),
            "who": who(event),
        }
        for event in events
    ]


def _detail(detail: dict[str, Any]) -> str:
    """What an event says beside its name, in words."""
    parts = []
    if "to" in detail:
        before, after = detail.get("from") or _("none"), detail["to"] or _("none")
        parts.append(f"{before} → {after}")
    if detail.get("guardian"):
        parts.append(_("guardian's name or phone changed"))
    parts.extend(str(FIELDS.get(name, name)) for name in detail.get("changed", []))
    if detail.get("called_off"):
        parts.append(_("bookings called off: %(n)s", n=detail["called_off"]))
    if detail.get("words"):
        parts.append(str(detail["words"]))
    return " · ".join(str(part) for part in parts)
