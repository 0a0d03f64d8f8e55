"""Every page of volunteering with something on it, in three languages, for whoever may open it."""

from __future__ import annotations

import pytest
from flask import Flask

from citizen.certificates.models import Certificate
from citizen.certificates.rules import masked_name
from citizen.core import clock
from citizen.extensions import db
from citizen.volunteers.models import HoursEntry, HoursRequest, Shift, Stop, Team, Volunteer
from tests.demo.conftest import NOW
from tests.demo.language_walk import mixed
from tests.pages.test_languages import LANGUAGES, wrong_texts
from tests.volunteers.addresses import counts, office_addresses, public_addresses, volunteer_addresses

PARTS = {
    "": public_addresses,
    "volunteer@demo.invalid": volunteer_addresses,
    "coordinator@demo.invalid": office_addresses,
}


@pytest.mark.parametrize("who", list(PARTS))
def test_no_page_of_volunteering_mixes_languages(loaded: Flask, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    assert all(counts().values()), counts()
    own = own_words()
    languages = LANGUAGES if "coordinator" not in who else ("zh-Hans",)

    def excuse(text: str, language: str) -> bool:
        return language != "zh-Hans" and only_own_words(text, language, own)

    assert not mixed(loaded, PARTS[who](), who=who, excuse=excuse, languages=languages)


def own_words() -> list[str]:
    """What people wrote themselves has one language and is shown as it is: names, partly hidden ones too, and reasons."""
    columns = (
        Volunteer.name,
        Team.name,
        HoursEntry.reason,
        HoursRequest.reason,
        Certificate.holder,
        Stop.words,
        Shift.cancel_words,
    )
    found = {text for column in columns for text in db.session.execute(db.select(column).distinct()).scalars() if text}
    found |= {masked_name(name) for name in db.session.execute(db.select(Volunteer.name)).scalars()}
    return sorted(found, key=len, reverse=True)


def only_own_words(text: str, language: str, own: list[str]) -> bool:
    """Whether nothing is wrong with ``text`` once people's own words are taken out."""
    if language == "zh-Hant":
        text = text.rpartition(" (")[0]  # the report names the characters after the text
    for words in own:
        text = text.replace(words, "")
    return not wrong_texts(f'<html lang="{language}"><p>{text}</p></html>', language, set())
