"""Step 3: what it is, in everyday groups, by a word, or left to the office."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core.database import transaction
from citizen.photos.queries import photos_of
from citizen.projection.queries import Near
from citizen.reports.forms import WhatForm, asked, option_hints
from citizen.reports.models import Category, Draft
from citizen.reports.queries import call_first, chosen_category, find_categories, near_or_nothing
from citizen.reports.rules import UNSURE, PlaceChoice, known_answers, next_step
from citizen.reports.services import drafts
from citizen.reports.views.door import bp, own_draft, to_step
from citizen.web.access import public
from citizen.web.locale import localised, page_language


@bp.get("/reports/new/<key>/what")
@public
def what(key: str) -> ResponseReturnValue:
    """Groups, words, and what is known nearby."""
    draft = own_draft(key)
    if draft.report_id:
        return to_step(draft, "receipt")
    if not draft.data.get("place"):
        return to_step(draft, "place")
    saved = draft.data.get("what") or {}
    typed = draft.data.get("typed", {}).get("what") or saved
    return _page(draft, WhatForm(formdata=None, data=typed))


@bp.post("/reports/new/<key>/what")
@public
def save_what(key: str) -> ResponseReturnValue:
    """Save the problem; or show the categories that a word finds; a danger is first answered with telephone
    numbers."""
    draft = own_draft(key)
    if draft.report_id:
        return to_step(draft, "receipt")
    form, back = WhatForm(), request.args.get("back") == "check"
    if not form.validate():
        return _page(draft, form), 422
    if "search" in request.form:
        with transaction():
            drafts.remember(key, "what", typed=form.typed())
        return to_step(draft, "what", back=back, anchor="finding")
    if not form.complete(len(photos_of("draft", draft.id))):
        return _page(draft, form), 422
    values = _values(draft, form)
    with transaction():
        drafts.save(key, "what", values=values)
    if values["warned"] == "now":
        return to_step(draft, "what", back=back)
    return to_step(draft, next_step("what", back=back))


def _values(draft: Draft, form: WhatForm) -> dict[str, Any]:
    """The answers to store. ``warned`` is "now" when numbers to call are to be shown, "done" once they
    were."""
    values = form.answers()
    category = chosen_category(values["category"])
    values["answers"] = known_answers(category.questions, asked(request.form)) if category else {}
    before = draft.data.get("what") or {}
    same = before.get("group") == values["group"] and before.get("category") == values["category"]
    urgent = bool(call_first(values["group"], category))
    values["warned"] = "" if not urgent else "done" if same and before.get("warned") else "now"
    return values


def questions_of(category: Category | None, answers: dict[str, str]) -> list[dict[str, Any]]:
    """A category's questions in the page's language, with the answers given."""
    return [
        {
            "id": question["id"],
            "text": _words(question),
            "options": [
                {
                    "value": option["value"],
                    "text": _words(option),
                    "checked": answers.get(question["id"]) == option["value"],
                }
                for option in question["options"]
            ],
        }
        for question in (category.questions if category else [])
    ]


def _words(item: dict[str, str]) -> str:
    """A question's or an option's text in the page's language."""
    return item[{"zh-Hant": "hant", "en": "en"}.get(page_language(), "hans")] or item["hans"]


def near_cards(draft: Draft, group: str | None) -> list[dict[str, Any]]:
    """Released cases near the draft's place and of its group, as cards; empty whenever anything is missing
    or fails."""
    saved = draft.data.get("place")
    place = PlaceChoice.from_data(saved) if saved else None
    return [_card(near) for near in near_or_nothing(place, group if group != UNSURE else None)]


def _card(near: Near) -> dict[str, Any]:
    views, fact = current_app.view_functions, near.fact
    return {
        "number": fact.number,
        "title": localised(fact, "title"),
        "href": url_for("boards.entry", number=fact.number) if fact.surface == "board" else "",
        "state": fact.status,
        "metres": near.metres,
        "day": fact.reported_day,
        "join": url_for("tracking.join", number=fact.number) if "tracking.join" in views else "",
    }


def _page(draft: Draft, form: WhatForm) -> str:
    choices, hints = option_hints()
    form.group.choices = [*choices, (UNSURE, _("Not sure, please choose for me"))]
    chosen = chosen_category(form.category.data)
    found = find_categories(form.find.data or "") if form.find.data else []
    if chosen is not None and chosen.code not in [row.code for row in found]:
        found.insert(0, chosen)
    saved = draft.data.get("what") or {}
    group = (chosen.resident_group if chosen else None) or form.group.data
    back: dict[str, Any] = {"back": "check"} if request.args.get("back") == "check" else {}
    return render_template(
        "reports/what.html",
        draft=draft,
        form=form,
        form_errors=form.errors,
        hints={**hints, UNSURE: _("Our staff will sort it for you")},
        found=found,
        chosen=chosen,
        questions=questions_of(chosen, saved.get("answers") or {}),
        numbers=call_first(group, chosen) if saved.get("warned") == "now" else [],
        near=near_cards(draft, group),
        photos=len(photos_of("draft", draft.id)),
        action=url_for("reports.what", key=draft.key, **back),
        back=bool(back),
    )
