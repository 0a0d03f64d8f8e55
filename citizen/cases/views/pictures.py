"""Pictures on the pages of units and verifiers: masked sizes only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from flask import url_for
from flask_babel import gettext as _

from citizen.photos.models import Photo
from citizen.photos.rules import PhotoState


class Addressed(Protocol):
    """What the address of a picture is made of: a photo, or as much of one as a list reads."""

    token: Any
    masked_key: Any
    state: Any


def address(photo: Addressed, size: str) -> str:
    """Where the masked picture is, or "" while it is being prepared or when it was refused."""
    if photo.masked_key is None or photo.state == PhotoState.REFUSED:
        return ""
    return url_for("photos.private", token=photo.token, size=size)


def shown(photos: Iterable[Photo], words: str) -> list[dict[str, str]]:
    """What a page shows of pictures: {"url", "large", "alt"}; the ones that cannot be seen yet have no address."""
    return [
        {"url": address(photo, "medium"), "large": address(photo, "large"), "alt": photo.alt or f"{words} {number}"}
        for number, photo in enumerate(photos, start=1)
        if photo.state != PhotoState.REFUSED
    ]


def picked(photos: Iterable[Photo]) -> list[dict[str, str]]:
    """What the photo chooser shows of the pictures that are stored already."""
    rows = []
    for photo in photos:
        refused = photo.state == PhotoState.REFUSED
        status = "failed" if refused else "ready" if photo.masked_key else "processing"
        note = _("This picture cannot be used. Remove it and take another.") if refused else ""
        rows.append(
            {"id": photo.token, "thumb_url": address(photo, "thumb"), "alt": photo.alt, "status": status, "note": note}
        )
    return rows
