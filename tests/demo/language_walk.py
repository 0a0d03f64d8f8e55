"""Walks many pages in three languages and gathers what stands there in another one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Flask

from tests.client import PageClient
from tests.pages.test_languages import LANGUAGES, source_texts, wrong_texts

#: Whether a text that looks wrong in a language is only what people wrote themselves.
Excuse = Callable[[str, str], bool]


def mixed(
    app: Flask, addresses: Sequence[str], *, who: str, excuse: Excuse, languages: Sequence[str] = LANGUAGES
) -> dict[str, list[str]]:
    """Page and language → its first texts in another language, for ``who`` (e-mail) or a stranger; every page must answer."""
    app.test_client_class = PageClient
    client, sources, wrong = app.test_client(), source_texts(), {}
    if who:
        client.sign_in(who)  # type: ignore[attr-defined]
    for language in languages:
        for address in addresses:
            answer = client.get(f"{address}{'&' if '?' in address else '?'}lang={language}")
            assert answer.status_code == 200, (address, answer.status_code)
            texts = wrong_texts(answer.get_data(as_text=True), language, sources)
            found = [text for text in texts if not excuse(text, language)]
            if found:
                wrong[f"{address} {language}"] = found[:6]
    return wrong
