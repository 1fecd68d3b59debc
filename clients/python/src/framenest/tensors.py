"""Reads safetensors messages of unknown origin. Format: github.com/huggingface/safetensors, "Format"."""

from __future__ import annotations

import struct
from typing import Any, Callable, NamedTuple, NoReturn, Optional

import numpy as np

from .errors import FramenestError
from .strict_json import is_count, parse_json

_deserialize: Optional[Callable[[bytes], Any]] = None
try:
    from safetensors import deserialize as _deserialize
except ImportError:
    pass  # Debian 12 has no such package; the reader below checks the same.

#: Longest JSON header, bytes.
HEADER_BYTES = 1 << 20

#: Most tensors of a message.
TENSORS = 64

#: numpy's name of each number format; numpy has no bfloat16, whose bits come as uint16.
_NUMPY = {"I64": "<i8", "F32": "<f4", "I32": "<i4", "F16": "<f2", "BF16": "<u2", "I8": "i1", "U8": "u1"}


class Tensor(NamedTuple):
    """One named array. ``values`` is read only; of ``BF16`` it holds the bits as uint16."""

    dtype: str
    values: np.ndarray


def read_tensors(message: bytes) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata of a message, by the ``safetensors`` package where it is installed.

    :raises FramenestError: WIRE_MALFORMED, WIRE_LIMIT
    """
    entries, body = _split(message)
    metadata = entries.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise _malformed("its __metadata__ is no map of strings")
    if len(entries) > TENSORS:
        raise _too_large(f"{len(entries)} tensors", TENSORS)
    read = _read_with_library if _deserialize else _read_alone
    return read(message, body, entries), metadata


def _read_alone(message: bytes, body: int, entries: dict[str, Any]) -> dict[str, Tensor]:
    size = len(message) - body
    tensors, spans = {}, []
    for name, entry in entries.items():
        dtype, shape, (start, end) = _check_entry(name, entry, size)
        values = np.frombuffer(message, _NUMPY[dtype], count=_volume(shape), offset=body + start)
        tensors[name] = Tensor(dtype, values.reshape(shape))
        spans.append((start, end))
    _check_cover(spans, size)
    return tensors


def _read_with_library(message: bytes, body: int, entries: dict[str, Any]) -> dict[str, Tensor]:
    for name, entry in entries.items():
        _check_entry(name, entry, len(message) - body)
    assert _deserialize
    try:
        found = _deserialize(message)
    except Exception as error:  # Its own class, or whatever a hostile message makes of it.
        raise _malformed(f"the safetensors package says {_short(error)}") from None
    tensors = {}
    for name, entry in found:
        values = np.frombuffer(bytes(entry["data"]), _NUMPY[entry["dtype"]])
        tensors[name] = Tensor(entry["dtype"], values.reshape(entry["shape"]))
    return tensors


def _split(message: bytes) -> tuple[dict[str, Any], int]:
    if len(message) < 8:
        raise _malformed(f"it ends after {len(message)} bytes")
    (length,) = struct.unpack_from("<Q", message)
    if length > HEADER_BYTES:
        raise _too_large(f"a header of {length} bytes", HEADER_BYTES)
    end = 8 + length
    if end > len(message):
        raise _malformed(f"its header ends at byte {end} of {len(message)}")
    if message[8:9] != b"{":
        raise _malformed('its header does not begin with "{"')
    try:
        header = parse_json(message[8:end].decode("utf-8"))
    except ValueError as error:
        raise _malformed(f"its header is no JSON that can be read ({_short(error)})") from None
    return header, end


def _check_entry(name: str, entry: Any, size: int) -> tuple[str, list[int], tuple[int, int]]:
    def bad(problem: str) -> NoReturn:
        raise _malformed(f"tensor {ascii(name[:64])} {problem}")

    if not isinstance(entry, dict):
        bad("has no entry")
    dtype, shape, span = entry.get("dtype"), entry.get("shape"), entry.get("data_offsets")
    if not isinstance(dtype, str) or dtype not in _NUMPY:
        bad("has a bad dtype")
    if not isinstance(shape, list) or len(shape) > 8 or not all(map(is_count, shape)):
        bad("has a bad shape")
    if not isinstance(span, list) or len(span) != 2 or not all(map(is_count, span)):
        bad("has bad data_offsets")
    start, end = span
    bytes_taken = _volume(shape) * np.dtype(_NUMPY[dtype]).itemsize
    if not start <= end <= size or end - start != bytes_taken:
        bad(f"takes {bytes_taken} bytes, and its data_offsets are {start}, {end} of {size}")
    return dtype, shape, (start, end)


def _check_cover(spans: list[tuple[int, int]], size: int) -> None:
    """The format allows no gap and no overlap: otherwise bytes could hide in a message."""
    at = 0
    for start, end in sorted(spans):
        if start != at:
            raise _malformed(f"its tensors leave or share bytes at {min(start, at)}")
        at = end
    if at != size:
        raise _malformed(f"{size - at} bytes follow its last tensor")


def _volume(shape: list[int]) -> int:
    volume = 1
    for side in shape:
        volume *= side
    return volume


def _short(error: Exception) -> str:
    return ascii(str(error))[1:121]


def _malformed(problem: str) -> FramenestError:
    return FramenestError(
        "WIRE_MALFORMED", f"This is no safetensors message: {problem}.", "Send what framenest's docs/protocol.md describes."
    )


def _too_large(found: str, limit: int) -> FramenestError:
    return FramenestError("WIRE_LIMIT", f"A safetensors message with {found}; the limit is {limit}.", "Send smaller packets.")
