"""Drafts are forgotten in time, and only then."""

from __future__ import annotations

from datetime import timedelta

import pytest

from citizen.core import clock
from citizen.core.audit import history
from citizen.core.database import transaction
from citizen.core.errors import InvalidInput
from citizen.extensions import db
from citizen.photos.models import Photo
from citizen.reports.jobs import sweep_drafts
from citizen.reports.models import Draft, Message
from citizen.reports.services.messages import add_message
from citizen.reports.signals import message_added
from tests.client import PageClient
from tests.reports.flow import draft, jpeg, ready, reports, send


def _age(key: str, days: int) -> None:
    with transaction():
        row = db.session.execute(db.select(Draft).where(Draft.key == key)).scalar_one()
        row.updated_at = clock.now() - timedelta(days=days)


def _keys() -> set[str]:
    db.session.rollback()
    return set(db.session.execute(db.select(Draft.key)).scalars())


@pytest.mark.both_databases
def test_sweeping(client: PageClient) -> None:
    fresh, old, sent, long_sent = (ready(client, (f"{n}.jpg", jpeg(320 + n))) for n in range(4))
    for key in (sent, long_sent):
        send(client, key)
    _age(fresh, 29)
    _age(old, 31)
    _age(sent, 6)
    _age(long_sent, 8)
    old_id = draft(old).id
    sweep_drafts({})
    sweep_drafts({})
    assert _keys() == {fresh, sent}
    owners = set(db.session.execute(db.select(Photo.owner_kind, Photo.owner_id)).all())
    assert ("draft", old_id) not in owners and len(owners) == 3, "the reports keep their photos"
    assert len(reports()) == 2


def test_messages_are_stored_told_and_recorded(client: PageClient) -> None:
    send(client, ready(client))
    heard = []

    def listen(report, message, **_more):  # type: ignore[no-untyped-def]
        heard.append((report.number, message.kind))

    with message_added.connected_to(listen), transaction():
        report = reports_in_transaction()
        add_message(report, "addition", "  还在那里\n")
    number, report_id = reports()[0].number, reports()[0].id
    assert heard == [(number, "addition")]
    assert db.session.execute(db.select(Message.words)).scalars().all() == ["还在那里"]
    assert [event.action for event in history("report", report_id)] == ["report.submitted", "report.addition"]


def reports_in_transaction():  # type: ignore[no-untyped-def]
    from citizen.reports.models import Report

    return db.session.execute(db.select(Report)).scalar_one()


@pytest.mark.parametrize(
    ("kind", "words"),
    [("addition", ""), ("addition", "\u200b"), ("addition", "长" * 2001), ("approve", "好"), ("dispute", " ")],
)
def test_messages_that_are_refused(client: PageClient, kind: str, words: str) -> None:
    send(client, ready(client))
    with pytest.raises(InvalidInput), transaction():
        add_message(reports_in_transaction(), kind, words)
