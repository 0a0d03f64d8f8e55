"""The sections on the coordinator's desk: what has to be decided, what runs, and one section with all its past."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.fields.choices import SelectChoice

from citizen.core import clock
from citizen.departments.queries import directory
from citizen.projection.documents import area_name
from citizen.volunteers.documents.sections import facts_line, rhythm, season_words
from citizen.volunteers.forms.sections import AnswerForm, SectionForm
from citizen.volunteers.models import Adoption, Section, Shift, Team, Volunteer
from citizen.volunteers.queries import sections as queries
from citizen.volunteers.queries.sections import PAGE, Listed, Wanted
from citizen.volunteers.rules.sections import OPEN, AdoptionState
from citizen.volunteers.services.sections import draft_of, mark
from citizen.web.locale import localised
from citizen.web.templating import day, when

STATES: dict[str, tuple[str, Any]] = {
    "": ("none", _l("Free to take")),
    AdoptionState.ASKED: ("waiting", _l("Asked for")),
    AdoptionState.RUNNING: ("done", _l("Under way")),
    AdoptionState.REFUSED: ("held", _l("Turned down")),
    AdoptionState.WITHDRAWN: ("held", _l("Withdrawn")),
    AdoptionState.ENDED: ("held", _l("Ended")),
    AdoptionState.RENEWAL: ("waiting", _l("Another season asked for")),
    AdoptionState.GRANTED: ("done", _l("Another season granted")),
}


def desk(*, area: str, page: int, viewer_id: int) -> dict[str, Any]:
    """What waits for a decision, and one page of all sections."""
    wanted = Wanted(area=area if area in directory().areas else "", hidden=True)
    rows, total = queries.sections_page(wanted, page=page)
    last = max(1, -(-total // PAGE))
    return {
        "requests": [_request(*row, viewer_id=viewer_id) for row in queries.requests()],
        "rows": [_row(row) for row in rows],
        "total": total,
        "area": wanted.area,
        "areas": [(code, localised(row, "name")) for code, row in directory().areas.items()],
        "word": _("Page %(page)s of %(last)s", page=page, last=last) if last > 1 else "",
        "prev": _page(wanted, page - 1) if page > 1 else "",
        "next": _page(wanted, page + 1) if page < last else "",
    }


def _page(wanted: Wanted, page: int) -> str:
    return url_for("adoptions.index", page=page, area=wanted.area or None)


def _request(row: Adoption, section: Section, team: Team, leader: Volunteer, *, viewer_id: int) -> dict[str, Any]:
    renewal = row.state == AdoptionState.RENEWAL
    return {
        "id": row.id,
        "section": localised(section, "name"),
        "url": url_for("adoptions.show", section_id=section.id),
        "team": team.name,
        "leader": leader.name,
        "leader_url": url_for("register.show", volunteer_id=leader.id),
        "asks": _("until %(day)s instead", day=day(row.until_day)) if renewal else season_words(row),
        "renewal": renewal,
        "since": day(row.created_at),
        "own": leader.person_id == viewer_id,
    }


def _row(row: Listed) -> dict[str, Any]:
    shape, word = STATES[row.adoption.state if row.adoption else ""]
    return {
        "name": localised(row.section, "name"),
        "url": url_for("adoptions.show", section_id=row.section.id),
        "kind": facts_line(row.section, row.post)[0],
        "area": area_name(row.post.area_code),
        "state": shape if row.section.active else "held",
        "word": word if row.section.active else _("Not offered"),
        "team": row.team.name if row.team else "",
        "season": season_words(row.adoption) if row.adoption else "",
    }


def section_desk(row: Listed, *, form: SectionForm | None, answer: AnswerForm | None, viewer_id: int) -> dict[str, Any]:
    """One section with its form, what can be decided, and everything that was decided."""
    past = queries.adoptions_of(row.section.id)
    running = row.adoption if row.adoption and row.adoption.state == AdoptionState.RUNNING else None
    to_decide = next((one for one, _team in past if one.state in OPEN), None)
    leaders = _leaders({team.leader_id for one, team in past if one in (running, to_decide)})
    return {
        "section": row.section,
        "name": localised(row.section, "name"),
        "facts": [*facts_line(row.section, row.post), localised(row.post, "place")],
        "form": section_form(form, row.section),
        "answer": answer or AnswerForm(formdata=None),
        "to_decide": _detail(to_decide, past, leaders, viewer_id) if to_decide else None,
        "running": _detail(running, past, leaders, viewer_id) if running else None,
        "coming": _coming(running),
        "past": [_past(one, team) for one, team in past],
    }


def _leaders(ids: set[int]) -> dict[int, Volunteer]:
    rows = queries.leaders_of(ids) if ids else []
    return {row.id: row for row in rows}


def _detail(
    row: Adoption, past: list[tuple[Adoption, Team]], leaders: dict[int, Volunteer], viewer_id: int
) -> dict[str, Any]:
    team = next(team for one, team in past if one.id == row.id)
    leader = leaders[team.leader_id]
    return {
        "row": row,
        "team": team.name,
        "ended_team": team.ended_at is not None,
        "leader": leader.name,
        "leader_url": url_for("register.show", volunteer_id=leader.id),
        "season": season_words(row),
        "rhythm": rhythm(row),
        "renewal": row.state == AdoptionState.RENEWAL,
        "own": leader.person_id == viewer_id,
    }


def _coming(running: Adoption | None) -> list[dict[str, Any]]:
    if running is None or running.template_id is None:
        return []
    shifts = queries.shifts_to_come(running.template_id, clock.now())
    return [{"when": when(shift.starts_at), "places": _places(shift), "url": _shift_url(shift)} for shift in shifts]


def _places(shift: Shift) -> str:
    return f"{shift.taken} / {shift.capacity}"


def _shift_url(shift: Shift) -> str:
    known = "shifts.show" in current_app.view_functions
    return url_for("shifts.show", shift_id=shift.id) if known else ""


def _past(row: Adoption, team: Team) -> dict[str, Any]:
    shape, word = STATES[row.state]
    return {"team": team.name, "season": season_words(row), "state": shape, "word": word, "words": row.words}


def section_form(form: SectionForm | None, section: Section | None) -> SectionForm:
    """The form of a section with the posts to choose from; filled in from ``section`` unless it was sent."""
    if form is None and section is not None:
        draft = draft_of(section)
        values = {name: getattr(draft, name) for name in draft.__slots__}
        values["metres"] = "" if draft.metres is None else str(draft.metres)
        values["post_id"] = str(draft.post_id)
        form = SectionForm(formdata=None, seen=mark(draft), **values)
    form = form or SectionForm(formdata=None)
    posts = queries.posts_to_choose()
    chosen = section.post if section is not None else None
    if chosen is not None and chosen.id not in {post.id for post in posts}:
        posts = [chosen, *posts]
    form.post_id.choices = [
        SelectChoice("", _("Choose a post")),
        *(SelectChoice(str(post.id), _post_words(post)) for post in posts),
    ]
    return form


def _post_words(post: Any) -> str:
    return " · ".join((area_name(post.area_code), localised(post, "place"), localised(post.kind, "name")))
