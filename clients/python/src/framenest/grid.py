"""What a receiver holds: docs/protocol.md of framenest, "What the receiver holds"."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Iterator, Optional, Sequence

import numpy as np

from .errors import FramenestError
from .packet import Frame, Packet

_POSITIONS = 1024
#: A grid of more cells than positions can name is none of this protocol.
_SIDE = 32


@dataclass(frozen=True, eq=False)
class RebuiltFrame:
    """One frame as the receiver sees it."""

    frame: Frame
    grid: np.ndarray
    """Float32 ``[side, side, C]`` at the finest scale of the ladder, after this frame; yours to keep and to change."""


class GridRebuilder:
    """Rebuilds the full grid of every frame of a stream from its packets alone.

    Feed it every packet from the first of an epoch on, or from one that tells the whole grid (``key=True``). After a gap
    the regions that the missing packets told of are out of date until they are told again. A packet of another epoch
    starts anew.
    """

    def __init__(self, ladder: Sequence[int], grid_side: int, channels: int) -> None:
        """``ladder``, ``grid_side`` and ``channels`` as the stream's facts, or the subscription, say them.

        :raises FramenestError: LADDER_INVALID
        """
        self._sides = _sides(ladder, grid_side)
        self._ladder = list(ladder)
        self._epoch: Optional[int] = None
        self._held = np.zeros((self._sides[-1], self._sides[-1], channels), np.float32)

    def receive(self, packet: Packet) -> Iterator[RebuiltFrame]:
        """Takes in a packet, frame by frame.

        :raises FramenestError: WIRE_MALFORMED where the packet does not fit the stream
        """
        channels = self._held.shape[2]
        if packet.raw.shape[1] != channels:
            raise _misfit(f"{packet.raw.shape[1]} channels instead of {channels}")
        if packet.epoch != self._epoch:
            self._held[:] = 0
        self._epoch = packet.epoch
        for frame in packet.frames:
            tokens = packet.tokens[frame.slice]
            if packet.position is not None:
                for position, token in zip(packet.position[frame.slice].tolist(), tokens):
                    self._replace(position, token)
            elif frame.kind != "hold":
                self._replace_all(frame, tokens)
            yield RebuiltFrame(frame, self._held.copy())

    def _replace(self, position: int, token: np.ndarray) -> None:
        level, cell = divmod(position, _POSITIONS)
        if not 0 <= level < len(self._sides) or cell >= self._sides[level] ** 2:
            raise _misfit(f"a token at position {position}, outside of the ladder")
        side = self._sides[level]
        width = self._sides[-1] // side
        row, column = (width * at for at in divmod(cell, side))
        block = self._held[row : row + width, column : column + width]
        # The finest token is taken as it is: adding a difference would round it.
        if width == 1:
            block[:] = token
        else:
            block += token - block.mean(axis=(0, 1))

    def _replace_all(self, frame: Frame, tokens: np.ndarray) -> None:
        if frame.kind != "uniform" or frame.scale not in self._ladder:
            raise _misfit(f"a frame of kind {frame.kind} at {frame.scale} tokens")
        side = self._sides[self._ladder.index(frame.scale)]
        width = self._sides[-1] // side
        blocks = self._held.reshape(side, width, side, width, -1)
        told = tokens.reshape(side, 1, side, 1, -1)
        if width == 1:
            blocks[:] = told
        else:
            blocks += told - blocks.mean(axis=(1, 3), keepdims=True)


def _sides(ladder: Sequence[int], grid_side: int) -> list[int]:
    sides = [math.isqrt(tokens) for tokens in ladder if tokens > 0]
    good = (
        [side * side for side in sides] == list(ladder)
        and sides[:1] == [1]
        and sides[-1] <= _SIDE
        and all(fine > coarse and fine % coarse == 0 for coarse, fine in zip(sides, sides[1:]))
        and all(grid_side % side == 0 for side in sides)
    )
    if good:
        return sides
    raise FramenestError(
        "LADDER_INVALID",
        f"{list(ladder)[:16]} is no ladder of a grid of {grid_side} × {grid_side}.",
        "Give the ladder of the subscription and the grid_side of the stream's facts.",
    )


def _misfit(found: str) -> FramenestError:
    return FramenestError(
        "WIRE_MALFORMED",
        f"A packet does not fit its stream: it has {found}.",
        "Give the rebuilder the facts of the stream that the packets are of.",
    )
