"""The worker's part: cleaning, finding faces and plates, masking, erasing. Every job may run twice."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.database import locked, transaction
from citizen.core.outbox import handles
from citizen.core.storage import Bucket, random_key, storage
from citizen.core.worker import every
from citizen.extensions import db
from citizen.photos import services
from citizen.photos.decoder import run_bounded
from citizen.photos.detector import propose
from citizen.photos.models import Photo
from citizen.photos.refusals import PhotoRefused
from citizen.photos.rules import PhotoState, dump_boxes, ensure_transition


@handles("photos.prepare")
def prepare(payload: dict[str, Any]) -> None:
    """Clean a sealed original, propose boxes and make the masked sizes; a photo that cannot be cleaned is refused."""
    photo = db.session.get(Photo, payload["photo_id"])
    if photo is None or photo.state != PhotoState.SEALED or photo.original_key is None:
        return
    data = storage().get(Bucket.PRIVATE, photo.original_key)
    db.session.rollback()  # the picture takes a while: hold no transaction meanwhile
    try:
        clean = run_bounded("sanitise", data)
        boxes = propose(clean.master)
        masked = run_bounded("derive", clean.master, dump_boxes(boxes))
    except PhotoRefused as refusal:
        _refuse(payload["photo_id"], refusal)
        return
    master_key = f"masters/{random_key()}"
    storage().put(Bucket.PRIVATE, master_key, clean.master)
    masked_key = _put_masked(masked)
    with transaction():
        found = locked(Photo, Photo.id == payload["photo_id"])
        if found is None or found.state != PhotoState.SEALED:
            return
        found.width, found.height = clean.width, clean.height
        found.master_key, found.masked_key = master_key, masked_key
        found.boxes = json.loads(dump_boxes(boxes))
        for target in (PhotoState.SANITISED, PhotoState.MASKED):
            _step(found, target)


@handles("photos.mask")
def mask(payload: dict[str, Any]) -> None:
    """Make the masked sizes with the boxes as they are now, unless newer boxes came meanwhile."""
    photo = db.session.get(Photo, payload["photo_id"])
    if photo is None or photo.master_key is None or photo.masked_key is not None:
        return
    boxes, master = list(photo.boxes), storage().get(Bucket.PRIVATE, photo.master_key)
    db.session.rollback()
    masked_key = _put_masked(run_bounded("derive", master, json.dumps(boxes)))
    with transaction():
        found = locked(Photo, Photo.id == payload["photo_id"])
        if found is not None and found.boxes == boxes and found.masked_key is None:
            found.masked_key = masked_key


@handles("photos.erase")
def erase(payload: dict[str, Any]) -> None:
    """Delete files that no row names any more."""
    storage().delete(Bucket.PUBLIC, payload["public"])
    storage().delete(Bucket.PRIVATE, payload["keys"])


@every(timedelta(hours=1))
def sweep(_payload: dict[str, Any]) -> None:
    """Remove what a crash left between storing bytes and committing their row."""
    services.sweep_orphans(clock.now() - timedelta(hours=1))


def _put_masked(files: dict[str, bytes]) -> str:
    prefix = f"masked/{random_key()}"
    for name, data in files.items():
        storage().put(Bucket.PRIVATE, f"{prefix}/{name}", data)
    return prefix


def _step(photo: Photo, target: PhotoState) -> None:
    ensure_transition(PhotoState(photo.state), target)
    before, photo.state = photo.state, target
    photo.version += 1
    record(f"photo.{target.value}", "photo", subject_id=photo.id, states=(before, target))


def _refuse(photo_id: int, refusal: PhotoRefused) -> None:
    with transaction():
        found = locked(Photo, Photo.id == photo_id)
        if found is not None and found.state == PhotoState.SEALED:
            _step(found, PhotoState.REFUSED)
            found.refusal = str(getattr(refusal, "code", "damaged"))[:40]
