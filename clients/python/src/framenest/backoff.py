"""Pauses between tries."""

from __future__ import annotations

import random
from typing import Callable


class Backoff:
    """Doubling pauses up to a cap, each drawn from the upper half of its bound, so that clients do not come in step."""

    def __init__(self, first_s: float, most_s: float, draw: Callable[[], float] = random.random) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._draw = draw
        self._tries = 0

    def next(self) -> float:
        """Seconds until the next try, above 0."""
        bound = min(self._most_s, self._first_s * 2.0 ** min(self._tries, 64))
        self._tries += 1
        return bound * (1 - self._draw() / 2)

    def reset(self) -> None:
        """The last try went well: the next pause is the first again."""
        self._tries = 0
