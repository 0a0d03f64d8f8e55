"""Many more shifts, for measuring, keep the same promises as the few."""

from __future__ import annotations

import pytest
from flask import Flask

from citizen.demo.load import load
from citizen.demo.volunteering import bulk
from citizen.extensions import db
from citizen.volunteers.models import Booking, Shift
from tests.demo import test_volunteering as promises
from tests.demo.conftest import NOW


def count(model: type) -> int:
    return int(db.session.execute(db.select(db.func.count()).select_from(model)).scalar_one())


def test_many_more_shifts(app: Flask, plain_pictures: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """In chunks, as a hundred thousand would be stored."""
    monkeypatch.setattr(bulk, "CHUNK", 120)
    load(5, NOW, shifts=300)
    added = db.select(db.func.count()).select_from(Shift).where(Shift.template_id.is_(None))
    assert db.session.execute(added).scalar_one() == 300 and count(Booking) > 2_400
    promises.test_counters_and_events_are_those_of_the_bookings(app)
    promises.test_nobody_is_in_two_places_and_everybody_may_be_there(app)
    promises.test_hours_are_those_of_the_attendance(app)
