"""The secret link of a calendar feed: shown as often as its owner likes, replaced or switched off at any time.

The token follows from the site's secret, the volunteer and a random part that the database keeps; beside it the database
keeps only the token's hash, so that whoever reads the database alone opens no feed.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from flask import current_app

from citizen.core.audit import record
from citizen.volunteers.models import Volunteer
from citizen.volunteers.rules.booking import By
from citizen.volunteers.services.places import lock_volunteers

#: Hexadecimal digits of a token: 160 bits.
TOKEN_LENGTH = 40


def new_link(volunteer_id: int, *, by: By) -> str:
    """Another token for a volunteer's feed; the former one opens nothing from this transaction on."""
    volunteer = lock_volunteers({volunteer_id})[volunteer_id]
    volunteer.feed_nonce = secrets.token_hex(16)
    token = _token(volunteer.id, volunteer.feed_nonce)
    volunteer.feed_hash = hash_of(token)
    record("volunteer.feed_renewed", "volunteer", subject_id=volunteer.id, actor=by.pair)
    return token


def switch_off(volunteer_id: int, *, by: By) -> None:
    """Let the volunteer have no feed; switching off twice changes nothing more."""
    volunteer = lock_volunteers({volunteer_id})[volunteer_id]
    if volunteer.feed_nonce is None and volunteer.feed_hash is None:
        return
    volunteer.feed_nonce = volunteer.feed_hash = None
    record("volunteer.feed_off", "volunteer", subject_id=volunteer.id, actor=by.pair)


def token_of(volunteer: Volunteer) -> str | None:
    """The token of a volunteer's feed; None while there is none, or when the site's secret has changed since."""
    if volunteer.feed_nonce is None or volunteer.feed_hash is None:
        return None
    token = _token(volunteer.id, volunteer.feed_nonce)
    return token if hmac.compare_digest(hash_of(token), volunteer.feed_hash) else None


def hash_of(token: str) -> str:
    """What the database keeps of a token. It is random, so that a plain hash cannot be tried out."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _token(volunteer_id: int, nonce: str) -> str:
    secret: bytes = current_app.config["SETTINGS"].secret_bytes
    return hmac.new(secret, f"calendar-feed:{volunteer_id}:{nonce}".encode(), hashlib.sha256).hexdigest()[:TOKEN_LENGTH]
