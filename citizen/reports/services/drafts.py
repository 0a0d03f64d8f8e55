"""Drafts: begun, filled page by page, cleared; a sent draft no longer changes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.database import locked
from citizen.core.errors import InvalidInput, NotFound
from citizen.extensions import db
from citizen.photos.evidence import Evidence
from citizen.photos.queries import photos_of
from citizen.photos.services import discard, receive
from citizen.reports.models import Draft
from citizen.reports.rules import MAX_PHOTOS


@dataclass(frozen=True, slots=True)
class Upload:
    """One chosen file and what the sender's page read from it before shrinking it."""

    data: bytes
    file_name: str
    browser: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not taken, and why, as a sentence."""

    file_name: str
    reason: Any


def key_of_form(token: str) -> str:
    """The key of the draft that the first page with this random ``token`` begins.

    Sending the first page twice finds the same draft. The key stands in addresses; the token cannot be
    learnt from it.
    """
    secret: bytes = current_app.config["SETTINGS"].secret_bytes
    return hmac.new(secret, f"draft:{token}".encode(), hashlib.sha256).hexdigest()[:32]


def begin(token: str, *, person_id: int | None = None) -> Draft:
    """The draft of the first page with ``token`` (32 hexadecimal digits), made now unless it exists; any
    other token begins a draft of its own."""
    usable = len(token) == 32 and all(char in "0123456789abcdef" for char in token)
    key = key_of_form(token if usable else secrets.token_hex(16))
    known = locked(Draft, Draft.key == key)
    if known is not None:
        return known
    moment = clock.now()
    draft = Draft(key=key, data={}, person_id=person_id, created_at=moment, updated_at=moment)
    db.session.add(draft)
    db.session.flush()
    return draft


def _open(key: str) -> Draft:
    draft = locked(Draft, Draft.key == key)
    if draft is None:
        raise NotFound()
    return draft


def save(key: str, page: str, *, values: dict[str, Any]) -> None:
    """Store the checked answers of one page and forget what was typed there before; a sent draft stays as
    it is."""
    draft = _open(key)
    if draft.report_id is None:
        typed = {name: kept for name, kept in draft.data.get("typed", {}).items() if name != page}
        _write(draft, {**draft.data, page: values, "typed": typed})


def remember(key: str, page: str, *, typed: dict[str, Any]) -> None:
    """Keep what was typed on a page that is not finished, so that no reload and no change of language loses
    it."""
    draft = _open(key)
    if draft.report_id is None:
        _write(draft, {**draft.data, "typed": {**draft.data.get("typed", {}), page: typed}})


def _write(draft: Draft, data: dict[str, Any]) -> None:
    draft.data, draft.updated_at = data, clock.now()
    db.session.flush()


def add_photos(key: str, uploads: Iterable[Upload]) -> list[Refused]:
    """Store up to three photos with the draft; returns the files that were not taken. A file sent twice
    counts once."""
    draft = _open(key)
    if draft.report_id is not None:
        return []
    stored = list(photos_of("draft", draft.id))
    known = {photo.sha256 for photo in stored}
    refused: list[Refused] = []
    for upload in uploads:
        digest = hashlib.sha256(upload.data).hexdigest()
        if digest in known:
            continue
        if len(known) >= MAX_PHOTOS:
            refused.append(Refused(upload.file_name, _l("there are three already")))
            continue
        try:
            receive(
                upload.data,
                file_name=upload.file_name,
                owner=("draft", draft.id),
                position=max((photo.position for photo in stored), default=-1) + 1 + len(known) - len(stored),
                browser=upload.browser,
            )
        except InvalidInput as error:
            refused.append(Refused(upload.file_name, error.message))
        else:
            known.add(digest)
    _write(draft, draft.data)
    return refused


def remove_photo(key: str, photo_id: int | None) -> None:
    """Remove one photo of the draft; a photo of anybody else, or none, changes nothing."""
    draft = _open(key)
    for photo in photos_of("draft", draft.id):
        if photo.id == photo_id and draft.report_id is None:
            discard(photo)
            _write(draft, draft.data)


def clear(key: str) -> None:
    """Delete a draft with its photos; of a sent one, only the draft: the report stays."""
    drop(_open(key))


def drop(draft: Draft) -> None:
    """Delete the row of ``draft`` and the photos it still owns."""
    for photo in photos_of("draft", draft.id):
        discard(photo)
    db.session.delete(draft)
    db.session.flush()
