"""Reads about photos, and who may see one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from citizen.core.errors import NotFound
from citizen.extensions import db
from citizen.photos.models import Photo, PhotoEvidence
from citizen.photos.rules import PhotoState

#: Features register here who may see the masked photo of an owner they know; any yes is enough.
_may_see: list[Callable[[Photo], bool]] = []


def who_may_see(predicate: Callable[[Photo], bool]) -> Callable[[Photo], bool]:
    """Register ``predicate``: whether the present visitor may see the masked sizes of a photo."""
    _may_see.append(predicate)
    return predicate


def visible_to_visitor(photo: Photo) -> bool:
    """Whether the present visitor may see the masked sizes of ``photo``."""
    return any(predicate(photo) for predicate in _may_see)


def photos_of(kind: str, owner_id: int) -> Sequence[Photo]:
    """The photos of one owner in their order."""
    return photos_of_many(kind, [owner_id])


def photos_of_many(kind: str, owner_ids: Iterable[int]) -> Sequence[Photo]:
    """The photos of several owners, grouped by owner, each in order; one query."""
    query = (
        db.select(Photo)
        .where(Photo.owner_kind == kind, Photo.owner_id.in_(list(owner_ids)))
        .order_by(Photo.owner_id, Photo.position, Photo.id)
    )
    return db.session.execute(query).scalars().all()


def by_token(token: str) -> Photo:
    """The photo with this private name; raises NotFound."""
    photo: Photo | None = db.session.execute(db.select(Photo).where(Photo.token == token)).scalar_one_or_none()
    if photo is None:
        raise NotFound()
    return photo


def sent_photo(token: str) -> Photo:
    """The photo with this private name, for the office; raises NotFound while its sender has not sent it yet."""
    photo = by_token(token)
    if photo.owner_kind == "draft":
        raise NotFound()
    return photo


def public_photo(name: str) -> Photo:
    """The photo that is public under ``name`` right now; raises NotFound the moment it was withdrawn."""
    query = db.select(Photo).where(Photo.public_name == name, Photo.state == PhotoState.PUBLIC)
    photo: Photo | None = db.session.execute(query).scalar_one_or_none()
    if photo is None:
        raise NotFound()
    return photo


def evidence_of(photo_ids: Iterable[int]) -> dict[int, PhotoEvidence]:
    """Time and place that the files claimed, by photo id; photos without any are missing."""
    query = db.select(PhotoEvidence).where(PhotoEvidence.photo_id.in_(list(photo_ids)))
    return {row.photo_id: row for row in db.session.execute(query).scalars()}
