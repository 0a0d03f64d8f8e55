"""Shapes of the pages of a report; what the values mean is decided by the services."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, RadioField

from citizen.core.errors import InvalidInput
from citizen.core.numbers import parse_coordinate
from citizen.core.text import clean_line, normalise_email, normalise_phone
from citizen.photos.evidence import Evidence
from citizen.reports.queries import chosen_category, groups
from citizen.reports.rules import MAX_LANDMARK, MAX_WORDS, UNSURE, Contact, says_something
from citizen.web.forms import Cleaned, Form, line, paragraph
from citizen.web.locale import localised


def short(label: Any = "") -> HiddenField:
    """A hidden value of at most sixty characters."""
    return HiddenField(label, validators=[Cleaned(60)])


class PlaceForm(Form):
    """Step 2. Every field is text; `citizen.reports.services.places` makes one place of them."""

    area = RadioField(_l("Choose the township"), validate_choice=False)
    landmark = line(_l("What is nearby?"), MAX_LANDMARK)
    q = line(_l("Find a place by its name"), 60)
    point = RadioField(_l("Is it one of these?"), validate_choice=False)
    photo = short()
    lon = short()
    lat = short()
    accuracy = short()
    source = short()
    datum = short()

    #: The names that a draft keeps.
    NAMES = ("area", "landmark", "q", "point", "photo", "lon", "lat", "accuracy", "source", "datum")

    def typed(self) -> dict[str, str]:
        """What was typed, by field."""
        return {name: self[name].data or "" for name in self.NAMES}


class WhatForm(Form):
    """Step 3: an everyday group or a category, and words."""

    group = RadioField(_l("Choose the closest kind"), validate_choice=False)
    category = RadioField(_l("More exactly"), validate_choice=False)
    find = line(_l("Or find it by a word"), 60)
    words = paragraph(_l("Tell us what you saw"), MAX_WORDS)

    #: The names that a draft keeps.
    NAMES = ("group", "category", "find", "words")

    def typed(self) -> dict[str, str]:
        """What was typed, by field."""
        return {name: self[name].data or "" for name in self.NAMES}

    def complete(self, photos: int) -> bool:
        """Whether a kind is chosen and, with photos or words, something is said; else the fields say what
        is missing."""
        category = chosen_category(self.category.data)
        if category is None and self.group.data not in (*groups(), UNSURE):
            self.group.errors = [_l("Choose a kind of problem; if you are not sure, choose the last one.")]
        if not says_something(self.words.data or "", photos):
            self.words.errors = [_l("Write two characters or more about what you saw, or go back and add a photo.")]
        return not self.errors

    def answers(self) -> dict[str, Any]:
        """The checked values: a category decides the group."""
        category = chosen_category(self.category.data)
        group = (category.resident_group if category else None) or self.group.data or UNSURE
        return {
            "group": group,
            "category": category.code if category else None,
            "words": self.words.data or "",
        }


class CheckForm(Form):
    """Step 4: optional contact. ``website`` is invisible to people; programs fill it in."""

    name = line(_l("Your name"), 60)
    phone = line(_l("Telephone number"), 60)
    email = line(_l("E-mail"), 254)
    website = line(_l("Leave this empty"), 200)

    #: The names that a draft keeps.
    NAMES = ("name", "phone", "email")

    def typed(self) -> dict[str, str]:
        """What was typed, by field."""
        return {name: self[name].data or "" for name in self.NAMES}

    def contact(self) -> Contact:
        """The contact with its number normalised and kept as typed; raises InvalidInput naming the field."""
        return Contact(
            name=self.name.data or "",
            phone=normalise_phone(self.phone.data, field="phone"),
            phone_typed=self.phone.data or "",
            email=normalise_email(self.email.data, field="email"),
        )


def option_hints() -> tuple[list[tuple[str, str]], dict[str, str]]:
    """Choices and hints of the group question in the page's language, without the last row."""
    rows = groups()
    return [(code, localised(row, "name")) for code, row in rows.items()], {
        c: localised(r, "hint") for c, r in rows.items()
    }


def asked(form: MultiDict[str, str]) -> dict[str, str]:
    """Answers to a category's questions, from the fields ``ask-<question>``; at most ten, short ones only."""
    given = [(name[4:], value) for name, value in form.items() if name.startswith("ask-")]
    return {name: value for name, value in given[:10] if len(name) <= 40 and 0 < len(value) <= 40}


def browser_evidence(form: MultiDict[str, str], index: int) -> Evidence | None:
    """What the page's script read from chosen file ``index``: local time, WGS-84 degrees; nonsense counts
    as nothing."""

    def value(name: str) -> str:
        values = form.getlist(name)
        return values[index] if index < len(values) else ""

    lat, lon = parse_coordinate(value("exif_lat")), parse_coordinate(value("exif_lon"))
    if lat is None or lon is None or abs(lat) > 90 or (lat == 0 and lon == 0):
        lat = lon = None
    found = Evidence(taken_at=_moment(value("taken_at")), lat=lat, lon=lon)
    return found if found != Evidence() else None


def _moment(raw: str) -> datetime | None:
    """A camera's local time such as 2026-09-01T08:30:00; years from 1990 to 2099."""
    try:
        moment = datetime.strptime(raw[:30], "%Y-%m-%dT%H:%M:%S")  # a camera's clock has no zone
    except ValueError:
        return None
    return moment if 1990 <= moment.year < 2100 else None


def shown_name(raw: str | None) -> str:
    """A file's name as text to show back to its sender."""
    try:
        return clean_line((raw or "")[-100:], 120)
    except InvalidInput:
        return ""
