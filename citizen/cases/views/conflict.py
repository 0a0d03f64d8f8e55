"""When a decision met a change: the case as it was opened, as it is now, and what was typed, side by side."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from citizen.cases.models import Case
from citizen.cases.queries.case import last_change
from citizen.cases.services.claims import ClaimHeld, holders
from citizen.cases.views.due import deadline_words
from citizen.cases.views.panel import endpoint, fill_choices, verbs
from citizen.cases.views.queue import claim_of
from citizen.cases.views.words import area_name, category_name, due, state_tag, unit_name
from citizen.core import clock
from citizen.core.errors import Conflict
from citizen.web.forms import DecisionForm

TITLES: dict[str, Any] = {
    "accept": _l("Accept"),
    "dispatch": _l("Dispatch"),
    "ask": _l("Ask the reporter"),
    "give_up": _l("Stop waiting"),
    "reject": _l("Do not accept"),
    "revive": _l("Take up again"),
    "merge": _l("Merge"),
    "unmerge": _l("Separate again"),
    "refer": _l("Pass outside"),
    "release": _l("Release to people nearby"),
    "unrelease": _l("Take back from people nearby"),
}
_NAMES = {"category": category_name, "area": area_name, "unit": unit_name}
#: Fields of the form that are not what a person typed.
_SILENT = ("csrf_token", "version", "was_category", "was_area", "was_unit")


def conflict_page(case: Case, verb: str, *, form: DecisionForm, error: Conflict) -> str:
    """The page for a decision that was not stored; it can be sent again from here against the present version."""
    now = clock.now()
    holder = holders([case.id]).get(case.id)
    fill_choices(form, case)
    changed = last_change(case)
    return render_template(
        "cases/conflict.html",
        case=case,
        verb=verb,
        verb_word=TITLES[verb],
        endpoint=endpoint(verb),
        possible=verb in verbs(case, current_user),
        step=request.form.get("step", ""),
        held=isinstance(error, ClaimHeld),
        message=error.message,
        opened=form.version.data,
        changed_by=changed[0] if changed else "",
        changed_at=deadline_words(changed[1]) if changed else "",
        rows=_rows(case, form),
        kept=_kept(form),
        claim=claim_of(holder, now, viewer_id=current_user.id),
        due=due(case, now),
        tag=state_tag(case),
    )


def _rows(case: Case, form: DecisionForm) -> list[dict[str, Any]]:
    """The choices of the form beside what the case holds now."""
    theirs = {"category": case.category_code, "area": case.area_code, "unit": case.unit_code}
    rows = []
    for name, word in _NAMES.items():
        if name in form:
            then, mine = form[f"was_{name}"].data if f"was_{name}" in form else "", form[name].data
            same = theirs[name] == mine == then
            pick = "theirs" if mine == then and name != "unit" else "mine"
            labelled = {"then": word(then), "theirs": word(theirs[name]), "mine": word(mine)}
            rows.append({"name": name, "label": form[name].label.text, "same": same, "pick": pick, **labelled})
    return rows


def _kept(form: DecisionForm) -> list[dict[str, Any]]:
    """Everything else that was typed, to be shown and sent again."""
    rows = []
    for field in form:
        if field.name in _SILENT or not field.data:
            continue
        values = field.data if isinstance(field.data, list) else ["y" if field.data is True else str(field.data)]
        words = dict(getattr(field, "choices", None) or []) if field.name not in ("category",) else {}
        shown = ", ".join(str(words.get(value, value)) for value in values) if field.data is not True else _("yes")
        compared = field.name in _NAMES
        rows.append(
            {
                "name": field.name,
                "label": field.label.text,
                "values": values,
                "shown": "" if compared else shown,
            }
        )
    return rows
