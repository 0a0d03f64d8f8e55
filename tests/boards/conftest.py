"""Entries in any state, made by the services themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from citizen.boards import queries
from citizen.boards.models import BoardEntry
from citizen.boards.services import entries
from citizen.boards.services.entries import Draft
from citizen.cases.models import Case
from citizen.core import worker
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.photos import services as photos
from citizen.photos.models import Photo
from tests.county import people
from tests.factories import make_case

TITLE = "苇舍新村垃圾投放点满溢"


def prepare_photos(case_id: int) -> tuple[Photo, Photo]:
    """The case's first picture from before and of the fix, masked by the worker and checked by a person."""
    worker.run_until_idle()
    before, after = queries.pictures_of_case(case_id)
    with transaction():
        for photo in (*queries.pictures_of_case(case_id)[0], *queries.pictures_of_case(case_id)[1]):
            if photo.state == "masked":
                photos.approve(photo, by_id=people()["moderator"].id, alt="垃圾桶边堆着垃圾袋")
    before, after = queries.pictures_of_case(case_id)
    return before[0], (after or before)[0]


def write(entry: BoardEntry, *, title: str = TITLE, author: str = "moderator", **changes: Any) -> None:
    """Draft the entry with both pictures of its case."""
    before, after = queries.pictures_of_case(entry.case_id)
    values: dict[str, Any] = {
        "title_hans": title,
        "title_en": "",
        "text_hans": "",
        "text_en": "",
        "precision": "street",
        "before": (before[0].id if before else None, ""),
        "after": (after[0].id if after else None, ""),
    }
    with transaction():
        locked = entries.lock_entry(entry.number, check=False)
        entries.draft(locked, Draft(**{**values, **changes}), by_id=people()[author].id)


def step(entry: BoardEntry, act: Callable[[BoardEntry], Any]) -> BoardEntry:
    """Do ``act`` with the locked entry in a transaction of its own."""
    with transaction():
        act(entries.lock_entry(entry.number, check=False))
    return fresh(entry.number)


def fresh(number: str) -> BoardEntry:
    """The entry as the database has it now."""
    db.session.rollback()
    found = queries.by_number(number)
    assert found is not None
    return found


def entry_for(case: Case, state: str = "candidate", *, title: str = TITLE) -> BoardEntry:
    """The exposure entry of a closed case, driven to ``state``."""
    found = queries.entry_of_case(case.id, "exposure")
    assert found is not None, "the closed case was not proposed"
    number = found.number
    if state == "candidate":
        return found
    prepare_photos(case.id)
    write(fresh(number), title=title)
    reviewer, leader = people()["moderator2"].id, people()["leader"].id
    if state in ("notified", "published"):
        step(found, lambda locked: entries.review(locked, by_id=reviewer))
    if state == "published":
        step(found, lambda locked: entries.publish(locked, by_id=leader))
    return fresh(number)


@pytest.fixture
def closed(app: Flask) -> Case:
    """A case that was fixed and verified, with a picture from before and one of the fix."""
    return make_case("closed", photos=1)


@pytest.fixture
def published(closed: Case) -> BoardEntry:
    """An entry on the board."""
    return entry_for(closed, "published")
