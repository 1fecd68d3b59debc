"""Connecting."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Generator, Optional, Type

from .client import Client, ConnectOptions, Retry, Token
from .connection import check_url
from .stream_list import OnStreamState


class connect:
    """``async with connect(url) as client:``, or ``client = await connect(url)`` and later ``await client.close()``.

    :param url: ``ws://host:port`` or ``wss://host:port``
    :param token: bearer token, or a function that gives one each time that the client connects
    :param timeout_s: until the server's welcome
    :param retry: how to connect again; None: every loop raises once the connection is lost. The first connection is
        tried once
    :param max_message_bytes: longest packet that is read; the bound on memory is this × ``window``
    :param on_stream_state: called with a :class:`StreamState` where the source of a stream stands, of streams that are
        subscribed and, while ``client.events()`` runs, of those that it is about: as that begins, and at each change
    :raises FramenestError: OPTION_INVALID, CONNECT_FAILED, UNAUTHORIZED, PROTOCOL_UNSUPPORTED, PROTOCOL_VIOLATION
    """

    def __init__(
        self,
        url: str,
        *,
        token: Token = None,
        timeout_s: float = 10.0,
        retry: Optional[Retry] = Retry(),
        max_message_bytes: int = 64 << 20,
        on_stream_state: OnStreamState = None,
    ) -> None:
        check_url(url)
        self._url = url
        self._options = ConnectOptions(token, timeout_s, retry, max_message_bytes, on_stream_state)
        self._client: Optional[Client] = None

    async def _open(self) -> Client:
        client = Client(self._url, self._options)
        await client.open()
        return client

    def __await__(self) -> Generator[Any, None, Client]:
        return self._open().__await__()

    async def __aenter__(self) -> Client:
        self._client = await self._open()
        return self._client

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if self._client:
            await self._client.close()
