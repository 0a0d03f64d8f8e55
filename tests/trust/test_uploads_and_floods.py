"""Requests that no browser sends: too many parts, too much, the wrong kind, far too often."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import psutil
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from citizen.core.storage import Bucket, storage
from citizen.extensions import db
from citizen.photos.models import Photo
from citizen.reports.models import Report

NASTY = json.loads((Path(__file__).resolve().parents[1] / "nasty.json").read_text(encoding="utf-8"))
KINDS = [(kind, value) for kind, values in NASTY.items() if isinstance(values, list) for value in values]


def picture(size: tuple[int, int] = (64, 64), kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind)
    return out.getvalue()


def send(client: FlaskClient, *files: tuple[bytes, str], **values: str):  # type: ignore[no-untyped-def]
    data = {"photos": [(io.BytesIO(content), name) for content, name in files], **values}
    return client.submit("/reports/new", data, content_type="multipart/form-data")  # type: ignore[attr-defined]


def stored() -> int:
    db.session.rollback()
    return db.session.scalar(db.select(db.func.count()).select_from(Photo)) or 0


BAD_FILES = [
    (b"", "empty.jpg"),
    (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "x.svg"),
    (b"<html><script>alert(1)</script>", "x.jpg"),
    (b"\xff\xd8\xff\xe0<html>", "magic.jpg"),
    (b"GIF89a" + b"\0" * 40, "x.gif"),
    (b"%PDF-1.7\n", "x.pdf"),
    (b"PK\x03\x04", "x.php.jpg"),
    (picture(kind="PNG")[:40], "cut.png"),
]


@pytest.mark.parametrize(("content", "name"), BAD_FILES, ids=[name for _content, name in BAD_FILES])
def test_a_file_that_is_no_photo_is_named_and_refused(
    app: Flask, client: FlaskClient, content: bytes, name: str
) -> None:
    answer = send(client, (content, name))
    assert answer.status_code == 422
    if content:  # a browser sends an empty part when nothing was chosen
        assert name in answer.get_data(as_text=True)
    assert stored() == 0
    assert list(storage().names(Bucket.PRIVATE)) == []


def test_a_good_photo_beside_a_bad_one_is_kept(app: Flask, client: FlaskClient) -> None:
    answer = send(client, (picture(), "good.jpg"), (b"<svg/>", "bad.svg"))
    assert "bad.svg" in answer.get_data(as_text=True)
    assert stored() == 1


def test_a_pixel_bomb_is_refused_at_once_without_memory(app: Flask, client: FlaskClient) -> None:
    out = io.BytesIO()
    Image.new("1", (13_000, 13_000)).save(out, "PNG", optimize=False)
    process = psutil.Process()
    before, started = process.memory_info().rss, time.process_time()
    answer = send(client, (out.getvalue(), "bomb.png"))
    assert answer.status_code == 422
    assert time.process_time() - started < 1
    assert process.memory_info().rss - before < 50_000_000


@pytest.mark.parametrize("name", NASTY["names"][:40], ids=range(len(NASTY["names"][:40])))
def test_no_file_name_does_harm(app: Flask, client: FlaskClient, name: str) -> None:
    safe = name.encode("utf-8", "replace").decode().replace("\0", "").replace("\r", "").replace("\n", "")
    answer = send(client, (picture(), safe or "x"))
    assert answer.status_code in (303, 422)
    keys = [key for key, _at in storage().names(Bucket.PRIVATE)]
    assert all(key.startswith("originals/") and len(key) == len("originals/") + 35 for key in keys)


def test_too_many_parts_are_refused(client: FlaskClient) -> None:
    data = {f"field{number}": "x" for number in range(1_001)}
    answer = client.post("/reports/new", data=data, content_type="multipart/form-data")
    assert answer.status_code == 413


def test_too_many_bytes_are_refused_with_a_page(app: Flask, client: FlaskClient) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 100_000
    answer = client.post(
        "/reports/new", data={"photos": (io.BytesIO(b"\0" * 200_000), "x.jpg")}, content_type="multipart/form-data"
    )
    assert answer.status_code == 413
    assert "<h1" in answer.get_data(as_text=True)


@pytest.mark.parametrize("address", ["/boards/", "/search", "/reports/track", "/account/sign-in", "/help"])
def test_no_query_value_breaks_a_page(client: FlaskClient, address: str) -> None:
    client.echoes = True  # type: ignore[attr-defined]
    names = (
        "q",
        "page",
        "area",
        "group",
        "status",
        "board",
        "after",
        "number",
        "lang",
        "mode",
        "next",
        "view",
        "topic",
    )
    for _kind, value in KINDS:
        text = str(value).encode("utf-8", "replace").decode()[:2_000]
        answer = client.get(address, query_string=dict.fromkeys(names, text))
        assert answer.status_code in (200, 303, 400, 404), (address, value)
        page = answer.get_data(as_text=True)
        assert "<script>alert" not in page
        assert "onerror=alert" not in page or "&lt;" in page


@pytest.mark.parametrize(
    "path",
    [
        "/.git/HEAD",
        "/console",
        "/static/../wsgi.py",
        "/static/..%2fwsgi.py",
        "/static/js/main.js.map",
        "/instance/citizen.db",
        "/static/package.json/..",
    ],
)
def test_nothing_of_the_house_can_be_read(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_five_hundred_reports_from_one_place_meet_a_limit_that_loses_nothing(app: Flask, client: FlaskClient) -> None:
    statuses = []
    for turn in range(25):
        client.delete_cookie("session")
        send(client)
        started = client.submit("/reports/new", {})  # type: ignore[attr-defined]
        base = started.headers["Location"].rsplit("/", 1)[0]
        client.submit(f"{base}/place", {"area": "A1", "landmark": f"第 {turn} 号门口"})  # type: ignore[attr-defined]
        client.submit(f"{base}/what", {"group": "unsure", "words": f"路灯不亮 {turn}"})  # type: ignore[attr-defined]
        answer = client.submit(f"{base}/check", {})  # type: ignore[attr-defined]
        statuses.append(answer.status_code)
        if answer.status_code == 429:
            assert client.get(f"{base}/check").status_code == 200, "the draft is still there"
            break
    assert statuses[0] == 303
    assert statuses[-1] == 429
    db.session.rollback()
    assert db.session.scalar(db.select(db.func.count()).select_from(Report)) == len(statuses) - 1
