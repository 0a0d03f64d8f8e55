"""The decision panel of a case: who may do what, with which forms, and where the rules send the case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from citizen.cases.forms import triage as forms
from citizen.cases.models import Case
from citizen.cases.rules import OPEN, Actor, CaseState, ensure_transition, possible
from citizen.cases.services.dispatch import alternatives, limits, route, route_for
from citizen.cases.services.door import By
from citizen.cases.services.release import precisions
from citizen.cases.services.triage import may_revive
from citizen.cases.views.due import deadline_words
from citizen.cases.views.words import unit_name
from citizen.core.permissions import Permission, Role, Viewer, allowed
from citizen.departments.queries import directory
from citizen.photos.rules import PhotoState
from citizen.reports.queries import chosen_category
from citizen.web.locale import localised

_CAPACITIES = ((Role.MODERATOR, Actor.MODERATOR), (Role.LEADER, Actor.LEADER), (Role.HEAD, Actor.HEAD))
#: The steps that this page offers; others have pages of their own.
VERBS = frozenset({"ask", "give_up", "accept", "reject", "revive", "merge", "unmerge", "refer", "dispatch"})
#: Address of each verb.
ENDPOINTS = {"dispatch": "cases.send", "release": "cases.let_out", "unrelease": "cases.take_back"}


def capacities(person: Viewer) -> list[Actor]:
    """In which capacities of the office ``person`` may act."""
    return [actor for role, actor in _CAPACITIES if role in person.roles]


def acting(person: Viewer, verb: str, state: str) -> By:
    """The person in the capacity that has ``verb`` for a case in ``state``; raises Conflict when none has."""
    able = capacities(person)
    fitting = [actor for actor in able if verb in possible(CaseState(state), actor)]
    actor = (fitting or able or [Actor.MODERATOR])[0]
    ensure_transition(verb, CaseState(state), actor)
    return By(person.id, actor)


def endpoint(verb: str) -> str:
    """The endpoint that carries out ``verb``."""
    return ENDPOINTS.get(verb, f"cases.{verb}")


def by_office(person: Viewer) -> By:
    """The person in the first capacity that they have in the office; the endpoint has asked for the permission."""
    return By(person.id, capacities(person)[0])


def verbs(case: Case, person: Viewer) -> set[str]:
    """What ``person`` may do with ``case`` on this page."""
    if not allowed(person, Permission.TRIAGE, case):
        return set()
    found = {verb for actor in capacities(person) for verb in possible(CaseState(case.state), actor)} & VERBS
    if case.state == CaseState.REJECTED and not may_revive(case):
        found.discard("revive")
    if case.state in OPEN and case.limit_version is not None:
        found.add("release")
    if case.released_at is not None:
        found.add("unrelease")
    return found


def dispatching(case: Case, now: datetime) -> dict[str, Any]:
    """Why the rules send the case where they do, and until when the unit would have."""
    found = route(case)
    category = chosen_category(case.category_code)
    sample = Case(
        urgency_rank=case.urgency_rank,
        limit_hours=category.limit_hours if category else 0,
        limit_clock=category.clock if category else "working",
    )
    deadline, sign = limits(sample, now)
    hours = sample.limit_hours or 0
    calendar_time = sample.limit_clock == "calendar" or case.urgency_rank == 0
    limit = (
        _("%(hours)s hours, day and night", hours=hours) if calendar_time else _("%(hours)s working hours", hours=hours)
    )
    return {
        "unit": unit_name(found.unit_code),
        "why": found.words,
        "category": str(localised(category, "name")) if category else "",
        "limit": limit,
        "hours": hours,
        "deadline": deadline_words(deadline),
        "sign": deadline_words(sign),
        "others": [unit_name(code) for code in alternatives(category, case.area_code)],
        "calendar": directory().calendar.version,
    }


def first_units(case: Case) -> list[str]:
    """The unit that the rules name and the others that may have to do with it."""
    category = chosen_category(case.category_code)
    named = route_for(category, case.area_code).unit_code
    return [code for code in (named, *alternatives(category, case.area_code)) if code]


def forms_for(case: Case, photos: Any, *, can: set[str], filled: dict[str, Any]) -> dict[str, Any]:
    """One form for every step that is possible, and those that came back."""
    units = first_units(case)
    now = {"category": case.category_code or "", "area": case.area_code, "unit": units[0] if units else ""}
    was = {f"was_{name}": value for name, value in now.items()}
    made: dict[str, Any] = {
        "accept": lambda: forms.AcceptForm(None, version=case.version, **now, **was),
        "dispatch": lambda: forms.DispatchForm(None, version=case.version, unit=now["unit"], was_unit=now["unit"]),
        "ask": lambda: forms.AskForm(None, version=case.version),
        "reject": lambda: forms.RejectForm(None, version=case.version),
        "merge": lambda: forms.MergeForm(None, version=case.version, reason="same_spot"),
        "refer": lambda: forms.ReferForm(None, version=case.version),
        "release": lambda: _release_form(case, photos),
        "note": lambda: forms.NoteForm(None),
    }
    found = {
        f"{verb}_form": filled.get(verb) or (make() if verb in can | {"note"} else None) for verb, make in made.items()
    }
    for form in found.values():
        if form is not None:
            fill_choices(form, case, photos=photos)
    wrong = [
        (_error_id(verb, name), texts[0])
        for verb, form in filled.items()
        for name, texts in form.errors.items()
        if texts
    ]
    return {**found, "wrong_items": wrong, "wrong_verb": next(iter(filled), ""), "form_errors": bool(wrong)}


def _error_id(verb: str, name: str) -> str:
    """The id of a field on the page: several forms stand there, so most fields carry their verb's name."""
    if name in ("reason", "precision", "photos") and verb != "merge":
        return f"{name}-0"
    if verb in ("accept", "dispatch", "note") or name == "version":
        return "" if name == "version" else name
    return f"{verb}-{name}"


def _release_form(case: Case, photos: Any) -> forms.ReleaseForm:
    return forms.ReleaseForm(
        None,
        version=case.version,
        title_hans=case.public_title_hans,
        title_en=case.public_title_en,
        precision=case.public_precision or precisions(case)[-1],
        photos=[str(photo.id) for photo in photos if photo.state == PhotoState.PUBLIC],
    )


def fill_choices(form: Any, case: Case, *, photos: Any = ()) -> None:
    """Give a form the lists of its selects."""
    if isinstance(form, forms.AcceptForm):
        form.offer(first_units(case))
    elif isinstance(form, forms.DispatchForm):
        form.unit.choices = forms.unit_choices(first_units(case))
    elif isinstance(form, forms.RejectForm):
        form.reason.choices = forms.reason_choices("refusal")
    elif isinstance(form, forms.MergeForm):
        form.reason.choices = forms.reason_choices("merge")
    elif isinstance(form, forms.ReleaseForm):
        words = {
            "point": _("Name of the point"),
            "street": _("The area, and a place rounded to 200 m"),
            "area": _("Only the area"),
        }
        form.precision.choices = [(name, words[name]) for name in precisions(case)]
        ready = (PhotoState.CHECKED, PhotoState.PUBLIC)
        form.photos.choices = [
            (str(photo.id), _("Photo %(number)s", number=number))
            for number, photo in enumerate(photos, start=1)
            if photo.state in ready
        ]
