"""Forms of the moderators' desk. What a choice may be is judged by the services, in the same transaction."""

from __future__ import annotations

from functools import lru_cache

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice

from citizen.cases.services.notes import LIMIT as NOTE_LIMIT
from citizen.cases.services.release import TITLE_EN_LIMIT, TITLE_LIMIT
from citizen.cases.services.triage import BODY_LIMIT, NUMBER_LIMIT, QUESTION_LIMIT, WORDS_LIMIT
from citizen.core.content import content
from citizen.departments.queries import directory
from citizen.reports.queries import categories
from citizen.web.forms import DecisionForm, Form, line, paragraph
from citizen.web.locale import localised, page_language
from citizen.web.templating import words as spoken

Choices = list[tuple[str, str]]


def category_choices() -> dict[str, Choices]:
    """Categories of level 2 under the names of level 1, for a select with groups; first the empty one. Not to be changed."""
    return _category_choices(directory().stamp, page_language())


@lru_cache(maxsize=12)
def _category_choices(_stamp: str, _language: str) -> dict[str, Choices]:
    """They change with the county's content only, and every page of the desk shows them all."""
    rows = categories()
    parents = {code: str(localised(row, "name")) for code, row in rows.items() if row.level == 1}
    found: dict[str, Choices] = {name: [] for name in parents.values()}
    for code, row in rows.items():
        if row.level == 2:
            found[parents[row.parent_code or ""]].append((code, str(localised(row, "name"))))
    return {"": [("", _("Choose a category"))], **found}


@lru_cache(maxsize=12)
def _category_options(stamp: str, language: str) -> list[SelectChoice]:
    """The same as WTForms keeps them, so that it has nothing to do for each page."""
    groups = _category_choices(stamp, language)
    return [
        SelectChoice(value, label, optgroup=group or None) for group, rows in groups.items() for value, label in rows
    ]


def area_choices() -> Choices:
    """Areas in their order."""
    return [(code, str(localised(row, "name"))) for code, row in directory().areas.items()]


def unit_choices(first: list[str] | None = None) -> Choices:
    """All units, those in ``first`` before the others."""
    names = _unit_names(directory().stamp, page_language())
    codes = dict.fromkeys([*(first or []), *names])
    return [("", _("Choose a unit")), *((code, names[code]) for code in codes if code in names)]


@lru_cache(maxsize=12)
def _unit_names(_stamp: str, _language: str) -> dict[str, str]:
    return {code: str(localised(unit, "name")) for code, unit in directory().units.items()}


def reason_choices(kind: str) -> Choices:
    """The county's reasons of one kind, in staff's words."""
    return [(reason.code, spoken(reason.name)) for reason in content().reasons_of(kind)]


class AcceptForm(DecisionForm):
    """Category, area and unit; what they were when the page was opened comes back for the comparison on a conflict."""

    category = SelectField(_l("Category"), validate_choice=False)
    area = SelectField(_l("Area"), validate_choice=False)
    unit = SelectField(_l("Unit in charge"), validate_choice=False)
    compared = BooleanField(_l("I compared the cases nearby: this is another problem"))
    was_category = HiddenField()
    was_area = HiddenField()
    was_unit = HiddenField()

    def offer(self, first_units: list[str]) -> AcceptForm:
        """Fill the lists; returns the form."""
        self.category.choices = _category_options(directory().stamp, page_language())
        self.area.choices = area_choices()
        self.unit.choices = unit_choices(first_units)
        return self


class DispatchForm(DecisionForm):
    """Which unit an accepted case goes to."""

    unit = SelectField(_l("Unit in charge"), validate_choice=False)
    was_unit = HiddenField()


class AskForm(DecisionForm):
    """A question to the reporter."""

    words = paragraph(_l("What do you want to know? The reporter reads it"), QUESTION_LIMIT)


class RejectForm(DecisionForm):
    """A reason, and words for the reporter."""

    reason = RadioField(_l("Reason"), validate_choice=False)
    words = paragraph(_l("Words for the reporter; left empty, the reason's own words are sent"), WORDS_LIMIT)


class MergeForm(DecisionForm):
    """Under which case."""

    target = line(_l("Number of the case it belongs to"), 40)
    reason = SelectField(_l("Reason"), validate_choice=False)


class ReferForm(DecisionForm):
    """To whom outside the county's reach."""

    body = line(_l("Who takes it over"), BODY_LIMIT)
    number = line(_l("The number that they gave"), NUMBER_LIMIT)


class ReleaseForm(DecisionForm):
    """What the people nearby may know: words, precision, photos."""

    title_hans = line(_l("Title in Chinese, neutral and without names"), TITLE_LIMIT)
    title_en = line(_l("Title in English"), TITLE_EN_LIMIT)
    precision = RadioField(_l("How exactly the place is shown"), validate_choice=False)
    photos = SelectMultipleField(_l("Photos"), validate_choice=False)


class PlainForm(DecisionForm):
    """A decision that needs nothing but the version."""


class NoteForm(Form):
    """An internal note."""

    words = paragraph(_l("Internal note"), NOTE_LIMIT)
