"""The chain of events: whatever is done to it behind our back is found, and said where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from citizen.core import anchors
from citizen.core.audit import FIRST_HASH, Event, canonical, chain, history, record
from citizen.core.database import transaction
from citizen.extensions import db
from tests.core.test_database import run_in_threads

SECRET = b"anchor-secret-of-the-tests"


def write(number: int, subject_id: int = 1) -> None:
    with transaction():
        for step in range(number):
            record("step", "case", subject_id=subject_id, states=("a", "b"), detail={"n": step, "words": "路灯不亮"})


def raw(app: Flask, *statements: str) -> None:
    """Change the table as somebody with the database's password could: triggers first."""
    with db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for verb in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS events_no_{verb}")
        else:
            connection.exec_driver_sql("ALTER TABLE events DISABLE TRIGGER ALL")
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.mark.both_databases
def test_an_untouched_chain_is_whole(app: Flask, tmp_path: Path) -> None:
    write(20)
    assert anchors.write_anchor(tmp_path / "a", SECRET)
    write(5)
    assert anchors.verify(tmp_path / "a", SECRET) == []


@pytest.mark.both_databases
@pytest.mark.parametrize("verb", ["UPDATE events SET action = 'x'", "DELETE FROM events"])
def test_the_database_refuses_to_change_events(app: Flask, verb: str) -> None:
    write(2)
    with pytest.raises(DatabaseError, match="append-only"), db.engine.begin() as connection:
        connection.execute(text(verb))


def rebuild(app: Flask) -> None:
    """Forge the whole chain: other content, every hash right again, the head as well."""
    rows = [
        {name: getattr(event, name) for name in anchors.FIELDS if name != "id"}
        for event in db.session.execute(db.select(Event).order_by(Event.id)).scalars()
    ]
    rows[2]["action"] = "forged"
    db.session.rollback()
    raw(app, "DELETE FROM events")
    forged = chain(rows, 0, last_hash=FIRST_HASH)
    with db.engine.begin() as connection:
        connection.execute(Event.__table__.insert(), forged)
        head = {"i": forged[-1]["id"], "h": forged[-1]["hash"]}
        connection.execute(text("UPDATE audit_head SET last_id = :i, last_hash = :h"), head)


TAMPERING: list[tuple[str, Callable[[Flask], None], str, int]] = [
    ("edit", lambda app: raw(app, "UPDATE events SET action = 'x' WHERE id = 4"), "edited", 4),
    ("delete middle", lambda app: raw(app, "DELETE FROM events WHERE id = 5"), "missing", 5),
    ("cut tail", lambda app: raw(app, "DELETE FROM events WHERE id > 6"), "cut", 7),
    ("rebuild", rebuild, "rebuilt", 10),
    (
        "reorder",
        lambda app: raw(
            app,
            "UPDATE events SET id = 1000 WHERE id = 3",
            "UPDATE events SET id = 3 WHERE id = 4",
            "UPDATE events SET id = 4 WHERE id = 1000",
        ),
        "broken",
        3,
    ),
]


@pytest.mark.both_databases
@pytest.mark.parametrize(("name", "tamper", "kind", "where"), TAMPERING, ids=[row[0] for row in TAMPERING])
def test_tampering_is_found_and_named(
    app: Flask, tmp_path: Path, name: str, tamper: Callable[[Flask], None], kind: str, where: int
) -> None:
    write(10)
    anchors.write_anchor(tmp_path / "a", SECRET)
    tamper(app)
    found = anchors.verify(tmp_path / "a", SECRET)
    assert (kind, where) in [(finding.kind, finding.event_id) for finding in found], found


def test_without_the_anchor_a_cut_tail_with_a_moved_head_goes_unseen(app: Flask, tmp_path: Path) -> None:
    """The control: this is why heads are written outside the database."""
    write(10)
    last = db.session.get_one(Event, 6).hash
    db.session.rollback()
    raw(app, "DELETE FROM events WHERE id > 6", f"UPDATE audit_head SET last_id = 6, last_hash = '{last}'")
    assert anchors.verify(tmp_path / "none", SECRET) == []


def test_an_anchor_somebody_else_wrote_is_not_believed(app: Flask, tmp_path: Path) -> None:
    write(3)
    anchors.write_anchor(tmp_path / "a", b"another secret")
    assert [finding.kind for finding in anchors.verify(tmp_path / "a", SECRET)] == ["anchor"]


def test_the_command_says_so_and_fails(app: Flask) -> None:
    write(3)
    good = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert good.exit_code == 0, good.output
    raw(app, "UPDATE events SET action = 'x' WHERE id = 2")
    bad = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert bad.exit_code == 1
    assert "event 2" in bad.output


@pytest.mark.both_databases
def test_racing_transactions_share_one_chain(app: Flask, tmp_path: Path) -> None:
    results = run_in_threads(app, 8, lambda: [write(3, subject_id=n) for n in range(4)])
    assert not [result for result in results if isinstance(result, Exception)]
    db.session.rollback()
    assert anchors.verify(tmp_path / "a", SECRET) == []
    assert len(history("case", 2)) == 24


def test_a_failed_transaction_leaves_no_event(app: Flask) -> None:
    with pytest.raises(ValueError, match="no"), transaction():
        record("step", "case", subject_id=9)
        raise ValueError("no")
    assert history("case", 9) == []


def test_the_text_that_is_hashed_depends_on_every_field(app: Flask) -> None:
    write(1)
    event = history("case", 1)[0]
    fields = {name: getattr(event, name) for name in anchors.FIELDS}
    texts = {canonical({**fields, name: "changed"}) for name in fields if name != "at"}
    assert len(texts) == len(fields) - 1
    assert canonical(fields) not in texts
