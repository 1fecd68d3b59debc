"""What a server offers, as far as it has told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Callable, Optional

from .facts import StreamFacts, StreamState

#: Who hears where the source of a stream stands.
OnStreamState = Optional[Callable[[StreamState], None]]


class StreamList:
    """The streams of a server, and where their sources stand.

    :param on_state: hears where a source stands, each time that it is news
    """

    def __init__(self, on_state: OnStreamState) -> None:
        self.all: tuple[StreamFacts, ...] = ()
        self._on_state = on_state
        #: What was told last, by stream.
        self._told: dict[str, StreamState] = {}

    def offered(self, streams: tuple[StreamFacts, ...]) -> None:
        """These are the streams from now on."""
        self.all = streams
        names = {facts.name for facts in streams}
        self._told = {name: state for name, state in self._told.items() if name in names}

    def stands(self, told: StreamState) -> None:
        """A source stands there now. A server says so again to who subscribes to what it hears of already."""
        if self._told.get(told.stream) == told:
            return
        # One that is not offered any more has ended: nothing is kept of it.
        if any(facts.name == told.stream for facts in self.all):
            self._told[told.stream] = told
        self.all = tuple(
            replace(facts, state=told.state) if facts.name == told.stream else facts for facts in self.all
        )
        if self._on_state:
            # Later, so that a listener finds the client in order, and what it raises is its own affair.
            asyncio.get_running_loop().call_soon(self._on_state, told)
