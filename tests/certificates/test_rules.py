"""Names, numbers, codes and hashes of certificates."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from citizen.certificates import rules
from citizen.certificates.rules import Fact, Kind, Standing
from citizen.core.content import Words
from citizen.core.errors import Conflict, InvalidInput
from tests.certificates.conftest import statement

NASTY = json.loads((Path(__file__).parents[1] / "nasty.json").read_text(encoding="utf-8"))
NOW = datetime(2026, 8, 31, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("林知禾", "林**"),
        ("欧阳明", "欧**"),
        ("李明", "李*"),
        ("欧阳娜娜", "欧***"),
        ("阿卜杜拉·买买提", "阿***"),
        ("𠮷田一郎", "𠮷***"),
        ("林 知 禾", "林**"),
        ("Ann Wu", "A*** W***"),
        ("ann-marie O'Neill Wu Chen", "a*** O*** W***"),
        ("（林知禾）", "林**"),
        ("ＡＮＮ", "A***"),
        ("A B", "A***"),
        ("Женя", "Ж***"),
        ("13800138000", "1***"),
        ("wu@example.com", "w***"),
        ("林", "*"),
        ("X", "*"),
        ("···", "*"),
        ("", "*"),
    ],
)
def test_a_name_is_masked(name: str, shown: str) -> None:
    assert rules.masked_name(name) == shown


@pytest.mark.parametrize("kind", [kind for kind in NASTY if kind != "about"])
def test_no_name_is_shown_whole(kind: str) -> None:
    for name in NASTY[kind]:
        letters = [char for char in unicodedata.normalize("NFKC", name) if unicodedata.category(char)[0] in "LN"]
        shown = rules.masked_name(name)
        assert "*" in shown and len(shown) <= 14, ascii(name)
        assert sum(char not in "* " for char in shown) <= min(3, max(len(letters) - 1, 0)), ascii(name)


def test_numbers_are_alike_in_shape_only() -> None:
    numbers = {rules.new_number(2026) for _ in range(200)}
    assert len(numbers) == 200
    assert all(rules.normalise_number(number) == number and len(number) <= 16 for number in numbers)
    assert len({number[5] for number in numbers}) > 10, "the first character of the body hardly changes"


@pytest.mark.parametrize("typed", ["C-26-8M2Q7K", "c268m2q7k", "Ｃ－26 8m2q 7k", "26-8M2Q7K", " c 26 8M2Q7K "])
def test_a_number_may_be_typed_in_many_ways(typed: str) -> None:
    assert rules.normalise_number(typed) == "C-26-8M2Q7K"


@pytest.mark.parametrize(
    "typed", ["", "C-26-8M2Q", "C-2X-8M2Q7K", "D-26-8M2Q7K", "C-26-8M2Q7U", "林", None, 5, "C-26-8M2Q7K9"]
)
def test_what_is_no_number(typed: object) -> None:
    assert rules.normalise_number(typed) is None


def test_a_check_code_has_eighty_bits_and_may_be_typed_in_many_ways() -> None:
    token = rules.new_token()
    assert len(token) * 5 >= 80 and rules.new_token() != token
    assert rules.grouped(token).count("-") == 3
    for typed in (rules.grouped(token).lower(), " ".join(token), token.translate({48: "O", 49: "l"})):
        assert rules.normalise_token(typed) == token
    assert rules.normalise_token(token[:-1]) is None


@pytest.mark.parametrize(
    ("minutes", "shown"), [(2_190, "36.5"), (60, "1.0"), (93, "1.6"), (92, "1.5"), (30, "0.5"), (600_000, "10000.0")]
)
def test_hours_have_one_decimal(minutes: int, shown: str) -> None:
    assert rules.hours(minutes) == shown


@pytest.mark.parametrize(
    "changes",
    [{"minutes": None}, {"minutes": 0}, {"kind": Kind.QUIZ}, {"kind": Kind.QUIZ, "score": (21, 20)},
     {"kind": Kind.QUIZ, "score": (0, 0)}],
)  # fmt: skip
def test_nothing_is_not_certified(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        rules.ensure_statement(statement(**changes))


@pytest.mark.parametrize(
    "changes",
    [{"period": (date(2026, 8, 2), date(2026, 8, 1))},
     {"facts": (Fact(Words("a", "a", "a"), Words("b", "b", "b")),) * 9},
     {"facts": (Fact(Words("a", "a", "a"), Words("b", "b", "b" * 121)),)}],
)  # fmt: skip
def test_what_cannot_be_printed_is_a_mistake_of_the_caller(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"period|facts"):
        rules.ensure_statement(statement(**changes))


def hashed(**changes: Any) -> str:
    """The hash of one certificate with something changed."""
    values: dict[str, Any] = {"holder": "林知禾", "snapshot": {"a": 1, "b": ["x"]}, "issued_at": NOW}
    number, token = changes.pop("number", "C-26-8M2Q7K"), changes.pop("token", "0" * 16)
    return rules.fingerprint(number, token, **{**values, **changes})


@pytest.mark.parametrize(
    "changes",
    [{"number": "C-26-8M2Q7M"}, {"token": "0" * 15 + "1"}, {"holder": "林知未"}, {"snapshot": {"a": 2, "b": ["x"]}},
     {"snapshot": {"a": 1, "b": ["x", ""]}}, {"issued_at": NOW + timedelta(microseconds=1)}],
)  # fmt: skip
def test_the_hash_covers_everything_that_is_printed(changes: dict[str, Any]) -> None:
    assert hashed(**changes) != hashed()


def test_the_hash_knows_neither_zones_nor_the_order_of_keys() -> None:
    assert hashed(issued_at=NOW.astimezone(timezone(timedelta(hours=8)))) == hashed()
    assert hashed(snapshot={"b": ["x"], "a": 1}) == hashed()


@pytest.mark.parametrize(
    ("intact", "revoked_at", "found"),
    [(True, None, Standing.VALID), (True, NOW, Standing.REVOKED), (False, None, Standing.ALTERED), (False, NOW, Standing.ALTERED)],
)  # fmt: skip
def test_standing(intact: bool, revoked_at: datetime | None, found: Standing) -> None:
    assert rules.standing(intact=intact, revoked_at=revoked_at) == found


def test_revoking_needs_a_reason_and_happens_once() -> None:
    rules.ensure_can_be_revoked(None, "时长有误")
    for reason in ("", "误", "字" * 301):
        with pytest.raises(InvalidInput):
            rules.ensure_can_be_revoked(None, reason)
    with pytest.raises(Conflict):
        rules.ensure_can_be_revoked(NOW, "时长有误")
