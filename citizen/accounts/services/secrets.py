"""What the site's secret key protects: sealed texts it can read back, and hashes only it can make."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app


def _key(purpose: str) -> bytes:
    secret = current_app.config["SETTINGS"].secret_bytes
    return hmac.new(secret, f"accounts:{purpose}".encode(), hashlib.sha256).digest()


def seal(text: str) -> str:
    """``text`` encrypted and authenticated (Fernet: AES-128-CBC with HMAC-SHA256)."""
    return Fernet(base64.urlsafe_b64encode(_key("seal"))).encrypt(text.encode()).decode()


def unseal(sealed: str | None) -> str | None:
    """The text behind `seal`, or None when there is none or it was sealed with another key."""
    try:
        return Fernet(base64.urlsafe_b64encode(_key("seal"))).decrypt((sealed or "").encode()).decode()
    except InvalidToken:
        return None


def keyed_hash(purpose: str, text: str) -> str:
    """64 hexadecimal digits that stand for ``text`` and tell nobody without the secret what it was."""
    return hmac.new(_key(purpose), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
