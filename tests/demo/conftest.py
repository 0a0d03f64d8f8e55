"""A loaded demonstration for tests: three hundred reports, told from a fixed moment."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from citizen.demo import photo_rows, pictures
from citizen.demo.load import load

#: A Tuesday, nine o'clock in the county.
NOW = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)


@pytest.fixture
def plain_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small stand-ins for drawings: rendering and cleaning two dozen of them is not what most tests
    are about."""
    small = pictures.Prepared(b"original", b"master", 4, 3, dict.fromkeys(pictures.DERIVED, b"size"))
    monkeypatch.setattr(photo_rows, "prepared", lambda *_what: small)


@pytest.fixture
def loaded(app: Flask, plain_pictures: None) -> Flask:
    """The application with three hundred reports."""
    load(300, NOW)
    return app
