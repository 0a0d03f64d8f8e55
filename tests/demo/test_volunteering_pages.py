"""Every page of volunteering with something on it, in three languages, for whoever may open it."""

from __future__ import annotations

import pytest
from flask import Flask

from citizen.certificates.models import Certificate
from citizen.certificates.rules import masked_name
from citizen.core import clock
from citizen.extensions import db
from citizen.volunteers.models import HoursEntry, HoursRequest, Shift, Stop, Team, Volunteer
from tests.client import PageClient
from tests.demo.conftest import NOW
from tests.pages.test_languages import LANGUAGES, source_texts, wrong_texts
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
    addresses, sources, own = PARTS[who](), source_texts(), own_words()
    loaded.test_client_class = PageClient
    client = loaded.test_client()
    if who:
        client.sign_in(who)  # type: ignore[attr-defined]
    wrong = {}
    for language in LANGUAGES if "coordinator" not in who else ("zh-Hans",):
        for address in addresses:
            answer = client.get(f"{address}{'&' if '?' in address else '?'}lang={language}")
            assert answer.status_code == 200, (address, answer.status_code)
            found = wrong_texts(answer.get_data(as_text=True), language, sources)
            found = [text for text in found if language == "zh-Hans" or not only_own_words(text, language, own)]
            if found:
                wrong[f"{address} {language}"] = found[:6]
    assert not wrong


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
