"""What the tests of accounts share."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from citizen.accounts.models import Person
from citizen.accounts.services.secrets import seal
from citizen.core.database import transaction
from citizen.extensions import db
from tests.client import PageClient

MODERATOR = "moderator@demo.invalid"


@pytest.fixture
def browser(app: Flask) -> Callable[[], FlaskClient]:
    """Makes one more browser without cookies."""
    app.test_client_class = PageClient
    return app.test_client


@pytest.fixture
def secret(app: Flask) -> str:
    """The moderator's second factor is set up with this secret."""
    with transaction():
        person = db.session.execute(db.select(Person).where(Person.email == MODERATOR)).scalar_one()
        person.totp_secret = seal("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    return "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_of(secret: str, offset: int = 0) -> str:
    """The app's code ``offset`` seconds from now."""
    return pyotp.TOTP(secret).at(int(time.time()) + offset)


def csrf_of(page: str) -> str:
    """The form token in a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]
