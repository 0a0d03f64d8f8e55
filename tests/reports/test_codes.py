"""The query code: shown once to its owner, kept nowhere, compared in constant time."""

from __future__ import annotations

import logging
import re

import pytest
from flask import Flask

from citizen.core.audit import Event
from citizen.core.numbers import group_code
from citizen.extensions import db
from citizen.reports.services import codes
from citizen.reports.services.codes import check_code, known_code
from citizen.web.sessions import SessionRow
from tests.client import PageClient
from tests.reports.flow import canary_jpeg, location, ready, reports, send

ADDRESS = "203.0.113.77"


def _database() -> str:
    """Everything the database holds, as text."""
    db.session.rollback()
    tables = db.metadatas[None].tables if hasattr(db, "metadatas") else {}
    rows = [repr(db.session.execute(db.select(table)).all()) for table in tables.values()]
    assert len(rows) > 20
    return "\n".join(rows)


def test_the_code_is_kept_nowhere(client: PageClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answer = send(client, ready(client, ("a.jpg", canary_jpeg())))
    receipt = client.get(location(answer))
    code = re.findall(r"data-code>([0-9A-Z]{5}-[0-9A-Z]{5})<", receipt.get_data(as_text=True))[0]
    for secret in (code, code.replace("-", "")):
        assert secret not in _database()
        assert secret not in f"{answer.headers}{receipt.headers}{caplog.text}"
    assert check_code(reports()[0].number, code) is not None, "the control: it is the right code"
    assert reports()[0].code_hash in _database(), "the control: the dump holds the reports"


def test_nothing_tells_where_a_report_came_from(client: PageClient) -> None:
    client.environ_base["REMOTE_ADDR"] = ADDRESS
    client.environ_base["HTTP_USER_AGENT"] = "CanaryBrowser/1.0"
    send(client, ready(client, ("a.jpg", canary_jpeg())))
    dump = _database()
    assert ADDRESS not in dump and "CanaryBrowser" not in dump


def test_events_hold_no_words_of_the_sender(client: PageClient) -> None:
    send(client, ready(client), name="王小明", phone="13800138000")
    events = repr([event.detail for event in db.session.execute(db.select(Event)).scalars()])
    sessions = repr([row.data for row in db.session.execute(db.select(SessionRow)).scalars()])
    for word in ("王小明", "13800138000", "盲道"):
        assert word not in events and word not in sessions


@pytest.mark.parametrize("write", [str, str.lower, group_code, lambda code: f" {code[:5]} {code[5:]}　"])
def test_any_way_of_typing_opens(client: PageClient, write) -> None:  # type: ignore[no-untyped-def]
    send(client, ready(client))
    report = reports()[0]
    code = known_code(report)
    assert code is not None
    found = check_code(write(report.number.replace("-", "")), write(code))
    assert found is not None and found.id == report.id


@pytest.mark.parametrize("code", [None, "", "0000000000", "ＡＢＣ", "²" * 10, "\x00", "x" * 5000, 7, [], "H7QD2-M9KXT"])
def test_a_wrong_code_opens_nothing(client: PageClient, code: object) -> None:
    send(client, ready(client))
    assert check_code(reports()[0].number, code) is None
    assert check_code("YY26-0000-00", code) is None
    assert check_code(code, code) is None


def test_a_code_of_another_report_opens_nothing(client: PageClient) -> None:
    send(client, ready(client))
    send(client, ready(client))
    one, two = reports()
    assert check_code(one.number, known_code(two)) is None


def test_unknown_and_wrong_take_the_same_steps(client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work is counted, not time: one look-up, one hash, one comparison, whatever is wrong."""
    send(client, ready(client))
    number, done = reports()[0].number, []
    for name in ("report_by_number", "code_hash"):
        real = getattr(codes, name)
        monkeypatch.setattr(codes, name, lambda *args, name=name, real=real: (done.append(name), real(*args))[1])
    work = []
    for pair in ((number, "0000000001"), ("YY26-0000-00", "0000000001"), ("nonsense", "0000000001"), (number, "junk!")):
        done.clear()
        assert check_code(*pair) is None
        work.append(tuple(done))
    assert set(work) == {("report_by_number", "code_hash")}


def test_a_changed_secret_yields_no_code_rather_than_a_wrong_one(
    app: Flask, client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(client, ready(client))
    assert known_code(reports()[0])
    monkeypatch.setattr(codes, "_secret", lambda: b"another secret altogether")
    assert known_code(reports()[0]) is None
