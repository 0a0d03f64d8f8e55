"""What the register's list shows: no phone, no address and no birth day; those stand on a volunteer's own page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.departments.queries import directory
from citizen.projection.documents import area_name
from citizen.volunteers.models import Volunteer
from citizen.volunteers.queries import register as queries
from citizen.volunteers.queries.register import Wanted
from citizen.volunteers.rules.approvals import INSURANCE_SOON, AgeGroup, Narrowing, age_group, needs_consent
from citizen.volunteers.rules.eligibility import OWN_ACCOUNT_AGE, age_on
from citizen.volunteers.rules.volunteers import SKILLS
from citizen.volunteers.services.approvals import Outcome
from citizen.web.locale import localised, page_language
from citizen.web.templating import day

NARROWINGS: dict[Narrowing, Any] = {
    Narrowing.CONSENT: _l("Consent missing"),
    Narrowing.BRIEFING: _l("Briefing missing"),
    Narrowing.INSURANCE: _l("Insurance ends within 30 days"),
    Narrowing.SUSPENDED: _l("Paused"),
    Narrowing.ON_CALL: _l("On call"),
    Narrowing.MINORS: _l("Under 18"),
}
AGE_WORDS: dict[AgeGroup, Any] = {
    AgeGroup.CHILD: _l("under 14"),
    AgeGroup.MINOR: _l("14 to 17"),
    AgeGroup.ADULT: _l("18 to 59"),
    AgeGroup.SENIOR: _l("60 and older"),
}
OUTCOMES: dict[Outcome, tuple[str, Any]] = {
    Outcome.DONE: ("done", _l("Recorded")),
    Outcome.SAME: ("held", _l("Was recorded already")),
    Outcome.OWN: ("waiting", _l("Your own record, or your child's: another coordinator decides")),
    Outcome.STALE: ("overdue", _l("Changed meanwhile: look at it again")),
    Outcome.GONE: ("overdue", _l("No such person")),
}
#: Consents shown above the list; the view of the register has them all.
MOST_CONSENTS = 8


def list_page(wanted: Wanted, *, before: int | None, viewer_id: int) -> dict[str, Any]:
    """One page of the register, with what waits for approval above its first."""
    today = clock.today()
    rows, last = queries.register_page(wanted, before=before, today=today)
    top = not before and wanted == Wanted()
    return {
        "wanted": wanted,
        "views": [_view("", _("All"), wanted), *(_view(code, name, wanted) for code, name in NARROWINGS.items())],
        "areas": [(code, localised(row, "name")) for code, row in directory().areas.items()],
        "skills": list(SKILLS.items()),
        "rows": person_rows(rows, today, viewer_id=viewer_id),
        "first_url": address(wanted) if before else "",
        "next_url": address(wanted, before=last) if last else "",
        "export_url": url_for("register.export", **values_of(wanted)),
        "today": today.isoformat(),
        "teams": teams(viewer_id) if top else [],
        **(_consents(today, viewer_id) if top else {"consents": [], "more_consents": ""}),
    }


def _consents(today: date, viewer_id: int) -> dict[str, Any]:
    rows = queries.consents_awaited(today, MOST_CONSENTS + 1)
    more = address(Wanted(narrow=Narrowing.CONSENT)) if len(rows) > MOST_CONSENTS else ""
    return {"consents": person_rows(rows[:MOST_CONSENTS], today, viewer_id=viewer_id), "more_consents": more}


def values_of(wanted: Wanted) -> dict[str, Any]:
    """The query values of a view."""
    values = {"q": wanted.words, "view": wanted.narrow, "area": wanted.area, "skill": wanted.skill}
    return {name: value for name, value in values.items() if value}


def address(wanted: Wanted, **more: Any) -> str:
    """The address of a view."""
    return url_for("register.index", **values_of(wanted), **more)


def _view(code: str, name: Any, wanted: Wanted) -> dict[str, Any]:
    other = Wanted(wanted.words, code, wanted.area, wanted.skill)
    return {"url": address(other), "label": name, "current": code == wanted.narrow, "count": None}


def teams(viewer_id: int) -> list[dict[str, Any]]:
    """Teams that wait for approval; the one that the viewer leads is for somebody else."""
    return [
        {
            "team": team,
            "leader": leader.name,
            "leader_url": url_for("register.show", volunteer_id=leader.id),
            "members": n,
            "area": area_name(team.area_code) if team.area_code else "",
            "own": leader.person_id == viewer_id,
        }
        for team, leader, n in queries.teams_awaited()
    ]


def joined(names: Iterable[Any]) -> str:
    """Names one after the other, with the page's own comma."""
    return (", " if page_language() == "en" else "、").join(str(name) for name in names)


def person_rows(rows: Sequence[Volunteer], today: date, *, viewer_id: int) -> list[dict[str, Any]]:
    """Rows of the list."""
    guardians = queries.guardians_of(rows)
    return [_row(row, guardians.get(row.guardian_id or 0), today, viewer_id=viewer_id) for row in rows]


def _row(row: Volunteer, guardian: Volunteer | None, today: date, *, viewer_id: int) -> dict[str, Any]:
    child = age_on(row.birth_day, today) < OWN_ACCOUNT_AGE
    return {
        "id": row.id,
        "version": row.version,
        "name": row.name,
        "url": url_for("register.show", volunteer_id=row.id),
        "age": AGE_WORDS[age_group(row.birth_day, today)],
        "areas": joined(area_name(code) for code in row.areas),
        "child_of": guardian.name if guardian else "",
        "briefed": day(row.briefed_on) if row.briefed_on else "",
        "briefing_counts": not child,
        "insured": day(row.insured_until) if row.insured_until else "",
        "insurance": _insurance(row.insured_until, today),
        "tags": _tags(row, today),
        "since": day(row.created_at),
        "own": viewer_id in (row.person_id, guardian.person_id if guardian else None),
    }


def _insurance(until: date | None, today: date) -> str:
    """The shape of the insurance: none, over, ending soon or in order."""
    if until is None:
        return ""
    if until < today:
        return "overdue"
    return "waiting" if until <= today + INSURANCE_SOON else "done"


def _tags(row: Volunteer, today: date) -> list[tuple[str, str]]:
    """Shape and word of everything that stands out."""
    found = []
    if row.suspended_at is not None:
        found.append(("overdue", _("Paused")))
    if needs_consent(row.birth_day, today) and row.consent_on is None:
        found.append(("waiting", _("Consent missing")))
    if row.care_approved_on is not None:
        found.append(("done", _("Home visits")))
    if row.on_call:
        found.append(("none", _("On call")))
    return found


def results(found: Sequence[tuple[int, str]], people: dict[int, Volunteer]) -> list[dict[str, Any]]:
    """What came of each row of a bulk act."""
    rows = []
    for id_, code in found:
        shape, word = OUTCOMES[Outcome(code)]
        person = people.get(id_)
        url = url_for("register.show", volunteer_id=id_) if person else ""
        rows.append({"name": person.name if person else str(id_), "url": url, "state": shape, "word": word})
    return rows
