"""Telling people by mail or text message what happened, if they left an address."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from flask import current_app

from citizen.core.content import ReplyTemplate, Words, content
from citizen.core.errors import InvalidInput
from citizen.core.outbox import enqueue
from citizen.web.locale import DEFAULT, LOCALES, localised, speaking
from citizen.web.templating import day, words

_PLACEHOLDER = re.compile(r"\{([a-z_]{1,30})\}")


class Recipient(Protocol):
    """Whoever left an address: a report, in practice."""

    number: str
    language: str
    contact_email: str | None
    contact_phone: str | None


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who is written to: the language they read and where it goes."""

    language: str
    email: str | None = None
    phone: str | None = None


def notify(event: str, *, report: Recipient, values: dict[str, Any] | None = None) -> None:
    """Write down, in the current transaction, one message for each address the reporter left.

    Like `tell`, with the report's number and the link for following it among the values. Messages hold no words of the
    reporter.
    """
    reader = Reader(report.language, report.contact_email, report.contact_phone)
    link = f"{current_app.config['SETTINGS'].base_url}/reports/track"
    tell(event, reader, values={"number": report.number, "link": link, "url": link, **(values or {})})


def tell(event: str, reader: Reader, *, values: dict[str, Any] | None = None, key: str = "") -> None:
    """Write down, in the current transaction, one message for each address of ``reader``.

    Events and texts come from the county's reply templates; an event without a template for a channel says nothing
    there. ``values`` fill the template's placeholders; site and hotline are known here. Raises InvalidInput when one is
    missing, since a message with a hole in it must not go out. Days, `Words` and content rows among the values are written
    in the reader's language. With a ``key`` the same thing is told at most once on each channel, ever.
    """
    for channel, address in (("mail", reader.email), ("sms", reader.phone)):
        template = content().reply_templates.get((event, channel))
        if not address or template is None:
            continue
        known = {**_standing(reader), **_in_language(values or {}, reader.language)}
        subject = fill(template, template.subject.in_language(reader.language), known)
        text = fill(template, template.text.in_language(reader.language), known)
        enqueue(
            "notifications.send",
            {"id": secrets.token_hex(8), "channel": channel, "to": address, "subject": subject, "text": text},
            dedupe_key=f"tell:{key}:{channel}" if key else None,
        )


def _standing(reader: Reader) -> dict[str, str]:
    site = content().site
    return {"site": site["name"].in_language(reader.language), "hotline": str(site["hotline"])}


def _in_language(values: dict[str, Any], language: str) -> dict[str, str]:
    with speaking(language if language in LOCALES else DEFAULT):
        return {name: _shown(value) for name, value in values.items()}


def _shown(value: Any) -> str:
    if isinstance(value, date):  # a datetime is one, too
        return day(value)
    if isinstance(value, Words):
        return words(value)
    if hasattr(value, "name_hans"):
        return localised(value, "name")
    return str(value)


def fill(template: ReplyTemplate, text: str, values: dict[str, str]) -> str:
    """``text`` with its placeholders replaced by plain strings; raises InvalidInput when one has no value.

    Not ``str.format``: a template is data and must not reach into objects.
    """

    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        if name not in values:
            raise InvalidInput(f"the message {template.code} needs a value for {name}")
        return " ".join(str(values[name]).split())

    return _PLACEHOLDER.sub(value_of, text)
