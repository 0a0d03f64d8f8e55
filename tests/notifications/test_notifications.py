"""Mail and text messages: written in the transaction, sent once, never holding a word of the reporter."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from aiosmtpd.controller import Controller
from flask import Flask

from citizen.core import clock, outbox
from citizen.core.content import content
from citizen.core.database import transaction
from citizen.core.errors import InvalidInput
from citizen.core.outbox import Job, JobState
from citizen.core.worker import run_until_idle
from citizen.extensions import db
from citizen.notifications.services import fill, notify
from tests.factories import make_case, make_report


def recipient(**more: Any) -> Any:
    known = {
        "number": "YY26-0000-00",
        "language": "zh-Hans",
        "contact_email": "a@example.org",
        "contact_phone": None,
    }
    return SimpleNamespace(**{**known, **more})


def write(event: str = "refused", *, to: Any = None, **values: Any) -> None:
    with transaction():
        notify(event, report=to or recipient(), values={"words": "不在本县", "day": "9月3日", **values})


def jobs() -> list[Job]:
    query = db.select(Job).where(Job.kind == "notifications.send").order_by(Job.id)
    return list(db.session.execute(query.execution_options(populate_existing=True)).scalars())


def set_url(app: Flask, name: str, url: str) -> None:
    object.__setattr__(app.config["SETTINGS"], name, url)


class Sink:
    """A real SMTP server that keeps what it takes and refuses as it is told."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.refusals: list[str] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Refuse with the next planned answer, else keep the message."""
        if self.refusals:
            return self.refusals.pop(0)
        self.taken.append(envelope)
        return "250 taken"


@pytest.fixture
def smtp(app: Flask) -> Iterator[Sink]:
    """The sink, running on a free port of this machine and named in the settings."""
    sink = Sink()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    set_url(app, "mail_url", f"smtp://127.0.0.1:{port}")
    yield sink
    controller.stop()


def test_files_hold_one_message_each(app: Flask, tmp_path: Path) -> None:
    set_url(app, "mail_url", f"file://{tmp_path}/mail")
    set_url(app, "sms_url", f"file://{tmp_path}/sms")
    write(to=recipient(contact_phone="13800138000"))
    run_until_idle()
    (mail,) = (tmp_path / "mail").glob("*.eml")
    (sms,) = (tmp_path / "sms").glob("*.json")
    message = message_from_bytes(mail.read_bytes(), policy=policy.default)
    assert message["To"] == "a@example.org" and "不在本县" in message.get_content()
    assert json.loads(sms.read_text())["to"] == "13800138000"


def test_sending_the_same_job_again_makes_no_second_file(app: Flask, tmp_path: Path) -> None:
    set_url(app, "mail_url", f"file://{tmp_path}/mail")
    write()
    (job,) = jobs()
    for _time in range(2):
        outbox.handlers["notifications.send"](dict(job.payload))
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1


def test_a_message_reaches_a_mail_server(app: Flask, smtp: Sink) -> None:
    write()
    run_until_idle()
    (envelope,) = smtp.taken
    assert envelope.rcpt_tos == ["a@example.org"]
    message = message_from_bytes(envelope.content, policy=policy.default)
    assert message["Auto-Submitted"] == "auto-generated" and message["Message-ID"]


@pytest.mark.parametrize("refusal", ["451 try later", "550 no such user", "421 busy"])
def test_a_refused_message_is_sent_later_and_once(app: Flask, smtp: Sink, refusal: str) -> None:
    smtp.refusals = [refusal, refusal]
    write()
    now = clock.now()
    for minutes in range(0, 30, 5):
        with time_machine.travel(now + timedelta(minutes=minutes)):
            run_until_idle()
    assert len(smtp.taken) == 1
    (job,) = jobs()
    assert job.state == JobState.DONE and job.payload == {}


def test_a_server_that_always_refuses_parks_the_message(app: Flask, smtp: Sink) -> None:
    smtp.refusals = ["550 never"] * 20
    write()
    now = clock.now()
    for minutes in range(0, 60, 10):
        with time_machine.travel(now + timedelta(minutes=minutes)):
            run_until_idle()
    (job,) = jobs()
    assert (job.state, job.attempts) == (JobState.PARKED, outbox.MAX_ATTEMPTS) and not smtp.taken


def test_a_poisoned_subject_is_parked_and_the_others_go_out(app: Flask, smtp: Sink) -> None:
    poison = {
        "id": "0" * 16,
        "channel": "mail",
        "to": "a@example.org",
        "subject": "x\r\nBcc: all@example.org",
        "text": "x",
    }
    with transaction():
        outbox.enqueue("notifications.send", poison)
    write()
    now = clock.now()
    for minutes in range(0, 60, 10):
        with time_machine.travel(now + timedelta(minutes=minutes)):
            run_until_idle()
    assert [job.state for job in jobs()] == [JobState.PARKED, JobState.DONE]
    assert len(smtp.taken) == 1 and b"Bcc" not in smtp.taken[0].content


def test_nothing_is_sent_of_what_was_not_stored(app: Flask, smtp: Sink) -> None:
    with pytest.raises(RuntimeError), transaction():
        notify("refused", report=recipient(), values={"words": "x", "day": "y"})
        raise RuntimeError("the transaction fails")
    run_until_idle()
    assert not smtp.taken and not jobs()


def test_without_address_nothing_is_written(app: Flask) -> None:
    write(to=recipient(contact_email=None))
    write("no such event")
    assert not jobs()


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
def test_messages_hold_no_words_of_the_reporter(app: Flask, language: str) -> None:
    """Through all that the office does with a report: neither words nor code nor foreign links."""
    contact = {"phone": "13800138000", "email": "a@example.org", "language": language}
    for state in ("need_info", "rejected", "referred", "withdrawn", "closed"):
        make_case(state, words="CANARY-WORDS 13912345678", **contact)
    texts = [f"{job.payload['subject']}\n{job.payload['text']}" for job in jobs()]
    assert texts
    origin = app.config["SETTINGS"].base_url
    for text in texts:
        assert "CANARY" not in text and "13912345678" not in text
        assert "{" not in text and "None" not in text
        assert "://" not in text.replace(origin, "")


def test_a_missing_value_stops_the_message(app: Flask) -> None:
    template = content().reply_templates["refused", "mail"]
    with pytest.raises(InvalidInput):
        fill(template, "a {hole}", {})
    with pytest.raises(InvalidInput), transaction():
        notify("refused", report=recipient(), values={})
    assert not jobs()


@pytest.mark.parametrize("value", ["{number}", "{0.__class__}", "%(x)s", "a\r\nBcc: x@example.org"])
def test_values_are_plain_text(app: Flask, value: str) -> None:
    template = content().reply_templates["refused", "mail"]
    assert fill(template, "<{words}>", {"words": value}) == f"<{' '.join(value.split())}>"


def test_every_template_can_be_filled(app: Flask) -> None:
    for template in content().reply_templates.values():
        values = dict.fromkeys(template.placeholders, "x")
        for text in (template.subject, template.text):
            for language in ("zh-Hans", "zh-Hant", "en"):
                assert "{" not in fill(template, text.in_language(language), values)


def test_the_host_of_a_request_is_in_no_link(app: Flask) -> None:
    with app.test_request_context(base_url="http://evil.example"):
        write()
    assert "evil.example" not in jobs()[0].payload["text"]


def test_a_report_alone_writes_no_message_with_its_code(app: Flask) -> None:
    report = make_report(email="a@example.org")
    for job in jobs():
        assert report.salt not in json.dumps(job.payload)
