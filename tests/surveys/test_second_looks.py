"""What somebody with a second look would find: small groups in any page or file, joints in the database, lost interviews."""

from __future__ import annotations

import io
import re
import secrets
import threading
from datetime import timedelta
from importlib import import_module
from typing import Any

import openpyxl
import pytest
from docx import Document
from flask import Flask

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict
from citizen.extensions import db
from citizen.surveys.models import Response, Wave
from citizen.surveys.queries import results
from citizen.surveys.rules.waves import Channel, Disposition, WaveState
from citizen.surveys.services import answering, waves
from citizen.surveys.services.answering import KeyTaken, Outcome, Sent
from citizen.surveys.services.waves import Cell, WaveDraft
from citizen.surveys.views import public
from tests.client import PageClient
from tests.surveys.making import NO, YES, items_of, make_invitation, make_measure, make_response, make_wave, strata_of
from tests.surveys.test_results import survey
from tests.surveys.test_results import wave as finished

__all__ = ["finished"]
# The package has blueprints of these names, which an import statement would find.
answering_pages, interview_pages = (
    import_module(f"citizen.surveys.views.{name}") for name in ("answering", "interviews")
)
HOME = "/office/interviews/"

# What is published of small groups


#: One answer in the youngest of A1, who does not count; A4 is too small as a whole.
SMALL = [
    [(0, 1), (22, 18), (25, 15)],
    [(30, 30), (20, 20), (21, 19)],
    [(33, 27), (28, 12), (21, 19)],
    [(3, 3), (2, 2), (5, 5)],
]


def everything(client: PageClient, wave_id: int, later_id: int) -> list[str]:
    """All that anybody can read of a wave, and of the next one that is compared with it, in every format."""
    db.session.rollback()
    client.application.extensions.pop("citizen_method_notes", None)
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/office/waves/{wave_id}/results.xlsx?lang=en").data))
    paths = [f"/office/waves/{wave_id}", f"/office/waves/{wave_id}/results", f"/office/waves/{wave_id}/results.csv"]
    paths += [f"/office/waves/{later_id}/results", f"/surveys/{wave_id}", f"/surveys/{later_id}", "/surveys/"]
    notes = [client.get(f"{place}/{wave_id}/method-note.docx?lang=en").data for place in ("/surveys", "/office/waves")]
    pages = [client.get(f"{path}?lang=en") for path in paths]
    assert [page.status_code for page in pages] == [200] * len(pages)
    return [
        *(re.sub(r'nonce="[^"]+"|value="[^"]{20,}"', "", page.text) for page in pages),
        *(str([[cell.value for cell in row] for row in sheet.iter_rows()]) for sheet in book),
        *map(words, notes),
    ]


def words(data: bytes) -> str:
    """All words of a .docx file."""
    file = Document(io.BytesIO(data))
    cells = [cell.text for table in file.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in file.paragraphs] + cells)


def trade(wave_id: int, first: int, second: int, *, yes: bool) -> None:
    """One answer that counts if ``yes`` moves from stratum ``first`` to ``second``."""
    with transaction():
        query = db.select(Response).where(
            Response.wave_id == wave_id, Response.stratum_id == first, Response.counts == yes
        )
        db.session.execute(query.limit(1)).scalar_one().stratum_id = second


def test_no_page_or_file_tells_what_a_few_people_answered(client: PageClient, app: Flask) -> None:
    """The only person of a group counts or does not, and is one or two: every page and file is the same to the last digit."""
    with transaction():
        measure = make_measure()
        wave, later = survey(SMALL, measure=measure, ago=90), survey(SMALL, measure=measure)
        youngest, middle = (row.id for row in strata_of(wave)[:2])
        wave_id, later_id = wave.id, later.id
    client.sign_in("leader@demo.invalid")
    before = everything(client, wave_id, later_id)
    trade(wave_id, middle, youngest, yes=True)
    assert everything(client, wave_id, later_id) == before, "two answered there"
    trade(wave_id, youngest, middle, yes=False)
    assert everything(client, wave_id, later_id) == before, "the only one counts"
    trade(wave_id, strata_of(wave_id)[3].id, middle, yes=True)
    assert everything(client, wave_id, later_id) != before, "control: between groups that are shown it is seen"


@pytest.mark.parametrize(("state", "told"), [("open", True), ("closed", False), ("released", False)])
def test_after_closing_the_desk_has_no_numbers_of_small_groups(
    client: PageClient, app: Flask, state: str, told: bool
) -> None:
    with transaction():
        wave = make_wave(state=state)
        for cell, n in zip(strata_of(wave), (7, 60, 61, 62, 63, 64), strict=True):
            for _person in range(n):
                make_response(cell, channel=Channel.INTERVIEW)
    client.sign_in("head@demo.invalid").get("/?lang=en")
    page = client.get(f"/office/waves/{wave.id}").text
    took_part = re.findall(r'data-label="Took part"[^>]*>([^<]+)<', page)
    assert took_part == (["7", "60", "61", "62", "63", "64"] if told else ["–", "–", "61", "62", "63", "64"])
    assert ("✓" in client.get(f"/office/waves/{wave.id}/interviewers.csv").text) is told


# Who releases


@pytest.mark.parametrize("part", ["edit", "table", "nothing"])
def test_whoever_wrote_in_a_survey_does_not_release_it(
    client: PageClient, app: Flask, people: dict[str, Person], part: str
) -> None:
    leader, head = people["leader"].id, people["head"].id
    with transaction():
        wave = make_wave(state="draft")
        wave_id, draft = (
            wave.id,
            WaveDraft(wave.measure_id, ("别的", "Other"), ("随机", "Drawn"), wave.opens_on, wave.closes_on),
        )
    with transaction():
        if part == "edit":
            waves.edit_wave(wave_id, draft, seen=1, by=head)
        elif part == "table":
            waves.set_strata(wave_id, [Cell("A1", "60+", 100, 10)], seen=1, by=head)
    with transaction():
        waves.open_wave(wave_id, seen=1 if part == "nothing" else 2, by=head)
    with transaction():
        waves.close_wave(wave_id, by=leader)
    client.sign_in("head@demo.invalid").get("/?lang=en")
    offered = f'href="/office/waves/{wave_id}/release"' in client.get(f"/office/waves/{wave_id}").text
    assert offered is (part == "nothing")
    if offered:
        assert client.submit(f"/office/waves/{wave_id}/release", {}).status_code == 303
    else:
        with pytest.raises(Conflict), transaction():
            waves.release(wave_id, head)


# Signing out


@pytest.mark.parametrize(
    ("who", "cleared"),
    [("verifier@demo.invalid", '"cache"'), ("resident@demo.invalid", '"cache", "storage"')],
)
def test_signing_out_leaves_what_interviewers_have_not_sent(client: PageClient, who: str, cleared: str) -> None:
    client.sign_in(who)
    assert client.submit("/account/sign-out", {}, page="/account/").headers["Clear-Site-Data"] == cleared


def test_signing_out_of_a_session_that_ended_leaves_it_too(client: PageClient) -> None:
    token = client.token("/account/sign-in")
    answer = client.post("/account/sign-out", data={"csrf_token": token})
    assert (answer.status_code, answer.headers["Clear-Site-Data"]) == (303, '"cache"')


# What the database keeps


@pytest.mark.both_databases
def test_closing_leaves_nothing_but_the_answers(app: Flask, people: dict[str, Person]) -> None:
    with transaction():
        wave = make_wave()
        first, second = strata_of(wave)[:2]
        make_response(first, channel=Channel.INTERVIEW, on=wave.opens_on)
        make_response(first, channel=Channel.CARD, yes=False)
        make_response(second, channel=Channel.LINK, on=wave.opens_on + timedelta(1))
        wave_id, last = wave.id, wave.closes_on
    before = {row.id: (row.stratum_id, row.answers, row.counts, row.key) for row in stored()}
    with transaction():
        waves.close_wave(wave_id, by=people["leader"].id)
    after = {row.id: (row.stratum_id, row.answers, row.counts, row.key) for row in stored()}
    assert {id_: row[:3] for id_, row in after.items()} == {id_: row[:3] for id_, row in before.items()}
    assert {(row.channel, row.answered_on) for row in stored()} == {("", last)}
    assert not {row[3] for row in after.values()} & {row[3] for row in before.values()}


def stored() -> list[Response]:
    """All responses, fresh."""
    db.session.rollback()
    return list(db.session.execute(db.select(Response).order_by(Response.stratum_id)).scalars())


# One interview is never taken for another


@pytest.fixture
def wave_id(app: Flask) -> int:
    """An open wave with interviewers' serials 1 to 3; 3 was answered by somebody else."""
    with transaction():
        wave = make_wave()
        for serial in (1, 2):
            make_invitation(strata_of(wave)[0], serial=serial, channel=Channel.INTERVIEW)
        make_invitation(strata_of(wave)[0], serial=3, channel=Channel.INTERVIEW, disposition=Disposition.ANSWERED)
        return wave.id


@pytest.fixture
def desk(client: PageClient, wave_id: int) -> PageClient:
    """A signed-in interviewer."""
    client.sign_in("verifier@demo.invalid").get("/?lang=en")
    return client


def items(wave_id: int) -> list[str]:
    """The items' ids as text."""
    return [str(item.id) for item in items_of(db.session.get_one(Wave, wave_id).measure_id)]


def hold(wave_id: int, serial: str, answers: dict[str, str], key: str = "k" * 32) -> Outcome:
    """Store an interview."""
    with transaction():
        return answering.interview(wave_id, serial, Sent(key, answers), on=clock.today())


def test_the_same_key_with_another_invitation_is_another_interview(app: Flask, wave_id: int) -> None:
    first, second = items(wave_id)
    mine, other = {first: YES, second: YES}, {first: NO}
    assert hold(wave_id, "1", mine) is Outcome.STORED
    assert hold(wave_id, "1", mine) is Outcome.ALREADY
    assert hold(wave_id, "1", other) is Outcome.USED, "it says something else, so it is not what is stored"
    assert hold(wave_id, "3", other) is Outcome.USED, "somebody else's invitation"
    assert hold(wave_id, "99", mine) is Outcome.UNKNOWN, "a mistyped number"
    assert hold(wave_id, "2", other) is Outcome.STORED
    assert sorted(map(str, (row.answers for row in stored()))) == sorted(map(str, (mine, other)))


def test_going_back_in_the_plain_form_keeps_both_interviews(desk: PageClient, wave_id: int) -> None:
    first, _second = items(wave_id)
    for code, value in (("1", YES), ("2", NO)):
        sent = desk.submit(f"{HOME}{wave_id}", {"code": code, "key": "k" * 32, f"q{first}": value})
        assert sent.status_code == 303
    assert sorted(row.answers[first] for row in stored()) == sorted([YES, NO])


@pytest.mark.both_databases
def test_of_two_interviews_with_one_key_at_once_none_is_lost(app: Flask, wave_id: int) -> None:
    """Whatever each is told: one that is not stored is sent again and is stored then."""
    entries = [entry(wave_id, code, key="k" * 32) for code in ("1", "2")]
    gate, told = threading.Barrier(2), {}

    def send(sent: dict[str, Any]) -> None:
        with app.app_context():
            gate.wait()
            told[sent["code"]] = interview_pages.outcome_of(sent)
            db.session.remove()

    threads = [threading.Thread(target=send, args=(sent,)) for sent in entries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(told.values()) <= {"stored", "busy"} and "stored" in told.values()
    assert [interview_pages.outcome_of(sent) for sent in entries if told[sent["code"]] == "busy"] in ([], ["stored"])
    assert len(stored()) == 2


@pytest.mark.both_databases
def test_a_second_row_with_the_same_key_is_the_keys_own_conflict(app: Flask, wave_id: int) -> None:
    with transaction():
        row = make_response(strata_of(wave_id)[0])
    values = {name: getattr(row, name) for name in ("wave_id", "stratum_id", "key", "channel", "answers", "counts")}
    with pytest.raises(KeyTaken), transaction():
        db.session.add(Response(id="another", answered_on=clock.today(), **values))


# One bad entry stops no other


def entry(wave_id: int, code: object, **more: Any) -> dict[str, Any]:
    """One interview as a device keeps it."""
    first = items(wave_id)[0]
    values = {"key": secrets.token_hex(16), "wave": wave_id, "code": code, "on": clock.today().isoformat()}
    return {**values, "answers": {first: YES}, **more}


def sync(desk: PageClient, *entries: Any) -> list[str]:
    """What becomes of entries."""
    answer = desk.post(f"{HOME}sync", json={"entries": list(entries)}, headers={"X-CSRFToken": desk.token(HOME)})
    assert answer.status_code == 200, answer.text
    return [result["outcome"] for result in answer.get_json()["results"]]


ODD: list[dict[str, Any]] = [
    {"key": "\ud800"},
    {"key": "a" * 20 + "\ud800"},
    {"key": "a\x00" * 16},
    {"key": ["a"]},
    {"code": "1\ud800"},
    {"code": "\x00"},
    {"answers": {"\ud800": YES}},
    {"answers": {"1": "\udfff"}},
    {"answers": {"1\x00": YES}},
    {"wave": float("inf")},
    {"wave": float("nan")},
    {"wave": "1\ud800"},
    {"on": "\ud800"},
    {"on": 20260101},
]


@pytest.mark.both_databases
def test_one_bad_entry_stops_no_other(desk: PageClient, wave_id: int) -> None:
    odd = [entry(wave_id, "2") | more for more in ODD]
    assert sync(desk, *odd, entry(wave_id, "1")) == ["invalid"] * len(odd) + ["stored"]
    assert len(stored()) == 1


# Codes


def invited(token: str, **more: Any) -> list[str]:
    """The items of a new wave with one card."""
    with transaction():
        wave = make_wave()
        make_invitation(strata_of(wave)[0], token, **more)
        return [str(item.id) for item in items_of(wave.measure_id)]


def test_dead_links_lock_nobody_out(client: PageClient, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Used codes are no guesses; after too many wrong ones at an address a right one still opens and is answered."""
    page = "/surveys/answer"
    assert answering_pages.WRONG == "200/hour"
    monkeypatch.setattr(answering_pages, "WRONG", "3/hour")
    first, _second = invited("H7QD2M9KXT")
    invited("AAAAAAAAAA", disposition=Disposition.ANSWERED)
    assert [client.get(f"{page}/AAAAAAAAAA").status_code for _time in range(6)] == [404] * 6
    assert [client.get(f"{page}/Z{n:09d}").status_code for n in range(5)] == [404] * 3 + [429] * 2
    token = {"csrf_token": client.token(page)}
    for path in ("Z000000009", "Z000000009/decline"):
        assert client.post(f"{page}/{path}", data={**token, f"q{first}": YES}).status_code == 429
    assert client.submit(page, {"code": "H7QD2M9KXT"}).status_code == 303
    assert client.get(f"{page}/H7QD2M9KXT/decline").status_code == 200
    assert client.submit(f"{page}/H7QD2M9KXT", {"key": "k" * 32, f"q{first}": YES}).status_code == 303
    assert client.get(f"{page}/AAAAAAAAAA").status_code == 404
    assert len(stored()) == 1


# What pages cost


def test_the_office_reads_the_answers_of_a_wave_once(
    client: PageClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction():
        measure = make_measure(items=2)
        survey([[(30, 10)] * 3], measure=measure, ago=90)
        wave_id = survey([[(30, 10)] * 3], measure=measure, state=WaveState.CLOSED).id
    client.sign_in("leader@demo.invalid")
    read: list[str] = []

    def listen(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if "survey_responses.answers" in statement:
            read.append(statement)

    db.event.listen(db.engine, "before_cursor_execute", listen)
    try:
        assert client.get(f"/office/waves/{wave_id}/results").status_code == 200
        assert len(read) == 1, "and not those of the wave before, of which nothing is noted"
        assert client.get(f"/office/waves/{wave_id}/results.csv").status_code == 200
    finally:
        db.event.remove(db.engine, "before_cursor_execute", listen)
    assert len(read) == 2


def test_the_method_note_is_written_once_for_everybody(
    client: PageClient, finished: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []

    def write(found: results.Results) -> bytes:
        written.append(found.wave.id)
        return b"note"

    monkeypatch.setattr(public, "method_note", write)
    path = f"/surveys/{finished.id}/method-note.docx"
    for lang in ("en", "en", "zh-Hans", "en"):
        assert client.get(f"{path}?lang={lang}").data == b"note"
    assert len(written) == 2, "one for each language"
    with transaction():
        waves.lock_wave(finished.id).version += 1
    client.get(f"{path}?lang=en")
    assert len(written) == 3, "and again when the survey changes"
    with transaction():
        waves.lock_wave(finished.id).state = WaveState.CLOSED
    assert client.get(path).status_code == 404
