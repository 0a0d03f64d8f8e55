"""Photos through their whole life: sealed, prepared by the worker, masked, checked, public, withdrawn."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image, ImageDraw

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.audit import history
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.core.storage import Bucket, storage
from citizen.core.worker import run_until_idle
from citizen.extensions import db
from citizen.photos import services
from citizen.photos.models import Photo
from citizen.photos.queries import photos_of
from citizen.photos.rules import Box, BoxKind, PhotoState


def jpeg(colour: str = "olive", size: tuple[int, int] = (640, 480)) -> bytes:
    picture = Image.new("RGB", size, colour)
    ImageDraw.Draw(picture).rectangle((40, 40, 200, 200), fill="white")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85, comment=b"canary-comment")
    return out.getvalue()


def received(owner_id: int = 1) -> Photo:
    with transaction():
        services.receive(jpeg(), file_name="路灯.jpg", owner=("report", owner_id))
    return photos_of("report", owner_id)[-1]


def prepared(owner_id: int = 1) -> Photo:
    received(owner_id)
    run_until_idle()
    db.session.rollback()
    return photos_of("report", owner_id)[-1]


def checked(by: Person, owner_id: int = 1) -> Photo:
    photo = prepared(owner_id)
    with transaction():
        services.approve(db.session.get_one(Photo, photo.id), by_id=by.id)
    return db.session.get_one(Photo, photo.id)


def names(bucket: Bucket, prefix: str = "") -> list[str]:
    return [name for name, _at in storage().names(bucket, prefix)]


def test_the_web_only_seals(app: Flask) -> None:
    photo = received()
    assert photo.state == PhotoState.SEALED
    assert photo.file_name == "路灯.jpg"
    assert storage().get(Bucket.PRIVATE, photo.original_key or "") == jpeg()
    assert photo.masked_key is None


def test_the_worker_prepares(app: Flask) -> None:
    photo = prepared()
    assert (photo.state, photo.width, photo.height) == (PhotoState.MASKED, 640, 480)
    large = storage().get(Bucket.PRIVATE, f"{photo.masked_key}/large.jpg")
    assert b"canary-comment" not in large
    assert names(Bucket.PUBLIC) == []
    assert [event.to_state for event in history("photo", photo.id)] == ["sanitised", "masked"]


def test_bytes_that_are_no_photo_are_refused_before_anything_is_kept(app: Flask) -> None:
    with pytest.raises(InvalidInput), transaction():
        services.receive(b"<svg onload=alert(1)>", file_name="x.svg", owner=("report", 1))
    assert names(Bucket.PRIVATE) == []


def test_a_photo_that_does_not_decode_is_refused_not_shown(app: Flask) -> None:
    data = jpeg()
    with transaction():
        services.receive(data[: len(data) // 2], file_name="half.jpg", owner=("report", 1))
    run_until_idle()
    db.session.rollback()
    photo = photos_of("report", 1)[0]
    assert (photo.state, photo.masked_key) == (PhotoState.REFUSED, None)
    assert photo.refusal


def test_preparing_twice_changes_nothing(app: Flask) -> None:
    photo = prepared()
    before = (photo.version, photo.masked_key)
    with transaction():
        services.enqueue("photos.prepare", {"photo_id": photo.id})
    run_until_idle()
    db.session.rollback()
    again = db.session.get_one(Photo, photo.id)
    assert (again.version, again.masked_key) == before


def test_release_needs_a_persons_check(app: Flask, people: dict[str, Person]) -> None:
    photo = prepared()
    with pytest.raises(Conflict), transaction():
        services.release(db.session.get_one(Photo, photo.id))
    assert names(Bucket.PUBLIC) == []


def test_new_boxes_take_everything_back(app: Flask, people: dict[str, Person]) -> None:
    photo = checked(people["moderator"])
    with transaction():
        name = services.release(db.session.get_one(Photo, photo.id))
    box = Box(0.05, 0.05, 0.3, 0.4, kind=BoxKind.FACE)
    with transaction():
        services.set_boxes(db.session.get_one(Photo, photo.id), [box], by_id=people["moderator"].id)
    again = db.session.get_one(Photo, photo.id)
    assert (again.state, again.public_name, again.masked_key) == (PhotoState.MASKED, None, None)
    run_until_idle()
    db.session.rollback()
    assert not [key for key in names(Bucket.PUBLIC) if key.startswith(name)]
    masked = storage().get(Bucket.PRIVATE, f"{db.session.get_one(Photo, photo.id).masked_key}/large.jpg")
    pixel = Image.open(io.BytesIO(masked)).convert("RGB").getpixel((100, 100))
    assert isinstance(pixel, tuple)
    assert max(pixel) < 200, "the white square lies under the box"


def test_boxes_changed_while_masks_are_pending_cannot_be_released(app: Flask, people: dict[str, Person]) -> None:
    photo = checked(people["moderator"])
    with transaction():
        found = db.session.get_one(Photo, photo.id)
        services.set_boxes(found, [], by_id=people["moderator"].id)
        services.approve(found, by_id=people["moderator"].id)
    with pytest.raises(Conflict), transaction():
        services.release(db.session.get_one(Photo, photo.id))


def test_a_withdrawn_picture_is_gone_from_the_very_next_response(
    app: Flask, client: FlaskClient, people: dict[str, Person]
) -> None:
    photo = checked(people["moderator"])
    with transaction():
        name = services.release(db.session.get_one(Photo, photo.id))
    shown = client.get(f"/media/{name}/medium", headers={"Accept": "image/webp"})
    assert (shown.status_code, shown.mimetype) == (200, "image/webp")
    etag = {"If-None-Match": shown.headers["ETag"]}
    assert client.get(f"/media/{name}/medium", headers={**etag, "Accept": "image/webp"}).status_code == 304
    with transaction():
        services.withdraw(db.session.get_one(Photo, photo.id))
    for headers in ({}, etag, {"Range": "bytes=0-10"}):
        for size in ("thumb", "medium", "large"):
            assert client.get(f"/media/{name}/{size}", headers=headers).status_code == 404
    run_until_idle()
    assert names(Bucket.PUBLIC) == []


def test_public_and_private_names_differ(app: Flask, people: dict[str, Person]) -> None:
    photo = checked(people["moderator"])
    with transaction():
        name = services.release(db.session.get_one(Photo, photo.id))
    row = db.session.get_one(Photo, photo.id)
    assert name not in (row.token, row.original_key, row.masked_key, row.master_key)


@pytest.mark.parametrize(
    "who", ["", "resident@demo.invalid", "unit@demo.invalid", "verifier@demo.invalid", "admin@demo.invalid"]
)
def test_originals_are_for_moderators_only(app: Flask, client: FlaskClient, who: str) -> None:
    photo = prepared()
    if who:
        client.sign_in(who)  # type: ignore[attr-defined]
    for what in ("desk", "original"):
        assert client.get(f"/office/photos/{photo.token}/{what}.jpg").status_code in (303, 403, 404)
    assert not [event for event in history("photo", photo.id) if event.action == "photo.looked"]


def test_every_look_at_an_original_is_recorded(app: Flask, client: FlaskClient, people: dict[str, Person]) -> None:
    photo = prepared()
    client.sign_in("moderator@demo.invalid")  # type: ignore[attr-defined]
    answer = client.get(f"/office/photos/{photo.token}/original.jpg")
    assert answer.data == jpeg()
    assert answer.headers["Cache-Control"] == "private, no-store"
    looks = [event for event in history("photo", photo.id) if event.action == "photo.looked"]
    assert [(event.actor_id, event.detail) for event in looks] == [(people["moderator"].id, {"what": "original"})]


def test_strangers_see_no_masked_picture_either(app: Flask, client: FlaskClient) -> None:
    photo = prepared()
    assert client.get(f"/photos/{photo.token}/medium").status_code == 404
    assert client.get(f"/photos/{'0' * 32}/medium").status_code == 404


def test_the_desk_stores_boxes_and_approves(app: Flask, client: FlaskClient) -> None:
    photo = prepared()
    client.sign_in("moderator@demo.invalid")  # type: ignore[attr-defined]
    page, seen = f"/office/photos/{photo.token}", photo.version
    values = {
        "version": seen,
        "x": ["10", ""],
        "y": ["20", ""],
        "w": ["100", ""],
        "h": ["50", ""],
        "kind": ["face", "face"],
    }
    assert client.submit(f"{page}/masks", values, page=page).status_code == 303  # type: ignore[attr-defined]
    run_until_idle()
    fresh = photos_of("report", 1)[0]
    assert [round(box["x"] * 640) for box in fresh.boxes] == [10]
    stale = client.submit(f"{page}/approve", {"version": seen, "looked": "y"}, page=page)  # type: ignore[attr-defined]
    assert stale.status_code == 409
    unlooked = client.submit(f"{page}/approve", {"version": fresh.version}, page=page)  # type: ignore[attr-defined]
    assert unlooked.status_code == 422
    done = client.submit(f"{page}/approve", {"version": fresh.version, "looked": "y"}, page=page)  # type: ignore[attr-defined]
    assert done.status_code == 303
    db.session.rollback()
    assert photos_of("report", 1)[0].state == PhotoState.CHECKED


@pytest.mark.parametrize("value", ["-5", "²", "NaN", "1e9", "99999999999999999999", "１２abc", "<script>", "\x00", "٣"])
def test_nasty_numbers_in_boxes_are_refused_in_words(app: Flask, client: FlaskClient, value: str) -> None:
    photo = prepared()
    client.sign_in("moderator@demo.invalid")  # type: ignore[attr-defined]
    page = f"/office/photos/{photo.token}"
    values = {"version": photo.version, "x": value, "y": "1", "w": "10", "h": "10", "kind": "face"}
    assert client.submit(f"{page}/masks", values, page=page).status_code == 422  # type: ignore[attr-defined]


def test_bytes_without_a_row_are_swept_after_an_hour(app: Flask, people: dict[str, Person]) -> None:
    kept = checked(people["moderator"])
    with pytest.raises(RuntimeError), transaction():
        services.receive(jpeg("navy"), file_name="lost.jpg", owner=("report", 2))
        raise RuntimeError("the commit never came")
    assert len(names(Bucket.PRIVATE, "originals")) == 2
    assert services.sweep_orphans(clock.now() - timedelta(hours=1)) == 0
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        assert services.sweep_orphans(clock.now() - timedelta(hours=1)) == 1
    assert names(Bucket.PRIVATE, "originals") == [kept.original_key]
    assert len(names(Bucket.PRIVATE, "masked")) == 6
    db.session.rollback()
    assert storage().get(Bucket.PRIVATE, db.session.get_one(Photo, kept.id).master_key or "")


def test_a_discarded_photo_leaves_no_file(app: Flask) -> None:
    photo = prepared()
    with transaction():
        services.discard(db.session.get_one(Photo, photo.id))
    run_until_idle()
    assert names(Bucket.PRIVATE) == []
