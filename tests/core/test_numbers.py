"""Numbers and codes: what people type is understood, what machines send is refused, nothing raises."""

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citizen.core import numbers

NASTY = json.loads((Path(__file__).parents[1] / "nasty.json").read_text("utf-8"))
STRINGS = [payload for name, payloads in NASTY.items() if name != "about" for payload in payloads]
codes = st.text(numbers.ALPHABET, min_size=10, max_size=10)


@pytest.mark.parametrize(("raw", "number"), [("7", 7), ("０７", 7), (" 10 ", 10), ("0", 0), (5, 5), ("99", 99)])
def test_whole_numbers(raw: object, number: int) -> None:
    assert numbers.parse_int(raw, 0, 99) == number


@pytest.mark.parametrize(
    "raw",
    [
        "²",
        "1_0",
        "٣",
        "+1",
        "-1",
        "1 0",
        "",
        None,
        "1.0",
        "1e3",
        "①",
        "十",
        "nan",
        "9" * 21,
        1.5,
        True,
        100,
        "100",
        [],
        "1\x00",
    ],
)
def test_what_is_no_whole_number(raw: object) -> None:
    assert numbers.parse_int(raw, 0, 99) is None


def test_int_alone_would_accept_foreign_digits() -> None:
    assert int("٣") == 3
    assert int("1_0") == 10
    assert "²".isdigit()


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("102.4170", 102.417),
        ("－39．9", -39.9),
        ("−1", -1.0),
        ("180", 180.0),
        ("+5.", 5.0),
        (39.9, 39.9),
        (3, 3.0),
    ],
)
def test_coordinates(raw: object, number: float) -> None:
    assert numbers.parse_coordinate(raw) == number


@pytest.mark.parametrize(
    "raw",
    [
        "nan",
        "inf",
        "1e2",
        "180.1",
        "-181",
        float("nan"),
        float("inf"),
        10**400,
        True,
        "",
        None,
        "1,2",
        "0x1",
        "1_0",
    ],
)
def test_what_is_no_coordinate(raw: object) -> None:
    assert numbers.parse_coordinate(raw) is None


def test_pages() -> None:
    asked = ["2", "２", "０", "-1", "1e9", "<script>", None, "100001"]
    assert [numbers.parse_page(raw) for raw in asked] == [2, 2, 1, 1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    "typed",
    [
        "H7QD2-M9KX0",
        "h7qd2m9kxo",
        " h7qd2 m9kx0 ",
        "Ｈ７ＱＤ２－Ｍ９ＫＸ０",
        "H7QD2—M9KX0",
        "h7qd2\u200bm9kxO",
    ],
)
def test_codes_are_forgiving(typed: str) -> None:
    assert numbers.normalise_code(typed) == "H7QD2M9KX0"


def test_codes_are_not_too_forgiving() -> None:
    assert numbers.normalise_code("iLoO", 4) == "1100"
    for typed in [
        "H7QD2M9KXU",
        "H7QD2M9KX",
        "H7QD2M9KX00",
        "H7QD2M9KX!",
        "ıııııııııı",
        "ſſſſſſſſſſ",
        "",
        None,
        7,
        "1" * 5000,
    ]:
        assert numbers.normalise_code(typed) is None


def test_random_codes_use_the_alphabet_and_differ() -> None:
    drawn = {numbers.random_code() for _ in range(200)}
    assert len(drawn) == 200
    assert all(numbers.normalise_code(code) == code for code in drawn)


@given(codes)
def test_a_grouped_code_reads_back(code: str) -> None:
    assert numbers.normalise_code(numbers.group_code(code).lower()) == code
    assert len(numbers.group_code(code)) == 11


def test_report_numbers() -> None:
    number = numbers.format_report_number("YY", 2026, "7KM4Q2")
    assert number == "YY26-7KM4-Q2"
    for typed in [number, "yy26 7km4 q2", "ＹＹ２６７ＫＭ４Ｑ２", "26-7KM4-Q2", " YY26—7KM4—Q2"]:
        assert numbers.normalise_report_number(typed, "YY") == number
    for typed in [
        "ZZ26-7KM4-Q2",
        "YY2X-7KM4-Q2",
        "YY26-7KM4-QU",
        "YY26-7KM4-Q",
        "Y26-7KM4-Q2",
        "",
        None,
        "YY26-7KM4-Q2-1",
    ]:
        assert numbers.normalise_report_number(typed, "YY") is None
    assert numbers.normalise_report_number("LO26-OIL4-Q2", "LO") == "LO26-0114-Q2"
    with pytest.raises(ValueError, match="prefix"):
        numbers.format_report_number("yy", 2026, "7KM4Q2")
    with pytest.raises(ValueError, match="body"):
        numbers.format_report_number("YY", 2026, "7KM4QU")


def test_case_numbers() -> None:
    assert numbers.format_case_number(dt.date(2026, 8, 31), "6AN3") == "260831-6AN3"
    assert numbers.normalise_case_number("２６0831 6an3") == "260831-6AN3"
    for typed in ["261331-6AN3", "260832-6AN3", "26083-6AN3", "2608A1-6AN3", None, ""]:
        assert numbers.normalise_case_number(typed) is None
    with pytest.raises(ValueError, match="body"):
        numbers.format_case_number(dt.date(2026, 8, 31), "6ANU")


def test_derived_codes_are_stable_and_framed() -> None:
    # HMAC-SHA256(b"k", b"s" + len 1 + b"a"), first 50 bits, computed apart from the code under test.
    assert numbers.derive_code(b"k", "a") == _reference(b"k", b"s\x00\x00\x00\x00\x00\x00\x00\x01a")
    parts: list[tuple[str | int | bytes, ...]] = [
        ("ab", "c"),
        ("a", "bc"),
        ("abc",),
        (1,),
        ("1",),
        (b"1",),
        ("1", ""),
        (),
    ]
    assert len({numbers.derive_code(b"k", *part) for part in parts}) == len(parts)
    assert numbers.derive_code(b"k", "a") != numbers.derive_code(b"l", "a")


def _reference(key: bytes, message: bytes) -> str:
    import hmac

    bits = "".join(f"{byte:08b}" for byte in hmac.digest(key, message, "sha256"))[:50]
    return "".join(numbers.ALPHABET[int(bits[at : at + 5], 2)] for at in range(0, 50, 5))


@pytest.mark.parametrize("raw", STRINGS)
def test_nothing_raises(raw: str) -> None:
    number = numbers.parse_int(raw, 0, 2**31)
    assert number is None or 0 <= number <= 2**31
    degrees = numbers.parse_coordinate(raw)
    assert degrees is None or -180 <= degrees <= 180
    assert numbers.parse_page(raw) >= 1
    code = numbers.normalise_code(raw, None)
    assert code is None or set(code) <= set(numbers.ALPHABET)
    numbers.normalise_report_number(raw, "YY")
    numbers.normalise_case_number(raw)
