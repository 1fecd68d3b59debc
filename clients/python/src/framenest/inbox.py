"""A queue between a socket that pushes and a loop that pulls."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Deque, Generic, Optional, TypeVar

from .errors import FramenestError

T = TypeVar("T")


class Inbox(Generic[T]):
    """Items for one loop. ``most`` is the bound; whoever puts must heed :attr:`full`."""

    def __init__(self, most: int) -> None:
        self._items: Deque[T] = deque()
        self._most = most
        self._changed = asyncio.Event()
        self._closed = False
        self._failure: Optional[FramenestError] = None

    def __len__(self) -> int:
        return len(self._items)

    @property
    def full(self) -> bool:
        """No more items may be put."""
        return len(self._items) >= self._most

    def put(self, item: T) -> None:
        """Adds an item; nothing after :meth:`close`."""
        if not self._closed:
            self._items.append(item)
            self._changed.set()

    def close(self, failure: Optional[FramenestError] = None) -> None:
        """No more items come. Those that wait can still be taken; then :meth:`take` raises ``failure``, if any."""
        if not self._closed:
            self._failure = failure
        self._closed = True
        self._changed.set()

    async def take(self) -> Optional[T]:
        """The oldest item; waits for one. None once it is closed and empty. One caller at a time."""
        while not self._items and not self._closed:
            self._changed.clear()
            await self._changed.wait()
        if self._items:
            return self._items.popleft()
        if self._failure:
            raise self._failure
        return None
