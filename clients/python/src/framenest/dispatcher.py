"""Who gets what a connection brings."""

from __future__ import annotations

import asyncio
from typing import Any, Callable, Optional, Union

from .acks import Acks
from .connection import Connection
from .errors import FramenestError, option_invalid
from .facts import Demoted, End, Event, Gap, StreamFacts
from .following import Following
from .inbox import Inbox
from .messages import error_of, event_of, state_of, streams_of
from .packet import decode_packet
from .stream_list import OnStreamState, StreamList

#: Events that may wait for their loop.
_EVENTS = 10_000

#: Longest that a server that said goaway may take to close, seconds.
_GOAWAY_S = 60.0


class Dispatcher:
    """What a client follows, hears and waits for; outlives connections, and begins anew on each where it was.

    :param resumes: whether the client connects again
    :param progress: called when a packet or an event came
    :param on_stream_state: hears where a source stands, each time that it is news
    """

    def __init__(self, resumes: bool, progress: Callable[[], None], on_stream_state: OnStreamState) -> None:
        self.offer = StreamList(on_stream_state)
        self.acks = Acks()
        #: Why the client is no more.
        self.over: Optional[FramenestError] = None
        self.connection: Optional[Connection] = None
        self._resumes = resumes
        self._progress = progress
        self._following: dict[str, Following] = {}
        self._events: Optional[Inbox[Event]] = None
        self._wanted_events: dict[str, Any] = {}

    def attach(self, connection: Connection) -> None:
        """Goes on with this connection."""
        self.connection = connection
        self._offer(connection.streams)
        for following in self._following.values():
            self._ask(following)
        self._listen()
        for stream, sequence in self.acks.waiting():
            connection.say({"type": "ack", "stream": stream, "sequence": sequence})

    def say(self, message: dict[str, Any]) -> None:
        """Tells the server, if there is a connection."""
        if self.connection:
            self.connection.say(message)

    def begin(self, following: Following) -> None:
        """A loop over a stream begins.

        :raises FramenestError: OPTION_INVALID; why the client is no more
        """
        self.raise_if_over()
        if following.stream in self._following:
            raise option_invalid("stream", f"is {ascii(following.stream)}, which this client follows already")
        self._following[following.stream] = following
        self._ask(following)

    def grant(self, following: Following) -> None:
        """A loop is about to take an item."""
        if self.connection is None or following.connection is not self.connection:
            return
        packets = following.top_up()
        if packets:
            self.say({"type": "credit", "stream": following.stream, "packets": packets})

    def leave(self, following: Following) -> None:
        """A loop was left."""
        following.inbox.close()
        if self._following.get(following.stream) is not following:
            return
        del self._following[following.stream]
        if self.connection is not None and following.connection is self.connection:
            if not following.answered:
                self.connection.unheard[following.stream] += 1
            self.say({"type": "unsubscribe", "stream": following.stream})

    def hear(self, wanted: dict[str, Any]) -> Inbox[Event]:
        """A loop over events begins; ``wanted`` is its ``listen`` message.

        :raises FramenestError: OPTION_INVALID; why the client is no more
        """
        self.raise_if_over()
        if self._events is not None:
            raise option_invalid("events", "are asked for twice at a time")
        self._events, self._wanted_events = Inbox(_EVENTS), wanted
        self._listen()
        return self._events

    def hear_no_more(self) -> None:
        """The loop over events was left."""
        self._events = None
        self.say({"type": "unlisten"})

    def end(self, over: FramenestError, failure: Optional[FramenestError]) -> None:
        """The client is no more: loops end, with ``failure`` if there is one."""
        self.over = self.over or over
        for following in self._following.values():
            following.inbox.close(failure)
        self._following.clear()
        if self._events is not None:
            self._events.close(failure)
        self.acks.fail_all(self.over)

    def raise_if_over(self) -> None:
        """:raises FramenestError: why the client is no more"""
        if self.over:
            raise self.over

    def receive(self, connection: Connection, message: Union[bytes, dict[str, Any]]) -> None:
        """A packet or a control message.

        :raises FramenestError: where the connection must end
        """
        if isinstance(message, bytes):
            packet = decode_packet(message)
            following = self._current(connection, packet.stream)
            # None for a packet that was on its way when the loop was left.
            if following:
                following.accept(packet)
                self._progress()
            return
        kind = message["type"]
        if kind in ("gap", "demoted", "end"):
            self._tell(connection, kind, message)
        elif kind == "subscribed":
            following = self._answered(connection, message["stream"])
            if following:
                following.begun(message)
        elif kind == "error":
            self._refused(connection, message)
        elif kind == "event":
            self._happened(connection, message)
        elif kind == "state":
            self.offer.stands(state_of(message))
        elif kind == "listening":
            connection.unheard_listens -= 1
        elif kind == "streams":
            self._offer(streams_of(message))
        elif kind == "acked":
            self.acks.done(message["stream"], message["sequence"])
        elif kind == "goaway":
            connection.leaving = True
            left_s = min(message["timeLeftMs"] / 1000 + 5, _GOAWAY_S)
            asyncio.get_running_loop().call_later(left_s, connection.cut)

    def _tell(self, connection: Connection, kind: str, message: dict[str, Any]) -> None:
        stream = message["stream"]
        following = self._current(connection, stream)
        if not following:
            return
        if kind == "gap":
            following.missing(Gap(stream, message["from"], message["to"], message["frames"], message["reason"]))
        elif kind == "demoted":
            following.demoted(Demoted(stream, message["maxScale"], message["reason"]))
        else:
            del self._following[stream]
            following.inbox.put(End(stream, message["packets"], message["frames"], message["tokens"]))

    def _refused(self, connection: Connection, message: dict[str, Any]) -> None:
        error = error_of(message)
        stream = message.get("stream")
        if stream is None:
            raise error
        following = self._current(connection, stream) or self._answered(connection, stream)
        if not following:
            return
        if error.code != "ABORTED" or not self._resumes:
            self.acks.fail(stream, error)
            self._following.pop(stream, None)
            return following.inbox.close(error)
        # The server, or the stream's source under its name, is being replaced: what comes next will be there again.
        following.connection, following.answered = None, False
        if not connection.leaving:
            asyncio.get_running_loop().call_later(following.pauses.next(), self._ask_again, following)

    def _ask_again(self, following: Following) -> None:
        if following.connection is None:
            self._ask(following)

    def _happened(self, connection: Connection, message: dict[str, Any]) -> None:
        inbox = self._events
        if inbox is None or connection.unheard_listens > 0:
            return
        self._progress()
        if not inbox.full:
            return inbox.put(event_of(message))
        inbox.close(
            FramenestError(
                "WIRE_LIMIT",
                f"{_EVENTS} events wait for a loop that does not take them.",
                "Take events as they come, and do slow work elsewhere.",
            )
        )

    def _offer(self, streams: tuple[StreamFacts, ...]) -> None:
        self.offer.offered(streams)
        self.acks.keep({facts.name for facts in streams if facts.durable})

    def _current(self, connection: Connection, stream: str) -> Optional[Following]:
        """The subscription that messages of the stream belong to now."""
        following = self._following.get(stream)
        return following if following and following.answered and following.connection is connection else None

    def _answered(self, connection: Connection, stream: str) -> Optional[Following]:
        """The subscription that an answer is for; None where that was left."""
        if connection.unheard[stream] > 0:
            connection.unheard[stream] -= 1
            return None
        following = self._following.get(stream)
        return following if following and following.connection is connection else None

    def _ask(self, following: Following) -> None:
        """Subscribes, or goes on after what has come; when there is a connection."""
        if self.connection and self._following.get(following.stream) is following:
            self.say(following.ask(self.connection))
            self.grant(following)

    def _listen(self) -> None:
        if self.connection and self._events is not None:
            self.connection.unheard_listens += 1
            self.say(self._wanted_events)
