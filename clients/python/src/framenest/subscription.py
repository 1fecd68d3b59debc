"""What a program loops over."""

from __future__ import annotations

import asyncio
import logging
from types import TracebackType
from typing import TYPE_CHECKING, AsyncIterator, Optional, Type

from .errors import FramenestError
from .facts import End
from .following import Following, Item
from .packet import Packet

if TYPE_CHECKING:
    from .dispatcher import Dispatcher

log = logging.getLogger("framenest")


class Subscription:
    """Packets of a stream, in order: ``async for packet in subscription``. Made by :meth:`Client.subscribe`.

    The loop begins it and ends with the stream; leaving the loop ends it, at once where nothing else holds on to it, or
    where it is an ``async with`` around the loop. Plain iteration gives packets, and says in the log ("framenest") what
    is missing; :meth:`items` gives that too.
    """

    def __init__(self, dispatcher: Dispatcher, following: Following) -> None:
        self._dispatcher = dispatcher
        self._following = following
        self._loop = asyncio.get_running_loop()
        self._begun = False
        self._left = False
        self._end: Optional[End] = None

    @property
    def stream(self) -> str:
        """Name of the stream."""
        return self._following.stream

    @property
    def ladder(self) -> Optional[tuple[int, ...]]:
        """Tokens of each scale that comes, coarsest first: what a :class:`GridRebuilder` needs. None until it has begun."""
        return self._following.ladder

    @property
    def end(self) -> Optional[End]:
        """Totals of the stream, once the loop came to its end."""
        return self._end

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Packet:
        while True:
            item = await self._next()
            if item is None:
                raise StopAsyncIteration
            if isinstance(item, Packet):
                return item
            log.warning("%s", item)

    async def items(self) -> AsyncIterator[Item]:
        """Packets, and between them each :class:`Gap`, :class:`Demoted` and :class:`Restarted` where it belongs."""
        while True:
            item = await self._next()
            if item is None:
                return
            yield item

    async def aclose(self) -> None:
        """Ends it. Safe to call twice."""
        self._leave()

    async def __aenter__(self) -> Subscription:
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._leave()

    def __del__(self) -> None:
        if getattr(self, "_begun", False) and not self._left and not self._loop.is_closed():
            # The collector may run in any thread.
            self._loop.call_soon_threadsafe(self._dispatcher.leave, self._following)

    async def _next(self) -> Optional[Item]:
        if self._left:
            return None
        if not self._begun:
            self._dispatcher.begin(self._following)
            self._begun = True
        self._dispatcher.grant(self._following)
        try:
            item = await self._following.inbox.take()
        except FramenestError:
            self._leave()
            raise
        if item is None or isinstance(item, End):
            self._end = item
            self._leave()
            return None
        return item

    def _leave(self) -> None:
        if self._begun and not self._left:
            self._dispatcher.leave(self._following)
        self._left = True
