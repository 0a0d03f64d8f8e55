"""Certificates as a feature would issue them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from citizen.accounts.models import Person
from citizen.certificates import services
from citizen.certificates.models import Certificate
from citizen.certificates.rules import Fact, Kind, Statement
from citizen.core.content import Words
from citizen.core.database import transaction
from citizen.extensions import db

HOLDER = "林知禾"
POSTS = Fact(Words.of("服务岗位", "Posts"), Words.of("交通劝导员", "Traffic guide"), public=True)
SHIFTS = Fact(Words.of("最后一班", "Last shift"), Words.of("东门路口", "East Gate crossing"))


def statement(holder: str = HOLDER, **changes: Any) -> Statement:
    """Thirty-six and a half hours of volunteering."""
    values: dict[str, Any] = {
        "kind": Kind.VOLUNTEERING,
        "holder": holder,
        "period": (date(2026, 8, 3), date(2026, 8, 30)),
        "minutes": 2_190,
        "facts": (POSTS, SHIFTS),
    }
    return Statement(**{**values, **changes})


def quiz(holder: str = HOLDER) -> Statement:
    """Eighteen of twenty right."""
    subject = Words.of("文明知识周", "Quiz week")
    return Statement(Kind.QUIZ, holder, subject=subject, period=(date(2026, 8, 24),) * 2, score=(18, 20))


Issue = Callable[..., Certificate]


@pytest.fixture
def issue(people: dict[str, Person]) -> Issue:
    """Issue a certificate to the resident, in a transaction of its own."""

    def act(what: Statement | None = None, *, to: str = "resident", **more: Any) -> Certificate:
        person_id = people[to].id
        with transaction():
            certificate = services.issue(what or statement(), person_id=person_id, **more)
        return db.session.get_one(Certificate, certificate.id)

    return act
