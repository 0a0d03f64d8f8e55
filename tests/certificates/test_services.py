"""Issuing once, revoking once, and noticing every change."""

from __future__ import annotations

import contextvars
import threading
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from flask import Flask
from sqlalchemy import func, inspect, update
from sqlalchemy.exc import IntegrityError

from citizen.accounts.models import Person
from citizen.certificates import queries, services
from citizen.certificates.models import Certificate
from citizen.certificates.rules import grouped
from citizen.cli import alembic_config
from citizen.core.audit import history
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.extensions import db
from tests import county
from tests.certificates.conftest import HOLDER, Issue, quiz, statement

KEY = "volunteer:7:2026"


def count() -> int:
    """How many certificates there are."""
    return int(db.session.execute(db.select(func.count()).select_from(Certificate)).scalar_one())


def test_issuing_twice_gives_the_same_certificate(issue: Issue) -> None:
    first = issue(dedupe_key=KEY)
    again = issue(statement(minutes=60), dedupe_key=KEY)
    assert again.id == first.id and again.snapshot["minutes"] == 2_190
    assert issue().id != issue().id, "without a key every call certifies something new"
    assert [event.action for event in history("certificate", first.id)] == ["certificate.issued"]


def test_what_is_issued_is_kept_and_recorded(issue: Issue, people: dict[str, Person]) -> None:
    row = issue(by_id=people["coordinator"].id)
    assert (row.holder, row.kind, row.person_id) == (HOLDER, "volunteering", people["resident"].id)
    assert row.snapshot["office"]["en"] and row.snapshot["facts"][0]["value"]["hant"] == "交通勸導員"
    assert services.check(row)
    (event,) = history("certificate", row.id)
    assert event.actor_id == people["coordinator"].id and event.detail == {"number": row.number, "hash": row.hash}


def test_who_cannot_be_certified(app: Flask, issue: Issue, people: dict[str, Person]) -> None:
    with pytest.raises(NotFound), transaction():
        services.issue(statement(), person_id=987_654)
    for holder in ("", "\u200b", "\ud800", "字" * 61):
        with pytest.raises(InvalidInput):
            issue(statement(holder))
    with pytest.raises(InvalidInput):
        issue(statement(minutes=0))
    issue(dedupe_key=KEY)
    with pytest.raises(Conflict):
        issue(to="volunteer", dedupe_key=KEY)
    assert count() == 1


def test_a_revoked_certificate_stays_revoked(issue: Issue, people: dict[str, Person]) -> None:
    row, head = issue(dedupe_key=KEY), people["head"].id
    with transaction():
        services.revoke(row.id, "  时长有误  ", by_id=head)
    found = db.session.get_one(Certificate, row.id)
    assert (found.revoke_reason, found.revoked_by) == ("时长有误", head)
    assert services.check(found) and services.standing_of(found) == "revoked"
    assert issue(dedupe_key=KEY).id == row.id
    with pytest.raises(Conflict), transaction():
        services.revoke(row.id, "时长有误", by_id=head)
    with pytest.raises(NotFound), transaction():
        services.revoke(987_654, "时长有误", by_id=head)
    actions = [(event.action, event.actor_id) for event in history("certificate", row.id)]
    assert actions == [("certificate.issued", None), ("certificate.revoked", head)]


@pytest.mark.both_databases
def test_no_column_that_is_printed_can_be_changed_unnoticed(issue: Issue) -> None:
    rows = {"holder": "林知未", "number": "C-26-000000", "token": "0" * 16, "kind": "quiz"}
    changes: list[dict[str, Any]] = [{name: value} for name, value in rows.items()]
    snapshot = issue().snapshot
    changes += [{"snapshot": {**snapshot, "minutes": 21_900}}, {"snapshot": []}, {"issued_at": func.now()}]
    for change in changes:
        certificate_id = issue().id
        with transaction():
            db.session.execute(update(Certificate).where(Certificate.id == certificate_id).values(**change))
        assert not services.check(db.session.get_one(Certificate, certificate_id)), change
    untouched = issue(quiz("𠮷田镕"))
    db.session.rollback()
    assert services.check(db.session.get_one(Certificate, untouched.id))


def test_finding(issue: Issue, people: dict[str, Person]) -> None:
    row, other = issue(), issue(to="volunteer")
    assert queries.by_token(f" {grouped(row.token).lower()} ") is row
    assert queries.by_token(row.number) is None and queries.by_token("") is None
    assert queries.by_number(row.number.lower()) is row
    assert queries.owned_by(people["resident"].id, row.number) is row
    assert queries.owned_by(people["resident"].id, other.number) is None
    assert [found.id for found in queries.certificates_of(people["resident"].id)] == [row.id]


def copy_of(row: Certificate, **changes: Any) -> Certificate:
    """Another row with the same content."""
    values = {column.key: getattr(row, column.key) for column in Certificate.__table__.columns if column.key != "id"}
    fresh = {"number": "C-26-COPY00", "token": "C" * 16, "dedupe_key": None}
    return Certificate(**{**values, **fresh, **changes})


@pytest.mark.both_databases
def test_the_database_holds_what_is_unique(issue: Issue) -> None:
    row = issue(dedupe_key=KEY)
    for name in ("number", "token"):
        with pytest.raises(IntegrityError), transaction() as session:
            session.add(copy_of(row, **{name: getattr(row, name)}))
    with pytest.raises(Conflict), transaction() as session:
        session.add(copy_of(row, dedupe_key=KEY))
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(copy_of(row, revoked_at=row.issued_at))
    with transaction() as session:
        session.add(copy_of(row))
    assert count() == 2


@pytest.mark.both_databases
def test_many_at_once_get_one_certificate(app: Flask, people: dict[str, Person]) -> None:
    person_id, found, gate = people["resident"].id, set(), threading.Barrier(6)
    db.session.remove()

    def act() -> None:
        with app.app_context():
            gate.wait()
            with transaction():
                number = services.issue(statement(), person_id=person_id, dedupe_key=KEY).number
            found.add(number)
            db.session.remove()

    threads = [threading.Thread(target=contextvars.Context().run, args=(act,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1 and count() == 1


def test_the_table_comes_and_goes(tmp_path: Path) -> None:
    """Up, as the model says; down, gone; up again."""
    app = county.make_app(county.settings(tmp_path, f"sqlite:///{tmp_path / 'fresh.db'}"))
    with app.app_context():
        command.upgrade(alembic_config(), "0003")
        columns = {column["name"]: column["nullable"] for column in inspect(db.engine).get_columns("certificates")}
        assert columns == {column.name: column.nullable for column in Certificate.__table__.columns}
        command.downgrade(alembic_config(), "0002")
        assert "certificates" not in inspect(db.engine).get_table_names()
        command.upgrade(alembic_config(), "0003")
    county.dispose(app)
