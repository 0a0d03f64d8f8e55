"""Definitions: what counts, what may be written, what stays the same between surveys."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from citizen.accounts.models import Person
from citizen.core.content import Words
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.extensions import db
from citizen.surveys.models import Measure
from citizen.surveys.queries.measures import definition_of
from citizen.surveys.rules.measures import (
    UNKNOWN,
    Choice,
    Definition,
    Item,
    changed_anchors,
    counts,
    ensure_answers,
    ensure_measure,
    lacking,
)
from citizen.surveys.services import measures, waves
from tests.client import PageClient
from tests.quizzes.making import make_version
from tests.surveys.making import items_of, make_measure, make_wave

ITEMS = [
    SimpleNamespace(
        id=n, options=[{"id": "a", "counts": True}, {"id": "b", "counts": False}, {"id": "c", "counts": True}]
    )
    for n in (1, 2, 3)
]


@pytest.mark.parametrize(
    ("needed", "answers", "expected"),
    [
        (2, {"1": "a", "2": "a", "3": "b"}, True),
        (2, {"1": "a", "2": "c"}, True),
        (2, {"1": "a", "2": "b", "3": UNKNOWN}, False),
        (1, {"1": UNKNOWN, "2": UNKNOWN, "3": UNKNOWN}, False),
        (3, {"1": "a", "2": "a"}, False),
        (1, {"9": "a"}, False),
        (1, {"1": "zzz"}, False),
        (1, {}, False),
    ],
)
def test_a_person_counts_with_enough_answers_that_count(needed: int, answers: dict[str, str], expected: bool) -> None:
    assert counts(needed, ITEMS, answers) is expected


@pytest.mark.parametrize("answers", [{}, {"1": ""}, {"1": "d"}, {"7": "a"}, {"x": "a"}])
def test_answers_to_what_was_not_asked_are_refused(answers: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        ensure_answers(ITEMS, answers)


def item(stem: str = "垃圾怎么分？", *, anchor: bool = True, **more: Any) -> Item:
    options = (
        Choice("aaa11", Words("分四类", "", "In four"), counts=True),
        Choice("bbb22", Words("不分", "", "Not at all"), counts=False),
    )
    return replace(Item(Words(stem, "", f"{stem} in English"), options, "waste", anchor), **more)


def definition(*items: Item, **more: Any) -> Definition:
    whole = Definition("awareness", Words("知晓率", "", "Awareness"), Words("谁", "", "Who"), 1, items or (item(),))
    return replace(whole, **more)


NO_OPTION = Choice("ccc33", Words("", "", "Nothing"), counts=False)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (definition(rate="happiness"), "rate"),
        (definition(title=Words("", "", "x")), "title_hans"),
        (replace(definition(), items=()), "items"),
        (definition(needed=0), "needed"),
        (definition(needed=2), "needed"),
        (definition(item("")), "item-0-hans"),
        (definition(item(), item("垃圾怎么分")), "items"),
        (definition(item(options=(item().options[0], replace(item().options[0], id="zzz99")))), "item-0-hans"),
        (definition(*(item(f"问题{n}") for n in range(13))), "items"),
    ],
)
def test_what_not_even_a_draft_may_be(wanted: Definition, field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        ensure_measure(wanted)
    assert error.value.field == field


@pytest.mark.parametrize(
    ("wanted", "missing"),
    [
        (definition(), 0),
        (definition(title=Words("知晓率", "", "")), 1),
        (definition(definition=Words("", "", "")), 2),
        (definition(item(question=Words("只有中文", "", ""))), 1),
        (definition(item(options=item().options[:1])), 2),
        (definition(item(options=(*item().options, NO_OPTION))), 1),
        (definition(item(options=tuple(replace(o, counts=True) for o in item().options))), 1),
    ],
)
def test_what_stands_between_a_definition_and_its_first_survey(wanted: Definition, missing: int) -> None:
    assert len(lacking(wanted)) == missing


def test_anchors_are_compared_by_their_words() -> None:
    first, second = item(), item("狗怎么养？", anchor=False)
    assert changed_anchors([first, second], [first]) == []
    assert changed_anchors([first], [second, first]) == []
    assert changed_anchors([first], [replace(first, anchor=False)]) == [first]
    assert changed_anchors([first], [replace(first, question=Words("垃圾怎样分？", "", "x"))]) == [first]
    swapped = tuple(replace(option, counts=not option.counts) for option in first.options)
    assert changed_anchors([first], [replace(first, options=swapped)]) == [first]


def test_a_number_is_fixed_when_a_survey_opens_and_the_next_one_copies_it(
    app: Flask, people: dict[str, Person]
) -> None:
    leader = people["leader"].id
    with transaction():
        draft = make_measure()
        wave = make_wave(draft, state="draft")
    with transaction():
        waves.open_wave(wave.id, seen=1, by=leader)
    with pytest.raises(Conflict), transaction():
        measures.rewrite_measure(draft.id, definition_of(draft), seen=1, by=leader)
    with transaction():
        following = measures.next_number(draft.id, by=leader)
    with pytest.raises(Conflict), transaction():
        measures.next_number(draft.id, by=leader)
    assert following.number == draft.number + 1 and following.fixed_at is None
    assert [row.options for row in items_of(following)] == [row.options for row in items_of(draft)]


def test_an_anchor_changes_only_with_a_tick(app: Flask, people: dict[str, Person]) -> None:
    leader = people["leader"].id
    with transaction():
        wave = make_wave(state="open")
        following = measures.next_number(wave.measure_id, by=leader)
    wanted = definition_of(following)
    reworded = replace(wanted.items[0], question=Words("换了说法？", "", "In other words?"))
    changed = replace(wanted, items=(reworded, *wanted.items[1:]))
    with pytest.raises(InvalidInput) as error, transaction():
        measures.rewrite_measure(following.id, changed, seen=1, by=leader)
    assert error.value.field == "change_anchors"
    with transaction():
        measures.rewrite_measure(following.id, changed, seen=1, by=leader, change_anchors=True)
    assert items_of(following)[0].question_hant == "換了說法？"
    other = replace(
        wanted, items=(wanted.items[0], replace(wanted.items[1], question=Words("不是锚点", "", "No anchor")))
    )
    with transaction():
        measures.rewrite_measure(following.id, other, seen=2, by=leader)


@pytest.mark.parametrize("state", ["draft", "ready", "retired"])
def test_a_survey_asks_nothing_that_a_quiz_teaches(app: Flask, people: dict[str, Person], state: str) -> None:
    with transaction():
        make_version(state=state, stem_hans="垃圾 怎么分?", stem_hant="垃圾怎麼分？", stem_en="How?")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput) as error, transaction():
        measures.create_measure(
            "awareness", definition(item("别的"), item("垃圾怎么分？"), needed=1), by=people["leader"].id
        )
    assert error.value.field == "item-1-hans"


def test_a_quiz_that_comes_later_stops_the_opening(app: Flask, people: dict[str, Person]) -> None:
    with transaction():
        wave = make_wave(state="draft")
        make_version(stem_hans=items_of(wave.measure_id)[1].question_hans)
    with pytest.raises(InvalidInput), transaction():
        waves.open_wave(wave.id, seen=1, by=people["leader"].id)


SHEET = {
    "code": "satisfaction",
    "rate": "satisfaction",
    "needed": "1",
    "title_hans": "满意率",
    "title_en": "Satisfaction",
    "definition_hans": "说满意的人",
    "definition_en": "Whoever is satisfied",
    "item-0-hans": "您满意吗？",
    "item-0-en": "Are you satisfied?",
    "item-0-topic": "waste",
    "item-0-anchor": "y",
    "item-0-option-0-id": "aaa11",
    "item-0-option-0-hans": "满意",
    "item-0-option-0-en": "Yes",
    "item-0-option-0-counts": "y",
    "item-0-option-1-id": "bbb22",
    "item-0-option-1-hans": "不满意",
    "item-0-option-1-en": "No",
}


def test_a_definition_is_written_without_a_script(client: PageClient, app: Flask) -> None:
    client.sign_in("leader@demo.invalid").get("/?lang=en")
    submit = client.submit
    grown = submit("/office/measures/new", {**SHEET, "act": "add-option-0"})
    assert grown.status_code == 200 and 'name="item-0-option-2-hans"' in grown.text and "您满意吗？" in grown.text
    two = submit("/office/measures/new", {**SHEET, "act": "add-item"})
    assert 'name="item-1-hans"' in two.text
    fewer = submit("/office/measures/new", {**SHEET, "act": "remove-option-0-0"})
    assert 'value="bbb22"' in fewer.text and 'value="aaa11"' not in fewer.text
    assert submit("/office/measures/new", {**SHEET, "act": "remove-option-9-9"}).status_code == 303, (
        "no such row: it is kept"
    )
    wrong = submit("/office/measures/new", {**SHEET, "code": "other", "item-0-hans": "", "item-0-en": "x" * 2000})
    assert wrong.status_code == 422 and 'href="#item-0-en"' in wrong.text
    measure = db.session.execute(db.select(Measure)).scalar_one()
    assert (measure.title_hant, items_of(measure)[0].options[0]["counts"]) == ("滿意率", True)
    page = client.get(f"/office/measures/{measure.id}")
    assert "draft" in page.text and "Satisfaction" in page.text
    changed = submit(f"/office/measures/{measure.id}/edit", {**SHEET, "version": "1", "title_en": "Satisfied people"})
    assert changed.status_code == 303
    late = submit(f"/office/measures/{measure.id}/edit", {**SHEET, "version": "1", "title_en": "Happy people"})
    assert late.status_code == 409 and "Happy people" in late.text and 'name="version" value="2"' in late.text


def test_the_same_sheet_makes_one_measure(client: PageClient, app: Flask) -> None:
    client.sign_in("leader@demo.invalid").get("/?lang=en")
    sheet = {**SHEET, "key": "k" * 32}
    first = client.submit("/office/measures/new", sheet)
    again = client.submit("/office/measures/new", sheet)
    assert (first.status_code, again.headers["Location"]) == (303, first.headers["Location"])
