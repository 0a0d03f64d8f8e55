"""Walking through the pages of a report as a browser without scripts does."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from citizen.extensions import db
from citizen.reports.models import Draft, Report
from tests.client import PageClient
from tests.photos.corpus import canary_jpeg, encoded, picture

WORDS = "盲道被共享单车压住了，早上七点多最多"
#: A place in the middle of the county, and one outside.
INSIDE, OUTSIDE = (102.4008, 39.9), (102.1, 39.9)


def jpeg(width: int = 320) -> bytes:
    """A real picture; another width makes another file."""
    return encoded(picture((width, 240)), "JPEG")


def files(*named: tuple[str, bytes]) -> list[tuple[BytesIO, str]]:
    """Files as a form sends them."""
    return [(BytesIO(data), name) for name, data in named]


def location(response: TestResponse) -> str:
    """Where a 303 leads, without host and anchor."""
    assert response.status_code == 303, (response.status_code, response.get_data(as_text=True)[-1500:])
    return str(response.headers["Location"]).split("#")[0]


def begin(client: PageClient, *named: tuple[str, bytes], **more: Any) -> str:
    """Begin a draft with the given files and return its key."""
    data = {"photos": files(*named), **more} if named else more
    found = re.fullmatch(r"/reports/new/([0-9a-f]{32})/place", location(client.submit("/reports/new", data)))
    assert found
    return found[1]


def fill(client: PageClient, key: str, *, area: str = "A3", words: str = WORDS, group: str = "clean") -> None:
    """Fill in place and problem."""
    place = client.submit(f"/reports/new/{key}/place", {"area": area, "landmark": "药店门口"})
    assert location(place) == f"/reports/new/{key}/what"
    problem = client.submit(f"/reports/new/{key}/what", {"group": group, "words": words})
    assert location(problem) == f"/reports/new/{key}/check"


def ready(client: PageClient, *named: tuple[str, bytes]) -> str:
    """A draft that only has to be sent."""
    key = begin(client, *named)
    fill(client, key)
    return key


def send(client: PageClient, key: str, **data: Any) -> TestResponse:
    """Press the last button."""
    return client.submit(f"/reports/new/{key}/check", data)


def reports() -> list[Report]:
    """All reports stored so far."""
    db.session.rollback()
    return list(db.session.execute(db.select(Report).order_by(Report.id)).scalars())


def draft(key: str) -> Draft:
    """The draft's row as it is now."""
    db.session.rollback()
    return db.session.execute(db.select(Draft).where(Draft.key == key)).scalar_one()


def other_browser(app: Flask, like: PageClient | None = None) -> PageClient:
    """A browser of its own, or one that shares the cookies of ``like``, as a second tab does."""
    app.test_client_class = PageClient
    client = app.test_client()
    cookie = like.get_cookie("session") if like is not None else None
    if cookie is not None:
        client.set_cookie("session", cookie.value)
    assert isinstance(client, PageClient)
    return client


__all__ = ["canary_jpeg"]
