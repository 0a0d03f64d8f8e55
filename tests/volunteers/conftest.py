"""What tests of volunteering share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from citizen.web.locale import speaking


@pytest.fixture
def english(app: Flask) -> Iterator[None]:
    """Refusals outside of a page speak English, so that a test can tell one from another."""
    with speaking("en"):
        yield
