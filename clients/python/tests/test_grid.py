"""What a receiver holds, by the words of docs/protocol.md."""

from __future__ import annotations

import unittest
from fractions import Fraction
from typing import Any, Optional

import numpy as np

from framenest import Frame, FramenestError, GridRebuilder, Packet

LADDER = (1, 4, 16)


def packet_of(
    frames: list[tuple[str, int, int]],
    values: np.ndarray,
    position: Optional[list[int]] = None,
    epoch: int = 0,
) -> Packet:
    """``frames``: kind, scale and tokens of each."""
    made, row = [], 0
    for kind, scale, tokens in frames:
        made.append(Frame(0, 0.0, kind, scale, 0.0, 0, slice(row, row + tokens)))
        row += tokens
    at = None if position is None else np.int32(position)
    return Packet("a", 0, epoch, Fraction(1), "e", "pre", None, tuple(made), "F32", np.float32(values), None, at)


def rows(n: int) -> np.ndarray:
    return np.random.default_rng(n).normal(size=(n, 2)).astype(np.float32)


def rebuilt(*packets: Packet, **changes: Any) -> np.ndarray:
    """The grid after the last frame."""
    rebuilder = GridRebuilder(LADDER, 8, 2)
    return [frame.grid for each in packets for frame in rebuilder.receive(each)][-1]


class Grids(unittest.TestCase):
    def test_the_finest_level_is_taken_as_it_is(self) -> None:
        fine = rows(16)
        np.testing.assert_array_equal(rebuilt(packet_of([("uniform", 16, 16)], fine)), fine.reshape(4, 4, 2))

    def test_a_coarse_token_replaces_the_mean_and_keeps_the_detail(self) -> None:
        fine, coarse = rows(16), rows(4)
        grid = rebuilt(packet_of([("uniform", 16, 16), ("uniform", 4, 4)], np.concatenate([fine, coarse])))
        means = grid.reshape(2, 2, 2, 2, 2).mean(axis=(1, 3))
        np.testing.assert_allclose(means, coarse.reshape(2, 2, 2), atol=1e-6)
        block, was = grid[:2, :2], fine.reshape(4, 4, 2)[:2, :2]
        np.testing.assert_allclose(block - block.mean((0, 1)), was - was.mean((0, 1)), atol=1e-6)

    def test_positions_say_where_tokens_stand(self) -> None:
        values = rows(3)
        grid = rebuilt(packet_of([("tree", 16, 2), ("hold", 1, 1)], values, [1024 + 1, 2048 + 8, 2048 + 15]))
        np.testing.assert_array_equal(grid[:2, 2:], np.broadcast_to(values[0], (2, 2, 2)))
        np.testing.assert_array_equal([grid[2, 0], grid[3, 3]], values[1:])
        np.testing.assert_array_equal(grid[:2, :2], 0)

    def test_a_hold_without_a_position_says_nothing(self) -> None:
        fine = packet_of([("uniform", 16, 16)], rows(16))
        np.testing.assert_array_equal(rebuilt(fine, packet_of([("hold", 1, 1)], rows(1))), rebuilt(fine))

    def test_another_epoch_starts_anew(self) -> None:
        fine, coarse = packet_of([("uniform", 16, 16)], rows(16)), packet_of([("uniform", 4, 4)], rows(4), epoch=1)
        np.testing.assert_array_equal(rebuilt(fine, coarse), rebuilt(coarse))

    def test_grids_are_the_callers_own(self) -> None:
        rebuilder = GridRebuilder(LADDER, 8, 2)
        fine = packet_of([("uniform", 16, 16)], rows(16))
        (first,) = rebuilder.receive(fine)
        first.grid[:] = 7
        (second,) = rebuilder.receive(packet_of([("hold", 1, 1)], rows(1)))
        np.testing.assert_array_equal(second.grid, rows(16).reshape(4, 4, 2))

    def test_what_does_not_fit_is_refused(self) -> None:
        for packet in [
            packet_of([("uniform", 1, 1)], np.zeros((1, 3))),
            packet_of([("uniform", 9, 9)], rows(9)),
            packet_of([("refine", 4, 3)], rows(3)),
            packet_of([("tree", 4, 1)], rows(1), [1024 + 4]),
            packet_of([("tree", 4, 1)], rows(1), [3 * 1024]),
            packet_of([("tree", 4, 1)], rows(1), [-1]),
        ]:
            with self.assertRaises(FramenestError) as caught:
                rebuilt(packet)
            self.assertEqual(caught.exception.code, "WIRE_MALFORMED")

    def test_bad_ladders_are_refused(self) -> None:
        for ladder in [(), (4,), (1, 5), (1, 4, 9), (1, 9), (1, 4, 4), (0, 1), (1, 4096)]:
            with self.assertRaises(FramenestError) as caught:
                GridRebuilder(ladder, 64 if 4096 in ladder else 8, 2)
            self.assertEqual(caught.exception.code, "LADDER_INVALID")


if __name__ == "__main__":
    unittest.main()
