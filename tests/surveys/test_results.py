"""Results for the office and for everybody: who sees what when, and that nothing small leaves the house."""

from __future__ import annotations

import io
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from citizen.core import clock
from citizen.core.audit import history
from citizen.core.database import transaction
from citizen.core.errors import Conflict, NotFound
from citizen.extensions import db
from citizen.surveys.documents.chart import group_letters
from citizen.surveys.documents.results import age_table
from citizen.surveys.models import Measure, Response, Stratum, Wave
from citizen.surveys.queries.results import FOR_ALL, FOR_THE_OFFICE, change_since, item_shares, results_of, wave_before
from citizen.surveys.queries.topics import followed, weak_topics
from citizen.surveys.rules.pooling import Place, Pool
from citizen.surveys.rules.waves import Channel, Disposition, WaveState
from citizen.surveys.services.answering import Outcome, Sent, answer, interview
from citizen.surveys.services.notes import keep_note, version_of
from tests.county import people as find_people
from tests.surveys.making import NO, YES, items_of, make_invitation, make_measure, make_wave, strata_of

AREAS = ("A1", "A2", "A3", "A4")


def answered(stratum: Stratum, *, yes: int, no: int, topic_right: int | None = None) -> None:
    """Answers of a cell as rows: ``yes`` that count, ``no`` that do not; of all, ``topic_right`` know the second item."""
    wave = db.session.get_one(Wave, stratum.wave_id)
    first, second = (str(item.id) for item in items_of(wave.measure_id))
    for place in range(yes + no):
        known = place < (yes if topic_right is None else topic_right)
        db.session.add(
            Response(
                id=secrets.token_hex(16),
                wave_id=wave.id,
                stratum_id=stratum.id,
                key=secrets.token_hex(16),
                channel=Channel.CARD,
                answers={first: YES if place < yes else "unknown", second: YES if known else NO},
                counts=place < yes,
                answered_on=wave.opens_on,
            )
        )


def survey(
    rows: list[list[tuple[int, int]]],
    *,
    state: str = WaveState.RELEASED,
    measure: Measure | None = None,
    ago: int = 30,
    **more: Any,
) -> Wave:
    """A wave with (yes, no) answers by area and age band, asked ``ago`` days ago."""
    day = clock.today() - timedelta(days=ago)
    measure = measure or make_measure()
    wave = make_wave(measure, state=state, areas=AREAS[: len(rows)], opens_on=day, closes_on=day + timedelta(days=9))
    cells = [pair for row in rows for pair in row]
    for stratum, (yes, no) in zip(strata_of(wave), cells, strict=True):
        answered(stratum, yes=yes, no=no, **more)
    for disposition, n in ((Disposition.ANSWERED, 6), (Disposition.REFUSED, 3), (Disposition.INVALID_ADDRESS, 2)):
        for _row in range(n):
            make_invitation(strata_of(wave)[0], disposition=disposition)
    db.session.flush()
    return wave


FULL = [[(30, 10)] * 3, [(36, 4)] * 3, [(20, 20)] * 3]
#: The second area has a small cell; the last row is too small for its own sum.
PATCHY = [[(30, 10)] * 3, [(33, 3), (4, 3), (40, 2)], [(50, 9)] * 3, [(3, 3), (2, 2), (5, 5)]]


@pytest.fixture
def wave(app: Flask) -> Wave:
    with transaction():
        return survey(FULL)


def test_counts_by_cell_and_by_item(app: Flask) -> None:
    with transaction():
        wave = survey([[(30, 10)] * 3, [(10, 30)] * 3], topic_right=20)
    found = results_of(wave)
    assert found.pools[0] == Pool((Place("A1", "18-44", 1_000),), 40, 30)
    assert found.county is not None and found.county.n == 240 and found.county.p == pytest.approx(0.5)
    assert found.areas["A1"].p == pytest.approx(0.75) and found.areas["A2"].p == pytest.approx(0.25)
    assert found.response_rate == pytest.approx(6 / 9)
    assert [round(row.share.p, 3) for row in item_shares(found) if row.share] == [0.5, 0.5]
    assert found.verdicts.alike == {"A1": (), "A2": ()}


@pytest.mark.parametrize(
    ("state", "office", "everybody"), [("open", 404, 404), ("closed", 200, 404), ("released", 200, 200)]
)
def test_results_are_there_when_their_time_has_come(
    app: Flask, client: FlaskClient, state: str, office: int, everybody: int
) -> None:
    with transaction():
        wave_id = survey(FULL, state=state).id
    for place in ("", "/method-note.docx"):
        assert client.get(f"/surveys/{wave_id}{place}").status_code == everybody
    assert ("71.7%" in client.get("/surveys/?lang=en").get_data(as_text=True)) == (everybody == 200)
    client.sign_in("leader@demo.invalid")  # type: ignore[attr-defined]
    for place in ("results", "method-note.docx", "results.xlsx", "results.csv"):
        assert client.get(f"/office/waves/{wave_id}/{place}").status_code == office


@pytest.mark.parametrize("number", [987654, 2**31, 2**63])
def test_unknown_surveys(app: Flask, client: FlaskClient, number: int) -> None:
    assert client.get(f"/surveys/{number}").status_code == 404
    client.sign_in("head@demo.invalid")  # type: ignore[attr-defined]
    assert client.get(f"/office/waves/{number}/results").status_code == 404
    assert client.get(f"/office/waves/{number}/notes/A1/waste").status_code == 404


def test_the_public_page_says_how_sure_it_is(app: Flask, client: FlaskClient, wave: Wave) -> None:
    page = client.get(f"/surveys/{wave.id}?lang=en").get_data(as_text=True)
    for said in ("71.7%", "from 360 answers", "Response rate 66.7%", "definition no.", "never a quiz score", "deff"):
        assert said in page, said
    assert "What about survey question" not in page  # anchors are never shown elsewhere
    assert client.get("/surveys/?lang=en").status_code == 200
    for lang in ("zh-Hans", "zh-Hant"):
        assert client.get(f"/surveys/{wave.id}?lang={lang}").status_code == 200


def numbers(found: Any) -> set[int]:
    """The sizes of everything that may be shown."""
    shares = [found.county, *found.areas.values(), *found.ages.values(), *found.parts.values()]
    return {share.n for share in shares if share is not None}


def test_small_cells_are_empty_everywhere(app: Flask, client: FlaskClient) -> None:
    with transaction():
        wave_id = survey(PATCHY).id
    found = results_of(db.session.get_one(Wave, wave_id))
    assert set(found.areas) == {"A1", "A3"} and {area for area, _ages in found.parts} == {"A1", "A3"}
    assert min(numbers(found)) >= 30
    client.sign_in("leader@demo.invalid")  # type: ignore[attr-defined]
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/office/waves/{wave_id}/results.xlsx?lang=en").data))
    rows = [[cell.value for cell in row] for row in book.active.iter_rows(min_row=2)]
    hidden = [row for row in rows if row[3] is None]
    assert len(hidden) == 2 + 6
    assert all(row[3:7] == [None] * 4 and "not shown" in row[7] for row in hidden)
    assert {row[3] for row in rows if row[3] is not None} <= numbers(found) | {found.county.n if found.county else 0}
    table = client.get(f"/office/waves/{wave_id}/results.csv?lang=en").get_data(as_text=True)
    assert table.count("not shown") == 8
    page = client.get(f"/surveys/{wave_id}?lang=en").get_data(as_text=True)
    assert "not shown" in page and "could work out" in page


def test_too_few_answers_show_nothing(app: Flask, client: FlaskClient) -> None:
    with transaction():
        wave_id = survey([[(3, 3)] * 3]).id
    page = client.get(f"/surveys/{wave_id}?lang=en").get_data(as_text=True)
    assert "Too few people answered" in page and "18 answers" not in page
    assert results_of(db.session.get_one(Wave, wave_id)).county is None
    client.sign_in("leader@demo.invalid")  # type: ignore[attr-defined]
    assert client.get(f"/office/waves/{wave_id}/results").status_code == 200


@pytest.mark.parametrize("state", ["closed", "released"])
def test_no_answer_comes_after_closing_so_a_second_release_says_the_same(app: Flask, state: str) -> None:
    with transaction():
        wave = survey(PATCHY, state=state)
        invitation = make_invitation(strata_of(wave)[0], "LATE5LATE5", channel=Channel.INTERVIEW)
        serial, item = invitation.serial, items_of(wave.measure_id)[0]
    before = results_of(wave)
    sent = Sent(secrets.token_hex(16), {str(item.id): YES})
    with transaction():
        assert answer("LATE5LATE5", sent) == Outcome.CLOSED
        assert interview(wave.id, str(serial), sent, on=wave.opens_on) == Outcome.CLOSED
    after = results_of(db.session.get_one(Wave, wave.id))
    assert (after.pools, after.county, after.parts) == (before.pools, before.county, before.parts)


def test_letters_say_who_cannot_be_told_apart(app: Flask) -> None:
    with transaction():
        wave = survey([[(93, 7)] * 3, [(89, 11)] * 3, [(84, 16)] * 3, [(20, 80)] * 3])
    found = results_of(wave)
    assert group_letters(found) == {"A": ("A1", "A2"), "B": ("A2", "A3")}
    assert found.verdicts.alike["A4"] == ()


def two_waves(
    then: list[tuple[int, int]], now: list[tuple[int, int]], second: Measure | None = None
) -> tuple[Wave, Wave]:
    with transaction():
        measure = make_measure()
        return survey([then * 3], measure=measure, ago=90), survey([now * 3], measure=second or measure, ago=30)


@pytest.mark.parametrize(
    ("then", "now", "words"),
    [
        ([(60, 40)], [(64, 36)], "No change can be shown"),
        ([(60, 40)], [(85, 15)], "Up by 25.0 percentage points"),
        ([(85, 15)], [(60, 40)], "Down by 25.0 percentage points"),
    ],
)
def test_the_next_wave_says_what_changed(
    app: Flask, client: FlaskClient, then: list[tuple[int, int]], now: list[tuple[int, int]], words: str
) -> None:
    _before, after = two_waves(then, now)
    assert words in client.get(f"/surveys/{after.id}?lang=en").get_data(as_text=True)


def test_another_definition_is_not_compared(app: Flask, client: FlaskClient) -> None:
    with transaction():
        other = make_measure()
    before, after = two_waves([(60, 40)], [(85, 15)], second=other)
    assert change_since(results_of(before), results_of(after)) is None
    assert "not compared" in client.get(f"/surveys/{after.id}?lang=en").get_data(as_text=True)


def test_an_unreleased_wave_is_no_wave_before_for_the_public(app: Flask) -> None:
    before, after = two_waves([(60, 40)], [(64, 36)])
    with transaction():
        db.session.get_one(Wave, before.id).state = WaveState.CLOSED
    after = db.session.get_one(Wave, after.id)
    assert wave_before(after, FOR_ALL) is None
    assert wave_before(after, FOR_THE_OFFICE).id == before.id  # type: ignore[union-attr]


WEAK = [[(36, 4)] * 3, [(34, 6)] * 3, [(10, 30)] * 3, [(35, 5)] * 3]


def test_a_weak_topic_is_noted_and_followed_up(app: Flask, client: FlaskClient) -> None:
    with transaction():
        measure = make_measure(topics=("waste", "traffic"))
        wave_id, later_id = survey(WEAK, measure=measure, ago=90).id, survey([[(36, 4)] * 3] * 4, measure=measure).id
    assert {(row.area, row.topic) for row in weak_topics(results_of(db.session.get_one(Wave, wave_id)))} == {
        ("A3", "waste"),
        ("A3", "traffic"),
    }
    client.sign_in("leader@demo.invalid")  # type: ignore[attr-defined]
    place = f"/office/waves/{wave_id}/notes/A3/waste"
    reply = client.submit(f"{place}?lang=en", {"words": " ", "version": ""}, page=place)  # type: ignore[attr-defined]
    assert reply.status_code == 422
    reply = client.submit(place, {"words": "十月在集市设一个班次", "version": ""})  # type: ignore[attr-defined]
    assert reply.status_code == 303
    assert "十月在集市设一个班次" in client.get(reply.location).get_data(as_text=True)
    late = client.submit(place, {"words": "Something else", "version": ""})  # type: ignore[attr-defined]
    assert late.status_code == 409 and "十月在集市设一个班次" in late.get_data(as_text=True)
    page = client.get(f"/office/waves/{later_id}/results?lang=en").get_data(as_text=True)
    assert "十月在集市设一个班次" in page and "Up by 65.0 percentage points" in page


def test_notes_stand_beside_what_can_be_compared(app: Flask) -> None:
    with transaction():
        first, other = make_measure(), make_measure()
        wave, later = survey(WEAK, measure=first, ago=90), survey(WEAK, measure=other)
        keep_note(wave.id, ("A3", "waste"), words="x", seen="", by=find_people()["leader"].id)
    row = followed(results_of(wave), results_of(later))[0]
    assert (row.change, row.before, row.now) == (None, None, None)


def test_one_note_for_each_place(app: Flask, wave: Wave) -> None:
    me = find_people()["leader"].id

    def keep(words: str, seen: str = "", area: str = "A3", topic: str = "waste") -> str:
        with transaction():
            return version_of(keep_note(wave.id, (area, topic), words=words, seen=seen, by=me))

    first = keep("a shift")
    assert keep("a shift") == first
    with pytest.raises(Conflict):
        keep("a notice")
    assert keep("a notice", seen=first) != first
    assert [event.action for event in history("wave", wave.id)] == ["wave.note", "wave.note"]
    for area, topic in (("A4", "waste"), ("A3", "pets"), ("zz", "waste")):
        with pytest.raises(NotFound):
            keep("x", area=area, topic=topic)


def test_cells_are_shown_where_no_age_of_the_county_can_be(app: Flask) -> None:
    with transaction():
        wave = survey([[(1, 0), (30, 10), (33, 7)], [(30, 11), (30, 10), (1, 0)], [(1, 0), (1, 0), (50, 10)]])
    found = results_of(wave)
    assert not found.ages and set(found.parts) == {("A1", "60+"), ("A2", "18-44")}
    with app.test_request_context("/?lang=en"):
        table, nothing = age_table(found), age_table(replace(found, parts={}))
    assert table is not None and nothing is None
    assert [[cell["n"] for cell in row["cells"]] for row in table["rows"]] == [
        [None, None, "40"],
        ["41", None, None],
        [None] * 3,
        [None] * 3,
    ]
