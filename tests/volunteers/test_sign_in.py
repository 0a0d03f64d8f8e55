"""The codes of a post and the moment that counts, at and around every edge."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citizen.volunteers.forms.on_site import moment_from
from citizen.volunteers.rules.sign_in import (
    CODE_SECONDS,
    SKEW,
    Direction,
    Key,
    Method,
    Shown,
    Span,
    code_at,
    matching_moment,
    moment_in,
    token_at,
    typed_digits,
)

START = datetime(2026, 9, 5, 0, 0, tzinfo=UTC)  # 08:00 in the county
SPAN = Span(START, START + timedelta(hours=2))
KEY = Key("5eed", 7)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
SHOWS = {Method.CODE: code_at, Method.QR: token_at}
both = pytest.mark.parametrize("method", [Method.CODE, Method.QR])


def moment(method: Method, shown_at: datetime, received: datetime, claimed: datetime | None = None) -> datetime | None:
    """What counts for the code that was shown at a moment."""
    return matching_moment(KEY, Shown(SHOWS[method](KEY, shown_at), method, received, claimed), SPAN)


def test_codes_differ_by_shift_secret_and_time() -> None:
    codes = {
        code_at(Key(secret, shift), START + n * timedelta(minutes=10))
        for secret in "ab"
        for shift in (1, 2)
        for n in range(9)
    }
    assert len(codes) == 36
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert (
        code_at(KEY, START) == code_at(KEY, START + timedelta(seconds=CODE_SECONDS - 1)) != code_at(KEY, START - SECOND)
    )
    tokens = {token_at(KEY, START + n * MINUTE) for n in range(60)}
    assert len(tokens) == 60
    assert all(len(token) == 19 for token in tokens), "six characters of time and 65 bits"


@both
@pytest.mark.parametrize(
    ("received", "counts"),
    [
        (-30 * MINUTE - SECOND, False),
        (-30 * MINUTE, True),
        (-30 * MINUTE + SECOND, True),
        (14 * 60 * MINUTE - SECOND, True),
        (14 * 60 * MINUTE, True),
        (14 * 60 * MINUTE + SECOND, False),
    ],
)
def test_when_a_code_can_arrive(method: Method, received: timedelta, counts: bool) -> None:
    arrival = START + received
    read = min(arrival, START)
    assert (moment(method, read, arrival, read) is not None) is counts


@both
@pytest.mark.parametrize(
    ("off", "counts"), [(-SKEW - MINUTE, False), (-SKEW + SECOND, True), (SKEW - SECOND, True), (SKEW + MINUTE, False)]
)
def test_a_clock_may_be_ten_minutes_wrong(method: Method, off: timedelta, counts: bool) -> None:
    """The code is shown on the hour for its whole step; the phone believes it is another time, or the sender was slow."""
    first = START + timedelta(hours=1)
    edge = first if off < timedelta(0) else first + timedelta(seconds=CODE_SECONDS if method is Method.CODE else 60)
    found = moment(method, first, first + timedelta(hours=3), edge + off)
    assert (found is not None) is counts
    if found:
        assert first <= found <= edge
    assert (moment(method, first, edge + off) is not None) is counts, "the same without a phone's time"


@both
def test_a_code_read_without_network_counts_from_when_it_was_read(method: Method) -> None:
    read = START + timedelta(minutes=3, seconds=20)
    assert moment(method, read, SPAN.ends_at + timedelta(hours=11), read) == read
    assert moment(method, read, SPAN.ends_at + timedelta(hours=11)) is None, "who claims no time handed in an old code"
    assert moment(method, read, read + MINUTE, read + timedelta(hours=1)) is None, "a phone from the future"


@both
@given(
    shown=st.integers(-7200, 14 * 3600),
    received=st.integers(-7200, 16 * 3600),
    claimed=st.none() | st.integers(-86400, 86400),
)
def test_the_moment_is_never_outside_its_bounds(method: Method, shown: int, received: int, claimed: int | None) -> None:
    shown_at, arrival = START + shown * SECOND, START + received * SECOND
    said = None if claimed is None else START + claimed * SECOND
    found = moment(method, shown_at, arrival, said)
    step = timedelta(seconds=CODE_SECONDS if method is Method.CODE else 60)
    if found is None:
        honest = said is None or abs(said - shown_at) <= SKEW
        in_time = SPAN.opens_at <= arrival <= SPAN.received_until and SPAN.opens_at <= shown_at <= SPAN.out_until
        fresh = abs(arrival - shown_at) <= SKEW if said is None else shown_at <= arrival
        assert not (honest and in_time and fresh), "an honest reader was refused"
        return
    assert SPAN.opens_at <= found <= arrival <= SPAN.received_until
    assert abs(found - (said or arrival)) <= SKEW + step
    assert found in (arrival, SPAN.opens_at) or shown_at - step < found < shown_at + step


@given(st.text(max_size=60))
def test_what_is_no_code_matches_nothing_and_breaks_nothing(text: str) -> None:
    for method in SHOWS:
        assert matching_moment(KEY, Shown(f"x{text}", method, START), SPAN) is None
    assert typed_digits(text) == "" or len(typed_digits(text)) == 6
    said = moment_from(text)
    assert said is None or said.tzinfo is not None


def test_a_forged_token_and_digits_as_people_type_them() -> None:
    token = token_at(KEY, START)
    forged = token[:-1] + ("0" if token[-1] != "0" else "1")
    assert matching_moment(KEY, Shown(forged, Method.QR, START), SPAN) is None
    assert matching_moment(Key("other", 7), Shown(token, Method.QR, START), SPAN) is None
    assert matching_moment(Key("5eed", 8), Shown(token, Method.QR, START), SPAN) is None
    assert matching_moment(KEY, Shown(token.lower(), Method.QR, START), SPAN) == START
    digits = code_at(KEY, START)
    for typed in (
        f"{digits[:3]} {digits[3:]}",
        f" {digits[:3]}-{digits[3:]}",
        digits.translate({48 + n: 0xFF10 + n for n in range(10)}),
    ):
        assert matching_moment(KEY, Shown(typed, Method.CODE, START), SPAN) == START


@both
def test_codes_that_no_page_showed_are_worth_nothing(method: Method) -> None:
    for never in (SPAN.opens_at - timedelta(minutes=11), SPAN.out_until + timedelta(minutes=10, seconds=1)):
        assert moment(method, never, SPAN.ends_at + timedelta(hours=3), never) is None


def test_one_try_hits_at_most_three_codes() -> None:
    """The bound on guessing: how many of a day's codes one try is compared with."""
    for second in range(0, 1200, 7):
        about = START + timedelta(hours=1, seconds=second)
        near = {
            code_at(KEY, START + n * timedelta(minutes=10))
            for n in range(12)
            if moment(Method.CODE, START + n * timedelta(minutes=10), about)
        }
        assert 2 <= len(near) <= 3


@pytest.mark.parametrize(
    ("direction", "after_start", "admitted"),
    [
        (Direction.IN, -30 * MINUTE - SECOND, False),
        (Direction.IN, -30 * MINUTE, True),
        (Direction.IN, 120 * MINUTE, True),
        (Direction.IN, 120 * MINUTE + SECOND, False),
        (Direction.OUT, -SECOND, False),
        (Direction.OUT, timedelta(0), True),
        (Direction.OUT, 180 * MINUTE, True),
        (Direction.OUT, 180 * MINUTE + SECOND, False),
    ],
)
def test_when_people_sign_themselves_in_and_out(direction: Direction, after_start: timedelta, admitted: bool) -> None:
    assert SPAN.admits(direction, START + after_start) is admitted


@pytest.mark.parametrize(
    ("after", "late"), [(15 * MINUTE - SECOND, False), (15 * MINUTE, False), (15 * MINUTE + SECOND, True)]
)
def test_who_is_late(after: timedelta, late: bool) -> None:
    assert SPAN.is_late(START + after) is late


@pytest.mark.parametrize(
    ("wall", "expected"),
    [("08:00", START), ("07:30", START - 30 * MINUTE), ("07:29", None), ("11:00", START + 180 * MINUTE), ("11:01", None),
     ("8:00", None), ("25:00", None), ("08:61", None), ("0８:00", None), ("", None)],
)  # fmt: skip
def test_a_time_of_the_shift(wall: str, expected: datetime | None) -> None:
    assert moment_in(SPAN, wall) == expected


def test_a_time_after_midnight_belongs_to_the_next_day() -> None:
    night = Span(START + timedelta(hours=14), START + timedelta(hours=18))  # 22:00 to 02:00
    assert moment_in(night, "23:10") == START + timedelta(hours=15, minutes=10)
    assert moment_in(night, "01:30") == START + timedelta(hours=17, minutes=30)
    assert moment_in(night, "12:00") is None
