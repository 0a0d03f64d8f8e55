"""A survey from its draft to its release: guards, the table, steps that never lead back, nothing about answers before the end."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.extensions import db
from citizen.surveys.forms.strata import read_file
from citizen.surveys.models import Response, Stratum, Wave
from citizen.surveys.rules.waves import (
    ELIGIBLE,
    Disposition,
    WaveState,
    answerable,
    day_of_interview,
    ensure_transition,
    response_rate,
)
from citizen.surveys.services import waves
from citizen.surveys.services.waves import WaveDraft
from tests.client import PageClient
from tests.surveys.making import (
    NO,
    YES,
    make_invitation,
    make_measure,
    make_response,
    make_responses,
    make_wave,
    strata_of,
)

DAY = date(2026, 9, 1)


@pytest.mark.parametrize(
    ("counted", "rate"),
    [
        ({}, None),
        ({"not_eligible": 4, "invalid_address": 2}, None),
        ({"answered": 10}, 1.0),
        ({"answered": 50, "refused": 20, "not_reached": 20, "unused": 10, "not_eligible": 900}, 0.5),
        ({"unused": 3}, 0.0),
    ],
)
def test_response_rate(counted: dict[str, int], rate: float | None) -> None:
    assert response_rate(counted) == rate


def test_whoever_may_belong_to_the_sample_counts_against_us() -> None:
    assert set(Disposition) - ELIGIBLE == {Disposition.NOT_ELIGIBLE, Disposition.INVALID_ADDRESS}


@pytest.mark.parametrize(
    ("name", "state", "own", "target"),
    [
        ("open", "draft", True, "open"),
        ("close", "open", True, "closed"),
        ("release", "closed", False, "released"),
        ("release", "closed", True, None),
        ("open", "closed", False, None),
        ("open", "open", False, None),
        ("close", "closed", False, None),
        ("release", "open", False, None),
        ("release", "released", False, None),
    ],
)
def test_steps(name: str, state: str, own: bool, target: str | None) -> None:
    if target:
        assert ensure_transition(name, state, own=own) == target
    else:
        with pytest.raises(Conflict):
            ensure_transition(name, state, own=own)


@pytest.mark.parametrize(
    ("claimed", "today", "stored"),
    [(0, 0, 0), (0, 5, 0), (3, 2, 2), (-1, 0, None), (9, 9, 9), (9, 12, 9), (10, 12, None), (12, 10, None)],
)
def test_an_interview_counts_for_the_day_it_was_held(claimed: int, today: int, stored: int | None) -> None:
    held = day_of_interview(
        DAY + timedelta(claimed), opens_on=DAY, closes_on=DAY + timedelta(9), today=DAY + timedelta(today)
    )
    assert held == (None if stored is None else DAY + timedelta(stored))


@pytest.mark.parametrize(
    ("state", "day", "expected"),
    [
        ("open", 0, True),
        ("open", 9, True),
        ("open", 10, False),
        ("open", -1, False),
        ("draft", 1, False),
        ("closed", 1, False),
    ],
)
def test_residents_answer_within_its_days(state: str, day: int, expected: bool) -> None:
    assert answerable(state, opens_on=DAY, closes_on=DAY + timedelta(9), today=DAY + timedelta(day)) is expected


FILES = [
    ("area,ages,population,target\nA1,18-44,9000,50\nA1,60+,5000,40\n", 2, []),
    ("\ufeffArea,AGES,Population,Target\r\n澄心街道,１８-４４,９０００,５０\r\n", 1, []),
    ("area,ages,population,target\nA1,18-44,9000,50\n,,,\nA1,18–44,9000,50\n", 1, ["Row 4: This area and age was there"]),
    ("area,ages,population,target\nB9,18-44,10,5\nA1,12-17,10,5\nA1,60+,0,5\nA1,60+,10,11\nA2,60+,10,x\n", 0,
     ["Row 2: There is no area", "Row 3: There is no age", "Row 4: The population", "Row 5: The target is not more", "Row 6: The target is a whole"]),
    ("area,population\nA1,3\n", 0, ["The first row names no column ages, target."]),
    ("", 0, ["The first row names no column"]),
    ("area,ages,population,target\n", 0, ["The file holds no numbers."]),
    ('area,ages,population,target\n"A1,18-44,9000', 0, ["The file holds no numbers."]),
    ("=cmd,area,ages,population,target\n1,A1,18-44,=1+1,5\n", 0, ["Row 2: The population"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "cells", "wrong"), FILES)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_table_from_a_file(app: Flask, text: str, encoding: str, cells: int, wrong: list[str]) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        found, errors = read_file(text.encode(encoding))
    assert len(found) == cells and len(errors) == len(wrong)
    assert all(error.startswith(start) for error, start in zip(errors, wrong, strict=True)), errors


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\x00", b"\x00" * 50, b"area,ages,population,target\n" + b'"' * 150_000, b"x" * 300_000]
)
def test_a_file_of_anything_else_is_refused_by_words(app: Flask, data: bytes) -> None:
    cells, errors = read_file(data)
    assert not cells and errors


def draft(**more: Any) -> WaveDraft:
    with transaction():
        measure_id = make_measure().id
    today = clock.today()
    values = {"measure_id": measure_id, "title": ("调查", "Survey"), "sampling": ("随机", "At random")}
    return WaveDraft(**{**values, "opens_on": today, "closes_on": today + timedelta(9), **more})


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"title": ("", "x")}, "title_hans"),
        ({"measure_id": 99_999}, "measure"),
        ({"closes_on": date(2020, 1, 1)}, "closes_on"),
        ({"closes_on": date(2099, 1, 1)}, "closes_on"),
    ],
)
def test_what_no_draft_may_be(app: Flask, people: dict[str, Person], more: dict[str, Any], field: str) -> None:
    wanted = draft(**more)
    with pytest.raises(InvalidInput) as error, transaction():
        waves.create_wave(wanted, by=people["leader"].id)
    assert error.value.field == field


def test_an_incomplete_draft_does_not_open(app: Flask, people: dict[str, Person]) -> None:
    leader = people["leader"].id
    with transaction():
        whole = make_wave(state="draft")
        bare = make_wave(state="draft", areas=())
        cases = [
            bare,
            make_wave(state="draft", title_en=""),
            make_wave(state="draft", sampling_hans=""),
            make_wave(state="draft", cell=(100, 0)),
            make_wave(make_measure(definition_en=""), state="draft"),
            make_wave(state="draft", opens_on=DAY - timedelta(900), closes_on=DAY - timedelta(890)),
        ]
    for wave in cases:
        with pytest.raises(InvalidInput), transaction():
            waves.open_wave(wave.id, seen=1, by=leader)
    with pytest.raises(Conflict), transaction():
        waves.open_wave(whole.id, seen=7, by=leader)
    with transaction():
        waves.open_wave(whole.id, seen=1, by=leader)
    for change in (
        lambda: waves.set_strata(whole.id, [], seen=2, by=leader),
        lambda: waves.edit_wave(
            whole.id, WaveDraft(whole.measure_id, ("x", "x"), ("x", "x"), DAY, DAY), seen=2, by=leader
        ),
        lambda: waves.open_wave(whole.id, seen=2, by=leader),
        lambda: waves.release(whole.id, people["head"].id),
    ):
        with pytest.raises(Conflict), transaction():
            change()


@pytest.mark.both_databases
def test_closing_keeps_every_answer_and_wipes_out_their_order(app: Flask, people: dict[str, Person]) -> None:
    with transaction():
        wave = make_wave()
        make_responses(strata_of(wave)[0], yes=7, no=5)
    before = {row.id: (row.answers, row.counts) for row in db.session.execute(db.select(Response)).scalars()}
    order = "rowid" if db.engine.dialect.name == "sqlite" else "ctid"
    with transaction():
        waves.close_wave(wave.id, by=people["leader"].id)
    db.session.expire_all()
    after = {row.id: (row.answers, row.counts) for row in db.session.execute(db.select(Response)).scalars()}
    assert after == before and len(after) == 12
    stored = db.session.execute(db.text(f"SELECT id FROM survey_responses ORDER BY {order}")).scalars().all()
    assert stored == sorted(stored), "rows lie in the order of their random ids"
    if order == "ctid":
        for table in ("survey_responses", "invitations"):
            assert len(db.session.execute(db.text(f"SELECT DISTINCT xmin FROM {table}")).all()) == 1
    with transaction():
        waves.release(wave.id, people["head"].id)
    with pytest.raises(Conflict), transaction():
        waves.release(wave.id, people["head"].id)


def test_the_desk_makes_opens_closes_and_hands_over(client: PageClient, app: Flask, people: dict[str, Person]) -> None:
    with transaction():
        measure = make_measure()
        measure_id = measure.id
    client.sign_in("leader@demo.invalid").get("/?lang=en")
    submit, today = client.submit, clock.today()
    form = {"measure": str(measure_id), "title_hans": "秋季调查", "title_en": "Autumn survey", "opens_on": today.isoformat(),
            "closes_on": (today + timedelta(9)).isoformat(), "sampling_hans": "随机", "sampling_en": "At random"}  # fmt: skip
    assert submit("/office/waves/new", {**form, "opens_on": "tomorrow"}).status_code == 422
    assert submit("/office/waves/new", {**form, "closes_on": ""}).status_code == 422
    made = submit("/office/waves/new", {**form, "key": "k" * 32})
    assert made.status_code == 303
    assert submit("/office/waves/new", {**form, "key": "k" * 32}).headers["Location"] == made.headers["Location"]
    wave = db.session.execute(db.select(Wave)).scalar_one()
    home, table = f"/office/waves/{wave.id}", f"/office/waves/{wave.id}/table"
    wrong = submit(table, {"version": "1", "cell-A1-18-44-population": "many", "cell-A1-18-44-target": "5"})
    assert wrong.status_code == 422 and "many" in wrong.text and "#cell-A1-18-44-population" in wrong.text
    assert submit(home + "/open", {"version": "1"}).status_code == 422, "no table yet"
    rows = {"version": "1", "cell-A1-18-44-population": "9000", "cell-A1-18-44-target": "50"}
    assert submit(table, rows).status_code == 303
    csv = client.get(table + ".csv")
    assert "A1,Chengxin Subdistrict,18-44,9000,50" in csv.text
    bad = (io.BytesIO(b"area,ages,population,target\nA1,60+,1,2\n"), "a.csv")
    refused = submit(table + ".csv", {"version": "2", "file": bad}, page=table)
    assert refused.status_code == 422 and "Row 2" in refused.text
    brought = submit(table + ".csv", {"version": "2", "file": (io.BytesIO(csv.data), "a.csv")}, page=table)
    assert brought.status_code == 303
    assert db.session.execute(db.select(db.func.count()).select_from(Stratum)).scalar() == 1
    late = submit(home + "/edit", {**form, "version": "1", "title_en": "Winter"})
    assert late.status_code == 409 and "Winter" in late.text and 'value="3"' in late.text
    late = submit(table, {**rows, "version": "1", "cell-A1-18-44-target": "77"})
    assert late.status_code == 409 and 'value="77"' in late.text
    assert submit(home + "/open", {"version": "1"}).status_code == 409
    assert submit(home + "/edit", {**form, "version": "3", "title_en": "Autumn"}).status_code == 303
    assert submit(home + "/open", {"version": "4"}).status_code == 303
    assert submit(home + "/close", {}).status_code == 303
    assert client.get(home + "/release").status_code == 409, "whoever made it does not release it"
    head = PageClient(app, app.response_class).sign_in("head@demo.invalid")
    assert head.submit(home + "/release", {}).status_code == 303
    db.session.expire_all()
    wave = db.session.get_one(Wave, wave.id)
    assert (wave.state, wave.released_by) == (WaveState.RELEASED, people["head"].id)
    assert "Autumn" in client.get("/office/waves/").text and client.get(home + "/close").status_code == 303


def test_while_it_is_open_no_page_changes_with_what_was_answered(client: PageClient, app: Flask) -> None:
    """Twice the same numbers of answers, once all yes and once all no: every page of every staff role says the same."""
    with transaction():
        wave = make_wave()
        cell = strata_of(wave)[0]
        answers = [make_response(cell, yes=True) for _person in range(40)]
        make_invitation(cell, channel="interview", serial=9_999)
        wave_id, ids = wave.id, [row.id for row in answers]
    client.sign_in("head@demo.invalid")
    paths = [
        f"/office/waves/{wave_id}{rest}" for rest in ("", "/table", "/table.csv", "/invitations", "/interviewers.csv", "/close", "/results", "/results.csv")
    ] + ["/office/waves/", f"/office/interviews/{wave_id}", "/office/interviews/", "/surveys/", f"/surveys/{wave_id}"]  # fmt: skip

    def look() -> list[tuple[int, str]]:
        return [(page.status_code, _plain(page.text)) for page in map(client.get, paths)]

    before = look()
    with transaction():
        for id_ in ids:
            row = db.session.get_one(Response, id_)
            row.answers, row.counts = dict.fromkeys(row.answers, NO), False
    assert look() == before
    assert [status for status, _text in before[:6]] == [200] * 6 and before[6][0] == 404
    assert YES not in "".join(text for _status, text in before[:6])


def _plain(text: str) -> str:
    """A page without what is new in every answer."""
    return re.sub(r'nonce="[^"]+"|value="[^"]{20,}"', "", text)
