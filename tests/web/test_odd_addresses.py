"""Addresses that no page has: signs that a database cannot compare lead to the page that says so, on every address."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from tests.client import PageClient

#: NUL, which PostgreSQL refuses in a text; a surrogate on its own and bytes that are no text at all.
ODD = ("%00", "a%00b", "%ED%A0%80", "%FF")


def worded(app: Flask) -> Iterator[str]:
    """Every address of the site that can be read and has a word in it, with {} where its words stand."""
    for rule in app.url_map.iter_rules():
        address = re.sub(r"<int[^>]*>", "1", rule.rule)
        if "<" in address and "GET" in (rule.methods or ()) and rule.endpoint != "static":
            yield re.sub(r"<[^>]*>", "{}", address)


@pytest.mark.both_databases
def test_no_address_asks_a_database_for_what_it_cannot_compare(app: Flask) -> None:
    app.test_client_class = PageClient
    client: PageClient = app.test_client().sign_in("head@demo.invalid")  # type: ignore[attr-defined]
    client.echoes = True
    addresses = sorted(set(worded(app)))
    assert len(addresses) > 40 and "/quizzes/live/{}" in addresses and "/office/questions/{}" in addresses
    for address in addresses:
        answer = client.get(address.replace("{}", ODD[0]))
        assert answer.status_code == 404, address
    for address in ("/quizzes/live/{}", "/quizzes/share/{}", "/quizzes/attempts/{}/1", "/office/questions/{}"):
        for odd in ODD:
            assert client.get(address.replace("{}", odd)).status_code == 404, (address, odd)
    token = client.token("/account/")
    assert client.post("/quizzes/live/%00/answer", data={"csrf_token": token}).status_code == 404
