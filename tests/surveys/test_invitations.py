"""Invitations: made for the cells, told exactly once, made again, and what became of them."""

from __future__ import annotations

import csv
import io

import pypdfium2
import pytest
from flask import Flask
from sqlalchemy import text

from citizen.accounts.models import Person
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.numbers import group_code
from citizen.extensions import db
from citizen.surveys.documents.handing_out import cards_file
from citizen.surveys.forms.fields import serials_of
from citizen.surveys.models import Invitation, Wave
from citizen.surveys.queries.waves import invitation_with
from citizen.surveys.rules.waves import Channel, Disposition
from citizen.surveys.services import invitations
from citizen.surveys.services.invitations import Made
from tests.client import PageClient
from tests.surveys.making import make_invitation, make_wave, strata_of

A1 = frozenset({"A1"})


def rows(wave_id: int) -> dict[int, Invitation]:
    """All invitations by serial, fresh."""
    db.session.expire_all()
    query = db.select(Invitation).where(Invitation.wave_id == wave_id).order_by(Invitation.serial)
    return {row.serial: row for row in db.session.execute(query).scalars()}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("3, 8、12-15", [3, 8, 12, 13, 14, 15]),
        ("７ ７；7", [7]),
        ("1–3 2~4", [1, 2, 3, 4]),
        ("", []),
        ("5-3", None),
        ("0", None),
        ("1-99999", None),
        ("x", None),
        ("-4", None),
        ("1 " * 30, [1]),
    ],
)
def test_serial_numbers_as_people_type_them(typed: str, expected: list[int] | None) -> None:
    assert serials_of(typed, 20) == expected


def test_as_many_as_the_targets_ask_for_and_never_more_than_live_there(app: Flask, people: dict[str, Person]) -> None:
    leader = people["leader"].id
    with transaction():
        wave = make_wave(cell=(70, 25))
        _at, made = invitations.make_invitations(wave.id, Channel.LINK, factor=1.5, areas=A1, by=leader)
    assert [row.ages for row in made] == ["18-44"] * 38 + ["45-59"] * 38 + ["60+"] * 38
    assert [row.serial for row in made] == list(range(1, 115))
    with transaction():
        _at, more = invitations.make_invitations(wave.id, Channel.CARD, factor=2, areas=A1, by=leader)
    assert (len(more), more[0].serial) == (3 * 32, 115), "what is left of seventy people"
    for areas, factor in ((A1, 1), (frozenset[str](), 1)):
        with pytest.raises(InvalidInput), transaction():
            invitations.make_invitations(wave.id, Channel.CARD, factor=factor, areas=areas, by=leader)


def test_one_file_has_its_limits_and_its_time(app: Flask, people: dict[str, Person]) -> None:
    leader = people["leader"].id
    with transaction():
        large, closed, early = make_wave(cell=(9_000, 300)), make_wave(state="closed"), make_wave(state="draft")
    with pytest.raises(InvalidInput), transaction():
        invitations.make_invitations(large.id, Channel.CARD, factor=2, areas=A1, by=leader)
    for wave in (closed, early):
        with pytest.raises(Conflict), transaction():
            invitations.make_invitations(wave.id, Channel.CARD, factor=2, areas=A1, by=leader)


def test_the_database_knows_no_token(app: Flask, people: dict[str, Person]) -> None:
    with transaction():
        wave = make_wave(cell=(100, 2))
        _at, made = invitations.make_invitations(wave.id, Channel.CARD, factor=1, areas=A1, by=people["leader"].id)
    with db.engine.connect() as connection:
        everything = "".join(
            str(row)
            for table in db.metadata.sorted_tables
            for row in connection.execute(text(f"SELECT * FROM {table.name}"))
        )
    for row in made:
        found = invitation_with(group_code(row.token).lower())
        assert found is not None and found.serial == row.serial
        assert row.token not in everything and row.token.lower() not in everything


def test_made_again_the_old_ones_open_nothing_and_the_used_ones_stay(app: Flask, people: dict[str, Person]) -> None:
    leader = people["leader"].id
    with transaction():
        wave = make_wave(cell=(100, 3))
        _at, first = invitations.make_invitations(wave.id, Channel.CARD, factor=1, areas=A1, by=leader)
        _at, other = invitations.make_invitations(wave.id, Channel.LINK, factor=1, areas=A1, by=leader)
    with transaction():
        invitations.note_disposition(wave.id, [2], Disposition.REFUSED, by=leader)
        invitations.note_disposition(wave.id, [3], Disposition.NOT_REACHED, by=leader)
    with transaction():
        channel, again = invitations.make_again(wave.id, 1, by=leader)
    assert (channel, [row.serial for row in again]) == (Channel.CARD, [1, 3, 4, 5, 6, 7, 8, 9])
    assert invitation_with(first[0].token) is None and invitation_with(first[1].token) is not None
    assert all(invitation_with(row.token) is not None for row in (*again, *other))
    assert len(rows(wave.id)) == 18
    with pytest.raises(NotFound), transaction():
        invitations.make_again(wave.id, 999, by=leader)


def test_what_became_of_them(app: Flask, people: dict[str, Person]) -> None:
    leader = people["leader"].id
    with transaction():
        cell = strata_of(make_wave())[0]
        for serial, kind in ((501, Disposition.UNUSED), (502, Disposition.REFUSED), (503, Disposition.ANSWERED)):
            make_invitation(cell, serial=serial, disposition=kind)
    refused: list[tuple[list[int], str]] = [
        ([501, 503], "refused"),
        ([501, 777], "refused"),
        ([501], "answered"),
        ([], "refused"),
        ([501], "x"),
    ]
    for serials, noted in refused:
        with pytest.raises(InvalidInput), transaction():
            invitations.note_disposition(cell.wave_id, serials, noted, by=leader)
    assert rows(cell.wave_id)[501].disposition == Disposition.UNUSED, "all of them or none"
    with transaction():
        assert invitations.note_disposition(cell.wave_id, [501, 502], "invalid_address", by=leader) == 2
    with transaction():
        invitations.note_disposition(cell.wave_id, [502], "unused", by=leader)
    found = rows(cell.wave_id)
    assert (found[501].disposition, found[501].disposed_on is None) == ("invalid_address", False)
    assert (found[502].disposition, found[502].disposed_on) == ("unused", None)


def page_texts(data: bytes) -> list[str]:
    """The words of each page of a PDF."""
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data)]


def test_cards_are_eight_on_a_page(app: Flask) -> None:
    made = [Made(n, "A1", "60+", f"ABCDE{n:05d}") for n in range(1, 18)]
    with transaction():
        wave = make_wave(title_en="What residents know about the county's rules for sorting waste and dogs")
    with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        pages = page_texts(cards_file(db.session.get_one(Wave, wave.id), made))
    assert [page.count("ABCDE-") for page in pages] == [8, 8, 1]
    assert "ABCDE-00017" in pages[2] and "№ 17" in pages[2] and "/surveys/answer" in pages[2].replace("\r\n", "")


def test_a_file_is_given_out_once(client: PageClient, app: Flask) -> None:
    with transaction():
        wave = make_wave(cell=(100, 2))
    client.sign_in("leader@demo.invalid").get("/?lang=en")
    page = f"/office/waves/{wave.id}/invitations"
    form = {"key": "k" * 32, "channel": "link", "factor": "2", "areas": ["A1"]}
    changes: list[dict[str, object]] = [{"factor": "many"}, {"factor": "99"}, {"channel": "drum"}, {"areas": []}]
    for change in changes:
        assert client.submit(page, {**form, **change}).status_code == 422
    file = client.submit(page, form)
    links = list(csv.reader(io.StringIO(file.text.lstrip("\ufeff"))))
    assert (file.mimetype, len(links)) == ("text/csv", 13)
    assert file.headers["Cache-Control"] == "no-store" and links[1][3].startswith("http")
    assert invitation_with(links[1][3].rsplit("/", 1)[1]) is not None
    again = client.submit(page, form)
    assert again.status_code == 303 and len(rows(wave.id)) == 12
    assert "made before" in client.get(page).text and links[1][3] not in client.get(page).text
    new = client.submit(f"{page}/1/again", {})
    assert new.mimetype == "text/csv" and links[1][3] not in new.text
    cards = client.submit(page, {**form, "key": "c" * 32, "channel": "card"})
    assert (cards.mimetype, len(page_texts(cards.data))) == ("application/pdf", 2)
    listed = client.submit(page, {**form, "key": "i" * 32, "channel": "interview"})
    assert listed.status_code == 303
    lists = client.get(f"/office/waves/{wave.id}/interviewers.csv").text
    assert len(lists.strip().splitlines()) == 13 and "http" not in lists
    noted = client.submit(
        f"/office/waves/{wave.id}/dispositions", {"serials": "1-3", "disposition": "refused"}, page=page
    )
    assert noted.status_code == 303
    wrong = client.submit(
        f"/office/waves/{wave.id}/dispositions", {"serials": "1-3, 888", "disposition": "refused"}, page=page
    )
    assert wrong.status_code == 422 and "888" in wrong.text
