"""One WebSocket session, from the server's welcome to its end."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from typing import Any, Mapping, Optional, Union
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed, WebSocketException

from .errors import LASTING, RETRYABLE, FramenestError, option_invalid, violation
from .facts import StreamFacts
from .messages import parse_message, streams_of
from .packet import PROTOCOL

try:
    from websockets.asyncio.client import connect as _library_connect

    _HEADERS = "additional_headers"
except ImportError:  # websockets before 13, Debian 12's among them
    from websockets.legacy.client import connect as _library_connect  # type: ignore[assignment,unused-ignore]

    _HEADERS = "extra_headers"

# What the two have in common.
_connect: Any = _library_connect

#: Messages that may wait for a server that does not read; then the connection is cut.
_UNSENT = 4096

_CLOSE_S = 2.0


class _Opening(_connect):  # type: ignore[misc,valid-type,unused-ignore]
    """Follows no redirect: the token would go along."""

    def handle_redirect(self, uri: str) -> None:
        raise _refused_redirect()

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


class Connection:
    """An open session. Messages to the server wait in a queue of its own, so that :meth:`say` never does."""

    def __init__(self, socket: Any, streams: tuple[StreamFacts, ...]) -> None:
        self.streams = streams
        #: The server stops: what it lets go now is to be asked for again later, elsewhere.
        self.leaving = False
        #: Answers still to come for subscriptions that were left before they were answered, by stream.
        self.unheard: Counter[str] = Counter()
        #: Answers still to come to ``listen``: until then events are those of a loop that was left.
        self.unheard_listens = 0
        self._socket = socket
        self._unsent: asyncio.Queue[str] = asyncio.Queue(_UNSENT)
        self._writing = asyncio.ensure_future(self._write())

    def say(self, message: Mapping[str, Any]) -> None:
        """Sends a control message, in the order of the calls. Nothing happens once the session is over."""
        try:
            self._unsent.put_nowait(json.dumps(message, separators=(",", ":")))
        except asyncio.QueueFull:
            self.cut()

    async def next(self) -> Union[bytes, dict[str, Any]]:
        """The next packet's bytes, or control message.

        :raises FramenestError: why the session is over; WIRE_LIMIT, PROTOCOL_VIOLATION
        """
        try:
            data = await self._socket.recv()
        except ConnectionClosed as closed:
            raise _ended(closed) from None
        return data if isinstance(data, bytes) else parse_message(data)

    def cut(self) -> None:
        """Ends the connection without the server's answer."""
        self._socket.transport.abort()

    async def close(self) -> None:
        """Ends the session. Takes a few seconds at most."""
        self._writing.cancel()
        # The server's answer comes after whatever is still on its way.
        draining = asyncio.ensure_future(self._drain())
        try:
            await asyncio.wait_for(self._socket.close(), 2 * _CLOSE_S)
        except (asyncio.TimeoutError, OSError, WebSocketException):
            self.cut()
        finally:
            draining.cancel()

    async def _drain(self) -> None:
        try:
            while True:
                await self._socket.recv()
        except WebSocketException:
            return

    async def _write(self) -> None:
        try:
            while True:
                await self._socket.send(await self._unsent.get())
        except (ConnectionClosed, OSError):
            return


async def open_connection(url: str, token: Optional[str], timeout_s: float, message_bytes: int) -> Connection:
    """Connects, and waits for the welcome.

    :raises FramenestError: OPTION_INVALID, CONNECT_FAILED, UNAUTHORIZED, PROTOCOL_UNSUPPORTED, PROTOCOL_VIOLATION, or
        the code with which the server closed
    """
    check_url(url)
    try:
        return await asyncio.wait_for(_open(url, token, message_bytes), timeout_s)
    except asyncio.TimeoutError:
        raise _cannot_connect(url, f"no welcome came within {timeout_s:g} s") from None


def check_url(url: str) -> None:
    """:raises FramenestError: OPTION_INVALID where it is no WebSocket address"""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.port != 0 and not parts.fragment
    except ValueError:
        good = False
    if not good:
        raise option_invalid("url", "is no WebSocket address, such as ws://127.0.0.1:8787")


async def _open(url: str, token: Optional[str], message_bytes: int) -> Connection:
    try:
        socket = await _Opening(
            url,
            subprotocols=[PROTOCOL],
            compression=None,  # Tokens do not compress.
            max_size=message_bytes,
            open_timeout=None,
            close_timeout=_CLOSE_S,
            **{_HEADERS: _authorization(token)},
        )
    except (OSError, EOFError, ValueError, WebSocketException) as error:
        raise _why_not(url, error) from None
    try:
        if socket.subprotocol != PROTOCOL:
            raise FramenestError(
                "PROTOCOL_UNSUPPORTED",
                f"{_shown(url)} does not speak {PROTOCOL}.",
                "Check that the address is a framenest server of this version.",
            )
        return Connection(socket, await _welcome(socket))
    except BaseException:
        socket.transport.abort()
        raise


async def _welcome(socket: Any) -> tuple[StreamFacts, ...]:
    try:
        data = await socket.recv()
    except ConnectionClosed as closed:
        raise _ended(closed) from None
    message = parse_message(data) if isinstance(data, str) else {}
    if message.get("type") == "error":
        raise FramenestError(message["code"], message["message"], message["mend"], retryable=message["retryable"])
    if message.get("type") != "welcome":
        raise violation("it did not begin with a welcome")
    return streams_of(message)


def _authorization(token: Optional[str]) -> dict[str, str]:
    if token is None:
        return {}
    if not re.fullmatch("[!-~]{1,4096}", token):
        raise option_invalid("token", "holds something else than visible ASCII characters")
    return {"Authorization": f"Bearer {token}"}


def _why_not(url: str, error: Exception) -> FramenestError:
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    if status in (401, 403):
        return FramenestError(
            "UNAUTHORIZED",
            f"{_shown(url)} refused this client with HTTP status {status}.",
            "Give a token that the server knows.",
        )
    if status:
        return _cannot_connect(url, f"it answered with HTTP status {status}")
    if isinstance(error, OSError):
        return _cannot_connect(url, error.strerror or type(error).__name__)
    return _cannot_connect(url, f"it is no WebSocket server ({type(error).__name__})")


def _ended(closed: ConnectionClosed) -> FramenestError:
    """Why a session is over; the close reason carries the server's error code, where it had one."""
    ours = closed.sent.code if closed.sent and not (closed.rcvd and closed.rcvd_then_sent) else None
    if ours == 1009:
        return FramenestError("WIRE_LIMIT", "The server sent a message that is too long.", "Raise max_message_bytes.")
    if ours in (1002, 1007):
        return violation("it sent what is no WebSocket message")
    status, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")
    code = reason if reason in RETRYABLE | LASTING else "CONNECTION_LOST"
    mend = "Connect again, and subscribe from the sequence that comes next." if code in RETRYABLE else "See docs/errors.md."
    return FramenestError(code, f"The connection ended with status {status} ({ascii(reason)[1:-1] or 'no reason'}).", mend)


def _cannot_connect(url: str, why: str) -> FramenestError:
    return FramenestError(
        "CONNECT_FAILED",
        f"Cannot connect to {_shown(url)}: {why}.",
        'Check the address and that "framenest serve" runs there.',
    )


def _refused_redirect() -> FramenestError:
    return FramenestError(
        "CONNECT_FAILED", "The server redirects elsewhere.", "Give the address where the server really is.", retryable=False
    )


def _shown(url: str) -> str:
    """Scheme, host and port of an address: its other parts may be secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
