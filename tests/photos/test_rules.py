"""The photo machine and the boxes a browser sends."""

from __future__ import annotations

import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citizen.core.errors import Conflict, InvalidInput
from citizen.photos.rules import (
    DERIVED,
    MAX_BOXES,
    STATE_LABELS,
    TRANSITIONS,
    Box,
    BoxKind,
    BoxSource,
    PhotoState,
    dump_boxes,
    ensure_transition,
    parse_boxes,
    state_after_box_change,
)

_ALLOWED = {
    "sealed": "sanitised refused",
    "sanitised": "masked refused",
    "masked": "masked checked refused",
    "checked": "masked public refused",
    "public": "masked checked refused",
    "refused": "",
}


@pytest.mark.parametrize(("current", "target"), list(product(PhotoState, PhotoState)))
def test_every_pair_of_states(current: PhotoState, target: PhotoState) -> None:
    if target.value in _ALLOWED[current.value].split():
        ensure_transition(current, target)
    else:
        with pytest.raises(Conflict) as caught:
            ensure_transition(current, target)
        assert caught.value.current is current


def test_nothing_becomes_public_unchecked() -> None:
    assert [state for state in PhotoState if PhotoState.PUBLIC in TRANSITIONS[state]] == [PhotoState.CHECKED]
    assert set(TRANSITIONS) == set(PhotoState) == set(STATE_LABELS)


def test_changed_boxes_need_a_new_check() -> None:
    for state in (PhotoState.SANITISED, PhotoState.MASKED, PhotoState.CHECKED, PhotoState.PUBLIC):
        assert state_after_box_change(state) is PhotoState.MASKED
    for state in (PhotoState.SEALED, PhotoState.REFUSED):
        with pytest.raises(Conflict):
            state_after_box_change(state)


def test_six_derived_files() -> None:
    assert set(DERIVED) == {f"{size}.{end}" for size in ("large", "medium", "thumb") for end in ("webp", "jpg")}


def _row(**changes: object) -> dict[str, object]:
    return {"x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4} | changes


def test_good_boxes_are_read_and_cut_at_the_edge() -> None:
    text = json.dumps([_row(), _row(x=0.9, w=0.5, kind="plate", source="auto", score=0.5), _row(x=-1, w=1.5)])
    first, second, third = parse_boxes(text)
    assert first == Box(0.1, 0.2, 0.3, 0.4, BoxKind.OTHER, BoxSource.MANUAL, 1.0)
    assert (second.x, second.w, second.kind, second.source, second.score) == (0.9, 0.1, "plate", "auto", 0.5)
    assert (third.x, third.w) == (0.0, 0.5)
    assert parse_boxes("") == parse_boxes("  ") == parse_boxes("[]") == []
    assert len(parse_boxes(json.dumps([_row()] * MAX_BOXES))) == MAX_BOXES


_NOT_FRACTIONS: tuple[object, ...] = (float("nan"), float("inf"), 1e999, "0.1", "０", True, None, [], 5)
_WRONG: tuple[dict[str, object], ...] = (
    {"w": 0},
    {"w": -0.1},
    {"w": 0.0001},
    {"y": 1.0},
    {"kind": "dog"},
    {"kind": []},
    {"source": 1},
    {"score": 2},
    {"score": -1},
    {"more": 1},
    *({"x": value} for value in _NOT_FRACTIONS),
)
_NOT_BOXES = (
    *("null", "{}", "1", "[1]", "[[]]", "x", "[", '[{"x":1}]', "\0", "\ud800", "[" * 19_000),
    " " * 9 + "[" + "9" * 30_000,
    json.dumps([_row()] * (MAX_BOXES + 1)),
    '[{"x":1e999,"y":0,"w":1,"h":1}]',
    '[{"x":' + "9" * 400 + ',"y":0,"w":1,"h":1}]',
    '[{"x":' + "9" * 5000 + ',"y":0,"w":1,"h":1}]',
    *(json.dumps([_row(**change)]) for change in _WRONG),
)


@pytest.mark.parametrize("text", _NOT_BOXES, ids=range(len(_NOT_BOXES)))
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_boxes(text)
    assert str(caught.value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["x", "y", "w", "h", "kind", "score"]), inner, max_size=6)
        ),
        max_leaves=20,
    )
)
def test_any_json_gives_boxes_inside_or_a_refusal(value: object) -> None:
    try:
        boxes = parse_boxes(json.dumps(value))
    except InvalidInput:
        return
    assert all(0 <= box.x <= 1 and box.x + box.w <= 1.0001 and box.w > 0 for box in boxes)


_fraction = st.floats(0, 0.5).map(lambda number: round(number, 6))
_extent = st.floats(0.01, 0.5).map(lambda number: round(number, 6))


@given(
    st.lists(
        st.builds(
            Box,
            _fraction,
            _fraction,
            _extent,
            _extent,
            st.sampled_from(BoxKind),
            st.sampled_from(BoxSource),
            st.floats(0, 1),
        ),
        max_size=10,
    )
)
def test_boxes_survive_being_written_and_read(boxes: list[Box]) -> None:
    for box, again in zip(boxes, parse_boxes(dump_boxes(boxes)), strict=True):
        assert (box.kind, box.source, box.score) == (again.kind, again.source, again.score)
        assert (again.x, again.y, again.w, again.h) == pytest.approx((box.x, box.y, box.w, box.h), abs=2e-6)
