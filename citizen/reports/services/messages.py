"""What senders add to their report later."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.errors import InvalidInput
from citizen.core.text import clean_text
from citizen.extensions import db
from citizen.reports.models import Message, Report
from citizen.reports.rules import MAX_WORDS
from citizen.reports.signals import message_added


class MessageKind(StrEnum):
    """What a message is for."""

    ADDITION = "addition"
    ANSWER = "answer"
    OBJECTION = "objection"
    CONFIRM = "confirm"
    DISPUTE = "dispute"


def add_message(report: Report, kind: str, words: str, *, photo_count: int = 0) -> Message:
    """Store a sender's words and tell those who listen, in the caller's transaction.

    ``photo_count`` photos will be stored for the message by the caller. Raises InvalidInput for an unknown
    kind and, except for a confirmation, for a message with neither words nor photos.
    """
    if kind not in set(MessageKind):
        raise InvalidInput(_l("This cannot be added."), "words")
    text = clean_text(words, MAX_WORDS, field="words")
    if not text and not photo_count and kind != MessageKind.CONFIRM:
        raise InvalidInput(_l("Write a few words."), "words")
    message = Message(report_id=report.id, kind=kind, words=text, at=clock.now())
    db.session.add(message)
    db.session.flush()
    record(
        f"report.{kind}",
        "report",
        subject_id=report.id,
        actor=(None, "reporter"),
        detail={"message": message.id},
    )
    message_added.send(report, message=message, photo_count=photo_count)
    return message
