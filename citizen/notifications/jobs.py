"""Sending what was written down. A message keeps its id, so that sending it twice can be told from two messages."""

from __future__ import annotations

import json
import smtplib
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import current_app

from citizen.core.outbox import handles

TIMEOUT_SECONDS = 10


@handles("notifications.send")
def send(payload: dict[str, Any]) -> None:
    """Send one message; raises when the server refuses, so that the outbox tries again later."""
    settings = current_app.config["SETTINGS"]
    if payload["channel"] == "mail":
        _send_mail(settings.mail_url, payload)
    else:
        _write_file(settings.sms_url, payload, ".json", json.dumps(payload, ensure_ascii=False).encode())


def _send_mail(url: str, payload: dict[str, Any]) -> None:
    host = urlsplit(current_app.config["SETTINGS"].base_url).hostname or "localhost"
    message = EmailMessage()
    message["From"] = f"no-reply@{host}"
    message["To"] = payload["to"]
    message["Subject"] = payload["subject"]
    message["Message-ID"] = f"<{payload['id']}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(payload["text"])
    parts = urlsplit(url)
    if parts.scheme == "file":
        _write_file(url, payload, ".eml", bytes(message))
        return
    with smtplib.SMTP(parts.hostname or "localhost", parts.port or 25, timeout=TIMEOUT_SECONDS) as server:
        if parts.username:
            server.starttls()
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)


def _write_file(url: str, payload: dict[str, Any], ending: str, data: bytes) -> None:
    """The demonstration's sink: one file per message; the same message sent again replaces its own file."""
    folder = Path(unquote(urlsplit(url).path))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{payload['id']}{ending}").write_bytes(data)
