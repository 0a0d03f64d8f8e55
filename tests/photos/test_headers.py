"""What a header reveals, what is refused by it, and what the camera noted."""

from __future__ import annotations

import contextlib
import io
import resource
import struct
import time
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from citizen.core.errors import InvalidInput
from citizen.photos.evidence import Evidence, evidence
from citizen.photos.headers import Header, inspect
from citizen.photos.refusals import REFUSALS, PhotoRefused
from tests.photos import corpus

#: Broken further inside than a header can tell; the decoder refuses these.
_DEEP = {
    "jpeg cut in half",
    "png cut in half",
    "png text bomb",
    "heic cut in half",
    "webp canvas unlike picture",
}
BEIJING = Evidence(datetime(2026, 3, 5, 8, 9, 10), 39.9043056, 116.3913889)


def test_the_corpus_is_large_and_named_by_known_codes() -> None:
    assert len(corpus.corpus()) >= 60
    assert {code for _, code in corpus.corpus().values()} <= {"ok", *REFUSALS}


@pytest.mark.parametrize("name", corpus.corpus())
def test_header_alone_decides(name: str) -> None:
    data, code = corpus.corpus()[name]
    if code == "ok" or name in _DEEP:
        header = inspect(data)
        assert header.frames == 1 and header.width >= 1 and header.height >= 1
    else:
        with pytest.raises(PhotoRefused) as caught:
            inspect(data)
        assert caught.value.code == code and len(str(caught.value)) > 20


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize("size", [(640, 480), (333, 777), (1, 1)])
def test_sizes_agree_with_the_decoder(kind: str, size: tuple[int, int]) -> None:
    header = inspect(corpus.encoded(corpus.picture(size), kind))
    if kind == "HEIF":
        # Its encoder stores whole blocks and crops when shown; what costs memory is the stored size.
        assert header.kind == "heic" and size[0] <= header.width <= max(64, size[0] + 1)
        assert size[1] <= header.height <= max(64, size[1] + 1)
    else:
        assert header == Header(kind.lower(), *size)


def test_a_bomb_is_refused_at_once_without_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = corpus.png_bomb(13_000, 13_000)
    assert len(bomb) < 30_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    with pytest.raises(PhotoRefused):
        inspect(bomb)
    assert time.process_time() - started < 0.05
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 5_000  # KiB
    # Control: the image library with its usual limit opens the same file.
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1024**3 // 4 // 3)
    with pytest.warns(Image.DecompressionBombWarning):
        assert Image.open(io.BytesIO(bomb)).size == (13_000, 13_000)


def test_every_header_is_read_quickly() -> None:
    slowest = 0.0
    for data, _ in corpus.corpus().values():
        started = time.process_time()
        with contextlib.suppress(InvalidInput):
            inspect(data)
        slowest = max(slowest, time.process_time() - started)
    assert slowest < 0.005


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_mutilated_files_never_crash_the_reader(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["jpeg with canary", "png with canary", "webp with exif", "heic with exif"]))
    sample = bytearray(corpus.corpus()[name][0])
    for _ in range(data.draw(st.integers(1, 8))):
        sample[data.draw(st.integers(0, min(600, len(sample) - 1)))] = data.draw(st.integers(0, 255))
    mutilated = bytes(sample[: data.draw(st.integers(0, len(sample)))])
    with contextlib.suppress(PhotoRefused):
        inspect(mutilated)
    assert isinstance(evidence(mutilated), Evidence)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_time_and_place_are_found_in_every_format(kind: str) -> None:
    assert evidence(corpus.encoded(corpus.picture(), kind, exif=corpus.exif_block())) == BEIJING


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"lat_ref": "S", "lon_ref": "W"}, (-39.9043056, -116.3913889)),
        ({"lat": (91.0, 0.0, 0.0)}, (None, None)),
        ({"lon": (180.0, 59.0, 0.0)}, (None, None)),
        ({"lat": (39.0, 75.0, 0.0)}, (None, None)),
        ({"lat_ref": "?"}, (None, None)),
        ({"lat": (0.0, 0.0, 0.0), "lon": (0.0, 0.0, 0.0)}, (None, None)),
        ({"lat": (39.0, 54.0)}, (None, None)),
    ],
)
def test_places(changes: dict[str, object], expected: tuple[float | None, float | None]) -> None:
    found = evidence(corpus.encoded(corpus.picture(), "JPEG", exif=corpus.exif_block(**changes)))
    assert (found.lat, found.lon) == expected


@pytest.mark.parametrize(
    "taken",
    [
        "0000:00:00 00:00:00",
        "2026:02:30 00:00:00",
        "1889:01:01 00:00:00",
        "2026:1:1",
        "２０２６:03:05 08:09:10",
        "²026:03:05 08:09:10",
        "x" * 5000,
        "",
    ],
)
def test_impossible_times_are_none(taken: str) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = taken.encode("utf-8", "replace")
    assert evidence(corpus.encoded(corpus.picture(), "PNG", exif=exif.tobytes())).taken_at is None


def test_zero_denominators_and_endless_directories_are_survived() -> None:
    block = corpus.exif_block()
    zeroed = block.replace(struct.pack(">II", 39, 1), struct.pack(">II", 39, 0))
    zeroed = zeroed.replace(struct.pack("<II", 39, 1), struct.pack("<II", 39, 0))
    assert zeroed != block
    found = evidence(corpus.encoded(corpus.picture(), "JPEG", exif=zeroed))
    assert (found.taken_at, found.lat) == (BEIJING.taken_at, None)
    loop = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + struct.pack("<HHII", 0x8769, 4, 1, 8) * 4
    assert (
        evidence(corpus.with_segments(corpus.encoded(corpus.picture(), "JPEG"), corpus.segment(0xE1, loop)))
        == Evidence()
    )


def test_files_without_notes_give_none() -> None:
    assert evidence(b"") == Evidence()
    assert evidence(b"GIF89a") == Evidence()
    assert evidence(corpus.encoded(corpus.picture(), "JPEG")) == Evidence()
