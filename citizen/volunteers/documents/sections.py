"""The sections as everybody sees them: which are free, who looks after the others, and what was done there."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms.fields.choices import SelectChoice

from citizen.certificates.documents import long_day
from citizen.core import clock
from citizen.departments.drawing import county_drawing
from citizen.departments.queries import directory
from citizen.projection.documents import area_name
from citizen.volunteers.forms.sections import KIND_WORDS, WEEKDAYS, AdoptForm
from citizen.volunteers.models import Adoption, Post, Section, Team, Volunteer
from citizen.volunteers.queries import sections as queries
from citizen.volunteers.queries.sections import FREE, PAGE, TAKEN, Given, Listed, Wanted
from citizen.volunteers.rules.sections import AdoptionState, SectionKind, may_renew
from citizen.volunteers.services.adoptions import renewal_of
from citizen.web.locale import localised

STATES: dict[str, tuple[str, Any]] = {
    "": ("none", _l("Free to take")),
    AdoptionState.ASKED: ("waiting", _l("Asked for")),
    AdoptionState.RUNNING: ("done", _l("Adopted")),
}


def list_page(values: dict[str, str], *, page: int) -> dict[str, Any]:
    """One page of the sections, and the map with the same numbers; filters that mean nothing are passed over."""
    wanted = Wanted(
        area=values["area"] if values["area"] in directory().areas else "",
        kind=values["kind"] if values["kind"] in list(SectionKind) else "",
        state=values["state"] if values["state"] in (FREE, TAKEN) else "",
    )
    rows, total = queries.sections_page(wanted, page=page)
    last = max(1, -(-total // PAGE))
    return {
        "wanted": wanted,
        "total": total,
        "filtered": wanted != Wanted(),
        "states": _chips(wanted),
        "areas": [(code, localised(row, "name")) for code, row in directory().areas.items()],
        "kinds": list(KIND_WORDS.items()),
        "cards": [_card(row) for row in rows],
        "word": _("Page %(page)s of %(last)s", page=page, last=last) if last > 1 else "",
        "prev": _address(wanted, page=page - 1) if page > 1 else "",
        "next": _address(wanted, page=page + 1) if page < last else "",
        "county": county_drawing(),
        **_map(wanted),
    }


def _address(wanted: Wanted, *, page: int = 1, **changes: str) -> str:
    values = {"area": wanted.area, "kind": wanted.kind, "state": wanted.state, **changes}
    kept: dict[str, Any] = {name: value for name, value in values.items() if value}
    if page > 1:
        kept["page"] = page
    return url_for("sections.index", **kept)


def _chips(wanted: Wanted) -> list[dict[str, Any]]:
    names = (("", _("All")), (FREE, _("Free to take")), (TAKEN, _("Adopted")))
    return [
        {"url": _address(wanted, state=code), "label": name, "current": code == wanted.state} for code, name in names
    ]


def _map(wanted: Wanted) -> dict[str, Any]:
    """Circles and list rows of the same areas: whatever the map shows, the list says."""
    drawn = {area.code: area for area in county_drawing().areas}
    circles, rows = [], []
    for code, n in sorted(queries.section_counts(wanted).items(), key=lambda item: -item[1]):
        name, url = area_name(code), _address(wanted, area=code)
        words = ngettext("%(num)d section", "%(num)d sections", n)
        rows.append({"url": url, "label": name, "count": words})
        if code in drawn:
            place = {"x": drawn[code].x, "y": drawn[code].y}
            circles.append({**place, "count": n, "url": url, "label": f"{name}, {words}", "state": ""})
    return {"clusters": circles, "rows": rows}


def _card(row: Listed) -> dict[str, Any]:
    shape, word = STATES[row.adoption.state if row.adoption else ""]
    return {
        "url": url_for("sections.show", section_id=row.section.id),
        "name": localised(row.section, "name"),
        "meta": " · ".join(facts_line(row.section, row.post)),
        "extent": localised(row.section, "extent"),
        "state": shape,
        "word": word,
        "by": season_line(row.adoption, row.team) if row.adoption and row.team else "",
    }


def facts_line(section: Section, post: Post) -> list[str]:
    """Kind, area and length of a section."""
    found = [str(KIND_WORDS[SectionKind(section.kind)]), area_name(post.area_code)]
    if section.metres:
        found.append(_("%(n)s metres", n=f"{section.metres:,}"))
    return found


def season_line(adoption: Adoption, team: Team) -> str:
    """Who looks after a section and for which season; a team whose request is open is not named."""
    if adoption.state != AdoptionState.RUNNING:
        return ""
    return f"{team.name} · {season_words(adoption)}"


def season_words(adoption: Adoption) -> str:
    """From when to when."""
    return str(_("%(first)s to %(last)s", first=long_day(adoption.from_day), last=long_day(adoption.until_day)))


def section_page(row: Listed, *, volunteer: Volunteer | None) -> dict[str, Any]:
    """Everything on a section's page; a leader also finds what the own team can do here."""
    seasons = queries.seasons_of(row.section.id)
    given = queries.given_in([adoption for adoption, _team in seasons])
    shape, word = STATES[row.adoption.state if row.adoption else ""]
    return {
        "section": row.section,
        "name": localised(row.section, "name"),
        "extent": localised(row.section, "extent"),
        "facts": facts_line(row.section, row.post),
        "place": localised(row.post, "place"),
        "kind": localised(row.post.kind, "name"),
        "state": shape,
        "word": word,
        "season": season_line(row.adoption, row.team) if row.adoption and row.team else "",
        "rhythm": rhythm(row.adoption) if row.adoption and row.adoption.state == AdoptionState.RUNNING else "",
        "total": _given(given.values()),
        "seasons": [_season(adoption, team, given.get(adoption.id, Given())) for adoption, team in seasons],
        "free": row.adoption is None and row.section.active and row.post.active,
        **_of_leader(row, volunteer),
    }


def _given(rows: Any) -> dict[str, str]:
    shifts, minutes = 0, 0
    for row in rows:
        shifts, minutes = shifts + row.shifts, minutes + row.minutes
    return {"shifts": str(shifts), "hours": f"{minutes / 60:.1f}"}


def _season(adoption: Adoption, team: Team, given: Given) -> dict[str, Any]:
    return {
        "team": team.name,
        "season": season_words(adoption),
        "shifts": given.shifts,
        "hours": f"{given.minutes / 60:.1f}",
    }


def rhythm(adoption: Adoption) -> str:
    """When the team comes: weekday, time and how many."""
    return str(
        _(
            "every %(weekday)s at %(time)s, %(minutes)s minutes, up to %(people)s people",
            weekday=WEEKDAYS[adoption.weekday],
            time=adoption.starts,
            minutes=adoption.minutes,
            people=adoption.capacity,
        )
    )


def _of_leader(row: Listed, volunteer: Volunteer | None) -> dict[str, Any]:
    """What the leader of a team sees on top: the own request, its answer, and whether the season can be renewed."""
    teams = queries.teams_leading(volunteer.id) if volunteer else []
    ids = {team.id for team in teams}
    own = row.adoption if row.adoption and row.adoption.team_id in ids else None
    renewal = renewal_of(row.section.id) if own else None
    answer = queries.last_answer(row.section.id, ids) if ids else None
    return {
        "leads": bool(teams),
        "own": own,
        "own_request": own if own and own.state == AdoptionState.ASKED else renewal,
        "answer": answer.words if answer and answer.words else "",
        "can_renew": bool(own and renewal is None and may_renew(own.state, own.until_day, clock.today())),
        "teams_url": url_for("teams.index") if "teams.index" in current_app.view_functions else "",
    }


def offer_teams(form: AdoptForm, volunteer: Volunteer | None) -> list[Team]:
    """Put the teams that somebody may ask for into the form; returns them."""
    teams = queries.teams_leading(volunteer.id) if volunteer else []
    form.team_id.choices = [SelectChoice(str(team.id), team.name) for team in teams]
    return teams
