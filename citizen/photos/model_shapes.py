"""Let a neural network take pictures of any size although its file states one.

The face model was exported for ten pictures of 32 × 32 pixels; its layers work at any size, only the declared
shapes of its inputs and outputs forbid it. They are replaced by free dimensions in the bytes of the file,
which needs a walk over five nested fields and no further library.
Field numbers: onnx.proto3 (ModelProto.graph 7, GraphProto.input 11 and output 12, ValueInfoProto.type 2,
TypeProto.tensor_type 1, Tensor.shape 2, TensorShapeProto.dim 1, Dimension.dim_param 2).
"""

from __future__ import annotations

from collections.abc import Iterator

_GRAPH, _INPUT, _OUTPUT = 7, 11, 12
_SHAPE_PATH = (2, 1, 2)
_DIMENSION, _PARAMETER = 1, 2
#: Dimensions of a picture batch that stay as they are: the second is the number of channels.
_FIXED = {1}


def with_free_sizes(model: bytes, input_name: str) -> bytes:
    """Return the ONNX file with batch, height and width of this input and of every output left open.

    Raises `ValueError` or `IndexError` when the bytes are not such a file.
    """
    return b"".join(
        _wrap(number, _free_graph(content, input_name.encode())) if number == _GRAPH else raw
        for number, raw, content in _fields(model)
    )


def _free_graph(graph: bytes, input_name: bytes) -> bytes:
    out = bytearray()
    for number, raw, content in _fields(graph):
        if number == _INPUT and _name(content) == input_name:
            out += _wrap(number, _free_shape(content, _SHAPE_PATH, label=b"in"))
        elif number == _OUTPUT:
            out += _wrap(number, _free_shape(content, _SHAPE_PATH, label=b"out"))
        else:
            out += raw
    return bytes(out)


def _free_shape(content: bytes, path: tuple[int, ...], *, label: bytes) -> bytes:
    if path:
        return b"".join(
            _wrap(number, _free_shape(inner, path[1:], label=label)) if number == path[0] else raw
            for number, raw, inner in _fields(content)
        )
    out = bytearray()
    position = 0
    for number, raw, _ in _fields(content):
        is_free = number == _DIMENSION and position not in _FIXED
        out += _wrap(_DIMENSION, _wrap(_PARAMETER, label + b"%d" % position)) if is_free else raw
        position += number == _DIMENSION
    return bytes(out)


def _name(value_info: bytes) -> bytes:
    return next((content for number, _, content in _fields(value_info) if number == 1), b"")


def _fields(message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield (field number, whole field, content) of a protocol buffer; content only for wire type 2."""
    at = 0
    while at < len(message):
        start = at
        tag, at = _read_varint(message, at)
        content = b""
        match tag & 7:
            case 0:
                _, at = _read_varint(message, at)
            case 1:
                at += 8
            case 2:
                length, at = _read_varint(message, at)
                content = message[at : at + length]
                at += length
            case 5:
                at += 4
            case _:
                raise ValueError("not a protocol buffer message")
        yield tag >> 3, message[start:at], content


def _wrap(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
