"""What can be done with photos. Pixels are never decoded here: that is the worker's business (`citizen.photos.jobs`)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.database import locked
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.outbox import enqueue
from citizen.core.storage import Bucket, random_key, storage
from citizen.core.text import clean_line
from citizen.extensions import db
from citizen.photos.evidence import Evidence, evidence
from citizen.photos.headers import inspect
from citizen.photos.models import Photo, PhotoEvidence
from citizen.photos.rules import DERIVED, Box, PhotoState, ensure_transition, state_after_box_change

MAX_NAME = 120


def receive(
    data: bytes, *, file_name: str, owner: tuple[str, int], position: int = 0, browser: Evidence | None = None
) -> Photo:
    """Seal the bytes of one upload and write its row; the worker prepares it for being seen.

    ``owner`` is (kind, id); ``browser`` is what the sender's page read before it shrank the picture. Raises
    InvalidInput, before anything is stored, when the content is no photo or is too large.
    """
    inspect(data)
    key = f"originals/{random_key()}"
    # Bytes first, row second: a crash in between leaves an orphan for the sweeper, never a row without bytes.
    storage().put(Bucket.PRIVATE, key, data)
    photo = Photo(
        token=secrets.token_hex(16),
        owner_kind=owner[0],
        owner_id=owner[1],
        position=position,
        original_key=key,
        file_name=_display_name(file_name),
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        uploaded_at=clock.now(),
    )
    db.session.add(photo)
    db.session.flush()
    _keep_evidence(photo, evidence(data), browser)
    enqueue("photos.prepare", {"photo_id": photo.id}, dedupe_key=f"photos.prepare:{photo.id}")
    return photo


def _display_name(raw: str) -> str:
    """What the sender's device called the file, as text to show back to them; never used as a path."""
    try:
        return clean_line(raw.rsplit("/", 1)[-1].rsplit("\\", 1)[-1][-MAX_NAME:], MAX_NAME)
    except InvalidInput:
        return ""


def _keep_evidence(photo: Photo, read: Evidence, browser: Evidence | None) -> None:
    found, source = (read, "file") if read != Evidence() else (browser or Evidence(), "browser")
    if found != Evidence():
        taken = found.taken_at.replace(tzinfo=clock.COUNTY_ZONE) if found.taken_at else None
        db.session.add(PhotoEvidence(photo_id=photo.id, taken_at=taken, lon=found.lon, lat=found.lat, source=source))
        db.session.flush()


def adopt(photos: Iterable[Photo], *, new_owner: tuple[str, int]) -> None:
    """Hand photos to ``new_owner`` (a draft's to its report), in the next flush."""
    for photo in photos:
        photo.owner_kind, photo.owner_id = new_owner


def discard(photo: Photo) -> None:
    """Remove a photo and all its files: its sender took it back, or its draft was abandoned."""
    keys = [key for key in (photo.original_key, photo.master_key) if key]
    enqueue("photos.erase", {"keys": keys + _sizes(photo.masked_key), "public": _sizes(photo.public_name)})
    db.session.execute(db.delete(PhotoEvidence).where(PhotoEvidence.photo_id == photo.id))
    db.session.delete(photo)
    db.session.flush()


def lock_photo(token: str, *, version: object) -> Photo:
    """The photo, locked for this transaction; raises NotFound, or Conflict when it changed since its viewer looked."""
    photo = locked(Photo, Photo.token == token)
    if photo is None:
        raise NotFound()
    if str(version or "") != str(photo.version):
        raise Conflict(_l("Somebody changed this photo while you were working on it. Look at it again."))
    return photo


def set_boxes(photo: Photo, boxes: list[Box], *, by_id: int) -> None:
    """Replace the boxes: the photo must be looked at again, and nothing made with the old boxes is shown any more."""
    target = state_after_box_change(PhotoState(photo.state))
    withdraw(photo)
    _move(photo, target, by_id=by_id, action="photo.boxes")
    old, photo.masked_key = photo.masked_key, None
    photo.boxes = [_as_dict(box) for box in boxes]
    if old:
        enqueue("photos.erase", {"keys": _sizes(old), "public": []})
    enqueue("photos.mask", {"photo_id": photo.id, "version": photo.version})


def approve(photo: Photo, *, by_id: int, alt: str = "") -> None:
    """A person looked at every box and found nothing left uncovered; ``alt`` is what will be read aloud."""
    _move(photo, PhotoState.CHECKED, by_id=by_id, action="photo.checked")
    photo.checked_by = by_id
    photo.alt = alt or photo.alt


def refuse(photo: Photo, *, by_id: int) -> None:
    """Never show this photo to the public."""
    withdraw(photo)
    _move(photo, PhotoState.REFUSED, by_id=by_id, action="photo.refused")
    photo.refusal = "moderator"


def release(photo: Photo) -> str:
    """Copy the masked sizes to the public bucket under a new random name and return that name.

    Releasing a public photo again returns its present name. Raises Conflict unless a person checked the masks and
    the sizes with the present boxes are ready.
    """
    if photo.state == PhotoState.PUBLIC and photo.public_name:
        return photo.public_name
    if photo.state == PhotoState.CHECKED and photo.masked_key is None:
        raise Conflict(_l("The picture is still being prepared. Try again in a few seconds."))
    _move(photo, PhotoState.PUBLIC, by_id=photo.checked_by, action="photo.released")
    name = secrets.token_hex(16)
    for size in DERIVED:
        storage().put(Bucket.PUBLIC, f"{name}/{size}", storage().get(Bucket.PRIVATE, f"{photo.masked_key}/{size}"))
    photo.public_name = name
    db.session.flush()
    return name


def withdraw(photo: Photo) -> None:
    """Take a public photo back: its address is dead with this transaction, its public files go right after it."""
    if photo.state != PhotoState.PUBLIC:
        return
    _move(photo, PhotoState.CHECKED, by_id=None, action="photo.withdrawn")
    enqueue("photos.erase", {"keys": [], "public": _sizes(photo.public_name)})
    photo.public_name = None
    db.session.flush()


def look_at_original(photo: Photo, *, by_id: int, what: str) -> bytes:
    """The sealed original ("original") or the unmasked master ("desk"), with the look recorded in the chain.

    Raises NotFound when retention removed it already.
    """
    key = photo.original_key if what == "original" else photo.master_key
    if key is None:
        raise NotFound()
    record("photo.looked", "photo", subject_id=photo.id, actor=(by_id, "staff"), detail={"what": what})
    return storage().get(Bucket.PRIVATE, key)


def sweep_orphans(before: datetime) -> int:
    """Remove files written before ``before`` that no row names (a crash came between bytes and row); returns how many."""
    removed = 0
    for prefix, column in (
        ("originals", Photo.original_key),
        ("masters", Photo.master_key),
        ("masked", Photo.masked_key),
    ):
        old = {_base(key, prefix) for key, at in storage().names(Bucket.PRIVATE, prefix) if at < before}
        lost = old - set(db.session.execute(db.select(column).where(column.in_(old))).scalars())
        keys = [
            key for key, at in storage().names(Bucket.PRIVATE, prefix) if at < before and _base(key, prefix) in lost
        ]
        storage().delete(Bucket.PRIVATE, keys)
        removed += len(keys)
    names = {key.split("/", 1)[0] for key, at in storage().names(Bucket.PUBLIC) if at < before}
    shown = set(db.session.execute(db.select(Photo.public_name).where(Photo.public_name.in_(names))).scalars())
    for name in names - shown:
        storage().delete(Bucket.PUBLIC, _sizes(name))
        removed += 1
    return removed


def _base(key: str, prefix: str) -> str:
    """The value of the row's column that names ``key``: masked sizes share one prefix."""
    return key.rsplit("/", 1)[0] if prefix == "masked" else key


def _move(photo: Photo, target: PhotoState, *, by_id: int | None, action: str) -> None:
    ensure_transition(PhotoState(photo.state), target)
    before, photo.state = photo.state, target
    photo.version += 1
    actor = (by_id, "staff") if by_id else (None, "system")
    record(action, "photo", subject_id=photo.id, actor=actor, states=(before, target))


def _sizes(prefix: str | None) -> list[str]:
    return [f"{prefix}/{name}" for name in DERIVED] if prefix else []


def _as_dict(box: Box) -> dict[str, float | str]:
    return {
        "x": box.x,
        "y": box.y,
        "w": box.w,
        "h": box.h,
        "kind": box.kind.value,
        "source": box.source.value,
        "score": box.score,
    }
