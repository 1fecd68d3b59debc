"""Token packets: docs/protocol.md of framenest, "Packet"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from functools import cached_property
from typing import Mapping, Optional

import numpy as np

from .errors import FramenestError
from .tensors import Tensor, read_tensors

#: Name of the protocol and of the WebSocket subprotocol.
PROTOCOL = "framenest.v1"

#: Most frames of a packet; a part file's have at most 1,024.
FRAMES = 4096

KINDS = ("uniform", "tree", "hold", "refine")

_TOKEN_DTYPES = ("F16", "BF16", "F32", "I8")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
#: The end of the year 9999, the last that a datetime can say.
_LAST_US = 253_402_300_799_999_999


@dataclass(frozen=True)
class Frame:
    """One frame of a packet."""

    ticks: int
    """Presentation time, ticks of the packet's ``timebase``. Exact; may be negative."""
    pts: float
    """Presentation time, seconds."""
    kind: str
    """``uniform``: the whole frame at one scale; ``tree``: a cut of the scale tree; ``hold``: nothing happened, one
    token; ``refine``: reserved."""
    scale: int
    """Tokens of the uniform level; of a tree its finest level; 1 for a hold."""
    change: float
    """Change score, 0 … 1."""
    dropped_before: int
    """Frames of a live source that were let go before this one."""
    slice: slice
    """Its rows in ``tokens``, ``raw`` and ``position``."""


@dataclass(frozen=True, eq=False)
class Packet:
    """Tokens of one or more frames, and what is known of them. Arrays other than ``tokens`` are read only."""

    stream: str
    sequence: int
    """Dense number of the packet in its stream, from 0, over all epochs."""
    epoch: int
    """One more for each connection of a live source: pts and what the receiver holds start anew."""
    timebase: Fraction
    """Seconds a tick."""
    encoder: str
    """Digest of the encoder: tokens of different encoders never mix."""
    stage: str
    """``pre`` or ``post``: block means taken before or after the model's projector."""
    wallclock_us: Optional[int]
    """Unix time at which the first frame was decoded, microseconds; of live sources."""
    frames: tuple[Frame, ...]
    dtype: str
    """Number format on the wire: F16, BF16, F32 or I8."""
    raw: np.ndarray
    """``[T, C]`` as it came: float16, float32, int8, or the bits of bfloat16 as uint16."""
    token_scale: Optional[np.ndarray]
    """Float32 ``[T]``, with I8 only: value = integer × factor."""
    position: Optional[np.ndarray]
    """Int32 ``[T]``: level × 1024 + raster index in that level's grid. None in the uniform layout."""

    @cached_property
    def tokens(self) -> np.ndarray:
        """Float32 ``[T, C]``, made on first use and yours to change. ``C`` is 0 where no values were asked for."""
        if self.dtype == "BF16":
            return (self.raw.astype(np.uint32) << 16).view(np.float32)
        values = self.raw.astype(np.float32)
        return values if self.token_scale is None else values * self.token_scale[:, None]

    @property
    def wallclock(self) -> Optional[datetime]:
        """``wallclock_us`` as a UTC time."""
        return None if self.wallclock_us is None else _EPOCH + timedelta(microseconds=self.wallclock_us)


def decode_packet(message: bytes) -> Packet:
    """Reads a packet of unknown origin. Part files of ``framenest run`` are packets too.

    :raises FramenestError: WIRE_MALFORMED, WIRE_LIMIT
    """
    tensors, metadata = read_tensors(message)
    tokens = _tokens(tensors)
    rows = len(tokens.values)
    timebase = parse_timebase(_text(metadata, "timebase"))
    if timebase is None:
        raise malformed("its timebase is no fraction")
    position = _optional(tensors, "position", "I32", rows)
    token_scale = _optional(tensors, "token_scale", "F32", rows)
    frames = _frames(tensors, rows, timebase)
    if (tokens.dtype == "I8") != (token_scale is not None):
        raise malformed("token_scale goes with I8 tokens and no others")
    if position is None and any(frame.kind == "tree" for frame in frames):
        raise malformed("a tree frame has no positions")
    if _text(metadata, "protocol") != PROTOCOL:
        raise malformed(f"its protocol is not {PROTOCOL}")
    if _text(metadata, "stage") not in ("pre", "post"):
        raise malformed("its stage is neither pre nor post")
    return Packet(
        stream=_text(metadata, "stream"),
        sequence=_count(metadata, "sequence", 10**15 - 1),
        epoch=_count(metadata, "epoch", 10**15 - 1),
        timebase=timebase,
        encoder=_text(metadata, "encoder"),
        stage=metadata["stage"],
        wallclock_us=_count(metadata, "wallclock_us", _LAST_US) if "wallclock_us" in metadata else None,
        frames=frames,
        dtype=tokens.dtype,
        raw=tokens.values,
        token_scale=token_scale,
        position=position,
    )


def _tokens(tensors: Mapping[str, Tensor]) -> Tensor:
    tokens = tensors.get("tokens")
    if tokens is None:
        raise malformed('tensor "tokens" is missing')
    if tokens.dtype not in _TOKEN_DTYPES:
        raise malformed(f"tokens are {tokens.dtype}")
    # No channels where the subscription asked for no values.
    if tokens.values.ndim != 2 or len(tokens.values) < 1:
        raise malformed(f"tokens have the shape {list(tokens.values.shape)}")
    return tokens


def _frames(tensors: Mapping[str, Tensor], rows: int, timebase: Fraction) -> tuple[Frame, ...]:
    pts = tensors.get("pts")
    n = len(pts.values) if pts is not None and pts.values.ndim == 1 else 0
    if n < 1:
        raise malformed("it holds no frame")
    if n > FRAMES:
        raise FramenestError("WIRE_LIMIT", f"A packet of {n} frames; the limit is {FRAMES}.", "Send smaller packets.")
    bounds = _required(tensors, "cu_seqlens", "I32", n + 1).tolist()
    if bounds[0] != 0 or bounds[n] != rows:
        raise malformed(f"cu_seqlens does not span 0 to {rows}")
    columns = zip(
        _required(tensors, "pts", "I64", n).tolist(),
        _required(tensors, "kind", "U8", n).tolist(),
        _required(tensors, "scale", "I32", n).tolist(),
        _required(tensors, "change", "F32", n).tolist(),
        _required(tensors, "dropped_before", "I32", n).tolist(),
    )
    frames = []
    for i, (ticks, kind, scale, change, dropped) in enumerate(columns):
        if kind >= len(KINDS):
            raise malformed(f"frame {i} has the kind {kind}")
        own = slice(bounds[i], bounds[i + 1])
        frame = Frame(ticks, float(ticks * timebase), KINDS[kind], scale, change, dropped, own)
        _check_frame(i, frame)
        frames.append(frame)
    return tuple(frames)


def _check_frame(i: int, frame: Frame) -> None:
    tokens = frame.slice.stop - frame.slice.start
    if tokens < 1 or frame.scale < 1 or frame.dropped_before < 0:
        raise malformed(f"frame {i} has a count below 1")
    own = {"hold": 1, "uniform": frame.scale}.get(frame.kind, tokens)
    if tokens != own:
        raise malformed(f"frame {i}, {frame.kind}, has {tokens} tokens instead of {own}")


def _required(tensors: Mapping[str, Tensor], name: str, dtype: str, length: int) -> np.ndarray:
    found = _optional(tensors, name, dtype, length)
    if found is None:
        raise malformed(f'tensor "{name}" is missing')
    return found


def _optional(tensors: Mapping[str, Tensor], name: str, dtype: str, length: int) -> Optional[np.ndarray]:
    found = tensors.get(name)
    if found is None:
        return None
    if found.dtype != dtype or found.values.shape != (length,):
        shape = list(found.values.shape)
        raise malformed(f'tensor "{name}" is {found.dtype} {shape} instead of {dtype} [{length}]')
    return found.values


def _text(metadata: Mapping[str, str], name: str) -> str:
    if name not in metadata:
        raise malformed(f'its metadata lacks "{name}"')
    return metadata[name]


def _count(metadata: Mapping[str, str], name: str, most: int) -> int:
    text = _text(metadata, name)
    if not re.fullmatch("[0-9]{1,18}", text) or int(text) > most:
        raise malformed(f"its {name} is no count")
    return int(text)


def parse_timebase(text: str) -> Optional[Fraction]:
    """``"1/90000"`` as seconds a tick; None where it is no positive fraction."""
    # Not Fraction's own grammar: it takes "1e999999999", and all memory with it.
    if not re.fullmatch("[0-9]{1,10}/[0-9]{1,10}", text):
        return None
    ticks, seconds = map(int, text.split("/"))
    return Fraction(ticks, seconds) if ticks and seconds else None


def malformed(problem: str) -> FramenestError:
    """WIRE_MALFORMED for a packet."""
    return FramenestError(
        "WIRE_MALFORMED", f"This is no framenest packet: {problem}.", "Send what framenest's docs/protocol.md describes."
    )
