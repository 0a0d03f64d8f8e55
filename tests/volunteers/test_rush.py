"""In a rush those who come too late are told so before anybody waits."""

from __future__ import annotations

import secrets

import pytest
from flask import Flask

from citizen.core.errors import NotFound
from citizen.volunteers.rules.eligibility import Reason, Refused
from citizen.volunteers.services import rush
from citizen.volunteers.services.booking import Wish
from tests.volunteers.making import make_booking, make_shift, make_volunteer

pytestmark = pytest.mark.both_databases


def wish(shift_id: int, *, wait: bool = False, key: str = "") -> Wish:
    return Wish(shift_id, (make_volunteer().id,), key=key or secrets.token_hex(16), wait=wait)


def test_a_full_shift_is_full_at_a_glance(app: Flask) -> None:
    shift = make_shift(capacity=1)
    rush.ensure_worth_trying(wish(shift.id))
    make_booking(shift)
    with pytest.raises(Refused) as refused:
        rush.ensure_worth_trying(wish(shift.id))
    assert refused.value.reason == Reason.FULL
    rush.ensure_worth_trying(wish(shift.id, wait=True))
    with pytest.raises(NotFound):
        rush.ensure_worth_trying(wish(2**31 - 1))


def test_a_form_that_booked_the_last_place_may_come_again(app: Flask) -> None:
    shift = make_shift(capacity=1)
    booking = make_booking(shift)
    key = booking.key.rsplit(":", 1)[0]
    rush.ensure_worth_trying(Wish(shift.id, (booking.volunteer_id,), key=key))
