"""A client that stays: it connects again by itself, and goes on where it was."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from typing import AsyncIterator, Callable, Optional, Sequence, Union

from .backoff import Backoff
from .connection import Connection, open_connection
from .dispatcher import Dispatcher
from .errors import FramenestError, option_invalid
from .facts import Event, StreamFacts
from .following import Following
from .stream_list import OnStreamState
from .subscribe_options import SubscribeOptions
from .subscription import Subscription, log

Token = Union[str, Callable[[], str], None]


@dataclass(frozen=True)
class Retry:
    """How to connect again once a connection is lost: doubling pauses with jitter."""

    first_s: float = 0.25
    """Bound of the first pause, seconds."""
    most_s: float = 10.0
    """… and of every later one."""
    give_up_s: Optional[float] = None
    """Without a connection for so long the client gives up; None: never."""


@dataclass(frozen=True)
class ConnectOptions:
    """See :class:`connect`."""

    token: Token
    timeout_s: float
    retry: Optional[Retry]
    max_message_bytes: int
    on_stream_state: OnStreamState


class Client:
    """A session with a framenest server. Made by :class:`connect`; one event loop's own."""

    def __init__(self, url: str, options: ConnectOptions) -> None:
        self._url = url
        self._options = options
        retry = options.retry or Retry()
        self._pauses = Backoff(retry.first_s, retry.most_s)
        self._dispatcher = Dispatcher(options.retry is not None, self._pauses.reset, options.on_stream_state)
        self._running: Optional[asyncio.Task[None]] = None

    @property
    def streams(self) -> tuple[StreamFacts, ...]:
        """What the server offers; kept up to date as streams come and go. The ``state`` of a stream that is subscribed, or
        whose events are heard, follows its source; :class:`connect` takes a listener for that."""
        return self._dispatcher.offer.all

    @property
    def connected(self) -> bool:
        """Whether there is a connection right now."""
        return self._dispatcher.connection is not None

    def subscribe(
        self,
        stream: str,
        *,
        start: Union[str, int, datetime] = "live",
        max_scale: Optional[int] = None,
        layout: Optional[str] = None,
        tokens_per_second: Optional[float] = None,
        dtype: Optional[str] = None,
        values: bool = True,
        key: bool = False,
        query: Optional[str] = None,
        max_lag: Optional[int] = None,
        window: int = 32,
    ) -> Subscription:
        """Follows a stream, once at a time; begins with the loop. After a lost connection it goes on without loss or
        duplicate, as far as the server's log reaches.

        :param start: ``live``: what is made from now on (of a file its place now); ``start``: the first packet; a
            sequence; or a time with a zone: the first packet made at or after it
        :param max_scale: most tokens of a scale, one of the stream's ladder; finer ones arrive pooled
        :param layout: ``uniform``: every frame whole, at one scale; ``tree``: as the stream has it
        :param tokens_per_second: of video, at most; frames get coarser to keep within it
        :param dtype: number format on the wire, F16, BF16, F32 or I8; default: the stream's own
        :param values: False: packets tell what each frame is, without the values of its tokens
        :param key: the first packet, and the first one after each gap, tells the whole grid
        :param query: a question or a description, 1 to 1,024 characters: of each frame the parts that have to do with it,
            and those that stand out, arrive fine, and the rest coarse. For streams that tell ``queries``; not with the
            layout ``uniform``
        :param max_lag: of a camera: where more packets than this wait here, the oldest are let go, with a gap
        :param window: packets that may be on their way or wait here, the bound on memory
        :raises FramenestError: OPTION_INVALID. The loop raises STREAM_UNKNOWN or another code of the server;
            WIRE_MALFORMED, WIRE_LIMIT, PROTOCOL_VIOLATION; and, once the client gives up, why
        """
        options = SubscribeOptions(
            start, max_scale, layout, tokens_per_second, dtype, values, key, query, max_lag, window
        )
        return Subscription(self._dispatcher, Following(stream, options))

    async def events(self, streams: Optional[Sequence[str]] = None) -> AsyncIterator[Event]:
        """Cuts, activity, cameras lost and back, without any tokens; one such loop at a time. None is kept: what
        happens while the connection is lost is not told later.

        :param streams: of these, 1 to 64; default: of all, those that come later included
        :raises FramenestError: OPTION_INVALID; WIRE_LIMIT where the loop falls 10,000 events behind; why the client
            gave up
        """
        if streams is not None and not 1 <= len(streams) <= 64:
            raise option_invalid("streams", "are not 1 to 64 names")
        inbox = self._dispatcher.hear({"type": "listen", **({} if streams is None else {"streams": list(streams)})})
        try:
            while True:
                event = await inbox.take()
                if event is None:
                    return
                yield event
        finally:
            self._dispatcher.hear_no_more()

    async def ack(self, stream: str, sequence: int) -> bool:
        """Asks that everything up to here be on the server's disk, and waits until it is.

        :returns: False at once where the stream is not durable
        :raises FramenestError: what the server says of the stream; why the client gave up
        """
        self._dispatcher.raise_if_over()
        self._dispatcher.say({"type": "ack", "stream": stream, "sequence": sequence})
        if not any(facts.name == stream and facts.durable for facts in self.streams):
            return False
        await self._dispatcher.acks.wait(stream, sequence)
        return True

    async def close(self) -> None:
        """Ends the session; loops end without an error. Safe to call twice."""
        over = FramenestError("CONNECTION_LOST", "This client was closed.", "Connect again.")
        self._dispatcher.end(over, None)
        if self._running and self._running is not asyncio.current_task():
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def open(self) -> None:
        """Connects for the first time. Called by :class:`connect`."""
        connection = await self._connect()
        self._dispatcher.attach(connection)
        self._running = asyncio.ensure_future(self._run(connection))

    async def _run(self, connection: Connection) -> None:
        while True:
            try:
                failure = await self._serve(connection)
            finally:
                self._dispatcher.connection = None
                await connection.close()
            if self._options.retry is None or not failure.retryable:
                return self._dispatcher.end(failure, failure)
            log.warning("%s", failure)
            try:
                connection = await self._connect_again(self._options.retry)
            except FramenestError as error:
                return self._dispatcher.end(error, error)
            self._dispatcher.attach(connection)

    async def _serve(self, connection: Connection) -> FramenestError:
        """Until the connection ends; returns why."""
        try:
            while True:
                self._dispatcher.receive(connection, await connection.next())
        except FramenestError as error:
            return error
        except Exception as error:  # Otherwise every loop would wait for ever.
            log.exception("unexpected")
            return FramenestError(
                "INTERNAL", f"Unexpected failure: {type(error).__name__}.", "Please report this with the log."
            )

    async def _connect_again(self, retry: Retry) -> Connection:
        lost_at = time.monotonic()
        while True:
            await asyncio.sleep(self._pauses.next())
            try:
                return await self._connect()
            except FramenestError as error:
                away = time.monotonic() - lost_at
                if not error.retryable or (retry.give_up_s is not None and away >= retry.give_up_s):
                    raise
                log.info("%s", error)

    async def _connect(self) -> Connection:
        options = self._options
        token = options.token() if callable(options.token) else options.token
        return await open_connection(self._url, token, options.timeout_s, options.max_message_bytes)
