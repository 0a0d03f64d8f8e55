"""The form of a verification."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, MultipleFileField, RadioField
from wtforms.fields.choices import SelectChoice

from citizen.cases.checklists import FAIL, PASS, PHOTO, UNSEEN, VISITED, Item
from citizen.core.errors import InvalidInput
from citizen.core.text import clean_text
from citizen.web.forms import DecisionForm, paragraph

WHY_LIMIT = 500


class CheckForm(DecisionForm):
    """How it was checked, and words for the unit; the items are fields beside this form, see `answers_of`."""

    how = RadioField(
        _l("How did you check?"),
        choices=[SelectChoice(VISITED, _l("I was at the place")), SelectChoice(PHOTO, _l("The photo is sufficient"))],
        validate_choice=False,
    )
    words = paragraph(_l("A word to the unit"), WHY_LIMIT)
    photos = MultipleFileField(_l("Your own photos"))
    items = HiddenField()


def answers_of(form: MultiDict[str, str], asked: Sequence[Item]) -> dict[str, dict[str, str]]:
    """{item id: {"value", "why"}} of the items that were asked; unknown values count as no answer.

    Raises InvalidInput for words that are too long or are no text.
    """
    found: dict[str, dict[str, str]] = {}
    for item in asked:
        value = form.get(f"c{item.id}", "")
        why = clean_text(form.get(f"why{item.id}", ""), WHY_LIMIT, field="items")
        if value in (PASS, FAIL, UNSEEN) or why:
            found[item.id] = {"value": value if value in (PASS, FAIL, UNSEEN) else "", "why": why}
    return found


def typed_answers(form: MultiDict[str, str], asked: Sequence[Item]) -> dict[str, dict[str, str]]:
    """What was typed, good or bad, cut to the length of the field: shown again beside what was wrong with it."""
    try:
        return answers_of(form, asked)
    except InvalidInput:
        return {
            item.id: {"value": form.get(f"c{item.id}", ""), "why": form.get(f"why{item.id}", "")[:WHY_LIMIT]}
            for item in asked
        }
